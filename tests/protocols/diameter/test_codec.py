import contextlib

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from protocols.diameter import codec, errors
from protocols.diameter.codec import Avp, Header, Message
from protocols.diameter.errors import DiameterError, HeaderError
from tests.protocols.diameter.messages import (
    ECR,
    IMEI,
    avp,
    ecr,
    message,
    number,
    parse,
    parse_avps,
    terminal_information,
    text,
)

CODES = st.integers(0, 0xFFFFFFFF)
HEADERS = st.builds(
    Header,
    flags=st.integers(0, 15).map(lambda flags: flags << 4),
    command=st.integers(0, 0xFFFFFF),
    application=CODES,
    hop_by_hop=CODES,
    end_to_end=CODES,
)
PLAIN = st.builds(Avp, CODES, st.binary(max_size=9), flags=st.sampled_from([0, 0x20, 0x40, 0x60]))
OF_VENDORS = st.builds(
    Avp, CODES, st.binary(max_size=9), CODES, st.sampled_from([0x80, 0xA0, 0xC0, 0xE0])
)
AVPS = st.lists(PLAIN | OF_VENDORS, max_size=4).map(tuple)
FEW = settings(max_examples=50)


# Identities


@FEW
@given(HEADERS, AVPS)
def test_every_message_survives_the_wire(head: Header, avps: tuple[Avp, ...]) -> None:
    octets = codec.encode(head, avps)
    assert codec.decode(octets) == Message(head, avps)
    assert parse(octets) == Message(head, avps)


@FEW
@given(AVPS)
def test_every_group_survives_the_wire(avps: tuple[Avp, ...]) -> None:
    group = codec.group_avp(284, avps)
    assert codec.group(group) == avps
    assert parse_avps(group.data) == avps


@FEW
@given(HEADERS, AVPS)
def test_the_outline_finds_what_decoding_finds(head: Header, avps: tuple[Avp, ...]) -> None:
    octets = codec.encode(head, avps)
    assert codec.outline(octets) == codec.decode(octets)


# Anything else is an error of ours


@given(st.binary(max_size=64))
def test_any_octets_decode_or_raise_an_error_of_ours(octets: bytes) -> None:
    with contextlib.suppress(HeaderError, DiameterError):
        codec.decode(octets)


@FEW
@given(st.lists(st.binary(max_size=12), max_size=4))
def test_any_body_of_a_right_length_decodes_or_raises_an_error_of_ours(pieces: list[bytes]) -> None:
    body = b"".join(pieces)
    octets = message(ECR, body + bytes(-len(body) % 4))
    with contextlib.suppress(DiameterError):
        assert codec.decode(octets) == codec.outline(octets)  # no AVP is passed over


