"""One file into the store: all of it in one version, or nothing."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import BinaryIO, TypeAlias

from eir.errors import ListFileError, UsageError
from eir.lists.csv_file import CsvFile
from eir.lists.faults import Faults
from eir.lists.sorted_lines import SortedLines
from eir.store.catalog import Difference
from eir.store.changes import Tally
from eir.store.journal import Action, Counts, Record
from eir.store.layout import Truth, truth_of
from eir.store.session import writing
from eir.store.view import ListView
from eir.store.writer import ListWriter, noted_differences

# Told how many octets of the file have been read.
Progress: TypeAlias = Callable[[int], None]


class Mode(StrEnum):
    """How a file relates to what is loaded."""

    FULL = "full"  # it is the whole list of its source
    DELTA = "delta"  # it says what to put and what to remove


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked of a load.

    Attributes:
        truth: the list and the source that the file speaks for.
        mode: None where the file itself says so, by an `op` column.
        author: the operating system's user.
        file: its name, for messages and the journal.
        max_bad: so many wrong lines may be left out.
        allow_empty: a full file without entries may empty the list.
        action: what the journal calls it.
        reason: why, for the journal.
    """

    truth: Truth
    mode: Mode | None
    author: str
    file: str
    max_bad: int = 0
    allow_empty: bool = False
    action: Action = Action.LOAD
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a load did.

    Attributes:
        version: the version that serves now.
        mode: as given, or as the file said.
        counts: of entries and lines.
        changed: False when the file says what is already loaded, and no version was made.
        faults: the lines that were left out.
    """

    version: int
    mode: Mode
    counts: Counts
    changed: bool
    faults: Faults


def load(
    path: Path,
    file: BinaryIO,
    request: Request,
    *,
    progress: Progress,
    history_days: int | None = None,
) -> Outcome:
    """Load a file into the store at `path` (`store.path`).

    Raises:
        UsageError: the mode is missing, or contradicts the file.
        ListFileError: the file is wrong; nothing of it was applied.
        StoreBusyError: another process is loading.
        StoreError: the store cannot be written.
    """
    with _noted(path, file, request, progress, history_days) as noted:
        outcome = noted.outcome
        if not outcome.changed:
            return outcome
        record = noted.writer.commit(record_of(request, outcome, noted.file_hash))
    return replace(outcome, version=record.version)


@contextmanager
def suppose(
    path: Path, file: BinaryIO, request: Request, *, progress: Progress
) -> Iterator["Supposed"]:
    """Load a file into the store at `path` for as long as the block lasts; then it never was.

    Raises:
        as `load` does.
    """
    with _noted(path, file, request, progress, None) as noted:
        yield Supposed(noted.writer, noted.outcome)


class Supposed:
    """The lists as they would be.

    Attributes:
        outcome: what the load would do; its version is the one that serves.
    """

    def __init__(self, writer: ListWriter, outcome: Outcome) -> None:
        self.outcome = outcome
        self._writer = writer

    def differences(self) -> Iterator[Difference]:
        """Give every entry that would change."""
        yield from noted_differences(self._writer)

    def view(self) -> ListView:
        """Apply the file, and look at the lists then; the last thing to be done."""
        self._writer.apply()
        return self._writer.view()


@dataclass(frozen=True, slots=True)
class _Noted:
    """A file that was read and compared."""

    writer: ListWriter
    outcome: Outcome
    file_hash: str


@contextmanager
def _noted(
    path: Path,
    file: BinaryIO,
    request: Request,
    progress: Progress,
    history_days: int | None,
) -> Iterator[_Noted]:
    """Read a file and note what it changes."""
    lines = open_file(file, request, progress)
    mode = mode_of(request, has_operations=lines.columns.has_operations)
    with writing(path, history_days=history_days) as writer:
        tally = Tally()
        duplicates = _compare(writer, lines, request, mode, tally)
        counts = tally.counts(duplicates=duplicates, bad=lines.faults.total)
        first = not writer.version and mode is Mode.FULL
        changed = bool(writer.changed) or first
        yield _Noted(
            writer, Outcome(writer.version, mode, counts, changed, lines.faults), lines.hash
        )


def open_file(file: BinaryIO, request: Request, progress: Progress) -> CsvFile:
    """Read the header of a file.

    Raises:
        ListFileError: it has none that we understand.
    """
    try:
        return CsvFile(file, read=progress)
    except ListFileError as error:
        raise ListFileError(f"{request.file}: {error}", next_step=error.next_step) from None


def mode_of(request: Request, *, has_operations: bool) -> Mode:
    """Say how a file relates to what is loaded, by what was asked and what it has."""
    match request.mode, has_operations:
        case Mode.FULL, True:
            raise UsageError(
                f"{request.file} has an op column, so it is no full list",
                next_step="load it with --mode delta, or leave the column out",
            )
        case None, False:
            raise UsageError(
                f"is {request.file} the whole list, or does it add to what is loaded?",
                next_step="say --mode full or --mode delta",
            )
        case None, True:
            return Mode.DELTA
    assert request.mode is not None  # noqa: S101 - both cases of None are above
    return request.mode


def _compare(writer: ListWriter, lines: CsvFile, request: Request, mode: Mode, tally: Tally) -> int:
    """Read the whole file and note what it changes; return how many lines repeat others.

    Raises:
        ListFileError: lines are wrong or contradict each other, or there are none.
    """
    truth = request.truth
    sorted_lines = SortedLines(writer.scratch)
    for batch in lines.batches(truth, writer.intern_all, writer.intern_texts):
        sorted_lines.add(batch)
    refuse_bad(lines.faults, file=request.file, max_bad=request.max_bad)
    match mode:
        case Mode.FULL:
            sources = sorted_lines.sources or {truth.source}
            every = (map_name for source in sources for map_name in Truth(truth.list, source).maps)
            for name in sorted(every):
                writer.replace_all(
                    name, sorted_lines.take(truth.list, name), _tally_of(name, tally)
                )
        case Mode.DELTA:
            for name in sorted_lines.names(truth.list):
                writer.amend(name, sorted_lines.take(truth.list, name), _tally_of(name, tally))
    refuse_conflicts(sorted_lines.conflicts, request, "equipment")
    if mode is Mode.FULL and not sorted_lines.count and not request.allow_empty:
        raise ListFileError(
            f"{request.file}: no entry, {_loss(tally.removed)}; nothing was applied",
            next_step="if the list is meant to be empty, pass --allow-empty",
        )
    return sorted_lines.duplicates


def _tally_of(name: str, tally: Tally) -> Tally:
    """Count entries, and nothing beside them."""
    return tally if truth_of(name) else Tally()


def _loss(count: int) -> str:
    """Say what becomes of a list when a file without entries is loaded in full."""
    match count:
        case 0:
            return "and the list has none either"
        case 1:
            return "so the only one of this list would go"
        case _:
            return f"so all {count:,} of this list would go"


def refuse_conflicts(conflicts: Faults, request: Request, what: str) -> None:
    """Refuse a file whose lines contradict each other."""
    if conflicts.total:
        lines = "1 line contradicts another"
        if conflicts.total > 1:
            lines = f"{conflicts.total} lines contradict others"
        raise ListFileError(
            f"{request.file}: {lines}, nothing was applied\n{conflicts}",
            next_step=f"leave one line for each {what}",
        )


def refuse_bad(faults: Faults, *, file: str, max_bad: int) -> None:
    """Refuse a file with more wrong lines than may be left out, or of which the end is missing."""
    if faults.refuse_file(max_bad):
        bad = "1 bad line" if faults.total == 1 else f"{faults.total} bad lines"
        raise ListFileError(
            f"{file}: {bad}, nothing was applied\n{faults}",
            next_step=faults.next_step,
        )


def record_of(request: Request, outcome: Outcome, file_hash: str) -> Record:
    """Say what the journal shall say of a load."""
    return Record(
        version=0,
        at=datetime.now(UTC).isoformat(timespec="seconds"),
        author=request.author,
        list=request.truth.list,
        source=request.truth.source,
        mode=outcome.mode,
        file=request.file,
        file_hash=file_hash,
        counts=outcome.counts,
        action=request.action,
        reason=request.reason,
    )
