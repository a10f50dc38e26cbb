from datetime import datetime, timedelta
from typing import Any

import structlog
from hypothesis import given, settings
from hypothesis import strategies as st

from eir.alarms.board import Alarm, AlarmBoard, Finding, Notice, Undecided
from eir.alarms.catalogue import (
    CATALOGUE,
    LIST_STALE,
    OVERRIDE_ON,
    STORE_UNREADABLE,
    SYNC_FAILED,
    SYNC_HELD,
    WORKER_RESTARTING,
)
from tests.alarms import T0, board

SYNCS = (SYNC_FAILED, SYNC_HELD)
OLD = Alarm(
    kind="sync_held",
    about="national",
    severity="major",
    since="2025-12-31T23:00:00Z",
    text="run 47 is held",
    next_step="eir sync accept 47",
)


class Clock:
    def __init__(self) -> None:
        self.now = T0

    def __call__(self) -> datetime:
        return self.now

    def wait(self, seconds: int) -> None:
        self.now += timedelta(seconds=seconds)


def listened(alarms: AlarmBoard) -> list[Notice]:
    heard: list[Notice] = []
    alarms.tell.append(heard.append)
    return heard


def names(alarms: AlarmBoard) -> list[tuple[str, str]]:
    return [(alarm.kind, alarm.about) for alarm in alarms.active()]


def test_an_alarm_is_on_from_when_it_is_raised_until_it_is_cleared() -> None:
    clock = Clock()
    alarms = AlarmBoard(clock)
    heard = listened(alarms)
    alarms.raise_(STORE_UNREADABLE, text="gone")
    assert alarms.active() == [
        Alarm(
            kind="store_unreadable",
            severity="critical",
            since="2026-01-10T02:00:00Z",
            text="gone",
            next_step=STORE_UNREADABLE.next_step,
        )
    ]
    (raised,) = alarms.active()
    clock.wait(60)
    alarms.clear(STORE_UNREADABLE, text="back")
    assert alarms.active() == []
    assert heard == [
        Notice("raised", raised, "2026-01-10T02:00:00Z"),
        Notice("cleared", raised.model_copy(update={"text": "back"}), "2026-01-10T02:01:00Z"),
    ]


def test_what_is_raised_again_is_told_again_only_when_it_is_other_and_is_as_old_as_it_was() -> None:
    clock = Clock()
    alarms = AlarmBoard(clock)
    heard = listened(alarms)
    alarms.raise_(SYNC_FAILED, "national", text="one")
    clock.wait(60)
    alarms.raise_(SYNC_FAILED, "national", text="one")
    assert len(heard) == 1
    alarms.raise_(SYNC_FAILED, "national", text="two", next_step="wait", severity="minor")
    assert [(n.event, n.alarm.text) for n in heard] == [("raised", "one"), ("raised", "two")]
    (alarm,) = alarms.active()
    assert (alarm.since, alarm.severity, alarm.next_step) == (
        "2026-01-10T02:00:00Z",
        "minor",
        "wait",
    )


def test_what_is_not_on_is_cleared_without_a_word() -> None:
    alarms = board()
    heard = listened(alarms)
    with structlog.testing.capture_logs() as lines:
        alarms.clear(STORE_UNREADABLE, text="as it was")
    assert (lines, heard) == ([], [])


def test_the_log_says_what_it_is_about_in_the_word_for_it() -> None:
    alarms = board()
    with structlog.testing.capture_logs() as lines:
        alarms.raise_(SYNC_HELD, "national", text="run 47 is held")
        alarms.clear(SYNC_HELD, "national", text="accepted")
        alarms.raise_(OVERRIDE_ON, text="on")
    assert [(line["event"], line.get("registry")) for line in lines] == [
        ("alarm_raised", "national"),
        ("alarm_cleared", "national"),
        ("alarm_raised", None),
    ]
    assert (lines[0]["alarm"], lines[0]["severity"]) == ("sync_held", "major")


