from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from eir import links
from eir.alarms.board import AlarmBoard
from eir.alarms.catalogue import PROHIBITED_RATIO_JUMPED
from eir.alarms.facts import Facts
from eir.alarms.rounds import Rounds, Survey
from eir.alarms.watches.certificates import Expiry
from eir.alarms.watches.disks import Disk
from eir.alarms.watches.overload import Load
from eir.alarms.watches.ratio import Counted
from eir.config import Config, parse
from eir.links import LinkRow
from eir.records.account import Account
from protocols.effects import Moved
from tests.alarms import NO_RECORDS, T0, board

MME = "mme1.example.org"
UP = LinkRow(kind="peer", name=MME, state="R_OPEN", since="2026-01-10T02:00:00Z")
LOST = LinkRow(
    kind="destination", name="stp1 2-1-1", state="UNAVAILABLE", since="2026-01-10T02:00:00Z"
)
PATH = LinkRow(
    kind="path", name=MME, remote="192.0.2.1", state=links.LOST, since="2026-01-10T02:00:00Z"
)
TEXT = f"""
[[diameter.peer]]
origin_host = "{MME}"
[alarms]
down_seconds = 0
worker_deaths = 1
ratio_window_seconds = 1
ratio_past_seconds = 1
ratio_checks = 1
"""
WELL = Facts(
    links=[UP],
    deaths=[0],
    counted={"s13": Counted(0, 0), "map": Counted(0, 0)},
    differences={"s13": 0, "map": 0},
    load=Load(came=0, shed=0, waiting=0),
    recorded=NO_RECORDS,
)


def config() -> Config:
    return parse(TEXT, None)


def on(alarms: AlarmBoard) -> set[str]:
    return {alarm.kind for alarm in alarms.active()}


def test_a_link_that_came_up_for_a_moment_changes_the_words_of_its_alarm_once() -> None:
    alarms = board()
    told: list[tuple[str, str]] = []
    alarms.tell.append(lambda notice: told.append((notice.event, notice.alarm.text)))
    rounds = Rounds(alarms, config(), 0.0)
    times = iter(T0 + timedelta(seconds=seconds) for seconds in range(20))
    peers, shown = links.Board(lambda: next(times), lambda: None), links.LinkTable()
    peers.expect("peer", MME)
    for second in range(4):
        for state in ("R_OPEN", links.CLOSED) if second else ():
            peers.moved("peer", Moved(1, MME, state), remote="192.0.2.1", transport="tcp")
        shown.apply(peers.take())
        rounds.look(replace(WELL, links=shown.rows()), float(second))
    text = f"{MME} has no working link with us"
    flaps = f"{text}: it came up, and went down at once"
    assert [each for each in told if MME in each[1]] == [("raised", text), ("raised", flaps)]


def test_what_was_wrong_with_an_interface_that_is_served_no_more_is_over() -> None:
    alarms = board()
    for name in ("s13", "map"):
        alarms.raise_(PROHIBITED_RATIO_JUMPED, name, text="kept over a restart")
    Rounds(alarms, config(), 0.0).look(WELL, 0.0)
    assert [alarm.about for alarm in alarms.active()] == ["s13"]


def test_whatever_is_wrong_is_on_until_it_is_well() -> None:
    alarms = board()
    rounds = Rounds(alarms, config(), 0.0)
    rounds.look(WELL, 0.0)
    rounds.look(replace(WELL, counted={"s13": Counted(10, 0), "map": Counted(0, 0)}), 1.0)
    assert on(alarms) == set()
    wrong = Facts(
        links=[LOST, PATH],
        deaths=[1],
        counted={"s13": Counted(20, 10), "map": Counted(0, 0)},
        differences={"s13": 0, "map": -1},
        load=Load(came=20, shed=10, waiting=0),
        recorded=replace(NO_RECORDS, account=Account(failing=True, positions=[0])),
    )
    rounds.look(wrong, 2.0)
    assert on(alarms) == {
        "subsystem_down",
        "peer_down",
        "destination_unavailable",
        "path_lost",
        "counter_identity_broken",
        "worker_restarting",
        "prohibited_ratio_jumped",
        "overloaded",
        "records_not_written",
    }
    for second in (3, 4, 1000):
        counted = {"s13": Counted(20 + second, 10), "map": Counted(0, 0)}
        differences = {"s13": 0, "map": 0}
        well = replace(WELL, counted=counted, differences=differences, deaths=[1], load=wrong.load)
        rounds.look(well, float(second))
    assert on(alarms) == set()


def test_while_no_worker_answers_nothing_that_only_workers_know_changes() -> None:
    alarms = board()
    rounds = Rounds(alarms, config(), 0.0)
    rounds.look(replace(WELL, links=[LOST]), 0.0)
    before = {"subsystem_down", "peer_down", "destination_unavailable"}
    assert on(alarms) == before
    rounds.look(replace(WELL, links=None), 1.0)
    assert on(alarms) == before


def test_disks_and_certificates_are_looked_at_with_the_thresholds_of_now() -> None:
    alarms = board()
    rounds = Rounds(alarms, config(), 0.0)
    survey = Survey([Disk("var/eir", 50.0)], [Expiry("ca", T0 + timedelta(days=40))])
    rounds.look_at(survey, T0)
    assert on(alarms) == set()
    rounds.follow(parse("[alarms]\ndisk_minor_percent = 60\ncertificate_days = 50\n", None))
    rounds.look_at(survey, T0)
    assert on(alarms) == {"disk_nearly_full", "certificate_expiring"}


def test_a_survey_looks_at_the_store_and_at_certificates(tmp_path: Path) -> None:
    text = f"""
[store]
path = "{tmp_path}"
[records]
directory = "cdr"
[measurements]
directory = "{tmp_path}/pm"
[[registry]]
name = "national"
format = "csv"
source = "file:///inbox"
[[registry.key]]
id = "a"
file = "a.pem"
not_after = 2026-01-31
"""
    survey = Survey.of(parse(text, None))
    assert [disk.directory for disk in survey.disks] == [
        f"{tmp_path}",
        f"{tmp_path}/cdr",
        f"{tmp_path}/pm",
    ]
    assert [each.at for each in survey.expiries] == [
        datetime(2026, 1, 31, 23, 59, 59, 999_999, tzinfo=UTC)
    ]
