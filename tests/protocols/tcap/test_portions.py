import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols.tcap import portions
from protocols.tcap.codes import GeneralProblem, MessageTag
from protocols.tcap.errors import (
    IncorrectPortionError,
    TcapError,
    TooMuchError,
    UnrecognizedTypeError,
)
from protocols.tcap.messages import Malformed, Outline, Unreadable
from protocols.tcap.portions import ComponentPart, cut, outline
from tests.protocols.tcap.octets import (
    ENUMERATED_BLACK,
    IMEI,
    OTID,
    aarq,
    abort,
    begin,
    components,
    end,
    endless,
    go_on,
    integer,
    invoke,
    reject,
    result,
    tlv,
)

UNRECOGNIZED = GeneralProblem.UNRECOGNIZED_COMPONENT
BADLY_STRUCTURED = GeneralProblem.BADLY_STRUCTURED_COMPONENT
HUAWEI_IMSI = bytes.fromhex("000827340403305867f3")
SHORT = tlv("0a", b"\6")


def parts(*octets: bytes) -> tuple[ComponentPart | Malformed, ...]:
    return cut(begin(*octets)).components


def test_a_message_is_cut_into_its_portions() -> None:
    found = cut(begin(invoke(), dialogue=aarq()))
    assert found.tag is MessageTag.BEGIN
    assert found.transaction == begin()
    assert found.dialogue == aarq()
    assert found.components == (ComponentPart(invoke(parameter=b""), 1, IMEI),)


def test_what_a_message_does_not_have_is_not_there() -> None:
    found = cut(begin())
    assert (found.dialogue, found.components) == (None, ())


def test_every_length_becomes_definite() -> None:
    unit = endless("60", tlv("80", b"\x07\x80"), endless("a1", tlv("06", bytes(7))))
    dialogue = endless("6b", endless("28", tlv("06", bytes(7)), endless("a0", unit)))
    argument = endless("30", IMEI, endless("a0", endless("30", tlv("06", b"\x2a"))))
    operation = endless("a1", integer(1), integer(43), argument)
    octets = endless("62", tlv("48", OTID), dialogue, endless("6c", operation))
    found = cut(octets)
    assert found.transaction == begin()
    definite = tlv("60", tlv("80", b"\x07\x80"), tlv("a1", tlv("06", bytes(7))))
    assert found.dialogue == tlv("6b", tlv("28", tlv("06", bytes(7)), tlv("a0", definite)))
    parameter = tlv("30", IMEI, tlv("a0", tlv("30", tlv("06", b"\x2a"))))
    assert found.components == (ComponentPart(invoke(parameter=b""), 1, parameter),)


# Parameters


@pytest.mark.parametrize(
    ("octets", "head", "parameter"),
    [
        (invoke(), invoke(parameter=b""), IMEI),
        (invoke(parameter=b""), invoke(parameter=b""), b""),
        (invoke(parameter=IMEI + HUAWEI_IMSI), invoke(parameter=b""), IMEI + HUAWEI_IMSI),
        (invoke(linked_id=5), invoke(parameter=b"", linked_id=5), IMEI),
        (result(), result(), ENUMERATED_BLACK),
        (tlv("a7", integer(1)), tlv("a7", integer(1)), b""),
        (tlv("a3", integer(1), integer(34), SHORT), tlv("a3", integer(1), integer(34)), SHORT),
        (reject(1, 1, 2), reject(1, 1, 2), b""),
    ],
)
def test_a_parameter_is_cut_off(octets: bytes, head: bytes, parameter: bytes) -> None:
    (part,) = parts(octets)
    assert part == ComponentPart(head, 1, parameter)


# Components that cannot be cut


@pytest.mark.spec("ITU-T Q.774", "3.2.2.2")
@pytest.mark.parametrize("tag", ["a0", "a5", "a6", "30", "81", "bf8101"])
def test_a_component_of_another_type_is_unrecognized(tag: str) -> None:
    assert parts(tlv(tag, integer(1))) == (Malformed(None, UNRECOGNIZED),)


@pytest.mark.spec("ITU-T Q.774", "3.2.2.2")
@pytest.mark.parametrize(
    ("octets", "invoke_id"),
    [
        (tlv("a1", integer(7), b"\x02\x05\x2b"), 7),  # an operation code longer than its Invoke
        (tlv("a1", integer(-7), integer(43), b"\x04"), -7),
        (tlv("a1", integer(7), integer(43), tlv("30", b"\x04\x09")), 7),  # inside the argument
        (tlv("a2", integer(7), tlv("30", b"\x02\x05\x2b")), 7),
        (tlv("a3", integer(7), b"\x02\x05\x22"), 7),
        (tlv("a1", b"\x02\x05\x07"), None),
        (tlv("a1", tlv("02", b"\1\2"), b"\x02\x05\x2b"), None),
        (tlv("a1", tlv("04", b"\1"), b"\x02\x05\x2b"), None),
        (b"\xa1\x0f" + integer(7) + integer(43), None),  # longer than its portion
    ],
)
def test_a_component_that_is_no_ber_is_badly_structured(
    octets: bytes, invoke_id: int | None
) -> None:
    assert parts(octets) == (Malformed(invoke_id, BADLY_STRUCTURED),)


@pytest.mark.spec("ITU-T Q.774", "3.2.2.2")
def test_a_reject_that_is_no_ber_has_no_problem_to_tell() -> None:
    assert parts(tlv("a4", integer(7), b"\x81\x05")) == (Malformed(7, None),)


@pytest.mark.spec("ITU-T Q.774", "3.2.2.2")
def test_what_stands_before_a_malformed_component_stays_and_what_follows_is_discarded() -> None:
    found = parts(invoke(1), tlv("a5"), invoke(2))
    assert found == (ComponentPart(invoke(1, b""), 1, IMEI), Malformed(None, UNRECOGNIZED))


