"""Sorts any number of entries with bounded memory: sorted runs on disk, then a merge."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeAlias

import numpy as np

from eir.store.array_file import ArrayFile
from eir.store.arrays import Entries, count_upto, sort

RUN_ENTRIES = 1 << 22  # ours: held in memory before they become a run; 64 to 160 MB
_PAGE_ENTRIES = 1 << 16  # ours: read ahead of each run

# Leaves one entry for each key of a sorted array; it sees all entries of a key together, though
# not all at once.
Settle: TypeAlias = Callable[[Entries], Entries]


class Sorter:
    """Takes arrays in any order and gives them back sorted, each key once.

    Entries with the same key reach `settle` in the order in which they came.
    """

    def __init__(  # noqa: PLR0913 - what is read and how much of it is held
        self,
        directory: Path,
        name: str,
        *,
        keys: int,
        settle: Settle,
        run_entries: int = RUN_ENTRIES,
        page_entries: int = _PAGE_ENTRIES,
    ) -> None:
        """Sort with runs in a directory.

        Args:
            directory: for the files.
            name: that they begin with.
            keys: how many columns a key has.
            settle: see above.
            run_entries: how many are held in memory.
            page_entries: how many are read ahead of each run.
        """
        self._directory = directory
        self._name = name
        self._keys = keys
        self._settle = settle
        self._run_entries = run_entries
        self._page_entries = page_entries
        self._held: list[Entries] = []
        self._count = 0
        self._runs: list[ArrayFile] = []

    @property
    def held(self) -> int:
        """How many entries are in memory."""
        return self._count

    def add(self, entries: Entries) -> None:
        """Take an array."""
        self._held.append(entries)
        self._count += entries.shape[1]
        if self._count >= self._run_entries:
            self.spill()

    def spill(self) -> None:
        """Make a run of what is in memory."""
        run = ArrayFile(self._directory / f"{self._name}-{len(self._runs)}")
        run.write(self._pages())
        self._runs.append(run)

    def __iter__(self) -> Iterator[Entries]:
        """Give everything, sorted; the files are gone afterwards."""
        runs = [iter(run) for run in self._runs]
        if self._held:
            runs.append(self._pages())
        yield from merge_sorted(runs, self._keys, self._settle)
        for run in self._runs:
            run.remove()

    def _pages(self) -> Iterator[Entries]:
        """Give what is in memory, sorted, and forget it."""
        held = self._held[0] if len(self._held) == 1 else np.concatenate(self._held, axis=1)
        self._held, self._count = [], 0
        found = self._settle(sort(held, self._keys))
        for start in range(0, found.shape[1], self._page_entries):
            yield found[:, start : start + self._page_entries]


def merge_sorted(runs: list[Iterator[Entries]], keys: int, settle: Settle) -> Iterator[Entries]:
    """Merge sorted runs, each of which has a key at most once, and hold a page of each.

    Entries with the same key reach `settle` in the order of the runs.
    """
    first = ((_page(run), run) for run in runs)
    held = [(page, run) for page, run in first if page is not None]
    while len(held) > 1:
        # What is at most the last key of every page is complete: no run has more of it to come.
        bound = sort(np.concatenate([page[:keys, -1:] for page, _ in held], axis=1), keys)[:, 0]
        taken, kept = [], []
        for page, run in held:
            count = count_upto(page, keys, bound)
            taken.append(page[:, :count])
            rest = page[:, count:] if count < page.shape[1] else _page(run)
            if rest is not None:
                kept.append((rest, run))
        held = kept
        yield settle(sort(np.concatenate(taken, axis=1), keys))
    for page, run in held:
        yield settle(page)
        yield from map(settle, run)


def _page(run: Iterator[Entries]) -> Entries | None:
    """Take the next array with entries; None: there is none."""
    return next((page for page in run if page.shape[1]), None)
