import csv
import io
import json
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

from eir.config import Records
from eir.records import CheckRecord
from eir.records.account import Account
from eir.records.files import Files
from tests.eir.records.made import record
from tests.eir.running import EIR, Shell

HASHED = '[records]\nidentities = "hashed"\nkey_file = "{key}"\n'


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    shell = Shell(tmp_path)
    shell.configure()
    return shell


def write(shell: Shell, *numbers: int, finish: bool = True, **settings: str) -> None:
    """Write records, each a second after the one before."""
    keep(shell, [record(number, seconds=number) for number in numbers], finish=finish, **settings)


def keep(
    shell: Shell, records: Sequence[CheckRecord], *, finish: bool = True, **settings: str
) -> None:
    """Write records as a recorder does."""
    config = Records.model_validate(
        {"identities": "whole", "keep_days": 36_500, "leave_free_octets": 0} | settings
    )
    account = Account(failing=False, positions=[])
    files = Files(shell.store / "records", config, account, lambda: None)
    files.add(records)
    if finish:
        files.finish()
    files.close()


def search(shell: Shell, *arguments: str) -> list[dict[str, object]]:
    done = shell.here("records", "search", "--json", *arguments)
    assert done.returncode == 0, done.stderr
    found: list[dict[str, object]] = json.loads(done.stdout)
    return found


def imeis(found: list[dict[str, object]]) -> list[object]:
    return [row["imei"] for row in found]


def test_records_are_found_by_what_they_say(shell: Shell) -> None:
    write(shell, 1, 2, 3)
    assert imeis(search(shell, "--imei", "352099000000025")) == ["35209900000002"]
    assert len(search(shell, "--imsi", "001010000000001")) == 3
    assert len(search(shell, "--verdict", "prohibited", "--reason", "stolen")) == 3
    assert search(shell, "--verdict", "tracking") == []
    assert imeis(
        search(shell, "--from", "2026-01-31T09:00:02Z", "--to", "2026-01-31T09:00:03Z")
    ) == ["35209900000002"]


def test_a_point_code_finds_all_that_call_from_it_everywhere(shell: Shell) -> None:
    callers = ("2-10-5/994500000001", "2-10-5/994500000002", "2-10-50")
    keep(shell, [record(n)._replace(peer=peer) for n, peer in enumerate(callers)])
    assert [row["peer"] for row in search(shell, "--peer", "2-10-5")] == list(callers[:2])
    assert [row["peer"] for row in search(shell, "--peer", callers[0])] == [callers[0]]
    assert len(shell.here("records", "tail", "--peer", "2-10-5").stdout.splitlines()) == 2
    shell.here("records", "export", str(shell.store / "one.csv"), "--peer", "2-10-5")
    assert len((shell.store / "one.csv").read_text().splitlines()) == 1 + 2


def test_a_span_that_ends_before_it_begins_is_refused(shell: Shell) -> None:
    write(shell, 1)
    done = shell.here("records", "search", "--from", "2026-02-01", "--to", "2026-01-31")
    assert done.returncode == 64
    assert "--to is not later than --from" in done.stderr


def test_a_table_is_shown_to_people(shell: Shell) -> None:
    write(shell, 1)
    done = shell.here("records", "search")
    head, row = done.stdout.splitlines()
    assert head.split()[:3] == ["time", "interface", "peer"]
    assert "35209900000001" in row
    assert "would_be" not in head


def test_that_there_is_more_is_told(shell: Shell) -> None:
    write(shell, 1, 2, 3)
    done = shell.here("records", "search", "--limit", "2", "--json")
    assert len(json.loads(done.stdout)) == 2
    assert "more than these 2" in done.stderr


def test_an_equipment_is_found_by_its_hash(shell: Shell) -> None:
    key = shell.directory / "key"
    key.write_text("a key of sixteen")
    key.chmod(0o600)
    write(shell, 1, 2, identities="hashed", key_file=str(key))
    shell.configure(HASHED.format(key=key))
    (row,) = search(shell, "--imei", "35209900000002")
    assert str(row["imei"]).startswith("x")
    key.chmod(0o644)
    done = shell.here("records", "search", "--imei", "35209900000002")
    assert done.returncode == 74
    assert "chmod" in done.stderr


