"""Octets to messages and back, against octets that are written out."""

import contextlib
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols.sccp import codec
from protocols.sccp.codec import ManagementMessage, Message, Segmentation
from protocols.sccp.codes import MessageType, ScmgType
from protocols.sccp.errors import SccpError
from protocols.sccp.primitives import PartyAddress
from tests.protocols.sccp.messages import (
    EIR,
    EIR_GT,
    EIR_SSN,
    LUDT,
    MSC,
    MSC_GT,
    MSC_SSN,
    UDT,
    UDTS,
    XUDT,
    message,
    segmentation,
)

EIR_ADDRESS = codec.decode_address(EIR_SSN)
MSC_ADDRESS = codec.decode_address(MSC_SSN)
SEGMENT = Segmentation(is_first=True, in_sequence=True, remaining=2, reference=0x112233)


def made(kind: MessageType, **fields: object) -> Message:
    whole = Message(type=kind, called=EIR_ADDRESS, calling=MSC_ADDRESS, user_data=b"\xaa\xbb")
    return replace(whole, **fields)  # type: ignore[arg-type]


# Each octet of each kind of message, as ITU-T Q.713 §4 draws it.
GOLDEN = {
    "udt": (
        """
        09        # UDT
        80        # class 0, return message on error
        03 05 07  # pointers to called, calling, data
        02 42 09  # called: 2 octets, route on SSN, SSN 9
        02 42 08  # calling
        02 aa bb  # data
        """,
        made(MessageType.UDT, return_on_error=True),
    ),
    "udts": (
        """
        0a        # UDTS
        04        # return cause: unequipped user
        03 05 07
        02 42 09
        02 42 08
        02 aa bb
        """,
        made(MessageType.UDTS, return_cause=4),
    ),
    "xudt": (
        """
        11           # XUDT
        01           # class 1
        0f           # hop counter
        04 06 08 00  # no optional part
        02 42 09
        02 42 08
        02 aa bb
        """,
        made(MessageType.XUDT, protocol_class=1),
    ),
    "xudt, a segment": (
        """
        11
        81           # class 1, return message on error
        03
        04 06 08 0a
        02 42 09
        02 42 08
        02 aa bb
        10 04        # segmentation
        c2 11 22 33  # first, class 1 selected, 2 remaining, local reference
        00           # end of optional parameters
        """,
        made(
            MessageType.XUDT,
            protocol_class=1,
            return_on_error=True,
            hop_counter=3,
            segmentation=SEGMENT,
        ),
    ),
    "xudts": (
        """
        12           # XUDTS
        0c           # return cause: hop counter violation
        0f
        04 06 08 00
        02 42 09
        02 42 08
        02 aa bb
        """,
        made(MessageType.XUDTS, return_cause=12),
    ),
    "ludt": (
        """
        13                       # LUDT
        00
        0e
        07 00 08 00 09 00 0b 00  # from the high octet of each, low octet first
        02 42 09
        02 42 08
        02 00 aa bb              # long data: length, low octet first
        10 04 c2 11 22 33
        00
        """,
        made(MessageType.LUDT, hop_counter=14, segmentation=SEGMENT),
    ),
    "ludts": (
        """
        14                       # LUDTS
        08                       # return cause: error in message transport
        0f
        07 00 08 00 09 00 00 00
        02 42 09
        02 42 08
        02 00 aa bb
        """,
        made(MessageType.LUDTS, return_cause=8),
    ),
}


def octets_of(drawing: str) -> bytes:
    return bytes.fromhex("".join(line.partition("#")[0] for line in drawing.splitlines()))


@pytest.mark.spec("ITU-T Q.713", "4")
@pytest.mark.parametrize(("drawing", "meant"), GOLDEN.values(), ids=GOLDEN)
def test_a_message_means_what_it_was_built_to_mean(drawing: str, meant: Message) -> None:
    assert codec.decode(octets_of(drawing)) == meant


@pytest.mark.spec("ITU-T Q.713", "4")
@pytest.mark.parametrize(("drawing", "meant"), GOLDEN.values(), ids=GOLDEN)
def test_a_message_is_encoded_octet_for_octet(drawing: str, meant: Message) -> None:
    assert codec.encode(meant) == octets_of(drawing)


