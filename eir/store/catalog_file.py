"""Reads and writes the state and the places of all maps; reads who made a version."""

from pathlib import Path

from eir.errors import StoreError
from eir.store import journal
from eir.store.environment import Tables, Transaction, open_tables, reading
from eir.store.journal import Record
from eir.store.layout import (
    MAP_PREFIX,
    STATE_KEY,
    VERSION_OCTETS,
    Catalog,
    State,
    decode_map,
    decode_state,
    encode_map,
    encode_state,
)


def read_catalog(transaction: Transaction, tables: Tables) -> Catalog:
    """Read them; an empty store has none.

    Raises:
        StoreError: they are garbled, or of another format.
    """
    octets = transaction.get(STATE_KEY, None, tables.meta)
    state = State() if octets is None else decode_state(octets)
    maps = {}
    cursor = transaction.cursor(tables.meta)
    there = cursor.set_range(MAP_PREFIX)
    while there and cursor.key().startswith(MAP_PREFIX):
        found = decode_map(cursor.value())
        maps[found.name] = found
        there = cursor.next()
    return Catalog(state, maps)


def state_of(path: Path) -> State:
    """Read what serves under `store.path`.

    Raises:
        StoreError: nothing does, or it cannot be read.
    """
    with reading(path) as environment:
        tables = open_tables(environment)
        with environment.begin() as transaction:
            return read_catalog(transaction, tables).state


def write_catalog(transaction: Transaction, tables: Tables, catalog: Catalog) -> None:
    """Write them."""
    transaction.put(STATE_KEY, encode_state(catalog.state), db=tables.meta)
    for state in catalog.maps.values():
        transaction.put(MAP_PREFIX + state.name.encode(), encode_map(state), db=tables.meta)


def read_record(transaction: Transaction, tables: Tables, version: int) -> Record:
    """Read the journal's record of a version.

    Raises:
        StoreError: there is none, or it was changed.
    """
    octets = transaction.get(version.to_bytes(VERSION_OCTETS, "big"), None, tables.journal)
    if octets is None:
        raise StoreError(f"the journal is damaged: version {version} is missing")
    return journal.decode(octets)


def newest(transaction: Transaction, tables: Tables) -> int:
    """Read the number of the last version in the journal; 0: it has none."""
    cursor = transaction.cursor(tables.journal)
    return int.from_bytes(cursor.key(), "big") if cursor.last() else 0
