"""Walks every sorted map of a store: its blocks, its overlay, and the way back to what it was."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import groupby, islice
from typing import TypeAlias

import numpy as np

from eir.store.arrays import Entries
from eir.store.block import MAX_NUMBER, Block, damaged, key_octets
from eir.store.environment import Tables, Transaction
from eir.store.history import version_and_map
from eir.store.layout import Catalog, MapState, Truth, is_kept, truth_of
from eir.store.overlay_arrays import unseal_all
from eir.store.packing import unpack
from eir.store.rows import decode_row
from eir.store.scanning import CHUNK, MapScan
from eir.store.texts import id_octets

Items: TypeAlias = Iterator[tuple[bytes, bytes]]

_NUMBERS = ("subscribers", "siblings", "paced", "dated")  # maps whose values are no ids of texts


class MapWalk:
    """Checks the maps of one version, in one read transaction."""

    def __init__(self, transaction: Transaction, tables: Tables, catalog: Catalog) -> None:
        self._transaction = transaction
        self._tables = tables
        self._state = catalog.state
        self._maps = list(catalog.maps.values())
        self._texts = transaction.stat(tables.rows)["entries"]
        self._own: dict[Truth, set[int]] = {}  # rows that a source may name on a list

    def check_blocks(self, items: Items) -> None:
        """Check the bases: every block of every map, and no block of none."""
        by_table = {state.table: state for state in self._maps if state.table}
        for owner, blocks in _by_owner(items):
            state = by_table.pop(owner, None)
            if state is None:
                raise damaged("there are blocks of no map")
            count = sum(self._check(state, part) for part in _entries(owner, state.keys, blocks))
            if count != state.base:
                raise damaged(f"{state.name} has lost entries")
        if by_table:
            raise damaged("a map has lost its blocks")

    def check_overlay(self, items: Items) -> None:
        """Check what changed since the bases, and how many entries that makes each map have."""
        by_number = {state.number: state for state in self._maps if state.overlay}
        for owner, changed in _by_owner(items):
            state = by_number.pop(owner, None)
            if state is None:
                raise damaged("there are changes of no map")
            self._check_changes(state, changed)
        if by_number:
            raise damaged("a map has lost its changes")

    def check_history(self, items: Items) -> None:
        """Check what leads back to earlier versions."""
        by_number = {state.number: state for state in self._maps}
        for owner, blocks in _by_owner(items):
            version, number = version_and_map(owner)
            state = by_number.get(number)
            in_reach = self._state.history_from < version <= self._state.version
            if state is None or not is_kept(state.name) or not in_reach:
                raise damaged("there is history of no map or no version")
            for part in _entries(owner, state.keys, blocks):
                self._check(state, part)

    def _check_changes(self, state: MapState, changed: Items) -> None:
        base = MapScan(self._transaction, self._tables, replace(state, overlay=0))
        count, entries = 0, state.base
        while some := list(islice(changed, CHUNK)):
            part = unseal_all([key for key, _ in some], [value for _, value in some], state.keys)
            was, will = base.values(part) != 0, part[-1] != 0
            entries += int((will & ~was).sum()) - int((was & ~will).sum())
            count += self._check(state, part)
        # Of what follows from other maps, nobody counts how many entries were there before.
        wrong = entries != state.entries if is_kept(state.name) else entries > state.entries
        if count != state.overlay or wrong:
            raise damaged(f"{state.name} has lost entries")

    def _check(self, state: MapState, entries: Entries) -> int:
        """Check that a map may have such values, and count the entries."""
        family = state.name.partition(":")[0]
        if family not in _NUMBERS:
            self._check_texts(state.name, np.unique(entries[-1]).tolist())
        return len(entries[-1])

    def _check_texts(self, name: str, numbers: list[int]) -> None:
        if numbers and numbers[-1] > self._texts:
            raise damaged(f"{name} names a row that is not there")
        if truth := truth_of(name):
            known = self._own.setdefault(truth[0], {0})
            for number in numbers:
                if number not in known:
                    self._check_row(truth[0], number)
                    known.add(number)

    def _check_row(self, truth: Truth, number: int) -> None:
        """Check that a row is one entry of this list and source."""
        key = id_octets(number)
        octets = self._transaction.get(key, b"", self._tables.rows)
        if [(e.list, e.source) for e in decode_row(key, octets)] != [(truth.list, truth.source)]:
            raise damaged(f"the entries of {truth.source} name a row of another's")


def _by_owner(items: Items) -> Iterator[tuple[int, Items]]:
    return groupby(items, key=lambda item: int.from_bytes(item[0][:8], "big"))


def _entries(owner: int, keys: int, blocks: Items) -> Iterator[Entries]:
    """Give the entries of an owner's blocks, which are in order and leave no key uncovered."""
    lower = (0,) * keys
    for key, octets in blocks:
        entries = unpack(octets, owner, keys)
        block = Block(octets, keys)
        if block.lower != lower or key_octets(owner, block.upper) != key:
            raise damaged("a block is missing")
        if not _is_within(entries, keys, block):
            raise damaged("a block is out of order")
        lower = block.upper
        yield entries
    if lower[0] != MAX_NUMBER:
        raise damaged("a block is missing")


def _is_within(entries: Entries, keys: int, block: Block) -> bool:
    """Tell whether entries are sorted, distinct and between the borders of their block."""
    if not entries.shape[1]:
        return True
    ascending = np.zeros(entries.shape[1] - 1, np.bool_)
    for column in entries[:keys][::-1]:
        before, after = column[:-1], column[1:]
        ascending = (before < after) | ((before == after) & ascending)
    first, last = (tuple(entries[:keys, at].tolist()) for at in (0, -1))
    return bool(ascending.all()) and block.lower < first and last <= block.upper
