import csv
import json
import re

import pytest

from eir import policy_log
from eir.errors import HistoryError, StoreError
from eir.lists.names import ListName
from eir.store.catalog import reading_lists
from tests.eir.cli.conftest import Run
from tests.eir.running import Shell

FIRST = "imei,reason\n35209900176148,stolen\n35209900176149,stolen\n"
SECOND = "imei,reason\n35209900176148,lost\n35209900176150,stolen\n"
FULL = ("--list", "black", "--mode", "full")


@pytest.fixture
def two(load: Run) -> None:
    """Two versions."""
    load(FIRST, *FULL)
    load(SECOND, *FULL, "--reason", "file 2", "--source", "local")


def imeis(shell: Shell) -> list[str]:
    with reading_lists(shell.store) as lists:
        return [line.subject.key for line in lists.lines(ListName.PROHIBITED)]


@pytest.mark.usefixtures("two")
def test_the_journal_is_shown_newest_first(shell: Shell, run: Run) -> None:
    found = shell.eir("lists", "versions", "--json")
    newest, oldest = json.loads(found.stdout)
    assert (newest["version"], oldest["version"]) == (2, 1)
    assert newest["previous"] == oldest["hash"]
    assert (newest["action"], newest["list"], newest["reason"]) == ("load", "prohibited", "file 2")
    assert (newest["added"], newest["updated"], newest["removed"]) == (1, 1, 1)
    assert (newest["file"], len(newest["file_hash"])) == ("list.csv", 64)
    table = run("lists", "versions", "--limit", "1").out.splitlines()
    assert len(table) == 2
    assert "file 2" in table[1]


@pytest.mark.usefixtures("two")
def test_a_difference_is_counted_and_can_be_turned(shell: Shell, run: Run) -> None:
    found = shell.eir("lists", "diff", "1", "2")
    assert found.stdout.startswith("1 added, 1 updated, 1 removed\n")
    assert "stolen" in found.stdout
    report = json.loads(run("lists", "diff", "1", "--json").out)
    assert report["entries"] == {"added": 1, "removed": 1, "updated": 1}
    assert report["reasons"] == [
        {"reason": "stolen", "added": 1, "removed": 1, "updated": 0},
        {"reason": "lost", "added": 0, "removed": 0, "updated": 1},
    ]
    changes = {row["imei"]: (row["change"], row["was"]) for row in report["samples"]}
    assert changes == {
        "35209900176148": ("updated", "stolen"),
        "35209900176149": ("removed", None),
        "35209900176150": ("added", None),
    }
    turned = json.loads(run("lists", "diff", "2", "1", "--json").out)
    changes = {row["imei"]: (row["change"], row["was"]) for row in turned["samples"]}
    assert changes == {
        "35209900176148": ("updated", "lost"),
        "35209900176149": ("added", None),
        "35209900176150": ("removed", None),
    }


@pytest.mark.usefixtures("two")
def test_every_line_that_differs_is_printed(run: Run) -> None:
    lines = list(csv.DictReader(run("lists", "diff", "1", "2", "--lines").out.splitlines()))
    assert [(line["change"], line["imei"], line["reason"], line["was"]) for line in lines] == [
        ("updated", "35209900176148", "lost", "stolen"),
        ("removed", "35209900176149", "stolen", ""),
        ("added", "35209900176150", "stolen", ""),
    ]
    assert run("lists", "diff", "2", "2").out == "no entry differs\n"
    assert run("lists", "diff", "2", "2", "--lines").out == ""


@pytest.mark.usefixtures("two")
def test_what_changed_beside_the_lists_is_named(shell: Shell, run: Run) -> None:
    (shell.directory / "map.csv").write_text("imsi,msisdn\n001010000000001,1550000001\n")
    run("subscribers", "load", "map.csv", "--mode", "full")
    assert run("lists", "diff", "2").out == (
        "no entry differs\nthe map of subscribers changed between these versions\n"
    )
    assert json.loads(run("lists", "diff", "3", "2", "--json").out)["beside_lists"] == [
        "subscribers"
    ]
    assert "map of subscribers" not in run("lists", "diff", "1", "2").out


