import os
import resource
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from eir.errors import StoreError
from eir.store.copies import bring, put_in_place, take
from eir.store.environment import open_reader
from eir.store.verify import verify
from tests.eir.lists_loading import csv_of, load_text


@contextmanager
def largest_file(octets: int) -> Iterator[None]:
    """Let no file of this process grow beyond a size, as a full disk would not."""
    _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (octets, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))


@pytest.fixture
def store(tmp_path: Path) -> Path:
    load_text(tmp_path / "eir", csv_of(range(5_000)))
    return tmp_path / "eir"


def take_all(store: Path, file: Path) -> None:
    with open_reader(store / "lists") as environment, environment.begin() as transaction:
        take(environment, transaction, file)


def test_a_copy_is_a_whole_store_that_only_its_owner_reads(store: Path, tmp_path: Path) -> None:
    (tmp_path / "copy" / "lists").mkdir(parents=True)
    file = tmp_path / "copy" / "lists" / "data.mdb"
    take_all(store, file)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert file.stat().st_size <= (store / "lists" / "data.mdb").stat().st_size
    assert verify(tmp_path / "copy") == verify(store)


def test_a_full_disk_leaves_nothing_of_a_copy(store: Path, tmp_path: Path) -> None:
    (tmp_path / "backup").mkdir()
    with largest_file(8_192), pytest.raises(StoreError, match="the disk is full") as caught:
        take_all(store, tmp_path / "backup" / "copy")
    assert caught.value.next_step == f"free some space under {tmp_path}/backup, then try again"
    with largest_file(8_192), pytest.raises(StoreError, match="the disk is full"):
        bring(store / "lists" / "data.mdb", tmp_path / "backup" / "copy")
    assert list((tmp_path / "backup").iterdir()) == []


def test_a_place_that_is_not_there_is_said(store: Path, tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="No such file or directory"):
        bring(store / "lists" / "data.mdb", tmp_path / "nowhere" / "copy")


def test_a_store_takes_the_place_of_another_and_its_rights(store: Path, tmp_path: Path) -> None:
    load_text(tmp_path / "fresh", csv_of(range(3)), source="fresh")
    fresh, place = tmp_path / "fresh" / "lists", store / "lists"
    expected = (fresh / "data.mdb").read_bytes()
    (fresh / "data.mdb").chmod(0o600)
    if os.geteuid() == 0:
        os.chown(place / "data.mdb", 12345, 54321)
    before = (place / "data.mdb").stat()
    put_in_place(fresh, place)
    assert (place / "data.mdb").read_bytes() == expected
    assert list(fresh.iterdir()) == []
    for name in ("data.mdb", "lock.mdb"):
        found = (place / name).stat()
        assert (found.st_uid, found.st_gid) == (before.st_uid, before.st_gid)
        assert stat.S_IMODE(found.st_mode) == 0o660
    assert verify(store).version == 1


def test_a_store_takes_a_place_where_there_was_none(tmp_path: Path) -> None:
    load_text(tmp_path / "fresh", csv_of(range(3)))
    put_in_place(tmp_path / "fresh" / "lists", tmp_path / "eir" / "lists")
    assert verify(tmp_path / "eir").version == 1


def test_a_store_that_cannot_be_moved_leaves_the_other_one(store: Path, tmp_path: Path) -> None:
    (tmp_path / "fresh").mkdir()  # and no data in it
    before = (store / "lists" / "data.mdb").read_bytes()
    with pytest.raises(StoreError, match="No such file"):
        put_in_place(tmp_path / "fresh", store / "lists")
    assert (store / "lists" / "data.mdb").read_bytes() == before
    assert verify(store).version == 1
