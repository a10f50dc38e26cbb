import contextlib
import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from eir.cli.app import cli
from tests.eir.cli.conftest import Run
from tests.eir.running import EIR, Shell


def test_the_version_is_printed(shell: Shell) -> None:
    found = shell.eir("--version")
    assert (found.returncode, found.stdout[:6]) == (0, "eir 0.")


def test_help_names_every_command_and_completion(shell: Shell) -> None:
    text = shell.eir("--help").stdout
    for word in ("check", "check-config", "links", "lists", "override", "serve", "tac"):
        assert f"\n  {word} " in text
    assert "_EIR_COMPLETE=bash_source" in text


def commands(group: click.Group, before: str = "") -> Iterator[str]:
    """Name every command there is."""
    context = click.Context(group)
    for name in group.list_commands(context):
        yield f"{before}{name}"
        command = group.get_command(context, name)
        if isinstance(command, click.Group):
            yield from commands(command, f"{before}{name} ")


@pytest.mark.parametrize("command", list(commands(cli)))
def test_the_help_of_each_command_has_an_example(run: Run, command: str) -> None:
    found = run(*command.split(), "--help")
    assert f" {command}" in found.out.partition("Options:")[0].partition("\n\n")[2]


def test_the_help_of_a_command_exits_0(shell: Shell) -> None:
    assert shell.eir("lists", "load", "--help").returncode == 0


@pytest.mark.parametrize("arguments", [("bogus",), ("--bogus",), ("check",), ("lists", "bogus")])
def test_a_wrong_call_is_64(shell: Shell, arguments: tuple[str, ...]) -> None:
    found = shell.eir(*arguments)
    assert found.returncode == 64
    assert found.stdout == ""
    assert found.stderr


def test_completion_is_offered(shell: Shell) -> None:
    found = shell.eir(environment={"_EIR_COMPLETE": "bash_source"})
    assert "_eir_completion" in found.stdout


def test_commands_are_completed(shell: Shell) -> None:
    words = {"_EIR_COMPLETE": "bash_complete", "COMP_WORDS": "eir che", "COMP_CWORD": "1"}
    assert shell.eir(environment=words).stdout == "plain,check\nplain,check-config\n"


def interrupt(process: subprocess.Popen[bytes]) -> int:
    """Interrupt until it ends: a signal just before a blocking read does not end the read."""
    for _ in range(10):
        process.send_signal(signal.SIGINT)
        with contextlib.suppress(subprocess.TimeoutExpired):
            return process.wait(3)
    return process.wait(1)


def test_an_interrupted_load_is_130_and_changes_nothing(shell: Shell, tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    command = [*EIR, "lists", "load", str(pipe), "--list", "black", "--mode", "full"]
    environment = os.environ | {"EIR_CONFIG": str(shell.config)}
    with subprocess.Popen(command, env=environment, stderr=subprocess.PIPE) as loader:
        with pipe.open("wb") as writer:
            writer.write(b"imei\n35209900176148\n")
            writer.flush()
            assert interrupt(loader) == 130
        assert loader.stderr is not None
        assert b"Traceback" not in loader.stderr.read()
    assert shell.eir("check", "35209900176148").returncode == 74


def test_a_closed_pipe_is_met_in_silence(shell: Shell) -> None:
    shell.load(
        "imei\n" + "".join(f"{n:014d}\n" for n in range(5000)), "--list", "black", "--mode=full"
    )
    command = [*EIR, "lists", "show", "--list", "black", "--limit", "5000"]
    environment = os.environ | {"EIR_CONFIG": str(shell.config)}
    with subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as shown:
        assert shown.stdout is not None
        assert shown.stderr is not None
        shown.stdout.readline()
        shown.stdout.close()
        assert shown.stderr.read() == b""
        shown.wait()
