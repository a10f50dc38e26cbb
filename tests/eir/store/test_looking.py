"""Looking up for the wire; that it agrees with a dictionary is in `test_map_writer`."""

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eir.errors import StoreError
from eir.store.looking import MapLookup
from tests.eir.store.made import NUMBERS, Table, tables, wide, writable
from tests.eir.store.mapped import Mapped

MANY: Table = {(number * 2**40,): number for number in range(1, 2_000)}


@settings(max_examples=20)
@given(wide(count=400), tables(3), NUMBERS)
def test_the_first_entry_of_a_base_from_a_number_on_is_found(
    many: Table, few: Table, number: int
) -> None:
    with writable() as (transaction, tables_, _):
        for table in (many | few, few):
            mapped = Mapped(transaction, tables_, 3)
            mapped.put(table)
            for asked in (number, *(key[0] + beside for key in few for beside in (0, 1))):
                found = mapped.lookup().first_from(asked)
                later = [item for item in sorted(table.items()) if item[0][0] >= asked]
                assert found == (later[0] if later else None)


@settings(max_examples=30)
@given(st.lists(st.integers(1, 400), unique=True, max_size=60).map(sorted), st.integers(1, 9))
def test_a_segment_covers_what_is_from_its_first_number_to_its_last(
    borders: list[int], scale: int
) -> None:
    pairs = list(zip(borders[::2], borders[1::2], strict=False))
    segments: Table = {(last << scale, first << scale): first for first, last in pairs}
    with writable() as (transaction, tables_, _):
        mapped = Mapped(transaction, tables_, 2)
        mapped.put(segments)
        asked = {border << scale for border in borders} | {2, 400 << 9}
        for number in (each + beside for each in asked for beside in (-1, 0, 1)):
            around = [value for key, value in segments.items() if key[1] <= number <= key[0]]
            for lookup in (mapped.lookup(), mapped.lookup(), mapped.lookup(in_place=True)):
                assert [lookup.covering(number)] == (around or [0])


def test_a_map_that_never_was_has_no_entry() -> None:
    with writable() as (transaction, tables_, _):
        lookup = Mapped(transaction, tables_, 1).lookup()
        assert lookup.value(5) == 0
        assert lookup.starting_with(5) == []
        assert lookup.first_from(5) is None


@pytest.mark.parametrize("place", [0, 2, -1])
@pytest.mark.parametrize(
    "ask", [MapLookup.value, MapLookup.single, MapLookup.starting_with, MapLookup.first_from]
)
def test_a_missing_block_is_damage_not_unlisted(
    place: int, ask: Callable[[MapLookup, int], object]
) -> None:
    with writable() as (transaction, tables_, _):
        mapped = Mapped(transaction, tables_, 1)
        mapped.put(MANY)
        keys = [key for key, _ in transaction.cursor(tables_.blocks)]
        before = int.from_bytes(keys[place - 1][8:], "big") if place else 1
        transaction.delete(keys[place], db=tables_.blocks)
        with pytest.raises(StoreError, match="a block is missing"):
            ask(mapped.lookup(), before + 1)


def test_a_block_that_is_missing_in_the_middle_of_what_is_asked_is_damage() -> None:
    with writable() as (transaction, tables_, _):
        mapped = Mapped(transaction, tables_, 2)
        mapped.put({(7, number * 2**40): number for number in range(1, 2_000)})
        keys = [key for key, _ in transaction.cursor(tables_.blocks)]
        transaction.delete(keys[2], db=tables_.blocks)
        with pytest.raises(StoreError, match="a block is missing"):
            mapped.lookup().starting_with(7)


def test_a_garbled_block_is_damage_once_it_is_met() -> None:
    with writable() as (transaction, tables_, _):
        mapped = Mapped(transaction, tables_, 1)
        mapped.put(MANY)
        key, octets = next(iter(transaction.cursor(tables_.blocks)))
        transaction.put(key, octets[:-1] + bytes([octets[-1] ^ 1]), db=tables_.blocks)
        with pytest.raises(StoreError, match="a block fails its check"):
            mapped.lookup().single(5)
        assert mapped.lookup().single(1_999 * 2**40) == 1_999


def test_a_garbled_change_is_damage_once_it_is_met() -> None:
    with writable() as (transaction, tables_, _):
        mapped = Mapped(transaction, tables_, 1)
        mapped.put(MANY)
        mapped.put({(5,): 7})
        ((key, value),) = list(transaction.cursor(tables_.overlay))
        transaction.put(key, bytes([value[0] ^ 1]) + value[1:], db=tables_.overlay)
        with pytest.raises(StoreError, match="an entry fails its check"):
            mapped.lookup().single(5)
        with pytest.raises(StoreError, match="an entry fails its check"):
            mapped.lookup().starting_with(5)


def test_a_block_is_checked_once_in_a_file() -> None:
    with writable() as (transaction, tables_, _):
        mapped = Mapped(transaction, tables_, 1)
        mapped.put(MANY)
        sound: set[bytes] = set()
        lookup = MapLookup(transaction, tables_, mapped.state, sound, None)
        assert [lookup.single(2**40), lookup.single(2**40 + 1), lookup.single(2 * 2**40)] == [
            1,
            0,
            2,
        ]
        assert len(sound) == 1
