"""Arrays of entries against plain Python's sorting."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eir.store.arrays import Entries, count_upto, empty, find, join, latest, repeats, sort, zeros
from tests.eir.store.made import WIDTHS, Key, Table, entries_of, keys_of, maps

Rows = list[tuple[int, ...]]


@st.composite
def repeating(draw: st.DrawFn) -> tuple[int, Rows]:
    """Draw keys in any order, some of them several times; the last column is their place."""
    width = draw(WIDTHS)
    keys = draw(st.lists(keys_of(width), max_size=25))
    return width, [(*key, place) for place, key in enumerate(keys)]


def array_of(rows: Rows, width: int) -> Entries:
    return np.array(rows, np.uint64).reshape(-1, width + 1).T


def rows_of(entries: Entries) -> Rows:
    return [tuple(column) for column in entries.T.tolist()]


def in_order(rows: Rows) -> Rows:
    return sorted(rows, key=lambda row: row[:-1])


@given(repeating())
def test_entries_with_the_same_key_stay_in_their_order(made: tuple[int, Rows]) -> None:
    width, rows = made
    assert rows_of(sort(array_of(rows, width), width)) == in_order(rows)


@given(repeating(), st.integers(0, 25))
def test_joined_arrays_are_sorted_and_the_later_part_comes_later(
    made: tuple[int, Rows], cut: int
) -> None:
    width, rows = made
    parts = [sort(array_of(part, width), width) for part in (rows[:cut], rows[cut:])]
    assert rows_of(join(parts, width)) == in_order(rows)


@given(repeating())
def test_of_each_key_the_latest_is_kept(made: tuple[int, Rows]) -> None:
    width, rows = made
    found = latest(sort(array_of(rows, width), width), width)
    assert rows_of(found) == sorted((*key, place) for *key, place in _by_key(rows).values())


def _by_key(rows: Rows) -> dict[Key, Key]:
    return {row[:-1]: row for row in rows}


@given(repeating())
def test_an_entry_repeats_the_key_of_the_one_before(made: tuple[int, Rows]) -> None:
    width, rows = made
    keys = [row[:-1] for row in in_order(rows)]
    found = repeats(array_of(in_order(rows), width), width)
    assert found.tolist() == [
        place > 0 and key == keys[place - 1] for place, key in enumerate(keys)
    ]


@given(repeating(), st.data())
def test_entries_up_to_a_key_are_counted(made: tuple[int, Rows], data: st.DataObject) -> None:
    width, rows = made
    bound = data.draw(keys_of(width))
    found = count_upto(array_of(in_order(rows), width), width, np.array(bound, np.uint64))
    assert found == sum(row[:-1] <= bound for row in rows)


@given(maps(), st.data())
def test_keys_are_found_where_they_are(made: tuple[int, Table], data: st.DataObject) -> None:
    width, table = made
    asked = sorted({*data.draw(st.lists(keys_of(width), max_size=9)), *list(table)[:3]})
    wanted = entries_of(dict.fromkeys(asked, 0), width)
    entries = entries_of(table, width)
    places, there = find(entries, width, wanted)
    assert there.tolist() == [key in table for key in asked]
    found = entries[-1, places[there]].tolist()
    assert found == [table[key] for key in asked if key in table]


@pytest.mark.parametrize("width", [1, 2, 3])
def test_nothing_is_sorted_joined_and_kept_as_nothing(width: int) -> None:
    nothing = empty(width + 1)
    for found in (sort(nothing, width), join([nothing] * 2, width), latest(nothing, width)):
        assert found.shape == (width + 1, 0)
    assert repeats(nothing, width).tolist() == []
    assert zeros(0).tolist() == []
