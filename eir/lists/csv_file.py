"""A CSV file as fixed-size records: key, row id, line number.

The loop over the lines is the inner loop of every load, so it makes no object a line but the
record; what the columns beside the IMEI say is parsed once for each different text.
"""

import csv
import hashlib
import io
from collections.abc import Callable, Iterator
from typing import BinaryIO, TypeAlias

from eir.errors import ListFileError
from eir.lists.cells import is_removal, parse_identity, parse_instant, parse_reason
from eir.lists.columns import Columns, read_header
from eir.lists.faults import Faults
from eir.store.keys import ID_OCTETS, KEY_OCTETS, TOMBSTONE

LINE_OCTETS = 4
RECORD_OCTETS = KEY_OCTETS + ID_OCTETS + LINE_OCTETS
_ROW_IDS_KEPT = 100_000
_BUFFER_OCTETS = 1 << 18

# Gives the id of the row of a line: reason, effective and expires (UTC seconds) as parsed.
RowId: TypeAlias = Callable[[str, int | None, int | None], bytes]


class CsvFile:
    """One file of one list, read once from its start to its end."""

    def __init__(self, file: BinaryIO, *, read: Callable[[int], None]) -> None:
        """Read the header.

        Args:
            file: the octets.
            read: is told how many octets have been read so far.

        Raises:
            ListFileError: it has no header that we understand.
        """
        self._octets = _Hashed(file, read)
        buffered = io.BufferedReader(self._octets, _BUFFER_OCTETS)
        # Octets that are not UTF-8 become surrogates, and the line that has them is wrong.
        text = io.TextIOWrapper(
            buffered, encoding="utf-8-sig", errors="surrogateescape", newline=""
        )
        self._lines = csv.reader(text, strict=True)
        self.columns = read_header(self._header())
        self.faults = Faults()

    @property
    def hash(self) -> str:
        """SHA-256 of what has been read, in hex."""
        return self._octets.hash.hexdigest()

    def records(self, row_id: RowId) -> Iterator[bytes]:
        """Give a record for each good line; the others are in `faults` at the end.

        A removal has the id `TOMBSTONE`.
        """
        lines, count, imei = self._lines, self.columns.count, self.columns.imei
        row_ids = _RowIds(self.columns, row_id)
        for cells in self._rows():
            if len(cells) != count:
                self._refuse(cells, f"{len(cells)} cells, and the header has {count}")
                continue
            text = cells.pop(imei)
            try:
                if not (14 <= len(text) <= 16 and text.isascii() and text.isdecimal()):
                    text = parse_identity(text)
                found = row_ids[tuple(cells)]
            except ValueError as error:
                self._refuse([text, *cells], str(error))
                continue
            key = int(text[:14]).to_bytes(KEY_OCTETS, "big")
            yield key + found + lines.line_num.to_bytes(LINE_OCTETS, "big")
        if not self._octets.ended_with_newline:
            self.faults.cut_short(lines.line_num)

    def _rows(self) -> Iterator[list[str]]:
        """Give the cells of each line."""
        while True:
            try:
                yield from self._lines
            except csv.Error as error:
                self.faults.add(self._lines.line_num, str(error))
            else:
                return

    def _refuse(self, cells: list[str], reason: str) -> None:
        """Note a wrong line, unless it is blank: spreadsheets leave lines of commas."""
        if any(cell.strip() for cell in cells):
            self.faults.add(self._lines.line_num, reason)

    def _header(self) -> list[str]:
        try:
            cells = next(self._lines, None)
        except csv.Error as error:
            raise ListFileError(
                f"the header cannot be read: {error}", next_step="mend the quotes of its first line"
            ) from None
        if cells is None:
            raise ListFileError(
                "the file is empty", next_step="the first line names the columns, at least imei"
            )
        if "\udcff" in cells[0] or "\udcfe" in cells[0] or "\0" in cells[0]:
            raise ListFileError("the file is UTF-16", next_step="save it as UTF-8")
        return cells


class _RowIds(dict[tuple[str, ...], bytes]):
    """The row id for what the cells beside the IMEI say; parsed when it is first met."""

    def __init__(self, columns: Columns, row_id: RowId) -> None:
        super().__init__()
        self._names = columns.beside_imei
        self._row_id = row_id

    def __missing__(self, cells: tuple[str, ...]) -> bytes:
        if len(self) >= _ROW_IDS_KEPT:
            self.clear()
        found = self[cells] = self._parse(dict(zip(self._names, cells, strict=True)))
        return found

    def _parse(self, said: dict[str, str]) -> bytes:
        if "op" in said and is_removal(said["op"]):
            return TOMBSTONE  # what a removal says beside that does not matter
        effective = parse_instant(said.get("effective", ""))
        expires = parse_instant(said.get("expires", ""))
        if effective is not None and expires is not None and expires <= effective:
            raise ValueError("the entry expires before it is effective")
        return self._row_id(parse_reason(said.get("reason", "")), effective, expires)


class _Hashed(io.RawIOBase):
    """Hashes and counts what is read through it."""

    def __init__(self, file: BinaryIO, read: Callable[[int], None]) -> None:
        super().__init__()
        self.hash = hashlib.sha256()
        self.ended_with_newline = True
        self._file = file
        self._read = read
        self._count = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        try:
            octets = self._file.read(len(buffer))
        except OSError as error:
            raise ListFileError(f"the file cannot be read: {error.strerror}") from None
        if octets:
            buffer[: len(octets)] = octets
            self.hash.update(octets)
            self.ended_with_newline = octets.endswith((b"\n", b"\r"))
            self._count += len(octets)
            self._read(self._count)
        return len(octets)
