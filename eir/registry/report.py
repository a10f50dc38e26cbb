"""What a sync did: of each run and list, for people in a line or two, for programs as JSON."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from eir.registry.bundle import Bundle
from eir.registry.outcome import Outcome, SyncError, worst


@dataclass(frozen=True, slots=True)
class Drift:
    """How far a delta led away from the full list of the same run.

    Attributes:
        missing: entries of the full list that would not be there.
        extra: entries that would be there and are not in the full list.
        different: entries that would say something else.
    """

    missing: int = 0
    extra: int = 0
    different: int = 0


@dataclass(frozen=True, slots=True)
class ListReport:
    """What a run came to, on one list; the numbers are entries.

    Attributes:
        list: ours.
        way: full or delta.
        base: of a delta; None: it does not say, or it is no delta.
        rows: that the registry has on the list afterwards.
        added: not there before.
        removed: there before.
        updated: that say something else now.
        unchanged: that were there and say the same.
        duplicates: lines that repeat another.
        absent: removals of what is not there.
        present: new ones of what was there already.
        restored: changes of what was not there.
        protected: left out, because the operator protects what they block.
        malformed: left out, because they are no IMEI and the policy skips those.
        unordered: left out, because a file says several things of one key in no order.
        superseded: left out, because something newer spoke of the same key.
        bad: lines left out because they are wrong.
        put_off: new ones that come into force later, because of the daily cap.
        drift: where there was a full list to compare with.
    """

    list: str
    way: str
    base: int | None = None
    rows: int = 0
    added: int = 0
    removed: int = 0
    updated: int = 0
    unchanged: int = 0
    duplicates: int = 0
    absent: int = 0
    present: int = 0
    restored: int = 0
    protected: int = 0
    malformed: int = 0
    unordered: int = 0
    superseded: int = 0
    bad: int = 0
    put_off: int = 0
    drift: Drift | None = None


@dataclass(frozen=True, slots=True)
class RunReport:
    """What became of one run.

    Attributes:
        run: its number.
        stamp: of its files.
        sha256: over them.
        outcome: see `Outcome`.
        reason: one sentence for people; empty where there is nothing to say.
        next_step: what to do; empty: nothing.
        version: of the lists that it made; None: none.
        lists: what it came to, or would have.
        held: each reason why somebody must accept it.
        warnings: what else is not as usual.
        impact: of a held run, as `eir lists load --dry-run --json` has it; None elsewhere.
        files: what it was read from.
        signed_by: keys and certificates that signed its manifests.
    """

    run: int
    stamp: str
    sha256: str
    outcome: Outcome
    reason: str = ""
    next_step: str = ""
    version: int | None = None
    lists: tuple[ListReport, ...] = ()
    held: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    impact: Mapping[str, Any] | None = None
    files: tuple[str, ...] = ()
    signed_by: tuple[str, ...] = ()


def refused(bundle: Bundle, error: SyncError) -> RunReport:
    """Report a run that is wrong."""
    return RunReport(
        run=bundle.run,
        stamp=bundle.stamp,
        sha256=bundle.sha256,
        outcome=Outcome.REFUSED,
        reason=str(error),
        next_step=error.next_step,
        files=tuple(file.name for file in bundle.files),
    )


@dataclass(frozen=True, slots=True)
class Ignored:
    """Files that were not needed, and why: one sentence."""

    files: tuple[str, ...]
    reason: str


@dataclass(frozen=True, slots=True)
class SyncReport:
    """One sync of one registry.

    Attributes:
        registry: its name.
        started: ISO 8601, UTC.
        ended: likewise.
        runs: those that were looked at, in their order.
        refused: by file, why it is in no run.
        lacking: those of them that lack another file only; they are kept until it comes.
        stopped: why it went no further, or did not begin; empty: it did all there was to do.
        stopped_outcome: what that counts as.
        next_step: what to do about that; empty: nothing.
        fetched: files that came.
        waiting: files that are not yet whole, or lack another one.
        ignored: see there.
        warnings: what is not as usual.
        last_runs: by list, the run that serves now.
        entries: by list, how many the registry has on it now.
        applied: when a run was applied last of those that count, ISO 8601, UTC; empty: never;
            None: the store does not say.
        dry: nothing was to be applied.
    """

    registry: str
    started: str
    ended: str
    runs: tuple[RunReport, ...] = ()
    refused: Mapping[str, str] = field(default_factory=dict)
    lacking: tuple[str, ...] = ()
    stopped: str = ""
    stopped_outcome: Outcome | None = None
    next_step: str = ""
    fetched: tuple[str, ...] = ()
    waiting: tuple[str, ...] = ()
    ignored: tuple[Ignored, ...] = ()
    warnings: tuple[str, ...] = ()
    last_runs: Mapping[str, int] = field(default_factory=dict)
    entries: Mapping[str, int] = field(default_factory=dict)
    applied: str | None = None
    dry: bool = False

    @property
    def outcome(self) -> Outcome:
        """The worst of all."""
        found = [run.outcome for run in self.runs]
        return worst([*found, *_beside_runs(self.refused, self.stopped_outcome, self.waiting)])

    def dump(self) -> dict[str, Any]:
        """Give what JSON can hold."""
        fields = asdict(self)
        return fields | {"outcome": self.outcome, "exit_code": self.outcome.exit_code}


def with_runs(report: Mapping[str, Any], runs: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Give a dumped report other runs, and the end that follows from them."""
    found = [Outcome(run["outcome"]) for run in runs]
    stopped = report["stopped_outcome"]
    beside = _beside_runs(report["refused"], stopped and Outcome(stopped), report["waiting"])
    outcome = worst([*found, *beside])
    return {**report, "runs": runs, "outcome": outcome, "exit_code": outcome.exit_code}


def _beside_runs(
    refused: Mapping[str, str], stopped: Outcome | None, waiting: Sequence[str]
) -> Iterator[Outcome]:
    """Say how a sync ended, but for its runs."""
    if refused:
        yield Outcome.REFUSED
    if stopped is not None:
        yield stopped
    elif waiting:
        yield Outcome.WAITING