@FEW
@given(st.integers(0, 8 * len(ecr()) - 1))
def test_a_flipped_bit_decodes_or_raises_an_error_of_ours(place: int) -> None:
    octets = bytearray(ecr())
    octets[place // 8] ^= 1 << place % 8
    outline = codec.outline(bytes(octets))
    with contextlib.suppress(DiameterError):
        assert codec.decode(bytes(octets)).avps == outline.avps


@pytest.mark.parametrize("length", range(20))
def test_fewer_than_twenty_octets_are_nobodys_message(length: int) -> None:
    with pytest.raises(HeaderError):
        codec.decode(ecr()[:length])
    with pytest.raises(HeaderError):
        codec.outline(ecr()[:length])


@FEW
@given(st.integers(20, len(ecr()) - 1))
def test_a_truncated_message_has_an_invalid_length(length: int) -> None:
    with pytest.raises(errors.InvalidMessageLengthError):
        codec.decode(ecr()[:length])


@pytest.mark.spec("RFC 6733", "3")
def test_the_message_length_is_a_multiple_of_four() -> None:
    octets = ecr() + b"\0"
    with pytest.raises(errors.InvalidMessageLengthError):
        codec.decode(octets[:1] + len(octets).to_bytes(3, "big") + octets[4:])


@pytest.mark.spec("RFC 6733", "7.1.5")
@pytest.mark.parametrize("version", [0, 2, 255])
def test_another_version_is_not_supported(version: int) -> None:
    with pytest.raises(errors.UnsupportedVersionError):
        codec.decode(bytes([version]) + ecr()[1:])


@pytest.mark.spec("RFC 6733", "3")
def test_the_reserved_flags_of_the_header_are_ignored() -> None:
    octets = bytearray(ecr())
    octets[4] |= 0x0F
    assert codec.decode(bytes(octets)).avps == codec.decode(ecr()).avps


# Lengths of AVPs


def with_length(octets: bytes, length: int) -> bytes:
    """Say another AVP length."""
    return octets[:5] + length.to_bytes(3, "big") + octets[8:]


@pytest.mark.spec("RFC 6733", "7.1.5")
@pytest.mark.parametrize("length", [0, 1, 7, 21, 24, 0xFFFFFF])
def test_an_avp_length_that_cannot_be_right_is_shown(length: int) -> None:
    last = with_length(text(264, "twelve octet"), length)
    with pytest.raises(errors.InvalidAvpLengthError) as caught:
        codec.decode(message(ECR, number(277, 1), last))
    assert caught.value.failed_avp == avp(264, b"")


@pytest.mark.spec("RFC 6733", "7.1.5")
@pytest.mark.parametrize("length", [0, 8, 11])
def test_an_avp_of_a_vendor_is_at_least_twelve_octets(length: int) -> None:
    with pytest.raises(errors.InvalidAvpLengthError) as caught:
        codec.decode(message(ECR, with_length(IMEI, length)))
    assert caught.value.failed_avp == avp(1402, b"", vendor=10415)


@pytest.mark.spec("RFC 6733", "7.1.5")
@pytest.mark.parametrize(
    ("rest", "shown"),
    [
        (b"\0\0\1\x08", b"\0\0\1\x08\0\0\0\x08"),  # the code only
        (b"\0\0\1\x08\x40\0\0\x08" + b"\0\0\1\x08", b"\0\0\1\x08\0\0\0\x08"),
        (b"\0\0\5\x7a\xc0\0\0\x0c", b"\0\0\5\x7a\xc0\0\0\x0c\0\0\0\0"),  # no room for the vendor
    ],
)
def test_an_incomplete_avp_header_is_padded_with_zeros(rest: bytes, shown: bytes) -> None:
    with pytest.raises(errors.InvalidAvpLengthError) as caught:
        codec.decode(message(ECR, rest))
    assert caught.value.failed_avp == shown


def test_an_avp_without_a_value_is_an_avp() -> None:
    decoded = codec.decode(message(ECR, avp(264, b""), avp(1402, b"", vendor=10415)))
    assert decoded.avps == (Avp(264, b""), Avp(1402, b"", 10415, 0xC0))


@pytest.mark.spec("RFC 6733", "7.5")
def test_a_wrong_length_inside_a_group_is_shown_in_its_group() -> None:
    broken = terminal_information(with_length(IMEI, 200))
    (group,) = codec.decode(message(ECR, broken)).avps
    with pytest.raises(errors.InvalidAvpLengthError) as caught:
        codec.group(group)
    assert caught.value.failed_avp == terminal_information(avp(1402, b"", vendor=10415))


def test_a_group_whose_last_avp_lacks_its_padding_is_read_whole() -> None:
    group = Avp(1401, IMEI[:26], 10415, 0xC0)
    assert codec.group(group) == (Avp(1402, b"35209900000001", 10415, 0xC0),)


def test_groups_in_groups_are_decoded_one_level_at_a_time() -> None:
    octets = b"innermost"
    for _ in range(1000):
        octets = avp(284, octets)
    (level,) = codec.decode(message(ECR, octets)).avps
    for _ in range(20):
        (level,) = codec.group(level)
    assert level.code == 284


# Bounds


def test_an_avp_more_than_the_bound_is_refused() -> None:
    codec.decode(message(ECR, *[avp(282, b"")] * codec.MAX_AVPS))
    with pytest.raises(DiameterError, match="more than 256 AVPs") as caught:
        codec.decode(message(ECR, *[avp(282, b"")] * (codec.MAX_AVPS + 1)))
    assert type(caught.value) is DiameterError


def test_an_avp_more_than_the_bound_in_a_group_is_refused() -> None:
    codec.group(Avp(284, avp(280, b"") * codec.MAX_AVPS))
    with pytest.raises(DiameterError, match="more than 256 AVPs in one group"):
        codec.group(Avp(284, avp(280, b"") * (codec.MAX_AVPS + 1)))


def test_the_outline_of_thousands_of_avps_is_bounded() -> None:
    octets = message(ECR, *[avp(282, b"")] * 8000)
    assert len(codec.outline(octets).avps) == codec.MAX_AVPS


def test_the_outline_keeps_what_stands_before_a_wrong_length() -> None:
    octets = message(ECR, text(263, "session"), with_length(avp(284, b""), 3), avp(264, b""))
    assert codec.outline(octets).avps == (Avp(263, b"session"),)


# Flags of AVPs


@pytest.mark.spec("RFC 6733", "4.1")
@pytest.mark.parametrize("bit", [0x10, 0x08, 0x04, 0x02, 0x01])
def test_a_reserved_avp_flag_is_an_error_that_shows_the_avp_as_it_came(bit: int) -> None:
    wrong = avp(264, b"host", flags=0x40 | bit)
    with pytest.raises(errors.InvalidAvpBitsError) as caught:
        codec.decode(message(ECR, wrong))
    assert caught.value.failed_avp == wrong


# Values


@given(st.text(max_size=20))
@example("")
@example("35209900000001")
def test_any_utf8_text_is_read_and_written(value: str) -> None:
    assert codec.text(Avp(1402, value.encode())) == value
    assert codec.text_avp(1402, value).data == value.encode()


@pytest.mark.spec("RFC 6733", "7.1.5")
@pytest.mark.parametrize("octets", [b"\xff", b"352099\x80", b"\xed\xa0\x80", b"\xc0\x80", b"\xe2"])
def test_a_text_that_is_not_utf8_has_an_invalid_value(octets: bytes) -> None:
    with pytest.raises(errors.InvalidAvpValueError) as caught:
        codec.text(Avp(1402, octets, 10415, 0xC0))
    assert caught.value.failed_avp == avp(1402, octets, vendor=10415)


@pytest.mark.spec("RFC 6733", "4.2")
@pytest.mark.parametrize("value", [0, 1, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF])
def test_an_unsigned32_is_four_octets_big_endian(value: int) -> None:
    assert codec.unsigned32_avp(268, value).octets == number(268, value)
    assert codec.unsigned32(Avp(268, value.to_bytes(4, "big"))) == value


@pytest.mark.spec("RFC 6733", "7.1.5")
@pytest.mark.parametrize("length", [0, 3, 5, 8])
def test_an_unsigned32_of_another_length_has_an_invalid_length(length: int) -> None:
    with pytest.raises(errors.InvalidAvpLengthError) as caught:
        codec.unsigned32(Avp(273, bytes(length)))
    assert caught.value.failed_avp == avp(273, bytes(length))


def test_an_identity_is_read_as_it_stands() -> None:
    assert codec.identity(Avp(264, b"MME1.example.net")) == "MME1.example.net"


@pytest.mark.parametrize("octets", [b"", b"mme\xe9", b"mme\n1", b"mme\0", b"\x7f"])
def test_an_identity_that_is_no_name_has_an_invalid_value(octets: bytes) -> None:
    with pytest.raises(errors.InvalidAvpValueError) as caught:
        codec.identity(Avp(264, octets))
    assert caught.value.failed_avp == avp(264, octets)


@pytest.mark.spec("RFC 6733", "4.3.1")
@pytest.mark.parametrize(
    ("value", "octets"),
    [
        ("192.0.2.1", b"\0\1\xc0\0\2\1"),
        ("2001:db8::1", b"\0\2\x20\x01\x0d\xb8" + bytes(11) + b"\1"),
        ("::ffff:192.0.2.1", b"\0\1\xc0\0\2\1"),  # of a socket for both families
        ("fe80::1%eth0", b"\0\2\xfe\x80" + bytes(13) + b"\1"),
    ],
)
def test_an_address_has_its_family_before_it(value: str, octets: bytes) -> None:
    assert codec.address_avp(257, value).octets == avp(257, octets)


def test_avps_are_found_by_code_and_vendor_in_their_order() -> None:
    avps = (Avp(1, b"a"), Avp(1, b"b", 10415, 0xC0), Avp(1, b"c"))
    found = Message(Header(0, 0, 0, 0, 0), avps)
    assert found.first(1) == avps[0]
    assert found.first(1, 10415) == avps[1]
    assert found.first(2) is None
    assert found.every(1) == [avps[0], avps[2]]


def test_avps_are_picked_out_of_a_message_undecoded() -> None:
    octets = ecr({"odd": avp(263, b"other", vendor=1), "again": avp(263, b"2", flags=0x5F)})
    found = codec.pick(octets, {263, 1})
    assert [(each.code, each.value(octets)) for each in found] == [
        (263, b"mme1.example.net;1;7"),
        (1, b"001010000000001"),
        (263, b"2"),
    ]
    assert [each.copy(octets) for each in found][2] == avp(263, b"2", flags=0x40)


def test_what_stands_behind_a_wrong_length_is_not_picked() -> None:
    octets = ecr({"wrong": avp(1, b"")[:7] + b"\1", "behind": avp(999, b"")})
    assert codec.pick(octets, {999}) == []
    assert len(codec.pick(octets, {263})) == 1


def test_picking_out_of_thousands_of_avps_is_bounded() -> None:
    assert len(codec.pick(ecr()[:20] + avp(999, b"") * 5000, {999})) == codec.MAX_AVPS
