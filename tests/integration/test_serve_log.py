"""A running server whose log cannot be written goes on."""

import contextlib
import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from eir.lists.names import ListName
from tests.harness import (
    COMMAND,
    ECR,
    PATIENCE,
    PEER,
    PROHIBITED,
    S13,
    Client,
    avp,
    identity,
    load_list,
    message,
    write_config,
)

LISTED = "35609101685355"


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as sock:
        port: int = sock.getsockname()[1]
        return port


class Unheard:
    """An `eir serve` whose log is this descriptor, so that its ports are known before."""

    def __init__(self, directory: Path, stderr: int) -> None:
        load_list(directory, ListName.PROHIBITED, LISTED)
        self._port, self._admin = free_port(), free_port()
        config = write_config(directory, PEER)
        text = config.read_text()
        text = text.replace('listen = "127.0.0.1:0"', f'listen = "127.0.0.1:{self._admin}"')
        config.write_text(text.replace('["127.0.0.1:0"]', f'["127.0.0.1:{self._port}"]'))
        command = [*COMMAND, "--config", os.fspath(config), "serve"]
        self.process = subprocess.Popen(command, stderr=stderr)

    def readiness(self) -> bytes:
        """Give the status line of /readyz."""
        with socket.create_connection(("127.0.0.1", self._admin), timeout=PATIENCE) as sock:
            sock.sendall(b"GET /readyz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            with sock.makefile("rb") as answer:
                return answer.readline()

    def wait_until_ready(self) -> None:
        until = time.monotonic() + PATIENCE
        status = b""
        while b" 200 " not in status:
            assert time.monotonic() < until
            assert self.process.poll() is None
            time.sleep(0.05)
            with contextlib.suppress(ConnectionRefusedError):
                status = self.readiness()

    def connect(self) -> Client:
        address = ("127.0.0.1", self._port)
        return Client(socket.create_connection(address, timeout=PATIENCE))


@contextlib.contextmanager
def unheard(directory: Path, stderr: int) -> Iterator[Unheard]:
    node = Unheard(directory, stderr)
    try:
        node.wait_until_ready()
        yield node
    finally:
        node.process.kill()
        node.process.wait()


def goes_on(node: Unheard) -> None:
    """Ask, cause lines, ask again, look, and stop."""
    with node.connect() as mme:
        mme.open()
        for _ in range(5):
            mme.send(message(ECR, avp(263, "x"), identity(), flags=0xC0, application=S13))
            assert mme.receive().result != 0
            assert mme.check(LISTED).status == PROHIBITED
    assert b" 200 " in node.readiness()
    node.process.send_signal(signal.SIGTERM)
    assert node.process.wait(PATIENCE) == 0


def test_a_log_whose_reader_is_gone_stops_nothing(tmp_path: Path) -> None:
    reader, stderr = os.pipe()
    with unheard(tmp_path, stderr) as node:
        os.close(stderr)
        os.close(reader)
        goes_on(node)


def test_a_log_on_a_full_disk_stops_nothing(tmp_path: Path) -> None:
    with Path("/dev/full").open("wb") as full, unheard(tmp_path, full.fileno()) as node:
        goes_on(node)


@pytest.mark.parametrize("room", [0, 300])
def test_a_log_that_nobody_reads_stops_nothing(tmp_path: Path, room: int) -> None:
    reader, stderr = os.pipe()
    os.set_blocking(stderr, False)
    with contextlib.suppress(BlockingIOError):
        while True:
            os.write(stderr, b".")
    os.set_blocking(stderr, True)
    os.read(reader, room)
    with unheard(tmp_path, stderr) as node:
        goes_on(node)
    os.close(reader)
    os.close(stderr)
