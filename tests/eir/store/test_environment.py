import errno
from pathlib import Path

import lmdb
import pytest

from eir.errors import StoreError
from eir.store.environment import failure, open_reader, open_writer, reading, store_errors


def test_an_error_of_lmdb_becomes_a_store_error() -> None:
    with pytest.raises(StoreError, match=r"cannot be read: .*Invalid"), store_errors():
        raise lmdb.InvalidError("Invalid")


def test_a_full_map_and_a_full_disk_are_said_to_be_full() -> None:
    no_space = lmdb.Error("mdb_txn_commit")
    no_space.code = errno.ENOSPC  # type: ignore[misc]
    for error in (lmdb.MapFullError("full"), no_space):
        assert "disk is full" in str(failure(error))
        assert "free some space" in failure(error).next_step


def test_too_many_readers_are_said_to_be_too_many() -> None:
    error = failure(lmdb.ReadersFullError("MDB_READERS_FULL"))
    assert "too many processes" in str(error)
    assert "lists/lock.mdb" in error.next_step


def test_there_is_room_for_many_readers(tmp_path: Path) -> None:
    with open_writer(tmp_path) as environment:
        assert environment.max_readers() == 1022
    (tmp_path / "lock.mdb").unlink()
    with open_reader(tmp_path) as environment:
        assert environment.max_readers() == 1022


def test_a_reader_takes_its_size_from_the_file(tmp_path: Path) -> None:
    with open_writer(tmp_path) as environment:
        octets = environment.info()["map_size"]
        with environment.begin(write=True) as transaction:
            transaction.put(b"key", b"value")
    with open_reader(tmp_path) as environment:
        assert environment.info()["map_size"] == octets


def test_only_owner_and_group_may_read_the_lists(tmp_path: Path) -> None:
    open_writer(tmp_path).close()
    assert (tmp_path / "data.mdb").stat().st_mode & 0o007 == 0


def test_an_environment_without_tables_has_no_list(tmp_path: Path) -> None:
    open_writer(tmp_path / "lists").close()
    with pytest.raises(StoreError, match="no list has been loaded"), reading(tmp_path):
        pass
