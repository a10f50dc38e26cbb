"""Registries as a running server sees them: how the last sync ended, and since when it is quiet.

It reads what each sync writes down (`eir.registry.status`), never the lists: alarms come while no
worker answers, too.

SyncWatch    looks, raises and clears alarms, and knows what they say
SyncState    one registry in numbers, for metrics
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple, Self, TypeAlias

import structlog

from eir import log
from eir.config import Registry
from eir.errors import StoreError
from eir.lists.names import ListName
from eir.registry.outcome import Outcome
from eir.registry.status import Status, read_status, status_file

T_LOOK = 5.0  # seconds; ours: how old news of a sync may be

STALE = "list_stale"
HELD = "sync_held"
FAILED = "sync_failed"
PROTECTED = "protected_listed"
DRIFT = "list_drift"

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


class Alarm(NamedTuple):
    """What a network operation centre is told."""

    severity: log.Severity
    text: str
    next_step: str


@dataclass(frozen=True, slots=True)
class SyncState:
    """One registry in numbers.

    Attributes:
        registry: its name.
        age: seconds since a run was applied; since the server's start where none ever was.
        attempted: when the last sync ended, UTC seconds; None: there was none.
        exit_code: of that sync; None: there was none.
        held: runs that somebody must accept or refuse.
        failures: syncs in a row that failed.
        last_runs: by list, the run that serves.
        entries: by list, how many the registry has.
        rows: by list and result, what the last sync applied and left out.
    """

    registry: str
    age: float
    attempted: float | None = None
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

    def __init__(self, path: Path, registries: Sequence[Registry], started: datetime) -> None:
        """Begin to watch.

        Args:
            path: `store.path`.
            registries: those of the configuration.
            started: when the server started; aware.
        """
        self._path = path
        self._watched = [_Watched(path, registry, started) for registry in registries]

    def follow(self, registries: Sequence[Registry], now: datetime) -> None:
        """Watch these from now on; what was raised about others is cleared."""
        kept = {each.known.registry.name: each for each in self._watched}
        watched = [kept.pop(registry.name, None) for registry in registries]
        for each in kept.values():
            each.leave()
        self._watched = [
            _Watched(self._path, registry, now) if each is None else each.follow(registry)
            for each, registry in zip(watched, registries, strict=True)
        ]

    def look(self, now: datetime) -> None:
        """See what is new, and tell of it."""
        for watched in self._watched:
            watched.look(now)

    def notes(self) -> list[str]:
        """Say in sentences what is not as it should be."""
        return [alarm.text for watched in self._watched for alarm in watched.raised.values()]

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
            attempted=datetime.fromisoformat(report["ended"]).timestamp(),
            exit_code=status.outcome.exit_code,
            held=len(self._held()),
            failures=int(status.failures),
            last_runs={ListName(name): int(run) for name, run in report["last_runs"].items()},
            entries={ListName(name): int(rows) for name, rows in report["entries"].items()},
            rows=_rows(report["runs"]),
        )

    def alarms(self, now: datetime) -> dict[str, Alarm]:
        """Say what is wrong, by the names of alarms."""
        found = {
            STALE: self._stale(now),
            HELD: self._holding(),
            FAILED: self._failed(),
            PROTECTED: self._protected(),
            DRIFT: self._drifted(),
        }
        return {name: alarm for name, alarm in found.items() if alarm is not None}

    def _stale(self, now: datetime) -> Alarm | None:
        """A feed that is quiet for too long (docs/registry.md, case 31)."""
        name, hours = self.registry.name, self.registry.stale_hours
        applied = self.status.applied if self.status else ""
        since = datetime.fromisoformat(applied) if applied else self.started
        if now - since <= timedelta(hours=hours):
            return None
        known = f"since {applied}" if applied else "ever"
        return Alarm(
            "major",
            f"{name}: no run was applied {known}, and {hours} hours are too long;"
            " what was applied last serves",
            "see why: eir sync status; then ask the registry",
        )

    def _held(self) -> list[Run]:
        runs = self.status.open_runs if self.status else ()
        return [run for run in runs if run["outcome"] == Outcome.HELD]

    def _holding(self) -> Alarm | None:
        held = self._held()
        if not held:
            return None
        which = "; ".join(f"run {run['run']} is held: {run['reason']}" for run in held)
        return Alarm("major", f"{self.registry.name}: {which}", held[0]["next_step"])

    def _failed(self) -> Alarm | None:
        outcome = self.status.outcome if self.status else Outcome.UP_TO_DATE
        severity = _SEVERITIES.get(outcome)
        if self.status is None or severity is None:
            return None
        said, next_step = next(_causes(self.status.report), ("", ""))
        return Alarm(
            severity,
            f"{self.registry.name}: the last sync ended with {outcome.exit_code}, {outcome}"
            + (f": {said}" if said else ""),
            next_step or "see eir sync status",
        )

    def _protected(self) -> Alarm | None:
        """What the operator protects is on a list that blocks (docs/registry.md, case 24)."""
        count = sum(each["protected"] for run in self.runs for each in run["lists"])
        if not count:
            return None
        entries = "1 entry was" if count == 1 else f"{count:,} entries were"
        return Alarm(
            "major",
            f"{self.registry.name}: {entries} left out, which would block protected equipment",
            "ask the registry to take it off, or take it off the protected list",
        )

    def _drifted(self) -> Alarm | None:
        """Deltas led elsewhere than the full list (docs/registry.md)."""
        for run in self.runs:
            for each in run["lists"]:
                drift = each["drift"]
                if each["list"] != ListName.PROHIBITED or each["way"] == "full" or not drift:
                    continue
                if drift["missing"] or drift["extra"]:
                    return Alarm(
                        "major",
                        f"{self.registry.name}: the deltas up to run {run['run']} and its full list"
                        f" differ: {drift['missing']:,} entries are missing on the prohibited list,"
                        f" {drift['extra']:,} should not be there",
                        "let the full list count: eir sync --force-full",
                    )
        return None


class _Watched:
    """One registry, and the alarms that are on.

    Attributes:
        known: as it was read last.
        raised: alarms, by their names.
    """

    def __init__(self, path: Path, registry: Registry, started: datetime) -> None:
        self.known = _Known(registry, started)
        self.raised: dict[str, Alarm] = {}
        self._path = path
        self._seen: tuple[int, int] | None = None

    def look(self, now: datetime) -> None:
        """Read what changed, and raise and clear alarms."""
        self._follow(now)
        alarms = self.known.alarms(now)
        name = self.known.registry.name
        for alarm, said in alarms.items():
            if self.raised.get(alarm) != said:
                log.raise_alarm(alarm, registry=name, **said._asdict())
        for alarm in self.raised.keys() - alarms.keys():
            log.clear_alarm(alarm, registry=name, text=f"{name}: {_CLEARED[alarm]}")
        self.raised = alarms

    def follow(self, registry: Registry) -> Self:
        """Go on with other settings of the same registry."""
        self.known = replace(self.known, registry=registry)
        return self

    def leave(self) -> None:
        """Watch it no more."""
        name = self.known.registry.name
        for alarm in self.raised:
            log.clear_alarm(alarm, registry=name, text=f"{name}: it is watched no more")

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
            known.alarms(now)
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
_CLEARED = {
    STALE: "a run was applied",
    HELD: "no run is held any more",
    FAILED: "the last sync went well",
    PROTECTED: "nothing is left out any more because it is protected",
    DRIFT: "deltas and full lists say the same again",
}


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
