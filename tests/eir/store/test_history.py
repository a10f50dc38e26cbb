"""What versions found, kept by version and map."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eir.errors import StoreError
from eir.store import history
from eir.store.environment import Tables, Transaction
from tests.eir.store.made import Key, Table, is_sorted, maps, pages_of, table_of, writable

VALUES = st.integers(0, 5)  # 0: there was nothing
MANY: Table = {(number * 2**40,): number % 3 for number in range(1, 2_000)}


def write(transaction: Transaction, tables: Tables, owner: int, table: Table, width: int) -> None:
    history.write(transaction, tables, owner, pages_of(table, width, 500), width)


def look_up(transaction: Transaction, tables: Tables, owner: int, key: Key) -> int | None:
    return history.look_up(transaction, tables, owner, key)


@given(st.integers(1, 2**30), st.integers(1, 2**24 - 1))
def test_version_and_map_are_one_number_that_sorts_by_version(version: int, number: int) -> None:
    owner = history.owner_of(version, number)
    assert history.version_and_map(owner) == (version, number)
    assert history.owner_of(version, 2**24 - 1) < history.owner_of(version + 1, 1)


@given(maps(VALUES), st.data())
def test_what_was_reads_back_whole_and_by_key(made: tuple[int, Table], data: st.DataObject) -> None:
    width, table = made
    with writable() as (transaction, tables, _):
        owners = [history.owner_of(*each) for each in ((1, 1), (2, 1), (2, 2))]
        for owner in owners:
            write(transaction, tables, owner, table if owner == owners[1] else {}, width)
        read = table_of(history.read(transaction, tables, owners[1], width))
        assert read == table
        assert is_sorted(read)
        for key in [*table, data.draw(st.tuples(*[st.integers(1, 9)] * width))]:
            assert look_up(transaction, tables, owners[1], key) == table.get(key)
            assert look_up(transaction, tables, owners[2], key) is None


def test_many_blocks_read_back() -> None:
    with writable() as (transaction, tables, _):
        write(transaction, tables, 7, MANY, 1)
        assert table_of(history.read(transaction, tables, 7, 1)) == MANY
        assert look_up(transaction, tables, 7, (2**40,)) == 1
        assert look_up(transaction, tables, 7, (3 * 2**40,)) == 0
        assert look_up(transaction, tables, 7, (2**40 + 1,)) is None


def test_where_nothing_is_kept_nothing_is_read() -> None:
    with writable() as (transaction, tables, _):
        write(transaction, tables, 7, MANY, 1)
        for owner in (6, 8):
            assert list(history.read(transaction, tables, owner, 1)) == []
            assert look_up(transaction, tables, owner, (2**40,)) is None


def test_what_leads_to_older_versions_is_forgotten_and_nothing_else() -> None:
    with writable() as (transaction, tables, _):
        owners = {(v, n): history.owner_of(v, n) for v in range(1, 6) for n in (1, 2**24 - 1)}
        for owner in owners.values():
            write(transaction, tables, owner, {(5,): 1}, 1)
        history.forget(transaction, tables, before=3)  # version 4 found what leads to 3
        left = [
            which
            for which, owner in owners.items()
            if look_up(transaction, tables, owner, (5,)) is not None
        ]
        assert left == [which for which in owners if which[0] > 3]


@pytest.mark.parametrize("octet", [0, 20, -1])
def test_a_garbled_block_is_damage(octet: int) -> None:
    with writable() as (transaction, tables, _):
        write(transaction, tables, 7, {(5,): 1, (6,): 300}, 1)
        ((key, octets),) = list(transaction.cursor(tables.history))
        garbled = bytearray(octets)
        garbled[octet] ^= 4
        transaction.put(key, bytes(garbled), db=tables.history)
        with pytest.raises(StoreError, match="history is wrong"):
            look_up(transaction, tables, 7, (5,))
        with pytest.raises(StoreError, match="fails its check"):
            list(history.read(transaction, tables, 7, 1))


def test_a_missing_block_is_damage() -> None:
    with writable() as (transaction, tables, _):
        write(transaction, tables, 7, MANY, 1)
        keys = [key for key, _ in transaction.cursor(tables.history)]
        transaction.delete(keys[1], db=tables.history)
        missed = int.from_bytes(keys[1][8:], "big")
        with pytest.raises(StoreError, match="history is wrong"):
            look_up(transaction, tables, 7, (missed,))
