"""The peers' own reading and writing of octets, against what other stacks put on the wire."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.vectors import Vector, load
from tools.diameter_wire import Code, avp, parse, take_messages
from tools.errors import WireError

VECTORS = load("diameter")


@pytest.mark.parametrize("vector", VECTORS, ids=str)
def test_a_recorded_message_is_read_as_it_was_meant(vector: Vector) -> None:
    message = parse(vector.octets)
    assert message.command == vector.meaning["command"]
    assert message.is_request == ("R" in str(vector.meaning["flags"]))
    assert message.hop_by_hop == vector.meaning["hop_by_hop"]
    assert message.end_to_end == vector.meaning["end_to_end"]
    for code in (Code.ORIGIN_HOST, Code.SESSION_ID, Code.USER_NAME):
        found = message.first(code)
        assert (found.text if found else None) == vector.meaning.get(code.name.lower())
    for code in (Code.RESULT_CODE, Code.EQUIPMENT_STATUS):
        found = message.first(code)
        assert (found.number if found else None) == vector.meaning.get(code.name.lower())


@given(st.lists(st.sampled_from(VECTORS), max_size=5), st.lists(st.integers(1, 700), max_size=9))
def test_a_stream_gives_the_same_messages_however_it_is_cut(
    vectors: list[Vector], cuts: list[int]
) -> None:
    stream = b"".join(vector.octets for vector in vectors)
    buffered, taken, start = bytearray(), [], 0
    for cut in [*cuts, len(stream)]:
        buffered += stream[start : start + cut]
        start += cut
        taken += take_messages(buffered)
    assert taken == [vector.octets for vector in vectors]


@given(st.sampled_from(VECTORS), st.integers(0, 700), st.binary(min_size=1, max_size=4))
def test_damaged_octets_are_read_or_refused(vector: Vector, place: int, damage: bytes) -> None:
    octets = bytearray(vector.octets)
    octets[place : place + len(damage)] = damage
    with contextlib.suppress(WireError):
        for each in parse(bytes(octets)).avps:
            _ = each.members


@pytest.mark.parametrize(
    ("code", "value", "octets"),
    [
        (Code.USER_NAME, "ab", "00000001 4000000a 61620000"),
        (Code.RESULT_CODE, 2001, "0000010c 4000000c 000007d1"),
        (Code.PRODUCT_NAME, "a", "0000010d 00000009 61000000"),
        (Code.IMEI, "1", "0000057a c000000d 000028af 31000000"),
    ],
)
def test_an_avp_is_written_with_its_flags_and_padding(
    code: Code, value: str | int, octets: str
) -> None:
    assert avp(code, value) == bytes.fromhex(octets)
