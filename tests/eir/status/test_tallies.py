import pytest
from hypothesis import given
from hypothesis import strategies as st

from eir.decision.verdict import Interface
from eir.metrics import BOUNDS, LANE_ANSWERS, LANE_MISSES, SHED
from eir.metrics.sums import Sums
from eir.status.tallies import VERDICTS, Tally, last_checks, tallies_of
from tests.counting import count
from tests.eir.metrics.scraping import page
from tests.eir.status.made import tally


def test_of_what_all_workers_counted_each_interface_has_its_part() -> None:
    pages = [page(), page()]
    for each in pages:
        count(each, Interface.S13, prohibited=3)
        each.observe(Interface.S13, 300_000, at_ns=1, count=3)
        each.add(SHED, ("s13", "node_rate"), 2)
        each.add(LANE_ANSWERS, ("s13",), 5)
        each.add(LANE_MISSES, ("s13",), 7)
    found = tallies_of(Sums.of(pages))
    assert found[Interface.MAP] == Tally()
    assert found[Interface.S13] == Tally(
        checks=tuple(6 if verdict == "prohibited" else 0 for verdict in VERDICTS),
        buckets=tuple(6 if bound == "0.0005" else 0 for bound in BOUNDS),
        shed=4,
        lane=10,
        slow=14,
    )


def test_the_last_check_is_the_newest_of_all_workers() -> None:
    pages = [page(), page(), page()]
    pages[0].observe(Interface.MAP, 1, at_ns=2_000_000_000)
    pages[1].observe(Interface.MAP, 1, at_ns=3_500_000_000)
    assert last_checks(pages) == {Interface.S13: None, Interface.MAP: 3.5}


def test_a_difference_is_what_was_counted_since() -> None:
    later, earlier = tally(9, shed=5, lane=4, slow=3), tally(2, shed=1, lane=1, slow=1)
    assert later - earlier == tally(7, shed=4, lane=3, slow=2)


@pytest.mark.parametrize(
    ("counted", "p50", "p99"),
    [
        (tally(), None, None),
        (tally(100, "5e-05"), 0.000025, 0.0000495),  # from nothing to the first bound
        (tally(100, "0.0005"), 0.000375, 0.0004975),  # from 0.25 ms to 0.5 ms
        (tally(100, "+Inf"), 0.1, 0.1),  # at least so long
    ],
)
def test_quantiles_lie_in_their_bucket(
    counted: Tally, p50: float | None, p99: float | None
) -> None:
    assert counted.quantile(0.5) == pytest.approx(p50)
    assert counted.quantile(0.99) == pytest.approx(p99)


@given(st.lists(st.integers(0, 1000), min_size=len(BOUNDS), max_size=len(BOUNDS)))
def test_more_checks_take_no_less_time(counts: list[int]) -> None:
    counted = Tally(buckets=tuple(counts))
    quantiles = [counted.quantile(share / 10) for share in range(1, 11)]
    if any(counts):
        times = [each for each in quantiles if each is not None]
        assert len(times) == 10
        assert times == sorted(times)
        assert 0 <= times[0] <= times[-1] <= 0.1
    else:
        assert quantiles == [None] * 10
