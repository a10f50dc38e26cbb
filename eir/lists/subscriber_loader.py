"""The map of IMSI to MSISDN: neither MAP nor S13 carries the number of a subscriber.

Its files are list files with the columns imsi and msisdn, and op in a delta.
"""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO

import numpy as np

from eir.errors import ListFileError
from eir.lists.csv_file import CsvFile
from eir.lists.faults import Faults
from eir.lists.ids import no_ids
from eir.lists.loader import (
    Mode,
    Outcome,
    Progress,
    Request,
    mode_of,
    open_file,
    record_of,
    refuse_bad,
    refuse_conflicts,
)
from eir.lists.subjects import Kind
from eir.store.arrays import Entries, repeats
from eir.store.changes import Tally
from eir.store.journal import Action
from eir.store.layout import SUBSCRIBERS
from eir.store.runs import Sorter
from eir.store.session import writing

_COLUMNS = {"imsi", "msisdn", "op"}
_IMSI, _MSISDN, _ENTRY, _LINE = 1, 2, 3, 4  # rows of a pair's array


def load_subscribers(
    path: Path,
    file: BinaryIO,
    request: Request,
    *,
    progress: Progress,
    history_days: int | None = None,
) -> Outcome:
    """Load a file of subscribers into the store at `path` (`store.path`).

    Raises:
        UsageError: the mode is missing, or contradicts the file.
        ListFileError: the file is wrong; nothing of it was applied.
        StoreBusyError: another process is loading.
        StoreError: the store cannot be written.
    """
    lines = open_file(file, request, progress)
    if not {"imsi", "msisdn"} <= set(lines.columns.names) <= _COLUMNS:
        raise ListFileError(
            f"{request.file}: a file of subscribers has the columns imsi and msisdn, and may have"
            f" op; this one has {', '.join(lines.columns.names)}",
            next_step="leave the others out",
        )
    mode = mode_of(request, has_operations=lines.columns.has_operations)
    with writing(path, history_days=history_days) as writer:
        read = _Numbers(lines, request)
        found = Sorter(writer.scratch, "subscribers", keys=1, settle=read.settle)
        for part in read:
            found.add(part)
        refuse_bad(lines.faults, file=request.file, max_bad=request.max_bad)
        tally = Tally()
        sorted_lines = (part[:2] for part in found)
        if mode is Mode.FULL:
            writer.replace_all(SUBSCRIBERS, sorted_lines, tally)
        else:
            writer.amend(SUBSCRIBERS, sorted_lines, tally)
        refuse_conflicts(read.conflicts, request, "subscriber")
        counts = tally.counts(duplicates=read.duplicates, bad=lines.faults.total)
        outcome = Outcome(writer.version, mode, counts, bool(writer.changed), lines.faults)
        if not outcome.changed:
            return outcome
        if mode is Mode.FULL and not read.count and not request.allow_empty:
            raise ListFileError(
                f"{request.file}: no subscriber, so the {counts.removed} of the map would all go;"
                " nothing was applied",
                next_step="if the map is meant to be empty, pass --allow-empty",
            )
        said = record_of(request, outcome, lines.hash)
        record = writer.commit(replace(said, list=None, source="", action=Action.SUBSCRIBERS))
    return Outcome(record.version, mode, counts, changed=True, faults=lines.faults)


class _Numbers:
    """The lines as arrays of IMSI, MSISDN and line; 0 for a number that goes."""

    def __init__(self, lines: CsvFile, request: Request) -> None:
        self.count = 0
        self.duplicates = 0
        self.conflicts = Faults()
        self._lines = lines
        self._truth = request.truth

    def __iter__(self) -> Iterator[Entries]:
        for batch in self._lines.batches(self._truth, no_ids, no_ids):
            for stream, rows in batch.items():
                if stream.kind is Kind.PAIR:
                    yield self._read(rows)

    def _read(self, rows: Entries) -> Entries:
        """Take the numbers; a line without one of them is wrong, unless it removes."""
        removes = rows[_ENTRY] == 0
        wrong = (rows[_IMSI] == 0) | (~removes & (rows[_MSISDN] == 0))
        for line in rows[_LINE, wrong].tolist():
            self._lines.faults.add(line, "a subscriber has an imsi and an msisdn")
        numbers = np.where(removes, np.uint64(0), rows[_MSISDN])
        good = np.stack((rows[_IMSI], numbers, rows[_LINE]))[:, ~wrong]
        self.count += good.shape[1]
        return good

    def settle(self, found: Entries) -> Entries:
        """Leave the first line of each IMSI; note what the others say."""
        again = repeats(found, 1)
        for place in np.flatnonzero(again).tolist():
            if found[1, place] == found[1, place - 1]:
                self.duplicates += 1
                continue
            lines = sorted(found[2, place - 1 : place + 1].tolist())
            self.conflicts.add(
                lines[1], f"the same subscriber as line {lines[0]}, but another number"
            )
        return found[:, ~again]
