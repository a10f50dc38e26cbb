"""What gateways say of the network behind them, and what that does to our traffic."""

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols.effects import Became
from protocols.m3ua.codec import decode
from protocols.m3ua.destinations import (
    MAX_DESTINATIONS,
    MAX_POINTS,
    MAX_RANGES,
    Destinations,
    DestinationState,
)
from tests.protocols.m3ua import wire
from tests.protocols.m3ua.nodes import LONE, QUIET, active, answer, connected, inactive, serving
from tests.protocols.m3ua.wire import MSC, affected, data, message, number

# 10 is 0-1-2
SENT = "1.6: DATA rc 100 20>10"


def congestion(level: int) -> bytes:
    return number(wire.CONGESTION, level)


def user_part(cause: int, user: int = 3) -> bytes:
    return number(wire.USER_CAUSE, cause << 16 | user)


@pytest.mark.spec("RFC 4666", "3.4.1")
@pytest.mark.spec("RFC 4666", "3.4.2")
def test_nothing_is_sent_to_a_destination_that_is_unavailable() -> None:
    (
        active()
        .receives(1, affected("DUNA", (0, MSC))).does("destination stp 0-1-2 UNAVAILABLE")
        .sends(answer(connection=9)).does("9: dropped")
        .sends(answer(connection=9, dpc=11)).does("1.6: DATA rc 100 20>11")
        .receives(1, affected("DAVA", (0, MSC))).does("destination stp 0-1-2 AVAILABLE")
        .sends(answer(connection=9)).does(SENT)
    )  # fmt: skip


def test_who_asks_though_it_is_unavailable_is_answered_where_it_asked() -> None:
    duna = affected("DUNA", (0, MSC))
    book = active().receives(1, duna).quietly().receives(1, data(100)).does("1: deliver")
    book.sends(answer(context=100)).does(SENT)
    connected().receives(1, duna).quietly().sends(answer()).does("1: dropped")


@pytest.mark.spec("RFC 4666", "3.4.6")
def test_a_restricted_destination_is_still_sent_to() -> None:
    (
        active()
        .receives(1, affected("DRST", (0, MSC))).does("destination stp 0-1-2 RESTRICTED")
        .sends(answer()).does(SENT)
    )  # fmt: skip


@pytest.mark.spec("RFC 4666", "3.4.1")
def test_one_message_may_be_about_many_point_codes_and_ranges() -> None:
    (
        active()
        .receives(1, affected("DUNA", (3, 9), (0, 100)))
        .does("destination stp 0-1-0/3 UNAVAILABLE", "destination stp 0-12-4 UNAVAILABLE")
        .sends(answer(connection=9, dpc=15)).does("9: dropped")
        .sends(answer(connection=9, dpc=16)).does("1.6: DATA rc 100 20>16")
        .receives(1, affected("DAVA", (0, MSC))).does("destination stp 0-1-2 AVAILABLE")
        .sends(answer(connection=9)).does(SENT)
        .sends(answer(connection=9, dpc=11)).does("9: dropped")
        .receives(1, affected("DUNA", (3, 8))).does("destination stp 0-1-2 UNAVAILABLE gone")
        .sends(answer(connection=9)).does("9: dropped")
        .receives(1, affected("DAVA", (255, 0)))
        .does("destination stp 0-1-0/3 AVAILABLE gone", "destination stp 0-12-4 AVAILABLE gone",
              "destination stp 0-0-0/24 AVAILABLE")
        .sends(answer(connection=9, dpc=100)).does("1.6: DATA rc 100 20>100")
    )  # fmt: skip


@pytest.mark.spec("RFC 4666", "3.4.1")
def test_news_that_are_none_are_not_told() -> None:
    book = active().receives(1, affected("DUNA", (0, MSC))).quietly()
    book.receives(1, affected("DUNA", (0, MSC))).does()


@pytest.mark.spec("RFC 4666", "4.5.2")
def test_destinations_are_told_of_in_every_state() -> None:
    duna = affected("DUNA", (0, MSC))
    for book in (connected(), inactive(), active()):
        book.receives(1, duna).does("destination stp 0-1-2 UNAVAILABLE")
    double = dataclasses.replace(QUIET, exchange="double")
    connected(local=double).receives(1, duna).does("destination stp 0-1-2 UNAVAILABLE")
    serving(LONE).receives(1, duna).does("destination msc 0-1-2 UNAVAILABLE")


@pytest.mark.spec("RFC 4666", "3.4.4")
def test_congestion_has_a_level_where_the_network_has_levels() -> None:
    details = []
    book = active()
    for rest in (congestion(2), congestion(0), b"", congestion(0xFFFFFF03)):
        book.receives(1, affected("SCON", (0, MSC), rest=rest))
        book.does("destination stp 0-1-2 AVAILABLE")
        details += [effect.detail for effect in book.effects if isinstance(effect, Became)]
    assert details == ["congestion 2", "", "congestion 1", "congestion 3"]
    book.sends(answer()).does(SENT)


@pytest.mark.spec("RFC 4666", "3.8.1")
def test_a_congestion_level_that_does_not_exist_is_an_invalid_value() -> None:
    book = active().receives(1, affected("SCON", (0, MSC), rest=congestion(4)))
    book.does("1: ERROR 17", "1: refused 17")


