import os
import pty
import subprocess

from tests.eir.lists_loading import load_text
from tests.eir.running import EIR, Shell

LIST = "imei\n" + "".join(f"{number:014d}\n" for number in range(50_000))


def test_at_a_terminal_a_load_draws_a_bar_and_clears_it(shell: Shell) -> None:
    (shell.directory / "list.csv").write_text(LIST)
    terminal, slave = pty.openpty()
    command = [*EIR, "lists", "load", "list.csv", "--list", "black", "--mode", "full"]
    environment = os.environ | {"EIR_CONFIG": str(shell.config), "TERM": "xterm"}
    with subprocess.Popen(
        command, cwd=shell.directory, env=environment, stdout=subprocess.PIPE, stderr=slave
    ) as loader:
        assert loader.stdout is not None
        os.close(slave)
        assert loader.stdout.read().startswith(b"version 1")
    drawn = os.read(terminal, 65536)
    os.close(terminal)
    assert b"list.csv" in drawn
    assert b"750.0" in drawn  # kB of the file
    assert b"list.csv: writing" in drawn


def test_at_a_terminal_a_check_draws_a_bar_and_clears_it(shell: Shell) -> None:
    load_text(shell.store, LIST)
    terminal, slave = pty.openpty()
    environment = os.environ | {"EIR_CONFIG": str(shell.config), "TERM": "xterm"}
    with subprocess.Popen(
        [*EIR, "store", "check"], env=environment, stdout=subprocess.PIPE, stderr=slave
    ) as checker:
        assert checker.stdout is not None
        os.close(slave)
        assert checker.stdout.read().startswith(b"version 1 is sound")
    drawn = os.read(terminal, 65536)
    os.close(terminal)
    assert b"check" in drawn


def test_elsewhere_it_is_silent(shell: Shell) -> None:
    assert shell.load(LIST, "--list", "black", "--mode", "full").stderr == ""
