import pytest

from eir.alarms.board import Alarm
from eir.log import Severity
from eir.status.facts import Facts
from eir.status.models import Reason, Snapshot, WorkerRow
from eir.status.snapshot import snapshot
from eir.status.trends import Trends
from tests.eir.status.made import SINCE, asp, facts, peer, s13, tally


def judged(known: Facts, trends: Trends | None = None) -> Snapshot:
    return snapshot(known, trends or Trends())


def texts(known: Facts) -> list[str]:
    return [reason.text for reason in judged(known).reasons]


def alarm(kind: str, severity: Severity, text: str, about: str = "") -> Alarm:
    return Alarm(
        kind=kind, about=about, severity=severity, since=SINCE, text=text, next_step="see to it"
    )


def test_a_node_that_answers_everybody_is_fine() -> None:
    found = judged(facts(links=[peer("mme1"), asp("stp1")]))
    assert (found.state, found.reasons) == ("fine", ())


def test_a_node_that_nobody_is_expected_to_ask_is_fine() -> None:
    assert judged(facts()).state == "fine"


def test_nobody_who_answers_is_down() -> None:
    worker = WorkerRow(worker=0, obstacle="the worker is starting", restarts=0)
    found = judged(facts(obstacle="the worker is starting", workers=[worker]))
    assert found.state == "down"
    assert [reason.text for reason in found.reasons] == [
        "no check is answered: the worker is starting"
    ]


def test_nobody_who_can_ask_is_down() -> None:
    found = judged(facts(links=[peer("mme1", "DOWN"), asp("stp1", "ASP_INACTIVE")]))
    assert found.state == "down"
    assert found.reasons[0] == Reason(state="down", text="nobody can ask: no peer is connected")
    assert [reason.text for reason in found.reasons[1:]] == [
        "1 of 1 S13 peers cannot ask: mme1",
        "1 of 1 MAP peers cannot ask: stp1",
    ]


def test_an_interface_that_waits_for_anybody_helps_nobody_who_is_expected_on_another() -> None:
    found = judged(facts(links=[peer("mme1", "DOWN")]))
    assert [interface.state for interface in found.interfaces] == ["down", "waiting"]
    assert found.state == "down"
    assert found.reasons[0].text == "nobody can ask: no peer is connected"
    assert judged(facts(links=[peer("mme1")])).state == "fine"


def test_an_interface_that_nobody_can_ask_beside_one_that_is_asked_is_degraded() -> None:
    assert judged(facts(links=[peer("mme1"), asp("stp1", "ASP_DOWN")])).state == "degraded"


def test_many_peers_that_are_down_are_counted_and_some_of_them_named() -> None:
    links = [peer(f"mme{number}", "DOWN") for number in range(5)]
    assert texts(facts(links=[*links, peer("mme9")])) == [
        "5 of 6 S13 peers cannot ask: mme0, mme1, mme2 and 2 more"
    ]


def test_a_worker_that_is_down_beside_one_that_answers_is_degraded() -> None:
    workers = [
        WorkerRow(worker=0, obstacle="", restarts=0),
        WorkerRow(worker=1, obstacle="the worker died", restarts=1),
    ]
    assert texts(facts(workers=workers)) == ["worker 1 of 2: the worker died"]


def test_lists_that_cannot_be_read_are_degraded() -> None:
    assert texts(facts(failure="no list has been loaded yet")) == [
        "the lists cannot be read: no list has been loaded yet"
    ]


def test_an_override_is_degraded() -> None:
    assert texts(facts(override="every check is answered permitted")) == [
        "every check is answered permitted"
    ]


def test_checks_that_are_too_many_are_degraded() -> None:
    trends = Trends()
    trends.feed(s13(tally(0)), 0.0)
    trends.feed(s13(tally(0, shed=30)), 2.0)
    (reason,) = judged(facts(), trends).reasons
    assert reason.text == "too many checks come over S13: 15 a second are refused"


@pytest.mark.parametrize(
    ("severity", "state"),
    [("critical", "degraded"), ("major", "degraded"), ("minor", "fine"), ("warning", "fine")],
)
def test_an_alarm_that_somebody_must_look_at_is_degraded(severity: Severity, state: str) -> None:
    found = judged(facts(alarms=[alarm("list_stale", severity, "national: no run")]))
    assert found.state == state
    expected = [Reason(state="degraded", text="national: no run", alarm="list_stale")]
    assert list(found.reasons) == (expected if state == "degraded" else [])


def test_what_an_alarm_says_is_said_once_and_in_its_words() -> None:
    on = alarm("override_on", "major", "every check is answered permitted, says ana")
    assert texts(facts(override="every check is answered permitted", alarms=[on])) == [on.text]


def test_a_peer_that_has_an_alarm_of_its_own_is_not_named_again() -> None:
    links = [peer("mme1", "DOWN"), peer("mme2", "DOWN"), peer("mme3")]
    on = alarm("peer_down", "major", "mme1 has no working link with us", "mme1")
    assert texts(facts(links=links, alarms=[on])) == [
        "1 of 3 S13 peers cannot ask: mme2",
        "mme1 has no working link with us",
    ]


def test_the_worst_reason_is_the_first() -> None:
    on = alarm("list_stale", "major", "national: no run")
    assert texts(facts(obstacle="stopping", alarms=[on])) == [
        "no check is answered: stopping",
        "national: no run",
    ]
