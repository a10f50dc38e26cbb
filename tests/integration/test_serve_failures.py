"""What a running server does when its worker, its lists or its supervisor go."""

import contextlib
import os
import shutil
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from eir.lists.names import ListName
from tests.harness import (
    DPR,
    MME,
    PATIENCE,
    PEER,
    PROHIBITED,
    TRACKING,
    Client,
    Node,
    load_list,
    serving,
    write_config,
)
from tests.integration.test_serve_workers import wait_until

LISTED, UNLISTED = "35609101685355", "49015420323751"
DECISION = '[decision]\nunlisted = "prohibited"\non_failure = "tracking"\n'
ANSWERED = f'eir_checks_total{{interface="s13",peer="{MME}",verdict="prohibited"}}'


@pytest.fixture
def node(tmp_path: Path) -> Iterator[Node]:
    load_list(tmp_path, ListName.PROHIBITED, LISTED)
    with serving(tmp_path, PEER + DECISION) as node:
        yield node


def data(directory: Path) -> Path:
    return directory / "store" / "lists" / "data.mdb"


def ask_until(mme: Client, status: int) -> None:
    """Keep asking until this is answered; every question gets an answer meanwhile."""
    until = time.monotonic() + PATIENCE
    while mme.check(UNLISTED).status != status:
        assert time.monotonic() < until


def test_a_worker_that_is_killed_is_started_again_and_totals_are_kept(node: Node) -> None:
    with node.connect() as mme:
        mme.open()
        mme.check(LISTED)
        (worker,) = node.workers()
        os.kill(worker, signal.SIGKILL)
        assert mme.is_closed()
    node.wait_for("worker_died", cause="SIGKILL")
    with node.connect() as mme:  # waits in the backlog, if the new worker is not there yet
        mme.open()
        assert mme.check(LISTED).status == PROHIBITED
        metrics = node.metrics()
    assert metrics[ANSWERED] == 2
    assert metrics['eir_worker_restarts_total{worker="0"}'] == 1
    assert metrics["eir_check_records_total"] == 2
    assert metrics['eir_connections{state="R_OPEN",transport="tcp"}'] == 1
    assert node.page("/readyz")[0] == 200


@pytest.mark.parametrize("number", [signal.SIGSEGV, signal.SIGBUS])
def test_a_worker_that_dies_as_of_a_broken_store_gets_it_back_once_verified(
    node: Node, number: signal.Signals
) -> None:
    os.kill(node.workers()[0], number)
    node.wait_for("alarm_raised", alarm="store_unreadable")
    node.wait_for("store_verified", whole=True)
    node.wait_for("alarm_cleared", alarm="store_unreadable")
    with node.connect() as mme:
        mme.open()
        assert mme.check(LISTED).status == PROHIBITED


def test_a_worker_that_hangs_is_replaced_by_one_that_has_the_lists(node: Node) -> None:
    os.kill(node.workers()[0], signal.SIGSTOP)
    node.wait_for("worker_killed", reason="silent for 10 s")
    with node.connect() as mme:
        mme.open()
        assert mme.check(LISTED).status == PROHIBITED
    assert node.readiness()[1][0] == "ready"


def test_a_server_that_stood_still_keeps_its_worker(node: Node) -> None:
    (worker,) = node.workers()
    for process in (worker, node.process.pid):
        os.kill(process, signal.SIGSTOP)
    time.sleep(11.0)  # longer than a worker may be silent
    os.kill(node.process.pid, signal.SIGCONT)
    time.sleep(0.2)  # the supervisor wakes up first
    os.kill(worker, signal.SIGCONT)
    with node.connect() as mme:
        mme.open()
        assert mme.check(LISTED).status == PROHIBITED
    assert node.workers() == [worker]


def delete(path: Path) -> None:
    path.unlink()


def truncate(path: Path) -> None:
    os.truncate(path, 4096)


def garble(path: Path) -> None:
    with path.open("r+b") as file:
        file.write(os.urandom(path.stat().st_size))


def garble_pages(path: Path) -> None:
    with path.open("r+b") as file:
        file.seek(2 * 4096)  # the meta pages stay
        file.write(os.urandom(path.stat().st_size - 2 * 4096))


