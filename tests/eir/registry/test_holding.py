"""Who decides about a run that waits."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from eir.errors import UsageError
from eir.lists.rollback import roll_back
from eir.registry import holding
from eir.registry.inbox.archive import Archive
from eir.registry.outcome import Outcome
from eir.registry.status import directory_of, read_status
from eir.registry.sync import Request, Watcher, sync
from eir.store.catalog import reading_lists
from eir.store.catalog_file import registries_of
from eir.store.journal import Action
from tests.eir.registry.runs import NAME, configured, listed

NOBODY = Watcher(
    fetching=lambda name, octets, total: None,  # noqa: ARG005 - shown to nobody
    reading=lambda _name, _octets: None,
)


def put(path: Path, name: str, text: str) -> Outcome:
    """Deliver a file, and sync."""
    outbox = path / "outbox"
    outbox.mkdir(exist_ok=True)
    (outbox / name).write_text(text)
    config, registry = configured(path)
    return sync(config, registry, Request("night"), NOBODY).outcome


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Hold run 47."""
    put(tmp_path, "prohibited_full_41.csv", listed(1, 2))
    assert put(tmp_path, "prohibited_full_47.csv", listed()) is Outcome.HELD
    return tmp_path


def refuse(path: Path, run: int) -> int:
    config, registry = configured(path)
    found = holding.find(config, registry, run)
    return holding.refuse(config, registry, found, author="ana", reason="withdrawn")


def test_what_is_held_waits_with_its_reasons(path: Path) -> None:
    (found,) = holding.waiting(*configured(path))
    assert (found.run, found.refused, found.files) == (47, False, ("prohibited_full_47.csv",))
    assert "is empty" in found.why


def test_a_refused_run_is_looked_at_no_more(path: Path) -> None:
    assert refuse(path, 47) == 2
    config, registry = configured(path)
    assert sync(config, registry, Request("night"), NOBODY).outcome is Outcome.UP_TO_DATE
    (found,) = holding.waiting(config, registry)
    assert (found.run, found.refused, found.why) == (47, True, "ana: withdrawn")
    archive = Archive(directory_of(config.store.path, NAME))
    assert archive.files()[1].settled == "refused by ana: withdrawn"


def test_who_watches_the_status_sees_at_once_that_nothing_waits(path: Path) -> None:
    store = configured(path)[0].store.path
    (waiting,) = known(store)
    refuse(path, 47)
    assert [run["run"] for run in (waiting, *known(store))] == [47]


def test_who_refused_it_and_why_is_in_the_journal(path: Path) -> None:
    refuse(path, 47)
    with reading_lists(configured(path)[0].store.path) as lists:
        record = next(lists.records())
        entries = sum(1 for _ in lists.lines())
    assert (record.action, record.run, record.reason) == (Action.REFUSE, 47, "withdrawn")
    assert entries == 2


def test_what_builds_on_a_refused_run_is_a_gap(path: Path) -> None:
    refuse(path, 47)
    assert put(path, "prohibited_delta_47_53.csv", listed(3)) is Outcome.GAP


def test_wrong_runs_can_be_refused_too(path: Path) -> None:
    refuse(path, 47)
    wrong = listed() + "123456789012\n"
    assert put(path, "prohibited_full_53.csv", wrong) is Outcome.REFUSED
    refuse(path, 53)
    assert put(path, "prohibited_full_53.csv", wrong) is Outcome.UP_TO_DATE


def test_the_same_number_with_other_content_is_looked_at_anew(path: Path) -> None:
    refuse(path, 47)
    assert put(path, "prohibited_full_47.csv", listed(1, 2, 3)) is Outcome.APPLIED


def test_what_was_rolled_back_can_be_accepted_again(tmp_path: Path) -> None:
    put(tmp_path, "prohibited_full_41.csv", listed(1, 2))
    put(tmp_path, "prohibited_full_47.csv", listed(1, 2, 3))
    config, registry = configured(tmp_path)
    roll_back(config.store.path, 1, author="ana", reason="too early")
    found = holding.find(config, registry, 47)
    assert (found.why, found.files) == (
        "ana: rolled back: too early",
        ("prohibited_full_47.csv",),
    )
    assert registries_of(config.store.path)[NAME].feeds["prohibited"].run == 41


def test_a_run_that_nobody_holds_cannot_be_decided(path: Path) -> None:
    with pytest.raises(UsageError, match="no run 48 of national is held or refused"):
        refuse(path, 48)


def known(store: Path) -> Sequence[Mapping[str, Any]]:
    """Give the runs that wait, as a running server reads them."""
    status = read_status(store, NAME)
    assert status is not None
    return status.open_runs