def test_the_most_severe_stands_first_and_then_the_oldest() -> None:
    clock = Clock()
    alarms = AlarmBoard(clock)
    alarms.raise_(SYNC_FAILED, "a", text="x", severity="warning")
    alarms.raise_(SYNC_HELD, "b", text="x")
    clock.wait(1)
    alarms.raise_(SYNC_HELD, "a", text="x")
    alarms.raise_(STORE_UNREADABLE, text="x")
    assert names(alarms) == [
        ("store_unreadable", ""),
        ("sync_held", "b"),
        ("sync_held", "a"),
        ("sync_failed", "a"),
    ]


def test_what_is_shown_is_on_and_all_else_of_these_kinds_is_off() -> None:
    alarms = board()
    heard = listened(alarms)
    alarms.raise_(STORE_UNREADABLE, text="gone")
    alarms.show(SYNCS, [Finding(SYNC_HELD, "a", "held"), Finding(SYNC_FAILED, "b", "failed")])
    alarms.show(SYNCS, [Finding(SYNC_HELD, "a", "held")])
    assert names(alarms) == [("store_unreadable", ""), ("sync_held", "a")]
    assert heard[-1].alarm.text == "b: the last sync went well"
    assert len(heard) == 4


def test_a_worker_that_is_well_again_is_no_bare_number() -> None:
    alarms = board()
    heard = listened(alarms)
    alarms.show([WORKER_RESTARTING], [Finding(WORKER_RESTARTING, "0")])
    alarms.show([WORKER_RESTARTING], [])
    assert heard[-1].alarm.text == "worker 0: it has not died so often lately"


def test_a_finding_without_words_has_those_of_the_catalogue() -> None:
    alarms = board()
    alarms.show([LIST_STALE], [Finding(LIST_STALE, "national")])
    (alarm,) = alarms.active()
    assert (alarm.text, alarm.next_step) == (LIST_STALE.meaning, LIST_STALE.next_step)


def test_what_is_undecided_stays_as_it_is() -> None:
    alarms = board()
    alarms.raise_(SYNC_HELD, "a", text="held")
    alarms.show(SYNCS, [Undecided(SYNC_HELD, "a"), Undecided(SYNC_HELD, "b")])
    assert names(alarms) == [("sync_held", "a")]


def test_what_was_on_before_a_restart_is_on_since_then_until_somebody_looked() -> None:
    alarms = AlarmBoard(lambda: T0, [OLD])
    heard = listened(alarms)
    assert alarms.active() == [OLD]
    alarms.show(SYNCS, [Finding(SYNC_HELD, "national", OLD.text, OLD.next_step)])
    assert (alarms.active(), heard) == ([OLD], [])
    alarms.show(SYNCS, [])
    assert alarms.active() == []
    assert [notice.event for notice in heard] == ["cleared"]


def test_a_kind_that_is_no_more_is_not_kept() -> None:
    assert AlarmBoard(lambda: T0, [OLD.model_copy(update={"kind": "bad_weather"})]).active() == []


ACTIONS = st.lists(
    st.tuples(
        st.sampled_from(CATALOGUE[:3]), st.sampled_from("ab"), st.sampled_from(["", "x", "y"])
    ),
    max_size=20,
)


@given(ACTIONS)
@settings(max_examples=30)
def test_whoever_listens_knows_what_is_on(actions: list[tuple[Any, str, str]]) -> None:
    alarms = board()
    known: dict[tuple[str, str], Alarm] = {}

    def hear(notice: Notice) -> None:
        key = notice.alarm.kind, notice.alarm.about
        if notice.event == "raised":
            assert known.get(key) != notice.alarm
            known[key] = notice.alarm
        else:
            del known[key]

    alarms.tell.append(hear)
    with structlog.testing.capture_logs() as lines:
        for kind, about, text in actions:
            if text:
                alarms.raise_(kind, about, text=text)
            else:
                alarms.clear(kind, about, text="off")
    shown = alarms.active()
    assert {(alarm.kind, alarm.about): alarm for alarm in shown} == known
    assert len(lines) >= len(shown)
