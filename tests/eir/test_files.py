import os
import resource
import stat
from pathlib import Path

import pytest

from eir.errors import StoreError
from eir.files import (
    MODE,
    scratch_in,
    shared_with_group,
    sync_directory,
    write_whole,
    written_for_group,
)


def test_the_umask_is_the_groups_only_inside(tmp_path: Path) -> None:
    before = os.umask(0o022)
    try:
        with shared_with_group():
            (tmp_path / "inside").write_bytes(b"")
        (tmp_path / "outside").write_bytes(b"")
    finally:
        os.umask(before)
    modes = [stat.S_IMODE((tmp_path / name).stat().st_mode) for name in ("inside", "outside")]
    assert modes == [MODE, 0o644]


def test_the_umask_is_what_it_was_after_an_error() -> None:
    before = os.umask(0o022)
    try:
        with pytest.raises(OSError, match="full"), shared_with_group():
            raise OSError("full")
        assert os.umask(0o022) == 0o022
    finally:
        os.umask(before)


def test_the_umask_is_what_it_was_when_threads_overlap() -> None:
    before = os.umask(0o022)
    try:
        one, other = shared_with_group(), shared_with_group()
        one.__enter__()
        other.__enter__()
        one.__exit__(None, None, None)
        assert os.umask(0o007) == 0o007  # the other is inside
        other.__exit__(None, None, None)
        assert os.umask(0o022) == 0o022
    finally:
        os.umask(before)


def test_a_directory_that_is_gone_cannot_be_synced(tmp_path: Path) -> None:
    sync_directory(tmp_path)
    with pytest.raises(FileNotFoundError):
        sync_directory(tmp_path / "gone")


def test_what_the_system_refuses_is_told_with_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=f"{tmp_path}: Is a directory") as caught:  # noqa: SIM117
        with written_for_group("the notes", next_step="look"):
            tmp_path.write_text("x")
    assert caught.value.next_step == "look"
    with pytest.raises(StoreError, match="the notes: full"):  # noqa: SIM117
        with written_for_group("the notes", next_step="look"):
            raise OSError(28, "full")


def test_a_file_is_written_whole_or_is_what_it_was(tmp_path: Path) -> None:
    file = tmp_path / "notes"
    write_whole(file, "one")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (2, before[1]))
    try:
        with pytest.raises(OSError, match="File too large"):
            write_whole(file, "three")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert file.read_text() == "one"
    assert list(tmp_path.iterdir()) == [file]


def test_a_scratch_directory_begins_empty_and_goes(tmp_path: Path) -> None:
    (tmp_path / "left").mkdir()
    (tmp_path / "left" / "over").touch()
    with scratch_in(tmp_path / "left", again="try") as scratch:
        assert list(scratch.iterdir()) == []
    assert not scratch.exists()
    (tmp_path / "file").touch()
    with pytest.raises(StoreError) as caught, scratch_in(tmp_path / "file" / "in", again="try"):
        pass
    assert "then try again; the old lists are served" in caught.value.next_step
