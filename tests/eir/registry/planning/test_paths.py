from dataclasses import replace

import pytest

from eir.lists.names import ListName
from eir.registry.bundle import FIRST, Bundle
from eir.registry.planning.paths import (
    Cost,
    Node,
    Path,
    Place,
    Way,
    explore,
    farthest,
    octets,
    recent,
    ways,
)
from eir.registry.planning.standing import Standing
from tests.eir.registry.planned import BLACK, NOTES, PAIRS, run


def node(bundle: Bundle, stands: Standing = Standing.AHEAD, held: tuple[str, ...] = ()) -> Node:
    return Node(bundle, dict.fromkeys(bundle.deliveries, stands), held)


def at(number: int, *, anew: bool = False) -> dict[ListName, Place]:
    return dict.fromkeys((BLACK, PAIRS), Place(anew=anew, run=number))


def best(*nodes: Node) -> Path:
    return farthest(explore(nodes, at(41)), nodes)


@pytest.mark.parametrize(
    ("bundle", "way"),
    [
        (run(47, 41), Way.DELTA),
        (run(47, 36), None),
        (run(47, 36, full=10), Way.FULL),
        (run(47, 41, delta=10, full=10), Way.DELTA),
        (run(47, 41, delta=10, full=9), Way.FULL),
        (run(47, FIRST), None),
        (run(41, 36), None),
        (run(47, dated=True), Way.DELTA),
        (run(41, dated=True), None),
    ],
)
def test_a_list_takes_the_cheapest_way_that_leads_from_where_it_is(
    bundle: Bundle, way: Way | None
) -> None:
    found = ways(node(bundle), at(41), {})
    assert found == (None if way is None else {BLACK: way, PAIRS: way})


def test_where_nothing_is_a_delta_from_the_first_run_leads_on() -> None:
    assert ways(node(run(36, FIRST)), {}, {}) == {BLACK: Way.DELTA, PAIRS: Way.DELTA}
    assert ways(node(run(36, 30)), {}, {}) is None
    assert ways(node(run(36, dated=True)), {}, {}) is None


def test_where_a_registry_began_anew_its_own_runs_are_the_only_bases() -> None:
    anew = node(run(41, 36), Standing.RESET)
    assert ways(anew, at(36), {}) is None
    assert ways(anew, at(36, anew=True), {}) == {BLACK: Way.DELTA, PAIRS: Way.DELTA}
    first = node(run(30, FIRST), Standing.RESET)
    assert ways(first, at(36), {}) == {BLACK: Way.FULL, PAIRS: Way.FULL}


def test_a_list_that_is_there_stays_while_the_others_follow() -> None:
    here = {BLACK: Place(anew=False, run=47), PAIRS: Place(anew=False, run=41)}
    assert ways(node(run(47, 41)), here, {}) == {PAIRS: Way.DELTA}


def test_no_list_takes_a_way_where_one_of_them_has_none() -> None:
    here = {BLACK: Place(anew=False, run=41), PAIRS: Place(anew=False, run=36)}
    assert ways(node(run(47, 41)), here, {}) is None


def test_a_dated_delta_leaves_out_none_that_is_known() -> None:
    assert ways(node(run(47, dated=True)), at(41), at(44)) is None
    assert ways(node(run(47, dated=True)), at(44), at(44)) is not None


def test_a_dated_delta_with_keys_in_no_order_gives_way_to_the_full_list_beside_it() -> None:
    both = node(run(47, dated=True, unordered=True, full=99))
    assert ways(both, at(41), {}) == {BLACK: Way.FULL, PAIRS: Way.FULL}
    alone = node(run(47, dated=True, unordered=True))
    assert ways(alone, at(41), {}) == {BLACK: Way.DELTA, PAIRS: Way.DELTA}


def test_a_way_costs_its_octets() -> None:
    both = run(47, 41, delta=10, full=99).deliveries[BLACK]
    assert (octets(both, Way.DELTA), octets(both, Way.FULL)) == (10, 99)
    assert octets(run(47, FIRST, delta=10).deliveries[BLACK], Way.FULL) == 10


