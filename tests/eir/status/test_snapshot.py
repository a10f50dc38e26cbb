from datetime import timedelta

from eir.alarms.board import Alarm
from eir.alarms.catalogue import OVERLOADED
from eir.decision.verdict import Interface
from eir.links import LinkRow
from eir.lists.summary import ChangeSummary, ListSummary, Summary
from eir.registry.outcome import Outcome
from eir.status.models import ListRow, LoadRow, SyncRow
from eir.status.snapshot import snapshot
from eir.status.tallies import VERDICTS
from eir.status.trends import Trends
from eir.sync_watch import SyncState
from tests.alarms import T0, board
from tests.eir.status.made import SINCE, asp, facts, path, peer, s13, tally


def trends() -> Trends:
    """Ten seconds in which 20 checks a second were answered, of which the lane took half."""
    found = Trends()
    for now in range(11):
        found.feed(s13(tally(20 * now, lane=10 * now, slow=10 * now)), float(now))
    return found


def test_an_interface_tells_how_many_are_answered_and_how_fast() -> None:
    last = {Interface.S13: T0.timestamp() - 2, Interface.MAP: None}
    found = snapshot(facts(links=[peer("mme1")], last_checks=last), trends())
    of_s13, of_map = found.interfaces
    assert (of_s13.interface, of_s13.state, of_s13.links, of_s13.links_up) == ("s13", "up", 1, 1)
    assert (of_s13.rate, of_s13.shed, of_s13.lane_share) == (20.0, 0.0, 0.5)
    assert of_s13.p50 is not None
    assert of_s13.p99 is not None
    assert 0.00025 < of_s13.p50 < of_s13.p99 < 0.0005
    assert of_s13.verdicts == {**dict.fromkeys(VERDICTS, 0), "permitted": 200}
    assert of_s13.last_check == "2026-01-10T01:59:58Z"
    assert (of_map.state, of_map.rate, of_map.p99, of_map.last_check) == ("waiting", 0.0, None, "")
    assert of_map.lane_share is None


def test_an_interface_of_which_some_links_are_up_is_partial() -> None:
    links = [asp("stp1"), asp("stp2", "ASP_INACTIVE")]
    found = snapshot(facts(links=links), Trends())
    assert (found.interfaces[1].state, found.interfaces[1].links_up) == ("partial", 1)


def test_an_interface_that_is_not_served_is_not_there() -> None:
    found = snapshot(facts(served=[Interface.MAP]), Trends(), ["5m"])
    assert [each.interface for each in found.interfaces] == ["map"]
    assert [each.interface for each in found.trends["5m"].interfaces] == ["map"]


def test_peers_that_cannot_ask_come_first_with_what_went_wrong() -> None:
    links = [
        peer("mme1", remote="192.0.2.1", transport="tcp"),
        peer("mme2", "DOWN", last_error="x"),
    ]
    down, up = snapshot(facts(links=links), Trends()).peers
    assert (down.name, down.is_up, down.last_error) == ("mme2", False, "x")
    assert (up.name, up.is_up, up.remote, up.transport) == ("mme1", True, "192.0.2.1", "tcp")
    assert up.since == SINCE


def test_a_peer_that_is_counted_by_its_name_has_a_rate() -> None:
    found = trends()
    found.answered.feed({("s13", "mme1"): 0}, 0.0)
    found.answered.feed({("s13", "mme1"): 30}, 2.0)
    taken = snapshot(facts(links=[peer("mme1"), peer("mme9")]), found)
    assert [row.rate for row in taken.peers] == [15.0, None]


def test_a_peer_over_sctp_tells_what_was_sent_to_it_again() -> None:
    found = Trends()
    found.resent.feed({("s13", "mme1"): 4, ("map", "stp1"): 1}, 0.0)
    found.resent.feed({("s13", "mme1"): 9, ("map", "stp1"): 1}, 2.0)
    links = [peer("mme1", transport="sctp"), peer("mme2", transport="tcp")]
    links += [asp("stp1", transport="sctp"), asp("stp9", transport="sctp")]
    rows = snapshot(facts(links=links), found).peers
    assert [row.resent for row in rows] == [5, None, 0, None]


def test_paths_that_are_not_active_come_first() -> None:
    paths = [path("stp1", "192.0.2.1"), path("stp1", "198.51.100.1", "INACTIVE")]
    assert snapshot(facts(paths=paths), Trends()).paths == (paths[1], paths[0])


def test_the_load_is_what_waits_and_the_level_that_an_alarm_tells() -> None:
    assert snapshot(facts(waiting=9), Trends()).load == LoadRow(
        level="none", waiting=9, limit=67_108_864
    )
    alarms = board()
    alarms.raise_(OVERLOADED, severity="major", text="too much")
    assert snapshot(facts(alarms=alarms.active()), Trends()).load.level == "major"


