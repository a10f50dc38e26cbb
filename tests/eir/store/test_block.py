"""Blocks as they are read in place; what packs them is `packing`."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eir.errors import StoreError
from eir.store.block import MAX_NUMBER, Block, is_sound, key_octets
from eir.store.packing import Packer
from tests.eir.store.made import Key, Table, entries_of, keys_of, maps, tables, wide

OWNER = 7
MAPS = maps()


def packed(table: Table, width: int, owner: int = OWNER) -> list[tuple[bytes, bytes]]:
    packer = Packer(owner, width)
    return [*packer.pack(entries_of(table, width)), *packer.finish()]


def only_block(table: Table, width: int) -> Block:
    ((_, octets),) = packed(table, width)
    return Block(octets, width)


@given(MAPS, st.data())
def test_each_key_is_found_and_no_other(made: tuple[int, Table], data: st.DataObject) -> None:
    width, table = made
    block = only_block(table, width)
    assert {key: block.find(key) for key in table} == table
    other = data.draw(keys_of(width))
    assert block.find(other) == table.get(other)


@given(MAPS, st.data())
def test_rows_are_found_by_the_beginning_of_their_key(
    made: tuple[int, Table], data: st.DataObject
) -> None:
    width, table = made
    block = only_block(table, width)
    prefix = data.draw(keys_of(width))[: data.draw(st.integers(0, width))]
    low, high = block.span(prefix)
    found = [(block.key(row), block.value(row)) for row in range(low, high)]
    assert found == [item for item in sorted(table.items()) if item[0][: len(prefix)] == prefix]


@given(MAPS, st.data())
def test_the_first_row_from_a_number_on_is_found(
    made: tuple[int, Table], data: st.DataObject
) -> None:
    width, table = made
    block = only_block(table, width)
    number = data.draw(keys_of(1))[0]
    row = block.first_from(number)
    assert [block.key(at) for at in range(row, block.count)] == [
        key for key in sorted(table) if key[0] >= number
    ]


@given(wide(count=400), st.data())
def test_exactly_one_block_covers_a_key_and_only_for_its_owner(
    table: Table, data: st.DataObject
) -> None:
    blocks = [Block(octets, 3) for _, octets in packed(table, 3)]
    listed = data.draw(st.sampled_from(sorted(table)))
    beside: Key = (*listed[:2], listed[2] + data.draw(st.sampled_from([-1, 1])))
    for key in (listed, beside, data.draw(keys_of(3))):
        (covering,) = (block for block in blocks if block.covers(OWNER, key))
        assert covering.find(key) == table.get(key)
        assert not covering.covers(OWNER + 1, key)


@given(wide(count=400))
def test_neighbours_meet_without_gap_from_the_first_key_to_the_last(table: Table) -> None:
    stored = packed(table, 3)
    blocks = [Block(octets, 3) for _, octets in stored]
    assert len(blocks) > 2
    assert blocks[0].lower == (0, 0, 0)
    assert blocks[-1].upper == (MAX_NUMBER,) * 3
    for before, after in pairwise(blocks):
        assert before.upper == after.lower
        assert before.covers(OWNER, before.upper)
        assert not after.covers(OWNER, after.lower)
    assert [key for key, _ in stored] == [key_octets(OWNER, block.upper) for block in blocks]
    assert [key for key, _ in stored] == sorted(key for key, _ in stored)


@given(MAPS, st.data())
def test_any_flipped_bit_is_met(made: tuple[int, Table], data: st.DataObject) -> None:
    width, table = made
    ((_, octets),) = packed(table, width)
    assert is_sound(octets)
    bit = data.draw(st.integers(0, 8 * len(octets) - 1))
    garbled = bytearray(octets)
    garbled[bit // 8] ^= 1 << bit % 8
    assert not is_sound(bytes(garbled))


@pytest.mark.parametrize("octets", [b"", b"\0" * 4, b"\0\0\0\1"])
def test_nothing_is_no_sound_block(octets: bytes) -> None:
    assert not is_sound(octets)


@given(tables(2), st.integers(0, 200))
def test_a_block_that_ends_too_soon_is_damage(table: Table, missing: int) -> None:
    ((_, octets),) = packed({**table, (1, 1): 1, (9, 9): 300}, 2)
    with pytest.raises(StoreError, match="damaged"):
        Block(octets[: max(len(octets) - 1 - missing, 0)], 2)


def test_octets_of_a_key_sort_as_its_numbers_do() -> None:
    numbers = [(7, 1), (7, 255), (7, 256), (7, 2**40), (8, 0)]
    stored = [key_octets(owner, key) for owner, *key_ in numbers for key in [tuple(key_)]]
    assert stored == sorted(stored)