@pytest.mark.parametrize("harm", [delete, truncate, garble, garble_pages])
def test_a_broken_store_is_answered_on_failure_until_it_is_put_back(
    node: Node, tmp_path: Path, harm: Callable[[Path], None]
) -> None:
    store = data(tmp_path)
    shutil.copytree(store.parent, tmp_path / "copy")
    with node.connect() as mme:
        mme.open()
        assert mme.check(UNLISTED).status == PROHIBITED
        harm(store)
        # The worker may die of what it reads; the next one answers.
        with contextlib.suppress(EOFError, ConnectionError):
            ask_until(mme, TRACKING)
    node.wait_for("alarm_raised", alarm="store_unreadable")
    status, text = node.page("/readyz")
    assert (status, "the lists cannot be read" in text) == (503, True)
    with node.connect() as mme:
        mme.open()
        assert mme.check(LISTED).status == TRACKING
        shutil.copytree(tmp_path / "copy", store.parent, dirs_exist_ok=True)
        node.wait_for("alarm_cleared", alarm="store_unreadable")
        ask_until(mme, PROHIBITED)
    assert node.readiness()[1][0] == "ready"
    assert node.metrics()['eir_worker_restarts_total{worker="0"}'] <= 1


def test_a_server_without_lists_says_so_and_answers_from_the_first_load_on(tmp_path: Path) -> None:
    with serving(tmp_path, PEER + DECISION) as node, node.connect() as mme:
        mme.open()
        assert mme.check(LISTED).status == TRACKING
        assert node.page("/readyz")[0] == 503
        load_list(tmp_path, ListName.PROHIBITED, LISTED)
        node.wait_for("alarm_cleared", alarm="store_unreadable")
        assert mme.check(LISTED).status == PROHIBITED
        assert node.metrics()["eir_list_version"] == 1


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_stop_takes_leave_of_the_peers(node: Node, number: signal.Signals) -> None:
    with node.connect() as mme:
        mme.open()
        node.process.send_signal(number)
        request = mme.receive()
        assert (request.command, request.is_request) == (DPR, True)
        mme.agree(request)
        assert mme.is_closed()
    assert node.process.wait(PATIENCE) == 0


def test_a_peer_that_does_not_answer_the_leave_delays_a_stop_by_seconds(node: Node) -> None:
    with node.connect() as mme:
        mme.open()
        node.process.terminate()
        node.wait_for("stopping")
        assert node.page("/readyz")[1].splitlines()[0] == "stopping"
        assert node.wait() == 0
    assert not [line for line in node.lines if line["event"] == "worker_killed"]


def test_a_server_whose_worker_has_not_started_yet_says_so(tmp_path: Path) -> None:
    node = Node(write_config(tmp_path))
    try:
        for _ in range(2):  # the address and the socket
            node.wait_for("listening", service="admin")
        wait_until(lambda: bool(node.workers()))
        (worker,) = node.workers()
        os.kill(worker, signal.SIGSTOP)
        status, text = node.page("/readyz")
        assert (status, text.splitlines()[0]) == (503, "the worker is starting")
        assert node.page("/livez") == (200, "alive\n")
        os.kill(worker, signal.SIGCONT)
        node.wait_for("ready")
    finally:
        node.stop()


def test_a_worker_does_not_outlive_its_supervisor(node: Node) -> None:
    with node.connect() as mme:
        mme.open()
        node.process.kill()  # leaves nobody who could say stop
        assert mme.receive().command == DPR
        assert mme.is_closed()
    node.wait()  # its end of the log is closed when the last process has ended


def test_a_second_server_on_the_same_port_is_told_what_to_do(node: Node, tmp_path: Path) -> None:
    host, port = node.address("tcp")
    directory = tmp_path / "second"
    directory.mkdir()
    config = write_config(directory)
    config.write_text(config.read_text().replace('"127.0.0.1:0"]', f'"{host}:{port}"]'))
    second = Node(config)
    assert second.wait() == 69
    said = "".join(second.errors)
    assert f"cannot listen on TCP {host}:{port}: Address already in use" in said
    assert "ss -lnp" in said
