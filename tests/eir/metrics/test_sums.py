from eir.decision.verdict import Interface
from eir.metrics import (
    BOUNDS,
    CHECK_MAXIMUM,
    IDENTITY_DIFFERENCE,
    LANE_ANSWERS,
    LANE_MISSES,
    MATCHES,
    RETRANSMITTED,
    SHED,
    WAITING,
)
from eir.metrics.sums import InterfaceSums, Sums, greatest, of_peers, total
from tests.counting import count
from tests.eir.metrics.scraping import page


def test_rows_are_added_up_by_the_labels_that_they_begin_with() -> None:
    pages = [page(), page()]
    pages[0].add(MATCHES, ("s13", "prohibited"), 1)
    pages[1].add(MATCHES, ("s13", "prohibited"), 2)
    pages[1].add(MATCHES, ("s13", "tracking"), 4)
    pages[1].add(MATCHES, ("map", "tracking"), 8)
    assert total(pages, MATCHES) == 15
    assert total(pages, MATCHES, "s13") == 7
    assert total(pages, MATCHES, "s13", "prohibited") == 3


def test_of_several_rows_the_greatest_is_found() -> None:
    pages = [page(), page()]
    pages[0].set(CHECK_MAXIMUM, ("s13", "before"), 5)
    pages[1].set(CHECK_MAXIMUM, ("s13", "now"), 3)
    pages[1].set(CHECK_MAXIMUM, ("map", "now"), 9)
    assert greatest(pages, CHECK_MAXIMUM, "s13") == 5
    assert greatest(pages, CHECK_MAXIMUM, "s13", "now") == 3


def test_what_is_counted_of_a_peer_is_added_up_over_workers() -> None:
    pages = [page(), page()]
    for each in pages:
        each.know(Interface.MAP, ["stp1"])
        each.add_of(each.place_of(Interface.MAP, "stp1"), RETRANSMITTED, (), 3)
    resent = {("map", "other"): 0, ("map", "stp1"): 6}
    assert of_peers(pages, RETRANSMITTED) == Sums.of(pages).resent == resent


def test_all_that_an_interface_has_counted_is_added_up_over_workers_and_peers() -> None:
    pages = [page(), page()]
    for place, each in enumerate(pages):
        count(each, Interface.S13, f"mme{place}", prohibited=2, shed=1)
        count(each, Interface.S13, permitted=3)
        each.observe(Interface.S13, 300_000 + place, at_ns=1, count=5)
        each.add(SHED, ("s13", "node_rate"), 1)
        each.add(LANE_ANSWERS, ("s13",), 4)
        each.add(LANE_MISSES, ("s13",), 2)
        each.set(IDENTITY_DIFFERENCE, ("s13",), 1)
        each.set(WAITING, (), 340)
    sums = Sums.of(pages)
    s13 = sums.interfaces["s13"]
    assert (s13.tally.received, s13.tally.answered) == (12, 10)
    assert s13 == InterfaceSums(
        tally=s13.tally,
        buckets=tuple(10 if bound == "0.0005" else 0 for bound in BOUNDS),
        busy_ns=3_000_005,
        longest_ns=300_001,
        shed=2,
        lane=8,
        slow=4,
        difference=2,
    )
    assert {key: tally.received for key, tally in sums.peers.items()} == {
        ("s13", "mme0"): 3,
        ("s13", "mme1"): 3,
        ("s13", "other"): 6,
    }
    assert sums.interfaces["map"].tally.received == 0
    assert sums.waiting == 680
