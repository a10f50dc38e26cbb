"""The peers' own reading and writing of SS7, against what other stacks put on the wire."""

import contextlib
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.vectors import Vector, load
from tools import ss7_m3ua, ss7_map, ss7_sccp, ss7_tcap
from tools.errors import WireError
from tools.ss7_m3ua import ProtocolData, Tag, TrafficMode
from tools.ss7_sccp import Address, Title, Unitdata

VECTORS = load("map")
BEGINS = [vector for vector in VECTORS if vector.type == "Begin"]
ENDS = [vector for vector in VECTORS if vector.type == "End"]
NOBODY = Address(8)


def written(vector: Vector) -> bytes:
    """Ask the question of a vector as its stack asked it."""
    say = {name: value for name, value in vector.meaning.items() if isinstance(value, int)}
    text = {name: value for name, value in vector.meaning.items() if isinstance(value, str)}
    by_jss7 = "jss7" in vector.name  # which puts point codes into addresses, and asks in sequence
    version = say["version"]
    dialogue = ss7_tcap.request_dialogue(ss7_map.application_context(version))
    argument = ss7_map.argument(version, text["imei"], text.get("imsi"))
    begin = ss7_tcap.begin(
        bytes.fromhex(text["originating_id"]),
        b"" if version == 1 else dialogue,
        ss7_tcap.invoke(say["invoke_id"], ss7_tcap.OPERATION_CHECK_IMEI, argument),
    )
    how = Unitdata(
        called=Address(say["called_ssn"], say["dpc"] if by_jss7 else None),
        calling=Address(say["calling_ssn"], say["opc"] if by_jss7 else None),
        protocol_class=int(by_jss7),
    )
    (sccp,) = ss7_sccp.messages(how, begin, 1)
    data = ProtocolData(opc=say["opc"], dpc=say["dpc"], network_indicator=0, sls=1, octets=sccp)
    return ss7_m3ua.message(
        ss7_m3ua.Kind.DATA,
        ss7_m3ua.parameter(Tag.ROUTING_CONTEXT, 100),
        ss7_m3ua.protocol_data(data),
    )


@pytest.mark.parametrize("vector", BEGINS, ids=str)
def test_a_question_is_written_to_the_octet_as_another_stack_writes_it(vector: Vector) -> None:
    assert written(vector).hex() == vector.octets.hex()


@pytest.mark.parametrize("vector", ENDS, ids=str)
def test_a_recorded_answer_is_read_as_it_was_meant(vector: Vector) -> None:
    meaning = vector.meaning
    data = ss7_m3ua.read_data(ss7_m3ua.parse(vector.octets))
    assert (data.opc, data.dpc) == (meaning["opc"], meaning["dpc"])
    sccp = ss7_sccp.parse(data.octets)
    assert (sccp.called[-1], sccp.calling[-1]) == (meaning["called_ssn"], meaning["calling_ssn"])
    end = ss7_tcap.parse(sccp.user_data)
    assert end.kind == ss7_tcap.Kind.END
    assert end.destination.hex() == meaning["destination_id"]
    version = meaning["version"]
    assert isinstance(version, int)
    if version > 1:
        assert end.dialogue is not None
        assert ss7_map.context_version(end.dialogue.context) == version
        assert end.dialogue.result == 0
    (component,) = end.components
    assert component.invoke_id == meaning["invoke_id"]
    assert ss7_map.outcome(component, version) == ss7_map.Outcome("prohibited", 1)
    assert meaning["status"] == 1


@given(st.lists(st.sampled_from(VECTORS), max_size=5), st.lists(st.integers(1, 150), max_size=9))
def test_a_stream_gives_the_same_messages_however_it_is_cut(
    vectors: list[Vector], cuts: list[int]
) -> None:
    stream = b"".join(vector.octets for vector in vectors)
    buffered, taken, start = bytearray(), [], 0
    for cut in [*cuts, len(stream)]:
        buffered += stream[start : start + cut]
        start += cut
        taken += ss7_m3ua.take_messages(buffered)
    assert taken == [vector.octets for vector in vectors]


