import pytest

from eir import config
from eir.config import Admin
from eir.errors import ConfigError

ELSEWHERE = 'listen = "192.0.2.1:9468"\n'
OURS = 'certificate_file = "/c.pem"\nkey_file = "/c.key"\n'
CLIENTS = 'client_ca_file = "/ca.pem"\n'
KNOWN = 'token_file = "/token"\n'


def admin(text: str) -> Admin:
    return config.parse(f"[admin]\n{text}", None).admin


@pytest.mark.parametrize(
    "text",
    [
        "",
        'listen = "127.8.8.8:9468"',
        'listen = "[::1]:9468"',
        KNOWN,
        OURS,
        ELSEWHERE + KNOWN,
        ELSEWHERE + KNOWN + OURS,
        ELSEWHERE + OURS + CLIENTS,
        'listen = "0.0.0.0:9468"\n' + KNOWN,
    ],
)
def test_this_machine_may_look_and_others_who_show_who_they_are(text: str) -> None:
    admin(text)


@pytest.mark.parametrize("listen", ["192.0.2.1:9468", "0.0.0.0:9468", "[::]:9468"])
@pytest.mark.parametrize("more", ["", OURS])
def test_it_is_never_open_to_everybody(listen: str, more: str) -> None:
    with pytest.raises(ConfigError, match="lets others than this machine ask: say who may"):
        admin(f'listen = "{listen}"\n{more}')


@pytest.mark.parametrize("text", ['certificate_file = "/c.pem"', 'key_file = "/c.key"'])
def test_a_certificate_and_its_key_go_together(text: str) -> None:
    with pytest.raises(ConfigError, match="certificate_file and key_file go together"):
        admin(text)


def test_certificates_of_others_need_one_of_ours() -> None:
    with pytest.raises(ConfigError, match="client_ca_file needs our own"):
        admin(CLIENTS)
