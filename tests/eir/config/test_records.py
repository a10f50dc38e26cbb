from pathlib import Path

import pytest

from eir.config import Records
from eir.errors import ConfigError
from tests.eir.config.reading import read


def test_without_a_word_about_it_records_name_nobody_and_are_kept_for_a_month() -> None:
    records = Records()
    assert (records.identities, records.directory, records.keep_days) == ("tac", "records", 30)
    assert (records.permitted_one_in, records.others_one_in) == (100, 1)
    assert records.keep_octets > records.rotate_octets


def test_records_are_as_they_are_configured(tmp_path: Path) -> None:
    text = '[records]\nidentities = "hashed"\nkey_file = "k"\ndirectory = ""\nformat = "jsonl"\n'
    records = read(tmp_path, text).records
    assert (records.identities, records.key_file, records.directory) == ("hashed", "k", "")
    assert records.format == "jsonl"


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("permitted_one_in", "0"),
        ("identities", '"some"'),
        ("format", '"xml"'),
        ("compression", '"zip"'),
        ("rotate_seconds", "0"),
        ("rotate_octets", "100"),
        ("keep_days", "0"),
        ("keep_octets", "-1"),
        ("waiting_records", "1000"),
    ],
)
def test_what_cannot_be_is_refused_by_its_name(tmp_path: Path, key: str, value: str) -> None:
    with pytest.raises(ConfigError, match=rf"records\.{key}: "):
        read(tmp_path, f"[records]\n{key} = {value}\n")


def test_hashes_need_a_key(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="needs a key_file"):
        read(tmp_path, '[records]\nidentities = "hashed"\n')
