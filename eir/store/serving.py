"""What the wire is told follows from what each source said: kept in step with every change.

A serving map has one row for each key, which holds the entries of all sources and lists. Where one
map alone says something, its rows serve as they are; elsewhere those of several are merged, each
combination of rows once.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from eir.lists.subjects import Kind
from eir.store.array_file import ArrayFile
from eir.store.arrays import Entries, empty, join, latest, repeats, sort
from eir.store.changes import Changes
from eir.store.environment import Tables, Transaction
from eir.store.interning import RowTable
from eir.store.layout import (
    EQUIPMENT,
    IMSI,
    MSISDN,
    OPAQUE,
    SEGMENTS,
    Catalog,
    MapState,
    truth_of,
)
from eir.store.map_writer import MapWriter
from eir.store.runs import Sorter, merge_sorted
from eir.store.scanning import MapScan
from eir.store.segments import extents_of, flatten

_IMEI, _IMSI, _MSISDN = range(3)  # columns of a pair


@dataclass(frozen=True, slots=True)
class Change:
    """One changed map of entries."""

    name: str
    kind: Kind
    changes: Changes


class Serving:
    """Brings the serving maps up to date inside a write transaction."""

    def __init__(  # noqa: PLR0913 - what one transaction is made of
        self,
        transaction: Transaction,
        tables: Tables,
        *,
        rows: RowTable,
        writer: MapWriter,
        scratch: Path,
        state_of: Callable[[str], MapState],
    ) -> None:
        """Work in this transaction.

        Args:
            transaction: in which the maps of entries were changed already.
            tables: the store's.
            rows: interns merged rows.
            writer: writes the maps.
            scratch: a directory for temporary files.
            state_of: gives where a map is, a new one if there was none.
        """
        self._transaction = transaction
        self._tables = tables
        self._rows = rows
        self._writer = writer
        self._scratch = scratch
        self._state_of = state_of

    def follow(self, catalog: Catalog, changed: Mapping[str, Changes]) -> Iterator[MapState]:
        """Bring up to date whatever follows from changed maps; give where those are now."""
        found = ((name, truth_of(name), changes) for name, changes in changed.items())
        named = [
            Change(name, truth[1], changes)
            for name, truth, changes in found
            if truth and truth[0].list.is_asked
        ]
        kinds = {change.kind for change in named}
        if kinds & {Kind.EQUIPMENT, Kind.SOFTWARE, Kind.PAIR}:
            yield self._follow_equipment(catalog, named)
        if Kind.OPAQUE in kinds:
            yield self._follow_same(OPAQUE, catalog, named, Kind.OPAQUE)
        if kinds & {Kind.RANGE, Kind.TAC}:
            yield self._rebuild_segments(catalog)
        if Kind.PAIR in kinds:
            yield from self._follow_subscribers(catalog, named)
        for name, changes in changed.items():
            if name.startswith("device:"):
                yield self._follow_devices(name.replace("device:", "siblings:", 1), changes)

    def _follow_equipment(self, catalog: Catalog, named: list[Change]) -> MapState:
        kinds = (Kind.EQUIPMENT, Kind.SOFTWARE, Kind.PAIR)
        if alone := _alone(catalog, named, *kinds):
            return self._put(EQUIPMENT, alone.after)
        affected = [_first_column(c.changes) for c in named if c.kind in kinds]
        numbers = merge_sorted(affected, 1, _distinct_of(1))
        return self._put(EQUIPMENT, (self._equipment(catalog, part) for part in numbers))

    def _equipment(self, catalog: Catalog, numbers: Entries) -> Entries:
        """Give the serving entries of IMEIs, 0 for those that nothing names any more."""
        parts = [
            *self._values(catalog, Kind.EQUIPMENT, numbers),
            *self._starting(catalog, Kind.SOFTWARE, numbers[0]),
            *(self._markers(part) for part in self._starting(catalog, Kind.PAIR, numbers[0])),
        ]
        return self._merged(numbers, parts, 1)

    def _follow_same(
        self, name: str, catalog: Catalog, named: list[Change], kind: Kind
    ) -> MapState:
        """Follow changes of maps whose keys are those of the serving map."""
        if alone := _alone(catalog, named, kind):
            return self._put(name, alone.after)
        keys = kind.width
        changed = [_keys(change.changes) for change in named if change.kind is kind]
        affected = merge_sorted(changed, keys, _distinct_of(keys))
        return self._put(
            name,
            (self._merged(at, self._values(catalog, kind, at), keys) for at in affected),
        )

    def _values(self, catalog: Catalog, kind: Kind, wanted: Entries) -> Iterator[Entries]:
        """Give what each map of a kind has for these keys."""
        for _, _, state in catalog.asked(kind):
            values = MapScan(self._transaction, self._tables, state).values(wanted)
            there = values != 0
            yield np.concatenate((wanted[: kind.width, there], values[None, there]))

    def _starting(self, catalog: Catalog, kind: Kind, numbers: Entries) -> Iterator[Entries]:
        """Give IMEI and row of what each map of a kind has that begins with these IMEIs."""
        for _, _, state in catalog.asked(kind):
            scan = MapScan(self._transaction, self._tables, state)
            yield scan.starting_with(numbers)[[0, -1]]

    def _markers(self, entries: Entries) -> Entries:
        """Say for each IMEI that there are such combinations, once for each kind of them."""
        ids, places = np.unique(entries[1], return_inverse=True)
        markers = np.array([self._rows.marker(number) for number in ids.tolist()], np.uint64)
        found = sort(np.stack((entries[0], markers[places])) if len(ids) else empty(2), 2)
        return found[:, ~repeats(found, 2)]

    def _merged(self, keys: Entries, parts: Iterable[Entries], width: int) -> Entries:
        """Merge what several maps say of sorted, distinct keys; 0 for what none names."""
        removed = np.concatenate((keys[:width], np.zeros((1, keys.shape[1]), np.uint64)))
        said = join((empty(width + 1), *parts), width)
        while (again := repeats(said, width)).any():
            # The first two of each key become one; a third waits for the next round.
            second = again.copy()
            second[1:] &= ~again[:-1]
            at = np.flatnonzero(second)
            said[-1, at - 1] = self._merge_pairs(said[-1, at - 1], said[-1, at])
            said = said[:, ~second]
        return latest(join((removed, said), width), width)

    def _merge_pairs(self, first: Entries, second: Entries) -> Entries:
        pairs = first << np.uint64(32) | second
        distinct, places = np.unique(pairs, return_inverse=True)
        merged = [self._rows.merge((p >> 32, p & 0xFFFFFFFF)) for p in distinct.tolist()]
        return np.array(merged, np.uint64)[places]

    def _rebuild_segments(self, catalog: Catalog) -> MapState:
        """Flatten all ranges anew."""
        extents, ids = [empty(2)], [empty(1)]
        for _, kind, state in catalog.asked(Kind.RANGE, Kind.TAC):
            for part in MapScan(self._transaction, self._tables, state):
                extents.append(extents_of(kind, part))
                ids.append(part[-1:])
        segments = flatten(
            np.concatenate(extents, axis=1), np.concatenate(ids, axis=1)[0], self._rows.spread
        )
        return self._writer.rebuild(self._state_of(SEGMENTS), [segments])

    def _follow_subscribers(self, catalog: Catalog, named: list[Change]) -> Iterator[MapState]:
        """Bring up to date what is asked by subscriber: the same pairs in another order."""
        keys = Kind.PAIR.width
        by_imsi = self._sorter(IMSI)
        by_msisdn = self._sorter(MSISDN)
        changed = [_keys(each.changes) for each in named if each.kind is Kind.PAIR]
        for wanted in merge_sorted(changed, keys, _distinct_of(keys)):
            pairs = self._merged(wanted, self._values(catalog, Kind.PAIR, wanted), keys)
            has_imsi = pairs[_IMSI] != 0
            by_imsi.add(pairs[[_IMSI, _IMEI, _MSISDN, keys]][:, has_imsi])
            by_msisdn.add(pairs[[_MSISDN, _IMEI, keys]][:, ~has_imsi])
        yield self._put(IMSI, iter(by_imsi))
        yield self._put(MSISDN, iter(by_msisdn))

    def _follow_devices(self, name: str, changes: Changes) -> MapState:
        """Keep the way from a phone to its IMEIs."""
        phones = self._sorter(name)
        for imei, was, will in changes:
            for device, value in ((was, 0), (will, 1)):
                there = device != 0
                values = np.full(int(there.sum()), value, np.uint64)
                phones.add(np.stack((device[there], imei[there], values)))
        return self._put(name, iter(phones))

    def _sorter(self, name: str) -> Sorter:
        keys = self._state_of(name).keys
        return Sorter(self._scratch, name, keys=keys, settle=partial(latest, keys=keys))

    def _put(self, name: str, entries: Iterator[Entries]) -> MapState:
        """Put sorted entries into a serving map; where there is a value, one is there after it."""
        waiting = ArrayFile(self._scratch / name)
        count = grown = 0

        def counted() -> Iterator[Entries]:
            nonlocal count, grown
            for part in entries:
                count += part.shape[1]
                grown += int((part[-1] != 0).sum())
                yield part

        waiting.write(counted())
        state = self._writer.put(self._state_of(name), waiting, count, grown)
        waiting.remove()
        return state


def _alone(catalog: Catalog, named: list[Change], *kinds: Kind) -> Changes | None:
    """Give the changes of the one map that says anything in these kinds, if it has its own keys."""
    changed = {change.name: change for change in named if change.kind in kinds}
    speaking = {truth.map(kind) for truth, kind, _ in catalog.asked(*kinds)} | set(changed)
    sole = changed.get(min(speaking)) if len(speaking) == 1 else None
    return sole.changes if sole and sole.kind in {Kind.EQUIPMENT, Kind.OPAQUE} else None


def _keys(changes: Changes) -> Iterator[Entries]:
    return (part[: changes.keys] for part in changes)


def _first_column(changes: Changes) -> Iterator[Entries]:
    """Give the IMEIs that changes are about, each once."""
    before = 0
    for part in changes:
        numbers = part[:1, ~repeats(part, 1)]
        numbers = numbers[:, numbers[0] > before]
        if numbers.shape[1]:
            yield numbers
        before = int(part[0, -1])


def _distinct_of(keys: int) -> Callable[[Entries], Entries]:
    return lambda found: found[:, ~repeats(found, keys)]
