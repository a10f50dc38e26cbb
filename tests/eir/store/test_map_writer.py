"""One map against a dictionary, through any sequence of changes: every way to read it agrees."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eir.store.arrays import Entries, empty
from eir.store.layout import MapState
from eir.store.map_writer import wants_new_base
from tests.eir.store.made import (
    VALUES,
    WIDTHS,
    Key,
    Table,
    entries_of,
    is_sorted,
    keys_of,
    table_of,
    tables,
    wide,
    writable,
)
from tests.eir.store.mapped import Mapped

CHANGED = VALUES | st.just(0)


@st.composite
def stories(draw: st.DrawFn) -> tuple[int, list[Table]]:
    """Draw what is put into a map, one after the other: many entries first, now and then."""
    width = draw(WIDTHS)
    first = draw(wide(count=draw(st.sampled_from([60, 400])), width=width)) | draw(tables(width))
    steps = draw(st.lists(tables(width, CHANGED), max_size=4))
    gone = draw(st.sets(st.sampled_from(sorted(first)), max_size=9))
    return width, [first, dict.fromkeys(gone, 0), *steps]


@settings(max_examples=30)
@given(stories(), st.data())
def test_a_map_holds_what_was_put_however_it_is_read(
    story: tuple[int, list[Table]], data: st.DataObject
) -> None:
    width, steps = story
    with writable() as (transaction, tables_, _):
        mapped = Mapped(transaction, tables_, width)
        for changes in steps:
            mapped.put(changes, page=data.draw(st.sampled_from([3, 1000])))
            asked = {*data.draw(st.lists(keys_of(width), max_size=5)), *list(changes)[:9]}
            _assert_agreement(mapped, sorted(asked), data.draw(st.integers(0, width)))


def _assert_agreement(mapped: Mapped, asked: list[Key], shared: int) -> None:
    held = mapped.held
    scanned = table_of(mapped.scan())
    assert scanned == held
    assert is_sorted(scanned)
    assert mapped.state.entries == len(held)
    wanted = entries_of(dict.fromkeys(asked, 0), mapped.width)
    expected = [held.get(key, 0) for key in asked]
    assert mapped.scan().values(wanted).tolist() == expected
    for _ in range(2):  # read, and then known
        assert [mapped.lookup().value(*key) for key in asked] == expected
    if mapped.width == 1:
        for lookup in (mapped.lookup(), mapped.lookup(), mapped.lookup(in_place=True)):
            assert [lookup.single(*key) for key in asked] == expected
            assert lookup.singles([key[0] for key in asked]) == expected
    numbers = np.array(sorted({key[0] for key in asked}), np.uint64)
    beginning = {key: value for key, value in held.items() if key[0] in set(numbers.tolist())}
    assert table_of([mapped.scan().starting_with(numbers)]) == beginning
    for key in asked:
        prefix = key[:shared] or key[:1]
        found = sorted(item for item in held.items() if item[0][: len(prefix)] == prefix)
        for lookup in (mapped.lookup(), mapped.lookup(), mapped.lookup(in_place=True)):
            assert lookup.starting_with(*prefix) == found
            assert lookup.rests(key[0]) == [
                (*rest[1:], value) for rest, value in sorted(held.items()) if rest[0] == key[0]
            ]


@settings(max_examples=20)
@given(stories(), st.data())
def test_maps_side_by_side_do_not_touch_each_other(
    story: tuple[int, list[Table]], data: st.DataObject
) -> None:
    width, steps = story
    with writable() as (transaction, tables_, _):
        one, other = (Mapped(transaction, tables_, width, number) for number in (1, 2))
        for changes in steps:
            data.draw(st.sampled_from([one, other])).put(changes)
            assert table_of(one.scan()) == one.held
            assert table_of(other.scan()) == other.held


@pytest.mark.parametrize(("changes", "wanted"), [(5, False), (6, False), (7, True)])
def test_a_new_base_is_wanted_once_the_overlay_is_more_than_an_eighth(
    changes: int,
    wanted: bool,  # noqa: FBT001 - a column of the table
) -> None:
    state = MapState("tacs", 1, table=1, base=80, overlay=4, entries=80)
    assert wants_new_base(state, changes) is wanted


def test_the_first_entries_make_a_base() -> None:
    assert wants_new_base(MapState("tacs", 1), 1)


def numbers(*, upto: int) -> Table:
    return {(number,): 9 for number in range(1, upto)}


def test_few_changes_leave_the_base_alone_and_many_replace_it_and_the_overlay() -> None:
    with writable() as (transaction, tables_, _):
        mapped = Mapped(transaction, tables_, 1)
        mapped.put(numbers(upto=801))
        table = mapped.state.table
        mapped.put({(5,): 0, (900,): 3})
        assert mapped.state == MapState(
            mapped.state.name, 1, table=table, base=800, overlay=2, entries=800
        )
        mapped.put({(5,): 4, (901,): 3})
        assert (mapped.state.overlay, mapped.stored()[1]) == (3, 3)
        mapped.put(dict.fromkeys(numbers(upto=102), 0))
        assert mapped.state.table > table
        assert (mapped.state.base, mapped.state.overlay) == (701, 0)
        assert mapped.stored()[1] == 0


def test_a_map_that_became_empty_can_be_filled_again() -> None:
    with writable() as (transaction, tables_, _):
        mapped = Mapped(transaction, tables_, 1)
        mapped.put(numbers(upto=9))
        mapped.put(dict.fromkeys(mapped.held, 0))
        assert table_of(mapped.scan()) == {}
        assert mapped.stored() == (1, 0)
        mapped.put({(3,): 1})
        assert table_of(mapped.scan()) == {(3,): 1}


def test_no_change_moves_nothing() -> None:
    with writable() as (transaction, tables_, _):
        mapped = Mapped(transaction, tables_, 1)
        mapped.put(numbers(upto=9))
        before = mapped.state
        mapped.put({})
        assert mapped.state is before


def test_a_rebuilt_map_holds_just_what_was_given() -> None:
    with writable() as (transaction, tables_, _):
        mapped = Mapped(transaction, tables_, 1)
        mapped.put(numbers(upto=900))
        mapped.put({(5,): 0})
        given_: list[Entries] = [entries_of({(7,): 1}, 1), empty(2), entries_of({(8,): 2}, 1)]
        mapped.state = mapped.writer.rebuild(mapped.state, given_)
        assert table_of(mapped.scan()) == {(7,): 1, (8,): 2}
        assert mapped.state.entries == 2
        assert mapped.stored() == (1, 0)


def test_a_dropped_map_leaves_nothing_behind() -> None:
    with writable() as (transaction, tables_, _):
        mapped, other = (Mapped(transaction, tables_, 1, number) for number in (1, 2))
        for each in (mapped, other):
            each.put(numbers(upto=900))
            each.put({(5,): 0})
        mapped.writer.drop(mapped.state)
        assert table_of(other.scan()) == other.held
        other.writer.drop(other.state)
        assert other.stored() == (0, 0)
