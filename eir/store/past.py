"""The lists as a version had them: what is now, with what later versions found laid over it."""

from collections.abc import Iterator
from functools import partial

import numpy as np

from eir.errors import HistoryError
from eir.store import history
from eir.store.arrays import Entries, empty, find, join, latest, zeros
from eir.store.block import damaged
from eir.store.catalog_file import newest, read_record
from eir.store.changes import Tally, replace_all
from eir.store.environment import Tables, Transaction
from eir.store.journal import CREATED, Record, no_version
from eir.store.layout import Catalog, MapState, nothing_loaded
from eir.store.runs import merge_sorted
from eir.store.scanning import MapScan


class Past:
    """One version of the maps of which history is kept, in one transaction."""

    def __init__(
        self, transaction: Transaction, tables: Tables, catalog: Catalog, version: int | None
    ) -> None:
        """Look at a version; None: the one that serves.

        Raises:
            HistoryError: there is no such version, or its history is gone.
            StoreError: the state is not that of the journal, so it cannot say what there is.
        """
        state = catalog.state
        if state.version != newest(transaction, tables):
            raise damaged("its state is not that of its last version")
        if not state.version:
            raise nothing_loaded()
        self._transaction = transaction
        self._tables = tables
        self._catalog = catalog
        self.version = state.version if version is None else version
        if not 0 < self.version <= state.version:
            raise no_version(self.version, newest=state.version)
        if self.version < state.history_from:
            raise HistoryError(
                f"version {self.version} can no longer be asked about: history starts at"
                f" version {state.history_from}",
                next_step="[store] history_days says how long it is kept",
            )
        # The versions to undo, the newest first.
        self._undone = [self.record(number) for number in range(state.version, self.version, -1)]

    def record(self, version: int) -> Record:
        """Read the journal's record of a version."""
        return read_record(self._transaction, self._tables, version)

    def state(self, name: str) -> MapState:
        """Say where a map is now; one that never was has no entry."""
        return self._catalog.maps.get(name) or MapState(name, 0)

    def current(self, state: MapState) -> MapScan:
        """Read a map as it is now."""
        return MapScan(self._transaction, self._tables, state)

    def changed(self, state: MapState) -> list[int]:
        """Name the later versions that changed a map, the newest first."""
        return [record.version for record in self._undone if state.name in record.changes]

    def holds(self, state: MapState) -> bool:
        """Tell whether a map may have entries at all."""
        return bool(state.entries or self.changed(state))

    def value(self, name: str, key: tuple[int, ...]) -> int:
        """Return the value that a key had; 0: none."""
        state = self.state(name)
        for record in reversed(self._undone):  # the first change after this version tells
            if name in record.changes:
                if record.changes[name] == CREATED:
                    return 0
                owner = history.owner_of(record.version, state.number)
                was = history.look_up(self._transaction, self._tables, owner, key)
                if was is not None:
                    return was
        return int(self.current(state).values(np.array([key], np.uint64).T)[0])

    def values(self, state: MapState, wanted: Entries) -> Entries:
        """Return the values that sorted, distinct keys had; 0 for none."""
        keys = state.keys
        found = self.current(state).values(wanted)
        for record in self._undone:
            if record.changes.get(state.name) == CREATED:
                found = zeros(wanted.shape[1])
            for part in self._found(record, state):
                places, there = find(wanted, keys, part)
                found[places[there]] = part[-1, there]
        return found

    def starting_with(
        self, state: MapState, prefix: tuple[int, ...]
    ) -> list[tuple[tuple[int, ...], int]]:
        """Return the entries that a key began with, in order: key and value."""
        first = np.array(prefix[:1], np.uint64)
        parts = [self.current(state).starting_with(first)]
        for record in self._undone:
            if record.changes.get(state.name) == CREATED:
                parts = []
            parts += (part[:, part[0] == first[0]] for part in self._found(record, state))
        found = latest(join((empty(state.keys + 1), *parts), state.keys), state.keys)
        rows = (column for column in found.T.tolist() if column[-1])
        return [
            (tuple(column[:-1]), column[-1])
            for column in rows
            if tuple(column[: len(prefix)]) == prefix
        ]

    def scan(self, state: MapState) -> Iterator[Entries]:
        """Give every entry that a map had, sorted."""
        if not self.changed(state):
            yield from self.current(state)
            return
        base = iter(()) if self._was_created(state) else iter(self.current(state))
        for part in self._latest([base, self._laid_over(state)], state):
            yield part[:, part[-1] != 0]

    def against(self, later: "Past", state: MapState) -> Iterator[Entries]:
        """Give what changed in a map between this version and a later one: key, was, will."""
        if self._was_created(state):
            yield from replace_all(later.scan(state), self.scan(state), state.keys, Tally())
            return
        for was in self._laid_over(state):
            will = later.values(state, was[: state.keys])
            yield Tally().take(np.concatenate((was, will[None])))

    def _found(self, record: Record, state: MapState) -> Iterator[Entries]:
        """Give what a version found in a map before it changed it."""
        if state.name in record.changes:
            owner = history.owner_of(record.version, state.number)
            yield from history.read(self._transaction, self._tables, owner, state.keys)

    def _was_created(self, state: MapState) -> bool:
        """Tell whether a later version found nothing in a map."""
        return any(record.changes.get(state.name) == CREATED for record in self._undone)

    def _laid_over(self, state: MapState) -> Iterator[Entries]:
        """Give what later versions found in a map, sorted; the earliest of them counts."""
        found: list[Iterator[Entries]] = []
        for record in self._undone:
            if record.changes.get(state.name) == CREATED:
                found = []
            found.append(self._found(record, state))
        return self._latest(found, state)

    def _latest(self, runs: list[Iterator[Entries]], state: MapState) -> Iterator[Entries]:
        """Merge, and let the last run that has a key say what it was."""
        return merge_sorted(runs, state.keys, partial(latest, keys=state.keys))
