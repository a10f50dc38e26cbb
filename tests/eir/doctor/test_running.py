import json
import os
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from eir.doctor import running
from eir.doctor.finding import Finding, Level
from eir.doctor.running import Running
from tests.eir.doctor.configured import as_nobody

LINKS = [{"kind": "peer", "name": "mme1", "state": "R_OPEN"}]


@contextmanager
def server(path: Path, *answers: bytes) -> Iterator[None]:
    """Answer one request after the other on a local socket."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listener:
        listener.bind(os.fspath(path))
        listener.listen()

        def serve() -> None:
            for answer in answers:
                client, _ = listener.accept()
                with client:
                    client.recv(4096)
                    client.sendall(answer)

        thread = threading.Thread(target=serve)
        thread.start()
        yield
        thread.join()


def page(status: str, body: str) -> bytes:
    return f"HTTP/1.1 {status}\r\ncontent-length: {len(body)}\r\n\r\n{body}".encode()


def test_a_server_tells_its_process_and_its_links(tmp_path: Path) -> None:
    path = tmp_path / "control.sock"
    with server(path, page("200 OK", "ready\n"), page("200 OK", json.dumps(LINKS))):
        found, finding = running.find(path)
    assert found == Running(os.getpid(), [], LINKS)
    assert finding == Finding.ok("server", f"process {os.getpid()} answers checks")


def test_a_server_that_is_not_ready_says_why(tmp_path: Path) -> None:
    path = tmp_path / "control.sock"
    with server(path, page("503 No", "no worker\n"), page("503 No", "no worker\n")):
        found, finding = running.find(path)
    assert found == Running(os.getpid(), ["no worker"], None)
    assert finding.level is Level.FAIL
    assert "no worker" in finding.found


def test_where_nobody_answers_there_is_no_server(tmp_path: Path) -> None:
    path = tmp_path / "control.sock"
    for _ in range(2):
        found, finding = running.find(path)
        assert (found, finding.level, finding.mend) == (None, Level.WARN, "systemctl start eir")
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as dead:
            if not path.exists():
                dead.bind(os.fspath(path))


@pytest.mark.parametrize("hidden", ["control.sock", "."])
def test_a_socket_that_we_may_not_use_hides_whether_one_runs(tmp_path: Path, hidden: str) -> None:
    path = tmp_path / "control.sock"
    with server(path):
        (tmp_path / hidden).chmod(0)
        found, finding = as_nobody(running.find, path)
        tmp_path.chmod(0o700)
    assert (found, finding.level) == (None, Level.FAIL)
    assert "sudo -u eir eir doctor" in finding.mend


def test_what_does_not_answer_in_time_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(running, "T_ANSWER", 0.01)
    with server(tmp_path / "control.sock"):
        found, finding = running.find(tmp_path / "control.sock")
    assert (found, finding.level) == (None, Level.FAIL)
    assert "TimeoutError" in finding.found
    assert "systemctl restart eir" in finding.mend


@pytest.mark.parametrize(
    "answers",
    [[b"nonsense\r\n\r\n"], [page("200 OK", "ready\n"), page("200 OK", "<html>")]],
    ids=["no HTTP", "no JSON"],
)
def test_what_is_no_server_of_ours_fails(tmp_path: Path, answers: list[bytes]) -> None:
    path = tmp_path / "control.sock"
    with server(path, *answers):
        found, finding = running.find(path)
    assert (found, finding.level) == (None, Level.FAIL)
    assert "no server of ours" in finding.found
