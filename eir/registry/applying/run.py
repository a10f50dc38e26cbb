"""One run into the store: all lists in one transaction, with where the registry is since then."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np

from eir.config import Config, Registry
from eir.errors import EirError
from eir.lists.guarded import Guarded
from eir.lists.impact import impact_of
from eir.lists.names import ListName
from eir.lists.subjects import Kind
from eir.lists.totals import names_in, totals
from eir.registry.applying import dating, pacing
from eir.registry.applying.compared import Circumstances, Compared, Progress
from eir.registry.applying.comparing import compare
from eir.registry.applying.drift import drift_between, total
from eir.registry.applying.guards import (
    Known,
    Surge,
    holds,
    left_behind,
    misdated,
    refuse_strange,
    strange,
)
from eir.registry.bundle import Announced, Bundle
from eir.registry.outcome import Outcome
from eir.registry.planning.chain import Step, Way
from eir.registry.report import Drift, ListReport, RunReport
from eir.store.arrays import Entries, Mask
from eir.store.catalog import reading_lists
from eir.store.changes import Tally
from eir.store.feeds import Feed, RegistryState
from eir.store.journal import Action, Record
from eir.store.layout import Truth, keys_of, seal_file, truth_of
from eir.store.session import writing
from eir.store.writer import ListWriter, noted_differences


@dataclass(frozen=True, slots=True)
class How:
    """How a run is applied.

    Attributes:
        accepted: somebody said why it may be, whatever the guards say; None: nobody.
        repair: where a delta and a full list differ, the full list counts.
        dry: it is read and compared, and nothing is applied.
        author: who is at it, for the journal.
        now: UTC.
        progress: is told how far reading has come.
        state: where the registry was when this was planned; None: wherever it is.
        earlier: by list, what runs of this sync did before that nobody announced or accepted; a
            run that is applied adds to it.
    """

    accepted: str | None
    repair: bool
    dry: bool
    author: str
    now: datetime
    progress: Progress
    state: RegistryState | None = None
    earlier: dict[ListName, Surge] = field(default_factory=dict)


class MovedError(EirError):
    """The registry is no longer where it was when this was planned; nothing was applied."""


def apply(config: Config, registry: Registry, step: Step, how: How) -> RunReport:
    """Apply one run, or say why somebody must accept it first; then nothing was applied.

    Raises:
        BundleError: the rows are wrong.
        MovedError: the registry is no longer where the plan began.
        StoreBusyError: another process is writing.
        StoreError: the store cannot be written.
    """
    store = config.store
    at = Circumstances(registry, _guarded(store.path, how.now), how.now, how.progress)
    with writing(store.path, history_days=store.history_days) as writer:
        if how.state not in (None, writer.registries.get(registry.name, RegistryState())):
            raise MovedError("somebody else moved this registry; it is planned anew")
        run = _Run(writer, at, step, how)
        run.compare()
        held = run.holds()
        if held and how.accepted is None:
            return run.report(Outcome.HELD, held=held, impact=run.impact())
        if how.dry:
            return run.report(run.outcome, held=held, impact=run.impact())
        version = run.commit()
        if how.accepted is None:
            how.earlier.update(run.surges())
    return run.report(run.outcome, version=version)


def _guarded(path: Path, now: datetime) -> Guarded:
    """Read what is protected; before the first load nothing is."""
    if not seal_file(path).exists():
        return Guarded((), 0)
    with reading_lists(path) as lists:
        return Guarded(lists.lines(ListName.PROTECTED), now.timestamp())


class _Run:
    """One run in one write transaction."""

    def __init__(self, writer: ListWriter, at: Circumstances, step: Step, how: How) -> None:
        self._writer = writer
        self._at = at
        self._step = step
        self._how = how
        self._state = writer.registries.get(at.registry.name, RegistryState())
        self._found: list[Compared] = []
        self._drift: dict[ListName, Drift] = {}
        self._put_off: dict[ListName, int] = {}
        self._warnings: list[str] = []
        self._known: dict[ListName, Known] = {}

    @property
    def _bundle(self) -> Bundle:
        return self._step.bundle

    @property
    def outcome(self) -> Outcome:
        """What it comes to once applied: partial, where more rows are wrong than tolerated."""
        percent = self._at.registry.guard.rejects_percent
        is_partial = any(each.is_wrong_beyond(percent) for each in self._found)
        return Outcome.PARTIAL if is_partial else Outcome.APPLIED

    def compare(self) -> None:
        """Read all lists, and note what changes."""
        self._warnings += left_behind(self._step, self._state)
        for name, way in self._step.ways.items():
            found = self._compared(name, way)
            refuse_strange(found, self._at.registry.guard)
            self._put_off[name] = self._paced(found)
            for map_name, changes in found.changes.items():
                self._writer.note(map_name, changes)
            kept = timedelta(days=self._at.registry.fetch.archive_days)
            dating.note_dates(self._writer, self._bundle, found, self._at.now, kept)
            self._warnings += strange(found)
            self._found.append(found)

    def holds(self) -> tuple[str, ...]:
        """Say why somebody must accept the run."""
        held = [*self._step.held, *misdated(self._bundle, self._at)]
        for found in self._found:
            known = self._known[found.truth.list] = Known(
                predicted=self._predicted(found),
                predicted_gone=self._announced(found).unblocks,
                earlier=self._how.earlier.get(found.truth.list, Surge()),
                feed=self._state.feeds.get(found.truth.list),
            )
            held += holds(found, self._at, known)
        return tuple(held)

    def surges(self) -> Mapping[ListName, Surge]:
        """Count what the runs of this sync have done, with this one, once it was looked at."""
        lists = ((found.truth.list, found) for found in self._found)
        return {name: self._known[name].with_run(found) for name, found in lists}

    def impact(self) -> Mapping[str, Any]:
        """Count what would change, as a dry run does; without naming anybody."""
        impact = impact_of(noted_differences(self._writer), self._at.guarded)
        tacs = (group.key for group in impact.tacs)
        return totals(impact, names_in(self._writer.view(), tacs))

    def _feed(self, found: Compared, version: int) -> Feed:
        """Say where a list is since then; what comes late leads no further than where it was."""
        before = self._state.feeds.get(found.truth.list)
        if found.way is Way.LATE and before is not None:
            return replace(before, rows=found.after)
        return Feed(
            run=self._bundle.run,
            stamp=self._bundle.stamp,
            kind=Way.FULL if found.way is Way.FULL else Way.DELTA,
            rows=found.after,
            sha256=found.delivery.sha256,
            applied=self._how.now.isoformat(timespec="seconds"),
            version=version,
            full=self._full(found),
        )

    def _full(self, found: Compared) -> int:
        """Name the run of the last full list."""
        if found.way is Way.FULL:
            return self._bundle.run
        last = self._state.feeds.get(found.truth.list.value)
        return 0 if last is None else last.full

    def commit(self) -> int:
        """Write everything as the next version; return its number."""
        bundle, registry = self._bundle, self._at.registry
        version = self._writer.version + 1
        feeds = {found.truth.list.value: self._feed(found, version) for found in self._found}
        hashes = (bundle.sha256, *(each.delivery.sha256 for each in self._found))
        state = self._state.with_feeds(feeds).accepting(bundle.run, *hashes)
        record = Record(
            version=0,
            at=self._how.now.isoformat(timespec="seconds"),
            author=self._how.author,
            source=registry.name,
            mode=_mode(self._found),
            file=", ".join(file.name for file in bundle.files),
            file_hash=bundle.sha256,
            counts=self._tally().counts(
                duplicates=sum(found.duplicates for found in self._found),
                bad=sum(found.bad for found in self._found),
            ),
            action=Action.SYNC,
            run=bundle.run,
            reason=self._reason(),
            registries={registry.name: state.dump()},
        )
        return self._writer.commit(record).version

    def report(
        self,
        outcome: Outcome,
        *,
        version: int | None = None,
        held: tuple[str, ...] = (),
        impact: Mapping[str, Any] | None = None,
    ) -> RunReport:
        """Say what became of it."""
        bundle = self._bundle
        return RunReport(
            run=bundle.run,
            stamp=bundle.stamp,
            sha256=bundle.sha256,
            outcome=outcome,
            reason="; ".join(held),
            next_step=_accept(self._at.registry, bundle) if outcome is Outcome.HELD else "",
            version=version,
            lists=tuple(self._list_report(found) for found in self._found),
            held=held,
            warnings=tuple(self._warnings),
            impact=impact,
            files=tuple(file.name for file in bundle.files),
            signed_by=bundle.signed_by,
        )

    def _compared(self, name: ListName, way: Way) -> Compared:
        """Compare by the way that was planned, and with the full list where there is one, too."""
        found = compare(self._writer, self._bundle, name, way, self._at)
        pacing.keep_days(self._writer, found, self._at.now)
        delivery = self._bundle.deliveries[name]
        if way is not Way.DELTA or delivery.full is None:
            return found
        full = compare(self._writer, self._bundle, name, Way.FULL, self._at)
        pacing.keep_days(self._writer, full, self._at.now)
        drift = self._drift[name] = _drift(found, full)
        if not (drift.missing or drift.extra or drift.different):
            return found
        # Deltas of exceptions are not filtered as the full list is: there the full counts.
        full_counts = self._how.repair or name is not ListName.PROHIBITED
        self._warn_of_drift(name, drift, full_counts=full_counts)
        return full if full_counts else found

    def _warn_of_drift(self, name: ListName, drift: Drift, *, full_counts: bool) -> None:
        if drift.missing or drift.extra:
            counts = "the full list counts" if full_counts else "the delta counts; see --force-full"
            self._warnings.append(
                f"delta and full list of the {name} list differ by"
                f" {drift.missing + drift.extra:,} entries: {counts}"
            )

    def _paced(self, found: Compared) -> int:
        """Put off new blocks beyond the daily cap; return how many."""
        registry = self._at.registry
        most = registry.guard.daily_new_blocks
        if not pacing.is_paced(found):
            return 0
        pace = pacing.Pace(most or 0, registry.zone, self._at.now)
        if most is None:
            pacing.tend(self._writer, found, pace)
            return 0
        return pacing.put_off(self._writer, found, pace)

    def _predicted(self, found: Compared) -> int:
        """Count the new blocks that the registry announced: signed, or as notifications before."""
        if found.truth.list is not ListName.PROHIBITED:
            return 0
        return max(self._announced(found).blocks, self._notified(found))

    def _announced(self, found: Compared) -> Announced:
        """Give what a signed manifest announced for this list."""
        is_meant = found.truth.list is ListName.PROHIBITED
        return (self._bundle.announced if is_meant else None) or Announced()

    def _notified(self, found: Compared) -> int:
        """Count the new blocks of equipment that the registry's notifications named before."""
        noted = Truth(ListName.NOTIFICATION, found.truth.source)
        changes = found.changes.get(found.truth.map(Kind.EQUIPMENT))
        if changes is None or not changes.count:
            return 0
        known = [
            np.unique(part[0, self._is_due(part[-1])])
            for k in (Kind.EQUIPMENT, Kind.PAIR)
            for part in self._writer.held(noted.map(k))
        ]
        if not known:
            return 0
        named = np.unique(np.concatenate(known))
        new = (part[0, (part[-2] == 0) & (part[-1] != 0)] for part in changes)
        return sum(int(np.isin(numbers, named, assume_unique=True).sum()) for numbers in new)

    def _is_due(self, numbers: Entries) -> Mask:
        """Tell which entries are announced for a day that has come, as far as clocks agree."""
        horizon = self._at.horizon
        found: Mask = self._writer.begins(numbers, always=horizon) < horizon
        return found

    def _tally(self) -> Tally:
        tallies = [found.tally for found in self._found]
        return Tally(*(sum(getattr(t, name) for t in tallies) for name in Tally.__slots__))

    def _reason(self) -> str:
        said = f"run {self._bundle.run}"
        return f"{said}, accepted: {self._how.accepted}" if self._how.accepted else said

    def _list_report(self, found: Compared) -> ListReport:
        delta = found.delivery.delta
        return ListReport(
            list=found.truth.list,
            way=found.way,
            base=None if delta is None or found.way is Way.FULL else delta.base,
            rows=found.after,
            added=found.tally.added,
            removed=found.tally.removed,
            updated=found.tally.updated,
            unchanged=found.tally.unchanged,
            duplicates=found.duplicates,
            absent=found.absent,
            present=found.present,
            restored=found.restored,
            protected=found.protected,
            malformed=found.malformed,
            unordered=found.unordered,
            superseded=found.superseded,
            bad=found.bad,
            put_off=self._put_off.get(found.truth.list, 0),
            drift=self._drift.get(found.truth.list),
        )


def _drift(delta: Compared, full: Compared) -> Drift:
    names = sorted(name for name in {*delta.changes, *full.changes} if truth_of(name))
    return total(
        [
            drift_between(delta.changes.get(name), full.changes.get(name), keys_of(name))
            for name in names
        ]
    )


def _mode(found: Sequence[Compared]) -> str:
    ways = {Way.FULL if each.way is Way.FULL else Way.DELTA for each in found}
    return ways.pop() if len(ways) == 1 else ""


def _accept(registry: Registry, bundle: Bundle) -> str:
    which = f"{bundle.run} --registry {registry.name} --reason TEXT"
    return f"look at it: eir sync status; then eir sync accept {which}, or refuse"
