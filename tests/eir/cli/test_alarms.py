import json
from pathlib import Path

import pytest

from eir.alarms.catalogue import CATALOGUE
from tests.eir.cli.conftest import Run
from tests.eir.cli.test_links import page, server
from tests.eir.running import Shell

ALARM = {
    "kind": "peer_down",
    "about": "stp1",
    "severity": "major",
    "since": "2026-01-02T03:04:05Z",
    "text": "stp1 has no [red]working[/red] link with us",
    "next_step": "see eir links",
}


@pytest.fixture
def path(shell: Shell) -> Path:
    path = shell.directory / "control.sock"
    shell.configure(f'[admin]\nsocket = "{path}"\n')
    return path


def test_alarms_are_a_table_of_a_line_each(shell: Shell, path: Path) -> None:
    with server(path, page("200 OK", json.dumps([ALARM]).encode()), "/alarms"):
        shown = shell.eir("alarms")
    assert shown.stderr == ""
    head, line = shown.stdout.splitlines()
    assert head.split() == list(ALARM)
    for value in ALARM.values():
        assert value in line


@pytest.mark.parametrize(
    ("severities", "status"),
    [([], 0), (["warning"], 1), (["minor"], 1), (["major", "minor"], 2), (["critical"], 2)],
)
def test_the_exit_status_tells_how_severe_the_worst_is(
    shell: Shell, path: Path, severities: list[str], status: int
) -> None:
    found = [ALARM | {"severity": severity} for severity in severities]
    with server(path, page("200 OK", json.dumps(found).encode()), "/alarms"):
        shown = shell.eir("alarms", "--json")
    assert json.loads(shown.stdout) == found
    assert shown.returncode == status


def test_no_alarm_is_said_in_words(shell: Shell, path: Path) -> None:
    with server(path, page("200 OK", b"[]"), "/alarms"):
        assert shell.eir("alarms").stdout == "no alarm is on\n"


def test_a_server_that_does_not_run_is_69(shell: Shell, path: Path) -> None:
    shown = shell.eir("alarms")
    assert shown.returncode == 69
    assert f"no server answers at {path}" in shown.stderr


def test_a_server_of_another_version_is_69_and_no_alarm(shell: Shell, path: Path) -> None:
    with server(path, page("200 OK", json.dumps([ALARM | {"more": "x"}]).encode()), "/alarms"):
        shown = shell.eir("alarms")
    assert (shown.returncode, shown.stdout) == (69, "")
    assert "another version of eir" in shown.stderr


def test_the_catalogue_needs_no_server(run: Run) -> None:
    shown = run("alarms", "--catalogue").out.splitlines()
    assert len(shown) == 1 + len(CATALOGUE)
    found = json.loads(run("alarms", "--catalogue", "--json").out)
    assert [kind["name"] for kind in found] == [kind.name for kind in CATALOGUE]
    assert {"name", "severity", "meaning", "next_step"} < set(found[0])
