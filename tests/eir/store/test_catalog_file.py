import pytest

from eir.errors import StoreError
from eir.lists.names import ListName
from eir.lists.subjects import Kind
from eir.store.catalog_file import newest, read_catalog, read_record, write_catalog
from eir.store.layout import (
    EQUIPMENT,
    MAP_PREFIX,
    STATE_KEY,
    VERSION_OCTETS,
    Catalog,
    MapState,
    State,
    Truth,
    encode_state,
)
from tests.eir.store.made import writable

NAME = Truth(ListName.PROHIBITED, "a").map(Kind.TAC)
MAPS = {EQUIPMENT: MapState(EQUIPMENT, 1, 2, 3, 4, 5), NAME: MapState(NAME, 2)}


def test_state_and_maps_read_back() -> None:
    catalog = Catalog(State(version=7, loaded="2026-01-31T00:00:00+00:00", maps=2), MAPS)
    with writable() as (transaction, tables, _):
        write_catalog(transaction, tables, catalog)
        assert read_catalog(transaction, tables) == catalog


def test_a_store_that_was_just_made_has_no_version() -> None:
    with writable() as (transaction, tables, _):
        assert read_catalog(transaction, tables) == Catalog()


def test_a_store_of_another_format_is_not_read() -> None:
    with writable() as (transaction, tables, _):
        transaction.put(STATE_KEY, encode_state(State(format=9)), db=tables.meta)
        with pytest.raises(StoreError, match="format 9"):
            read_catalog(transaction, tables)


def test_a_garbled_map_is_damage() -> None:
    with writable() as (transaction, tables, _):
        write_catalog(transaction, tables, Catalog(State(), MAPS))
        transaction.put(MAP_PREFIX + b"tacs", b"{}", db=tables.meta)
        with pytest.raises(StoreError, match="a map is garbled"):
            read_catalog(transaction, tables)


def test_a_version_without_a_record_is_damage() -> None:
    missing = pytest.raises(StoreError, match="the journal is damaged: version 7 is missing")
    with writable() as (transaction, tables, _), missing:
        read_record(transaction, tables, 7)


def test_the_last_version_is_that_of_the_last_record() -> None:
    with writable() as (transaction, tables, _):
        assert newest(transaction, tables) == 0
        for version in (1, 300):
            key = version.to_bytes(VERSION_OCTETS, "big")
            transaction.put(key, b"{}", db=tables.journal)
        assert newest(transaction, tables) == 300
