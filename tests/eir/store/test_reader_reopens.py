"""A reader whose files are changed under it: it opens them anew, and answers from what is there."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from eir.errors import StoreError
from eir.lists.names import ListName
from eir.store.reader import RETRY, ListReader
from eir.store.rows import Entry, Row
from protocols.identities import Imei
from tests.eir.lists_loading import csv_of

LOAD = """
import sys
from pathlib import Path
from eir.lists.names import ListName
from tests.eir.lists_loading import load_text
load_text(Path(sys.argv[1]), sys.argv[2], name=ListName(sys.argv[3]))
"""
HOLD = """
import lmdb, sys
with lmdb.open(sys.argv[1], readonly=True):
    print("held", flush=True)
    sys.stdin.read()
"""
LISTED = (Entry(ListName.PROHIBITED, "local"),)


def load(path: Path, numbers: range, name: str = "prohibited") -> None:
    """Load in another process: LMDB wants one open map in each."""
    subprocess.run([sys.executable, "-c", LOAD, str(path), csv_of(numbers), name], check=True)


def copy_over(source: Path, target: Path) -> None:
    """Do what `cp` does: the file stays the same one, and has other contents."""
    shutil.copyfile(source / "lists" / "data.mdb", target / "lists" / "data.mdb")
    os.utime(target / "lists" / "data.mdb")  # clocks of file systems tick slowly


def copy_aside(store: Path, tmp_path: Path) -> Path:
    """Copy what an operator copies."""
    (tmp_path / "copy" / "lists").mkdir(parents=True)
    shutil.copyfile(store / "lists" / "data.mdb", tmp_path / "copy" / "lists" / "data.mdb")
    return tmp_path / "copy"


def row(reader: ListReader, number: int, now: float = 0.0) -> Row:
    view = reader.begin(now)
    try:
        return view.row_of(Imei(f"{number:014d}"))
    finally:
        view.end()


@pytest.fixture
def store(tmp_path: Path) -> Path:
    load(tmp_path / "eir", range(100))
    return tmp_path / "eir"


@pytest.fixture
def reader(store: Path) -> Iterator[ListReader]:
    reader = ListReader(store)
    assert row(reader, 0) == LISTED
    yield reader
    reader.close()


def test_loads_are_seen_after_the_lock_file_was_deleted(store: Path, reader: ListReader) -> None:
    (store / "lists" / "lock.mdb").unlink()
    for number in range(200, 204):
        load(store, range(number, number + 1))
        assert row(reader, number) == LISTED
        assert row(reader, number - 1) == ()


def test_loads_are_seen_after_the_lock_file_was_written_over(
    store: Path, reader: ListReader
) -> None:
    lock = store / "lists" / "lock.mdb"
    lock.write_bytes(bytes(lock.stat().st_size))
    for number in range(200, 204):
        load(store, range(number, number + 1))
        assert row(reader, number) == LISTED
        assert row(reader, number - 1) == ()


def test_a_store_of_as_many_loads_that_is_copied_over_is_read(
    tmp_path: Path, store: Path, reader: ListReader
) -> None:
    load(tmp_path / "other", range(100), "tracking")
    copy_over(tmp_path / "other", store)
    assert row(reader, 0) == (Entry(ListName.TRACKING, "local"),)
    assert row(reader, 100) == ()


def test_an_older_store_that_is_copied_over_is_read_and_loads_follow(
    tmp_path: Path, store: Path, reader: ListReader
) -> None:
    copy = copy_aside(store, tmp_path)
    for number in range(200, 205):
        load(store, range(number, number + 1))
    assert row(reader, 204) == LISTED
    copy_over(copy, store)
    assert row(reader, 204) == ()
    assert row(reader, 99) == LISTED
    load(store, range(300, 301))
    assert row(reader, 300) == LISTED
    assert row(reader, 99) == ()


def test_a_lock_file_of_other_contents_is_an_error_until_nobody_holds_it(
    tmp_path: Path, store: Path, reader: ListReader
) -> None:
    copy = copy_aside(store, tmp_path)
    load(store, range(200, 201))
    load(store, range(201, 202))
    command = [sys.executable, "-c", HOLD, str(store / "lists")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        assert holder.stdin is not None
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        copy_over(copy, store)
        with pytest.raises(StoreError, match="lock file is of other contents"):
            reader.begin(1.0)
        with pytest.raises(subprocess.CalledProcessError):
            load(store, range(300, 301))
        holder.stdin.close()
    assert row(reader, 99, 1.0 + RETRY) == LISTED
    assert row(reader, 201, 1.0 + RETRY) == ()
    load(store, range(300, 301))
    assert row(reader, 300, 1.0 + RETRY) == LISTED


def test_a_file_that_is_only_written_to_is_read_without_a_failure(
    store: Path, reader: ListReader
) -> None:
    for second in range(3):
        os.utime(store / "lists" / "data.mdb", (second, second))
        assert row(reader, 0) == LISTED
        assert row(reader, 100) == ()
