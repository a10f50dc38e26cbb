"""Rows of numbers, as they go from a file to the store."""

from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
import numpy.typing as npt

from eir.lists.lines import imei_of
from eir.lists.meanings import Said
from eir.lists.subjects import Kind, Subject

DEVICE: Literal["device"] = "device"

Numbers: TypeAlias = npt.NDArray[np.uint64]


@dataclass(frozen=True, slots=True)
class Stream:
    """Rows that go to one place: of one source and one kind.

    A row of a kind of subjects is its key columns, the id of the entry (0: it is removed), and the
    number of its line. A row of `device` is an IMEI, the id of the text that names its phone, and
    the number of its line.
    """

    source: str
    kind: Kind | Literal["device"]


Batch: TypeAlias = dict[Stream, Numbers]  # shape (columns of a row, rows)


class Rows:
    """Collects single rows."""

    def __init__(self) -> None:
        self._rows: dict[Stream, list[tuple[int, ...]]] = {}

    def add(self, subject: Subject, said: Said, line: int) -> None:
        """Put the rows of one line."""
        row = (*subject.columns, said.entry, line)
        self._rows.setdefault(Stream(said.source, subject.kind), []).append(row)
        if said.device and (imei := imei_of(subject)):
            row = (imei, said.device, line)
            self._rows.setdefault(Stream(said.source, DEVICE), []).append(row)

    def take(self) -> Batch:
        """Give what has been collected, and begin anew."""
        rows, self._rows = self._rows, {}
        return {
            stream: np.ascontiguousarray(np.array(of_stream, np.uint64).T)
            for stream, of_stream in rows.items()
        }


def joined(batches: list[Batch]) -> Batch:
    """Put batches together, stream by stream."""
    streams = dict.fromkeys(stream for batch in batches for stream in batch)
    return {
        stream: np.concatenate([batch[stream] for batch in batches if stream in batch], axis=1)
        for stream in streams
    }
