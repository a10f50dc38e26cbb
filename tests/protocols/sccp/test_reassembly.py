"""Segments in every order."""

from dataclasses import replace
from itertools import permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from protocols.sccp.codec import Segmentation
from protocols.sccp.codes import ReturnCause
from protocols.sccp.primitives import Unitdata
from protocols.sccp.reassembly import (
    MAX_MESSAGES,
    T_REASS,
    Lost,
    Reassembly,
)
from tests.protocols.sccp.messages import MSC_GT, MSC_PC, XUDT, indicated, message

FIRST = indicated(message(XUDT, data=b"a"))
TRANSPORT = ReturnCause.ERROR_IN_MESSAGE_TRANSPORT


def segment(
    remaining: int, *, first: bool = False, reference: int = 1, in_sequence: bool = False
) -> Segmentation:
    return Segmentation(
        is_first=first, in_sequence=in_sequence, remaining=remaining, reference=reference
    )


def carrying(data: bytes, *, calling: bytes | None = None, opc: int = MSC_PC) -> Unitdata:
    unitdata = indicated(message(XUDT, data=data), opc=opc)
    if calling is None:
        return unitdata
    return indicated(message(XUDT, calling=calling, data=data), opc=opc)


def add(
    reassembly: Reassembly, data: bytes, part: Segmentation, now: float = 0.0
) -> list[Unitdata | Lost]:
    return reassembly.add(carrying(data), part, now)


def lost(outcomes: list[Unitdata | Lost]) -> list[tuple[bytes, ReturnCause | None]]:
    """Give the user data of what was lost, and why."""
    assert all(isinstance(outcome, Lost) for outcome in outcomes)
    return [(each.unitdata.user_data, each.cause) for each in outcomes if isinstance(each, Lost)]


@pytest.mark.spec("ITU-T Q.714", "4.1.1.2")
def test_segments_in_sequence_become_one_message() -> None:
    reassembly = Reassembly()
    assert add(reassembly, b"a", segment(2, first=True), 1.0) == []
    assert add(reassembly, b"b", segment(1), 2.0) == []
    (whole,) = add(reassembly, b"c", segment(0), 3.0)
    assert whole == replace(FIRST, user_data=b"abc")
    assert reassembly.deadline is None


@pytest.mark.spec("ITU-T Q.714", "4.1.1.2")
def test_a_first_segment_that_is_the_last_is_a_message() -> None:
    assert add(Reassembly(), b"a", segment(0, first=True)) == [FIRST]


@pytest.mark.spec("ITU-T Q.713", "3.17")
@pytest.mark.parametrize("in_sequence", [False, True])
def test_the_class_of_the_message_is_the_one_that_its_user_asked_for(
    in_sequence: bool,  # noqa: FBT001
) -> None:
    reassembly = Reassembly()
    travelled = replace(FIRST, protocol_class=1)
    reassembly.add(travelled, segment(1, first=True, in_sequence=in_sequence), 0.0)
    (whole,) = reassembly.add(travelled, segment(0, in_sequence=in_sequence), 0.0)
    assert isinstance(whole, Unitdata)
    assert whole.protocol_class == int(in_sequence)


@pytest.mark.spec("ITU-T Q.714", "4.1.1.2")
@pytest.mark.parametrize("remaining", [0, 2, 3, 15])
def test_a_segment_out_of_sequence_loses_the_message(remaining: int) -> None:
    reassembly = Reassembly()
    add(reassembly, b"a", segment(2, first=True))
    assert lost(add(reassembly, b"x", segment(remaining))) == [(b"a", TRANSPORT)]
    assert lost(add(reassembly, b"b", segment(1))) == [(b"b", None)]  # nothing is left of it
    assert reassembly.deadline is None


@pytest.mark.spec("ITU-T Q.714", "4.1.1.2")
def test_a_segment_whose_first_is_not_here_has_nobody_to_be_told() -> None:
    assert lost(add(Reassembly(), b"b", segment(0))) == [(b"b", None)]


@pytest.mark.spec("ITU-T Q.714", "4.1.1.2")
def test_a_first_segment_with_a_reference_in_use_begins_anew() -> None:
    reassembly = Reassembly()
    add(reassembly, b"a", segment(1, first=True))
    assert lost(add(reassembly, b"c", segment(1, first=True))) == [(b"a", TRANSPORT)]
    (whole,) = add(reassembly, b"d", segment(0))
    assert isinstance(whole, Unitdata)
    assert whole.user_data == b"cd"


@pytest.mark.spec("ITU-T Q.714", "4.1.1.2")
@pytest.mark.parametrize(
    "other",
    [
        {"opc": MSC_PC + 1},
        {"calling": MSC_GT},
        {"reference": 2},
    ],
)
def test_messages_of_others_do_not_mix(other: dict[str, object]) -> None:
    reference = other.pop("reference", 1)
    assert isinstance(reference, int)
    reassembly = Reassembly()
    add(reassembly, b"a", segment(1, first=True))
    theirs = carrying(b"x", **other)  # type: ignore[arg-type]
    assert reassembly.add(theirs, segment(1, first=True, reference=reference), 0.0) == []
    (whole,) = add(reassembly, b"b", segment(0))
    assert isinstance(whole, Unitdata)
    assert whole.user_data == b"ab"