@given(st.sampled_from(VECTORS), st.integers(0, 150), st.binary(min_size=1, max_size=4))
def test_damaged_octets_are_read_or_refused(vector: Vector, place: int, damage: bytes) -> None:
    octets = bytearray(vector.octets)
    octets[place : place + len(damage)] = damage
    with contextlib.suppress(WireError):
        sccp = ss7_sccp.parse(ss7_m3ua.read_data(ss7_m3ua.parse(bytes(octets))).octets)
        for component in ss7_tcap.parse(sccp.user_data).components:
            ss7_map.outcome(component, 3)


READERS: list[Callable[[bytes], object]] = [ss7_m3ua.parse, ss7_sccp.parse, ss7_tcap.parse]


@given(st.sampled_from(READERS), st.binary(max_size=40))
def test_any_octets_are_read_or_refused(read: Callable[[bytes], object], octets: bytes) -> None:
    with contextlib.suppress(WireError):
        read(octets)


@pytest.mark.parametrize(
    ("title", "octets"),
    [
        (Title("994501", 1), "04 99 54 10"),
        (Title("99450", 1), "84 99 54 00"),
        (Title("994501", 2), "00 99 54 10"),
        (Title("99450", 3), "00 11 99 54 00"),
        (Title("994501", 4), "00 12 04 99 54 10"),
    ],
)
def test_a_global_title_is_written_as_its_indicator_says(title: Title, octets: str) -> None:
    assert title.octets == bytes.fromhex(octets)


@pytest.mark.parametrize(
    ("address", "octets"),
    [
        (Address(9), "42 09"),
        (Address(9, 4180), "43 54 10 09"),
        (Address(9, title=Title("12")), "12 09 00 12 04 21"),
        (Address(9, 4180, Title("12", 2)), "0b 54 10 09 00 21"),
    ],
)
def test_an_address_is_routed_on_its_title_or_else_on_its_subsystem(
    address: Address, octets: str
) -> None:
    assert address.octets == bytes.fromhex(octets)


@given(
    kind=st.sampled_from([ss7_sccp.Kind.UDT, ss7_sccp.Kind.XUDT, ss7_sccp.Kind.LUDT]),
    protocol_class=st.integers(0, 1),
    return_on_error=st.booleans(),
    user_data=st.binary(min_size=1, max_size=254),
)
def test_every_kind_of_message_is_read_as_it_was_written(
    *, kind: ss7_sccp.Kind, protocol_class: int, return_on_error: bool, user_data: bytes
) -> None:
    called, calling = Address(9, title=Title("994500000001")), Address(8)
    how = Unitdata(
        called=called,
        calling=calling,
        kind=kind,
        protocol_class=protocol_class,
        return_on_error=return_on_error,
    )
    (message,) = ss7_sccp.messages(how, user_data, 1)
    received = ss7_sccp.parse(message)
    assert received == ss7_sccp.Received(
        kind, called.octets, calling.octets, user_data, protocol_class, None
    )
    assert bool(message[1] & 0x80) == return_on_error


def test_a_long_message_is_cut_into_segments_that_count_down() -> None:
    how = Unitdata(called=Address(9), calling=NOBODY, kind=ss7_sccp.Kind.XUDT, segment_octets=4)
    first, second, third = ss7_sccp.messages(how, b"abcdefghij", 0x030201)
    assert (
        first.hex(" ")
        == "11 01 0f 04 06 08 0c 02 42 09 02 42 08 04 61 62 63 64 10 04 82 01 02 03 00"
    )
    assert second[-6:-4] == bytes.fromhex("04 01")
    assert third[-6:-4] == bytes.fromhex("04 00")
    assert b"".join(ss7_sccp.parse(each).user_data for each in (first, second, third)) == (
        b"abcdefghij"
    )


