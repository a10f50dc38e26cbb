"""What a simulated registry knows."""

import itertools
from datetime import timedelta

import pytest

from tools.registry.world import OPERATORS, PROTECTED, Day, Pair, World

DAYS = 40


@pytest.fixture(scope="module")
def world() -> World:
    world = World(seed=5, size=300)
    for _ in range(DAYS):
        world.next_day()
    return world


def test_the_same_seed_makes_the_same_world(world: World) -> None:
    again = World(seed=5, size=300)
    for _ in range(DAYS):
        again.next_day()

    assert again.history == world.history
    assert list(again.blacklist) == list(world.blacklist)


def test_another_seed_makes_another_world(world: World) -> None:
    other = World(seed=6, size=300)

    assert other.next_day().blacklist != world.history[0].blacklist


def test_runs_are_numbered_upwards_and_never_one_by_one(world: World) -> None:
    numbers = [snapshot.run for snapshot in world.history]

    assert all(after - before > 1 for before, after in itertools.pairwise(numbers))


def test_something_happens_to_every_list(world: World) -> None:
    first, last = world.history[0], world.now

    for before, after in (
        (first.blacklist, last.blacklist),
        (first.pairs, last.pairs),
        (first.notices, last.notices),
    ):
        assert set(after) - set(before)
        assert set(before) - set(after)
    assert any(
        last.blacklist[imei] != first.blacklist[imei]
        for imei in set(first.blacklist) & set(last.blacklist)
    )


def test_nobody_is_blocked_before_the_day(world: World) -> None:
    for snapshot in world.history:
        assert all(block.since <= snapshot.moment.date() for block in snapshot.blacklist.values())
        assert all(block.since > snapshot.moment.date() for block in snapshot.notices.values())


def test_notices_become_blocks(world: World) -> None:
    noticed = {pair.imei for snapshot in world.history for pair in snapshot.notices}

    assert noticed & set(world.blacklist)


def test_what_is_noticed_is_neither_blocked_nor_paired(world: World) -> None:
    for snapshot in world.history:
        assert not {pair.imei for pair in snapshot.notices} & set(snapshot.blacklist)
        assert not set(snapshot.notices) & set(snapshot.pairs)


def test_some_pairs_have_two_numbers_and_some_imeis_are_not_blocked(world: World) -> None:
    pairs = list(world.now.pairs)

    assert len({pair[:2] for pair in pairs}) < len(pairs)
    assert {pair.imei for pair in pairs} - set(world.blacklist)
    assert {pair.imei for pair in pairs} & set(world.blacklist)


def test_some_are_paired_in_the_run_that_blocks_them(world: World) -> None:
    runs = list(zip(world.history, world.history[1:], strict=False))

    assert any(
        pair.imei in after.blacklist and pair.imei not in before.blacklist
        for before, after in runs
        for pair in set(after.pairs) - set(before.pairs)
    )


def test_some_identities_are_no_imei(world: World) -> None:
    odd = [imei for imei in world.blacklist if not (imei.isdecimal() and len(imei) == 14)]

    assert odd
    assert all(0 < len(imei) <= 16 for imei in odd)
    assert not any(pair.imei in odd for pair in world.now.pairs)


def test_an_operator_is_told_of_its_pairs_and_of_those_of_nobody(world: World) -> None:
    told = {operator: world.exceptions(operator) for operator in OPERATORS}
    prefixes = tuple(OPERATORS.values())
    nobodys = {pair for pair in world.now.pairs if not pair.imsi.startswith(prefixes)}

    assert nobodys
    assert set().union(*told.values()) == set(world.now.pairs)
    for operator, pairs in told.items():
        assert nobodys < set(pairs)
        assert all(pair.imsi.startswith(OPERATORS[operator]) for pair in set(pairs) - nobodys)


def test_what_is_protected_is_never_listed(world: World) -> None:
    assert all(PROTECTED not in snapshot.blacklist for snapshot in world.history)


def test_a_day_can_be_told_what_to_bring(world: World) -> None:
    before = world.now
    after = world.next_day(Day(after=timedelta(0), blocks=7, unblocks=2))

    assert len(set(after.blacklist) - set(before.blacklist)) >= 5  # some of the seven come back
    assert after.moment == before.moment
    assert after.pairs == before.pairs


def test_a_reset_counts_from_the_start() -> None:
    world = World(seed=1, size=20)
    first = world.next_day()
    second = world.next_day(Day(is_reset=True))

    assert (second.run, first.run) == (1, 31)
    assert world.at(1) is second
    assert world.at(first.run) is first
    with pytest.raises(LookupError, match="no run 2"):
        world.at(2)


def test_a_pair_of_nobody_concerns_an_operator_that_is_not_known() -> None:
    world = World(seed=1, size=200)
    world.next_day()

    assert all(isinstance(pair, Pair) for pair in world.exceptions("nobody"))
    assert not any(
        pair.imsi.startswith(tuple(OPERATORS.values())) for pair in world.exceptions("nobody")
    )
