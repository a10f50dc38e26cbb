import json
import os
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from eir.trace.desk import Begun, Dropped, Ended, Message, Told
from tests.eir.running import Shell
from tests.eir.trace.exchanges import IMEI, exchange

BEGUN, ENDED = Begun(seconds=600, workers=2), Ended(reason="its time is over")


@contextmanager
def server(path: Path, *told: Told, status: str = "200 OK") -> Iterator[list[bytes]]:
    """Answer one question on a local socket with these lines, then close; give the question."""
    asked: list[bytes] = []
    body = b"".join(each.model_dump_json().encode() + b"\n" for each in told)
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listener:
        listener.bind(os.fspath(path))
        listener.listen()

        def serve() -> None:
            client, _ = listener.accept()
            with client:
                text = b""
                while not text.endswith(b"}"):
                    text += client.recv(4096)
                asked.append(text)
                client.sendall(f"HTTP/1.1 {status}\r\nconnection: close\r\n\r\n".encode() + body)

        thread = threading.Thread(target=serve)
        thread.start()
        yield asked
        thread.join()


@pytest.fixture
def path(shell: Shell) -> Path:
    path = shell.directory / "control.sock"
    shell.configure(f'[admin]\nsocket = "{path}"\n')
    return path


def test_what_matches_is_printed_and_all_else_is_said_beside(shell: Shell, path: Path) -> None:
    with server(path, BEGUN, Message(exchange=exchange()), Dropped(count=1234), ENDED) as asked:
        shown = shell.here("trace", "imei", IMEI + "1", "--for", "10m")
    head, _, body = asked[0].partition(b"\r\n\r\n")
    assert head.startswith(b"POST /trace HTTP/1.1\r\n")
    assert (json.loads(body)["value"], json.loads(body)["seconds"]) == (IMEI, 600)
    assert shown.returncode == 0
    assert f"IMEI {IMEI}1" in shown.stdout
    assert "\x1b" not in shown.stdout
    first, *_, end, summary = shown.stderr.splitlines()
    assert first.startswith(f"tracing equipment {IMEI}, whatever follows these 14 digits, until ")
    assert first.endswith(" UTC, Ctrl-C ends")
    assert end == "ended: its time is over"
    assert summary == "1 matched and were shown; 1,234 more were too many to show"


def test_programs_get_a_line_of_json_each(shell: Shell, path: Path) -> None:
    with server(path, BEGUN, Message(exchange=exchange()), ENDED):
        shown = shell.here("trace", "imsi", "001010000000001", "--json")
    kinds = [json.loads(line)["kind"] for line in shown.stdout.splitlines()]
    assert kinds == ["begun", "message", "ended"]


def test_nothing_that_matched_is_1(shell: Shell, path: Path) -> None:
    with server(path, BEGUN, ENDED):
        shown = shell.here("trace", "peer", "mme1")
    assert (shown.returncode, shown.stdout) == (1, "")
    assert "everything of the peer mme1 until" in shown.stderr


def test_a_capture_is_written_beside(shell: Shell, path: Path) -> None:
    file = shell.directory / "a.pcap"
    with server(path, BEGUN, Message(exchange=exchange()), ENDED):
        shell.here("trace", "imei", IMEI[:8], "--pcap", os.fspath(file))
    assert bytes.fromhex(exchange().messages[0].hex) in file.read_bytes()
    assert file.stat().st_mode & 0o777 == 0o600


def test_a_capture_that_was_there_is_its_owners_alone(shell: Shell, path: Path) -> None:
    file = shell.directory / "a.pcap"
    file.touch(mode=0o644)
    with server(path, BEGUN, ENDED):
        shell.here("trace", "imei", IMEI, "--pcap", os.fspath(file))
    assert file.stat().st_mode & 0o777 == 0o600


@pytest.mark.usefixtures("path")
def test_a_capture_that_cannot_be_written_is_74(shell: Shell) -> None:
    shown = shell.here("trace", "imei", IMEI, "--pcap", "/dev/full")
    assert shown.returncode == 74
    assert "eir: /dev/full: No space left on device" in shown.stderr


def test_a_server_that_goes_away_is_69(shell: Shell, path: Path) -> None:
    with server(path, BEGUN):
        shown = shell.here("trace", "imei", IMEI)
    assert shown.returncode == 69
    assert "the server went away" in shown.stderr


def test_a_server_of_another_version_is_69(shell: Shell, path: Path) -> None:
    newer = Message(exchange=exchange()).model_copy(update={"kind": "news"})
    with server(path, BEGUN, newer):
        shown = shell.here("trace", "imei", IMEI)
    assert shown.returncode == 69
    assert "another version of eir" in shown.stderr
    assert "352099001761481" not in shown.stderr


def test_a_server_that_refuses_is_69(shell: Shell, path: Path) -> None:
    with server(path, status="503 "):
        shown = shell.here("trace", "imei", IMEI)
    assert shown.returncode == 69
    assert "the server cannot trace" in shown.stderr


def test_a_server_that_does_not_run_is_69(shell: Shell, path: Path) -> None:
    shown = shell.here("trace", "imei", IMEI)
    assert shown.returncode == 69
    assert f"no server answers at {path}" in shown.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ("imei", "3520990"),
        ("imsi", "12"),
        ("tac", "35209900"),
        ("imei", IMEI, "--for", "61m"),
        ("imei", IMEI, "--for", "0s"),
        ("imei", IMEI, "--for", "soon"),
    ],
)
@pytest.mark.usefixtures("path")
def test_a_question_without_sense_is_64(shell: Shell, arguments: tuple[str, ...]) -> None:
    assert shell.here("trace", *arguments).returncode == 64


@pytest.mark.usefixtures("path")
def test_who_wants_a_longer_trace_is_told_how_long_one_may_be(shell: Shell) -> None:
    shown = shell.here("trace", "imei", IMEI, "--for", "2h")
    assert "--for is 1s to 1h" in shown.stderr
    assert "next: trace for 1h or less, again if need be" in shown.stderr
