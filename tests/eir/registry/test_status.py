"""What is known of a registry between two syncs."""

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from eir.errors import StoreError
from eir.registry.outcome import Outcome
from eir.registry.report import RunReport, SyncReport
from eir.registry.status import (
    directory_of,
    read_status,
    refused_before,
    settle_run,
    write_status,
)
from tests.eir.registry.runs import NAME

START = datetime.fromisoformat("2026-01-01T01:00:00+00:00")


def report(day: int, *runs: RunReport, stop: Outcome | None = None) -> SyncReport:
    at = (START + timedelta(days=day)).isoformat(timespec="milliseconds")
    return SyncReport(NAME, at, at, runs, stopped_outcome=stop, stopped="why" if stop else "")


def applied(run: int) -> RunReport:
    return RunReport(run, "", "a", Outcome.APPLIED, version=run)


def test_a_registry_that_was_never_synced_has_no_status(tmp_path: Path) -> None:
    assert read_status(tmp_path, NAME) is None


def test_what_is_written_is_read(tmp_path: Path) -> None:
    written = write_status(tmp_path, report(0, applied(1)))
    read = read_status(tmp_path, NAME)
    assert read is not None
    assert (read.outcome, read.applied, read.failures) == (Outcome.APPLIED, written.applied, 0)
    assert read.age(START + timedelta(hours=5)) == 5 * 3600


def test_age_counts_from_the_last_run_that_was_applied(tmp_path: Path) -> None:
    write_status(tmp_path, report(0))
    never = read_status(tmp_path, NAME)
    assert never is not None
    assert never.age(START) is None
    write_status(tmp_path, report(1, applied(1)))
    write_status(tmp_path, report(2))
    write_status(tmp_path, report(3, stop=Outcome.UNREACHABLE))
    known = read_status(tmp_path, NAME)
    assert known is not None
    assert known.age(START + timedelta(days=4)) == 3 * 86_400


@pytest.mark.parametrize(
    ("outcome", "failures"), [(Outcome.UNREACHABLE, 2), (Outcome.GAP, 2), (Outcome.HELD, 0)]
)
def test_failures_in_a_row_are_counted(tmp_path: Path, outcome: Outcome, failures: int) -> None:
    for day in range(2):
        write_status(tmp_path, report(day, stop=outcome))
    known = read_status(tmp_path, NAME)
    assert known is not None
    assert known.failures == failures
    assert write_status(tmp_path, report(3)).failures == 0


def test_only_so_many_reports_are_kept(tmp_path: Path) -> None:
    for day in range(103):
        write_status(tmp_path, report(day))
    kept = sorted((directory_of(tmp_path, NAME) / "reports").iterdir())
    assert len(kept) == 100
    assert kept[0].name.startswith("2026-01-04")


def test_a_status_that_cannot_be_read_is_told_and_written_anew(tmp_path: Path) -> None:
    write_status(tmp_path, report(0))
    (directory_of(tmp_path, NAME) / "status.json").write_text("{")
    with pytest.raises(StoreError) as caught:
        read_status(tmp_path, NAME)
    assert "remove it" in caught.value.next_step
    write_status(tmp_path, report(1))
    assert read_status(tmp_path, NAME) is not None


def test_what_somebody_refused_no_longer_counts_in_how_the_last_sync_ended(tmp_path: Path) -> None:
    held = (RunReport(run, "", sha, Outcome.HELD) for run, sha in ((47, "b"), (53, "c")))
    write_status(tmp_path, report(0, applied(41), *held))
    for run, sha256, outcome in ((47, "b", Outcome.HELD), (53, "c", Outcome.APPLIED)):
        settle_run(tmp_path, NAME, run, sha256)
        known = read_status(tmp_path, NAME)
        assert known is not None
        assert (known.outcome, known.report["exit_code"]) == (outcome, outcome.exit_code)


def test_a_registry_without_a_run_that_counts_was_never_applied(tmp_path: Path) -> None:
    write_status(tmp_path, report(0, applied(1)))
    rolled_back = replace(report(1), applied="")
    assert write_status(tmp_path, rolled_back).age(START) is None


@pytest.mark.parametrize(
    ("runs", "applies", "names"),
    [
        pytest.param((), False, set(), id="nothing serves"),
        pytest.param((), True, {"bad.csv"}, id="applied now"),
        pytest.param((applied(1),), False, {"bad.csv"}, id="applied then"),
    ],
)
def test_what_was_refused_twice_is_outdated_where_others_serve(
    tmp_path: Path, runs: tuple[RunReport, ...], names: set[str], *, applies: bool
) -> None:
    refused = {"bad.csv": "damaged", "half.csv": "alone"}
    write_status(tmp_path, replace(report(0, *runs), refused=refused, lacking=("half.csv",)))
    assert refused_before(tmp_path, NAME, applies=applies) == names
