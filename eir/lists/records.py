"""The records of a piece as the csv module reads them, from any line on."""

import csv
from collections.abc import Iterator

from eir.lists.digits import Places


class Records:
    """Reads one record at a time, and knows where the next line is."""

    def __init__(self, piece: bytes, starts: Places) -> None:
        """Read a piece of which the lines begin at `starts`; the last of them is its end."""
        self.at = 0
        self.wants_more = False
        self._piece = piece
        self._starts = starts.data  # gives plain integers
        self._reader = csv.reader(self, strict=True)

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        """Give a line to the csv module."""
        if self.at == self.count:
            self.wants_more = True
            raise StopIteration
        octets = self._piece[self._starts[self.at] : self._starts[self.at + 1]]
        self.at += 1
        return decoded(octets)

    def read(self, line: int) -> list[str]:
        """Read the record that begins at a line; `at` is the line behind it.

        Raises:
            csv.Error: it is no record; when `wants_more`, because the piece ends within it.
        """
        self.at = line
        return next(self._reader)

    @property
    def count(self) -> int:
        """How many lines the piece has."""
        return len(self._starts) - 1

    def rest(self, line: int) -> bytes:
        """Give what begins at a line."""
        return self._piece[self._starts[line] :]


def read_cells(text: str) -> list[str]:
    """Read cells that are no line: they stand as behind a comma, and there may be one empty one.

    Raises:
        csv.Error: quotes are wrong or stay open.
    """
    if '"' not in text:
        return text.split(",")
    return next(csv.reader([f",{text}"], strict=True))[1:]


def decoded(octets: bytes) -> str:
    """Decode text; octets that are not UTF-8 become surrogates, which make a line wrong."""
    return octets.decode(errors="surrogateescape")
