"""A CSV file as rows of numbers: key columns, id of the entry, line.

A piece of the file at a time is read as arrays. The lines that are not plain there go one by one
through the csv module, and what a line means is defined for those; a plain line means the same.
"""

import csv
import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import BinaryIO

import numpy as np

from eir.errors import ListFileError
from eir.lists.batch import Batch, Rows, joined
from eir.lists.columns import Columns, read_header
from eir.lists.dialect import OURS, Dialect
from eir.lists.digits import Mask, line_starts
from eir.lists.faults import Faults
from eir.lists.ids import Ids, Intern, InternTexts
from eir.lists.lines import read_subject, refuse_cut, version_of
from eir.lists.meanings import Beside, Meanings, Said
from eir.lists.names import ListName
from eir.lists.pieces import Pieces
from eir.lists.plain import PlainReader
from eir.lists.records import Records, decoded
from eir.lists.subjects import Subject
from eir.store.layout import Truth

_PIECE_OCTETS = 1 << 22
_BOM = b"\xef\xbb\xbf"


class CsvFile:
    """One file of one list, read once from its start to its end."""

    def __init__(
        self,
        file: BinaryIO,
        *,
        read: Callable[[int], None],
        piece_octets: int = _PIECE_OCTETS,
        before: int = 0,
    ) -> None:
        """Read the header.

        Args:
            file: the octets.
            read: is told how many octets have been read so far.
            piece_octets: how many to read at once.
            before: added to the number of every line, where several files count as one.

        Raises:
            ListFileError: it has no header that we understand.
        """
        self.faults = Faults()
        self._pieces = Pieces(file, read, piece_octets)
        self._line = before  # how many lines have been read, and those that count before
        self.columns: Columns = read_header(self._header())

    @property
    def hash(self) -> str:
        """SHA-256 of what has been read, in hex."""
        return self._pieces.hash.hexdigest()

    @property
    def ends_with_newline(self) -> bool:
        """Whether what has been read ends where a line does."""
        return self._pieces.ended_with_newline

    @property
    def last_cells(self) -> list[str]:
        """The cells of the last line by itself; none where it is blank, or cannot be read."""
        lines = self._pieces.end.splitlines()
        try:
            return next(csv.reader([decoded(lines[-1])], strict=True), []) if lines else []
        except csv.Error:
            return []

    def batches(
        self,
        truth: Truth,
        intern: Intern,
        intern_texts: InternTexts,
        dialect: Dialect = OURS,
    ) -> Iterator[Batch]:
        """Give the rows of the good lines; the others are in `faults` at the end.

        Args:
            truth: the list, and the source of the lines that name none.
            intern: gives the ids of entries; asked once for what many lines say.
            intern_texts: gives the ids of the names of devices.
            dialect: how the source writes.

        Raises:
            ListFileError: the file cannot be read further.
        """
        meanings = Meanings(self.columns.beside, truth, dialect)
        ids = Ids(intern, intern_texts)
        plain = PlainReader(self.columns, truth.list, meanings, ids)
        single = LineReader(self.columns, truth.list, meanings)
        while piece := self._pieces.take():
            with _no_collector():
                batch = self._batch(piece, plain, single, ids)
            if batch:
                yield batch
        if not self._pieces.ended_with_newline:
            self.faults.cut_short(self._line)

    def _batch(self, piece: bytes, plain: PlainReader, single: "LineReader", ids: Ids) -> Batch:
        """Read the lines of a piece, or those of them that end in it."""
        starts = line_starts(piece)
        lines = plain.read(piece, starts)
        wanted = lines.plain
        rows = Rows()
        done = self._read_others(Records(piece, starts), wanted, single, rows)
        batch = joined([lines.rows(wanted, before=self._line), rows.batch(ids)])
        self._line += done
        return batch

    def _read_others(self, records: Records, plain: Mask, single: "LineReader", rows: Rows) -> int:
        """Read the lines that are not plain, and return how many lines of the piece are done.

        A line that opens quotes takes others with it that look plain, so they no longer are.
        """
        for line in np.flatnonzero(~plain).tolist():
            if line < records.at:
                continue
            try:
                cells = records.read(line)
                if named := single.read(cells, is_cut=records.at == records.count and self._is_cut):
                    rows.add(*named, self._line + records.at)
            except (csv.Error, ValueError) as error:
                if records.wants_more and not self._pieces.ended:
                    self._pieces.put_back(records.rest(line))
                    plain[line:] = False
                    return line
                self.faults.add(self._line + records.at, str(error))
            if records.at > line + 1:
                plain[line : records.at] = False
        return records.count

    @property
    def _is_cut(self) -> bool:
        """Whether the last line of this piece has no end."""
        return self._pieces.ended and not self._pieces.ended_with_newline

    def _header(self) -> list[str]:
        """Read the first record; what is behind it waits."""
        while True:
            octets = self._pieces.take()
            piece = octets.removeprefix(_BOM)
            if not piece:
                raise ListFileError(
                    "the file is empty",
                    next_step="the first line names the columns, at least imei",
                )
            records = Records(piece, line_starts(piece))
            try:
                cells = records.read(0)
            except csv.Error as error:
                if not records.wants_more or self._pieces.ended:
                    raise ListFileError(
                        f"the header cannot be read: {error}",
                        next_step="mend the quotes of its first line",
                    ) from None
                self._pieces.put_back(octets)
            else:
                self._pieces.put_back(records.rest(records.at))
                self._line += records.at
                return _not_utf_16(cells)


class LineReader:
    """Reads one line as its cells: the definition of what a line means."""

    def __init__(self, columns: Columns, name: ListName, meanings: Meanings) -> None:
        self._count = columns.count
        self._keys = [(name, columns.names.index(name)) for name in columns.keys]
        self._beside = [columns.names.index(name) for name in columns.beside]
        self._name = name
        self._meanings = meanings

    def read(self, cells: list[str], *, is_cut: bool) -> tuple[Subject, Said] | None:
        """Give what a line is about and says; None where it is blank, as spreadsheets leave some.

        Args:
            cells: of the line.
            is_cut: the file ends, and the line does not.

        Raises:
            ValueError: it is wrong; the reason.
        """
        if not any(map(str.strip, cells)):
            return None
        if len(cells) != self._count:
            raise ValueError(f"{len(cells)} cells, and the header has {self._count}")
        subject = read_subject({key: cells[place] for key, place in self._keys}, self._name)
        if is_cut:
            refuse_cut(subject)
        beside = tuple(cells[place] for place in self._beside)
        return subject, self._meanings.read(Beside(beside, subject.kind, version_of(subject)))


@contextmanager
def _no_collector() -> Iterator[None]:
    """Do without the collector of cyclic garbage.

    Of what a piece says many objects are made at once, all of which stay: the collector would walk
    through them again and again, which takes as long as making them.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def _not_utf_16(cells: list[str]) -> list[str]:
    start = cells[0] if cells else ""
    if "\udcff" in start or "\udcfe" in start or "\0" in start:
        raise ListFileError("the file is UTF-16", next_step="save it as UTF-8")
    return cells
