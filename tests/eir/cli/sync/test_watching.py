"""Bars on a terminal, and nothing elsewhere."""

import os
import pty
import subprocess
import sys

import pytest

from eir.cli.sync.watching import syncing_progress

SCRIPT = """
from eir.cli.sync.watching import syncing_progress
with syncing_progress() as watcher:
    watcher.fetching("a.zip", 1, 10)
    watcher.fetching("a.zip", 10, 10)
    watcher.reading("a.csv", 5)
"""


def test_without_a_terminal_nothing_is_drawn(capsys: pytest.CaptureFixture[str]) -> None:
    with syncing_progress() as watcher:
        watcher.fetching("a.zip", 1, None)
        watcher.reading("a.csv", 5)
    assert capsys.readouterr() == ("", "")


def test_on_a_terminal_bars_are_drawn() -> None:
    ours, theirs = pty.openpty()
    environment = os.environ | {"TERM": "xterm", "COLUMNS": "80"}
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT], stderr=theirs, env=environment, check=True
    )
    os.close(theirs)
    drawn = b""
    try:
        while octets := os.read(ours, 65536):
            drawn += octets
    except OSError:  # the other end is closed
        pass
    os.close(ours)
    assert done.returncode == 0
    assert b"fetching a.zip" in drawn
    assert b"reading a.csv" in drawn
