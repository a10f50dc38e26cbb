import subprocess
import sys
from pathlib import Path

import pytest

from eir.errors import StoreBusyError
from eir.store.lock import exclusive
from eir.store.update import update
from eir.store.verify import verify
from tests.eir.store.old_store import unpack


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "eir.store.update", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_a_store_of_an_older_format_is_brought_up_to_date(tmp_path: Path) -> None:
    unpack(tmp_path)
    found = run(str(tmp_path))
    assert (found.returncode, found.stdout, found.stderr) == (0, "", "")
    assert verify(tmp_path).version == 5


def test_no_store_needs_nothing(tmp_path: Path) -> None:
    found = run(str(tmp_path))
    assert (found.returncode, found.stderr) == (0, "")
    assert list(tmp_path.iterdir()) == []


def test_a_broken_store_is_said_in_one_line(tmp_path: Path) -> None:
    unpack(tmp_path).write_bytes(b"no store")
    found = run(str(tmp_path))
    assert found.returncode == 74
    assert "is truncated: it has no meta page" in found.stderr
    assert found.stderr.count("\n") == 1


def test_a_store_that_somebody_writes_to_is_left_to_them(tmp_path: Path) -> None:
    unpack(tmp_path)
    with exclusive(tmp_path), pytest.raises(StoreBusyError):
        update(tmp_path)


def test_a_call_without_a_path_is_a_wrong_call() -> None:
    assert run().returncode == 64
