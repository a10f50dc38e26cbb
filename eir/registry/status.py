"""What is known of a registry's syncs: the last report, what is held, and since when it was quiet.

It lies in `<store.path>/registry/<name>/status.json`, written whole after each sync, for the prompt
and for a running server, which must not need the lists to know.
"""

import json
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from eir.errors import StoreError
from eir.files import write_whole, written_for_group
from eir.registry.outcome import Outcome
from eir.registry.report import SyncReport, with_runs

_REPORTS = 100  # ours: reports kept of a registry


@dataclass(frozen=True, slots=True)
class Status:
    """A registry, as of its last sync.

    Attributes:
        report: of the last sync, as `SyncReport.dump` has it.
        applied: when a run was applied last that was not rolled back, ISO 8601, UTC; empty: never.
        failures: syncs in a row that ended with neither 0 nor 5.
    """

    report: Mapping[str, Any]
    applied: str = ""
    failures: int = 0

    @property
    def outcome(self) -> Outcome:
        """How the last sync ended."""
        return Outcome(self.report["outcome"])

    @property
    def open_runs(self) -> Sequence[Mapping[str, Any]]:
        """Runs of the last sync that somebody may accept or refuse: held ones, and wrong ones."""
        unsettled = (Outcome.HELD, Outcome.REFUSED)
        return [run for run in self.report.get("runs", ()) if run["outcome"] in unsettled]

    def age(self, now: datetime) -> float | None:
        """Give the seconds since a run was applied; None: never."""
        if not self.applied:
            return None
        return (now - datetime.fromisoformat(self.applied)).total_seconds()


def directory_of(path: Path, name: str) -> Path:
    """Name the directory of a registry under `store.path`."""
    return path / "registry" / name


def status_file(path: Path, name: str) -> Path:
    """Name the file that says what is known of a registry; each sync puts another in its place."""
    return directory_of(path, name) / "status.json"


def read_status(path: Path, name: str) -> Status | None:
    """Read what is known of a registry; None: it was never synced.

    Raises:
        StoreError: it cannot be read.
    """
    file = status_file(path, name)
    try:
        said = json.loads(file.read_text(encoding="utf-8"))
        return Status(**said)
    except FileNotFoundError:
        return None
    except (OSError, ValueError, TypeError) as error:
        raise StoreError(
            f"{file}: {error}", next_step="remove it; the next eir sync writes it anew"
        ) from None


def write_status(path: Path, report: SyncReport) -> Status:
    """Take down a sync that has ended.

    Raises:
        StoreError: it cannot be written.
    """
    directory = directory_of(path, report.registry)
    before = _known(path, report.registry)
    outcome = report.outcome
    fails = outcome.exit_code != 0 and outcome is not Outcome.HELD
    applied = report.applied
    if applied is None:
        is_new = any(run.version is not None for run in report.runs)
        applied = report.ended if is_new else before.applied
    status = Status(
        report=report.dump(),
        applied=applied,
        failures=before.failures + 1 if fails else 0,
    )
    with _writing(directory):
        reports = directory / "reports"
        reports.mkdir(parents=True, exist_ok=True)
        stamp = report.started.replace(":", "").replace("+0000", "Z")
        _write(reports / f"{stamp}.json", status.report)
        for old in sorted(reports.glob("*.json"))[:-_REPORTS]:
            old.unlink()
        _write(status_file(path, report.registry), asdict(status))
    return status


def settle_run(path: Path, name: str, run: int, sha256: str) -> None:
    """Take down that a run waits for nobody any more, because somebody refused it.

    Raises:
        StoreError: it cannot be written.
    """
    status = _known(path, name)
    runs = [
        {**each, "outcome": Outcome.UP_TO_DATE}
        if (each["run"], each["sha256"]) == (run, sha256)
        else each
        for each in status.report.get("runs", ())
    ]
    if runs:
        settled = replace(status, report=with_runs(status.report, runs))
        with _writing(directory_of(path, name)):
            _write(status_file(path, name), asdict(settled))


def refused_before(path: Path, name: str, *, applies: bool) -> frozenset[str]:
    """Name files that were refused by the last sync, though others were applied then or now.

    What is refused for the first time may be the newest, and damaged on its way only. What lacked
    another file only is as good as new.

    Args:
        path: `store.path`.
        name: of the registry.
        applies: a run was applied now.
    """
    report = _known(path, name).report
    applied = (run["version"] is not None for run in report.get("runs", ()))
    if not (applies or any(applied)):
        return frozenset()
    return frozenset(report.get("refused", ())) - frozenset(report.get("lacking", ()))


def _writing(directory: Path) -> AbstractContextManager[None]:
    return written_for_group(
        directory, next_step="make room or give rights there; the lists are as the report says"
    )


def _known(path: Path, name: str) -> Status:
    try:
        return read_status(path, name) or Status({})
    except StoreError:  # what cannot be read is written anew
        return Status({})


def _write(file: Path, said: Mapping[str, Any]) -> None:
    write_whole(file, f"{json.dumps(said, indent=1)}\n")
