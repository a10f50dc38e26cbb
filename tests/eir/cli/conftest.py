from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple, TypeAlias

import pytest

from eir.cli.app import cli
from tests.eir.running import Shell


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    shell = Shell(tmp_path)
    shell.configure()
    return shell


class Printed(NamedTuple):
    """What a command printed."""

    out: str
    err: str


Run: TypeAlias = Callable[..., Printed]


@pytest.fixture
def run(shell: Shell, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run `eir` in this process and in the shell's directory, which takes a tenth of the time."""
    monkeypatch.chdir(shell.directory)

    def run(*arguments: str) -> Printed:
        capsys.readouterr()
        cli.main(["--config", str(shell.config), *arguments], standalone_mode=False)
        return Printed(*capsys.readouterr())

    return run


@pytest.fixture
def load(shell: Shell, run: Run) -> Run:
    """Load a text as list.csv: `load(text, "--list", ...)`."""

    def load(text: str, *arguments: str) -> Printed:
        (shell.directory / "list.csv").write_text(text)
        return run("lists", "load", "list.csv", *arguments)

    return load
