"""Compaction: what changed since the bases were built goes into the next ones, and no page is free.

The next store is made beside the one that serves, and then takes its place: LMDB's file never
becomes shorter by itself.
"""

from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path

from eir.store import copies, health, migrate
from eir.store.catalog_file import read_catalog, write_catalog
from eir.store.environment import open_reader, open_tables, open_writer
from eir.store.layout import Catalog, lists_directory
from eir.store.map_writer import MapWriter
from eir.store.scanning import MapScan
from eir.store.session import alone


@dataclass(frozen=True, slots=True)
class Compaction:
    """What it brought.

    Attributes:
        before: size of the store, in octets.
        after: the same, afterwards.
    """

    before: int
    after: int


def compact(path: Path) -> Compaction:
    """Make the store under `store.path` as small as it can be, while it serves.

    The version stays. For a time there is room needed for two more stores.

    Raises:
        StoreBusyError: another process is writing.
        StoreError: the store cannot be read, or there is no room; it is as it was then.
    """
    directory = lists_directory(path)
    with alone(path) as scratch:
        migrate.bring_up_to_date(directory, scratch)
        fresh = _copy(directory, scratch / "copy")
        if _merge_overlays(fresh):
            fresh = _copy(fresh, scratch / "merged")
        sizes = (_octets(directory), _octets(fresh))
        copies.put_in_place(fresh, directory)
    return Compaction(*sizes)


def _copy(directory: Path, fresh: Path) -> Path:
    """Copy an environment without its free pages."""
    fresh.mkdir()
    health.inspect(directory)
    with open_reader(directory) as environment:
        open_tables(environment)
        with environment.begin() as transaction:
            copies.take(environment, transaction, fresh / health.DATA)
    return fresh


def _merge_overlays(directory: Path) -> bool:
    """Build the next base of every map that has an overlay; return whether one had."""
    with open_writer(directory) as environment, environment.begin(write=True) as transaction:
        tables = open_tables(environment, transaction)
        catalog = read_catalog(transaction, tables)
        changed = [state for state in catalog.maps.values() if state.overlay]
        if not changed:
            return False
        numbers = count(catalog.state.tables + 1)
        writer = MapWriter(transaction, tables, next_owner=lambda: next(numbers))
        merged = {
            state.name: writer.rebuild(state, MapScan(transaction, tables, state))
            for state in changed
        }
        state = replace(catalog.state, tables=catalog.state.tables + len(changed))
        write_catalog(transaction, tables, Catalog(state, catalog.maps | merged))
    health.settle(directory)
    return True


def _octets(directory: Path) -> int:
    return (directory / health.DATA).stat().st_size
