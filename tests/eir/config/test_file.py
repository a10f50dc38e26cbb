from pathlib import Path

import pytest

from eir import config
from eir.config import Config, load
from eir.decision.verdict import Interface, Status
from eir.errors import ConfigError
from tests.eir.config.reading import read

M3UA = """[m3ua]
enabled = true
point_code = "2-10-4"
listen_tcp = ["127.0.0.1:2905"]
"""
TO_A_PEER = """[diameter]
listen_tcp = []
[[diameter.peer]]
origin_host = "dra1.example.org"
connect = true
addresses = ["192.0.2.1"]
"""


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
        ("[sctp]\nrto_min_ms = 0", r"sctp\.rto_min_ms"),
        ('[log]\nformat = "xml"', r"log\.format"),
        ("[store]\npath = 1", r"store\.path"),
        ("[store]\nhistory_days = -1", r"store\.history_days"),
    ],
)
def test_what_is_not_allowed_is_named_with_its_place(
    tmp_path: Path, text: str, message: str
) -> None:
    with pytest.raises(ConfigError, match=message):
        read(tmp_path, text)


M3UA = """
[m3ua]
enabled = true
point_code = 20
listen_tcp = ["127.0.0.1:4000", "127.0.0.1:0", "127.0.0.1:0"]
listen_sctp = ["127.0.0.1,127.0.0.2:4000"]
asps = [{ identifier = 1 }, { identifier = 2, local_port = 5000 }]
[[m3ua.gateway]]
name = "stp1"
addresses = ["192.0.2.1"]
transport = "sctp"
"""


@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        (
            '"127.0.0.1:0", ',
            '"127.0.0.1:4000", ',
            r"m3ua\.listen_tcp\[0\] and m3ua.listen_tcp\[1\]",
        ),
        ("1:4000", "1:3868", r"diameter\.listen_tcp\[0\] and m3ua\.listen_tcp\[0\] both want tcp"),
        ("1:4000", "1:9468", r"admin\.listen and m3ua\.listen_tcp\[0\] .*: give each a port"),
        ("5000", "4000", r"m3ua\.listen_sctp\[0\] and m3ua\.asps\[1\]\.local_port both want sctp"),
        (
            "[m3ua]",
            '[diameter]\nlisten_sctp = ["127.0.0.2:4000"]\n[m3ua]',
            r"diameter\.listen_sctp\[0\] and m3ua\.listen_sctp\[0\] both want sctp port 4000",
        ),
    ],
)
def test_two_that_want_one_port_are_named(
    tmp_path: Path, before: str, after: str, message: str
) -> None:
    read(tmp_path, M3UA)
    with pytest.raises(ConfigError, match=f"1 wrong:\n  {message}"):
        read(tmp_path, M3UA.replace(before, after, 1))


def test_a_port_of_what_is_not_enabled_or_not_used_is_free(tmp_path: Path) -> None:
    read(tmp_path, M3UA.replace("1:4000", "1:3868", 1).replace("true", "false"))
    read(tmp_path, M3UA.replace("5000", "9468"))  # no association of TCP leaves from it


def test_all_errors_are_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="3 wrong") as caught:
        read(tmp_path, 'a = 1\n[log]\nlevel = "loud"\n[admin]\nlisten = "x"\n')
    assert str(caught.value).count("\n  ") == 3
    assert "eir.example.toml" in caught.value.next_step


def test_a_list_whose_elements_are_wrong_is_not_called_too_short(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"1 wrong:\n  map\.versions\[0\]: Input should be"):
        read(tmp_path, "[map]\nversions = [4]\n")
    with pytest.raises(ConfigError, match=r"1 wrong:\n  map\.versions: .* at least 1"):
        read(tmp_path, "[map]\nversions = []\n")


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


def test_the_text_is_read_to_the_octet(tmp_path: Path) -> None:
    file = tmp_path / "eir.toml"
    file.write_bytes(b"# as Windows ends lines\r\n[store]\r\n")
    assert config.read(file) == "# as Windows ends lines\r\n[store]\r\n"
    assert config.parse(config.read(file), file) == Config()


def test_without_a_file_the_text_is_empty() -> None:
    assert config.read(None) == ""


@pytest.mark.parametrize(
    ("text", "interfaces"),
    [
        ("", (Interface.S13,)),
        (M3UA, (Interface.S13, Interface.MAP)),
        (f"[diameter]\nlisten_tcp = []\n{M3UA}", (Interface.MAP,)),
        ("[diameter]\nlisten_tcp = []\n", ()),
        (TO_A_PEER, (Interface.S13,)),
    ],
)
def test_what_can_be_asked_is_what_somebody_may_ask_over(
    tmp_path: Path, text: str, interfaces: tuple[Interface, ...]
) -> None:
    assert read(tmp_path, text).served == interfaces


def test_a_section_cannot_be_changed() -> None:
    config = load(None)
    with pytest.raises(ValueError, match="frozen"):
        config.decision.unlisted = Status.UNKNOWN
