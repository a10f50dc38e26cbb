from datetime import timedelta

import pytest

from eir.registry.bundle import FIRST
from eir.registry.outcome import BundleError
from eir.registry.planning.sorting import Asked, Sorted, sort_out
from tests.eir.registry.planned import BLACK, NOW, PAIRS, applied, refusal, run, state

HOUR = timedelta(hours=1)


def numbers(found: Sorted) -> list[int]:
    return [node.bundle.run for node in found.nodes]


def test_runs_are_put_in_order_and_the_newest_is_the_goal() -> None:
    found = sort_out(state(41), [run(53, 47), run(47, 41)], Asked(), NOW)
    assert numbers(found) == [47, 53]
    assert found.goal is not None
    assert found.goal.bundle.run == 53


def test_a_registry_that_began_anew_comes_after_what_it_said_before() -> None:
    anew = run(5, FIRST, stamp="20270101_000000")
    assert numbers(sort_out(state(41), [anew, run(47, 41)], Asked(), NOW)) == [47, 5]


@pytest.mark.parametrize(
    ("stamp", "full", "runs"),
    [
        ("20260104_235959", None, [47, 5]),
        ("20260105_000000", None, [47]),
        ("20260105_000000", 100, [47, 5]),
    ],
)
def test_a_day_that_has_not_come_is_no_new_beginning_unless_the_run_is_whole(
    stamp: str, full: int | None, runs: list[int]
) -> None:
    misdated = run(5, 3, stamp=stamp, full=full)
    found = sort_out(state(41), [misdated, run(47, 41)], Asked(), NOW)
    assert numbers(found) == runs
    assert [each.reason for each in found.ignored] == (
        [] if 5 in runs else ["run 5 is older than what serves: run 41"]
    )


def test_a_run_with_a_fault_is_left_out() -> None:
    found = sort_out(state(41), [run(47, 41, fault=BundleError("torn"))], Asked(), NOW)
    assert found == Sorted()


def test_what_is_not_needed_is_ignored_for_a_reason() -> None:
    last, bad = run(47, 41), run(53, 47)
    before = applied(last).refusing([refusal(bad)])
    found = sort_out(before, [last, bad, run(36, 30)], Asked(), NOW)
    assert [each.reason for each in found.ignored] == [
        "run 47 was applied before",
        "run 53 was refused by ana on 2026-01-01: too many",
        "run 36 is older than what serves: run 47",
    ]
    assert found.ignored[0].files == ("47_exception", "47_prohibited")
    assert (found.nodes, found.goal) == ((), None)


def test_a_run_that_waits_lacks_its_list_until_its_time_is_up() -> None:
    alone = run(47, 41, lists=(BLACK,), missing=(PAIRS,), fetched=NOW)
    early, late = NOW + HOUR - timedelta(seconds=1), NOW + HOUR
    (waiting,) = sort_out(state(41), [alone], Asked(pair_wait=HOUR), early).nodes
    (held,) = sort_out(state(41), [alone], Asked(pair_wait=HOUR), late).nodes
    assert (waiting.waits, waiting.lacks) == (True, (PAIRS,))
    assert (held.waits, held.lacks) == (False, (PAIRS,))


def test_a_run_that_was_accepted_waits_for_nothing() -> None:
    alone = run(47, 41, lists=(BLACK,), missing=(PAIRS,))
    asked = Asked(accepted=(47, alone.sha256))
    (node,) = sort_out(state(41), [alone, run(53, 47)], asked, NOW).nodes
    assert (node.waits, node.held, node.lacks) == (False, (), ())


def test_a_run_that_was_accepted_is_not_kept_by_others_that_contradict_each_other() -> None:
    wanted = run(53, 41)
    others = [run(47, 41), run(47, 41, content="other")]
    asked = Asked(accepted=(53, wanted.sha256))
    found = sort_out(state(41), [*others, wanted], asked, NOW)
    assert (numbers(found), found.error) == ([53], None)


def test_a_forced_full_list_may_be_any_that_nobody_refused() -> None:
    before = applied(run(47, 41)).refusing([refusal(run(53, 47))])
    bundles = [run(36, 30), run(47, 41, content="other"), run(53, 47)]
    assert numbers(sort_out(before, bundles, Asked(force_full=True), NOW)) == [36, 47]
