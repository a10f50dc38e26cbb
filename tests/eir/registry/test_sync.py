"""One registry from its source to the report: what is applied, held, passed over and kept."""

import json
import multiprocessing
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from multiprocessing.synchronize import Event
from pathlib import Path
from typing import Any

import pytest

from eir.errors import StoreBusyError
from eir.lists.rollback import roll_back
from eir.registry.applying.run import apply
from eir.registry.inbox.archive import Archive
from eir.registry.outcome import Outcome
from eir.registry.report import RunReport, SyncReport
from eir.registry.status import directory_of, read_status
from eir.registry.sync import Accepted, Request, Watcher, sync
from eir.store.backup import back_up, restore
from eir.store.catalog_file import registries_of
from eir.store.lock import locked
from tests.eir.registry.runs import NAME, configured, imei, listed, there

NOBODY = Watcher(
    fetching=lambda name, octets, total: None,  # noqa: ARG005 - shown to nobody
    reading=lambda _name, _octets: None,
)
NIGHT = Request(author="night")


@pytest.fixture
def outbox(tmp_path: Path) -> Path:
    directory = tmp_path / "outbox"
    directory.mkdir()
    return directory


def put(outbox: Path, name: str, text: str) -> None:
    (outbox / f".{name}").write_text(text)
    (outbox / f".{name}").rename(outbox / name)


def run(path: Path, request: Request = NIGHT, guard: str = "") -> SyncReport:
    config, registry = configured(path, guard=guard)
    return sync(config, registry, request, NOBODY)


def blocked(path: Path) -> list[int]:
    return sorted(int(key[-6:]) for key in there(configured(path)[0]))


def settled(path: Path) -> dict[str, str]:
    store = configured(path)[0].store.path
    return {f.name: f.settled for f in Archive(directory_of(store, NAME)).files()}


def test_what_the_registry_delivers_is_applied(tmp_path: Path, outbox: Path) -> None:
    put(outbox, "prohibited_full_41.csv", listed(1, 2))
    report = run(tmp_path)
    assert (report.outcome, report.fetched) == (Outcome.APPLIED, ("prohibited_full_41.csv",))
    assert report.last_runs == {"prohibited": 41}
    assert blocked(tmp_path) == [1, 2]
    assert settled(tmp_path) == {"prohibited_full_41.csv": "applied: run 41, version 1"}


def test_a_chain_of_deltas_is_applied_in_its_order(tmp_path: Path, outbox: Path) -> None:
    put(outbox, "prohibited_full_41.csv", listed(1))
    run(tmp_path)
    put(outbox, "prohibited_delta_47_53.csv", f"imei,op\n{imei(2)},remove\n")
    put(outbox, "prohibited_delta_41_47.csv", f"imei,op\n{imei(2)},add\n{imei(3)},add\n")
    report = run(tmp_path)
    assert [each.run for each in report.runs] == [47, 53]
    assert blocked(tmp_path) == [1, 3]


def test_nothing_new_is_no_news(tmp_path: Path, outbox: Path) -> None:
    put(outbox, "prohibited_full_41.csv", listed(1))
    run(tmp_path)
    report = run(tmp_path)
    assert (report.outcome, report.runs, report.fetched) == (Outcome.UP_TO_DATE, (), ())


def test_without_its_source_it_says_so(tmp_path: Path) -> None:
    report = run(tmp_path)
    assert report.outcome is Outcome.UNREACHABLE
    assert "outbox" in report.stopped


def test_what_was_fetched_before_needs_no_source(tmp_path: Path, outbox: Path) -> None:
    put(outbox, "prohibited_full_41.csv", listed(1))
    run(tmp_path, replace(NIGHT, dry=True))
    (outbox / "prohibited_full_41.csv").unlink()
    report = run(tmp_path, replace(NIGHT, fetch=False))
    assert (report.outcome, report.fetched) == (Outcome.APPLIED, ())


def test_dry_it_says_what_it_would_do_and_is_done_with_nothing(
    tmp_path: Path, outbox: Path
) -> None:
    put(outbox, "prohibited_full_41.csv", listed(1))
    report = run(tmp_path, replace(NIGHT, dry=True))
    assert (report.outcome, report.runs[0].version) == (Outcome.APPLIED, None)
    assert read_status(configured(tmp_path)[0].store.path, NAME) is None
    assert settled(tmp_path) == {"prohibited_full_41.csv": ""}


