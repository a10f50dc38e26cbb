from pathlib import Path

import pytest

from eir.config import Overload
from eir.errors import ConfigError
from tests.eir.config.reading import read


def test_without_a_word_about_it_any_number_of_checks_is_taken_and_little_waits() -> None:
    overload = Overload()
    assert (overload.peer_checks_per_second, overload.node_checks_per_second) == (0, 0)
    assert overload.peer_waiting_octets < overload.node_waiting_octets
    assert overload.wait_seconds == 2.0


def test_limits_are_read(tmp_path: Path) -> None:
    text = "[overload]\npeer_checks_per_second = 500\nnode_checks_per_second = 20000\n"
    overload = read(tmp_path, f"{text}wait_seconds = 3\n").overload
    assert (overload.peer_checks_per_second, overload.node_checks_per_second) == (500, 20_000)
    assert overload.wait_seconds == 3.0


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("peer_checks_per_second", "-1"),
        ("node_checks_per_second", "0.5"),
        ("peer_waiting_octets", "1000"),
        ("node_waiting_octets", "0"),
        ("wait_seconds", "0"),
        ("wait_seconds", "31"),
        ("wait_seconds", "nan"),
    ],
)
def test_what_is_no_limit_is_refused_by_its_name(tmp_path: Path, key: str, value: str) -> None:
    with pytest.raises(ConfigError, match=rf"overload\.{key}: "):
        read(tmp_path, f"[overload]\n{key} = {value}\n")
