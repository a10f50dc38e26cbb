import json
import os
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from eir.cli import links
from tests.eir.running import Shell

ROW = {
    "kind": "asp",
    "name": "stp1",
    "remote": "192.0.2.1",
    "transport": "sctp",
    "state": "ASP_ACTIVE",
    "detail": "",
    "since": "2026-01-02T03:04:05Z",
    "last_error": "connect_failed: [red]refused[/red]",
}


@contextmanager
def server(path: Path, answer: bytes, asked: str = "/links") -> Iterator[None]:
    """Answer one request on a local socket with these octets, then close."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listener:
        listener.bind(os.fspath(path))
        listener.listen()

        def serve() -> None:
            client, _ = listener.accept()
            with client:
                assert client.recv(4096).startswith(f"GET {asked} HTTP/1.1\r\n".encode())
                client.sendall(answer)

        thread = threading.Thread(target=serve)
        thread.start()
        yield
        thread.join()


def page(status: str, body: bytes) -> bytes:
    return f"HTTP/1.1 {status}\r\ncontent-length: {len(body)}\r\n\r\n".encode() + body


@pytest.fixture
def path(shell: Shell) -> Path:
    path = shell.directory / "control.sock"
    shell.configure(f'[admin]\nsocket = "{path}"\n')
    return path


def test_links_are_a_table_of_a_line_each(shell: Shell, path: Path) -> None:
    with server(path, page("200 OK", json.dumps([ROW]).encode())):
        shown = shell.eir("links")
    assert (shown.returncode, shown.stderr) == (0, "")
    head, line = shown.stdout.splitlines()
    assert head.split() == [name for name, value in ROW.items() if value]
    for value in ROW.values():
        assert value in line


def test_links_are_an_array_for_programs(shell: Shell, path: Path) -> None:
    with server(path, page("200 OK", json.dumps([ROW]).encode())):
        shown = shell.eir("links", "--json")
    assert json.loads(shown.stdout) == [ROW]


def test_no_link_is_said_in_words(shell: Shell, path: Path) -> None:
    with server(path, page("200 OK", b"[]")):
        assert shell.eir("links").stdout == "no link\n"


def test_a_server_that_does_not_run_is_69(shell: Shell, path: Path) -> None:
    shown = shell.eir("links")
    assert shown.returncode == 69
    assert f"no server answers at {path}: No such file or directory" in shown.stderr
    assert "next: start `eir serve`" in shown.stderr


def test_a_socket_that_a_dead_server_left_is_69(shell: Shell, path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(os.fspath(path))
    shown = shell.eir("links")
    assert shown.returncode == 69
    assert "Connection refused" in shown.stderr


def test_a_server_without_a_worker_says_why(shell: Shell, path: Path) -> None:
    with server(path, page("503 Service Unavailable", b"the worker is starting\n")):
        shown = shell.eir("links")
    assert shown.returncode == 69
    assert "the server cannot say: the worker is starting" in shown.stderr
    assert "next: try again" in shown.stderr


@pytest.mark.parametrize("answer", [b"", b"nonsense\r\n\r\n", page("200 OK", b"[]")[:-1]])
def test_what_is_no_whole_answer_is_69(shell: Shell, path: Path, answer: bytes) -> None:
    with server(path, answer):
        shown = shell.eir("links")
    assert shown.returncode == 69
    assert "no server answers" in shown.stderr


def test_somebody_who_may_not_ask_is_told_how_to_be_let_in() -> None:
    assert "group" in links._step(PermissionError())
