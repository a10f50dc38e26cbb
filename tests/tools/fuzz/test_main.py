from pathlib import Path

from click.testing import CliRunner

from tools.fuzz.__main__ import main
from tools.fuzz.map import ASP_ACTIVE, ASP_UP


def test_it_fuzzes_as_long_as_it_is_told(tmp_path: Path) -> None:
    done = CliRunner().invoke(main, ["map", "--seconds", "0.2", "--corpus", str(tmp_path)])

    assert done.exit_code == 0, done.output
    assert "0 of them broke it" in done.output


def test_one_conversation_is_played_again(tmp_path: Path) -> None:
    path = tmp_path / "conversation.txt"
    path.write_text(f"{ASP_UP.hex()}\n{ASP_ACTIVE.hex()}\n", encoding="ascii")

    done = CliRunner().invoke(main, ["map", str(path)])

    assert done.exit_code == 0, done.output
    assert "send 0403" in done.output.splitlines()
