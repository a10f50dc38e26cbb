import pytest
from hypothesis import given
from hypothesis import strategies as st

from eir.decision.verdict import Interface
from eir.metrics import CHECKS, IDENTITY_DIFFERENCE, OUTCOMES, RECEIVED, Counters, identity
from eir.metrics.sums import Sums
from tests.eir.metrics.scraping import page

PEERS = ("mme1", "mme2")


@pytest.fixture
def counters() -> Counters:
    return known(page())


def known(counters: Counters) -> Counters:
    counters.know(Interface.S13, PEERS)
    counters.know(Interface.MAP, ["stp1"])
    return counters


def count(counters: Counters, received: int, outcomes: dict[str, int], peer: str = "mme1") -> None:
    place = counters.place_of(Interface.S13, peer)
    counters.add_of(place, RECEIVED, (), received)
    for outcome, times in outcomes.items():
        counters.add_of(place, CHECKS, (outcome,), times)


def difference(counters: Counters, interface: str = "s13") -> int:
    identity.look(counters)
    return counters.value(IDENTITY_DIFFERENCE, (interface,))


@given(st.lists(st.tuples(st.sampled_from(PEERS), st.sampled_from(OUTCOMES), st.integers(0, 9))))
def test_what_was_taken_up_and_became_something_leaves_no_difference(
    counted: list[tuple[str, str, int]],
) -> None:
    counters = known(page())
    for peer, outcome, times in counted:
        count(counters, times, {outcome: times}, peer)
    assert difference(counters) == 0
    assert Sums.of([counters]).interfaces["s13"].tally.missing == 0


def test_two_peers_do_not_make_up_for_each_other(counters: Counters) -> None:
    count(counters, 2, {"permitted": 1}, "mme1")
    count(counters, 1, {"permitted": 2}, "mme2")
    assert difference(counters) == 2
    assert difference(counters, "map") == 0


def test_a_difference_that_is_no_more_is_shown_no_more(counters: Counters) -> None:
    count(counters, 1, {})
    assert difference(counters) == 1
    count(counters, 0, {"refused": 1})
    assert difference(counters) == 0


def test_what_a_dead_worker_had_in_hand_has_failed(counters: Counters) -> None:
    count(counters, 5, {"permitted": 2, "shed": 1})
    assert identity.settle(counters) == 2
    assert identity.by_peer([counters])["s13", "mme1"].of("failed") == 2
    assert difference(counters) == 0
    assert identity.settle(counters) == 0


def test_sums_are_those_of_all_workers() -> None:
    one, other = known(page()), known(page())
    count(one, 3, {"permitted": 3})
    count(other, 4, {"prohibited": 3, "tracking": 1})
    tally = identity.by_peer([one, other])["s13", "mme1"]
    assert (tally.received, tally.of("permitted"), tally.of("prohibited", "tracking")) == (7, 3, 4)
