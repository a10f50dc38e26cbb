import json
from pathlib import Path

import pytest

from tests.eir.cli.test_links import page, server
from tests.eir.running import Shell

ROW = {
    "worker": 1,
    "interface": "s13",
    "octets": 340,
    "state": "learned",
    "answered": 1234567,
    "senders": 300,
    "lengths": 40,
    "reason": "",
}


@pytest.fixture
def path(shell: Shell) -> Path:
    path = shell.directory / "control.sock"
    shell.configure(f'[admin]\nsocket = "{path}"\n')
    return path


def test_kinds_of_requests_are_a_table_of_a_line_each(shell: Shell, path: Path) -> None:
    with server(path, page("200 OK", json.dumps([ROW]).encode()), "/lane"):
        shown = shell.eir("lane")
    assert (shown.returncode, shown.stderr) == (0, "")
    head, line = shown.stdout.splitlines()
    assert head.split() == [name for name, value in ROW.items() if value]
    assert line.split() == ["1", "s13", "340", "learned", "1,234,567", "300", "40"]


def test_kinds_of_requests_are_an_array_for_programs(shell: Shell, path: Path) -> None:
    with server(path, page("200 OK", json.dumps([ROW]).encode()), "/lane"):
        shown = shell.eir("lane", "--json")
    assert json.loads(shown.stdout) == [ROW]


def test_a_lane_that_has_learned_nothing_says_so(shell: Shell, path: Path) -> None:
    with server(path, page("200 OK", b"[]"), "/lane"):
        assert shell.eir("lane").stdout == "nothing learned yet\n"
