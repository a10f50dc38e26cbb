from pathlib import Path

import pytest

from eir.config import load
from eir.decision.verdict import Status
from eir.errors import ConfigError
from tests.eir.config.reading import read


def test_without_a_file_every_default_holds() -> None:
    config = load(None)
    assert config.decision.unlisted is Status.PERMITTED
    assert config.decision.on_failure == "permitted"
    assert str(config.diameter.listen_tcp[0]) == "127.0.0.1:3868"
    assert config.diameter.accept_any_peer is False
    assert str(config.admin.listen) == "127.0.0.1:9468"


def test_an_empty_file_says_the_same(tmp_path: Path) -> None:
    assert read(tmp_path, "") == load(None)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("colour = 1", "colour: unknown key"),
        ("[decision]\ncolour = 1", r"decision\.colour: unknown key"),
        ('[decision]\nunlisted = "purple"', r"decision\.unlisted: Input should be"),
        ('[decision]\non_failure = "prohibited"', r"decision\.on_failure: nobody is cut off"),
        ('[decision]\non_failure = "purple"', r"decision\.on_failure: Input should be"),
        ("[sctp]\nrto_min_ms = 0", r"sctp\.rto_min_ms"),
        ('[log]\nformat = "xml"', r"log\.format"),
        ("[store]\npath = 1", r"store\.path"),
    ],
)
def test_what_is_not_allowed_is_named_with_its_place(
    tmp_path: Path, text: str, message: str
) -> None:
    with pytest.raises(ConfigError, match=message):
        read(tmp_path, text)


def test_all_errors_are_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="3 wrong") as caught:
        read(tmp_path, 'a = 1\n[log]\nlevel = "loud"\n[admin]\nlisten = "x"\n')
    assert str(caught.value).count("\n  ") == 3
    assert "eir.example.toml" in caught.value.next_step


@pytest.mark.parametrize("octets", [b"[store", b"a = \xff", b"a = 1\na = 2"])
def test_what_is_no_toml_is_said_to_be_none(tmp_path: Path, octets: bytes) -> None:
    file = tmp_path / "eir.toml"
    file.write_bytes(octets)
    with pytest.raises(ConfigError, match="not TOML"):
        load(file)


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="nowhere: No such file"):
        load(tmp_path / "nowhere")
    with pytest.raises(ConfigError, match="Is a directory"):
        load(tmp_path)


def test_a_section_cannot_be_changed() -> None:
    config = load(None)
    with pytest.raises(ValueError, match="frozen"):
        config.decision.unlisted = Status.UNKNOWN
