"""What a load changes: its sorted lines against what a map holds.

A change is an entry of the key, the value that was, and the value that will be, 0 where there is
none. Arrays of them wait in a file.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import numpy as np

from eir.store.array_file import ArrayFile
from eir.store.arrays import Entries, repeats
from eir.store.journal import Counts
from eir.store.runs import merge_sorted

# Gives the values of sorted keys, 0 where there is none.
Lookup: TypeAlias = Callable[[Entries], Entries]


@dataclass(slots=True)
class Tally:
    """Counts while they grow."""

    added: int = 0
    removed: int = 0
    updated: int = 0
    unchanged: int = 0
    absent: int = 0

    def counts(self, *, duplicates: int, bad: int) -> Counts:
        """Close the account."""
        return Counts(
            added=self.added,
            removed=self.removed,
            updated=self.updated,
            unchanged=self.unchanged,
            absent=self.absent,
            duplicates=duplicates,
            bad=bad,
        )

    def take(self, changes: Entries) -> Entries:
        """Count changes, and give those that are some."""
        was, will = changes[-2], changes[-1]
        changed = was != will
        self.added += int((changed & (was == 0)).sum())
        self.removed += int((changed & (will == 0)).sum())
        self.updated += int((changed & (was != 0) & (will != 0)).sum())
        self.unchanged += int((~changed & (was != 0)).sum())
        self.absent += int((~changed & (was == 0)).sum())
        return changes if changed.all() else changes[:, changed]


class Changes:
    """The changes of one map, sorted, in a scratch file; read as often as is needed."""

    def __init__(self, path: Path, keys: int) -> None:
        self._file = ArrayFile(path)
        self.keys = keys
        self.count = 0
        self.grown = 0
        self.names_last = False  # whether what will be names the last column of a key

    def write(self, parts: Iterable[Entries]) -> None:
        """Write them."""
        self._file.write(map(self._count, parts))

    def _count(self, part: Entries) -> Entries:
        self.count += part.shape[1]
        self.grown += int((part[-2] == 0).sum()) - int((part[-1] == 0).sum())
        self.names_last |= bool((part[self.keys - 1, part[-1] != 0] != 0).any())
        return part

    def __iter__(self) -> Iterator[Entries]:
        """Give arrays of key, was, will."""
        return iter(self._file)

    @property
    def after(self) -> Iterator[Entries]:
        """Give arrays of key and will."""
        return (np.delete(part, self.keys, axis=0) for part in self)

    @property
    def before(self) -> Iterator[Entries]:
        """Give arrays of key and was."""
        return (part[: self.keys + 1] for part in self)


def replace_all(
    lines: Iterable[Entries], held: Iterator[Entries], keys: int, tally: Tally
) -> Iterator[Entries]:
    """Give the changes that make a map hold just these lines.

    Args:
        lines: sorted arrays of key and value; each key once, no value 0.
        held: what the map holds, likewise.
        keys: how many columns a key has.
        tally: counts what is given.
    """
    was = (np.insert(part, keys + 1, 0, axis=0) for part in held)
    will = (np.insert(part, keys, 0, axis=0) for part in lines)
    yield from map(tally.take, merge_sorted([was, will], keys, lambda found: _paired(found, keys)))


def amend(lines: Iterable[Entries], values: Lookup, keys: int, tally: Tally) -> Iterator[Entries]:
    """Give the changes that put and remove single entries.

    Args:
        lines: sorted arrays of key and value; each key once, 0 removes.
        values: gives what the map holds for keys.
        keys: how many columns a key has.
        tally: counts what is given, and removals of what is absent.
    """
    for part in lines:
        was = values(part[:keys])
        yield tally.take(np.concatenate((part[:keys], was[None], part[keys : keys + 1])))


def _paired(found: Entries, keys: int) -> Entries:
    """Make one of what was and what will be of each key."""
    again = repeats(found, keys)
    if not again.any():
        return found
    second = np.flatnonzero(again)
    found[keys, second] = found[keys, second - 1]
    return np.delete(found, second - 1, axis=1)
