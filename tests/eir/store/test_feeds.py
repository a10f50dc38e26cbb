"""Where registries are, and where a rollback takes them."""

from pathlib import Path

import pytest

from eir.errors import StoreError
from eir.lists.rollback import roll_back
from eir.store.catalog_file import registries_of
from eir.store.environment import open_tables, open_writer
from eir.store.feeds import Feed, Refusal, RegistryState
from eir.store.journal import Action, Record
from eir.store.layout import REGISTRY_PREFIX, lists_directory
from eir.store.session import writing
from tests.eir.lists_loading import load_text

NAME = "national"


def sync(path: Path, run: int, text: str, name: str = "prohibited") -> int:
    """Apply a run that leaves nothing on the list but this."""
    load_text(path, text, source=NAME, allow_empty=True)
    with writing(path) as writer:
        feed = Feed(run, "", "full", 0, f"{run}", "", writer.version + 1)
        state = writer.registries.get(NAME, RegistryState()).with_feeds({name: feed})
        record = Record(
            version=0,
            at="2026-01-01T00:00:00+00:00",
            author="sync",
            source=NAME,
            file_hash=f"hash of {run}",
            action=Action.SYNC,
            run=run,
            registries={NAME: state.dump()},
        )
        return writer.commit(record).version


def where(path: Path) -> tuple[int | None, list[int]]:
    """Give the last run, and the runs that are refused."""
    state = registries_of(path)[NAME]
    last = state.feeds.get("prohibited")
    return None if last is None else last.run, [each.run for each in state.refused]


@pytest.fixture
def versions(tmp_path: Path) -> list[int]:
    lists = ("imei\n00100199000001\n", "imei\n00100199000002\n", "imei\n00100199000003\n")
    return [sync(tmp_path, run, text) for run, text in zip((36, 41, 47), lists, strict=True)]


def test_a_registry_is_where_its_last_run_left_it(tmp_path: Path, versions: list[int]) -> None:
    assert where(tmp_path) == (47, [])
    assert registries_of(tmp_path)[NAME].feeds["prohibited"].version == versions[-1]


def test_where_no_store_is_no_registry_is(tmp_path: Path) -> None:
    assert registries_of(tmp_path) == {}


def test_a_rollback_refuses_the_runs_that_it_undoes(tmp_path: Path, versions: list[int]) -> None:
    roll_back(tmp_path, versions[0], author="ana", reason="wrong")
    assert where(tmp_path) == (36, [41, 47])
    refused = registries_of(tmp_path)[NAME].refused[0]
    assert (refused.sha256, refused.author) == ("hash of 41", "ana")
    assert refused.reason == "rolled back: wrong"
    assert refused.deliveries == ["41"]


def test_what_is_only_shown_is_no_reason_to_refuse_a_run(tmp_path: Path) -> None:
    version = sync(tmp_path, 36, "imei\n00100199000001\n")
    sync(tmp_path, 41, "imei\n00100199000002\n", "notification")
    roll_back(tmp_path, version, author="ana", reason="wrong")
    assert registries_of(tmp_path)[NAME].refused[0].deliveries == []


def test_a_run_that_comes_back_is_no_longer_refused(tmp_path: Path, versions: list[int]) -> None:
    roll_back(tmp_path, versions[0], author="ana", reason="wrong")
    roll_back(tmp_path, versions[1], author="ana", reason="half of it was right")
    assert where(tmp_path) == (41, [47])


def test_a_run_that_was_refused_before_is_still_refused_after_another_rollback(
    tmp_path: Path, versions: list[int]
) -> None:
    undone = roll_back(tmp_path, versions[0], author="ana", reason="wrong").version
    sync(tmp_path, 53, "imei\n00100199000004\n")
    roll_back(tmp_path, undone, author="bea", reason="wrong too")
    assert where(tmp_path) == (36, [41, 47, 53])


def test_a_run_that_changed_no_entry_is_undone_like_any_other(tmp_path: Path) -> None:
    text = "imei\n00100199000001\n"
    version = sync(tmp_path, 36, text)
    sync(tmp_path, 41, text)
    assert roll_back(tmp_path, version, author="ana", reason="misdated").changed
    assert where(tmp_path) == (36, [41])


def test_to_undo_what_is_undone_makes_no_version(tmp_path: Path, versions: list[int]) -> None:
    roll_back(tmp_path, versions[0], author="ana", reason="wrong")
    again = roll_back(tmp_path, versions[0], author="bea", reason="once more")
    assert not again.changed
    assert registries_of(tmp_path)[NAME].refused[0].author == "ana"


def test_before_its_first_run_a_registry_is_nowhere(tmp_path: Path) -> None:
    version = load_text(tmp_path, "imei\n00100199000009\n").version
    sync(tmp_path, 36, "imei\n00100199000001\n")
    roll_back(tmp_path, version, author="ana", reason="all of it")
    assert where(tmp_path) == (None, [36])


def test_a_run_is_known_by_its_number_and_its_content() -> None:
    state = RegistryState().refusing([Refusal(47, "a", "", "", "")])
    assert state.is_refused(47, "a")
    assert not state.is_refused(47, "b")
    assert not state.is_refused(48, "a")
    assert not state.accepting(47, "a").is_refused(47, "a")
    assert state.accepting(47, "b").is_refused(47, "a")


def test_a_run_is_forgotten_once_all_lists_of_it_are_accepted() -> None:
    state = RegistryState().refusing([Refusal(47, "a", "", "", "", deliveries=("b", "c"))])
    assert state.accepting(47, "x", "b") == state
    assert state.accepting(48, "b", "c") == state
    assert state.accepting(47, "x", "b", "c").refused == ()
    assert state.accepting(47, "a").refused == ()


def test_only_so_many_refusals_are_remembered() -> None:
    state = RegistryState().refusing(Refusal(run, "a", "", "", "") for run in range(1_001))
    assert len(state.refused) == 1_000
    assert not state.is_refused(0, "a")
    assert state.is_refused(1_000, "a")


def test_a_state_survives_json() -> None:
    state = RegistryState().refusing([Refusal(47, "a", "wrong", "ana", "now")])
    state = state.with_feeds({"exception": Feed(41, "20260101", "delta", 5, "b", "then", 3)})
    assert RegistryState.load(state.dump()) == state


def test_a_garbled_state_is_damage(tmp_path: Path, versions: list[int]) -> None:
    assert versions
    key = REGISTRY_PREFIX + NAME.encode()
    with open_writer(lists_directory(tmp_path)) as lists, lists.begin(write=True) as transaction:
        transaction.put(key, b"{", db=open_tables(lists, transaction).meta)
    with pytest.raises(StoreError, match="state of a registry"):
        registries_of(tmp_path)