def test_every_kind_of_message_is_among_the_golden_ones() -> None:
    assert {meant.type for _, meant in GOLDEN.values()} == {*MessageType}


@pytest.mark.spec("ITU-T Q.713", "3.6")
@pytest.mark.parametrize(
    ("octet", "protocol_class", "return_on_error"),
    [
        (0x00, 0, False),
        (0x01, 1, False),
        (0x80, 0, True),
        (0x81, 1, True),
        (0x71, 1, False),
        (0x90, 0, False),
    ],
)
def test_the_class_and_the_return_option_share_an_octet_and_spare_values_ask_nothing(
    octet: int,
    protocol_class: int,
    return_on_error: bool,  # noqa: FBT001
) -> None:
    found = codec.decode(message(UDT, fixed=octet))
    assert (found.protocol_class, found.return_on_error) == (protocol_class, return_on_error)


@pytest.mark.spec("ITU-T Q.713", "3.6")
@pytest.mark.parametrize("octet", [0x02, 0x03, 0x82, 0x0F])
def test_a_connection_oriented_class_without_a_connection_is_refused(octet: int) -> None:
    with pytest.raises(SccpError, match="without connection"):
        codec.decode(message(UDT, fixed=octet))


@pytest.mark.spec("ITU-T Q.713", "3.19")
def test_an_importance_and_what_nobody_knows_change_nothing() -> None:
    options = bytes.fromhex("12 01 07 f0 02 beef") + segmentation(first=True, remaining=3)
    found = codec.decode(message(XUDT, options=options))
    plain = message(XUDT, options=segmentation(first=True, remaining=3))
    assert found == codec.decode(plain)
    assert codec.encode(found) == plain


def test_a_message_leaves_nothing_behind_for_the_next() -> None:
    with_options = message(XUDT, EIR_GT, MSC_GT, options=segmentation(remaining=3))
    without = message(XUDT, EIR_SSN, MSC_SSN, b"")
    before = codec.decode(without)
    codec.decode(with_options)
    assert codec.decode(without) == before
    assert before.segmentation is None
    assert codec.encode(before) == without


@pytest.mark.spec("ITU-T Q.713", "4.10")
@pytest.mark.parametrize(
    ("kind", "most"),
    [
        (MessageType.UDT, 255),
        (MessageType.UDTS, 255),
        (MessageType.XUDT, 254),
        (MessageType.XUDTS, 254),
        (MessageType.LUDT, 3952),
        (MessageType.LUDTS, 3952),
    ],
)
def test_a_message_carries_so_much_and_no_more(kind: MessageType, most: int) -> None:
    full = made(kind, user_data=bytes(most))
    assert codec.decode(codec.encode(full)) == full
    with pytest.raises(SccpError, match=f"{most + 1} octets of user data do not fit"):
        codec.encode(made(kind, user_data=bytes(most + 1)))


@pytest.mark.spec("ITU-T Q.713", "2.3")
@pytest.mark.parametrize(
    ("kind", "most", "segment"),
    [
        (MessageType.UDT, 252, None),
        (MessageType.XUDT, 251, None),
        (MessageType.XUDT, 249, SEGMENT),
        (MessageType.XUDTS, 249, SEGMENT),
    ],
)
def test_a_pointer_reaches_so_far_and_no_farther(
    kind: MessageType, most: int, segment: Segmentation | None
) -> None:
    def of(octets: int) -> Message:
        called = codec.decode_address(bytes.fromhex("08 00") + bytes(octets - 4))
        return made(kind, called=called, segmentation=segment)

    assert codec.decode(codec.encode(of(most))) == of(most)
    with pytest.raises(SccpError, match="such addresses do not fit"):
        codec.encode(of(most + 1))


# Any message

ADDRESSES = st.sampled_from([EIR, MSC, EIR_GT, MSC_GT, EIR_SSN, MSC_SSN, b"\0"])
PARTIES: st.SearchStrategy[PartyAddress] = ADDRESSES.map(codec.decode_address)
SEGMENTS = st.builds(
    Segmentation,
    is_first=st.booleans(),
    in_sequence=st.booleans(),
    remaining=st.integers(0, 15),
    reference=st.integers(0, 0xFFFFFF),
)


