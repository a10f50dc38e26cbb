from pathlib import Path

import pytest

from eir.config.fields import repeated
from eir.errors import ConfigError
from tests.eir.config.reading import read


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("127.0.0.1:3868", "127.0.0.1:3868"),
        ("192.0.2.1,192.0.2.2:3868", "192.0.2.1,192.0.2.2:3868"),
        ("[2001:db8::1]:3868", "[2001:db8::1]:3868"),
        ("192.0.2.1, [2001:db8::1]:0", "192.0.2.1,[2001:db8::1]:0"),
    ],
)
def test_sctp_listens_on_several_addresses(tmp_path: Path, text: str, written: str) -> None:
    config = read(tmp_path, f'[diameter]\nlisten_sctp = ["{text}"]\n')
    assert str(config.diameter.listen_sctp[0]) == written


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('[diameter]\nlisten_tcp = ["3868"]', r"diameter\.listen_tcp\[0\]: write \"address:port"),
        ('[diameter]\nlisten_tcp = ["here:3868"]', r"listen_tcp\[0\]: 'here' is no IP address"),
        ('[diameter]\nlisten_tcp = ["127.0.0.1:99999"]', r"listen_tcp\[0\]: '99999' is no port"),
        ('[diameter]\nlisten_tcp = ["127.0.0.1,127.0.0.2:1"]', r"one address an entry"),
        ("[diameter]\nlisten_sctp = [3868]", r"listen_sctp\[0\]: write"),
    ],
)
def test_what_is_no_endpoint_is_named_with_its_place(
    tmp_path: Path, text: str, message: str
) -> None:
    with pytest.raises(ConfigError, match=message):
        read(tmp_path, text)


def test_what_is_there_twice_is_named_once_and_in_order() -> None:
    assert repeated(["b", "a", "b", "c", "a", "b"]) == ["a", "b"]
    assert repeated([3, 2, 1]) == []
