import os
import pty
import select
import signal
import socket
import struct
import subprocess
import termios
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from fcntl import ioctl
from pathlib import Path

import pytest

from eir.status.snapshot import snapshot
from eir.status.trends import Trends
from tests.eir.cli.test_links import page, server
from tests.eir.running import EIR, Shell
from tests.eir.status.made import facts, peer, s13, tally
from tests.harness import PATIENCE

ASKED = "/api/status?trends=5m"
LINES, COLUMNS = 24, 80


@pytest.fixture
def path(shell: Shell) -> Path:
    path = shell.directory / "control.sock"
    shell.configure(f'[admin]\nsocket = "{path}"\n')
    return path


def answer(peers: int = 2) -> bytes:
    trends = Trends()
    for now in range(10):
        trends.feed(s13(tally(20 * now)), float(now))
    links = [peer(f"mme{number}.epc.mnc001.mcc001.3gppnetwork.org") for number in range(peers)]
    taken = snapshot(facts(links=links), trends, ["5m"])
    return page("200 OK", taken.model_dump_json().encode())


def test_one_screen_fits_the_smallest_terminal_however_many_peers_there_are(
    shell: Shell, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", str(COLUMNS))
    monkeypatch.setenv("LINES", str(LINES))
    with server(path, answer(peers=40), ASKED):
        shown = shell.here("top", "--once")
    lines = shown.stdout.splitlines()
    assert shown.returncode == 0
    assert max(map(len, lines)) <= COLUMNS
    assert len(lines) <= LINES
    assert lines[0].startswith(" FINE  eir.example.org")
    assert "█" in shown.stdout
    assert "max 20/s, permitted 100 %" in shown.stdout
    assert "more" in shown.stdout


@pytest.mark.usefixtures("path")
def test_no_server_is_69(shell: Shell) -> None:
    shown = shell.here("top", "--once")
    assert (shown.returncode, "no server answers" in shown.stderr) == (69, True)


@pytest.mark.usefixtures("path")
def test_something_else_than_a_terminal_is_told_what_to_do(shell: Shell) -> None:
    shown = shell.here("top")
    assert shown.returncode == 64
    assert "next: print one screen: eir top --once" in shown.stderr


@pytest.mark.usefixtures("path")
def test_a_terminal_without_screens_is_told_what_to_do(shell: Shell) -> None:
    terminal = Terminal(shell, kind="dumb")
    try:
        terminal.wait_for("next: print one screen: eir top --once")
        assert terminal.process.wait(PATIENCE) == 64
    finally:
        terminal.close()


class Terminal:
    """`eir top` in a terminal of 80 columns and 24 lines."""

    def __init__(self, shell: Shell, *, kind: str = "xterm") -> None:
        self._keys, theirs = pty.openpty()
        ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", LINES, COLUMNS, 0, 0))
        self.before = termios.tcgetattr(theirs)
        self.process = subprocess.Popen(
            [*EIR, "top", "--interval", "0.2"],
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            cwd=shell.directory,
            env=os.environ | {"EIR_CONFIG": str(shell.config), "TERM": kind},
            start_new_session=True,
        )
        self.theirs = theirs
        self.shown = ""

    def wait_for(self, text: str) -> str:
        """Read on until the screen has said this since the last call; give what it said before."""
        until = time.monotonic() + PATIENCE  # screens may come for ever
        while text not in self.shown:
            ready, _, _ = select.select([self._keys], [], [], PATIENCE)
            assert ready, self.shown
            assert time.monotonic() < until, self.shown
            self.shown += os.read(self._keys, 65536).decode(errors="replace")
        before, _, self.shown = self.shown.rpartition(text)
        return before

    def press(self, keys: str) -> None:
        os.write(self._keys, keys.encode())

    def close(self) -> None:
        self.process.kill()
        self.process.wait()
        os.close(self._keys)
        os.close(self.theirs)


@contextmanager
def answering(path: Path) -> Iterator[None]:
    """Answer every request until the block ends, as a server does that goes then."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listener:
        listener.bind(os.fspath(path))
        listener.listen()

        def serve() -> None:
            while True:
                try:
                    client, _ = listener.accept()
                except OSError:  # shut down
                    return
                with client:
                    client.recv(4096)
                    client.sendall(answer())

        thread = threading.Thread(target=serve)
        thread.start()
        yield
        listener.shutdown(socket.SHUT_RDWR)
        thread.join()
    path.unlink()


@pytest.fixture
def terminal(shell: Shell, path: Path) -> Iterator[Terminal]:
    with answering(path):
        found = Terminal(shell)
        try:
            found.wait_for("FINE")
            yield found
        finally:
            found.close()


def test_q_ends_it_and_the_terminal_is_as_it_was(terminal: Terminal) -> None:
    terminal.press("x")
    terminal.wait_for("FINE")  # any other key changes nothing
    terminal.press("xq")  # though it comes with others
    assert terminal.process.wait(PATIENCE) == 0
    assert termios.tcgetattr(terminal.theirs) == terminal.before


def test_ctrl_c_ends_it_likewise(terminal: Terminal) -> None:
    terminal.process.send_signal(signal.SIGINT)
    assert terminal.process.wait(PATIENCE) == 0
    assert termios.tcgetattr(terminal.theirs) == terminal.before


def test_a_terminal_without_unicode_shows_what_it_can(shell: Shell, path: Path) -> None:
    with answering(path):
        found = shell.eir("top", "--once", environment={"PYTHONIOENCODING": "ascii"})
    assert (found.returncode, "FINE" in found.stdout) == (0, True)


def test_a_server_that_goes_is_told_and_one_that_comes_back_is_shown(
    shell: Shell, path: Path
) -> None:
    with answering(path):
        terminal = Terminal(shell)
        terminal.wait_for("FINE")
    try:
        terminal.wait_for("NO ANSWER")
        terminal.wait_for("below is what was known at 02:00:00 UTC")
        assert "FINE" not in terminal.wait_for("S13")
        with answering(path):
            # A screen begins at home; one that begins with the state is whole again.
            terminal.wait_for("\x1b[H\x1b[1;7;32m FINE")
    finally:
        terminal.close()