@pytest.mark.spec("ITU-T Q.714", "4.1.1.2")
def test_a_message_that_takes_longer_than_t_reass_is_lost() -> None:
    reassembly = Reassembly()
    add(reassembly, b"a", segment(2, first=True), 100.0)
    add(reassembly, b"x", segment(2, first=True, reference=2), 101.0)
    add(reassembly, b"b", segment(1), 105.0)  # a further segment does not begin it again
    assert reassembly.deadline == 100.0 + T_REASS
    assert reassembly.expire(109.9) == []
    assert lost([*reassembly.expire(110.0)]) == [(b"a", TRANSPORT)]
    assert reassembly.deadline == 101.0 + T_REASS
    assert lost([*reassembly.expire(200.0)]) == [(b"x", TRANSPORT)]
    assert reassembly.deadline is None


def test_what_waits_shows_nothing_that_it_carries() -> None:
    reassembly = Reassembly()
    add(reassembly, b"personal", segment(1, first=True))
    assert "personal" not in repr(reassembly._started)


@pytest.mark.spec("ITU-T Q.714", "4.1.1.2")
def test_segments_are_not_more_than_a_message_may_have() -> None:
    reassembly = Reassembly()
    part = bytes(254)
    add(reassembly, part, segment(15, first=True))
    for remaining in range(14, 0, -1):
        assert add(reassembly, part, segment(remaining)) == []
    assert lost(add(reassembly, part, segment(0))) == [(part, TRANSPORT)]  # 16 * 254 = 4064


def came_by(connection: int, opc: int) -> Unitdata:
    return replace(FIRST, transfer=replace(FIRST.transfer, connection=connection, opc=opc))


def test_whoever_has_most_messages_in_segments_loses_its_oldest() -> None:
    reassembly = Reassembly()
    few, some, most = came_by(1, 10), came_by(2, 20), came_by(2, 30)
    for unitdata in (few, some):
        assert reassembly.add(unitdata, segment(1, first=True), 0.0) == []
    for number in range(MAX_MESSAGES - 2):  # each with other digits
        calling = replace(most.calling, octets=number.to_bytes(2, "big"))
        other = replace(most, calling=calling, user_data=b"%d" % number)
        assert reassembly.add(other, segment(1, first=True), 0.0) == []

    for reference, oldest in ((2, b"0"), (3, b"1")):
        more = reassembly.add(few, segment(1, first=True, reference=reference), 0.0)
        assert lost(more) == [(oldest, ReturnCause.ERROR_IN_LOCAL_PROCESSING)]
    assert len(reassembly._started) == MAX_MESSAGES
    for unitdata in (few, some):
        (whole,) = reassembly.add(unitdata, segment(0), 0.0)
        assert isinstance(whole, Unitdata)


def test_point_codes_take_no_room_from_another_association() -> None:
    reassembly = Reassembly()
    reassembly.add(came_by(1, 1), segment(1, first=True), 0.0)
    reassembly.add(came_by(1, 1), segment(1, first=True, reference=2), 0.0)
    for opc in range(2, 2 * MAX_MESSAGES):
        reassembly.add(came_by(2, opc), segment(1, first=True), 0.0)
    (whole,) = reassembly.add(came_by(1, 1), segment(0), 0.0)
    assert isinstance(whole, Unitdata)


PARTS = st.builds(
    Segmentation,
    is_first=st.booleans(),
    in_sequence=st.just(False),  # noqa: FBT003
    remaining=st.integers(0, 3),
    reference=st.integers(0, 1),
)


@settings(max_examples=60)
@given(st.lists(st.tuples(PARTS, st.floats(0, 6)), max_size=40))
def test_whatever_comes_what_waits_has_a_deadline(
    history: list[tuple[Segmentation, float]],
) -> None:
    reassembly, now = Reassembly(), 0.0
    for part, pause in history:
        now += pause
        if reassembly.deadline is not None and reassembly.deadline <= now:
            reassembly.expire(now)
        outcomes = reassembly.add(FIRST, part, now)
        whole = [each for each in outcomes if isinstance(each, Unitdata)]
        assert all(1 <= len(each.user_data) <= 4 for each in whole)
        assert len(reassembly._started) <= 2  # as many as there are references
        assert (reassembly.deadline is not None) == (len(reassembly._started) > 0)
        assert reassembly.deadline is None or now < reassembly.deadline <= now + T_REASS


@pytest.mark.parametrize("order", [*permutations(range(4))])
def test_only_the_right_order_gives_the_message(order: tuple[int, ...]) -> None:
    parts = [
        (b"a", segment(3, first=True)),
        (b"b", segment(2)),
        (b"c", segment(1)),
        (b"d", segment(0)),
    ]
    reassembly = Reassembly()
    outcomes = [each for index in order for each in add(reassembly, *parts[index])]
    whole = [each for each in outcomes if isinstance(each, Unitdata)]
    assert [each.user_data for each in whole] == ([b"abcd"] if order == (0, 1, 2, 3) else [])
