"""A CSV file of a delivery as cells, so that faults can change its lines."""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final, Self

from tools.registry.faults.fault import FaultError
from tools.registry.parcel import File, table

IMEI: Final = ("imei", "device id")  # what registries call it, in lower case
DAY: Final = ("block_date", "effective", "reporting_date")
OPERATION: Final = ("op", "operation", "change_type")
REASONS: Final = ("reasons", "reason")
IMSI: Final = ("imsi",)

_REMOVALS: Final = {
    "add": "remove",
    "Add": "Delete",
    "added": "removed",
    "blocked": "unblocked",
    "new": "resolved",
}  # the words of all registries for a new line, and for one that goes


@dataclass(frozen=True, slots=True)
class Sheet:
    """The lines of a CSV file."""

    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    line_end: str

    @classmethod
    def of(cls, file: File) -> Self:
        """Read a file.

        Raises:
            FaultError: another fault has left nothing to be read.
        """
        try:
            text = file.octets.decode()
            header, *rows = map(tuple, csv.reader(io.StringIO(text, newline="")))
        except ValueError:
            raise FaultError("another fault has left nothing that could be changed") from None
        return cls(header, tuple(rows), "\r\n" if b"\r\n" in file.octets else "\n")

    def written(self, file: File) -> File:
        """Put the lines into the place of those that the file had."""
        octets, rows = table(self.header, self.rows, line_end=self.line_end)
        return replace(file, octets=octets, rows=rows)

    def place(self, names: Sequence[str]) -> int:
        """Find a column by one of its names.

        Raises:
            FaultError: the file has no such column.
        """
        for place, name in enumerate(self.header):
            if name.lower() in names:
                return place
        raise FaultError(f"no column is called {' or '.join(names)} in this kind of file")

    def has(self, names: Sequence[str]) -> bool:
        """Tell whether it has a column of one of these names."""
        return any(name.lower() in names for name in self.header)

    def with_cell(self, row: tuple[str, ...], names: Sequence[str], cell: str) -> tuple[str, ...]:
        """Put another cell into a line."""
        place = self.place(names)
        return *row[:place], cell, *row[place + 1 :]

    def adding(self) -> list[tuple[str, ...]]:
        """Give the lines that put something new on the list."""
        if not self.has(OPERATION):
            return list(self.rows)
        place = self.place(OPERATION)
        return [row for row in self.rows if row[place] in _REMOVALS]

    def removal(self, row: tuple[str, ...]) -> tuple[str, ...]:
        """Make a removal of a line that puts something new on the list."""
        if not self.has(OPERATION):
            return row
        return self.with_cell(row, OPERATION, _REMOVALS[row[self.place(OPERATION)]])
