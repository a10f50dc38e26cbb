"""`[[registry]]`: what may be written, and what is said of the rest."""

from datetime import date

import pytest

from eir.config import Registry, parse
from eir.errors import ConfigError

PLAIN = """
[[registry]]
name = "national"
format = "dirbs"
operator = "op1"
source = "file:///var/inbox"
"""


def registry(text: str) -> Registry:
    (found,) = parse(text, None).registry
    return found


def test_a_registry_needs_a_name_a_format_and_a_source() -> None:
    found = registry(PLAIN)
    assert (found.name, found.guard.surge_blocks, found.zone.key) == ("national", 10_000, "UTC")


def test_a_registry_has_guards_and_keys() -> None:
    text = f"""{PLAIN}
timezone = "Asia/Karachi"
[registry.guard]
daily_new_blocks = 500
surge_blocks_percent = 3
[[registry.key]]
id = "2026a"
file = "credential:key"
not_after = 2027-01-31
"""
    found = registry(text)
    assert (found.guard.daily_new_blocks, found.guard.surge_blocks_percent) == (500, 3)
    assert (found.key[0].id, found.key[0].not_after) == ("2026a", date(2027, 1, 31))


@pytest.mark.parametrize(
    "who", ['signer_subjects = ["signer"]', '[[registry.key]]\nid = "a"\nfile = "x"']
)
def test_where_a_root_issues_certificates_somebody_is_named_who_may_sign(who: str) -> None:
    text = f'{PLAIN}require_signature = true\nroots_file = "/etc/roots.pem"\n{who}\n'
    assert registry(text).roots_file


@pytest.mark.parametrize(
    "source",
    [
        *("sftp://ana@registry.example/out", "ftps://registry.example:2121/"),
        *("https://registry.example/lists/", "file:///in%20box"),
    ],
)
def test_a_source_is_a_url(source: str) -> None:
    text = PLAIN.replace("file:///var/inbox", source)
    if source.startswith("sftp"):
        text += '[registry.access]\nhost_keys = "/etc/eir/known_hosts"\n'
    assert registry(text).source == source


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (PLAIN.replace('operator = "op1"', ""), "operator is missing"),
        (PLAIN.replace("op1", "op-1"), "letters, digits, underscores"),
        (PLAIN.replace("national", "N!"), r"registry\[0\]\.name"),
        (PLAIN.replace("dirbs", "xml"), r"registry\[0\]\.format"),
        (PLAIN.replace("file:///var/inbox", "http://a/"), "write a URL: file"),
        (PLAIN.replace("file:///var/inbox", "file://a/b"), "whole path of a directory"),
        (PLAIN.replace("file:///var/inbox", "https:///b"), "names no host"),
        (PLAIN.replace("file:///var/inbox", f"https://{64 * 'a'}.org/"), "nothing can be called"),
        (PLAIN.replace("file:///var/inbox", "https://a..org/"), "nothing can be called"),
        (PLAIN.replace("file:///var/inbox", "https://a.org:0/"), "a port that is none"),
        (PLAIN.replace("file:///var/inbox", "https://a.org:65536/"), "Port out of range"),
        (PLAIN.replace("file:///var/inbox", "ftps://a:b@c/"), "no password in the URL"),
        (PLAIN.replace("file:///var/inbox", "sftp://a/"), "host_keys is missing"),
        (f'{PLAIN}timezone = "Mars"', "no time zone"),
        (f'{PLAIN}home_imsi_prefixes = ["4"]', "3 to 15 digits"),
        (f"{PLAIN}require_signature = true", "wants a"),
        (
            f'{PLAIN}require_signature = true\nroots_file = "/etc/roots.pem"',
            "name who may sign: signer_subjects",
        ),
        (f'{PLAIN}signer_subjects = [""]', "signer_subjects"),
        (PLAIN + PLAIN, "two registries have the same name: national"),
        (f"{PLAIN}[registry.guard]\ndaily_new_blocks = 0", "daily_new_blocks"),
        (f"{PLAIN}[registry.guard]\nsurge_blocks_percent = 101", "surge_blocks_percent"),
        (
            PLAIN + '[[registry.key]]\nid = "a"\nfile = "x"\n' * 2,
            "two keys have the same id: a",
        ),
    ],
)
def test_what_makes_no_sense_is_told(text: str, said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        parse(text, None)
