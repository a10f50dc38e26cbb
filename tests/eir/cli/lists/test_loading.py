import json
import shutil
import subprocess
import sys

import click
import pytest

from eir.errors import ListFileError, StoreBusyError, StoreError, UsageError
from eir.store.catalog import reading_lists
from tests.eir.cli.conftest import Run
from tests.eir.running import Shell

LIST = "imei,reason\n35209900176148,[bold]stolen[/bold]\n35209900176149,\n"
FULL = ("--list", "black", "--mode", "full")


def test_a_load_says_what_it_did(shell: Shell) -> None:
    found = shell.load(LIST, *FULL)
    assert found.returncode == 0
    assert found.stdout.startswith("version 1: prohibited list of local: 2 added, 0 updated, 0 rem")
    assert found.stderr == ""


def test_a_load_reports_as_json(shell: Shell, run: Run) -> None:
    (shell.directory / "my list.csv").write_text(LIST)
    found = run("lists", "load", "my list.csv", *FULL, "--source", "registry", "--json")
    assert json.loads(found.out) == {
        "version": 1,
        "changed": True,
        "list": "prohibited",
        "source": "registry",
        "mode": "full",
        "file": "my list.csv",
        "added": 2,
        "removed": 0,
        "updated": 0,
        "unchanged": 0,
        "duplicates": 0,
        "absent": 0,
        "bad": 0,
    }


def test_the_same_file_again_changes_nothing(load: Run) -> None:
    load(LIST, *FULL)
    found = load(LIST, *FULL)
    assert found.out.startswith("nothing to change")
    assert "version 1" in found.out


def test_the_journal_says_why(shell: Shell, load: Run) -> None:
    load(LIST, *FULL, "--reason", "daily file 117")
    with reading_lists(shell.store) as lists:
        assert lists.record(1).reason == "daily file 117"


def test_a_bad_file_is_refused_with_65_and_every_bad_line(shell: Shell) -> None:
    found = shell.load("imei\n35209900176148\n1234567890123\n12345678\n", *FULL)
    assert found.returncode == 65
    assert found.stdout == ""
    assert found.stderr == (
        "eir: stdin: 2 bad lines, nothing was applied\n"
        "  line 3: an IMEI has 14 to 16 digits, not 13; leading zeros may be lost\n"
        "  line 4: an IMEI has 14 to 16 digits, not 8\n"
        "next: mend the file, or leave them out with --max-bad 2\n"
    )
    assert shell.eir("check", "35209900176148").returncode == 74


def test_bad_lines_that_are_left_out_are_named(load: Run) -> None:
    found = load("imei\n35209900176148\n1234567890123\n", *FULL, "--max-bad", "1")
    assert "left out:\n  line 3:" in found.err


def test_a_removal_of_something_absent_warns(load: Run) -> None:
    found = load("imei,op\n35209900176148,remove\n", "--list", "white")
    assert "1 removal of equipment that was not listed" in found.err


@pytest.mark.parametrize(
    ("text", "arguments"),
    [
        (LIST, ("--list", "black")),
        ("imei,op\n35209900176148,add\n", FULL),
        (LIST, ("--list", "purple", "--mode", "full")),
        (LIST, (*FULL, "--source", "a:b")),
        (LIST, (*FULL, "--max-bad", "-1")),
        (LIST, (*FULL, "--reason", " ")),
        (LIST, ("--list", "black", "--mode", "half")),
        (LIST, (*FULL, "--colour")),
    ],
)
def test_a_wrong_call_loads_nothing(
    shell: Shell, load: Run, text: str, arguments: tuple[str, ...]
) -> None:
    with pytest.raises((UsageError, click.UsageError)):
        load(text, *arguments)
    assert not shell.store.exists()


def test_a_file_that_is_not_there_is_64(shell: Shell) -> None:
    assert shell.eir("lists", "load", "none.csv", *FULL).returncode == 64


def test_a_load_that_names_no_list_is_64(shell: Shell) -> None:
    assert shell.load(LIST, "--mode", "full").returncode == 64


def test_an_empty_full_list_needs_a_word_more(load: Run) -> None:
    load(LIST, *FULL)
    with pytest.raises(ListFileError) as refused:
        load("imei\n", *FULL)
    assert "--allow-empty" in refused.value.next_step
    load("imei\n", *FULL, "--allow-empty")


