import json
import os
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import structlog
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from eir.config import Registry
from eir.registry.outcome import Outcome
from eir.registry.report import Drift, ListReport, RunReport, SyncReport
from eir.registry.status import settle_run, status_file, write_status
from eir.sync_watch import RESULTS, SyncWatch
from tests.alarms import T0, board

HOUR = timedelta(hours=1)
BLACK = ListReport(list="prohibited", way="delta", base=41, rows=900, added=7, removed=2, absent=1)
APPLIED = RunReport(
    run=47, stamp="20260110_010000", sha256="ab", outcome=Outcome.APPLIED, version=3, lists=(BLACK,)
)
HELD = replace(
    APPLIED,
    outcome=Outcome.HELD,
    version=None,
    reason="12,000 entries are new",
    held=("12,000 entries are new",),
    next_step="eir sync accept 47",
)


def registry(name: str = "national", **fields: Any) -> Registry:
    return Registry(name=name, format="csv", source="file:///inbox", **fields)


def report(
    *runs: RunReport, name: str = "national", at: datetime = T0, **fields: Any
) -> SyncReport:
    return SyncReport(
        registry=name, started=at.isoformat(), ended=at.isoformat(), runs=runs, **fields
    )


def watch(path: Path, *registries: Registry) -> SyncWatch:
    return SyncWatch(path, registries or (registry(),), T0, board())


def told(watched: SyncWatch, now: datetime = T0) -> list[dict[str, Any]]:
    """Look, and give the lines that this writes."""
    with structlog.testing.capture_logs() as lines:
        watched.look(now)
    return [dict(line) for line in lines]


def alarms(lines: Sequence[dict[str, Any]]) -> list[tuple[str, str]]:
    return [(line["event"], line["alarm"]) for line in lines]


def test_before_the_first_sync_nothing_is_wrong(tmp_path: Path) -> None:
    watched = watch(tmp_path)
    assert told(watched) == []
    assert watched.notes() == []
    (state,) = watched.states(T0 + HOUR)
    assert (state.age, state.attempted, state.exit_code) == (3600, None, None)


def test_an_applied_run_is_told_in_numbers(tmp_path: Path) -> None:
    write_status(tmp_path, report(APPLIED, last_runs={"prohibited": 47}, entries={"prohibited": 9}))
    watched = watch(tmp_path)
    assert told(watched) == []
    (state,) = watched.states(T0 + HOUR)
    assert (state.age, state.attempted, state.exit_code) == (3600, T0.timestamp(), 0)
    assert (state.held, state.failures) == (0, 0)
    assert (state.last_runs, state.entries) == ({"prohibited": 47}, {"prohibited": 9})
    shown = {result: state.rows["prohibited", result] for result in RESULTS}
    assert {name: count for name, count in shown.items() if count} == {
        "added": 7,
        "removed": 2,
        "absent": 1,
    }


def test_rows_of_several_runs_are_added_up_and_those_of_a_held_one_are_not(tmp_path: Path) -> None:
    write_status(tmp_path, report(APPLIED, replace(APPLIED, run=53), replace(HELD, run=59)))
    watched = watch(tmp_path)
    watched.look(T0)
    assert watched.states(T0)[0].rows["prohibited", "added"] == 14


def test_a_feed_that_is_quiet_for_too_long_is_an_alarm_until_a_run_is_applied(
    tmp_path: Path,
) -> None:
    write_status(tmp_path, report(APPLIED))
    write_status(tmp_path, report(at=T0 + 30 * HOUR))
    watched = watch(tmp_path)
    assert told(watched, T0 + 36 * HOUR) == []
    late = T0 + 36 * HOUR + timedelta(seconds=1)
    (line,) = told(watched, late)
    assert (line["event"], line["alarm"], line["severity"]) == (
        "alarm_raised",
        "list_stale",
        "major",
    )
    assert line["registry"] == "national"
    assert line["next_step"]
    assert f"no run was applied since {T0.isoformat()}" in line["text"]
    assert watched.notes() == [line["text"]]
    assert told(watched, late + HOUR) == []
    write_status(tmp_path, report(APPLIED, at=late))
    assert alarms(told(watched, late)) == [("alarm_cleared", "list_stale")]
    assert watched.notes() == []


