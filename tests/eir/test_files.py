import os
import stat
from pathlib import Path

import pytest

from eir.files import MODE, shared_with_group, sync_directory


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


def test_a_directory_that_is_gone_cannot_be_synced(tmp_path: Path) -> None:
    sync_directory(tmp_path)
    with pytest.raises(FileNotFoundError):
        sync_directory(tmp_path / "gone")