@pytest.mark.spec("RFC 4666", "3.4.5")
@pytest.mark.parametrize(
    ("cause", "detail"),
    [
        (0, "user part 3 unknown"),
        (1, "user part 3 unequipped_remote_user"),
        (2, "user part 3 inaccessible_remote_user"),
        (9, "user part 3 cause 9"),
    ],
)
def test_a_user_part_that_does_not_answer_is_told_until_it_does(cause: int, detail: str) -> None:
    book = active().receives(1, affected("DUPU", (0, MSC), rest=user_part(cause)))
    assert book.effects == [Became("destination", "stp 0-1-2", "AVAILABLE", detail)]
    book.quietly().receives(1, data(100)).does("destination stp 0-1-2 AVAILABLE", "1: deliver")
    book.receives(1, data(100)).does("1: deliver")


@pytest.mark.spec("RFC 4666", "3.8.1")
@pytest.mark.parametrize("points", [[(3, MSC)], [(0, MSC), (0, 11)]])
def test_a_user_part_is_one_point_codes(points: list[tuple[int, int]]) -> None:
    book = active().receives(1, affected("DUPU", *points, rest=user_part(1)))
    book.does("1: ERROR 17", "1: refused 17")


@pytest.mark.spec("RFC 4666", "3.8.1")
@pytest.mark.parametrize("kind", ["DUNA", "DAVA", "DRST", "SCON", "DUPU"])
def test_what_says_of_no_destination_lacks_a_parameter(kind: str) -> None:
    active().receives(1, message(kind)).does("1: ERROR 22", "1: refused 22")


def test_a_user_part_message_without_user_lacks_a_parameter() -> None:
    active().receives(1, affected("DUPU", (0, MSC))).does("1: ERROR 22", "1: refused 22")


@pytest.mark.spec("RFC 4666", "4.3.1")
def test_what_a_peer_said_ends_with_its_association() -> None:
    (
        active()
        .receives(1, affected("DUNA", (0, MSC))).quietly()
        .receives(1, affected("DAVA", (0, 11))).quietly()
        .restarts(1)
        .does("note association_restarted", "as stp 100 AS_DOWN gone",
              "destination stp 0-1-2 AVAILABLE gone", "destination stp 0-1-3 AVAILABLE gone",
              "1: ASP_UP", "1: stp ASP_DOWN")
    )  # fmt: skip


def test_no_peer_can_make_us_remember_without_end() -> None:
    destinations = Destinations()
    for start in range(0, MAX_DESTINATIONS + 16, 16):
        points = [(0, point_code) for point_code in range(start, start + 16)]
        destinations.take(decode(affected("DUNA", *points)))
    assert len(destinations._known) == MAX_DESTINATIONS
    assert destinations.state(MAX_DESTINATIONS - 1) is DestinationState.UNAVAILABLE
    assert destinations.state(MAX_DESTINATIONS) is DestinationState.AVAILABLE
    destinations.take(decode(affected("DAVA", (0, 1))))
    assert destinations.state(1) is DestinationState.AVAILABLE


@pytest.mark.parametrize("mask", [0, 3])
def test_a_message_of_so_many_point_codes_is_taken_and_of_no_more(mask: int) -> None:
    most = MAX_RANGES if mask else MAX_POINTS
    points = [(mask, point_code << mask) for point_code in range(most + 1)]
    book = active()
    book.receives(1, affected("DUNA", *points)).does("1: ERROR 7", "1: refused 7")
    book.receives(1, affected("DUNA", *points[:-1]))
    assert len(book.effects) == most


KINDS = ("DUNA", "DAVA", "DRST")
SAID_WHERE = st.integers(0, 5), st.integers(0, 31)
SAID = st.tuples(st.sampled_from(KINDS), *SAID_WHERE)


@given(st.lists(SAID, max_size=12))
def test_the_last_word_on_a_point_code_counts(said: list[tuple[str, int, int]]) -> None:
    destinations = Destinations()
    expected = dict.fromkeys(range(32), "DAVA")
    for kind, mask, point_code in said:
        destinations.take(decode(affected(kind, (mask, point_code))))
        expected |= {each: kind for each in expected if each >> mask == point_code >> mask}
    words = {
        "DUNA": DestinationState.UNAVAILABLE,
        "DAVA": DestinationState.AVAILABLE,
        "DRST": DestinationState.RESTRICTED,
    }
    assert {each: destinations.state(each) for each in expected} == {
        each: words[kind] for each, kind in expected.items()
    }


SAID_IN_ALL = st.tuples(st.sampled_from(("DUNA", "DAVA", "SCON", "DUPU")), *SAID_WHERE)


@given(st.lists(SAID_IN_ALL, max_size=12), st.lists(st.integers(0, 15), max_size=3))
def test_point_codes_are_treated_alike_for_as_long_as_nothing_deviates(
    said: list[tuple[str, int, int]], heard: list[int]
) -> None:
    destinations = Destinations()
    seen: dict[int, list[tuple[bool, bool]]] = {0: [(False, False)] * 16}

    def look() -> None:
        treated = [
            (destinations.state(each) is DestinationState.UNAVAILABLE, destinations.is_silent(each))
            for each in range(16)
        ]
        assert seen.setdefault(destinations.deviation, treated) == treated

    for kind, mask, point_code in said:
        rest = user_part(1) if kind == "DUPU" else b""
        points = (0 if kind == "DUPU" else mask, point_code)
        destinations.take(decode(affected(kind, points, rest=rest)))
        look()
    for each in heard:
        destinations.heard(each)
        look()
    destinations.forget()
    look()
