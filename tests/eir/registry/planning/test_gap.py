import pytest

from eir.registry.bundle import Bundle
from eir.registry.outcome import BundleError, GapError
from eir.registry.planning.gap import gap, no_full
from eir.registry.planning.paths import Node, Place
from eir.registry.planning.standing import Standing
from eir.store.feeds import RegistryState
from tests.eir.registry.planned import BLACK, GREY, PAIRS, refusal, run, state


def told(
    *bundles: Bundle, before: RegistryState | None = None, stands: Standing = Standing.AHEAD
) -> GapError:
    known = state(41) if before is None else before
    nodes = [
        Node(each, dict.fromkeys(each.deliveries, stands)) for each in bundles if not each.fault
    ]
    start = {
        name: Place(anew=False, run=known.feeds[name].run)
        for name in (BLACK, PAIRS)
        if name in known.feeds
    }
    return gap(known, bundles, nodes, nodes[-1], start)


@pytest.mark.parametrize(
    ("bundles", "sentence"),
    [
        ([run(53, 47)], "run 53 builds on run 47, and the prohibited list is at run 41"),
        ([run(53, 36)], "run 53 builds on run 36, and the prohibited list is at run 41"),
        ([run(53, 47), run(60, 53)], "run 53 builds on run 47, and the prohibited list"),
        ([run(47, 41), run(60, 53)], "run 60 builds on run 53, and the prohibited list"),
        (
            [run(47, 41, fault=BundleError("torn")), run(53, 47)],
            "run 53 builds on run 47 (which cannot be used: torn), and",
        ),
        (
            [run(47, 41, lists=(BLACK,)), run(53, 47)],
            "run 53 builds on run 47, and the exception list is at run 41",
        ),
        (
            [run(47, 41, lists=(BLACK, GREY)), run(53, 47)],
            "run 53 builds on run 47, and the exception list is at run 41",
        ),
        (
            [run(47, 41, lists=(BLACK, PAIRS, GREY)), run(53, 47)],
            "run 47 builds on run 41, and nothing of the tracking list is there",
        ),
    ],
)
def test_the_place_where_the_chain_breaks_is_named(bundles: list[Bundle], sentence: str) -> None:
    error = told(*bundles)
    assert str(error).startswith(f"run {bundles[-1].run} cannot be reached: {sentence}")
    assert "--base 41" in error.next_step


def test_a_refused_base_is_said_to_be_refused() -> None:
    before = state(41, refused=(refusal(run(47, 41)),))
    assert "run 47 (which was refused by ana: too many)" in str(told(run(53, 47), before=before))


def test_lists_at_different_runs_need_full_lists() -> None:
    before = state(41, lists=(BLACK,)).with_feeds(state(36, lists=(PAIRS,)).feeds)
    error = told(run(53, 41), before=before)
    assert "the exception list is at run 36" in str(error)
    assert error.next_step == "ask the registry for the full lists of run 53 or a later one"


def test_a_registry_that_began_anew_must_send_everything() -> None:
    error = told(run(9, 5), stands=Standing.RESET)
    assert "--base -1" in error.next_step


def test_where_nothing_is_everything_is_asked_for() -> None:
    error = told(run(47, 41), before=RegistryState())
    assert "run 47 builds on run 41, and nothing of the prohibited list is there" in str(error)
    assert "--base -1" in error.next_step


def test_a_dated_registry_is_asked_for_full_lists_only() -> None:
    error = told(run(20260101, dated=True), before=RegistryState())
    assert "run 20260101 has no full prohibited list" in str(error)
    assert error.next_step == "ask the registry for the full lists of run 20260101 or a later one"


def test_lists_that_only_together_lead_nowhere_are_told_of_too() -> None:
    one, two = run(53, 47, lists=(BLACK,)), run(53, 41, lists=(PAIRS,))
    both = Bundle(53, one.stamp, {**one.deliveries, **two.deliveries}, fetched=one.fetched)
    assert "run 53 builds on run 47" in str(told(run(47, 41), both))


def test_runs_that_build_on_each_other_are_told_of_once() -> None:
    assert "run 53 builds on run 60" in str(told(run(53, 60), run(60, 53)))


def test_a_forced_full_list_that_is_not_there_is_said_so() -> None:
    assert no_full().exit_code == 3
    assert "--force-full" in no_full().next_step
