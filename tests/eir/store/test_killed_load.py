"""A loader that is killed at any moment leaves the previous version serving."""

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from eir.lists.names import ListName
from eir.store.rows import Entry
from eir.store.verify import verify
from tests.eir.lists_loading import csv_of, load_text, rows_of

LOAD = """
import sys
from pathlib import Path
from tests.eir.lists_loading import load_text
load_text(Path(sys.argv[1]), Path(sys.argv[2]).read_bytes())
"""
KILLED = """
import os, signal, sys
from pathlib import Path
from eir.store import health
from tests.eir.lists_loading import csv_of, load_text
health.reserve = lambda _: os.kill(os.getpid(), signal.SIGKILL)
load_text(Path(sys.argv[1]), csv_of(range(5)))
"""
MOMENTS = 15
OLD, NEW = "00000000000001", "00000000090000"
LISTED = (Entry(ListName.PROHIBITED, "local"),)


def start(store: Path, file: Path) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-c", LOAD, str(store), str(file)])


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("lists") / "new.csv"
    path.write_text(csv_of(range(50_000, 120_000)))
    return path


@pytest.fixture(scope="module")
def whole_load(file: Path, tmp_path_factory: pytest.TempPathFactory) -> float:
    """How long a load takes here, in seconds."""
    store = tmp_path_factory.mktemp("whole")
    load_text(store, csv_of(range(5_000)))
    began = time.monotonic()
    with start(store, file) as loader:
        assert loader.wait() == 0
    return time.monotonic() - began


@pytest.mark.parametrize("moment", range(MOMENTS))
def test_a_killed_load_leaves_the_previous_version_whole_and_the_next_one_works(
    tmp_path: Path, file: Path, whole_load: float, moment: int
) -> None:
    load_text(tmp_path, csv_of(range(5_000)))
    with start(tmp_path, file) as loader:
        try:
            # From after the interpreter's start to just after the end: all that lies between.
            loader.wait(whole_load * (0.1 + moment / MOMENTS))
        except subprocess.TimeoutExpired:
            loader.send_signal(signal.SIGKILL)
    version = verify(tmp_path).version
    expected = [LISTED, None] if version == 1 else [None, LISTED]
    assert rows_of(tmp_path, OLD, NEW) == expected
    load_text(tmp_path, csv_of(range(89_990, 90_010)))
    assert verify(tmp_path).version == version + 1
    assert rows_of(tmp_path, OLD, NEW) == [None, LISTED]


def test_a_first_load_that_was_killed_can_be_made_again(tmp_path: Path) -> None:
    found = subprocess.run([sys.executable, "-c", KILLED, str(tmp_path)], check=False)
    assert found.returncode == -signal.SIGKILL
    assert (tmp_path / "lists" / "data.mdb").exists()
    assert not (tmp_path / "lists.version").exists()
    load_text(tmp_path, csv_of(range(2)))
    assert verify(tmp_path).version == 1
    assert (tmp_path / "lists.version").read_text() == "1\n"
