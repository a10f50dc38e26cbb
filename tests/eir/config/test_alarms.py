import pytest

from eir.config import parse
from eir.errors import ConfigError

PRIVACY = 'privacy_key_file = "b"\n'


@pytest.mark.parametrize(
    "text",
    [
        "disk_minor_percent = 5.0\ndisk_critical_percent = 6.0",
        "overload_minor_percent = 96.0",
        "ratio_factor = 0.5",
        "worker_deaths = 0",
        "down_seconds = inf",
        'snmp_root = "enterprises.1"',
        '[alarms.webhook]\nurl = "noc.example.org"',
        '[alarms.webhook]\nurl = "https:///alarms"',
        '[alarms.webhook]\nurl = "https://noc.example.org:99999/"',
        '[alarms.webhook]\nurl = "http://noc.example.org/"\ntoken_file = "token"',
        '[[alarms.snmp]]\naddress = "192.0.2.50"',
        2 * '[[alarms.snmp]]\naddress = "192.0.2.50"\ncommunity_file = "c"\n',
        '[[alarms.snmp]]\naddress = "192.0.2.50"\nversion = "3"\nuser = "eir"\nauth_key_file = "a"',
        '[[alarms.snmp]]\naddress = "::1"\nversion = "3"\nauth_key_file = "a"\n' + PRIVACY,
    ],
)
def test_thresholds_that_make_no_sense_are_refused(text: str) -> None:
    with pytest.raises(ConfigError, match="alarms"):
        parse(f"[alarms]\n{text}\n", None)


def test_whole_numbers_are_numbers() -> None:
    assert parse("[alarms]\ndown_seconds = 5\n", None).alarms.down_seconds == 5.0


def test_a_token_may_go_to_this_machine_in_the_clear() -> None:
    text = '[alarms.webhook]\nurl = "http://127.0.0.1:8080/"\ntoken_file = "token"\n'
    assert parse(text, None).alarms.webhook.token_file is not None
