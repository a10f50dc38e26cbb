"""Writes one sorted map inside a write transaction: a few changes over it, or a new base."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

import numpy as np

from eir.store.arrays import Entries, latest
from eir.store.block import key_octets
from eir.store.environment import Cursor, Tables, Transaction
from eir.store.layout import MapState
from eir.store.overlay import REMOVED
from eir.store.overlay_arrays import seal_all
from eir.store.packing import Packer
from eir.store.runs import merge_sorted
from eir.store.scanning import MapScan

# An overlay of more than one base entry in this many is merged into the next base: building costs
# one pass over the base, so each change pays for this many entries, however large the base is.
OVERLAY_SHARE = 8


def wants_new_base(state: MapState, changes: int) -> bool:
    """Tell whether changes are better merged into a new base than put into the overlay."""
    return (state.overlay + changes) * OVERLAY_SHARE > state.base


class MapWriter:
    """Writes maps; what it returns says where they are then."""

    def __init__(
        self,
        transaction: Transaction,
        tables: Tables,
        *,
        next_owner: Callable[[], int],
    ) -> None:
        """Write in this transaction.

        Args:
            transaction: to write in.
            tables: the store's.
            next_owner: gives a number that no base had before.
        """
        self._transaction = transaction
        self._tables = tables
        self._next_owner = next_owner

    def put(self, state: MapState, changes: Iterable[Entries], count: int, grown: int) -> MapState:
        """Change a map.

        Args:
            state: where it is.
            changes: sorted arrays of keys and the value that each shall have, 0 for none.
            count: how many changes they are.
            grown: how many entries the map has more afterwards.
        """
        entries = state.entries + grown
        if not count:
            return state
        if wants_new_base(state, count):
            merged = self._merged(state, changes) if state.entries else map(_present, changes)
            return self.rebuild(state, merged)
        cursor = self._transaction.cursor(self._tables.overlay)
        before = self._transaction.stat(self._tables.overlay)["entries"]
        for part in changes:
            cursor.putmulti(seal_all(state.number, part))
        added = self._transaction.stat(self._tables.overlay)["entries"] - before
        return replace(state, overlay=state.overlay + added, entries=entries)

    def rebuild(self, state: MapState, entries: Iterable[Entries]) -> MapState:
        """Make a map hold just these entries, sorted, in a base of its own."""
        owner = self._next_owner()
        packer = Packer(owner, state.keys)
        cursor = self._transaction.cursor(self._tables.blocks)
        for part in entries:
            cursor.putmulti(packer.pack(part), append=True)
        cursor.putmulti(packer.finish(), append=True)
        self.drop(state)
        count = packer.entries
        return replace(state, table=owner, base=count, overlay=0, entries=count)

    def drop(self, state: MapState) -> None:
        """Remove what a map has in the tables."""
        if state.table:
            _remove_owned(self._transaction.cursor(self._tables.blocks), state.table)
        if state.overlay:
            _remove_owned(self._transaction.cursor(self._tables.overlay), state.number)

    def _merged(self, state: MapState, changes: Iterable[Entries]) -> Iterator[Entries]:
        """Give what a map holds after changes."""
        held = MapScan(self._transaction, self._tables, state)
        runs = [iter(held), iter(changes)]
        return merge_sorted(runs, state.keys, lambda found: _present(latest(found, state.keys)))


def _present(entries: Entries) -> Entries:
    return entries[:, entries[-1] != np.uint64(REMOVED)]


def _remove_owned(cursor: Cursor, owner: int) -> None:
    prefix = key_octets(owner, ())
    there = cursor.set_range(prefix)
    while there and cursor.key().startswith(prefix):
        there = cursor.delete()