def test_an_equipment_is_found_by_its_type_and_a_doubt_is_told(shell: Shell) -> None:
    write(shell, 1, 2, identities="tac")
    done = shell.here("records", "search", "--json", "--imei", "35209900000002")
    assert len(json.loads(done.stdout)) == 2
    assert "others may be meant" in done.stderr


def test_the_newest_are_shown_a_line_each(shell: Shell) -> None:
    write(shell, 1, 2)
    write(shell, 3, finish=False)
    done = shell.here("records", "tail", "-n", "2")
    assert [line.split()[4] for line in done.stdout.splitlines()] == [
        *("35209900000002", "35209900000003"),
    ]
    lines = shell.here("records", "tail", "--json").stdout.splitlines()
    assert [json.loads(line)["version"] for line in lines] == [7, 7, 7]


def test_new_records_are_followed_into_the_next_file(shell: Shell) -> None:
    write(shell, 1)
    arguments = [*EIR, "--config", str(shell.config), "records", "tail", "--follow", "--json"]
    with subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        lines = [process.stdout.readline()]
        for number in (2, 3):
            write(shell, number)
            lines.append(process.stdout.readline())
        process.kill()
    assert [json.loads(line)["imei"][-1] for line in lines] == ["1", "2", "3"]


def test_a_period_is_exported_as_a_file_of_its_owner(shell: Shell) -> None:
    write(shell, 1, 2, 3)
    file = shell.directory / "out.csv"
    done = shell.here("records", "export", str(file), "--to", "2026-01-31T09:00:03Z")
    assert (done.stdout, done.stderr) == ("", "2 records\n")
    assert [row["imei"][-1] for row in csv.DictReader(io.StringIO(file.read_text()))] == ["1", "2"]
    assert file.stat().st_mode & 0o777 == 0o600


def test_an_export_shows_no_more_than_is_wanted(shell: Shell) -> None:
    write(shell, 1)
    file = shell.directory / "out.jsonl"
    shell.here("records", "export", str(file), "--format", "jsonl", "--identities", "tac")
    row = json.loads(file.read_text())
    assert (row["imei"], row["imsi"], row["tac"]) == (None, None, "35209900")
    assert "000001" not in file.read_text()


def test_an_export_of_hashes_without_a_key_is_78(shell: Shell) -> None:
    write(shell, 1)
    file = shell.directory / "out.csv"
    done = shell.here("records", "export", str(file), "--identities", "hashed")
    assert done.returncode == 78
    assert "[records] key_file is empty" in done.stderr
    assert not file.exists()


def test_a_damaged_file_is_told_in_the_end_and_by_the_exit_status(shell: Shell) -> None:
    write(shell, 1)
    path = shell.store / "records" / "checks_20260101T000000.000000Z_20260101T000000.000000Z.csv.gz"
    path.write_bytes(b"no gzip")
    done = shell.here("records", "search", "--json")
    assert done.returncode == 74
    assert len(json.loads(done.stdout)) == 1
    assert path.name in done.stderr


def test_where_nothing_was_ever_written_it_says_so(shell: Shell) -> None:
    done = shell.here("records", "tail")
    assert done.returncode == 74
    assert "no record was ever written there" in done.stderr


def test_where_nothing_is_to_be_written_it_says_so(shell: Shell) -> None:
    shell.configure('[records]\ndirectory = ""\n')
    done = shell.here("records", "search")
    assert done.returncode == 69
    assert "next: name a directory" in done.stderr


def test_nothing_that_a_peer_said_moves_the_cursor(shell: Shell) -> None:
    config = Records(format="jsonl", leave_free_octets=0)
    files = Files(
        shell.store / "records", config, Account(failing=False, positions=[]), lambda: None
    )
    files.add([record(1)._replace(peer="\x1b[2J\nmme")])
    files.close()
    for command in ("tail", "search"):
        done = shell.here("records", command)
        assert "\\u001b[2J\\u000amme" in done.stdout
        assert "\x1b" not in done.stdout
