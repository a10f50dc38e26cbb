"""What systemd hears of a running server: that it is ready, reloads, lives, hangs, stops."""

import contextlib
import os
import queue
import signal
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from eir.lists.names import ListName
from tests import harness
from tests.harness import PATIENCE, PERMITTED, PROHIBITED, Node, load_list, serving
from tests.integration.test_serve_workers import wait_until

LISTED, UNLISTED = "35209900000001", "35209900000002"
WORKERS = "[server]\nworkers = 2\n"
# What takes half a minute else: hangs are seen sooner, and long before a silent worker is killed.
IMPATIENT = "import eir.crew, eir.supervision; eir.crew.T_HANG, eir.supervision.T_SILENT = 1.5, 5.0"


class Manager:
    """What a service manager hears; it reads at once, for few messages may wait in its socket."""

    def __init__(self, listener: socket.socket) -> None:
        self._listener = listener
        self._heard: queue.Queue[list[str]] = queue.Queue()

    def listen(self) -> None:
        """Read until a message without anything."""
        while octets := self._listener.recv(4096):
            self._heard.put(octets.decode().splitlines())

    def next(self) -> list[str]:
        """Give the next message that is no sign of life, nor only says how the server is."""
        while True:
            lines = self._heard.get(timeout=PATIENCE)
            if lines != ["WATCHDOG=1"] and not lines[0].startswith("STATUS="):
                return lines

    def until(self, line: str) -> None:
        """Wait for a message that begins so."""
        while not self._heard.get(timeout=PATIENCE)[0].startswith(line):
            pass

    def waiting(self) -> list[str]:
        """Give the lines that nobody has asked for yet."""
        found: list[str] = []
        with contextlib.suppress(queue.Empty):
            while True:
                found += self._heard.get_nowait()
        return found


@pytest.fixture
def manager(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Manager]:
    """Be systemd to what is started; it wants a sign of life five times a second."""
    path = tmp_path / "notify"
    monkeypatch.setenv("NOTIFY_SOCKET", os.fspath(path))
    monkeypatch.setenv("WATCHDOG_USEC", "400000")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        listener.bind(os.fspath(path))
        manager = Manager(listener)
        thread = threading.Thread(target=manager.listen)
        thread.start()
        yield manager
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as last:
            last.sendto(b"", os.fspath(path))
        thread.join(PATIENCE)


@pytest.fixture
def node(tmp_path: Path, manager: Manager) -> Iterator[Node]:
    load_list(tmp_path, ListName.PROHIBITED, LISTED)
    with serving(tmp_path, f"{harness.PEER}{WORKERS}") as node:
        assert manager.next() == ["READY=1"]
        yield node


@pytest.fixture
def impatient(tmp_path: Path, manager: Manager, monkeypatch: pytest.MonkeyPatch) -> Iterator[Node]:
    *python, program = harness.COMMAND
    monkeypatch.setattr(harness, "COMMAND", [*python, f"{IMPATIENT}; {program}"])
    with serving(tmp_path, f"{harness.PEER}{WORKERS}") as node:
        node.wait_for("ready")  # the second worker
        manager.until("WATCHDOG=1")
        yield node


def test_a_server_is_ready_when_it_answers_and_says_how_it_is(manager: Manager, node: Node) -> None:
    manager.until("STATUS=down: lists version 1, 0 of 1 peers up")
    with node.connect() as mme:
        mme.open()
        manager.until("STATUS=fine: lists version 1, 1 of 1 peers up")
        manager.until("WATCHDOG=1")
    assert node.stop() == 0
    assert manager.next() == ["STOPPING=1"]
    assert "READY=1" not in manager.waiting()


@pytest.mark.parametrize("more", ["", "nonsense = 1"])
def test_a_reload_is_told_with_its_time_and_so_is_its_end(
    manager: Manager, node: Node, more: str
) -> None:
    with node.config.open("a", encoding="utf-8") as config:
        config.write(more)
    before = time.monotonic_ns() // 1000
    node.process.send_signal(signal.SIGHUP)
    reloading, at = manager.next()
    assert reloading == "RELOADING=1"
    assert before <= int(at.removeprefix("MONOTONIC_USEC=")) <= time.monotonic_ns() // 1000
    assert manager.next() == ["READY=1"]
    node.wait_for("configuration_refused" if more else "configuration_reloaded")


def test_the_watchdog_waits_while_all_workers_hang_and_no_longer(
    manager: Manager, impatient: Node
) -> None:
    for worker in impatient.workers():
        os.kill(worker, signal.SIGSTOP)
    wait_until(lambda: impatient.page("/livez")[0] == 503)
    assert "no worker has said anything for" in impatient.page("/livez")[1]
    manager.waiting()
    impatient.wait_for("worker_killed", reason="silent for 5 s")
    assert "WATCHDOG=1" not in manager.waiting()
    impatient.wait_for("ready")  # others take their place
    manager.until("WATCHDOG=1")
    assert impatient.page("/livez") == (200, "alive\n")


def test_the_watchdog_is_fed_while_one_worker_lives(manager: Manager, impatient: Node) -> None:
    hangs, _ = impatient.workers()
    os.kill(hangs, signal.SIGSTOP)
    impatient.wait_for("worker_killed", reason="silent for 5 s")  # long after all would be missed
    manager.waiting()
    manager.until("WATCHDOG=1")
    assert impatient.page("/livez") == (200, "alive\n")


def test_a_supervisor_that_hangs_feeds_no_watchdog_and_costs_no_answer(
    manager: Manager, node: Node
) -> None:
    with node.connect() as mme:
        mme.open()
        os.kill(node.process.pid, signal.SIGSTOP)
        wait_until(lambda: state_of(node.process.pid) == "T")
        manager.waiting()
        for number in range(100):
            assert mme.check(LISTED, number=number).status == PROHIBITED
        assert mme.check(UNLISTED).status == PERMITTED
        assert manager.waiting() == []
        os.kill(node.process.pid, signal.SIGCONT)
        manager.until("WATCHDOG=1")


def state_of(pid: int) -> str:
    """Say what a process does; T: it is stopped (proc(5))."""
    stat = Path(f"/proc/{pid}/stat").read_text(encoding="ascii")
    return stat.rpartition(")")[2].split()[0]
