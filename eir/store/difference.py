"""What a load changes: the sorted lines of a file against what the store holds.

A change is one record of fixed size, so that any number of them waits in a file: the key, the
cell that was, the cell that will be; `ABSENT` where there is none.
"""

import struct
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from eir.store.journal import Counts
from eir.store.keys import CELL_OCTETS, KEY_OCTETS, TOMBSTONE, make_cell

ABSENT = bytes(CELL_OCTETS)
_CHANGE = struct.Struct(f"{KEY_OCTETS}s{CELL_OCTETS}s{CELL_OCTETS}s")
_READ_CHANGES = 16_384  # read ahead


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


def replace_all(
    lines: Iterable[tuple[bytes, bytes]], held: Iterator[tuple[bytes, bytes]], tally: Tally
) -> Iterator[bytes]:
    """Give the changes that make a table hold just these lines.

    Args:
        lines: key and row id, sorted, each key once; an id is never `TOMBSTONE`.
        held: key and cell of the table as it is, sorted.
        tally: counts what is given.
    """
    held_key, held_cell = next(held, (None, ABSENT))
    for key, row_id in lines:
        while held_key is not None and held_key < key:
            tally.removed += 1
            yield held_key + held_cell + ABSENT
            held_key, held_cell = next(held, (None, ABSENT))
        cell = make_cell(key, row_id)
        if held_key != key:
            tally.added += 1
            yield key + ABSENT + cell
            continue
        if held_cell == cell:
            tally.unchanged += 1
        else:
            tally.updated += 1
            yield key + held_cell + cell
        held_key, held_cell = next(held, (None, ABSENT))
    while held_key is not None:
        tally.removed += 1
        yield held_key + held_cell + ABSENT
        held_key, held_cell = next(held, (None, ABSENT))


def amend(
    lines: Iterable[tuple[bytes, bytes]],
    cell_of: Callable[[bytes], bytes | None],
    tally: Tally,
) -> Iterator[bytes]:
    """Give the changes that put and remove single entries.

    Args:
        lines: key and row id, sorted, each key once; `TOMBSTONE` removes.
        cell_of: the cell that the table holds for a key.
        tally: counts what is given, and removals of what is absent.
    """
    for key, row_id in lines:
        was = cell_of(key)
        will_be = ABSENT if row_id == TOMBSTONE else make_cell(key, row_id)
        if was is None:
            if will_be == ABSENT:
                tally.absent += 1
                continue
            tally.added += 1
        elif will_be == ABSENT:
            tally.removed += 1
        elif was == will_be:
            tally.unchanged += 1
            continue
        else:
            tally.updated += 1
        yield key + (was or ABSENT) + will_be


def read_changes(path: Path) -> Iterator[tuple[bytes, bytes, bytes]]:
    """Read changes back, as key, the cell that was, the cell that will be."""
    with path.open("rb") as file:
        while octets := file.read(_CHANGE.size * _READ_CHANGES):
            yield from _CHANGE.iter_unpack(octets)
