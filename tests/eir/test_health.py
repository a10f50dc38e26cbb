from eir.health import status_line
from eir.status.snapshot import snapshot
from eir.status.trends import Trends
from tests.eir.status.made import asp, facts, peer, s13, tally


def trends() -> Trends:
    """Ten seconds in which 1,200 checks a second were answered."""
    found = Trends()
    for now in range(11):
        found.feed(s13(tally(1200 * now)), float(now))
    return found


def test_a_node_that_is_fine_says_what_it_does() -> None:
    found = snapshot(facts(links=[peer("mme1"), asp("stp1")], version=41), trends())
    assert status_line(found) == "fine: lists version 41, 2 of 2 peers up, 1,200 checks/s"


def test_a_node_that_is_not_says_the_worst_reason_and_how_many_more_there_are() -> None:
    links = [peer("mme1", "DOWN"), asp("stp1")]
    line = status_line(snapshot(facts(links=links), Trends()))
    assert line == (
        "degraded: lists version 1, 1 of 2 peers up, 0 checks/s; 1 of 1 S13 peers cannot ask: mme1"
    )
    down = facts(links=links, obstacle="the worker is starting", version=None)
    assert status_line(snapshot(down, Trends())) == (
        "down: no lists, 1 of 2 peers up, 0 checks/s;"
        " no check is answered: the worker is starting; and 1 more"
    )
