"""The lines of a file, sorted: each subject once, and which lines repeat or contradict others."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeAlias

import numpy as np

from eir.lists.batch import DEVICE, Batch, Stream
from eir.lists.faults import Faults
from eir.lists.names import ListName
from eir.lists.subjects import Kind
from eir.store.arrays import Entries, repeats
from eir.store.layout import Truth, keys_of
from eir.store.runs import RUN_ENTRIES, Sorter

# An entry's id has 32 bits, as `interning` sees to, and so has what is left for its line. Behind
# the last line that has a number of its own, all lines share that.
_LINE_BITS = np.uint64(32)
_LAST_LINE = np.uint64((1 << 32) - 1)

UNORDERED = (1 << 32) - 1  # in place of an id, and never one: nobody knows which line counts

# Of two ids that lines give one subject, which one counts, or UNORDERED; None: they contradict each
# other. It is asked pairwise and in no order.
Resolve: TypeAlias = Callable[[int, int], int | None]


def refuse(_one: int, _other: int) -> None:
    """Let lines contradict each other."""


class SortedLines:
    """Sorts what a file says, by the map that it goes to.

    Attributes:
        count: subjects, each counted once.
        duplicates: lines that say what another one says.
        conflicts: lines that contradict another one.
        unordered: subjects of which nobody knows which line counts; they are left out.
    """

    def __init__(
        self,
        directory: Path,
        *,
        run_entries: int = RUN_ENTRIES,
        resolve: Resolve = refuse,
        named: Callable[[int], str] = "line {}".format,
    ) -> None:
        """Sort with scratch files.

        Args:
            directory: for them.
            run_entries: so many are held in memory.
            resolve: decides between lines about one subject.
            named: names a line by its number.
        """
        self.count = 0
        self.duplicates = 0
        self.unordered = 0
        self._resolve = resolve
        self._named = named
        self.conflicts = Faults()
        self._directory = directory
        self._run_entries = run_entries
        self._sorters: dict[Stream, Sorter] = {}

    @property
    def sources(self) -> set[str]:
        """Who says something."""
        return {stream.source for stream in self._sorters}

    def names(self, name: ListName) -> list[str]:
        """Name the maps that lines go to, if they are of this list."""
        return sorted(_map_of(name, stream) for stream in self._sorters)

    def add(self, batch: Batch) -> None:
        """Take the rows of some lines."""
        for stream, rows in batch.items():
            # Value and line in one number: the entry's key, then whatever is to be carried.
            packed = rows[-2] << _LINE_BITS | np.minimum(rows[-1], _LAST_LINE)
            self._sorter(stream).add(np.concatenate((rows[:-2], packed[None])))
            if stream.kind is Kind.EQUIPMENT:
                self._remove_devices(stream, rows)
        while sum(sorter.held for sorter in self._sorters.values()) > self._run_entries:
            max(self._sorters.values(), key=lambda sorter: sorter.held).spill()

    def take(self, name: ListName, map_name: str) -> Iterator[Entries]:
        """Give the sorted lines of one map: key columns, and the value, 0 for a removal."""
        for stream, sorter in self._sorters.items():
            if _map_of(name, stream) == map_name:
                for part in sorter:
                    part[-1] >>= _LINE_BITS
                    if (lost := part[-1] == UNORDERED).any():
                        self.unordered += int(lost.sum())
                        part = part[:, ~lost]  # noqa: PLW2901 - less of the same
                    if stream.kind is not DEVICE:
                        self.count += part.shape[1]
                    yield part

    def _remove_devices(self, stream: Stream, rows: Entries) -> None:
        """Whoever takes an equipment off a list takes it from its phone, too."""
        removed = rows[:, rows[-2] == 0]
        if removed.shape[1]:
            packed = np.minimum(removed[-1], _LAST_LINE)
            devices = self._sorter(Stream(stream.source, DEVICE))
            devices.add(np.stack((removed[0], packed)))

    def _sorter(self, stream: Stream) -> Sorter:
        if stream not in self._sorters:
            keys = keys_of(_map_of(ListName.PROHIBITED, stream))
            counted = stream.kind is not DEVICE

            def settle(found: Entries) -> Entries:
                return self._settle(found, keys, counted=counted)

            name = f"{stream.source}:{stream.kind}"
            self._sorters[stream] = Sorter(self._directory, name, keys=keys, settle=settle)
        return self._sorters[stream]

    def _settle(self, found: Entries, keys: int, *, counted: bool) -> Entries:
        """Leave the first line of each subject; note what the others say."""
        again = repeats(found, keys)
        if not again.any():
            return found
        at = np.flatnonzero(again)
        says, said = found[-1, at] >> _LINE_BITS, found[-1, at - 1] >> _LINE_BITS
        self.duplicates += int((says == said).sum()) if counted else 0
        firsts = np.maximum.accumulate(np.where(again, 0, np.arange(again.size)))
        for place in at[says != said].tolist():
            self._decide(found, place, first=int(firsts[place]))
        return found[:, ~again]

    def _decide(self, found: Entries, place: int, *, first: int) -> None:
        """Let the first of a subject's entries be the one that counts of it and another."""
        ids = [int(found[-1, at] >> _LINE_BITS) for at in (first, place)]
        chosen = self._resolve(*ids)
        if chosen is None:
            lines = sorted(int(found[-1, at] & _LAST_LINE) for at in (place - 1, place))
            self.conflicts.add(
                lines[1], f"the same equipment as {self._named(lines[0])}, but different data"
            )
        elif chosen != ids[0]:
            line = found[-1, place] & _LAST_LINE
            found[-1, first] = np.uint64(chosen) << _LINE_BITS | line


def _map_of(name: ListName, stream: Stream) -> str:
    truth = Truth(name, stream.source)
    return truth.devices if stream.kind == DEVICE else truth.map(Kind(stream.kind))
