"""Reads whole stretches of a sorted map as arrays: for loads, exports and checks of everything."""

from collections.abc import Iterator
from itertools import islice

import numpy as np

from eir.store.arrays import Entries, count_upto, empty, find, join, latest, zeros
from eir.store.block import MAX_NUMBER, Block, damaged, key_octets
from eir.store.environment import Cursor, Tables, Transaction
from eir.store.layout import MapState
from eir.store.overlay import REMOVED
from eir.store.overlay_arrays import seal_all, unseal_all
from eir.store.packing import unpack
from eir.store.residency import release
from eir.store.runs import merge_sorted

CHUNK = 1 << 19  # entries; ours: what is held at a time


class MapScan:
    """One map, as one transaction sees it."""

    def __init__(
        self, transaction: Transaction, tables: Tables, state: MapState, *, chunk: int = CHUNK
    ) -> None:
        """Read a map; `chunk` says how many entries of it are held at a time."""
        self._blocks = transaction.cursor(tables.blocks)
        self._overlay = transaction.cursor(tables.overlay)
        self._file = tables.file
        self._state = state
        self._keys = state.keys
        self._chunk = chunk

    def __iter__(self) -> Iterator[Entries]:
        """Give every entry, sorted, in arrays of some hundred thousand."""
        if not self._state.overlay:
            yield from self._base()
            return
        yield from merge_sorted([self._base(), self._changed()], self._keys, self._live)

    def values(self, wanted: Entries) -> Entries:
        """Look up keys.

        Args:
            wanted: sorted, distinct; its first rows are the keys.

        Returns:
            The value of each, 0 where there is none.
        """
        found = zeros(wanted.shape[1])
        if not self._state.entries:
            return found
        self._look_up(wanted, found)
        if self._state.overlay:
            self._look_over(wanted, found)
        return found

    def starting_with(self, numbers: Entries) -> Entries:
        """Give every entry whose first column is one of these sorted, distinct numbers."""
        if not self._state.entries:
            return empty(self._keys + 1)
        parts = [*self._base_starting_with(numbers), self._overlay_starting_with(numbers)]
        return self._live(join(parts, self._keys))

    def _live(self, entries: Entries) -> Entries:
        """Let what comes last for a key stand, and leave out what was removed."""
        distinct = latest(entries, self._keys)
        return distinct[:, distinct[-1] != REMOVED]

    def _base(self) -> Iterator[Entries]:
        """Give the entries of the base, and see that no block is missing or another's.

        Blocks are sound each by itself; pages that were swapped show in how many entries there are.
        """
        held: list[Entries] = []
        count = total = 0
        for _, entries in self._blocks_from((0,) * self._keys):
            held.append(entries)
            count += entries.shape[1]
            total += entries.shape[1]
            if count >= self._chunk:
                yield np.concatenate(held, axis=1)
                held, count = [], 0
                release(self._file)
        if held:
            yield np.concatenate(held, axis=1)
        if total != self._state.base:
            raise damaged(f"{self._state.name} has lost entries")

    def _blocks_from(self, key: tuple[int, ...]) -> Iterator[tuple[tuple[int, ...], Entries]]:
        """Give the blocks from the one that covers a key on, each with its upper bound."""
        if not self._state.table:
            return
        there = self._blocks.set_range(key_octets(self._state.table, key))
        lower = None
        while there:
            octets = self._blocks.value()
            entries = unpack(octets, self._state.table, self._keys)
            block = Block(octets, self._keys)
            if not _goes_on(block, lower, key):
                break
            yield block.upper, entries
            if block.upper[0] == MAX_NUMBER:
                return
            lower = block.upper
            there = self._blocks.next()
        raise damaged("a block is missing")

    def _look_up(self, wanted: Entries, found: Entries) -> None:
        """Look into each block of the base that may hold some of these keys, once."""
        at, count = 0, wanted.shape[1]
        if not self._state.table:
            return
        while at < count:
            key = tuple(wanted[: self._keys, at].tolist())
            upper, entries = next(self._blocks_from(key))
            bound = np.array(upper, np.uint64)
            upto = at + count_upto(wanted[:, at:], self._keys, bound)
            places, there = find(entries, self._keys, wanted[:, at:upto])
            if entries.shape[1]:
                found[at:upto] = np.where(there, entries[-1, places], 0)
            at = upto

    def _look_over(self, wanted: Entries, found: Entries) -> None:
        """Let the overlay's word stand where it has one."""
        keys = np.concatenate((wanted[: self._keys], zeros(wanted.shape[1])[None]))
        asked = seal_all(self._state.number, keys)
        items = self._overlay.getmulti([key for key, _ in asked])
        changed = self._unsealed(items)
        places, there = find(wanted, self._keys, changed)
        found[places[there]] = changed[-1, there]

    def _base_starting_with(self, numbers: Entries) -> Iterator[Entries]:
        at, count = 0, len(numbers)
        while at < count:
            key = (int(numbers[at]), *(0,) * (self._keys - 1))
            for upper, entries in self._blocks_from(key):
                places = np.searchsorted(numbers, entries[0])
                places[places == count] = 0
                yield entries[:, numbers[places] == entries[0]]
                at = int(np.searchsorted(numbers, np.uint64(upper[0])))
                if at == count or int(numbers[at]) != upper[0]:
                    break
            else:
                return

    def _overlay_starting_with(self, numbers: Entries) -> Entries:
        if len(numbers) * 4 > self._state.overlay:
            parts = [empty(self._keys + 1), *self._changed()]
            every = np.concatenate(parts, axis=1)
            return every[:, np.isin(every[0], numbers)]
        items: list[tuple[bytes, bytes]] = []
        for number in numbers.tolist():
            prefix = key_octets(self._state.number, (number,))
            there = self._overlay.set_range(prefix)
            while there and self._overlay.key().startswith(prefix):
                items.append(self._overlay.item())
                there = self._overlay.next()
        return self._unsealed(items)

    def _changed(self) -> Iterator[Entries]:
        """Give the entries of the overlay, removals too, in arrays."""
        items = _owned(self._overlay, self._state.number)
        total = 0
        while some := list(islice(items, self._chunk)):
            total += len(some)
            yield self._unsealed(some)
        if total != self._state.overlay:
            raise damaged(f"{self._state.name} has lost changes")

    def _unsealed(self, items: list[tuple[bytes, bytes]]) -> Entries:
        keys, values = [key for key, _ in items], [value for _, value in items]
        return unseal_all(keys, values, self._keys)


def _goes_on(block: Block, lower: tuple[int, ...] | None, key: tuple[int, ...]) -> bool:
    """Tell whether a block begins where the one before ended; the first one: before the key."""
    if lower is None:
        return block.lower < key or not any(block.lower)  # the first of a map covers zeros, too
    return block.lower == lower


def _owned(cursor: Cursor, owner: int) -> Iterator[tuple[bytes, bytes]]:
    """Give what one owner has in a table."""
    prefix = key_octets(owner, ())
    if not cursor.set_range(prefix):
        return
    for key, value in cursor.iternext():
        if not key.startswith(prefix):
            return
        yield key, value
