from pathlib import Path

import pytest

from eir.errors import StoreError
from eir.lists.names import ListName
from eir.lists.rollback import roll_back
from eir.store.catalog_file import read_catalog, state_of
from eir.store.compact import compact
from eir.store.environment import open_tables, reading
from eir.store.lock import exclusive
from eir.store.rows import Entry
from eir.store.verify import verify
from tests.eir.lists_loading import csv_of, load_text, rows_of
from tests.eir.store.old_store import unpack
from tests.eir.store.test_copies import largest_file

LISTED = (Entry(ListName.PROHIBITED, "local"),)
REMOVED, ADDED, KEPT = "00000000000007", "00000000009000", "00000000000008"


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """A store that was larger once, with changes beside its bases."""
    load_text(tmp_path, csv_of(range(60_000)), name=ListName.TRACKING)
    load_text(tmp_path, "imei\n", name=ListName.TRACKING, allow_empty=True)
    load_text(tmp_path, csv_of(range(5_000)))
    load_text(tmp_path, f"op,imei\nremove,{REMOVED}\nadd,{ADDED}\n", mode=None)
    return tmp_path


def overlays(path: Path) -> int:
    with reading(path) as environment:
        tables = open_tables(environment)
        with environment.begin() as transaction:
            maps = read_catalog(transaction, tables).maps
            assert transaction.stat(tables.overlay)["entries"] == sum(
                state.overlay for state in maps.values()
            )
    return sum(state.overlay for state in maps.values())


def test_the_store_says_the_same_and_is_smaller(store: Path) -> None:
    before = state_of(store)
    assert overlays(store)
    done = compact(store)
    assert done.after == (store / "lists" / "data.mdb").stat().st_size
    assert done.after * 2 < done.before
    assert not overlays(store)
    after = verify(store)
    assert (after.version, after.loaded) == (before.version, before.loaded)
    assert rows_of(store, REMOVED, ADDED, KEPT) == [(), LISTED, LISTED]


def test_what_was_before_can_still_be_asked_and_gone_back_to(store: Path) -> None:
    compact(store)
    roll_back(store, 3, author="tester", reason="wrong")
    verify(store)
    assert rows_of(store, REMOVED, ADDED, KEPT) == [LISTED, (), LISTED]
    roll_back(store, 1, author="tester", reason="wrong")
    verify(store)
    assert rows_of(store, KEPT) == [(Entry(ListName.TRACKING, "local"),)]


def test_a_compact_store_is_left_as_small_as_it_is(store: Path) -> None:
    first = compact(store)
    again = compact(store)
    assert (again.before, again.after) == (first.after, first.after)


def test_loads_go_on_afterwards(store: Path) -> None:
    compact(store)
    load_text(store, f"op,imei\nadd,{REMOVED}\n", mode=None)
    assert verify(store).version == 5
    assert rows_of(store, REMOVED, ADDED) == [LISTED, LISTED]


def test_a_store_of_an_older_format_is_brought_up_to_date(tmp_path: Path) -> None:
    unpack(tmp_path)
    compact(tmp_path)
    assert verify(tmp_path).version == 5


def test_a_full_disk_leaves_the_store_as_it_is(store: Path) -> None:
    before = (store / "lists" / "data.mdb").read_bytes()
    with largest_file(32_768), pytest.raises(StoreError, match="the disk is full") as caught:
        compact(store)
    assert caught.value.next_step == "free some space under store.path, then try again"
    assert "data.mdb" not in str(caught.value)
    assert (store / "lists" / "data.mdb").read_bytes() == before
    assert not (store / "lists.tmp").exists()
    assert verify(store).version == 4


def test_a_store_that_somebody_writes_to_is_left_to_them(store: Path) -> None:
    with exclusive(store), pytest.raises(StoreError, match="is writing"):
        compact(store)


def test_no_store_cannot_be_compacted(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="does not exist"):
        compact(tmp_path)