def test_segments_are_of_class_1_and_tell_the_class_that_was_asked_for() -> None:
    how = Unitdata(
        called=Address(9),
        calling=NOBODY,
        kind=ss7_sccp.Kind.XUDT,
        segment_octets=4,
        protocol_class=1,
    )
    for message, head in zip(ss7_sccp.messages(how, b"abcdef", 1), (0xC1, 0x40), strict=True):
        assert (message[1], message[-5]) == (1, head)


@pytest.mark.parametrize(("octets", "size"), [(255, None), (69, 4)])
def test_what_does_not_fit_is_refused(octets: int, size: int | None) -> None:
    how = Unitdata(called=NOBODY, calling=NOBODY, kind=ss7_sccp.Kind.XUDT, segment_octets=size)
    with pytest.raises(WireError):
        ss7_sccp.messages(how, bytes(octets), 1)


def test_a_returned_message_tells_its_cause() -> None:
    returned = ss7_sccp.parse(bytes.fromhex("0a 04 03 05 07 02 42 08 02 42 09 02 62 00"))
    assert (returned.kind, returned.cause) == (ss7_sccp.Kind.UDTS, 4)
    assert returned.user_data == bytes.fromhex("62 00")
    assert ss7_sccp.cause_words(4) == "unequipped user"


@pytest.mark.parametrize(
    ("component", "verdict"),
    [
        ("a2 0b 02 01 01 30 06 02 01 2b 0a 01 02", "tracking"),
        ("a2 0b 02 01 01 30 06 02 01 2b 0a 01 07", "error status 7"),
        ("a2 03 02 01 01", "error no status"),
        ("a3 06 02 01 01 02 01 07", "unknown"),
        ("a3 09 02 01 01 02 01 22 0a 01 00", "error systemFailure"),
        ("a3 06 02 01 01 02 01 15", "error 21"),
        ("a4 06 02 01 01 81 01 02", "reject mistypedParameter"),
        ("a4 05 05 00 80 01 01", "reject mistypedComponent"),
    ],
)
def test_what_became_of_a_check_is_said_in_the_words_of_the_specification(
    component: str, verdict: str
) -> None:
    portion = bytes.fromhex(component)
    body = bytes.fromhex("49 01 01 6c") + bytes([len(portion)]) + portion
    end = ss7_tcap.parse(bytes([0x64, len(body)]) + body)
    assert ss7_map.outcome(end.components[0], 1).verdict == verdict


def test_a_version_3_result_without_a_status_is_not_taken_for_one() -> None:
    body = bytes.fromhex("49 01 01 6c 0c a2 0a 02 01 01 30 05 02 01 2b 30 00")
    end = ss7_tcap.parse(bytes([0x64, len(body)]) + body)
    assert ss7_map.outcome(end.components[0], 3).verdict == "error no status"


def test_an_imsi_has_its_place_in_each_version_that_has_one() -> None:
    tag0 = ss7_map.argument(2, "35646704498991", "724340300385763")
    assert tag0 == bytes.fromhex("0408 53 46 76 40 94 98 19 f0 0008 27 34 04 03 30 58 67 f3")
    extension = ss7_map.argument(3, "35646704498991", "724340300385763")
    assert extension.endswith(bytes.fromhex("0408 27 34 04 03 30 58 67 f3"))
    with pytest.raises(WireError, match="no place for an IMSI"):
        ss7_map.argument(1, "35646704498991", "724340300385763")


@pytest.mark.parametrize(("octets", "length"), [(0x7F, "7f"), (0x80, "81 80"), (0x100, "82 01 00")])
def test_lengths_are_as_short_as_they_can_be(octets: int, length: str) -> None:
    written = ss7_tcap.element(0x04, bytes(octets))
    assert written == b"\x04" + bytes.fromhex(length) + bytes(octets)
    assert list(ss7_tcap.elements(written)) == [ss7_tcap.Element(0x04, bytes(octets))]


def test_a_traffic_mode_is_a_number_of_32_bits() -> None:
    octets = ss7_m3ua.parameter(Tag.TRAFFIC_MODE, TrafficMode.LOADSHARE)
    assert octets == bytes.fromhex("000b 0008 00000002")