@st.composite
def messages(draw: st.DrawFn) -> Message:
    kind = draw(st.sampled_from(MessageType))
    whole = Message(
        type=kind, called=draw(PARTIES), calling=draw(PARTIES), user_data=draw(st.binary())
    )
    if kind.is_service:
        whole = replace(whole, return_cause=draw(st.integers(0, 255)))
    else:
        asked = draw(st.booleans())
        whole = replace(whole, protocol_class=draw(st.integers(0, 1)), return_on_error=asked)
    if kind.is_extended:
        part = draw(st.none() | SEGMENTS)
        whole = replace(whole, hop_counter=draw(st.integers(0, 255)), segmentation=part)
    return whole


@given(messages())
def test_every_message_survives_the_wire(whole: Message) -> None:
    assert codec.decode(codec.encode(whole)) == whole


@given(
    st.sampled_from([UDT, UDTS, XUDT, LUDT]), ADDRESSES, ADDRESSES, st.binary(max_size=60), SEGMENTS
)
def test_canonical_octets_survive_decoding_and_encoding(
    kind: int, called: bytes, calling: bytes, data: bytes, part: Segmentation
) -> None:
    options = segmentation(
        first=part.is_first,
        remaining=part.remaining,
        reference=part.reference,
        in_sequence=part.in_sequence,
    )
    octets = message(kind, called, calling, data, options=options)
    assert codec.encode(codec.decode(octets)) == octets


@given(
    st.sampled_from(
        [message(UDT, EIR_GT, MSC_GT), message(XUDT, options=segmentation(remaining=1))]
    )
    | st.sampled_from([message(LUDT), message(UDTS, b"\x08\x01\x21")]),
    st.lists(st.tuples(st.integers(0, 60), st.integers(0, 255)), max_size=4),
    st.integers(0, 90),
)
def test_any_octets_decode_or_raise_sccp_error(
    octets: bytes, changes: list[tuple[int, int]], length: int
) -> None:
    changed = bytearray(octets)
    for at, octet in changes:
        changed[at % len(changed)] = octet
    with contextlib.suppress(SccpError):
        codec.decode(bytes(changed[:length]))


@given(st.sampled_from(MessageType), st.binary(max_size=40))
def test_any_octets_after_a_known_type_decode_or_raise_sccp_error(
    kind: MessageType, rest: bytes
) -> None:
    with contextlib.suppress(SccpError):
        codec.decode(bytes([kind]) + rest)


# SCCP management

MANAGED = {
    "01 09 5410 00": ManagementMessage(type=ScmgType.SSA, ssn=9, point_code=0x1054),
    "02 06 ff3f 00": ManagementMessage(type=ScmgType.SSP, ssn=6, point_code=0x3FFF),
    "03 09 1400 03": ManagementMessage(type=ScmgType.SST, ssn=9, point_code=20, multiplicity=3),
    "04 08 0a00 00": ManagementMessage(type=ScmgType.SOR, ssn=8, point_code=10),
    "05 08 0a00 00": ManagementMessage(type=ScmgType.SOG, ssn=8, point_code=10),
    "06 01 0a00 00 08": ManagementMessage(
        type=ScmgType.SSC, ssn=1, point_code=10, congestion_level=8
    ),
}


@pytest.mark.spec("ITU-T Q.713", "5.3")
@pytest.mark.parametrize(("octets", "meant"), MANAGED.items())
def test_a_management_message_means_what_it_says(octets: str, meant: ManagementMessage) -> None:
    assert codec.decode_management(bytes.fromhex(octets)) == meant
    assert codec.encode_management(meant) == bytes.fromhex(octets)


@pytest.mark.spec("ITU-T Q.713", "5.2")
def test_the_spare_bits_of_an_affected_point_code_say_nothing() -> None:
    assert codec.decode_management(bytes.fromhex("01 09 14c0 00")).point_code == 20


@pytest.mark.parametrize("octets", ["", "01 09 1400", "06 09 1400 00", "00 09 1400 00", "07"])
def test_no_management_message_is_refused(octets: str) -> None:
    with pytest.raises(SccpError):
        codec.decode_management(bytes.fromhex(octets))