@pytest.fixture
def held(tmp_path: Path, outbox: Path) -> SyncReport:
    """Hold run 47, which would unblock everything."""
    put(outbox, "prohibited_full_41.csv", listed(1, 2))
    run(tmp_path)
    put(outbox, "prohibited_full_47.csv", listed())
    return run(tmp_path)


def test_a_held_run_stays_until_somebody_decides(tmp_path: Path, held: SyncReport) -> None:
    assert held.outcome is Outcome.HELD
    again = run(tmp_path)
    assert (again.outcome, again.runs[0].held) == (Outcome.HELD, held.runs[0].held)
    assert blocked(tmp_path) == [1, 2]


def test_a_held_run_is_applied_when_it_is_accepted(tmp_path: Path, held: SyncReport) -> None:
    (found,) = held.runs
    accepted = Accepted(found.run, found.sha256, found.files)
    report = run(tmp_path, replace(NIGHT, accepted=accepted, reason="closed", fetch=False))
    assert report.outcome is Outcome.APPLIED
    assert blocked(tmp_path) == []


def test_what_was_accepted_is_what_was_looked_at(tmp_path: Path, held: SyncReport) -> None:
    accepted = Accepted(47, "0" * 64, held.runs[0].files)
    report = run(tmp_path, replace(NIGHT, accepted=accepted, reason="closed", fetch=False))
    assert report.outcome is Outcome.REFUSED
    assert blocked(tmp_path) == [1, 2]


def test_a_later_run_may_pass_over_a_held_one(
    tmp_path: Path, outbox: Path, held: SyncReport
) -> None:
    assert held.runs
    put(outbox, "prohibited_full_53.csv", listed(1, 2, 3))
    report = run(tmp_path)
    assert report.outcome is Outcome.APPLIED
    assert blocked(tmp_path) == [1, 2, 3]
    assert run(tmp_path).outcome is Outcome.UP_TO_DATE


def test_where_the_cheapest_way_is_held_another_one_is_tried(tmp_path: Path, outbox: Path) -> None:
    put(outbox, "prohibited_full_41.csv", listed(*range(20)))
    run(tmp_path)
    put(outbox, "prohibited_delta_41_47.csv", f"imei,op\n{imei(0)},remove\n{imei(1)},remove\n")
    put(outbox, "prohibited_delta_47_53.csv", listed(0, 1))
    put(outbox, "prohibited_full_53.csv", listed(*range(20)))
    report = run(tmp_path, guard="surge_unblocks = 1\nsurge_unblocks_percent = 0")
    assert report.outcome is Outcome.APPLIED
    assert [(each.run, each.version) for each in report.runs] == [(47, None), (53, 2)]
    assert "run 47 was passed over: 2 of 20 entries go" in report.warnings[0]
    assert run(tmp_path).outcome is Outcome.UP_TO_DATE


def test_what_builds_on_a_held_run_waits_for_it(
    tmp_path: Path, outbox: Path, held: SyncReport
) -> None:
    assert held.runs
    put(outbox, "prohibited_delta_47_53.csv", listed(9))
    report = run(tmp_path)
    assert (report.outcome, report.stopped) == (Outcome.HELD, "")


def test_wrong_rows_refuse_a_run_and_keep_it_for_a_better_one(tmp_path: Path, outbox: Path) -> None:
    put(outbox, "prohibited_full_41.csv", f"imei\n{imei(1)}\n123456789012345678\n")
    report = run(tmp_path)
    assert (report.outcome, report.runs[0].outcome) == (Outcome.REFUSED, Outcome.REFUSED)
    assert "line 3 of prohibited_full_41.csv" in report.runs[0].reason
    put(outbox, "prohibited_full_47.csv", listed(1))
    assert run(tmp_path).last_runs == {"prohibited": 47}
    assert run(tmp_path).outcome is Outcome.UP_TO_DATE


def test_a_damaged_file_is_fetched_again(tmp_path: Path, outbox: Path) -> None:
    put(outbox, "prohibited_full_41.csv", "what,ever\n1,2\n")
    report = run(tmp_path)
    assert report.outcome is Outcome.REFUSED
    assert list(report.refused) == ["prohibited_full_41.csv"]
    again = run(tmp_path)
    assert (again.outcome, again.fetched) == (Outcome.REFUSED, ("prohibited_full_41.csv",))


