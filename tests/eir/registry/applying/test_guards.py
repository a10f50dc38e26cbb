"""What holds a run: each guard just below its threshold, and just above."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from eir.config import Registry
from eir.lists.names import ListName
from eir.lists.subjects import Kind
from eir.registry.applying.compared import Compared
from eir.registry.applying.guards import Known, Surge, holds, misdated, refuse_strange
from eir.registry.bundle import Delta
from eir.registry.outcome import BundleError
from eir.registry.planning.chain import Way
from eir.store.changes import Changes, Tally
from eir.store.feeds import Feed
from eir.store.layout import Truth
from tests.eir.registry.runs import (
    BLACK,
    NOW,
    bundle,
    circumstances,
    configured,
    delivery,
    listed,
    part,
)

RANGE = (100100199000000, 100100199999999, 0)


@pytest.fixture
def registry(tmp_path: Path) -> Registry:
    guard = "surge_blocks = 10\nsurge_unblocks = 5\nunknown_removals = 2"
    return configured(tmp_path, guard=guard)[1]


def found(way: Way = Way.DELTA, name: ListName = BLACK, **fields: int) -> Compared:
    """Say what a run comes to: counts of a tally, and other fields."""
    tally = Tally(**{k: fields.pop(k) for k in list(fields) if k in Tally.__slots__})
    compared = Compared(delivery(name, listed()), way, Truth(name, "national"), tally=tally)
    for key, value in fields.items():
        setattr(compared, key, value)
    return compared


def left(rows: int) -> Feed:
    """Say that an earlier run left so many entries."""
    return Feed(41, "", "full", rows, "", "", 1)


def reasons(registry: Registry, compared: Compared, *, is_first: bool = False, **known: Any) -> str:
    feed = None if is_first else known.pop("feed", left(compared.before))
    return "; ".join(holds(compared, circumstances(registry), Known(feed=feed, **known)))


@pytest.mark.parametrize(("before", "most"), [(0, 10), (100, 10), (200, 10), (1000, 50)])
def test_a_surge_of_blocks_is_more_than_a_number_and_a_share(
    registry: Registry, before: int, most: int
) -> None:
    assert not reasons(registry, found(before=before, added=most))
    assert f"{most + 1} entries are new" in reasons(registry, found(before=before, added=most + 1))


@pytest.mark.parametrize(("before", "most"), [(10, 5), (100, 5), (1000, 50)])
def test_a_surge_of_unblocks_likewise(registry: Registry, before: int, most: int) -> None:
    assert not reasons(registry, found(before=before, removed=most))
    held = reasons(registry, found(before=before, removed=most + 1))
    assert f"{most + 1} of {before:,} entries go" in held


def test_a_surge_that_was_announced_is_none(registry: Registry) -> None:
    assert not reasons(registry, found(added=110), predicted=100)
    held = reasons(registry, found(added=111), predicted=100)
    assert "11 entries (100 more were announced) are new" in held


def test_many_small_runs_are_a_surge_too(registry: Registry) -> None:
    earlier = Surge(added=7, removed=3)
    assert not reasons(registry, found(added=3, removed=2), earlier=earlier)
    held = reasons(registry, found(before=8, added=4, removed=3), earlier=earlier)
    assert "11 entries are new on the prohibited list with the runs before it, which has 8" in held
    assert "6 of 8 entries go from the prohibited list with the runs before it" in held
    assert not reasons(registry, found(added=4), earlier=earlier, predicted=1)


def test_what_was_announced_or_is_the_first_does_not_count_later() -> None:
    earlier, run = Surge(added=1, removed=2), found(added=10, removed=5)
    assert Known(earlier=earlier, feed=left(0)).with_run(run) == Surge(11, 7)
    assert Known(earlier=earlier, predicted=4, feed=left(0)).with_run(run) == Surge(7, 7)
    assert Known(earlier=earlier, predicted=40, feed=left(0)).with_run(run) == Surge(1, 7)
    assert Known(earlier=earlier).with_run(run) == earlier


def dated(registry: Registry, number: int, stamp: str = "") -> str:
    """Give why a run is held, by the instant that is its number, or else by its stamp."""
    run = replace(bundle(number, dated=not stamp), stamp=stamp or str(number))
    return "; ".join(misdated(run, circumstances(registry)))


@pytest.mark.parametrize("time", ["", "000000", "235959"])
def test_a_run_may_be_of_a_day_ahead_and_not_of_two(registry: Registry, time: str) -> None:
    assert not dated(registry, int(f"20260116{time}"))
    held = dated(registry, int(f"20260117{time}"))
    assert held == f"run 20260117{time} is dated 2026-01-17, more than 1 days ahead of our clock"


def test_a_run_with_a_number_of_its_own_is_of_the_day_of_its_stamp(registry: Registry) -> None:
    assert not dated(registry, 41, "20260116_235959")
    assert dated(registry, 41, "20260117_000000")
    assert not dated(registry, 20360101, "000000000020360101")  # a count of runs, and no day
    assert not dated(registry, 41, "second run")


def test_what_day_it_is_depends_on_where_the_registry_is(tmp_path: Path) -> None:
    registry = configured(tmp_path, 'timezone = "Asia/Karachi"')[1]
    evening = NOW.replace(hour=19)  # past midnight there
    for number, is_held in ((20260117, False), (20260118, True)):
        at = replace(circumstances(registry), now=evening)
        assert bool([*misdated(bundle(number, dated=True), at)]) is is_held
        at = replace(at, now=evening - timedelta(minutes=1))
        assert [*misdated(bundle(number, dated=True), at)]


def test_the_first_run_has_nothing_to_be_compared_with(registry: Registry) -> None:
    assert not reasons(registry, found(added=1_000_000), is_first=True)


def test_a_full_list_does_not_shrink_much(registry: Registry) -> None:
    assert not reasons(registry, found(Way.FULL, before=16, removed=4))
    assert "has 11 entries, less than 75 % of the 16" in reasons(
        registry, found(Way.FULL, before=16, removed=5)
    )
    assert not reasons(registry, found(before=16, removed=5))


def test_an_empty_full_list_is_held_unless_there_is_nothing_yet(registry: Registry) -> None:
    assert "is empty, and 3 entries would go" in reasons(
        registry, found(Way.FULL, before=3, removed=3), is_first=True
    )
    assert not reasons(registry, found(Way.FULL))


def test_few_removals_of_what_is_not_there_are_let_pass(registry: Registry) -> None:
    assert not reasons(registry, found(absent=2, rows=2))
    assert not reasons(registry, found(absent=3, rows=300))
    assert "3 of 299 rows remove" in reasons(registry, found(absent=3, rows=299))


def test_removals_of_what_is_not_there_may_be_refused(tmp_path: Path) -> None:
    guard = configured(tmp_path, guard="strict = true")[1].guard
    refuse_strange(found(), guard)
    refuse_strange(found(absent=1), configured(tmp_path)[1].guard)
    with pytest.raises(BundleError, match="1 rows remove what is not on the prohibited list"):
        refuse_strange(found(absent=1), guard)


def test_some_registries_tell_of_what_was_never_there(tmp_path: Path, registry: Registry) -> None:
    told = found(absent=300, rows=300)
    delta = Delta(None, (part(listed()),), tells_all=True)
    told.delivery = replace(told.delivery, delta=delta)
    assert not reasons(registry, told)
    refuse_strange(told, configured(tmp_path, guard="strict = true")[1].guard)


def test_a_registrys_clock_may_be_a_day_ahead(registry: Registry) -> None:
    midnight = NOW.replace(hour=0)
    day_ahead = int((midnight + timedelta(days=2)).timestamp()) - 1
    assert not reasons(registry, found(latest=day_ahead))
    assert "names the day 2026-01-17" in reasons(registry, found(latest=day_ahead + 1))


def test_a_registrys_tomorrow_is_its_own(tmp_path: Path) -> None:
    registry = configured(tmp_path, 'timezone = "Pacific/Kiritimati"', "days_ahead = 0")[1]
    there = int(NOW.replace(hour=10).timestamp()) + 86_400  # midnight there, of the 17th
    assert not reasons(registry, found(latest=there - 1))
    assert reasons(registry, found(latest=there))


def test_what_is_only_shown_is_never_held(registry: Registry) -> None:
    shown = found(Way.FULL, ListName.NOTIFICATION, before=100, removed=100, latest=1 << 33)
    assert not reasons(registry, shown)


def test_a_daily_cap_does_not_count_phones_of_ranges(tmp_path: Path) -> None:
    registry = configured(tmp_path, guard="daily_new_blocks = 5")[1]
    changes = Changes(tmp_path / "changes", 1)
    changes.count = 2
    spans = found()
    spans.changes["truth:prohibited:national:tac"] = changes
    assert "2 ranges or types change" in reasons(registry, spans)
    assert not reasons(configured(tmp_path)[1], spans)


def test_a_list_that_was_changed_by_other_means_is_looked_at(registry: Registry) -> None:
    held = reasons(registry, found(before=3), feed=left(20))
    assert "changed by other means since run 41: it had 20 entries, and has 3" in held


@pytest.mark.parametrize(("kind", "key"), [(Kind.TAC, (100100199,)), (Kind.RANGE, RANGE)])
def test_a_range_counts_as_all_that_it_covers(
    tmp_path: Path, registry: Registry, kind: Kind, key: tuple[int, ...]
) -> None:
    compared = found()
    name = compared.truth.map(kind)
    for was, will, held in ((0, 1, True), (1, 2, False), (1, 0, False)):
        changes = compared.changes[name] = Changes(tmp_path / f"{was}{will}", kind.width)
        changes.write([np.array([[*key, was, will]], np.uint64).T])
        assert ("cover 1,000,000 IMEIs" in reasons(registry, compared)) is held


def test_the_end_of_time_is_a_day_too(tmp_path: Path) -> None:
    registry = configured(tmp_path, 'timezone = "Asia/Karachi"')[1]
    assert "names the day 9999-12-31" in reasons(registry, found(latest=253402300799))
