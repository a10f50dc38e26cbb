"""One run into the store: together, guarded, compared with its full list, and written down."""

from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest

from eir.lists.names import ListName
from eir.lists.subjects import Kind
from eir.registry.applying.guards import Surge
from eir.registry.applying.run import How, apply
from eir.registry.bundle import Announced, Bundle, Does
from eir.registry.outcome import BundleError, Outcome
from eir.registry.planning.chain import Step, Way
from eir.registry.report import Drift, RunReport
from eir.store.catalog import reading_lists
from eir.store.catalog_file import registries_of
from eir.store.feeds import Refusal, RegistryState
from eir.store.journal import Action, Record
from eir.store.layout import Truth
from tests.eir.lists_loading import load_text
from tests.eir.registry.runs import (
    BLACK,
    NAME,
    NOW,
    PAIRED,
    bundle,
    configured,
    delivery,
    imei,
    listed,
    open_writer,
    part,
    step,
    there,
)

HOW = How(
    accepted=None,
    repair=False,
    dry=False,
    author="night",
    now=NOW,
    progress=lambda _name, _octets: None,
)
PAIRS = f"imei,imsi\n{imei(2)},001010000000001\n"


def take(path: Path, planned: Step, how: How = HOW, guard: str = "") -> RunReport:
    config, registry = configured(path, guard=guard)
    return apply(config, registry, planned, replace(how, earlier=dict(how.earlier)))


def first(path: Path, *numbers: int) -> RunReport:
    return take(path, step(bundle(41, delivery(BLACK, listed(*numbers)))))


def delta(run: int, *parts: str, full: str | None = None, base: int = 41) -> Bundle:
    does = (Does.PUT, Does.REMOVE)
    made = [part(text, what) for text, what in zip(parts, does, strict=False)]
    return bundle(run, delivery(BLACK, full, *made, base=base))


def last(path: Path) -> Record:
    with reading_lists(configured(path)[0].store.path) as lists:
        return next(lists.records())


def test_all_lists_of_a_run_become_visible_in_one_version(tmp_path: Path) -> None:
    report = take(
        tmp_path, step(bundle(41, delivery(BLACK, listed(1, 2)), delivery(PAIRED, PAIRS)))
    )
    config = configured(tmp_path)[0]
    assert (report.outcome, report.version) == (Outcome.APPLIED, 1)
    assert sorted(there(config)) == [imei(1), imei(2)]
    assert list(there(config, PAIRED)) == [f"{imei(2)}+001010000000001"]
    assert [(each.list, each.way, each.added, each.rows) for each in report.lists] == [
        ("prohibited", "full", 2, 2),
        ("exception", "full", 1, 1),
    ]


def test_where_the_registry_is_and_who_did_it_is_in_the_same_version(tmp_path: Path) -> None:
    run = bundle(41, delivery(BLACK, listed(1, 2)), delivery(PAIRED, PAIRS))
    take(tmp_path, step(run))
    state = registries_of(configured(tmp_path)[0].store.path)[NAME]
    feed = state.feeds["prohibited"]
    assert (feed.run, feed.stamp, feed.kind, feed.rows, feed.version) == (41, "41", "full", 2, 1)
    assert feed.sha256 == run.deliveries[BLACK].sha256
    assert datetime.fromisoformat(feed.applied) == NOW
    record = last(tmp_path)
    assert (record.action, record.run, record.author) == (Action.SYNC, 41, "night")
    assert (record.source, record.file_hash, record.mode) == (NAME, run.sha256, "full")
    assert record.counts.added == 3


def test_a_run_that_changes_nothing_still_leads_further(tmp_path: Path) -> None:
    first(tmp_path, 1)
    report = take(tmp_path, step(delta(47, listed(), listed()), Way.DELTA))
    assert report.version == 2
    state = registries_of(configured(tmp_path)[0].store.path)[NAME]
    assert state.feeds["prohibited"].run == 47


