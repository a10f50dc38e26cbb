"""Reads list files: as the program does, and in the slow and obvious way, to compare."""

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from eir.lists.batch import DEVICE, Stream
from eir.lists.columns import read_header
from eir.lists.csv_file import CsvFile, LineReader
from eir.lists.faults import Fault, Faults
from eir.lists.lines import imei_of
from eir.lists.meanings import Meanings, Said
from eir.lists.names import ListName
from eir.lists.subjects import Subject
from eir.store.layout import Truth
from eir.store.rows import Entry

# A row: its stream, its key columns, what it says, its line.
Row = tuple[Stream, tuple[int, ...], Entry | str | None, int]


@dataclass(slots=True)
class Interned:
    """Gives ids in order of first use, and remembers what they stand for."""

    said: list[Entry | str] = field(default_factory=list)

    def intern(self, said: Sequence[Entry | str]) -> list[int]:
        first = len(self.said) + 1
        self.said += said
        return list(range(first, len(self.said) + 1))


@dataclass(slots=True)
class Read:
    """What was read; rows by line."""

    rows: list[Row]
    faults: list[Fault]
    total: int
    hash: str = ""
    interned: int = 0

    @property
    def keys(self) -> list[tuple[int, ...]]:
        return [row[1] for row in self.rows]

    @property
    def lines(self) -> list[int]:
        return [row[3] for row in self.rows]

    @property
    def entries(self) -> list[Entry | str | None]:
        return [row[2] for row in self.rows]


def read(
    octets: bytes, name: ListName = ListName.PROHIBITED, *, piece_octets: int = 1 << 20
) -> Read:
    """Read a file as the program does."""
    ids, rows = Interned(), []
    file = CsvFile(io.BytesIO(octets), read=lambda _: None, piece_octets=piece_octets)
    for batch in file.batches(Truth(name, "local"), ids.intern, ids.intern):
        for stream, columns in batch.items():
            for *key, said, line in columns.T.tolist():
                rows.append((stream, tuple(key), ids.said[said - 1] if said else None, line))
    return Read(_by_line(rows), file.faults.shown, file.faults.total, file.hash, len(set(ids.said)))


def read_slowly(octets: bytes, name: ListName) -> Read:
    """Read a file by the csv module, line after line."""
    text = io.TextIOWrapper(
        io.BytesIO(octets), encoding="utf-8-sig", errors="surrogateescape", newline=""
    )
    lines = csv.reader(text, strict=True)
    columns = read_header(next(lines))
    rows, faults = list[Row](), Faults()
    meanings = Meanings(columns.beside, Truth(name, "local"))
    is_whole = octets.endswith((b"\n", b"\r"))
    reader = LineReader(columns, name, meanings)
    while True:
        try:
            cells = next(lines)
            is_last = lines.line_num == len(octets.splitlines())
            if named := reader.read(cells, is_cut=is_last and not is_whole):
                rows += _rows(*named, lines.line_num)
        except StopIteration:
            break
        except (csv.Error, ValueError) as error:
            faults.add(lines.line_num, str(error))
    if not is_whole:
        faults.cut_short(lines.line_num)
    return Read(_by_line(rows), faults.shown, faults.total)


def _rows(subject: Subject, said: Said, line: int) -> Iterator[Row]:
    saying = said.saying
    yield Stream(saying.source, subject.kind), subject.columns, saying.entry, line
    if said.device and (imei := imei_of(subject)):
        yield Stream(saying.source, DEVICE), (imei,), said.device, line


def _by_line(rows: list[Row]) -> list[Row]:
    return sorted(rows, key=lambda row: (row[3], row[0].kind, row[1]))
