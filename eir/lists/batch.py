"""Rows of numbers, as they go from a file to the store."""

from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np

from eir.lists.digits import Numbers
from eir.lists.ids import Ids
from eir.lists.lines import imei_of
from eir.lists.meanings import Said
from eir.lists.subjects import Kind, Subject

DEVICE: Literal["device"] = "device"


@dataclass(frozen=True, slots=True)
class Stream:
    """Rows that go to one place: of one source and one kind.

    A row of a kind of subjects is its key columns, the id of the entry (0: it is removed), and the
    number of its line. A row of `device` is an IMEI, the id of the text that names its phone, and
    the number of its line.
    """

    source: str
    kind: Kind | Literal["device"]

    @property
    def fields(self) -> tuple[str, ...]:
        """The cells of a line that its key columns are read from."""
        return ("imei",) if self.kind == DEVICE else self.kind.fields


Batch: TypeAlias = dict[Stream, Numbers]  # shape (columns of a row, rows)


class Rows:
    """Collects single lines."""

    def __init__(self) -> None:
        self._lines: list[tuple[Subject, Said, int]] = []

    def add(self, subject: Subject, said: Said, line: int) -> None:
        """Put one line."""
        self._lines.append((subject, said, line))

    def batch(self, ids: Ids) -> Batch:
        """Give the rows of all lines."""
        found: dict[tuple[str, Kind | Literal["device"]], list[tuple[int, ...]]] = {}
        entries, devices = ids.of([said for _, said, _ in self._lines])
        for (subject, said, line), entry, device in zip(self._lines, entries, devices, strict=True):
            source = said.saying.source
            found.setdefault((source, subject.kind), []).append((*subject.columns, entry, line))
            if device and (imei := imei_of(subject)):
                found.setdefault((source, DEVICE), []).append((imei, device, line))
        return {
            Stream(source, kind): np.ascontiguousarray(np.array(rows, np.uint64).T)
            for (source, kind), rows in found.items()
        }


def joined(batches: list[Batch]) -> Batch:
    """Put batches together, stream by stream."""
    streams = dict.fromkeys(stream for batch in batches for stream in batch)
    return {
        stream: np.concatenate([batch[stream] for batch in batches if stream in batch], axis=1)
        for stream in streams
    }
