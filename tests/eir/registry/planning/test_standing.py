import pytest

from eir.registry.bundle import FIRST, Bundle
from eir.registry.planning.standing import Standing, from_first, is_named, standing
from eir.store.feeds import Feed
from tests.eir.registry.planned import BLACK, applied, feed, run

SAME = run(47, 41)


@pytest.mark.parametrize(
    ("last", "bundle", "stands"),
    [
        (None, run(47, 41), Standing.AHEAD),
        (None, run(1, FIRST), Standing.AHEAD),
        (feed(41), run(47, 41), Standing.AHEAD),
        (feed(41), run(47, 36), Standing.AHEAD),
        (feed(41), run(47, FIRST), Standing.RESET),
        (feed(47, sha256=SAME.deliveries[BLACK].sha256), SAME, Standing.APPLIED),
        (feed(47, sha256=SAME.sha256), SAME, Standing.APPLIED),
        (feed(47), SAME, Standing.CONTRADICTS),
        (feed(53), SAME, Standing.OLD),
        (feed(53), run(36, FIRST), Standing.OLD),
        (feed(1000), run(5, FIRST, stamp="20260301_000000"), Standing.RESET),
        (feed(1000), run(9, 5, stamp="20260301_000000"), Standing.RESET),
        (feed(5, stamp="20260301_000000"), run(47, 43, stamp="20260228_000000"), Standing.OLD),
        (feed(5, stamp="20260301_000000"), run(9, 5, stamp="20260228_000000"), Standing.AHEAD),
        (feed(5, stamp="20260301_020000"), run(9, 7, stamp="20260301_010000"), Standing.AHEAD),
        (feed(5, stamp="20260301_000000"), run(900, FIRST, stamp="20260228_000000"), Standing.OLD),
        (feed(9, stamp="9"), run(10, 9, stamp="10"), Standing.AHEAD),
        (feed(10, stamp="10"), run(9, 8, stamp="9"), Standing.OLD),
    ],
)
def test_a_run_stands_to_the_last_one_as_its_number_and_clock_say(
    last: Feed | None, bundle: Bundle, stands: Standing
) -> None:
    assert standing(last, bundle, bundle.deliveries[BLACK]) is stands


@pytest.mark.parametrize(
    ("last", "kind", "delta", "full", "stands"),
    [
        (1, "delta", 10, None, Standing.AHEAD),
        (2, "delta", 10, None, Standing.AGAIN),
        (2, "delta", None, 10, Standing.AGAIN),
        (2, "full", None, 10, Standing.AGAIN),
        (2, "full", 10, None, Standing.OLD),
        (3, "delta", 10, None, Standing.LATE),
        (3, "delta", None, 10, Standing.OLD),
        (3, "full", 10, None, Standing.OLD),
    ],
)
def test_a_dated_run_counts_unless_a_full_list_outweighs_it(
    last: int, kind: str, delta: int | None, full: int | None, stands: Standing
) -> None:
    bundle = run(2, dated=True, delta=delta, full=full)
    assert standing(feed(last, kind=kind), bundle, bundle.deliveries[BLACK]) is stands


@pytest.mark.parametrize(
    ("number", "stands"), [(10, Standing.LATE), (9, Standing.OLD), (5, Standing.OLD)]
)
def test_case_32_a_delta_from_before_the_last_full_list_is_old_whatever_came_after_that(
    number: int, stands: Standing
) -> None:
    last = feed(12, full=9)
    bundle = run(number, dated=True)
    assert standing(last, bundle, bundle.deliveries[BLACK]) is stands


def test_only_a_delta_from_the_first_run_is_the_whole_list() -> None:
    assert from_first(run(1, FIRST).deliveries[BLACK])
    assert not from_first(run(2, 1).deliveries[BLACK])
    assert not from_first(run(2, full=10).deliveries[BLACK])


def test_a_run_is_named_by_its_own_hash_and_by_those_of_its_lists() -> None:
    assert is_named(SAME, 47, SAME.sha256)
    assert is_named(SAME, 47, SAME.deliveries[BLACK].sha256)
    assert not is_named(SAME, 48, SAME.sha256)
    assert not is_named(SAME, 47, run(47, 41, content="other").sha256)


def test_a_list_that_comes_later_does_not_make_a_run_another_one() -> None:
    early = run(47, 41, lists=(BLACK,))
    last = applied(early).feeds[BLACK]
    assert standing(last, SAME, SAME.deliveries[BLACK]) is Standing.APPLIED
