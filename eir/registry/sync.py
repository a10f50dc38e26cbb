"""One registry, from its source to the report.

stage      complete files come into the archive
validate   manifests vouch, the format opens; nothing of the lists is touched
plan       the cheapest legal path
apply      each run in one transaction, unless a guard holds it; compared with its full list
report     written down, whatever became of it
"""

from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import structlog

from eir.config import Config, Registry
from eir.errors import ConfigError, StoreError
from eir.files import shared_with_group
from eir.lists.names import ListName
from eir.registry import formats
from eir.registry.applying.compared import Progress
from eir.registry.applying.guards import Surge
from eir.registry.applying.run import How, MovedError, apply
from eir.registry.bundle import Bundle
from eir.registry.inbox.archive import Archive, Archived
from eir.registry.inbox.fetching import Progress as Fetching
from eir.registry.inbox.fetching import fetch
from eir.registry.inbox.lacking import looked_for, made_up_for, whole
from eir.registry.inbox.opening import Opened, opened, scratch_of, strangers
from eir.registry.inbox.settling import (
    applied_after,
    is_voucher_of,
    settle,
    settle_held,
    settle_replaced,
)
from eir.registry.outcome import (
    BundleError,
    GapError,
    Outcome,
    SourceError,
    SyncError,
    outcome_of,
    told,
)
from eir.registry.planning.chain import Asked, Plan, Step, plan
from eir.registry.report import Ignored, RunReport, SyncReport, refused
from eir.registry.status import directory_of, refused_before, write_status
from eir.registry.trust import manifest
from eir.store.catalog_file import registries_of, version_of
from eir.store.feeds import RegistryState
from eir.store.lock import locked

