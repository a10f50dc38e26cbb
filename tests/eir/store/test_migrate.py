import json
import subprocess
import sys
from pathlib import Path

import pytest

from eir.errors import StoreError
from eir.lists.names import ListName
from eir.store import journal
from eir.store.catalog_file import state_of
from eir.store.environment import open_tables, open_writer, reading
from eir.store.journal import Action, Record
from eir.store.layout import META, STATE_KEY
from eir.store.migrate import is_older
from eir.store.rows import Entry
from eir.store.update import update
from eir.store.verify import verify
from tests.eir.lists_loading import csv_of, load_text, rows_of
from tests.eir.store.old_store import imei, unpack
from tests.eir.store.test_copies import largest_file


@pytest.fixture
def old(tmp_path: Path) -> Path:
    unpack(tmp_path)
    return tmp_path


def prohibited(reason: str) -> Entry:
    return Entry(ListName.PROHIBITED, "local", reason)


def records(path: Path) -> list[Record]:
    with reading(path) as environment:
        tables = open_tables(environment)
        with environment.begin() as transaction:
            return [journal.decode(octets) for _, octets in transaction.cursor(tables.journal)]


def fingerprint(path: Path) -> tuple[int, int, int, int]:
    """Give what a write would change; when it was last read may change with any reader."""
    found = (path / "lists" / "data.mdb").stat()
    return found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns


def test_an_old_store_says_the_same_afterwards(old: Path) -> None:
    assert update(old)
    verify(old)
    assert (old / "lists" / "data.mdb").stat().st_size < 100_000
    tracked = Entry(ListName.TRACKING, "registry", "cloned", 1767225600, 1798761600)
    asked = [imei(number) for number in (0, 1, 2, 3, 4, 195, 205, 600)]
    permitted = Entry(ListName.PERMITTED, "local")
    assert rows_of(old, *asked) == [
        (prohibited("volé №7"), tracked),
        (),
        (prohibited("found again"),),
        (prohibited("volé №7"),),
        (prohibited("stolen"),),
        (prohibited("volé №7"), permitted),
        (permitted,),
        (prohibited("lost"),),
    ]


def test_its_journal_goes_on_and_history_starts_with_the_migration(old: Path) -> None:
    update(old)
    made = records(old)
    assert [record.version for record in made] == [1, 2, 3, 4, 5]
    assert [record.action for record in made[-2:]] == [Action.LOAD, Action.MIGRATE]
    assert journal.follows(made[4], made[3])
    assert state_of(old).history_from == state_of(old).version == 5
    assert (old / "lists.version").read_text() == "5\n"


def test_a_store_that_is_up_to_date_is_left_alone(old: Path) -> None:
    update(old)
    before = fingerprint(old)
    assert not update(old)
    assert fingerprint(old) == before


def test_where_there_is_no_store_none_is_made(tmp_path: Path) -> None:
    assert not update(tmp_path / "nothing")
    assert not (tmp_path / "nothing").exists()


def test_the_next_load_migrates_first(old: Path) -> None:
    load_text(old, csv_of(range(3)), source="new")
    assert verify(old).version == 6
    assert rows_of(old, imei(600)) == [(prohibited("lost"),)]


def test_a_reader_says_what_to_do(old: Path) -> None:
    with pytest.raises(StoreError, match="has format 1, this program serves 2") as caught:
        verify(old)
    assert caught.value.next_step == "bring it up to date: eir store migrate"


def test_a_damaged_old_store_is_refused_and_left_as_it_is(old: Path) -> None:
    data = old / "lists" / "data.mdb"
    cell = int(imei(7)).to_bytes(6, "big") + b"\0\0"
    garbled = data.read_bytes().replace(cell, cell[:-1] + b"\7")
    data.write_bytes(garbled)
    with pytest.raises(StoreError, match="an entry fails its check"):
        update(old)
    assert data.read_bytes() == garbled


def test_a_full_disk_leaves_the_old_store_as_it_is(old: Path) -> None:
    data = old / "lists" / "data.mdb"
    before = data.read_bytes()
    with largest_file(16_384), pytest.raises(StoreError, match="the disk is full"):
        update(old)
    assert data.read_bytes() == before
    assert update(old)


def set_format(path: Path, number: int) -> None:
    with open_writer(path / "lists") as environment:
        meta = environment.open_db(META)
        with environment.begin(write=True, db=meta) as transaction:
            state = json.loads(transaction.get(STATE_KEY, b""))
            transaction.put(STATE_KEY, json.dumps(state | {"format": number}).encode())


def test_a_newer_format_is_refused_by_whoever_meets_it(tmp_path: Path) -> None:
    load_text(tmp_path, csv_of(range(3)))
    set_format(tmp_path, 3)
    refused = pytest.raises(StoreError, match="has format 3, this program knows no newer one than")
    with refused as caught:
        is_older(tmp_path / "lists")
    assert "use the version of eir that wrote it" in caught.value.next_step
    with refused:
        load_text(tmp_path, csv_of(range(3)))
    with refused:
        verify(tmp_path)


@pytest.mark.parametrize("moment", ["migrate._begin", "copies.put_in_place"])
def test_a_migration_that_is_killed_leaves_the_old_store(old: Path, moment: str) -> None:
    script = f"""
import os, signal, sys
from pathlib import Path
from eir.store import copies, migrate, update
{moment} = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
update.update(Path(sys.argv[1]))
"""
    before = (old / "lists" / "data.mdb").read_bytes()
    found = subprocess.run([sys.executable, "-c", script, str(old)], check=False)
    assert found.returncode == -9
    assert (old / "lists" / "data.mdb").read_bytes() == before
    assert update(old)
    assert verify(old).version == 5
