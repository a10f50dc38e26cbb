import json
from pathlib import Path

import pytest

from eir.lists.summary import ChangeSummary, Summary
from eir.status.snapshot import snapshot
from eir.status.trends import Trends
from eir.sync_watch import SyncState
from tests.eir.cli.test_links import page, server
from tests.eir.running import Shell
from tests.eir.status.made import SINCE, facts, peer

ASKED = "/api/status?trends=none"


@pytest.fixture
def path(shell: Shell) -> Path:
    path = shell.directory / "control.sock"
    shell.configure(f'[admin]\nsocket = "{path}"\n')
    return path


def answer(**known: object) -> bytes:
    return page("200 OK", snapshot(facts(**known), Trends()).model_dump_json().encode())


@pytest.mark.parametrize(
    ("known", "state", "code"),
    [
        ({}, "FINE", 0),
        ({"override": "every check is answered permitted"}, "DEGRADED", 1),
        ({"obstacle": "the worker is starting"}, "DOWN", 2),
    ],
)
def test_the_exit_status_says_how_the_node_is(
    shell: Shell, path: Path, known: dict[str, object], state: str, code: int
) -> None:
    with server(path, answer(**known), ASKED):
        shown = shell.here("status")
    assert (shown.returncode, shown.stderr) == (code, "")
    assert shown.stdout.split()[0] == state


def test_one_screen_says_all_of_it(shell: Shell, path: Path) -> None:
    change = ChangeSummary(7, SINCE, "ana", "load", "prohibited", "local", "x.csv", 1, 0, 0, "")
    known = {
        "links": [peer("mme1", "DOWN")],
        "summary": Summary(7, SINCE, (), (change,)),
        "version": 7,
        "syncs": [SyncState("national", 60.0)],
    }
    with server(path, answer(**known), ASKED):
        shown = shell.here("status").stdout
    for said in ("mme1", "version 7", "load of prohibited", "national", "S13 in 5 minutes"):
        assert said in shown


def test_no_server_is_down(shell: Shell, path: Path) -> None:
    shown = shell.here("status")
    assert shown.returncode == 2
    assert f"DOWN: no server answers at {path}" in shown.stdout
    assert "next: start `eir serve`" in shown.stdout


def test_programs_get_what_the_server_said(shell: Shell, path: Path) -> None:
    with server(path, answer(override="all"), ASKED):
        shown = shell.here("status", "--json")
    assert shown.returncode == 1
    assert json.loads(shown.stdout) == json.loads(answer(override="all").partition(b"\r\n\r\n")[2])


@pytest.mark.usefixtures("path")
def test_programs_are_told_that_no_server_answers(shell: Shell) -> None:
    shown = shell.here("status", "--json")
    assert shown.returncode == 2
    said = json.loads(shown.stdout)
    assert (said["format"], said["state"]) == (1, "down")
    assert "no server answers" in said["reasons"][0]["text"]
