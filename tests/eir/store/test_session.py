import os
import stat
from pathlib import Path

import pytest

from eir.errors import StoreError
from eir.store import health
from eir.store.lock import exclusive
from eir.store.session import alone, writing
from eir.store.verify import verify
from eir.store.writer import ListWriter
from tests.eir.lists_loading import csv_of, load_text
from tests.eir.store.old_store import unpack


def test_who_is_alone_has_a_directory_that_goes_with_them(tmp_path: Path) -> None:
    with alone(tmp_path) as scratch:
        (scratch / "run-0").write_bytes(b"large")
        assert stat.S_IMODE(scratch.stat().st_mode) == 0o700
    assert [entry.name for entry in tmp_path.iterdir()] == ["lists.lock"]


def test_what_a_killed_writer_left_goes_first(tmp_path: Path) -> None:
    (tmp_path / "lists.tmp").mkdir()
    (tmp_path / "lists.tmp" / "run-0").write_bytes(b"left by a killed load")
    with alone(tmp_path) as scratch:
        assert list(scratch.iterdir()) == []


def test_a_second_one_is_not_alone(tmp_path: Path) -> None:
    with exclusive(tmp_path), pytest.raises(StoreError, match="is writing"), alone(tmp_path):
        pass


def test_the_umask_is_the_groups_only_inside(tmp_path: Path) -> None:
    before = os.umask(0o022)
    try:
        with alone(tmp_path):
            (tmp_path / "inside").write_bytes(b"")
        (tmp_path / "outside").write_bytes(b"")
    finally:
        os.umask(before)
    modes = [stat.S_IMODE((tmp_path / name).stat().st_mode) for name in ("inside", "outside")]
    assert modes == [0o660, 0o644]


def test_a_full_disk_is_said_with_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="No space left") as caught, alone(tmp_path):
        raise OSError(28, "No space left on device", str(tmp_path))
    assert "then try again; the old lists are served" in caught.value.next_step


def test_what_a_commit_that_failed_reserved_is_given_back(tmp_path: Path) -> None:
    load_text(tmp_path, csv_of(range(3)))
    data = tmp_path / "lists" / "data.mdb"
    before = data.stat().st_size

    def commit(_: ListWriter) -> None:
        health.reserve(tmp_path / "lists")
        raise OSError(28, "No space left on device", str(data))

    with pytest.raises(StoreError, match="No space left"), writing(tmp_path) as writer:
        commit(writer)
    assert data.stat().st_size == before
    assert verify(tmp_path).version == 1


def test_an_older_store_is_brought_up_to_date_before_it_is_written(tmp_path: Path) -> None:
    unpack(tmp_path)
    with writing(tmp_path) as writer:
        assert writer.version == 5
    assert verify(tmp_path).version == 5