def test_a_file_that_comes_damaged_twice_is_no_matter_once_other_runs_serve(
    tmp_path: Path, outbox: Path
) -> None:
    put(outbox, "prohibited_full_41.csv", "what,ever\n1,2\n")
    put(outbox, "prohibited_full_47.csv", listed(1))
    assert run(tmp_path).outcome is Outcome.REFUSED
    assert blocked(tmp_path) == [1]
    assert run(tmp_path).fetched == ("prohibited_full_41.csv",)
    assert run(tmp_path).outcome is Outcome.UP_TO_DATE


ADDED = "ADD_Pair_List_2026-01-02_03-04-05.csv"


def paired(path: Path, wait: int) -> SyncReport:
    config, registry = configured(path, f"pair_wait_s = {wait}")
    return sync(config, registry.model_copy(update={"format": "dps"}), NIGHT, NOBODY)


def test_half_of_a_pair_of_files_waits_and_is_told_every_night_until_the_other_comes(
    tmp_path: Path, outbox: Path
) -> None:
    put(outbox, "Pair_List_Complete_2026-01-01_03-04-05.csv", "imei,imsi\n")
    paired(tmp_path, 60)
    put(outbox, ADDED, "imei,imsi,change_type\n")
    assert paired(tmp_path, 60).outcome is Outcome.WAITING
    for _ in range(3):
        report = paired(tmp_path, 0)
        assert (report.outcome, report.fetched, report.lacking) == (Outcome.REFUSED, (), (ADDED,))
    put(outbox, ADDED.replace("ADD", "REMOVE"), "imei,imsi,change_type\n")
    report = paired(tmp_path, 0)
    assert (report.outcome, report.lacking, report.refused) == (Outcome.APPLIED, (), {})


def test_a_full_list_that_comes_later_makes_up_for_half_of_a_pair(
    tmp_path: Path, outbox: Path
) -> None:
    put(outbox, ADDED, "imei,imsi,change_type\n")
    paired(tmp_path, 60)
    assert paired(tmp_path, 0).outcome is Outcome.REFUSED
    put(outbox, "Pair_List_Complete_2026-01-03_03-04-05.csv", "imei,imsi\n")
    report = paired(tmp_path, 0)
    assert report.refused == {}
    assert "a later full list serves" in report.ignored[0].reason
    assert paired(tmp_path, 0).outcome is Outcome.UP_TO_DATE


def test_when_a_run_was_applied_is_taken_back_with_it(tmp_path: Path, outbox: Path) -> None:
    put(outbox, "prohibited_full_41.csv", listed(1))
    first = run(tmp_path).applied
    store = configured(tmp_path)[0].store.path
    put(outbox, "prohibited_full_47.csv", listed(1, 2))
    later = run(tmp_path)
    assert first
    assert later.applied == registries_of(store)[NAME].feeds["prohibited"].applied
    roll_back(store, 1, author="ana", reason="wrong")
    assert run(tmp_path).applied == first
    status = read_status(store, NAME)
    assert status is not None
    assert status.applied == first


def test_a_key_that_cannot_be_read_is_told_in_the_report(tmp_path: Path, outbox: Path) -> None:
    put(outbox, "prohibited_full_41.csv", listed(1))
    manifest = {
        "registry": NAME,
        "run": 41,
        "generated": "2026-01-01T00:00:00Z",
        "files": [{"name": "prohibited_full_41.csv", "sha256": "0" * 64}],
    }
    put(outbox, "41.manifest.json", json.dumps(manifest))
    signed = {"algorithm": "ed25519", "key": "a", "signature": "AAAA"}
    put(outbox, "41.manifest.json.sig", json.dumps(signed))
    key = '[[registry.key]]\nid = "a"\nfile = "/nowhere.pem"\n'
    config, registry = configured(tmp_path, guard=key)
    report = sync(config, registry, NIGHT, NOBODY)
    assert report.outcome is Outcome.REFUSED
    assert "/nowhere.pem" in report.stopped


def test_runs_that_were_rolled_back_are_not_applied_again(tmp_path: Path, outbox: Path) -> None:
    put(outbox, "prohibited_full_41.csv", listed(1))
    run(tmp_path)
    put(outbox, "prohibited_full_47.csv", listed(1, 2))
    run(tmp_path)
    roll_back(configured(tmp_path)[0].store.path, 1, author="ana", reason="wrong")
    assert run(tmp_path).outcome is Outcome.UP_TO_DATE
    put(outbox, "prohibited_delta_47_53.csv", listed(3))
    assert run(tmp_path).outcome is Outcome.GAP
    assert blocked(tmp_path) == [1]


