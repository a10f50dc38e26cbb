"""The cheapest legal path, by example and against a model that tries every sequence."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from itertools import chain, combinations, product
from typing import TypeAlias

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eir.lists.names import ListName
from eir.registry.bundle import FIRST, Bundle, Delivery
from eir.registry.outcome import BundleError, GapError
from eir.registry.planning.chain import Asked, Plan, Way, plan
from eir.store.feeds import Refusal, RegistryState
from tests.eir.registry.planned import (
    BLACK,
    GREY,
    NOTES,
    NOW,
    PAIRS,
    applied,
    refusal,
    run,
    state,
)

ASKED = Asked()
LATER = "20260102_000000"  # when a registry began anew
DAY_LATE = NOW - timedelta(days=1)


def planned(state: RegistryState, *bundles: Bundle, asked: Asked = ASKED) -> Plan:
    return plan(state, bundles, asked, NOW)


def runs(found: Plan) -> list[tuple[int, str]]:
    """Give each step: its run, and how its lists come to it, if all do alike."""
    return [(step.bundle.run, "+".join(sorted(set(step.ways.values())))) for step in found.steps]


def reasons(found: Plan) -> list[str]:
    return [each.reason for each in found.ignored]


def test_case_01_a_gap_leaves_the_store_alone_and_says_what_the_registry_must_rerun() -> None:
    found = planned(state(41), run(53, 47))
    assert found.steps == ()
    assert isinstance(found.stop, GapError)
    assert str(found.stop) == (
        "run 53 cannot be reached: run 53 builds on run 47, and the prohibited list is at run 41"
    )
    assert "--base 41" in found.stop.next_step


def test_case_01_a_gap_is_closed_by_the_full_list() -> None:
    assert runs(planned(state(41), run(53, 47, full=1000))) == [(53, "full")]


def test_case_02_runs_that_are_not_consecutive_are_no_gap() -> None:
    found = planned(state(36), run(41, 36), run(47, 41))
    assert (runs(found), found.stop) == ([(41, "delta"), (47, "delta")], None)


def test_case_03_runs_that_come_out_of_order_are_put_in_order() -> None:
    found = planned(state(41), run(53, 47), run(47, 41))
    assert runs(found) == [(47, "delta"), (53, "delta")]


def test_case_03_a_chain_that_lacks_a_link_is_not_begun() -> None:
    found = planned(state(41), run(60, 53), run(47, 41))
    assert found.steps == ()
    assert "run 60 builds on run 53" in str(found.stop)


def test_case_04_an_applied_run_is_nothing_to_do() -> None:
    found = planned(applied(run(47, 41)), run(47, 41))
    assert (found.steps, found.stop) == ((), None)
    assert reasons(found) == ["run 47 was applied before"]


def test_case_04_an_applied_run_with_other_content_is_refused() -> None:
    found = planned(applied(run(47, 41)), run(47, 41, content="other"), run(53, 47))
    assert found.steps == ()
    assert isinstance(found.stop, BundleError)
    assert "run 47 was applied before, and now its files say something else" in str(found.stop)


def test_case_04_a_run_that_comes_twice_with_different_content_is_refused() -> None:
    found = planned(state(41), run(47, 41), run(47, 41, content="other"))
    assert found.steps == ()
    assert str(found.stop).startswith("run 47 came twice")
    assert len(found.wrong) == 2


def test_the_same_run_given_twice_is_one() -> None:
    assert runs(planned(state(41), run(47, 41), run(47, 41))) == [(47, "delta")]


def test_case_05_an_older_run_is_ignored_and_it_is_said_why() -> None:
    found = planned(state(47), run(41, 36, full=10))
    assert (found.steps, found.stop) == ((), None)
    assert reasons(found) == ["run 41 is older than what serves: run 47"]
    assert found.ignored[0].files == ("41_exception", "41_prohibited")


def test_case_05_the_operator_may_force_the_newest_full_list_even_an_older_one() -> None:
    found = planned(
        state(47), run(36, full=9), run(41, full=9), run(45, 41), asked=Asked(force_full=True)
    )
    assert runs(found) == [(41, "full"), (45, "delta")]
    assert not found.steps[0].held


def test_a_forced_full_list_is_not_from_before_the_registry_began_anew() -> None:
    anew = run(5, FIRST, stamp=LATER, full=9)
    old = [run(900, FIRST, full=9), run(901, 900, full=9)]
    found = planned(applied(anew), *old, anew, asked=Asked(force_full=True))
    assert runs(found) == [(5, "full")]
    assert isinstance(planned(applied(anew), *old, asked=Asked(force_full=True)).stop, GapError)


def test_a_forced_full_list_is_the_newest_by_the_clock() -> None:
    same_day = run(5, FIRST, stamp="20260101_235959", full=9)
    found = planned(applied(same_day), run(900, full=9), same_day, asked=Asked(force_full=True))
    assert runs(found)[0] == (5, "full")


def test_a_forced_full_list_that_is_not_there_is_a_gap() -> None:
    found = planned(state(41), run(47, 41), asked=Asked(force_full=True))
    assert found.steps == ()
    assert isinstance(found.stop, GapError)


def test_a_full_list_that_waits_for_its_exceptions_is_not_forced() -> None:
    alone = run(53, full=9, lists=(BLACK,), missing=(PAIRS,))
    found = planned(state(41), run(47, full=9), alone, asked=Asked(force_full=True))
    assert (runs(found), found.waiting) == ([(47, "full")], ("53_prohibited",))


def test_a_run_that_was_applied_can_be_forced_again_in_full() -> None:
    bundle = run(47, 41, full=1000)
    found = planned(applied(bundle), bundle, asked=Asked(force_full=True))
    assert runs(found) == [(47, "full")]


@pytest.mark.parametrize(
    "anew",
    [run(1000, FIRST), run(5, FIRST, stamp=LATER), run(9, full=10, stamp=LATER)],
    ids=["from-first", "number-went-down-from-first", "number-went-down"],
)
def test_case_06_a_registry_that_began_anew_is_held_and_replaces_all_once_accepted(
    anew: Bundle,
) -> None:
    (step,) = planned(state(500), anew).steps
    assert set(step.ways.values()) == {Way.FULL}
    assert "the registry began anew" in step.held[0]
    accepted = planned(state(500), anew, asked=Asked(accepted=(anew.run, anew.sha256)))
    assert runs(accepted) == [(anew.run, "full")]
    assert accepted.steps[0].held == ()


def test_case_06_what_follows_on_a_registry_that_began_anew_waits_for_that() -> None:
    found = planned(state(500), run(5, FIRST, stamp=LATER), run(9, 5, stamp=LATER), run(510, 500))
    assert runs(found) == [(510, "delta"), (5, "full")]


def test_case_06_who_accepts_a_later_run_accepts_that_the_registry_began_anew() -> None:
    first, second = run(5, FIRST, stamp=LATER), run(9, 5, stamp=LATER)
    found = planned(state(500), first, second, asked=Asked(accepted=(9, second.sha256)))
    assert runs(found) == [(5, "full"), (9, "delta")]
    assert [step.held for step in found.steps] == [(), ()]


def test_case_07_a_delta_from_an_older_run_is_not_applied() -> None:
    found = planned(state(41), run(53, 36))
    assert found.steps == ()
    assert "run 53 builds on run 36, and the prohibited list is at run 41" in str(found.stop)
    assert runs(planned(state(41), run(53, 36, full=1000))) == [(53, "full")]


def test_case_21_a_run_without_its_exceptions_waits_first() -> None:
    bundle = run(47, 41, lists=(BLACK,), missing=(PAIRS,))
    found = planned(state(41), bundle)
    assert (found.steps, found.stop) == ((), None)
    assert found.waiting == ("47_prohibited",)


def test_case_21_a_run_without_its_exceptions_is_held_then() -> None:
    bundle = run(47, 41, lists=(BLACK,), missing=(PAIRS,), fetched=DAY_LATE)
    (step,) = planned(state(41), bundle).steps
    assert "the exception list of run 47 did not come" in step.held[0]
    assert "--allow-unpaired" in step.held[0]
    (allowed,) = planned(state(41), bundle, asked=Asked(allow_unpaired=True)).steps
    assert allowed.held == ()
    (accepted,) = planned(state(41), bundle, asked=Asked(accepted=(47, bundle.sha256))).steps
    assert accepted.held == ()


def test_case_21_a_list_that_never_came_is_missing_all_the_same() -> None:
    bundle = run(47, 41, lists=(BLACK,), missing=(PAIRS,), fetched=DAY_LATE)
    (step,) = planned(state(41, lists=(BLACK,)), bundle).steps
    assert step.held


def test_case_21_exceptions_that_come_after_their_run_follow_alone() -> None:
    black = run(47, 41, lists=(BLACK,))
    before = applied(black, before=state(41))
    (step,) = planned(before, run(47, 41)).steps
    assert step.ways == {PAIRS: Way.DELTA}
    alone = run(47, 41, lists=(PAIRS,), missing=(BLACK,))
    assert planned(before, alone).steps[0].ways == {PAIRS: Way.DELTA}


def test_what_does_not_depend_on_a_waiting_or_held_run_is_applied() -> None:
    early = run(47, 41)
    waiting = run(53, 47, lists=(BLACK,), missing=(PAIRS,))
    held = run(53, 47, lists=(BLACK,), missing=(PAIRS,), fetched=DAY_LATE)
    last = run(60, 53)
    assert runs(planned(state(41), early, waiting, last)) == [(47, "delta")]
    found = planned(state(41), early, held, last)
    assert runs(found) == [(47, "delta"), (53, "delta")]
    assert [bool(step.held) for step in found.steps] == [False, True]


def test_a_run_that_would_be_held_is_avoided_where_a_full_list_leads_on() -> None:
    held = run(53, 41, lists=(BLACK,), missing=(PAIRS,), fetched=DAY_LATE)
    found = planned(state(41), held, run(60, 53, full=1000))
    assert [(step.bundle.run, step.held) for step in found.steps] == [(60, ())]


def test_a_run_that_waits_no_longer_matters_once_a_newer_one_is_reached() -> None:
    waiting = run(53, 41, lists=(BLACK,), missing=(PAIRS,))
    assert planned(state(41), waiting, run(60, 53, full=1000)).waiting == ()


def test_case_28_several_runs_of_a_day_are_all_applied() -> None:
    day = [run(20260101120000 + n, dated=True, lists=(BLACK,)) for n in range(3)]
    found = planned(state(20260101000000, lists=(BLACK,)), *day)
    assert [step.bundle.run for step in found.steps] == [each.run for each in day]


def test_case_32_a_dated_delta_that_comes_late_counts_where_nothing_newer_spoke() -> None:
    found = planned(state(20260105, lists=(BLACK,)), run(20260103, dated=True, lists=(BLACK,)))
    assert [step.ways for step in found.steps] == [{BLACK: Way.LATE}]


def test_case_32_a_dated_delta_older_than_the_full_list_is_not_needed() -> None:
    found = planned(
        state(20260105, lists=(BLACK,), kind="full"), run(20260103, dated=True, lists=(BLACK,))
    )
    assert found.steps == ()
    assert reasons(found) == ["run 20260103 is older than what serves: run 20260105"]


def test_what_comes_late_is_left_out_where_a_full_list_follows() -> None:
    found = planned(
        state(5, lists=(BLACK,)),
        run(3, dated=True, lists=(BLACK,)),
        run(7, dated=True, lists=(BLACK,), delta=None, full=100),
    )
    assert runs(found) == [(7, "full")]


def test_a_late_list_and_a_new_one_of_a_run_take_one_step() -> None:
    before = state(5, lists=(BLACK,)).with_feeds(state(2, lists=(GREY,)).feeds)
    (step,) = planned(before, run(3, dated=True, lists=(BLACK, GREY))).steps
    assert step.ways == {BLACK: Way.LATE, GREY: Way.DELTA}


def test_the_full_list_of_a_day_counts_after_its_delta() -> None:
    delta = run(5, dated=True, lists=(BLACK,))
    full = run(5, dated=True, lists=(BLACK,), delta=None, full=100, content="full")
    assert runs(planned(applied(delta), full)) == [(5, "full")]


def test_of_deltas_that_may_contradict_themselves_the_full_list_beside_them_is_taken() -> None:
    bundle = run(7, dated=True, lists=(BLACK,), full=100, unordered=True)
    assert runs(planned(state(5, lists=(BLACK,)), bundle)) == [(7, "full")]


def test_dated_deltas_are_all_applied_although_the_last_is_applicable_at_once() -> None:
    found = planned(state(1, lists=(BLACK,)), *(run(n, dated=True, lists=(BLACK,)) for n in (4, 3)))
    assert runs(found) == [(3, "delta"), (4, "delta")]


def test_a_dated_delta_wants_a_full_list_first() -> None:
    found = planned(RegistryState(), run(3, dated=True, lists=(BLACK,)))
    assert found.steps == ()
    assert "nothing of that list is there to change" in str(found.stop)
    full = run(1, dated=True, lists=(BLACK,), delta=None, full=9)
    both = planned(RegistryState(), run(3, dated=True, lists=(BLACK,)), full)
    assert runs(both) == [(1, "full"), (3, "delta")]


def test_the_first_run_ever_is_a_delta_from_nothing_or_a_full_list() -> None:
    assert runs(planned(RegistryState(), run(36, FIRST))) == [(36, "delta")]
    assert runs(planned(RegistryState(), run(47, 41, full=100))) == [(47, "full")]
    found = planned(RegistryState(), run(47, 41))
    assert found.stop is not None
    assert "--base -1" in found.stop.next_step


def test_a_refused_run_is_not_applied_and_nothing_builds_on_it() -> None:
    bad = run(47, 41)
    found = planned(state(41, refused=(refusal(bad),)), bad, run(53, 47))
    assert found.steps == ()
    assert reasons(found) == ["run 47 was refused by ana on 2026-01-01: too many"]
    assert "run 47 (which was refused by ana: too many)" in str(found.stop)


def test_the_same_number_with_other_content_is_not_refused() -> None:
    before = state(41, refused=(refusal(run(47, 41)),))
    assert runs(planned(before, run(47, 41, content="mended"))) == [(47, "delta")]


def undone(bundle: Bundle) -> Refusal:
    """Refuse a run as a rollback does."""
    asked = [each.sha256 for name, each in bundle.deliveries.items() if name.is_asked]
    return replace(refusal(bundle), deliveries=asked)


def beside(first: Bundle, second: Bundle, *names: ListName) -> Bundle:
    """Take some lists of another delivery of a run."""
    taken = {name: second.deliveries[name] for name in names}
    return replace(first, deliveries={**first.deliveries, **taken})


def test_lists_that_were_undone_do_not_come_back_with_another_file_beside_them() -> None:
    bad = run(47, 41, lists=(BLACK, PAIRS, NOTES))
    mended = run(47, 41, lists=(BLACK, PAIRS, NOTES), content="mended")
    before = state(41, lists=(BLACK, PAIRS, NOTES), refused=(undone(bad),))
    found = planned(before, beside(bad, mended, NOTES))
    assert found.steps == ()
    assert reasons(found) == ["run 47 was refused by ana on 2026-01-01: too many"]
    assert runs(planned(before, beside(mended, bad, NOTES))) == [(47, "delta")]
    assert runs(planned(before, run(53, 41, lists=(BLACK, PAIRS)))) == [(53, "delta")]


@pytest.mark.parametrize("mended", [BLACK, PAIRS])
def test_a_list_that_was_undone_waits_for_somebody_beside_one_that_was_mended(
    mended: ListName,
) -> None:
    bad = run(47, 41)
    now = beside(bad, run(47, 41, content="mended"), mended)
    (step,) = planned(state(41, refused=(undone(bad),)), now).steps
    same = PAIRS if mended is BLACK else BLACK
    assert step.held == (
        f"run 47 was refused by ana, and its {same} list is still what it was then",
    )


def test_an_undone_run_is_accepted_as_it_is_now() -> None:
    bad, mended = run(47, 41), run(47, 41, content="mended")
    now = beside(bad, mended, PAIRS)
    before = state(41, refused=(undone(bad),))
    asked = Asked(accepted=(47, bad.sha256))
    assert runs(planned(before, now, asked=asked)) == [(47, "delta")]
    (step,) = planned(before, now, bad, asked=asked).steps
    assert step.bundle is bad


def test_lists_that_were_undone_and_serve_again_are_no_reason_to_refuse() -> None:
    bad = run(47, 41)
    now = beside(bad, run(47, 41, content="mended"), PAIRS)
    before = replace(applied(bad), refused=(undone(bad),))
    assert planned(before, now).wrong == (now,)


def test_a_refused_run_that_is_accepted_is_reached_over_those_before_it() -> None:
    bad = run(53, 47)
    before = state(41, refused=(refusal(bad),))
    found = planned(before, run(47, 41), bad, run(60, 53), asked=Asked(accepted=(53, bad.sha256)))
    assert runs(found) == [(47, "delta"), (53, "delta")]


@pytest.mark.parametrize(
    ("bundles", "words"),
    [
        ((), "run 53, as it was accepted, is not among the files"),
        ((run(53, 47, fault=BundleError("torn")),), "torn"),
        ((run(53, 47),), "run 53 builds on run 47"),
    ],
)
def test_an_accepted_run_that_cannot_be_applied_is_told_why(
    bundles: tuple[Bundle, ...], words: str
) -> None:
    found = planned(state(41), *bundles, asked=Asked(accepted=(53, run(53, 47).sha256)))
    assert found.steps == ()
    assert words in str(found.stop)


def test_an_accepted_run_that_serves_already_is_nothing_to_do() -> None:
    bundle = run(47, 41)
    found = planned(applied(bundle), bundle, asked=Asked(accepted=(47, bundle.sha256)))
    assert (found.steps, found.stop) == ((), None)


def test_a_damaged_run_is_named_where_the_next_one_builds_on_it() -> None:
    found = planned(state(41), run(47, 41, fault=BundleError("torn")), run(53, 47))
    assert found.steps == ()
    assert "run 47 (which cannot be used: torn)" in str(found.stop)


def test_a_damaged_newest_run_keeps_nobody_from_the_one_before() -> None:
    found = planned(state(41), run(47, 41), run(53, 47, fault=BundleError("torn")))
    assert (runs(found), found.stop) == ([(47, "delta")], None)


def test_a_delta_is_taken_where_a_full_list_is_no_shorter() -> None:
    assert runs(planned(state(41), run(47, 41, delta=10, full=10))) == [(47, "delta")]
    assert runs(planned(state(41), run(47, 41, delta=11, full=10))) == [(47, "full")]


def test_a_full_list_is_taken_where_the_chain_is_longer() -> None:
    bundles = [run(n, n - 1, delta=400, full=1000) for n in range(42, 46)]
    assert runs(planned(state(41), *bundles)) == [(45, "full")]


def test_a_list_that_the_newest_run_lacks_is_brought_along() -> None:
    early = run(47, 41, lists=(BLACK, PAIRS, NOTES), full=5)
    found = planned(state(41, lists=(BLACK, PAIRS, NOTES)), early, run(53, 47, full=5))
    assert [step.bundle.run for step in found.steps] == [47, 53]


def test_what_is_passed_over_is_left_until_newer_lists_serve() -> None:
    found = planned(state(41), run(47, 41, delta=99, full=999), run(53, 47, full=9))
    assert (runs(found), found.ignored) == ([(53, "full")], ())


@settings(max_examples=20)
@given(st.permutations([run(n, n - 1, full=10_000) for n in range(42, 92)]))
def test_fifty_days_are_caught_up_in_order(bundles: list[Bundle]) -> None:
    assert [step.bundle.run for step in planned(state(41), *bundles).steps] == [*range(42, 92)]


def test_of_very_many_runs_the_newest_full_list_is_where_it_begins() -> None:
    bundles = [run(n, n - 1, full=10_000 if n == 100 else None) for n in range(42, 111)]
    found = planned(state(41), *bundles)
    assert runs(found)[0] == (100, "full")
    assert [step.bundle.run for step in found.steps] == [*range(100, 111)]


def test_of_very_many_runs_all_are_looked_at_where_the_newest_full_list_leads_nowhere() -> None:
    bundles = [run(n, n - 1, full=10_000 if n == 100 else None) for n in range(42, 109)]
    found = planned(state(41), *bundles, run(200, 60))
    assert [step.bundle.run for step in found.steps] == [*range(42, 61), 200]


# The model: every sequence of runs and ways is tried, and the best legal one chosen.

Choice: TypeAlias = tuple[Bundle, Mapping[ListName, Way]]
Runs: TypeAlias = Mapping[ListName, int]


def is_legal(way: Way, said: Delivery, bundle: Bundle, last: int | None, seen: Runs) -> bool:
    """Say by itself whether a list may come to a run in a way."""
    if way is Way.FULL:
        return said.full is not None
    if way is Way.LATE or said.delta is None:
        return False
    if not bundle.dated:
        return said.delta.base == (FIRST if last is None else last)
    return last is not None and seen.get(said.list, 0) <= last < bundle.run


def walked(choices: Sequence[Choice], start: Runs, bundles: Sequence[Bundle]) -> Runs | None:
    """Take some steps; None: one is illegal."""
    at = dict(start)
    for bundle, ways in choices:
        earlier = (each for each in bundles if each.run < bundle.run)
        seen = {name: each.run for each in earlier for name in each.deliveries}
        wanted = {n for n in bundle.deliveries if at.get(n, -2) < bundle.run}
        if set(ways) != wanted or not wanted:
            return None
        for name, way in ways.items():
            if not is_legal(way, bundle.deliveries[name], bundle, at.get(name), seen):
                return None
        at |= dict.fromkeys(ways, bundle.run)
    return at


def cost(choices: Sequence[Choice]) -> tuple[int, int, int]:
    read = full = 0
    for bundle, ways in choices:
        for name, way in ways.items():
            said = bundle.deliveries[name]
            part = said.full if way is Way.FULL else said.delta
            assert part is not None
            read += part.octets
            full += way is Way.FULL
    return read, full, len(choices)


def tried(bundles: Sequence[Bundle], start: Runs) -> Iterator[tuple[Runs, list[Choice]]]:
    """Try every sequence of steps, each list by each way or by none."""
    for some in chain.from_iterable(combinations(bundles, n) for n in range(len(bundles) + 1)):
        by_list = [
            [
                dict(zip(each.deliveries, ways, strict=True))
                for ways in product((Way.FULL, Way.DELTA, None), repeat=len(each.deliveries))
            ]
            for each in some
        ]
        for chosen in product(*by_list):
            choices: list[Choice] = [
                (bundle, {name: way for name, way in ways.items() if way is not None})
                for bundle, ways in zip(some, chosen, strict=True)
            ]
            at = walked(choices, start, bundles)
            if at is not None:
                yield at, choices


def best(bundles: Sequence[Bundle], start: Runs) -> list[Choice] | None:
    """Choose the cheapest of the sequences that reach the newest run; None: none does."""
    newest = {name: each.run for each in bundles for name in each.deliveries}
    goals = [e for e in bundles if all(start.get(n, -2) < e.run for n in e.deliveries)]

    def merit(found: tuple[Runs, list[Choice]]) -> tuple[int, int, tuple[int, int, int]]:
        at, choices = found
        last = choices[-1][0].run if choices else -1
        return -last, -sum(at.get(name, -2) >= newest[name] for name in newest), cost(choices)

    sequences = list(tried(bundles, start))
    if goals:
        goal = goals[-1]
        if not any(all(at.get(n, -2) >= goal.run for n in goal.deliveries) for at, _ in sequences):
            return None
    return min(sequences, key=merit)[1]


@st.composite
def registries(draw: st.DrawFn) -> tuple[RegistryState, list[Bundle]]:
    dated = draw(st.booleans())
    start: RegistryState = RegistryState()
    for name in draw(st.lists(st.sampled_from([BLACK, PAIRS]), unique=True)):
        start = start.with_feeds(state(draw(st.sampled_from([1, 1, 2])), lists=(name,)).feeds)
    sizes = st.sampled_from([None, 1, 2, 3, 5])
    bundles = []
    for number in draw(st.lists(st.integers(3, 8), unique=True, max_size=4)):
        lists = draw(st.sampled_from([(BLACK, PAIRS), (BLACK, PAIRS), (BLACK,), (PAIRS,)]))
        base = None if dated else draw(st.sampled_from([1, 2, *range(1, number)]))
        full = draw(sizes)
        delta = draw(sizes) if full else draw(st.integers(1, 3))
        bundles.append(run(number, base, lists=lists, delta=delta, full=full, dated=dated))
    return start, bundles


@settings(max_examples=300)
@given(registries())
def test_the_plan_is_the_cheapest_of_all_legal_sequences(
    drawn: tuple[RegistryState, list[Bundle]],
) -> None:
    before, bundles = drawn
    start = {ListName(name): feed.run for name, feed in before.feeds.items()}
    wanted = best(sorted(bundles, key=lambda each: each.run), start)
    found = planned(before, *bundles)
    taken = [(step.bundle, step.ways) for step in found.steps]
    if wanted is None:
        assert (taken, type(found.stop)) == ([], GapError)
        return
    assert found.stop is None
    assert walked(taken, start, sorted(bundles, key=lambda each: each.run)) is not None
    assert cost(taken) == cost(wanted)


@st.composite
def troubled(draw: st.DrawFn) -> tuple[RegistryState, list[Bundle], Asked]:
    """Draw runs of every kind: damaged, refused, late, anew, without their pairs."""
    bundles = []
    dated = draw(st.booleans())  # such formats never say that a list is missing
    for number in draw(st.lists(st.integers(1, 9), max_size=6)):
        lists = draw(st.sampled_from([(BLACK, PAIRS), (BLACK,), (PAIRS,)]))
        bundles.append(
            run(
                number,
                None if dated else draw(st.sampled_from([FIRST, *range(1, number)])),
                lists=lists,
                full=draw(st.sampled_from([None, 5])),
                content=draw(st.sampled_from(["", "other"])),
                stamp=draw(st.sampled_from([None, LATER])),
                missing=() if dated or len(lists) == 2 else tuple({BLACK, PAIRS} - set(lists)),
                fetched=draw(st.sampled_from([NOW, DAY_LATE])),
                fault=draw(st.sampled_from([None, None, BundleError("torn")])),
                dated=dated,
            )
        )
    starts = [RegistryState(), state(3), state(5, lists=(BLACK,))]
    before: RegistryState = draw(st.sampled_from(starts))
    if bundles:
        refused: list[Bundle] = draw(st.lists(st.sampled_from(bundles), max_size=1))
        before = before.refusing(refusal(each) for each in refused)
    accepted = None
    chosen: Bundle | None = draw(st.sampled_from([None, *bundles]))
    if chosen is not None:
        accepted = (chosen.run, chosen.sha256)
    asked = Asked(
        force_full=draw(st.booleans()), allow_unpaired=draw(st.booleans()), accepted=accepted
    )
    return before, bundles, asked


@settings(max_examples=300)
@given(troubled())
def test_no_plan_ever_has_a_step_that_is_not_legal(
    drawn: tuple[RegistryState, list[Bundle], Asked],
) -> None:
    before, bundles, asked = drawn
    found = planned(before, *bundles, asked=asked)
    at = {ListName(name): feed.run for name, feed in before.feeds.items()}
    assert not any(step.held for step in found.steps[:-1])  # nothing follows on what is held
    for step in found.steps:
        bundle = step.bundle
        accepted = asked.accepted == (bundle.run, bundle.sha256)
        assert bundle.fault is None
        assert accepted or not before.is_refused(bundle.run, bundle.sha256)
        assert step.ways.keys() <= bundle.deliveries.keys()
        for name, way in step.ways.items():
            said, last = bundle.deliveries[name], at.get(name)
            if way is Way.FULL:
                from_nothing = said.delta is not None and said.delta.base == FIRST
                assert said.full is not None or from_nothing
                went_back = last is not None and bundle.run < last
                assert step.held or asked.accepted or asked.force_full or not went_back
            elif way is Way.LATE:
                assert bundle.dated
                assert last is not None
                assert last > bundle.run
            else:
                assert said.delta is not None
                nothing = FIRST if last is None else last
                assert (last is not None) if bundle.dated else said.delta.base == nothing
            at[name] = bundle.run if way is not Way.LATE else at[name]
