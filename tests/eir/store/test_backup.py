import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from eir.errors import StoreBusyError, StoreError, UsageError
from eir.lists.names import ListName
from eir.store.backup import back_up, restore
from eir.store.catalog_file import state_of
from eir.store.rows import Entry
from eir.store.verify import verify
from tests.eir.lists_loading import csv_of, load_text, rows_of
from tests.eir.store.old_store import imei, unpack
from tests.eir.store.test_copies import largest_file
from tests.eir.store.test_migrate import set_format

NOW = datetime(2026, 9, 1, 2, 0, 0, tzinfo=UTC)
OLD, NEW = "00000000000001", "00000000090000"
LISTED = (Entry(ListName.PROHIBITED, "local"),)

# Loads a list, but for the commit, and waits for its standard input to end.
LOADING = """
import sys
from pathlib import Path
from eir.store import health
from tests.eir.lists_loading import csv_of, load_text
reserve = health.reserve
def wait(directory):
    print("written", flush=True)
    sys.stdin.read()
    reserve(directory)
health.reserve = wait
load_text(Path(sys.argv[1]), csv_of(range(89_000, 92_000)))
"""


@pytest.fixture
def store(tmp_path: Path) -> Path:
    load_text(tmp_path / "eir", csv_of(range(5_000)))
    return tmp_path / "eir"


@contextmanager
def loading(store: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Be in the middle of a load, and end it at the end."""
    command = [sys.executable, "-c", LOADING, str(store)]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe) as loader:
        assert loader.stdout is not None
        assert loader.stdin is not None
        assert loader.stdout.readline() == b"written\n"
        yield loader
        loader.stdin.close()
        assert loader.wait() == 0


def ignore(_seen: int, _total: int) -> None:
    pass


def test_a_backup_that_is_restored_is_the_store_as_it_was(store: Path, tmp_path: Path) -> None:
    made = back_up(store, tmp_path / "backup.mdb", NOW)
    assert (made.file, made.version) == (tmp_path / "backup.mdb", 1)
    assert made.octets == made.file.stat().st_size
    before = state_of(store)
    load_text(store, csv_of(range(89_000, 92_000)))
    assert rows_of(store, OLD, NEW) == [(), LISTED]

    assert restore(store, made.file, ignore) == before
    assert verify(store) == before
    assert rows_of(store, OLD, NEW) == [LISTED, ()]
    assert made.file.exists()
    assert (store / "lists.version").read_text() == "1\n"
    load_text(store, csv_of(range(89_000, 92_000)))
    assert verify(store).version == 2


def test_in_a_directory_a_backup_is_named_by_time_and_version(store: Path, tmp_path: Path) -> None:
    (tmp_path / "backup").mkdir()
    made = back_up(store, tmp_path / "backup", NOW)
    assert made.file == tmp_path / "backup" / "eir-lists-20260901T020000Z-v1.mdb"
    assert list((tmp_path / "backup").iterdir()) == [made.file]


def test_a_file_that_is_there_is_not_written_over(store: Path) -> None:
    data = store / "lists" / "data.mdb"
    before = data.read_bytes()
    with pytest.raises(UsageError, match="is there already"):
        back_up(store, data, NOW)
    assert data.read_bytes() == before


def test_a_backup_during_a_load_has_the_version_before(store: Path, tmp_path: Path) -> None:
    with loading(store):
        assert back_up(store, tmp_path / "backup.mdb", NOW).version == 1
    assert verify(store).version == 2
    restore(store, tmp_path / "backup.mdb", ignore)
    assert rows_of(store, OLD, NEW) == [LISTED, ()]


def test_a_restore_during_a_load_is_told_who_loads(store: Path, tmp_path: Path) -> None:
    back_up(store, tmp_path / "backup.mdb", NOW)
    with loading(store) as loader, pytest.raises(StoreBusyError) as caught:
        restore(store, tmp_path / "backup.mdb", ignore)
    assert f"process {loader.pid} is writing" in str(caught.value)


def test_a_lost_store_is_restored(store: Path, tmp_path: Path) -> None:
    back_up(store, tmp_path / "backup.mdb", NOW)
    for file in (store / "lists").iterdir():
        file.unlink()
    restore(store, tmp_path / "backup.mdb", ignore)
    assert rows_of(store, OLD, NEW) == [LISTED, ()]


def test_a_backup_is_restored_where_there_never_was_a_store(store: Path, tmp_path: Path) -> None:
    back_up(store, tmp_path / "backup.mdb", NOW)
    restore(tmp_path / "new", tmp_path / "backup.mdb", ignore)
    assert rows_of(tmp_path / "new", OLD, NEW) == [LISTED, ()]


def cut(backup: Path) -> None:
    backup.write_bytes(backup.read_bytes()[:-4096])


def garble(backup: Path) -> None:
    backup.write_bytes(backup.read_bytes().replace(b'"author": "tester"', b'"author": "nobody"'))


def empty(backup: Path) -> None:
    backup.write_bytes(b"")


def confuse(backup: Path) -> None:
    backup.write_text("imei\n00100199000001\n" * 1_000)


@pytest.mark.parametrize("harm", [cut, garble, empty, confuse])
def test_a_damaged_backup_is_refused_and_the_store_left_as_it_is(
    store: Path, tmp_path: Path, harm: Callable[[Path], None]
) -> None:
    backup = back_up(store, tmp_path / "backup.mdb", NOW).file
    harm(backup)
    before = (store / "lists" / "data.mdb").read_bytes()
    with pytest.raises(StoreError, match=r"backup\.mdb was not restored: ") as caught:
        restore(store, backup, ignore)
    assert caught.value.next_step == "choose another backup; the lists are as they were"
    assert (store / "lists" / "data.mdb").read_bytes() == before
    assert not (store / "lists.tmp").exists()


def test_a_backup_of_a_newer_format_is_refused(store: Path, tmp_path: Path) -> None:
    load_text(tmp_path / "newer", csv_of(range(3)))
    set_format(tmp_path / "newer", 3)
    with pytest.raises(StoreError, match="was not restored: the list store has format 3"):
        restore(store, tmp_path / "newer" / "lists" / "data.mdb", ignore)
    assert verify(store).version == 1


def test_a_backup_of_an_older_format_is_brought_up_to_date(store: Path, tmp_path: Path) -> None:
    file = unpack(tmp_path / "old")
    before = file.read_bytes()
    assert restore(store, file, ignore).version == 5
    assert verify(store).version == 5
    assert rows_of(store, imei(600)) == [(Entry(ListName.PROHIBITED, "local", "lost"),)]
    assert file.read_bytes() == before


def test_a_disk_that_is_full_leaves_the_store_as_it_is(store: Path, tmp_path: Path) -> None:
    backup = back_up(store, tmp_path / "backup.mdb", NOW).file
    before = (store / "lists" / "data.mdb").read_bytes()
    with largest_file(16_384):
        with pytest.raises(StoreError, match="the disk is full"):
            back_up(store, tmp_path / "another.mdb", NOW)
        with pytest.raises(StoreError, match="the disk is full") as caught:
            restore(store, backup, ignore)
    assert caught.value.next_step == "free some space under store.path, then try again"
    assert not (tmp_path / "another.mdb").exists()
    assert (store / "lists" / "data.mdb").read_bytes() == before


def test_nothing_loaded_is_nothing_to_back_up(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="does not exist"):
        back_up(tmp_path, tmp_path / "backup.mdb", NOW)
    assert list(tmp_path.iterdir()) == []
