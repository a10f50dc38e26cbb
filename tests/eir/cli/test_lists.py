import json
import shutil
import subprocess
import sys

import pytest

from tests.eir.running import Shell

LIST = "imei,reason\n35209900176148,[bold]stolen[/bold]\n35209900176149,\n"
FULL = ("--list", "black", "--mode", "full")


def test_a_load_says_what_it_did(shell: Shell) -> None:
    found = shell.load(LIST, *FULL)
    assert found.returncode == 0
    assert found.stdout.startswith("version 1: prohibited list of local: 2 added, 0 updated, 0 rem")
    assert found.stderr == ""


def test_a_load_reports_as_json(shell: Shell) -> None:
    (shell.directory / "my list.csv").write_text(LIST)
    arguments = ("lists", "load", "my list.csv", *FULL, "--source", "registry", "--json")
    assert json.loads(shell.eir(*arguments).stdout) == {
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


def test_the_same_file_again_changes_nothing(shell: Shell) -> None:
    shell.load(LIST, *FULL)
    found = shell.load(LIST, *FULL)
    assert found.returncode == 0
    assert found.stdout.startswith("nothing to change")
    assert "version 1" in found.stdout


def test_a_bad_file_is_refused_with_65_and_every_bad_line(shell: Shell) -> None:
    found = shell.load("imei\n35209900176148\n1\n2\n", *FULL)
    assert found.returncode == 65
    assert found.stdout == ""
    assert found.stderr == (
        "eir: stdin: 2 bad lines, nothing was applied\n"
        "  line 3: an IMEI has 14 to 16 digits, not 1\n"
        "  line 4: an IMEI has 14 to 16 digits, not 1\n"
        "next: mend the file, or leave them out with --max-bad 2\n"
    )
    assert shell.eir("check", "35209900176148").returncode == 74


def test_bad_lines_that_are_left_out_are_named(shell: Shell) -> None:
    found = shell.load("imei\n35209900176148\n1\n", *FULL, "--max-bad", "1")
    assert found.returncode == 0
    assert "left out:\n  line 3:" in found.stderr


def test_a_removal_of_something_absent_warns(shell: Shell) -> None:
    found = shell.load("imei,op\n35209900176148,remove\n", "--list", "white")
    assert found.returncode == 0
    assert "1 removals of equipment that was not listed" in found.stderr


@pytest.mark.parametrize(
    ("text", "arguments"),
    [
        (LIST, ("--list", "black")),
        ("imei,op\n35209900176148,add\n", FULL),
        (LIST, ("--list", "purple", "--mode", "full")),
        (LIST, ("--mode", "full")),
        (LIST, (*FULL, "--source", "a:b")),
        (LIST, (*FULL, "--max-bad", "-1")),
        (LIST, ("--list", "black", "--mode", "half")),
        (LIST, (*FULL, "--colour")),
    ],
)
def test_a_wrong_call_is_64_and_loads_nothing(
    shell: Shell, text: str, arguments: tuple[str, ...]
) -> None:
    assert shell.load(text, *arguments).returncode == 64
    assert not shell.store.exists()


def test_a_file_that_is_not_there_is_a_wrong_call(shell: Shell) -> None:
    assert shell.eir("lists", "load", "none.csv", *FULL).returncode == 64


def test_an_empty_full_list_needs_a_word_more(shell: Shell) -> None:
    shell.load(LIST, *FULL)
    found = shell.load("imei\n", *FULL)
    assert found.returncode == 65
    assert "--allow-empty" in found.stderr
    assert shell.load("imei\n", *FULL, "--allow-empty").returncode == 0


def test_a_second_loader_is_told_to_try_again(shell: Shell) -> None:
    script = "import sys; from pathlib import Path; from eir.store.lock import exclusive\n"
    script += "with exclusive(Path(sys.argv[1])): print(flush=True); sys.stdin.read()"
    with subprocess.Popen(
        [sys.executable, "-c", script, str(shell.store)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as holder:
        assert holder.stdout is not None
        holder.stdout.readline()
        found = shell.load(LIST, *FULL)
        assert found.returncode == 75
        assert f"process {holder.pid} is writing to the list store" in found.stderr


def test_a_store_that_cannot_be_written_is_74(shell: Shell) -> None:
    shell.store.write_text("a file, not a directory")
    found = shell.load(LIST, *FULL)
    assert found.returncode == 74
    assert "next: " in found.stderr


def test_the_entries_of_an_equipment_are_shown(shell: Shell) -> None:
    shell.load(LIST, *FULL)
    shell.load("imei,expires\n35209900176148,20200101\n", "--list", "white", "--mode", "full")
    found = shell.eir("lists", "show", "352099001761481", "--json")
    assert json.loads(found.stdout) == [
        {
            "imei": "35209900176148",
            "list": "prohibited",
            "source": "local",
            "reason": "[bold]stolen[/bold]",
            "effective": None,
            "expires": None,
        },
        {
            "imei": "35209900176148",
            "list": "permitted",
            "source": "local",
            "reason": None,
            "effective": None,
            "expires": "2020-01-01T00:00:00Z",
        },
    ]
    table = shell.eir("lists", "show", "352099001761481").stdout
    assert "[bold]stolen[/bold]" in table
    assert "2020-01-01T00:00:00Z" in table


def test_the_first_entries_of_a_list_are_shown(shell: Shell) -> None:
    shell.load(LIST, *FULL)
    found = shell.eir("lists", "show", "--list", "prohibited", "--limit", "1", "--json")
    assert [entry["imei"] for entry in json.loads(found.stdout)] == ["35209900176148"]
    assert shell.eir("lists", "show", "--list", "grey").stdout == "no entry\n"


@pytest.mark.parametrize(
    "arguments", [(), ("35209900176148", "--list", "black"), ("12",), ("--list", "purple")]
)
def test_showing_nothing_in_particular_is_a_wrong_call(
    shell: Shell, arguments: tuple[str, ...]
) -> None:
    shell.load(LIST, *FULL)
    assert shell.eir("lists", "show", *arguments).returncode == 64


def test_the_lists_are_counted(shell: Shell) -> None:
    shell.load(LIST, *FULL)
    shell.load(LIST, "--list", "grey", "--mode", "full", "--source", "registry")
    report = json.loads(shell.eir("lists", "stats", "--json").stdout)
    assert report["version"] == 2
    assert report["age_seconds"] < 60
    assert report["octets"] == (shell.store / "lists" / "data.mdb").stat().st_size
    assert report["lists"] == [
        {"list": "prohibited", "source": "local", "entries": 2},
        {"list": "tracking", "source": "registry", "entries": 2},
    ]
    text = shell.eir("lists", "stats").stdout
    assert "registry" in text
    assert "version 2, loaded " in text


@pytest.mark.parametrize("arguments", [("stats",), ("show", "--list", "black"), ("show", "1" * 14)])
def test_without_a_store_there_is_nothing_to_look_into(
    shell: Shell, arguments: tuple[str, ...]
) -> None:
    found = shell.eir("lists", *arguments)
    assert found.returncode == 74
    assert "eir lists load" in found.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ["check", "352099001761481"],
        ["lists", "stats"],
        ["lists", "show", "--list", "black"],
        ["lists", "load", "{file}", "--list", "black", "--mode", "full"],
        ["lists", "load", "{file}", "--list", "black", "--mode", "delta"],
    ],
)
def test_a_store_that_was_lost_is_said_to_be_and_nothing_is_loaded(
    shell: Shell, arguments: list[str]
) -> None:
    shell.load("imei\n35209900176148\n", "--list", "black", "--mode", "full")
    shutil.rmtree(shell.store / "lists")
    file = shell.config.with_name("delta.csv")
    file.write_text("imei\n35209900176149\n")
    found = shell.eir(*(argument.format(file=file) for argument in arguments))
    assert found.returncode == 74
    assert "does not exist, and it had lists" in found.stderr
    assert f"remove {shell.store / 'lists.version'}" in found.stderr
