"""What a walk over the maps finds, although every page of LMDB is sound."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from eir.errors import StoreError
from eir.lists.names import ListName
from eir.lists.subjects import Kind, number_of
from eir.store import history
from eir.store.block import key_octets
from eir.store.catalog_file import write_catalog
from eir.store.environment import Tables, Transaction
from eir.store.layout import EQUIPMENT, Catalog, Truth
from eir.store.overlay_arrays import seal_all
from eir.store.packing import Packer
from eir.store.verify import verify
from tests.eir.lists_loading import csv_of, load_text
from tests.eir.store.tampering import Tamper, restate, tamper

LISTED = Truth(ListName.PROHIBITED, "local").map(Kind.EQUIPMENT)
COUNT = 5_000  # of entries: a base of more than one block


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """A store with bases, an overlay and history, of two sources."""
    load_text(tmp_path, csv_of(range(COUNT)))
    load_text(tmp_path, csv_of(range(3)), source="other")
    load_text(tmp_path, "op,imei\nremove,00000000000007\nadd,00000000009000\n", mode=None)
    load_text(tmp_path, "op,imei\nremove,00000000000007\nremove,00000000000008\n", mode=None)
    return tmp_path


def test_a_sound_store_passes(store: Path) -> None:
    assert verify(store).version == 4


def delete_block(transaction: Transaction, tables: Tables, catalog: Catalog) -> None:
    cursor = transaction.cursor(tables.blocks)
    assert cursor.set_range(key_octets(catalog.maps[LISTED].table, (0,)))
    assert cursor.delete()


def delete_last_block(transaction: Transaction, tables: Tables, catalog: Catalog) -> None:
    cursor = transaction.cursor(tables.blocks)
    assert cursor.set_range(key_octets(catalog.maps[LISTED].table + 1, (0,)))
    assert cursor.prev()
    assert cursor.delete()


def delete_all_blocks(transaction: Transaction, tables: Tables, catalog: Catalog) -> None:
    transaction.drop(tables.blocks, delete=False)
    del catalog


def add_base(transaction: Transaction, tables: Tables, catalog: Catalog) -> None:
    cursor = transaction.cursor(tables.blocks)
    cursor.putmulti(Packer(catalog.state.tables + 1, 1).finish())


def swap_blocks(transaction: Transaction, tables: Tables, catalog: Catalog) -> None:
    cursor = transaction.cursor(tables.blocks)
    assert cursor.set_range(key_octets(catalog.maps[LISTED].table, (0,)))
    first, octets = cursor.item()
    assert cursor.next()
    second = cursor.key()
    assert first[:8] == second[:8]
    transaction.put(second, octets, db=tables.blocks)


def write_base(
    transaction: Transaction, tables: Tables, catalog: Catalog, numbers: list[int], value: int
) -> None:
    """Give the map a base of its own making, as long as before."""
    state = catalog.maps[LISTED]
    delete_all_of(transaction, tables, state.table)
    packer = Packer(state.table, 1)
    cursor = transaction.cursor(tables.blocks)
    cursor.putmulti(packer.pack(np.array([numbers, [value] * len(numbers)], np.uint64)))
    cursor.putmulti(packer.finish())


def delete_all_of(transaction: Transaction, tables: Tables, owner: int) -> None:
    cursor = transaction.cursor(tables.blocks)
    there = cursor.set_range(key_octets(owner, (0,)))
    while there and cursor.key().startswith(key_octets(owner, ())):
        there = cursor.delete()


FIRST = number_of("00000000000000")


def shorten_base(transaction: Transaction, tables: Tables, catalog: Catalog) -> None:
    numbers = [FIRST + number for number in range(COUNT - 1)]
    write_base(transaction, tables, catalog, numbers, 1)


def repeat_a_key(transaction: Transaction, tables: Tables, catalog: Catalog) -> None:
    numbers = [FIRST, *(FIRST + number for number in range(COUNT - 1))]
    write_base(transaction, tables, catalog, numbers, 1)


def begin_below_a_block(transaction: Transaction, tables: Tables, catalog: Catalog) -> None:
    write_over_border(transaction, tables, catalog, FIRST + 10)


def end_above_a_block(transaction: Transaction, tables: Tables, catalog: Catalog) -> None:
    write_over_border(transaction, tables, catalog, FIRST - 10)


def write_over_border(
    transaction: Transaction, tables: Tables, catalog: Catalog, border: int
) -> None:
    """Give the map two blocks, both sorted, whose border is not between their entries."""
    state = catalog.maps[LISTED]
    delete_all_of(transaction, tables, state.table)
    packer = Packer(state.table, 1)
    numbers = np.arange(FIRST, FIRST + COUNT, dtype=np.uint64)
    entries = np.stack((numbers, np.ones(COUNT, np.uint64)))
    one, rest = (entries[:, :1], entries[:, 1:])
    cursor = transaction.cursor(tables.blocks)
    cursor.putmulti([packer._block(one, packer._fitting(one)[1], upper=(border,))])
    cursor.putmulti(packer.pack(rest))
    cursor.putmulti(packer.finish())


def name_no_row(transaction: Transaction, tables: Tables, catalog: Catalog) -> None:
    numbers = [FIRST + number for number in range(COUNT)]
    write_base(transaction, tables, catalog, numbers, 99)


def name_a_row_of_another(transaction: Transaction, tables: Tables, catalog: Catalog) -> None:
    numbers = [FIRST + number for number in range(COUNT)]
    write_base(transaction, tables, catalog, numbers, 2)


def delete_change(transaction: Transaction, tables: Tables, catalog: Catalog) -> None:
    cursor = transaction.cursor(tables.overlay)
    assert cursor.set_range(key_octets(catalog.maps[LISTED].number, (0,)))
    assert cursor.delete()


def delete_all_changes(transaction: Transaction, tables: Tables, catalog: Catalog) -> None:
    transaction.drop(tables.overlay, delete=False)
    del catalog


def add_change(transaction: Transaction, tables: Tables, catalog: Catalog) -> None:
    changed = np.array([[FIRST], [1]], np.uint64)
    transaction.cursor(tables.overlay).putmulti(seal_all(catalog.state.maps + 1, changed))


def garble_change(transaction: Transaction, tables: Tables, catalog: Catalog) -> None:
    cursor = transaction.cursor(tables.overlay)
    assert cursor.set_range(key_octets(catalog.maps[LISTED].number, (0,)))
    key, octets = cursor.item()
    transaction.put(key, octets[:-1] + bytes((octets[-1] ^ 1,)), db=tables.overlay)


def miscount(transaction: Transaction, tables: Tables, catalog: Catalog) -> None:
    state = catalog.maps[LISTED]
    restate(transaction, tables, catalog, replace(state, entries=state.entries + 1))


def miscount_what_serves(transaction: Transaction, tables: Tables, catalog: Catalog) -> None:
    restate(transaction, tables, catalog, replace(catalog.maps[EQUIPMENT], entries=17))


def delete_history(transaction: Transaction, tables: Tables, catalog: Catalog) -> None:
    cursor = transaction.cursor(tables.history)
    assert cursor.first()
    key, octets = cursor.item()
    assert cursor.delete()
    transaction.put(key[:-1] + b"\0", octets, db=tables.history)
    del catalog


def add_history_of(transaction: Transaction, tables: Tables, version: int, number: int) -> None:
    packer = Packer(history.owner_of(version, number), 1)
    transaction.cursor(tables.history).putmulti(packer.finish())


def add_history_of_no_version(transaction: Transaction, tables: Tables, catalog: Catalog) -> None:
    add_history_of(transaction, tables, 9, catalog.maps[LISTED].number)


def keep_what_was_forgotten(transaction: Transaction, tables: Tables, catalog: Catalog) -> None:
    state = replace(catalog.state, history_from=3)
    write_catalog(transaction, tables, replace(catalog, state=state))


def add_history_of_no_map(transaction: Transaction, tables: Tables, catalog: Catalog) -> None:
    add_history_of(transaction, tables, 4, catalog.state.maps + 1)


def add_history_of_what_serves(transaction: Transaction, tables: Tables, catalog: Catalog) -> None:
    add_history_of(transaction, tables, 4, catalog.maps[EQUIPMENT].number)


@pytest.mark.parametrize(
    ("harm", "reason"),
    [
        (delete_block, "a block is missing"),
        (delete_last_block, "a block is missing"),
        (delete_all_blocks, "a map has lost its blocks"),
        (add_base, "blocks of no map"),
        (swap_blocks, "a block is missing"),
        (shorten_base, "has lost entries"),
        (repeat_a_key, "out of order"),
        (begin_below_a_block, "out of order"),
        (end_above_a_block, "out of order"),
        (name_no_row, "names a row that is not there"),
        (name_a_row_of_another, "name a row of another's"),
        (delete_change, "has lost entries"),
        (delete_all_changes, "a map has lost its changes"),
        (add_change, "changes of no map"),
        (garble_change, "an entry fails its check"),
        (miscount, "has lost entries"),
        (miscount_what_serves, "has lost entries"),
        (delete_history, "a block is missing"),
        (add_history_of_no_version, "history of no map or no version"),
        (keep_what_was_forgotten, "history of no map or no version"),
        (add_history_of_no_map, "history of no map or no version"),
        (add_history_of_what_serves, "history of no map or no version"),
    ],
)
def test_harm_is_found(store: Path, harm: Tamper, reason: str) -> None:
    tamper(store, harm)
    with pytest.raises(StoreError, match=reason):
        verify(store)


def test_a_second_removal_is_of_what_the_first_one_left(store: Path) -> None:
    gone = "op,imei\nremove,00000000000007\nremove,00000000000008\n"
    assert load_text(store, gone, mode=None).counts.absent == 2
    verify(store)
