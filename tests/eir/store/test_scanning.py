"""Reading whole stretches; that it agrees with a dictionary is in `test_map_writer`."""

from dataclasses import replace

import numpy as np
import pytest

from eir.errors import StoreError
from eir.store.block import key_octets
from tests.eir.store.made import Table, entries_of, table_of, writable
from tests.eir.store.mapped import Mapped

# Every number so far from the next that some hundred fill a block.
MANY: Table = {(number * 2**40,): number for number in range(1, 2_000)}


def test_a_scan_comes_in_arrays_of_no_more_than_a_chunk_and_a_block() -> None:
    with writable() as (transaction, tables, _):
        mapped = Mapped(transaction, tables, 1)
        mapped.put(MANY)
        mapped.put({(2**40,): 0, (1_999 * 2**40,): 5})
        sizes = [part.shape[1] for part in mapped.scan(chunk=500)]
        assert sum(sizes) == 1_998
        assert max(sizes) < 1_100


def test_values_are_looked_up_in_a_map_that_never_was() -> None:
    with writable() as (transaction, tables, _):
        mapped = Mapped(transaction, tables, 1)
        assert mapped.scan().values(np.array([[1, 2]], np.uint64)).tolist() == [0, 0]
        assert mapped.scan().starting_with(np.array([1], np.uint64)).shape == (2, 0)
        assert table_of(mapped.scan()) == {}


def test_keys_that_begin_with_nothing_are_found() -> None:
    with writable() as (transaction, tables, _):
        mapped = Mapped(transaction, tables, 3)
        mapped.put({(0, 0, 7): 1, (0, 5, 0): 2, (9, 0, 0): 3})
        found = mapped.scan().starting_with(np.array([0, 9], np.uint64))
        assert found.T.tolist() == [[0, 0, 7, 1], [0, 5, 0, 2], [9, 0, 0, 3]]


@pytest.mark.parametrize("place", [0, 2, -1])
def test_a_missing_block_is_damage_however_the_map_is_read(place: int) -> None:
    with writable() as (transaction, tables, _):
        mapped = Mapped(transaction, tables, 1)
        mapped.put(MANY)
        keys = [key for key, _ in transaction.cursor(tables.blocks)]
        before = int.from_bytes(keys[place - 1][8:], "big") if place else 1
        transaction.delete(keys[place], db=tables.blocks)
        missed = np.array([[before + 1]], np.uint64)
        with pytest.raises(StoreError, match="a block is missing"):
            table_of(mapped.scan())
        with pytest.raises(StoreError, match="a block is missing"):
            mapped.scan().values(missed)
        with pytest.raises(StoreError, match="a block is missing"):
            mapped.scan().starting_with(missed[0])


def test_blocks_of_another_map_do_not_stand_in_for_missing_ones() -> None:
    with writable() as (transaction, tables, _):
        mapped, other = (Mapped(transaction, tables, 1, number) for number in (1, 2))
        for each in (mapped, other):
            each.put(MANY)
        for key, _ in list(transaction.cursor(tables.blocks)):
            if key.startswith(key_octets(mapped.state.table, ())):
                transaction.delete(key, db=tables.blocks)
        with pytest.raises(StoreError, match="damaged"):
            table_of(mapped.scan())
        with pytest.raises(StoreError, match="damaged"):
            mapped.scan().values(entries_of(MANY, 1))


def test_a_scan_misses_what_another_base_or_fewer_changes_do_not_have() -> None:
    with writable() as (transaction, tables, _):
        mapped = Mapped(transaction, tables, 1)
        mapped.put(MANY)
        mapped.state = replace(mapped.state, base=mapped.state.base + 1)
        with pytest.raises(StoreError, match="subscribers has lost entries"):
            table_of(mapped.scan())
    with writable() as (transaction, tables, _):
        mapped = Mapped(transaction, tables, 1)
        mapped.put(MANY)
        mapped.put({(5,): 7, (6,): 7})
        (key, _), _ = list(transaction.cursor(tables.overlay))
        transaction.delete(key, db=tables.overlay)
        with pytest.raises(StoreError, match="subscribers has lost changes"):
            table_of(mapped.scan())


def test_a_garbled_entry_of_the_overlay_is_damage() -> None:
    with writable() as (transaction, tables, _):
        mapped = Mapped(transaction, tables, 1)
        mapped.put(MANY)
        mapped.put({(5,): 7})
        ((key, value),) = list(transaction.cursor(tables.overlay))
        transaction.put(key, bytes([value[0] ^ 1]) + value[1:], db=tables.overlay)
        for read in (
            lambda: table_of(mapped.scan()),
            lambda: mapped.scan().values(np.array([[5]], np.uint64)),
            lambda: mapped.scan().starting_with(np.array([5], np.uint64)),
        ):
            with pytest.raises(StoreError, match="fails its check"):
                read()
