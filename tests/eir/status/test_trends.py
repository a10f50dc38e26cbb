from hypothesis import given
from hypothesis import strategies as st

from eir.decision.verdict import Interface
from eir.status.tallies import VERDICTS, Tally
from eir.status.trends import SLOTS, OfPeers, Trends
from tests.eir.status.made import s13, tally

PERMITTED = VERDICTS.index("permitted")


def fed(*sums: tuple[float, Tally]) -> Trends:
    trends = Trends()
    for now, counted in sums:
        trends.feed(s13(counted), now)
    return trends


def rates(trends: Trends, span: str = "5m") -> list[float]:
    assert span in ("5m", "24h")
    found = trends.slots("5m" if span == "5m" else "24h", Interface.S13)
    return [slot.rates[PERMITTED] for slot in found]


def test_each_second_has_the_rate_of_what_was_answered_in_it() -> None:
    trends = fed((10.0, tally(100)), (11.0, tally(130)), (12.0, tally(130)), (13.0, tally(131)))
    assert rates(trends) == [30.0, 0.0, 1.0]
    slots = trends.slots("5m", Interface.S13)
    assert slots[0].p99 is not None
    assert slots[1].p99 is None
    assert not any(any(slot.rates) for slot in trends.slots("5m", Interface.MAP))


def test_what_was_counted_before_the_first_feed_is_in_no_slot() -> None:
    assert rates(fed((10.0, tally(5000)))) == []


def test_seconds_that_nobody_saw_share_what_was_answered_in_them() -> None:
    assert rates(fed((10.0, tally(0)), (14.0, tally(8)))) == [2.0] * 4


def test_two_feeds_in_one_second_are_one_slot() -> None:
    assert rates(fed((10.0, tally(0)), (10.9, tally(9)), (12.0, tally(12)))) == [6.0, 6.0]


def test_a_minute_is_told_when_it_is_over() -> None:
    sums = [(60.0 + second, tally(2 * second)) for second in range(125)]
    assert rates(fed(*sums), "24h") == [2.0, 2.0]


def test_a_machine_that_slept_for_days_costs_no_more_than_a_day() -> None:
    trends = fed((0.0, tally(0)), (1e6, tally(1_000_000)))
    assert rates(trends, "24h") == [1.0] * SLOTS["24h"]
    assert rates(trends) == [1.0] * SLOTS["5m"]


def test_recent_is_what_was_counted_in_the_last_seconds() -> None:
    trends = fed(*((float(now), tally(10 * now)) for now in range(20)))
    recent = trends.recent(5)
    assert (recent.seconds, recent.tallies[Interface.S13].answered) == (5.0, 50)
    assert recent.rate(50) == 10.0
    assert trends.recent(300).seconds == 19.0


def test_nothing_is_recent_before_the_second_feed() -> None:
    for trends in (fed(), fed((10.0, tally(7)))):
        recent = trends.recent()
        assert (recent.seconds, recent.rate(7)) == (0.0, 0.0)
        assert recent.tallies[Interface.S13].answered == 0


def of_peers() -> OfPeers:
    return OfPeers(step=1.0, steps=5)


def test_a_peer_has_the_rate_of_the_last_seconds() -> None:
    found = of_peers()
    assert found.rate(Interface.S13, "mme1") is None
    for now in range(10):
        found.feed({("s13", "mme1"): now * now, ("s13", "other"): 7}, float(now))
    assert found.count(Interface.S13, "mme1") == 81 - 16
    assert found.rate(Interface.S13, "mme1") == (81 - 16) / 5
    assert found.rate(Interface.S13, "other") == 0.0


def test_a_peer_that_is_not_counted_by_its_name_has_no_rate() -> None:
    found = of_peers()
    for now in range(2):
        found.feed({("s13", "mme1"): 1}, float(now))
    assert found.rate(Interface.S13, "mme2") is None
    assert found.rate(Interface.MAP, "mme1") is None


def test_counts_of_a_long_time_are_kept_once_a_step_and_told_at_once() -> None:
    found = OfPeers(step=30.0, steps=10)
    for now in range(1000):
        found.feed({("s13", "mme1"): now}, float(now))
    assert found.count(Interface.S13, "mme1") == 999 - 690
    assert len(found._kept) == 11


@given(st.lists(st.tuples(st.floats(0.01, 400), st.integers(0, 1000)), max_size=60))
def test_slots_hold_all_that_was_answered_and_are_bounded(
    steps: list[tuple[float, int]],
) -> None:
    trends, now, total = fed((0.0, Tally())), 0.0, 0
    for passed, answered in steps:
        now, total = now + passed, total + answered
        trends.feed(s13(tally(total)), now)
    for span, slots in SLOTS.items():
        assert len(trends.slots(span, Interface.S13)) <= slots
    if 1 <= now < SLOTS["5m"]:
        # What came in the second that is open is in no slot yet; a late feed is spread.
        assert sum(rates(trends)) <= total * (now + 1) + 1e-6
        assert len(rates(trends)) <= int(now)
