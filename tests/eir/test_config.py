from pathlib import Path

import pytest

from eir.config import Config, load
from eir.decision.verdict import Status
from eir.errors import ConfigError


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "eir.toml"


def read(file: Path, text: str) -> Config:
    file.write_text(text)
    return load(file)


def test_without_a_file_every_default_holds() -> None:
    config = load(None)
    assert config.decision.unlisted is Status.PERMITTED
    assert config.decision.on_failure == "permitted"
    assert str(config.diameter.listen_tcp[0]) == "127.0.0.1:3868"
    assert config.diameter.accept_any_peer is False
    assert str(config.admin.listen) == "127.0.0.1:9468"


def test_an_empty_file_says_the_same(file: Path) -> None:
    assert read(file, "") == load(None)


def test_a_peer_is_read_with_its_defaults(file: Path) -> None:
    text = '[[diameter.peer]]\norigin_host = "mme1.example.org"\naddresses = ["192.0.2.1"]\n'
    (peer,) = read(file, text).diameter.peer
    assert (peer.origin_host, peer.addresses) == ("mme1.example.org", ("192.0.2.1",))
    assert (peer.connect, peer.transport, peer.port) == (False, "sctp", 3868)
    assert peer.tw_init_seconds == 30.0


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("127.0.0.1:3868", "127.0.0.1:3868"),
        ("192.0.2.1,192.0.2.2:3868", "192.0.2.1,192.0.2.2:3868"),
        ("[2001:db8::1]:3868", "[2001:db8::1]:3868"),
        ("192.0.2.1, [2001:db8::1]:0", "192.0.2.1,[2001:db8::1]:0"),
    ],
)
def test_sctp_listens_on_several_addresses(file: Path, text: str, written: str) -> None:
    config = read(file, f'[diameter]\nlisten_sctp = ["{text}"]\n')
    assert str(config.diameter.listen_sctp[0]) == written


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("colour = 1", "colour: unknown key"),
        ("[decision]\ncolour = 1", r"decision\.colour: unknown key"),
        ('[decision]\nunlisted = "purple"', r"decision\.unlisted: Input should be"),
        ('[decision]\non_failure = "prohibited"', r"decision\.on_failure: nobody is cut off"),
        ('[decision]\non_failure = "purple"', r"decision\.on_failure: Input should be"),
        ('[diameter]\norigin_host = "no host"', r"diameter\.origin_host: a Diameter identity"),
        ('[diameter]\norigin_host = ""', r"diameter\.origin_host: a Diameter identity"),
        ('[diameter]\nlisten_tcp = ["3868"]', r"diameter\.listen_tcp\[0\]: write \"address:port"),
        ('[diameter]\nlisten_tcp = ["here:3868"]', r"listen_tcp\[0\]: 'here' is no IP address"),
        ('[diameter]\nlisten_tcp = ["127.0.0.1:99999"]', r"listen_tcp\[0\]: '99999' is no port"),
        ('[diameter]\nlisten_tcp = ["127.0.0.1,127.0.0.2:1"]', r"one address an entry"),
        ("[diameter]\nlisten_sctp = [3868]", r"listen_sctp\[0\]: write"),
        ("[diameter]\nmax_message_octets = 100", r"diameter\.max_message_octets: .* 1024"),
        ('[diameter]\naccept_any_peer = "yes"', r"diameter\.accept_any_peer: .* boolean"),
        ("[[diameter.peer]]\nport = 1", r"diameter\.peer\[0\]\.origin_host: Field required"),
        (
            '[[diameter.peer]]\norigin_host = "a.b"\ntw_init_seconds = 5',
            r"diameter\.peer\[0\]\.tw_init_seconds: .* 6",
        ),
        ("[sctp]\nrto_min_ms = 0", r"sctp\.rto_min_ms"),
        ('[log]\nformat = "xml"', r"log\.format"),
        ("[store]\npath = 1", r"store\.path"),
    ],
)
def test_what_is_not_allowed_is_named_with_its_place(file: Path, text: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        read(file, text)


@pytest.mark.spec("RFC 3539", "3.4.1")
def test_a_watchdog_of_six_seconds_is_the_shortest(file: Path) -> None:
    text = '[[diameter.peer]]\norigin_host = "a.b"\ntw_init_seconds = 6\n'
    assert read(file, text).diameter.peer[0].tw_init_seconds == 6.0


def test_all_errors_are_told_at_once(file: Path) -> None:
    with pytest.raises(ConfigError, match="3 wrong") as caught:
        read(file, 'a = 1\n[log]\nlevel = "loud"\n[admin]\nlisten = "x"\n')
    assert str(caught.value).count("\n  ") == 3
    assert "eir.example.toml" in caught.value.next_step


@pytest.mark.parametrize("octets", [b"[store", b"a = \xff", b"a = 1\na = 2"])
def test_what_is_no_toml_is_said_to_be_none(file: Path, octets: bytes) -> None:
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


PEER = '[[diameter.peer]]\norigin_host = "mme1.example.org"\n'


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (PEER + 'addresses = ["10.0.0.300"]', r"peer\[0\]\.addresses\[0\]: '10.0.0.300' is no IP"),
        (PEER + 'addresses = ["mme1.example.org"]', "is no IP address"),
        (PEER + "connect = true", r"peer\[0\]: connect = true needs addresses"),
        (PEER + "tw_init_seconds = inf", "tw_init_seconds"),
        (PEER + "tw_init_seconds = 3601", "tw_init_seconds"),
        (
            PEER
            + PEER.upper()
            .replace("DIAMETER.PEER", "diameter.peer")
            .replace("ORIGIN_HOST", "origin_host"),
            "same origin_host: mme1.example.org",
        ),
        (PEER + '[diameter]\norigin_host = "MME1.example.org"', "same origin_host"),
    ],
)
def test_a_peer_that_cannot_be_is_refused(file: Path, text: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        read(file, text)
