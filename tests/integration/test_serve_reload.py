"""SIGHUP: a running server goes on with a changed configuration, and with its associations."""

import os
import pty
import signal
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from eir.lists.names import ListName
from eir.policy_log import configuration_at
from tests.harness import (
    COMMAND,
    MME,
    PEER,
    PERMITTED,
    PROHIBITED,
    TRACKING,
    Client,
    Node,
    load_list,
    serving,
    write_config,
)
from tests.integration.test_serve_workers import wait_until

LISTED, UNLISTED = "35209900000001", "35209900000002"
Rewrite = Callable[[str], str]


@contextmanager
def serving_listed(directory: Path) -> Iterator[Node]:
    load_list(directory, ListName.PROHIBITED, LISTED)
    with serving(directory, f"{PEER}[server]\nworkers = 2\n") as node:
        node.wait_for("ready")
        yield node


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    with serving_listed(tmp_path_factory.mktemp("node")) as node:
        yield node


@pytest.fixture
def node(server: Node) -> Iterator[Node]:
    """Give the server of all these tests; then it gets back the configuration that it had."""
    before = server.config.read_text()
    yield server
    reload(server, lambda _: before)
    server.wait_for("configuration_reloaded")


@pytest.fixture
def alone(tmp_path: Path) -> Iterator[Node]:
    with serving_listed(tmp_path) as node:
        yield node


@pytest.fixture
def mme(node: Node) -> Iterator[Client]:
    with node.connect() as client:
        client.open()
        yield client


def reload(node: Node, rewrite: Rewrite) -> None:
    """Change the file, and tell the server."""
    node.config.write_text(rewrite(node.config.read_text()))
    node.process.send_signal(signal.SIGHUP)


def unlisted(status: str) -> Rewrite:
    return lambda text: f'{text}[decision]\nunlisted = "{status}"\n'


def ask_until(mme: Client, imei: str, status: int) -> None:
    """Ask until this is answered: what was on its way is answered as before."""
    wait_until(lambda: mme.check(imei).status == status)


def test_another_decision_counts_for_the_next_check_on_the_same_connection(
    node: Node, mme: Client
) -> None:
    assert mme.check(UNLISTED).status == PERMITTED
    reload(node, unlisted("tracking"))
    assert node.wait_for("configuration_reloaded")["keys"] == ["decision.unlisted"]
    ask_until(mme, UNLISTED, TRACKING)
    assert mme.check(LISTED).status == PROHIBITED
    wait_until(lambda: node.metrics()['eir_connections{state="R_OPEN",transport="tcp"}'] == 1)


def test_another_policy_counts_as_well(node: Node, mme: Client) -> None:
    policy = f'[[policy]]\nname = "lab"\nunlisted = "prohibited"\nmatch.origin_hosts = ["{MME}"]\n'
    reload(node, lambda text: text + policy)
    node.wait_for("configuration_reloaded")
    ask_until(mme, UNLISTED, PROHIBITED)


def test_a_wrong_file_changes_nothing_and_is_told(node: Node, mme: Client) -> None:
    reload(node, lambda text: f"{unlisted('tracking')(text)}colour = 1\n")
    refused = node.wait_for("configuration_refused")
    assert "decision.colour: unknown key" in str(refused["reason"])
    assert refused["next_step"]
    assert mme.check(UNLISTED).status == PERMITTED
    reload(node, lambda text: text.replace("colour = 1\n", ""))
    node.wait_for("configuration_reloaded")
    ask_until(mme, UNLISTED, TRACKING)


def test_what_needs_a_restart_is_named_and_changes_nothing(node: Node, mme: Client) -> None:
    reload(node, lambda text: text.replace("workers = 2", "workers = 3"))
    assert node.wait_for("restart_needed")["keys"] == ["server.workers"]
    assert len(node.workers()) == 2
    assert mme.check(LISTED).status == PROHIBITED


def test_a_worker_that_is_started_again_has_the_configuration_of_now(node: Node) -> None:
    reload(node, unlisted("tracking"))
    node.wait_for("configuration_reloaded")
    for pid in node.workers():
        os.kill(pid, signal.SIGKILL)
    for _ in range(2):
        node.wait_for("ready")
    with node.connect() as mme:
        mme.open()
        assert mme.check(UNLISTED).status == TRACKING


def test_the_configuration_that_serves_is_kept(alone: Node, tmp_path: Path) -> None:
    reload(alone, unlisted("tracking"))
    alone.wait_for("configuration_reloaded")
    alone.stop()
    now = datetime.now(UTC).timestamp()
    assert configuration_at(tmp_path / "store", now) == alone.config.read_text()


def test_the_level_of_the_log_is_that_of_now(node: Node, mme: Client) -> None:
    before = len(node.lines)
    reload(node, lambda text: text.replace('format = "json"', 'format = "json"\nlevel = "error"'))
    ask_until(mme, UNLISTED, PERMITTED)
    reload(node, lambda text: f"{text}colour = 1\n")
    node.wait_for("configuration_refused")
    assert "configuration_reloaded" not in {line["event"] for line in node.lines[before:]}


def test_who_serves_on_a_terminal_ends_with_it(tmp_path: Path) -> None:
    config = write_config(tmp_path)
    ours, theirs = pty.openpty()
    try:
        process = subprocess.Popen(
            [*COMMAND, "--config", os.fspath(config), "serve"],
            stdin=theirs,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert process.stderr is not None
        with process.stderr as lines:
            while "ready" not in lines.readline():
                pass
            process.send_signal(signal.SIGHUP)
            said = lines.read()
        assert process.wait() == 0
        assert "stopping" in said
    finally:
        os.close(ours)
        os.close(theirs)
