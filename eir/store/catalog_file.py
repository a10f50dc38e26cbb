"""Reads and writes the state and the places of all maps; reads who made a version."""

import json
from collections.abc import Mapping
from pathlib import Path

from eir.errors import StoreError
from eir.store import journal
from eir.store.block import damaged
from eir.store.environment import Tables, Transaction, open_tables, reading
from eir.store.feeds import RegistryState
from eir.store.journal import Record
from eir.store.layout import (
    MAP_PREFIX,
    REGISTRY_PREFIX,
    STATE_KEY,
    VERSION_OCTETS,
    Catalog,
    State,
    decode_map,
    decode_state,
    encode_map,
    encode_state,
    seal_file,
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


def read_registries(transaction: Transaction, tables: Tables) -> dict[str, RegistryState]:
    """Read where all registries are.

    Raises:
        StoreError: they are garbled.
    """
    found = {}
    cursor = transaction.cursor(tables.meta)
    there = cursor.set_range(REGISTRY_PREFIX)
    while there and cursor.key().startswith(REGISTRY_PREFIX):
        name = cursor.key().removeprefix(REGISTRY_PREFIX).decode()
        try:
            found[name] = RegistryState.load(json.loads(cursor.value()))
        except (ValueError, TypeError) as error:
            raise damaged(f"the state of a registry is garbled: {error}") from None
        there = cursor.next()
    return found


def write_registries(
    transaction: Transaction, tables: Tables, registries: Mapping[str, RegistryState]
) -> None:
    """Write where these registries are."""
    for name, state in registries.items():
        octets = json.dumps(state.dump()).encode()
        transaction.put(REGISTRY_PREFIX + name.encode(), octets, db=tables.meta)


def version_of(path: Path) -> int:
    """Read the number of the version that serves under `store.path`; 0: none does.

    Raises:
        StoreError: it cannot be read.
    """
    return state_of(path).version if seal_file(path).exists() else 0


def registries_of(path: Path) -> dict[str, RegistryState]:
    """Read where all registries are, as the lists under `store.path` have it.

    Raises:
        StoreError: it cannot be read.
    """
    if not seal_file(path).exists():
        return {}
    with reading(path) as environment:
        tables = open_tables(environment)
        with environment.begin() as transaction:
            return read_registries(transaction, tables)


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