def test_the_newest_run_is_reached_as_cheaply_as_can_be() -> None:
    path = best(node(run(47, 41, delta=10)), node(run(53, 47, delta=10, full=21)))
    assert [leg.node.bundle.run for leg in path.legs] == [47, 53]
    assert path.cost == Cost(held=0, octets=40, full=0, steps=2)
    path = best(node(run(47, 41, delta=10)), node(run(53, 47, delta=10, full=19)))
    assert [leg.node.bundle.run for leg in path.legs] == [53]
    assert path.cost == Cost(held=0, octets=38, full=2, steps=1)


def test_a_way_that_nobody_must_accept_is_cheaper_than_any_other() -> None:
    held = node(run(47, 41), held=("why",))
    path = best(held, node(run(53, 47, full=1 << 40)))
    assert [leg.node.bundle.run for leg in path.legs] == [53]


def notified(number: int, base: int) -> Node:
    """Make a run with full lists, but of the notifications, of which there is a delta only."""
    both, delta = (run(number, base, lists=(BLACK, PAIRS, NOTES), full=full) for full in (5, None))
    shown = {NOTES: delta.deliveries[NOTES]}
    return node(replace(both, deliveries={**both.deliveries, **shown}))


def test_lists_that_are_only_shown_make_no_more_ways_to_look_at() -> None:
    nodes = [notified(n, n - 1) for n in range(42, 62)]
    assert len(explore(nodes, {**at(41), NOTES: Place(anew=False, run=41)})) == 1 + len(nodes)


def test_lists_that_are_only_shown_are_taken_along_where_they_can_be() -> None:
    nodes = [notified(n, n - 1) for n in range(42, 46)]
    path = farthest(explore(nodes, {**at(41), NOTES: Place(anew=False, run=41)}), nodes)
    assert [leg.node.bundle.run for leg in path.legs] == [42, 43, 44, 45]
    assert path.at[NOTES].run == 45


def test_of_very_many_runs_those_before_the_newest_full_lists_are_left_out() -> None:
    full, delta = node(run(47, 41, full=9)), node(run(53, 47))
    older, held = node(run(44, 41, full=9)), node(run(50, 47, full=9), held=("why",))
    nodes = [older, full, held, delta]
    assert recent(nodes, 4) == nodes
    assert recent(nodes, 3) == [full, held, delta]


@pytest.mark.parametrize(
    "last",
    [
        node(run(47, 41, full=9, lists=(BLACK,))),
        node(run(47, 41, full=9), Standing.OLD),
        node(run(47, 41)),
        replace(node(run(47, 41, full=9)), waits=True),
    ],
    ids=["not-all-lists", "old", "no-full", "waits"],
)
def test_no_run_is_left_out_where_nothing_replaces_it(last: Node) -> None:
    nodes = [node(run(44, 41)), last]
    assert recent(nodes, 1) == nodes


def test_standing_still_is_a_path() -> None:
    path = best(node(run(53, 47)))
    assert (path.legs, path.at, path.last) == ((), at(41), -1)


def test_a_run_is_reached_where_all_its_lists_are_there_or_beyond() -> None:
    one = node(run(47, 41))
    assert one.is_reached(at(47))
    assert one.is_reached(at(53))
    assert not one.is_reached({BLACK: Place(anew=False, run=47)})
    assert not one.is_reached({**at(47), PAIRS: Place(anew=False, run=41)})


def test_what_came_after_a_new_beginning_is_beyond_what_was_before() -> None:
    assert Place(anew=True, run=1) > Place(anew=False, run=1000)
    assert node(run(5, FIRST), Standing.RESET).place == Place(anew=True, run=5)


def test_a_run_is_new_where_all_its_lists_are() -> None:
    one = run(47, 41)
    assert node(one).is_new
    assert not Node(one, {BLACK: Standing.AHEAD, PAIRS: Standing.APPLIED}).is_new