def test_a_broken_store_is_told_in_the_report(tmp_path: Path, outbox: Path) -> None:
    put(outbox, "prohibited_full_41.csv", listed(1))
    run(tmp_path)
    store = configured(tmp_path)[0].store.path
    (store / "lists" / "data.mdb").write_bytes(b"\0" * 100)
    put(outbox, "prohibited_full_47.csv", listed(1))
    report = run(tmp_path)
    assert report.outcome is Outcome.REFUSED
    assert "truncated" in report.stopped


@pytest.fixture
def elsewhere(tmp_path: Path) -> Iterator[None]:
    """Let another process sync."""
    context = multiprocessing.get_context("spawn")
    ready, done = context.Event(), context.Event()
    lock = directory_of(configured(tmp_path)[0].store.path, NAME) / "lock"
    process = context.Process(target=_hold, args=(lock, ready, done))
    process.start()
    ready.wait()
    yield
    done.set()
    process.join()


def _hold(lock: Path, ready: Event, done: Event) -> None:
    with locked(lock, "is syncing"):
        ready.set()
        done.wait()


@pytest.mark.usefixtures("elsewhere")
def test_one_sync_of_a_registry_runs_at_a_time(tmp_path: Path, outbox: Path) -> None:
    put(outbox, "prohibited_full_41.csv", listed(1))
    with pytest.raises(StoreBusyError, match="is syncing with national"):
        run(tmp_path)


def test_each_sync_is_written_down(tmp_path: Path, outbox: Path) -> None:
    put(outbox, "prohibited_full_41.csv", listed(1))
    report = run(tmp_path)
    directory = directory_of(configured(tmp_path)[0].store.path, NAME)
    (kept,) = (directory / "reports").glob("*.json")
    assert json.loads(kept.read_text()) == json.loads(json.dumps(report.dump()))


def test_lists_that_were_restored_get_back_what_they_lost(tmp_path: Path, outbox: Path) -> None:
    put(outbox, "prohibited_full_41.csv", listed(1))
    run(tmp_path)
    store = configured(tmp_path)[0].store.path
    back_up(store, tmp_path / "backup", datetime.now(UTC))
    put(outbox, "prohibited_delta_41_47.csv", listed(2))
    run(tmp_path)
    restore(store, tmp_path / "backup", lambda _seen, _total: None)
    assert blocked(tmp_path) == [1]
    assert run(tmp_path).last_runs == {"prohibited": 47}
    assert blocked(tmp_path) == [1, 2]


def test_a_forced_full_list_that_is_held_stays_held(tmp_path: Path, outbox: Path) -> None:
    put(outbox, "prohibited_full_41.csv", listed(1))
    run(tmp_path)
    put(outbox, "prohibited_full_47.csv", listed(1, 2, 3, 4))
    run(tmp_path)
    roll_back(configured(tmp_path)[0].store.path, 1, author="ana", reason="wrong")
    put(outbox, "prohibited_full_53.csv", listed())
    assert run(tmp_path).outcome is Outcome.HELD
    assert run(tmp_path, replace(NIGHT, force_full=True)).outcome is Outcome.HELD
    assert run(tmp_path).outcome is Outcome.HELD


def test_a_fault_of_ours_is_told_and_keeps_the_lists(
    tmp_path: Path, outbox: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(outbox, "prohibited_full_41.csv", listed(1))
    monkeypatch.setattr("eir.registry.sync.plan", None)  # which cannot be called
    report = run(tmp_path)
    assert report.outcome is Outcome.REFUSED
    assert "a fault of this program" in report.stopped
    monkeypatch.undo()
    assert run(tmp_path).outcome is Outcome.APPLIED


def test_what_moves_between_plan_and_step_is_planned_anew(
    tmp_path: Path, outbox: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(outbox, "prohibited_full_41.csv", listed(1))
    run(tmp_path)
    put(outbox, "prohibited_delta_41_47.csv", listed(2))
    run(tmp_path)
    put(outbox, "prohibited_delta_47_53.csv", listed(3))
    store = configured(tmp_path)[0].store.path
    steps: list[tuple[Any, ...]] = []

    def step(*about: Any) -> RunReport:
        if not steps:
            roll_back(store, 1, author="ana", reason="wrong")
        steps.append(about)
        return apply(*about)

    monkeypatch.setattr("eir.registry.sync.apply", step)
    assert run(tmp_path).outcome is Outcome.GAP
    assert blocked(tmp_path) == [1]