def test_what_peers_say_of_the_network_is_told_and_connections_are_not() -> None:
    rows = [
        LinkRow(kind="connection", name="stp1", state="ASP_ACTIVE", since=SINCE),
        LinkRow(kind="destination", name="2-10-5", state="UNAVAILABLE", since=SINCE),
    ]
    found = snapshot(facts(links=rows), Trends())
    assert found.network == (rows[1],)
    assert found.peers == ()


def test_lists_have_ages_and_the_last_changes_sentences() -> None:
    change = ChangeSummary(
        version=7,
        at="2026-01-10T01:30:00+00:00",
        author="ana",
        action="load",
        list="prohibited",
        source="local",
        file="stolen.csv",
        added=1200,
        removed=0,
        updated=3,
        reason="ticket 4711",
    )
    lists = (
        ListSummary("prohibited", "local", 1200, 7, change.at, 4096),
        ListSummary("tracking", "police", 5),
    )
    summary = Summary(7, change.at, lists, (change,))
    found = snapshot(facts(version=7, summary=summary, octets=4096), Trends())
    assert (found.lists.version, found.lists.age, found.lists.octets) == (7, 1800.0, 4096)
    assert found.lists.lists == (
        ListRow(
            list="prohibited", source="local", entries=1200, octets=4096, version=7, age=1800.0
        ),
        ListRow(list="tracking", source="police", entries=5, octets=0, version=None, age=None),
    )
    (row,) = found.changes
    assert (row.at, row.author) == ("2026-01-10T01:30:00Z", "ana")
    assert row.text == (
        "load of prohibited (local) from stolen.csv: 1,200 added, 3 updated: ticket 4711"
    )


def test_syncs_tell_how_they_ended() -> None:
    ended = (T0 - timedelta(hours=2)).timestamp()
    state = SyncState(
        registry="national",
        age=7200.0,
        applied=ended - 60,
        attempted=ended,
        outcome=Outcome.HELD,
        exit_code=5,
        held=1,
        last_runs={"prohibited": 55},
    )
    never = SyncState("other", 60.0)
    found = snapshot(facts(syncs=[state, never]), Trends())
    assert found.syncs == (
        SyncRow(
            registry="national",
            attempted="2026-01-10T00:00:00Z",
            outcome="held",
            exit_code=5,
            applied="2026-01-09T23:59:00Z",
            runs={"prohibited": 55},
            held=1,
            failures=0,
        ),
        SyncRow(
            registry="other",
            attempted="",
            outcome="",
            exit_code=None,
            applied="",
            runs={},
            held=0,
            failures=0,
        ),
    )


def test_trends_are_a_number_a_step_the_oldest_first() -> None:
    found = snapshot(facts(), trends(), ["5m", "24h"])
    assert list(found.trends) == ["5m", "24h"]
    minutes = found.trends["5m"]
    assert (minutes.step, minutes.steps) == (1, 300)
    of_s13 = minutes.interfaces[0]
    assert of_s13.rates["permitted"] == [20.0] * 10
    assert of_s13.rates["prohibited"] == [0.0] * 10
    assert len(of_s13.p50) == len(of_s13.p99) == 10
    assert found.trends["24h"].interfaces[0].rates["permitted"] == []


def test_it_tells_who_is_asked_and_for_how_long() -> None:
    found = snapshot(facts(override="every check is answered permitted"), Trends())
    assert (found.node.name, found.node.version) == ("eir.example.org", "0.1.0")
    assert (found.node.started, found.node.uptime) == ("2026-01-10T01:00:00Z", 3600.0)
    assert found.node.override == "every check is answered permitted"
    assert found.at == "2026-01-10T02:00:00Z"


def test_lists_that_answer_come_first_and_large_ones_before_small() -> None:
    lists = (
        ListSummary("exception", "local", 9),
        ListSummary("permitted", "local", 5),
        ListSummary("prohibited", "local", 1),
        ListSummary("prohibited", "national", 7),
    )
    found = snapshot(facts(summary=Summary(1, SINCE, lists, ())), Trends())
    shown = [(row.list, row.source) for row in found.lists.lists]
    assert shown[:2] == [("prohibited", "national"), ("prohibited", "local")]
    assert [name for name, _ in shown[2:]] == ["permitted", "exception"]


def test_of_alarms_that_are_alike_the_newest_come_first() -> None:
    def alarm(severity: str, since: str) -> Alarm:
        known = {"kind": "x", "severity": severity, "since": since, "text": "", "next_step": ""}
        return Alarm.model_validate(known)

    on = [alarm("critical", SINCE), alarm("major", SINCE), alarm("major", "2026-01-10T01:30:00Z")]
    assert list(snapshot(facts(alarms=on), Trends()).alarms) == [on[0], on[2], on[1]]