def test_the_last_full_list_is_known_through_deltas(tmp_path: Path) -> None:
    first(tmp_path, 1)
    store = configured(tmp_path)[0].store.path
    assert registries_of(store)[NAME].feeds["prohibited"].full == 41
    take(tmp_path, step(delta(47, listed(2)), Way.DELTA))
    feed = registries_of(store)[NAME].feeds["prohibited"]
    assert (feed.run, feed.full) == (47, 41)


def test_a_delta_is_put_and_removed(tmp_path: Path) -> None:
    first(tmp_path, 1, 2)
    report = take(tmp_path, step(delta(47, listed(3), listed(1)), Way.DELTA))
    assert sorted(there(configured(tmp_path)[0])) == [imei(2), imei(3)]
    assert (report.lists[0].base, report.lists[0].rows) == (41, 2)


def test_a_held_run_changes_nothing_and_says_what_it_would(tmp_path: Path) -> None:
    first(tmp_path, 1, 2, 3, 4)
    report = take(tmp_path, step(bundle(47, delivery(BLACK, listed()))))
    assert report.outcome is Outcome.HELD
    assert report.version is None
    assert "is empty, and 4 entries would go" in report.reason
    assert "eir sync accept 47" in report.next_step
    assert report.impact is not None
    assert report.impact["entries"]["removed"] == 4
    assert len(there(configured(tmp_path)[0])) == 4


def test_an_accepted_run_is_applied_and_the_journal_says_why(tmp_path: Path) -> None:
    first(tmp_path, 1, 2, 3, 4)
    how = replace(HOW, accepted="the list was closed")
    report = take(tmp_path, step(bundle(47, delivery(BLACK, listed())), Way.FULL, "a reset"), how)
    assert (report.outcome, report.version) == (Outcome.APPLIED, 2)
    assert last(tmp_path).reason == "run 47, accepted: the list was closed"
    assert not there(configured(tmp_path)[0])


def test_days_of_a_cap_are_tended_once_it_is_off(tmp_path: Path) -> None:
    run = bundle(41, delivery(BLACK, listed(1, 2, 3)))
    take(tmp_path, step(run), guard="daily_new_blocks = 1")
    take(tmp_path, step(delta(47, listed(), listed(3)), Way.DELTA))
    config = configured(tmp_path)[0]
    with open_writer(config) as writer:
        assert writer.entries(Truth(BLACK, NAME).paced(Kind.EQUIPMENT)) == 2
    take(tmp_path, step(delta(53, listed(3), listed(), base=47), Way.DELTA))
    assert there(config)[imei(3)] == ("", None)


def test_an_accepted_run_is_no_longer_refused(tmp_path: Path) -> None:
    first(tmp_path, 1)
    run = delta(47, listed(2))
    config, _ = configured(tmp_path)
    with open_writer(config) as writer:
        state = writer.registries[NAME].refusing([Refusal(47, run.sha256, "", "ana", "")])
        writer.commit(Record(0, NOW.isoformat(), "ana", registries={NAME: state.dump()}))
    take(tmp_path, step(run, Way.DELTA), replace(HOW, accepted="after all"))
    assert registries_of(config.store.path)[NAME].refused == ()


def test_what_the_plan_holds_is_held(tmp_path: Path) -> None:
    report = take(tmp_path, step(bundle(41, delivery(BLACK, listed(1))), Way.FULL, "a reset"))
    assert (report.outcome, report.held) == (Outcome.HELD, ("a reset",))


def test_dry_it_changes_nothing(tmp_path: Path) -> None:
    report = take(tmp_path, step(bundle(41, delivery(BLACK, listed(1)))), replace(HOW, dry=True))
    assert (report.outcome, report.version) == (Outcome.APPLIED, None)
    assert report.impact is not None
    assert registries_of(configured(tmp_path)[0].store.path) == {}


def test_wrong_rows_leave_everything_as_it_was(tmp_path: Path) -> None:
    first(tmp_path, 1)
    with pytest.raises(BundleError):
        take(tmp_path, step(bundle(47, delivery(BLACK, listed(1) + "123456789012345678\n"))))
    assert last(tmp_path).version == 1