def test_a_thousand_nested_tags_are_a_badly_structured_component() -> None:
    deep = b""
    for _ in range(150):
        deep = tlv("30", deep)
    assert parts(invoke(parameter=deep)) == (Malformed(1, BADLY_STRUCTURED),)


# Dialogue portions that cannot be cut


def test_a_dialogue_portion_that_is_no_ber_is_unreadable() -> None:
    found = cut(begin(invoke(), dialogue=tlv("6b", b"\x28\x05\0")))
    assert isinstance(found.dialogue, Unreadable)
    assert found.components


# Transaction portions that cannot be understood


@pytest.mark.spec("ITU-T Q.772", "2.3")
@pytest.mark.parametrize("tag", ["63", "66", "60", "30", "42", "7f20", "00"])
def test_a_message_of_another_type_is_unrecognized(tag: str) -> None:
    with pytest.raises(UnrecognizedTypeError):
        cut(tlv(tag, tlv("48", OTID)))


@pytest.mark.spec("ITU-T Q.772", "2.3")
@pytest.mark.parametrize(
    "octets",
    [
        b"",
        b"\x62",
        b"\x62\x82",
        begin() + b"\0",
        begin() + begin(),
        begin()[:-1],
        b"\x62\x80" + tlv("48", OTID),
        tlv("62", b"\x48\x05\1"),
        tlv("62", tlv("48", OTID), b"\x6c\x05"),
        b"\x62\x80" * 500,
    ],
)
def test_a_message_whose_lengths_are_wrong_is_badly_formatted(octets: bytes) -> None:
    with pytest.raises(TcapError) as caught:
        cut(octets)
    assert type(caught.value) is TcapError


@pytest.mark.spec("ITU-T Q.772", "2.3")
@pytest.mark.parametrize(
    "octets",
    [
        tlv("62"),
        tlv("62", tlv("49", OTID)),
        tlv("62", tlv("48", OTID), tlv("48", OTID)),
        tlv("62", tlv("48", OTID), tlv("49", OTID)),
        tlv("62", tlv("48", OTID), components(invoke()), aarq()),
        tlv("62", tlv("48", OTID), aarq(), aarq()),
        tlv("62", tlv("48", OTID), integer(1, "4a")),
        tlv("62", tlv("48", OTID), tlv("04", b"\1")),
        tlv("62", tlv("48", OTID), tlv("6c")),
        tlv("65", tlv("48", OTID)),
        tlv("65", tlv("49", OTID), tlv("48", OTID)),
        tlv("64", tlv("48", OTID)),
        tlv("64", tlv("48", OTID), tlv("49", OTID)),
        tlv("67"),
        tlv("67", tlv("49", OTID), components(invoke())),
        tlv("61", tlv("48", OTID)),
    ],
)
def test_elements_that_the_message_type_does_not_have_are_incorrect(octets: bytes) -> None:
    with pytest.raises(IncorrectPortionError):
        cut(octets)


def test_components_are_bounded() -> None:
    assert len(parts(*[invoke()] * portions.MAX_COMPONENTS)) == portions.MAX_COMPONENTS
    with pytest.raises(TooMuchError):
        parts(*[invoke()] * (portions.MAX_COMPONENTS + 1))


def test_octets_are_bounded() -> None:
    most = begin(invoke(parameter=tlv("04", bytes(990))))
    assert len(most) <= portions.MAX_OCTETS
    cut(most)
    with pytest.raises(TooMuchError):
        cut(begin(invoke(parameter=tlv("04", bytes(1024)))))


# Whom to answer


@pytest.mark.spec("ITU-T Q.774", "3.3.4")
@pytest.mark.parametrize(
    ("octets", "tag", "otid", "dtid"),
    [
        (begin(), MessageTag.BEGIN, OTID, None),
        (begin(otid=b"\x7f"), MessageTag.BEGIN, b"\x7f", None),
        (go_on(dtid=b"ab"), MessageTag.CONTINUE, OTID, b"ab"),
        (tlv("65", tlv("49", b"ab"), tlv("48", OTID)), MessageTag.CONTINUE, OTID, b"ab"),
        (end(), MessageTag.END, None, OTID),
        (abort(), MessageTag.ABORT, None, OTID),
        (tlv("63", tlv("48", OTID)), None, OTID, None),
        (b"\x62\x81\x99" + begin()[2:], MessageTag.BEGIN, OTID, None),
        (b"\x62\x80" + begin()[2:], MessageTag.BEGIN, OTID, None),
        (b"\x62\x40" + tlv("48", OTID), MessageTag.BEGIN, OTID, None),
        (tlv("62", tlv("48", b"")), MessageTag.BEGIN, None, None),
        (tlv("62", tlv("48", b"12345")), MessageTag.BEGIN, None, None),
        (b"\x62\x06\x48\x04\0\0", MessageTag.BEGIN, None, None),
        (tlv("62", tlv("04", b"\1"), tlv("48", OTID)), MessageTag.BEGIN, None, None),
        (b"\x62", MessageTag.BEGIN, None, None),
        (b"", None, None, None),
    ],
)
def test_ids_are_derivable_from_the_beginning_of_a_message(
    octets: bytes, tag: MessageTag | None, otid: bytes | None, dtid: bytes | None
) -> None:
    assert outline(octets) == Outline(tag, otid, dtid)


@given(st.binary(max_size=40))
def test_any_octets_have_an_outline_and_are_cut_or_an_error_of_ours(octets: bytes) -> None:
    outline(octets)
    with contextlib.suppress(TcapError):
        cut(octets)