def test_one_that_never_came_is_counted_from_the_start_of_the_server(tmp_path: Path) -> None:
    watched = watch(tmp_path, registry(stale_hours=5))
    assert told(watched, T0 + 5 * HOUR) == []
    (line,) = told(watched, T0 + 6 * HOUR)
    assert "no run was applied ever" in line["text"]


def test_a_held_run_is_an_alarm_until_somebody_decides(tmp_path: Path) -> None:
    write_status(tmp_path, report(HELD))
    watched = watch(tmp_path)
    (line,) = told(watched)
    assert (line["alarm"], line["severity"]) == ("sync_held", "major")
    assert line["text"] == "national: run 47 is held: 12,000 entries are new"
    assert line["next_step"] == "eir sync accept 47"
    assert watched.states(T0)[0].held == 1
    settle_run(tmp_path, "national", 47, "ab")
    assert alarms(told(watched)) == [("alarm_cleared", "sync_held")]
    assert watched.states(T0)[0].held == 0


@pytest.mark.parametrize(
    ("outcome", "code", "severity"),
    [
        (Outcome.GAP, 3, "major"),
        (Outcome.REFUSED, 4, "major"),
        (Outcome.UNREACHABLE, 69, "minor"),
        (Outcome.BUSY, 75, "warning"),
    ],
)
def test_a_sync_that_stopped_is_an_alarm_until_one_goes_well(
    tmp_path: Path, outcome: Outcome, code: int, severity: str
) -> None:
    stopped = report(stopped="so it is\nline 2", stopped_outcome=outcome, next_step="do this")
    write_status(tmp_path, stopped)
    watched = watch(tmp_path)
    (line,) = told(watched)
    assert (line["alarm"], line["severity"]) == ("sync_failed", severity)
    assert line["text"] == f"national: the last sync ended with {code}, {outcome}: so it is"
    assert line["next_step"] == "do this"
    write_status(tmp_path, replace(stopped, ended=(T0 + HOUR).isoformat()))
    assert told(watched) == [], "it is the same alarm"
    state = watched.states(T0)[0]
    assert (state.exit_code, state.failures) == (code, 2)
    write_status(tmp_path, report())
    assert alarms(told(watched)) == [("alarm_cleared", "sync_failed")]


def test_a_refused_run_says_why_and_so_does_a_refused_file(tmp_path: Path) -> None:
    wrong = replace(APPLIED, outcome=Outcome.REFUSED, version=None, reason="2 lines\nx", lists=())
    write_status(tmp_path, report(replace(wrong, next_step="ask")))
    watched = watch(tmp_path)
    (line,) = told(watched)
    assert line["text"].endswith("ended with 4, refused: run 47: 2 lines")
    assert line["next_step"] == "ask"
    write_status(tmp_path, report(refused={"a.zip": "cut off"}))
    (line,) = told(watched)
    assert line["event"] == "alarm_raised", "it is another cause"
    assert line["text"].endswith("refused: a.zip: cut off")


def test_a_partial_run_is_a_small_alarm(tmp_path: Path) -> None:
    write_status(tmp_path, report(replace(APPLIED, outcome=Outcome.PARTIAL)))
    (line,) = told(watch(tmp_path))
    assert (line["severity"], "ended with 6, partial" in line["text"]) == ("minor", True)


def test_protected_equipment_that_is_listed_is_an_alarm_until_a_run_is_without(
    tmp_path: Path,
) -> None:
    meets = replace(APPLIED, lists=(replace(BLACK, protected=3),))
    write_status(tmp_path, report(meets))
    watched = watch(tmp_path)
    (line,) = told(watched)
    assert (line["alarm"], line["severity"]) == ("protected_listed", "major")
    assert "national: 3 entries were left out" in line["text"]
    write_status(tmp_path, report())
    assert told(watched) == [], "a sync that looked at no run says nothing of it"
    write_status(tmp_path, report(APPLIED))
    assert alarms(told(watched)) == [("alarm_cleared", "protected_listed")]


