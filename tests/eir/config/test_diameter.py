from pathlib import Path

import pytest

from eir.errors import ConfigError
from tests.eir.config.reading import read


def test_a_peer_is_read_with_its_defaults(tmp_path: Path) -> None:
    text = '[[diameter.peer]]\norigin_host = "mme1.example.org"\naddresses = ["192.0.2.1"]\n'
    (peer,) = read(tmp_path, text).diameter.peer
    assert (peer.origin_host, peer.addresses) == ("mme1.example.org", ("192.0.2.1",))
    assert (peer.connect, peer.transport, peer.port) == (False, "sctp", 3868)
    assert peer.tw_init_seconds == 30.0


@pytest.mark.spec("RFC 3539", "3.4.1")
def test_a_watchdog_of_six_seconds_is_the_shortest(tmp_path: Path) -> None:
    text = '[[diameter.peer]]\norigin_host = "a.b"\ntw_init_seconds = 6\n'
    assert read(tmp_path, text).diameter.peer[0].tw_init_seconds == 6.0


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('[diameter]\norigin_host = "no host"', r"diameter\.origin_host: a Diameter identity"),
        ('[diameter]\norigin_host = ""', r"diameter\.origin_host: a Diameter identity"),
        (
            '[diameter]\ncongestion_result = "SUCCESS"',
            r"diameter\.congestion_result: .* 'TOO_BUSY'",
        ),
        ("[diameter]\nmax_message_octets = 100", r"diameter\.max_message_octets: .* 1024"),
        ('[diameter]\naccept_any_peer = "yes"', r"diameter\.accept_any_peer: .* boolean"),
        ("[[diameter.peer]]\nport = 1", r"diameter\.peer\[0\]\.origin_host: Field required"),
        (
            '[[diameter.peer]]\norigin_host = "a.b"\ntw_init_seconds = 5',
            r"diameter\.peer\[0\]\.tw_init_seconds: .* 6",
        ),
    ],
)
def test_what_is_not_allowed_is_named_with_its_place(
    tmp_path: Path, text: str, message: str
) -> None:
    with pytest.raises(ConfigError, match=message):
        read(tmp_path, text)


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
def test_a_peer_that_cannot_be_is_refused(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        read(tmp_path, text)
