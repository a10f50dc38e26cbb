import json
import os
from pathlib import Path

import pytest
from click.testing import CliRunner

from eir.cli.app import cli
from tests.eir.lists_loading import load_text
from tests.eir.running import Shell
from tests.eir.store.old_store import imei, unpack

LIST = "imei\n" + "".join(f"{imei(number)}\n" for number in range(100))


@pytest.fixture
def loaded(shell: Shell) -> Shell:
    load_text(shell.store, LIST)
    return shell


def test_a_backup_is_made_lost_lists_are_met_and_restored(loaded: Shell) -> None:
    made = loaded.eir("store", "backup", "copy.mdb")
    octets = (loaded.directory / "copy.mdb").stat().st_size
    assert (made.returncode, made.stdout, made.stderr) == (
        *(0, f"version 1 is in copy.mdb: {octets:,} octets\n"),
        "",
    )
    (loaded.store / "lists" / "data.mdb").unlink()
    assert loaded.eir("store", "check").returncode == 74
    restored = loaded.eir("store", "restore", "copy.mdb")
    assert restored.returncode == 0
    assert restored.stdout.startswith("version 1 of 20")
    assert restored.stdout.endswith("serves, from copy.mdb\n")
    assert loaded.eir("store", "check").returncode == 0


def test_each_command_reports_as_json(loaded: Shell) -> None:
    (loaded.directory / "backup").mkdir()
    made = json.loads(loaded.eir("store", "backup", "backup", "--json").stdout)
    file = Path(made["file"])
    octets = (loaded.directory / file).stat().st_size
    assert made == {"file": str(file), "version": 1, "octets": octets}
    assert file.match("backup/eir-lists-*Z-v1.mdb")
    restored = json.loads(loaded.eir("store", "restore", str(file), "--json").stdout)
    assert restored["version"] == 1
    assert set(restored) == {"version", "loaded"}
    checked = json.loads(loaded.eir("store", "check", "--json").stdout)
    assert checked == {"version": 1, "sound": True}
    compacted = json.loads(loaded.eir("store", "compact", "--json").stdout)
    assert set(compacted) == {"octets_before", "octets_after"}
    assert json.loads(loaded.eir("store", "migrate", "--json").stdout) == {"migrated": False}


def test_a_backup_over_a_file_is_a_wrong_call(loaded: Shell) -> None:
    (loaded.directory / "copy.mdb").write_text("precious")
    found = loaded.eir("store", "backup", "copy.mdb")
    assert found.returncode == 64
    assert "is there already" in found.stderr
    assert "next: name a file that is not there yet, or a directory" in found.stderr
    assert (loaded.directory / "copy.mdb").read_text() == "precious"


def test_a_backup_that_is_not_there_is_a_wrong_call(loaded: Shell) -> None:
    assert loaded.eir("store", "restore", "nothing.mdb").returncode == 64


def test_a_damaged_backup_is_74_and_says_what_to_do(loaded: Shell) -> None:
    (loaded.directory / "copy.mdb").write_bytes(b"\0" * 100_000)
    found = loaded.eir("store", "restore", "copy.mdb")
    assert found.returncode == 74
    assert "eir: copy.mdb was not restored: the list store is damaged" in found.stderr
    assert "next: choose another backup; the lists are as they were" in found.stderr


def test_a_damaged_store_is_74_and_says_what_to_do(loaded: Shell) -> None:
    os.truncate(loaded.store / "lists" / "data.mdb", 10_000)
    found = loaded.eir("store", "check")
    assert (found.returncode, found.stdout) == (74, "")
    assert "is truncated" in found.stderr
    assert "next: restore a backup: eir store restore FILE" in found.stderr


def test_a_sound_store_is_said_to_be_sound(loaded: Shell) -> None:
    found = loaded.eir("store", "check")
    assert found.stdout == "version 1 is sound: every list, the journal and the history\n"


def test_sizes_before_and_after_compaction_are_printed(loaded: Shell) -> None:
    before = (loaded.store / "lists" / "data.mdb").stat().st_size
    found = loaded.eir("store", "compact")
    after = (loaded.store / "lists" / "data.mdb").stat().st_size
    assert found.stdout == f"{before:,} octets before, {after:,} after\n"


def test_an_old_store_is_migrated_once(shell: Shell) -> None:
    unpack(shell.store)
    refused = shell.eir("store", "check")
    assert refused.returncode == 74
    assert refused.stderr == (
        "eir: the list store has format 1, this program serves 2\n"
        "next: bring it up to date: eir store migrate\n"
    )
    assert shell.eir("store", "migrate").stdout == "brought up to date\n"
    assert shell.eir("store", "migrate").stdout == "nothing to do: it is up to date\n"
    assert shell.eir("store", "check").returncode == 0


@pytest.mark.parametrize("command", ["backup", "restore", "compact", "check", "migrate"])
def test_help_shows_how_it_is_called(command: str) -> None:
    found = CliRunner().invoke(cli, ["store", command, "--help"])
    assert found.exit_code == 0
    assert f"\n    eir store {command}" in found.output