@pytest.mark.parametrize(
    ("changes", "is_alarm"),
    [
        ({"drift": Drift(missing=1)}, True),
        ({"drift": Drift(extra=1)}, True),
        ({"drift": Drift(different=9)}, False),
        ({"drift": Drift(missing=1), "list": "exception"}, False),
        ({"drift": Drift(missing=1), "way": "full"}, False),
    ],
)
def test_a_blacklist_that_is_not_the_full_one_is_an_alarm(
    tmp_path: Path, changes: dict[str, Any], *, is_alarm: bool
) -> None:
    write_status(tmp_path, report(replace(APPLIED, lists=(replace(BLACK, **changes),))))
    assert alarms(told(watch(tmp_path))) == [("alarm_raised", "list_drift")] * is_alarm


def test_each_registry_has_alarms_of_its_own(tmp_path: Path) -> None:
    one, other = registry("one"), registry("other")
    for name in ("one", "other"):
        write_status(tmp_path, report(HELD, name=name))
    watched = watch(tmp_path, one, other)
    assert [line["registry"] for line in told(watched)] == ["one", "other"]
    write_status(tmp_path, report(name="one"))
    (line,) = told(watched)
    assert (line["event"], line["registry"]) == ("alarm_cleared", "one")
    assert len(watched.notes()) == 1


@pytest.mark.parametrize("text", ["", "{}", "[1]", '{"report": {}}', '{"report": {"runs": [1]}}'])
def test_a_broken_status_is_told_once_and_what_was_known_stays(tmp_path: Path, text: str) -> None:
    write_status(tmp_path, report(HELD))
    watched = watch(tmp_path)
    watched.look(T0)
    other = tmp_path / "other"
    other.write_text(text)
    other.rename(status_file(tmp_path, "national"))
    (line,) = told(watched)
    assert (line["event"], line["log_level"]) == ("sync_status_unreadable", "warning")
    assert line["next_step"]
    assert told(watched) == []
    assert watched.states(T0)[0].held == 1
    write_status(tmp_path, report(HELD))
    assert told(watched) == []


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=5,
)


@given(st.dictionaries(st.sampled_from(["report", "applied", "failures"]), JSON), st.data())
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_content_of_a_status_stops_the_server(
    tmp_path: Path, said: dict[str, Any], data: st.DataObject
) -> None:
    known = report(replace(APPLIED, outcome=Outcome.HELD)).dump()
    fields = data.draw(st.dictionaries(st.sampled_from(sorted(known)), JSON))
    file = status_file(tmp_path, "national")
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps({"report": {**known, **fields}, **said}))
    watched = watch(tmp_path)
    with structlog.testing.capture_logs():
        watched.look(T0)
    (state,) = watched.states(T0)
    numbers = [state.age, state.failures, *state.entries.values(), *state.rows.values()]
    assert all(isinstance(number, int | float) for number in numbers)
    assert all(isinstance(note, str) for note in watched.notes())


def test_a_status_that_is_gone_is_a_registry_that_was_never_synced(tmp_path: Path) -> None:
    write_status(tmp_path, report(HELD))
    watched = watch(tmp_path)
    watched.look(T0)
    status_file(tmp_path, "national").unlink()
    assert alarms(told(watched)) == [("alarm_cleared", "sync_held")]


def test_a_file_that_did_not_change_is_not_read_again(tmp_path: Path) -> None:
    write_status(tmp_path, report(HELD))
    watched = watch(tmp_path)
    watched.look(T0)
    file = status_file(tmp_path, "national")
    before = file.stat()
    file.write_text("nonsense")
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert told(watched) == []


def test_other_registries_are_watched_after_a_reload_and_alarms_of_the_others_are_cleared(
    tmp_path: Path,
) -> None:
    watched = watch(tmp_path, registry("gone"), registry("kept"))
    late = T0 + 37 * HOUR
    assert len(told(watched, late)) == 2
    watched.follow([registry("kept", stale_hours=100), registry("new")], late)
    assert [state.registry for state in watched.states(late)] == ["kept", "new"]
    assert [(line["event"], line["registry"]) for line in told(watched, late)] == [
        ("alarm_cleared", "gone"),
        ("alarm_cleared", "kept"),
    ]
