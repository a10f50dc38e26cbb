"""Registries as a running server sees them: how the last sync ended, and since when it is quiet.

It reads what each sync writes down (`eir.registry.status`), never the lists: alarms come while no
worker answers, too.

SyncWatch    looks, and knows what is wrong
SyncState    one registry in numbers, for metrics
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Self, TypeAlias

import structlog

from eir import log
from eir.alarms.board import AlarmBoard, Finding
from eir.alarms.catalogue import (
    LIST_DRIFT,
    LIST_STALE,
    PROTECTED_LISTED,
    SYNC_FAILED,
    SYNC_HELD,
)
from eir.config import Registry
from eir.errors import StoreError
from eir.lists.names import ListName
from eir.registry.outcome import Outcome
from eir.registry.status import Status, read_status, status_file

T_LOOK = 5.0  # seconds; ours: how old news of a sync may be

KINDS = (LIST_STALE, SYNC_HELD, SYNC_FAILED, PROTECTED_LISTED, LIST_DRIFT)

_SEVERITIES: Mapping[Outcome, log.Severity] = {
    Outcome.GAP: "major",
    Outcome.REFUSED: "major",
    Outcome.UNREACHABLE: "minor",  # it is tried again; for too long it is stale, too
    Outcome.PARTIAL: "minor",
    Outcome.BUSY: "warning",
}

RESULTS = (  # fields of `ListReport`: what became of entries, or of lines
    *("added", "removed", "updated", "unchanged", "duplicates", "absent", "protected"),
    *("malformed", "unordered", "superseded", "bad", "put_off"),
)

Run: TypeAlias = Mapping[str, Any]  # as `RunReport` is dumped


@dataclass(frozen=True, slots=True)
class SyncState:
    """One registry in numbers.

    Attributes:
        registry: its name.
        age: seconds since a run was applied; since the server's start where none ever was.
        applied: when a run was applied last, UTC seconds; None: never.
        attempted: when the last sync ended, UTC seconds; None: there was none.
        outcome: of that sync; None: there was none.
        exit_code: likewise.
        held: runs that somebody must accept or refuse.
        failures: syncs in a row that failed.
        last_runs: by list, the run that serves.
        entries: by list, how many the registry has.
        rows: by list and result, what the last sync applied and left out.
    """

    registry: str
    age: float
    applied: float | None = None
    attempted: float | None = None
    outcome: Outcome | None = None
    exit_code: int | None = None
    held: int = 0
    failures: int = 0
    last_runs: Mapping[str, int] = field(default_factory=dict)
    entries: Mapping[str, int] = field(default_factory=dict)
    rows: Mapping[tuple[str, str], int] = field(default_factory=dict)


class SyncWatch:
    """Follows the syncs of every registry of the configuration.

    It never raises: of what cannot be read, what was known last goes on to count.
    """

    def __init__(
        self,
        path: Path,
        registries: Sequence[Registry],
        started: datetime,
        alarms: AlarmBoard,
    ) -> None:
        """Begin to watch.

        Args:
            path: `store.path`.
            registries: those of the configuration.
            started: when the server started; aware.
            alarms: where it tells.
        """
        self._alarms = alarms
        self._path = path
        self._watched = [_Watched(path, registry, started) for registry in registries]

    def follow(self, registries: Sequence[Registry], now: datetime) -> None:
        """Watch these from now on; the next look clears what was raised about others."""
        kept = {each.known.registry.name: each for each in self._watched}
        watched = [kept.get(registry.name) for registry in registries]
        self._watched = [
            _Watched(self._path, registry, now) if each is None else each.follow(registry)
            for each, registry in zip(watched, registries, strict=True)
        ]

    def look(self, now: datetime) -> None:
        """See what is new, and tell of it."""
        for watched in self._watched:
            watched.look(now)
        self._alarms.show(KINDS, [found for each in self._watched for found in each.found])

    def notes(self) -> list[str]:
        """Say in sentences what is not as it should be."""
        return [found.text for watched in self._watched for found in watched.found]

    def states(self, now: datetime) -> list[SyncState]:
        """Give every registry in numbers."""
        return [watched.known.state(now) for watched in self._watched]


@dataclass(frozen=True, slots=True)
class _Known:
    """What is known of a registry.

    Attributes:
        registry: which.
        started: when the server started.
        status: as of the last sync; None: there was none.
        runs: of the last sync that looked at some: what it said of them stands until the next.
    """

    registry: Registry
    started: datetime
    status: Status | None = None
    runs: Sequence[Run] = ()

    def with_status(self, status: Status | None) -> "_Known":
        """Take what the last sync wrote down."""
        runs = status.report["runs"] if status else ()
        return _Known(self.registry, self.started, status, runs or self.runs)

    def state(self, now: datetime) -> SyncState:
        """Give it in numbers."""
        name, status = self.registry.name, self.status
        age = None if status is None else status.age(now)
        if age is None:
            age = (now - self.started).total_seconds()
        if status is None:
            return SyncState(name, age)
        report = status.report
        return SyncState(
            registry=name,
            age=age,
            applied=datetime.fromisoformat(status.applied).timestamp() if status.applied else None,
            attempted=datetime.fromisoformat(report["ended"]).timestamp(),
            outcome=status.outcome,
            exit_code=status.outcome.exit_code,
            held=len(self._held()),
            failures=int(status.failures),
            last_runs={ListName(name): int(run) for name, run in report["last_runs"].items()},
            entries={ListName(name): int(rows) for name, rows in report["entries"].items()},
            rows=_rows(report["runs"]),
        )

    def found(self, now: datetime) -> list[Finding]:
        """Say what is wrong."""
        found = (
            self._stale(now),
            self._holding(),
            self._failed(),
            self._protected(),
            self._drifted(),
        )
        return [each for each in found if each is not None]

    def _stale(self, now: datetime) -> Finding | None:
        """A feed that is quiet for too long (docs/registry.md, case 31)."""
        name, hours = self.registry.name, self.registry.stale_hours
        applied = self.status.applied if self.status else ""
        since = datetime.fromisoformat(applied) if applied else self.started
        if now - since <= timedelta(hours=hours):
            return None
        known = f"since {applied}" if applied else "ever"
        return Finding(
            LIST_STALE,
            name,
            f"{name}: no run was applied {known}, and {hours} hours are too long;"
            " what was applied last serves",
        )

    def _held(self) -> list[Run]:
        runs = self.status.open_runs if self.status else ()
        return [run for run in runs if run["outcome"] == Outcome.HELD]

    def _holding(self) -> Finding | None:
        held = self._held()
        if not held:
            return None
        which = "; ".join(f"run {run['run']} is held: {run['reason']}" for run in held)
        name = self.registry.name
        return Finding(SYNC_HELD, name, f"{name}: {which}", held[0]["next_step"])

    def _failed(self) -> Finding | None:
        outcome = self.status.outcome if self.status else Outcome.UP_TO_DATE
        severity = _SEVERITIES.get(outcome)
        if self.status is None or severity is None:
            return None
        said, next_step = next(_causes(self.status.report), ("", ""))
        name = self.registry.name
        ended = f"{name}: the last sync ended with {outcome.exit_code}, {outcome}"
        text = f"{ended}: {said}" if said else ended
        return Finding(SYNC_FAILED, name, text, next_step, severity)

    def _protected(self) -> Finding | None:
        """What the operator protects is on a list that blocks (docs/registry.md, case 24)."""
        count = sum(each["protected"] for run in self.runs for each in run["lists"])
        if not count:
            return None
        entries = "1 entry was" if count == 1 else f"{count:,} entries were"
        name = self.registry.name
        text = f"{name}: {entries} left out, which would block protected equipment"
        return Finding(PROTECTED_LISTED, name, text)

    def _drifted(self) -> Finding | None:
        """Deltas led elsewhere than the full list (docs/registry.md)."""
        for run in self.runs:
            for each in run["lists"]:
                drift = each["drift"]
                if each["list"] != ListName.PROHIBITED or each["way"] == "full" or not drift:
                    continue
                if drift["missing"] or drift["extra"]:
                    return Finding(
                        LIST_DRIFT,
                        self.registry.name,
                        f"{self.registry.name}: the deltas up to run {run['run']} and its full list"
                        f" differ: {drift['missing']:,} entries are missing on the prohibited list,"
                        f" {drift['extra']:,} should not be there",
                    )
        return None


class _Watched:
    """One registry, and what is wrong with it.

    Attributes:
        known: as it was read last.
        found: what was wrong at the last look.
    """

    def __init__(self, path: Path, registry: Registry, started: datetime) -> None:
        self.known = _Known(registry, started)
        self.found: Sequence[Finding] = ()
        self._path = path
        self._seen: tuple[int, int] | None = None

    def look(self, now: datetime) -> None:
        """Read what changed, and find what is wrong."""
        self._follow(now)
        self.found = self.known.found(now)

    def follow(self, registry: Registry) -> Self:
        """Go on with other settings of the same registry."""
        self.known = replace(self.known, registry=registry)
        return self

    def _follow(self, now: datetime) -> None:
        """Read the status if it is not the file that was read last; what is broken is told once."""
        name = self.known.registry.name
        seen = _signature(status_file(self._path, name))
        if seen == self._seen:
            return
        self._seen = seen
        try:
            known = self.known.with_status(read_status(self._path, name))
            known.state(now)  # what is missing is missed here, and not in every look
            known.found(now)
        except (StoreError, *_NOT_OURS) as error:
            reason = str(error) if isinstance(error, StoreError) else type(error).__name__
            structlog.get_logger().warning(
                "sync_status_unreadable",
                registry=name,
                reason=reason,
                next_step="sync again: eir sync writes it anew",
            )
        else:
            self.known = known


_NOT_OURS = (LookupError, TypeError, ValueError, AttributeError, ArithmeticError)


def _signature(file: Path) -> tuple[int, int] | None:
    """Tell what shows that a file changed: each sync puts another one in its place."""
    try:
        found = file.stat()
    except OSError:
        return None
    return found.st_ino, found.st_mtime_ns


def _causes(report: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Say why a sync did not go well, the first line of each cause, and what to do."""
    wrong = (Outcome.REFUSED, Outcome.PARTIAL)
    for run in report["runs"]:
        if run["outcome"] in wrong:
            reason = run["reason"] or "wrong rows were left out"
            yield f"run {run['run']}: {_first_line(reason)}", run["next_step"]
    for file, reason in report["refused"].items():
        yield f"{file}: {_first_line(reason)}", ""
    if report["stopped"]:
        yield _first_line(report["stopped"]), report["next_step"]


def _first_line(text: str) -> str:
    return text.partition("\n")[0]


def _rows(runs: Sequence[Run]) -> dict[tuple[str, str], int]:
    """Add up what runs that were applied did to each list."""
    rows: dict[tuple[str, str], int] = {}
    for run in runs:
        for each in run["lists"] if run["version"] is not None else ():
            for result in RESULTS:
                key = (ListName(each["list"]), result)
                rows[key] = rows.get(key, 0) + int(each[result])
    return rows