_RECENT = timedelta(days=7)  # ours: what was fetched since then counts when a full list is forced


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked of a sync.

    Attributes:
        author: who asks, for the journal.
        accepted: a run that nothing holds; None: none.
        reason: why that one is accepted.
        force_full: go to the newest full list, even an older one than what serves.
        allow_unpaired: apply a run although a list is missing that belongs to it.
        repair: where a delta and a full list differ, the full list counts.
        dry: apply nothing, and leave no trace but what was fetched.
        fetch: look whether there is something new.
    """

    author: str
    accepted: "Accepted | None" = None
    reason: str = ""
    force_full: bool = False
    allow_unpaired: bool = False
    repair: bool = False
    dry: bool = False
    fetch: bool = True


@dataclass(frozen=True, slots=True)
class Accepted:
    """A run that somebody accepted: its number, the hash of its bundle, the names of its files."""

    run: int
    sha256: str
    files: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Watcher:
    """Is told how far a sync has come.

    Attributes:
        fetching: of a file, octets so far and in all.
        reading: of a part, octets so far.
    """

    fetching: Fetching
    reading: Progress


def sync(config: Config, registry: Registry, request: Request, watcher: Watcher) -> SyncReport:
    """Bring a registry's lists up to date, and write down what became of it.

    Whatever goes wrong with the registry, its files or the store is in the report.

    Raises:
        StoreBusyError: another sync of this registry is running.
        StoreError: there is no room, or no right, to keep others away.
    """
    with alone(config.store.path, registry.name):
        run = _Sync(config, registry, request, watcher)
        try:
            run.run()
        except Exception:  # noqa: BLE001 - what one registry sends keeps nobody from the others
            structlog.get_logger().exception("sync_broke", registry=registry.name)
            run.stop = BundleError(
                "these files met a fault of this program; the lists are as they were",
                next_step="send the line sync_broke of the log to whoever maintains it",
            )
        report = run.report()
        if request.dry:
            return report
        try:
            write_status(config.store.path, report)
        except StoreError as error:
            run.stop = run.stop or error
            return run.report()
    return report


@contextmanager
def alone(path: Path, name: str) -> Iterator[None]:
    """Be the only one who syncs with a registry, or decides about its runs.

    Raises:
        StoreBusyError: another process is at it; the message names it.
        StoreError: there is no room, or no right, to keep others away.
    """
    with (
        shared_with_group(),
        locked(directory_of(path, name) / "lock", f"is syncing with {name}"),
    ):
        yield


@dataclass(slots=True)
class _Sync:
    """One sync of one registry."""

    config: Config
    registry: Registry
    request: Request
    watcher: Watcher
    started: datetime = field(default_factory=lambda: datetime.now(UTC))
    runs: list[RunReport] = field(default_factory=list)
    refused: dict[str, str] = field(default_factory=dict)
    fetched: tuple[str, ...] = ()
    waiting: tuple[str, ...] = ()
    ignored: tuple[Ignored, ...] = ()
    lacking: frozenset[str] = frozenset()
    whole: dict[ListName, datetime] = field(default_factory=dict)  # when its full list came
    warnings: list[str] = field(default_factory=list)
    surges: dict[ListName, Surge] = field(default_factory=dict)  # of all its runs
    stop: SyncError | StoreError | ConfigError | None = None
    version: int = 0  # of the lists, as it began
    planned_from: RegistryState = field(default_factory=RegistryState)
    goes_on: bool = False  # what was asked for is done, and it goes on as on any night

    def run(self) -> None:
        """Do all of it; errors are kept for the report."""
        directory = directory_of(self.config.store.path, self.registry.name)
        try:
            archive = Archive(directory)
            self.version = version_of(self.config.store.path)
            self._fetch(archive)
            with scratch_of(directory) as scratch:
                self._take(archive, scratch)
            self._forget(archive)
        except (StoreError, ConfigError) as error:  # of keys and credentials that cannot be read
            self.stop = error

    def report(self) -> SyncReport:
        """Say what became of it."""
        state = self._known_state()
        feeds = {} if state is None else state.feeds
        stop = self.stop
        return SyncReport(
            registry=self.registry.name,
            started=self.started.isoformat(timespec="milliseconds"),
            ended=datetime.now(UTC).isoformat(timespec="milliseconds"),
            runs=tuple(self.runs),
            refused=self.refused,
            lacking=tuple(sorted(self.lacking)),
            stopped="" if stop is None else str(stop),
            stopped_outcome=None if stop is None else outcome_of(stop),
            next_step="" if stop is None else stop.next_step,
            fetched=self.fetched,
            waiting=self.waiting,
            ignored=self.ignored,
            warnings=tuple(self.warnings),
            last_runs={name: feed.run for name, feed in feeds.items()},
            entries={name: feed.rows for name, feed in feeds.items()},
            applied=None if state is None else max((f.applied for f in feeds.values()), default=""),
            dry=self.request.dry,
        )

    def _state(self) -> RegistryState:
        return registries_of(self.config.store.path).get(self.registry.name, RegistryState())

    def _known_state(self) -> RegistryState | None:
        """Give where the registry is for the report, which tells of it where that is not known."""
        try:
            return self._state()
        except StoreError as error:
            self.stop = self.stop or error
            return None

    def _fetch(self, archive: Archive) -> None:
        """Take what is new; without the source there may still be files that wait here."""
        if not self.request.fetch:
            return
        form = formats.named(self.registry.format)
        try:
            found = fetch(
                self.registry,
                archive,
                lambda name: form.wants(name, self.registry) or manifest.is_manifest(name),
                progress=self.watcher.fetching,
            )
        except SourceError as error:
            self.stop = error
            return
        self.fetched = tuple(file.name for file in found.new)
        self.waiting = found.waiting
        for name, why in found.failed.items():
            if isinstance(why, BundleError):
                self.refused[name] = told(why)
            else:
                self.stop = self.stop or why
        self.warnings += strangers(() if found.waiting else found.listed, self.registry)

    def _take(self, archive: Archive, scratch: Path) -> None:
        """Validate what is here, and apply what can be."""
        found = self._open(archive, scratch)
        usable = found.usable
        planned = self._plan(usable)
        while planned.steps:
            step = planned.steps[0]
            try:
                self._step(archive, step)
            except MovedError:  # somebody rolled back, refused or accepted meanwhile
                planned = self._plan(usable)
                continue
            named = self.request.accepted
            if named is None or named.run == step.bundle.run:
                self.goes_on = True
            if self.request.dry or isinstance(self.stop, StoreError):
                return
            # Where it was not applied, what comes after it may still be reached in another way.
            usable = [bundle for bundle in usable if bundle is not step.bundle]
            planned = self._plan(usable)
        self._note(planned, archive)
        self.warnings += looked_for(found.usable, self.runs, self.waiting, self.registry)
        if not self.request.dry:
            self._settle(archive, found)

    def _open(self, archive: Archive, scratch: Path) -> Opened:
        """Open what no sync is done with; of what an operator names, everything."""
        again = self._come_again({file.name for file in archive.open_files()})
        files = [file for file in archive.files() if self._counts(file) or file.name in again]
        found = opened(files, self.registry, scratch, self.started)
        self.waiting = tuple(dict.fromkeys((*self.waiting, *found.waiting)))
        self.refused |= {name: told(fault) for name, fault in found.faults.items()}
        self.lacking = found.absent
        return found

    def _come_again(self, names: AbstractSet[str]) -> frozenset[str]:
        """Name all files of refused runs of which some came anew; others may be as they were."""
        refused = (set(each.files) for each in self._state().refused)
        return frozenset().union(*(files for files in refused if files & names))

    def _counts(self, file: Archived) -> bool:
        """Tell whether a file is looked at: what no sync is done with, and what is asked for."""
        accepted = self.request.accepted
        recent = self.request.force_full and self.started - file.fetched < _RECENT
        named = accepted is not None and (
            file.name in accepted.files or is_voucher_of(accepted.run, file)
        )
        return not file.settled or recent or named or applied_after(self.version, file)

    def _plan(self, bundles: Sequence[Bundle]) -> Plan:
        accepted = None if self.goes_on else self.request.accepted
        asked = Asked(
            force_full=self.request.force_full and not self.goes_on,
            allow_unpaired=self.request.allow_unpaired,
            pair_wait=timedelta(seconds=self.registry.pair_wait_s),
            accepted=None if accepted is None else (accepted.run, accepted.sha256),
        )
        self.planned_from = self._state()
        planned = plan(self.planned_from, bundles, asked, datetime.now(UTC))
        if planned.stop is not None:
            self._stop(planned, planned.stop)
        return planned

    def _stop(self, planned: Plan, stop: SyncError) -> None:
        """Note why it goes no further: of runs, where it is about some, so that one be refused."""
        outcomes = {run.outcome for run in self.runs}
        # What is held or refused leaves a gap behind it, and so does what was forced back.
        known = {Outcome.HELD, Outcome.REFUSED} & outcomes
        forced = self.request.force_full and (planned.steps or self.goes_on)
        if isinstance(stop, GapError) and (known or forced):
            return
        if planned.wrong:
            self.runs += [refused(bundle, stop) for bundle in planned.wrong]
        else:
            self.stop = self.stop or stop

    def _step(self, archive: Archive, step: Step) -> None:
        """Apply one run, unless it is held or wrong."""
        bundle, request = step.bundle, self.request
        accepted = request.accepted
        named = accepted is not None and accepted.sha256 == bundle.sha256
        how = How(
            accepted=request.reason if named else None,
            repair=request.repair,
            dry=request.dry,
            author=request.author,
            now=self.started,
            progress=self.watcher.reading,
            state=self.planned_from,
            earlier=self.surges,
        )
        try:
            report = apply(self.config, self.registry, step, how)
        except BundleError as error:
            self.runs.append(refused(bundle, error))
            return
        except StoreError as error:
            self.stop = error
            return
        self.runs.append(report)
        if report.version is not None:
            self.whole |= dict.fromkeys(whole(report.lists), bundle.fetched)
            for file in bundle.files:
                archive.settle(file, f"applied: run {bundle.run}, version {report.version}")

    def _note(self, planned: Plan, archive: Archive) -> None:
        """Note what is left in the end."""
        done = {name for run in self.runs if run.version is not None for name in run.files}
        made_up = made_up_for(self.lacking, archive.open_files(), self._state().feeds, self.whole)
        self.lacking -= {name for each in made_up for name in each.files}
        for each in made_up:
            self.refused.pop(each.files[0], None)
        ignored = (*planned.ignored, *made_up)
        self.ignored = tuple(each for each in ignored if not done.issuperset(each.files))
        self.waiting = tuple(dict.fromkeys((*self.waiting, *planned.waiting)))

    def _settle(self, archive: Archive, found: Opened) -> None:
        """Be done with what will never be needed; what is damaged may come again."""
        settle_replaced(archive, found.replaced)
        applies = any(run.version is not None for run in self.runs)
        outdated = refused_before(self.config.store.path, self.registry.name, applies=applies)
        settle(archive, found.bundles, self.ignored, found.damaged, outdated)
        settle_held(archive, found.bundles, self.runs)
        if applies:
            self._be_done_with_what_was_passed()

    def _be_done_with_what_was_passed(self) -> None:
        """Where a later run was applied, what was held before it need not be accepted any more."""
        last = max(at for at, run in enumerate(self.runs) if run.version is not None)
        stamp = self.runs[last].stamp  # what is of a later day was not passed: it is misdated
        passed = [run for run in self.runs[:last] if run.version is None and run.stamp <= stamp]
        for run in passed:
            self.warnings.append(f"run {run.run} was passed over: {run.reason}")
        over = [run for run in passed if run.held]
        self.runs = [replace(r, outcome=Outcome.UP_TO_DATE) if r in over else r for r in self.runs]

    def _forget(self, archive: Archive) -> None:
        if not self.request.dry:
            days = timedelta(days=self.registry.fetch.archive_days)
            archive.forget(self.started - days, keep=frozenset())