def test_more_wrong_rows_than_tolerated_are_told(tmp_path: Path) -> None:
    run = step(bundle(41, delivery(BLACK, listed(1) + "123456789012345678\n")))
    report = take(tmp_path, run, guard="partial = true")
    assert (report.outcome, report.version, report.lists[0].bad) == (Outcome.PARTIAL, 1, 1)
    tolerated = take(tmp_path, run, guard="partial = true\nrejects_percent = 50")
    assert tolerated.outcome is Outcome.APPLIED


def drifting() -> Bundle:
    """A delta of 41 that leads to 1, 3, and a full list that has 1, 2, 4."""
    return delta(47, listed(3), listed(2), full=listed(1, 2, 4))


def test_a_delta_that_leads_away_from_the_full_list_is_told_and_counts(tmp_path: Path) -> None:
    first(tmp_path, 1, 2)
    report = take(tmp_path, step(drifting(), Way.DELTA))
    assert report.lists[0].drift == Drift(missing=2, extra=1)
    assert "differ by 3 entries: the delta counts; see --force-full" in report.warnings[0]
    assert sorted(there(configured(tmp_path)[0])) == [imei(1), imei(3)]


def test_to_repair_the_full_list_counts(tmp_path: Path) -> None:
    first(tmp_path, 1, 2)
    report = take(tmp_path, step(drifting(), Way.DELTA), replace(HOW, repair=True))
    assert "the full list counts" in report.warnings[0]
    assert sorted(there(configured(tmp_path)[0])) == [imei(1), imei(2), imei(4)]


def test_of_exceptions_the_full_list_counts_always(tmp_path: Path) -> None:
    take(tmp_path, step(bundle(41, delivery(PAIRED, PAIRS))))
    more = f"{PAIRS}{imei(3)},001010000000002\n"
    said = delivery(PAIRED, more, part("imei,imsi\n"), base=41)
    report = take(tmp_path, step(bundle(47, said), Way.DELTA))
    assert report.lists[0].drift == Drift(missing=1)
    assert len(there(configured(tmp_path)[0], PAIRED)) == 2


def test_other_data_of_the_same_entries_is_no_reason_to_worry(tmp_path: Path) -> None:
    first(tmp_path, 1)
    run = delta(47, listed(), full=f"imei,reason\n{imei(1)},other\n")
    report = take(tmp_path, step(run, Way.DELTA))
    assert (report.lists[0].drift, report.warnings) == (Drift(different=1), ())


def test_without_drift_nothing_is_told(tmp_path: Path) -> None:
    first(tmp_path, 1)
    report = take(tmp_path, step(delta(47, listed(2), full=listed(1, 2)), Way.DELTA))
    assert (report.lists[0].drift, report.warnings) == (Drift(), ())


SURGE = "surge_blocks = 1\nsurge_blocks_percent = 0"


def test_a_surge_that_a_signed_manifest_announced_is_not_held(tmp_path: Path) -> None:
    first(tmp_path, 1)
    run = delta(47, listed(2, 3, 4))
    assert take(tmp_path, step(run, Way.DELTA), guard=SURGE).outcome is Outcome.HELD
    announced = replace(run, announced=Announced(blocks=2))
    assert take(tmp_path, step(announced, Way.DELTA), guard=SURGE).outcome is Outcome.APPLIED


def test_unblocks_that_a_signed_manifest_announced_are_no_surge(tmp_path: Path) -> None:
    guard = "surge_unblocks = 1\nsurge_unblocks_percent = 0"
    first(tmp_path, 1, 2, 3, 4)
    run = delta(47, listed(), listed(1, 2, 3))
    assert take(tmp_path, step(run, Way.DELTA), guard=guard).outcome is Outcome.HELD
    announced = replace(run, announced=Announced(unblocks=2))
    assert take(tmp_path, step(announced, Way.DELTA), guard=guard).outcome is Outcome.APPLIED


def test_a_surge_that_notifications_predicted_is_not_held(tmp_path: Path) -> None:
    first(tmp_path, 1)
    store = configured(tmp_path)[0].store.path
    text = (
        f"imei,imsi,effective\n{imei(2)},001010000000001,20260115\n{imei(3)},,20260116\n"
        f"{imei(9)},,20260115\n"
    )
    load_text(store, text, name=ListName.NOTIFICATION, source=NAME)
    run = step(delta(47, listed(2, 3, 4)), Way.DELTA)
    assert take(tmp_path, run, guard=SURGE).outcome is Outcome.APPLIED
    other = step(delta(53, listed(5, 6), base=47), Way.DELTA)
    assert take(tmp_path, other, guard=SURGE).outcome is Outcome.HELD