def test_a_difference_is_measured_by_what_the_later_version_protects(load: Run, run: Run) -> None:
    load(FIRST, *FULL)
    load("tac\n35209900\n", "--list", "protected", "--mode", "full")
    load("imei\n35209900176150\n", "--list", "black", "--mode", "delta")
    protecting = json.loads(run("lists", "diff", "1", "--json").out)["contradicting_protected"]
    assert protecting["entries"] == 1
    load("imei\n", "--list", "protected", "--mode", "full", "--allow-empty")
    free = json.loads(run("lists", "diff", "1", "--json").out)["contradicting_protected"]
    assert free == {"entries": 0, "first": []}


@pytest.mark.usefixtures("two")
def test_a_rollback_restores_what_was_and_can_be_undone(shell: Shell, run: Run) -> None:
    tried = run("lists", "rollback", "--to", "1", "--reason", "wrong file", "--dry-run")
    assert tried.out.startswith("1 added, 1 updated, 1 removed\n")
    assert re.search(r"removed +prohibited +local +35209900176150", tried.out)
    assert imeis(shell) == ["35209900176148", "35209900176150"]
    done = shell.eir("lists", "rollback", "--to", "1", "--reason", "wrong file")
    assert done.stdout.startswith("version 3 is as version 1 was: 1 added, 1 updated, 1 removed")
    assert imeis(shell) == ["35209900176148", "35209900176149"]
    report = json.loads(run("lists", "rollback", "--to", "2", "--reason", "no", "--json").out)
    assert (report["version"], report["target"], report["changed"]) == (4, 2, True)
    assert imeis(shell) == ["35209900176148", "35209900176150"]
    again = run("lists", "rollback", "--to", "2", "--reason", "no")
    assert again.out == "nothing to change: version 4 is as version 2 was\n"
    newest = json.loads(run("lists", "versions", "--json").out)[0]
    assert (newest["action"], newest["target"], newest["reason"]) == ("rollback", 2, "no")


@pytest.mark.parametrize(
    "arguments",
    [("diff", "1", "3"), ("diff", "0"), ("rollback", "--to", "3", "--reason", "x")],
)
@pytest.mark.usefixtures("two")
def test_a_version_that_is_not_there_is_said_not_to_be(
    run: Run, arguments: tuple[str, ...]
) -> None:
    with pytest.raises(HistoryError) as refused:
        run("lists", *arguments)
    assert refused.value.next_step


def test_history_that_is_not_kept_is_65_and_says_where_it_starts(shell: Shell) -> None:
    shell.configure("history_days = 0")
    for text in (FIRST, SECOND, FIRST):
        shell.load(text, *FULL)
    found = shell.eir("lists", "diff", "1")
    assert found.returncode == 65
    assert "history starts at version" in found.stderr


@pytest.mark.usefixtures("two")
def test_what_is_as_it_was_written_is_said_to_be(shell: Shell, run: Run) -> None:
    found = shell.eir("lists", "verify")
    last = json.loads(run("lists", "versions", "--limit", "1", "--json").out)[0]["hash"]
    assert (found.returncode, found.stdout) == (
        0,
        f"version 2 and all before it are as they were written: {last}\n",
    )
    run("override", "set", "permitted", "--reason", "test")
    report = json.loads(run("lists", "verify", "--json").out)
    decided = policy_log.records(shell.store)[-1].hash
    assert report == {"version": 2, "hash": last, "policy_records": 1, "policy_hash": decided}
    assert "so is the 1 record of policy.jsonl" in run("lists", "verify").out


@pytest.mark.usefixtures("two")
def test_a_change_of_either_journal_is_met_and_its_record_named(shell: Shell, run: Run) -> None:
    run("override", "set", "permitted", "--reason", "test")
    journal = policy_log.journal(shell.store)
    journal.write_bytes(journal.read_bytes().replace(b"permitted", b"tracking!"))
    with pytest.raises(StoreError, match="broken at record 1"):
        run("lists", "verify")
    data = shell.store / "lists" / "data.mdb"
    data.write_bytes(data.read_bytes().replace(b'"file 2"', b'"file 3"'))
    found = shell.eir("lists", "verify")
    assert found.returncode == 74
    assert "version 2 fails its hash" in found.stderr