@pytest.mark.parametrize("more", [(), ("--dry-run",)])
def test_a_second_loader_is_told_to_try_again(
    shell: Shell, load: Run, more: tuple[str, ...]
) -> None:
    script = "import sys; from pathlib import Path; from eir.store.lock import exclusive\n"
    script += "with exclusive(Path(sys.argv[1])): print(flush=True); sys.stdin.read()"
    with subprocess.Popen(
        [sys.executable, "-c", script, str(shell.store)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as holder:
        assert holder.stdout is not None
        holder.stdout.readline()
        with pytest.raises(StoreBusyError, match=f"process {holder.pid} is writing"):
            load(LIST, *FULL, *more)


def test_a_store_that_cannot_be_written_is_74(shell: Shell) -> None:
    shell.store.write_text("a file, not a directory")
    found = shell.load(LIST, *FULL)
    assert found.returncode == 74
    assert "next: " in found.stderr


def test_a_dry_run_tells_the_impact_and_changes_nothing(shell: Shell, load: Run) -> None:
    found = load(LIST, *FULL, "--dry-run")
    assert found.out.startswith("nothing was applied; it would be version 1: prohibited list of lo")
    assert "\n2 added, 0 updated, 0 removed\n" in found.out
    assert "[bold]stolen[/bold]" in found.out
    assert not (shell.store / "lists.version").exists()
    load(LIST, *FULL)
    assert load(LIST, *FULL, "--dry-run").out.startswith("nothing to change: the prohibited list")
    load("imei\n35209900176149\n", "--list", "protected", "--mode", "full")
    found = load("imei\n35209900176149\n35209900176150\n", *FULL, "--dry-run", "--json")
    report = json.loads(found.out)
    assert (report["dry_run"], report["version"], report["changed"]) == (True, 2, True)
    assert report["impact"]["entries"] == {"added": 1, "removed": 1, "updated": 0}
    with reading_lists(shell.store) as lists:
        assert lists.version == 2


def test_a_dry_run_names_what_is_protected_and_the_phones(
    shell: Shell, run: Run, load: Run
) -> None:
    (shell.directory / "tacs.txt").write_text(
        "TAC|Manufacturer|Model Name|Brand Name|Device Type|Allocation Date\n"
        "35209900|Example Corp|D1|Example|Handheld|02-Jan-2024\n"
    )
    run("tac", "load", "tacs.txt")
    load("tac\n35209900\n", "--list", "protected", "--mode", "full")
    found = load(LIST, *FULL, "--dry-run", "--json")
    impact = json.loads(found.out)["impact"]
    assert impact["contradicting_protected"]["entries"] == 2
    first = impact["contradicting_protected"]["first"][0]
    assert (first["change"], first["imei"]) == ("added", "35209900176148")
    assert impact["tacs"] == [
        {"tac": "35209900", "added": 2, "removed": 0, "updated": 0, "name": "Example D1"}
    ]
    table = load(LIST, *FULL, "--dry-run").out
    assert "Example D1" in table
    assert "2 entries block what the protected list protects, which goes on:" in table


def test_a_list_without_effect_is_said_to_be_and_what_to_set(load: Run) -> None:
    found = load("tac\n35209900\n", "--list", "tac-barred", "--mode", "full")
    assert "warning: the tac-barred list changes no answer: set [decision.tac] barred" in found.err


@pytest.mark.parametrize(
    "arguments",
    [
        ["check", "352099001761481"],
        ["lists", "stats"],
        ["lists", "show", "--list", "black"],
        ["lists", "load", "delta.csv", "--list", "black", "--mode", "full"],
        ["lists", "load", "delta.csv", "--list", "black", "--mode", "full", "--dry-run"],
        ["lists", "load", "delta.csv", "--list", "black", "--mode", "delta"],
    ],
)
def test_a_store_that_was_lost_is_said_to_be_and_nothing_is_loaded(
    shell: Shell, run: Run, load: Run, arguments: list[str]
) -> None:
    load("imei\n35209900176148\n", *FULL)
    shutil.rmtree(shell.store / "lists")
    shell.config.with_name("delta.csv").write_text("imei\n35209900176149\n")
    with pytest.raises(StoreError, match="does not exist, and it had lists") as refused:
        run(*arguments)
    assert f"remove {shell.store / 'lists.version'}" in refused.value.next_step
