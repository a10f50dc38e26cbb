"""What a shell offers."""

import pytest
from click.shell_completion import ShellComplete

from eir.cli.app import cli
from tests.eir.cli.sync.delivering import Night


def offered(night: Night, line: str) -> list[str]:
    """Press the tab key behind a line."""
    *words, last = line.split(" ")
    arguments = ["--config", str(night.shell.config), *words[1:]]
    shell = ShellComplete(cli, {}, "eir", "_EIR_COMPLETE")
    return [item.value for item in shell.get_completions(arguments, last)]


@pytest.mark.parametrize("command", ["sync", "sync status", "sync accept", "sync refuse"])
def test_the_names_of_registries_are_completed(night: Night, command: str) -> None:
    assert offered(night, f"eir {command} --registry n") == ["national"]
    assert offered(night, f"eir {command} --registry x") == []


@pytest.mark.parametrize("command", ["accept", "refuse"])
def test_runs_that_wait_are_completed(held: Night, command: str) -> None:
    assert offered(held, f"eir sync {command} 4") == ["47"]
    assert offered(held, f"eir sync {command} 5") == []
    assert offered(held, f"eir sync {command} --registry national ") == ["47"]
    assert offered(held, f"eir sync {command} --registry other ") == []


def test_runs_that_were_refused_are_completed(held: Night) -> None:
    held.shell.here("sync", "refuse", "47", "--reason", "withdrawn")
    assert offered(held, "eir sync accept ") == ["47"]


@pytest.mark.parametrize("text", ["this is no TOML", None])
def test_where_the_configuration_cannot_be_read_nothing_is_offered(
    held: Night, text: str | None
) -> None:
    config = held.shell.config
    config.unlink()
    if text is not None:
        config.write_text(text)
    assert offered(held, "eir sync --registry n") == []
    assert offered(held, "eir sync accept 4") == []
