from pathlib import Path

from click.testing import CliRunner

from eir.cli.serve import serve
from tests.harness import Node, write_config


def test_the_help_shows_an_example() -> None:
    shown = CliRunner().invoke(serve, ["--help"])
    assert shown.exit_code == 0
    assert "eir --config /etc/eir/eir.toml serve" in shown.output


def test_the_command_serves_what_the_configuration_says(tmp_path: Path) -> None:
    node = Node(write_config(tmp_path))
    node.wait_for("ready")
    assert node.address("tcp")[0] == "127.0.0.1"
    assert node.stop() == 0