@pytest.mark.parametrize("days", [("20260116", "20260117"), ("", "20260116")])
def test_what_is_announced_for_a_later_day_predicts_nothing(
    tmp_path: Path, days: tuple[str, str]
) -> None:
    first(tmp_path, 1)
    store = configured(tmp_path)[0].store.path
    text = f"imei,effective\n{imei(2)},{days[0]}\n{imei(3)},{days[1]}\n"
    load_text(store, text, name=ListName.NOTIFICATION, source=NAME)
    report = take(tmp_path, step(delta(47, listed(2, 3, 4)), Way.DELTA), guard=SURGE)
    assert report.held == (
        "2 entries (1 more were announced) are new on the prohibited list, which has 1",
    )


def test_surges_are_counted_over_the_runs_of_one_sync(tmp_path: Path) -> None:
    config, registry = configured(tmp_path, guard="surge_blocks = 3\nsurge_blocks_percent = 0")
    how = replace(HOW, earlier={})
    runs = (bundle(41, delivery(BLACK, listed(1, 2, 3, 4))), delta(47, listed(5, 6)))
    more = delta(53, listed(7, 8), base=47)
    for run, way in zip(runs, (Way.FULL, Way.DELTA), strict=True):
        assert apply(config, registry, step(run, way), how).outcome is Outcome.APPLIED
    held = apply(config, registry, step(more, Way.DELTA), how)
    assert held.held == (
        "4 entries are new on the prohibited list with the runs before it, which has 6",
    )
    accepted = replace(how, accepted="ticket")
    assert apply(config, registry, step(more, Way.DELTA), accepted).outcome is Outcome.APPLIED
    last = delta(59, listed(9), base=53)
    assert apply(config, registry, step(last, Way.DELTA), how).outcome is Outcome.APPLIED
    assert how.earlier == {BLACK: Surge(added=3)}


def test_a_misdated_run_is_held_once_whatever_lists_it_has(tmp_path: Path) -> None:
    run = bundle(20260117, delivery(BLACK, listed(1)), delivery(PAIRED, PAIRS), dated=True)
    report = take(tmp_path, step(run))
    assert report.held == ("run 20260117 is dated 2026-01-17, more than 1 days ahead of our clock",)


def test_new_blocks_beyond_the_cap_are_put_off(tmp_path: Path) -> None:
    run = step(bundle(41, delivery(BLACK, listed(1, 2, 3)), delivery(PAIRED, PAIRS)))
    report = take(tmp_path, run, guard="daily_new_blocks = 2")
    assert [each.put_off for each in report.lists] == [1, 0]
    assert [when is None for _, when in there(configured(tmp_path)[0]).values()] == [
        *(True, True, False)
    ]


def test_what_the_operator_protects_is_skipped(tmp_path: Path) -> None:
    store = configured(tmp_path)[0].store.path
    load_text(store, listed(1), name=ListName.PROTECTED)
    report = take(tmp_path, step(bundle(41, delivery(BLACK, listed(1, 2)))))
    assert (report.lists[0].protected, report.lists[0].added) == (1, 1)


def test_a_late_run_leads_no_further(tmp_path: Path) -> None:
    newer = bundle(20260105, delivery(BLACK, None, part(listed(1))), dated=True)
    late = bundle(20260104, delivery(BLACK, None, part(listed(1, 2))), dated=True)
    take(tmp_path, step(newer, Way.DELTA))
    report = take(tmp_path, step(late, Way.LATE))
    assert (report.version, report.lists[0].superseded, report.lists[0].added) == (2, 1, 1)
    state = registries_of(configured(tmp_path)[0].store.path)[NAME]
    assert isinstance(state, RegistryState)
    assert state.feeds["prohibited"].run == 20260105
