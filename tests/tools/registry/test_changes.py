"""Deltas of one run, and of several folded into one."""

import itertools
from collections.abc import Mapping
from datetime import UTC, date, datetime

from hypothesis import given
from hypothesis import strategies as st

from tools.registry.changes import Change, Does, Window
from tools.registry.world import FIRST, Block, Snapshot

OLD, NEW = (Block(date(2025, 1, day), ("stolen",)) for day in (1, 2))
LISTS = st.dictionaries(st.sampled_from("abc"), st.sampled_from([OLD, NEW]))


def history(*lists: Mapping[str, Block], first: int = 10) -> list[Snapshot]:
    moment = datetime(2025, 1, 1, tzinfo=UTC)
    return [Snapshot(first + 5 * place, moment, each, {}, {}) for place, each in enumerate(lists)]


def delta(*lists: Mapping[str, Block]) -> list[Change[str, Block]]:
    window = Window.of(history(*lists), reach=len(lists) - 1)
    return window.folded(lambda snapshot: snapshot.blacklist)


def test_a_delta_of_one_run_tells_what_came_what_changed_and_what_went() -> None:
    assert delta({"a": OLD, "b": OLD, "c": OLD}, {"b": NEW, "c": OLD, "d": NEW}) == [
        Change(Does.CHANGE, "b", NEW),
        Change(Does.PUT, "d", NEW),
        Change(Does.REMOVE, "a", OLD),
    ]


def test_what_went_and_came_again_folds_to_nothing_even_if_it_differs() -> None:
    assert delta({"a": OLD}, {}, {"a": NEW}) == []


def test_what_came_and_went_again_folds_to_nothing() -> None:
    assert delta({}, {"a": OLD}, {"a": NEW}, {}) == []


def test_what_came_and_changed_is_new_as_it_is_now() -> None:
    assert delta({}, {"a": OLD}, {"a": NEW}) == [Change(Does.PUT, "a", NEW)]


def test_what_changed_and_went_is_removed_as_it_was_last() -> None:
    assert delta({"a": OLD}, {"a": NEW}, {}) == [Change(Does.REMOVE, "a", NEW)]


def test_what_went_and_came_and_changed_is_changed() -> None:
    assert delta({"a": OLD}, {}, {"a": OLD}, {"a": NEW}) == [Change(Does.CHANGE, "a", NEW)]


@given(st.lists(LISTS, min_size=2, max_size=6))
def test_a_fold_says_of_each_key_where_it_began_and_ended(lists: list[dict[str, Block]]) -> None:
    expected = {}
    for key in "abc":
        states = [each.get(key) for each in lists]
        stayed = [(x, y) for x, y in itertools.pairwise(states) if x and y]
        match states[0], states[-1]:
            case None, Block() as last:
                expected[key] = Change(Does.PUT, key, last)
            case Block(), None:
                last = next(state for state in reversed(states) if state)
                expected[key] = Change(Does.REMOVE, key, last)
            case Block(), Block() as last if any(x != y for x, y in stayed):
                expected[key] = Change(Does.CHANGE, key, last)

    assert {change.key: change for change in delta(*lists)} == expected


def test_the_first_run_has_no_base_and_everything_is_new() -> None:
    window = Window.of(history({"a": OLD}), reach=3)

    assert window.base == FIRST
    assert window.folded(lambda each: each.blacklist) == [Change(Does.PUT, "a", OLD)]


def test_the_base_is_as_many_runs_back_as_is_asked_for() -> None:
    past = history({}, {}, {}, {})

    assert [Window.of(past, reach).base for reach in (1, 2, 3, 4)] == [20, 15, 10, 10]


def test_nothing_before_a_reset_is_a_base() -> None:
    past = [*history({"a": OLD}, {"a": OLD}), *history({"b": OLD}, {"b": NEW}, first=1)]

    assert Window.of(past[:3], reach=1).base == FIRST
    assert Window.of(past, reach=3).base == 1
