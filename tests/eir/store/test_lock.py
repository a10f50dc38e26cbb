import os
import subprocess
import sys
from pathlib import Path

import pytest

from eir.errors import StoreBusyError, StoreError
from eir.store.lock import exclusive, is_held

HOLD = """
import sys
from pathlib import Path
from eir.store.lock import exclusive
with exclusive(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_a_second_writer_is_told_which_process_holds_the_lock(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdin is not None
        assert holder.stdout.readline() == b"held\n"
        with pytest.raises(StoreBusyError, match=f"process {holder.pid} "), exclusive(tmp_path):
            pass
        holder.stdin.close()
        holder.wait()
        with exclusive(tmp_path):
            assert (tmp_path / "lists.lock").read_text() == f"{os.getpid()}\n"


def test_the_directory_is_made_when_it_is_not_there(tmp_path: Path) -> None:
    with exclusive(tmp_path / "a" / "b"):
        assert (tmp_path / "a" / "b" / "lists.lock").exists()


def test_a_path_that_cannot_be_a_directory_is_a_store_error(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StoreError, match="file"), exclusive(tmp_path / "file"):
        pass


def test_a_reader_sees_that_somebody_writes_and_is_in_nobodys_way(tmp_path: Path) -> None:
    assert not is_held(tmp_path)
    with exclusive(tmp_path):
        assert is_held(tmp_path)
    assert not is_held(tmp_path)
    with exclusive(tmp_path):
        pass
