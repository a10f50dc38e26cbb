import hashlib
import json

import pytest

from eir.cli.app import cli
from eir.errors import ListFileError, StoreError, UsageError
from eir.store.catalog import reading_lists
from eir.store.journal import Action
from tests.eir.lists_loading import load_text
from tests.eir.running import Shell

GSMA = (
    "TAC|Manufacturer|Model Name|Brand Name|Device Type|Allocation Date\n"
    "00100199|Example Corp|D1|Example|Handheld|02-Jan-2024\n"
    "00100198|Example Corp|D2|Not Known|Modem|\n"
)
OSMOTAC = "tac,name,name,contributor,comment,gsmarena,gsmarena,aka\r\n00100199,Example,D1,,,,,\r\n"


def run(shell: Shell, *arguments: str) -> None:
    """Run `eir tac` in this process, which takes a tenth of the time."""
    cli.main(["--config", str(shell.config), "tac", *arguments], standalone_mode=False)


def load(shell: Shell, text: str, *arguments: str) -> None:
    file = shell.directory / "types.txt"
    file.write_text(text, newline="")
    run(shell, "load", str(file), *arguments)


def test_what_was_loaded_is_shown(shell: Shell, capsys: pytest.CaptureFixture[str]) -> None:
    load(shell, GSMA)
    assert capsys.readouterr().out == (
        "version 1: 2 types in the TAC database: 2 added, 0 updated, 0 removed\n"
    )
    run(shell, "show", "00100198")
    assert capsys.readouterr().out.splitlines() == [
        "tac             00100198",
        "manufacturer    Example Corp",
        "model           D2",
        "marketing name  -",
        "brand           -",
        "device type     Modem",
        "bands           -",
        "allocated       -",
    ]


def test_json_has_the_same_keys_whether_a_type_is_known_or_not(
    shell: Shell, capsys: pytest.CaptureFixture[str]
) -> None:
    load(shell, GSMA)
    capsys.readouterr()
    run(shell, "show", "00100199", "--json")
    run(shell, "show", "00100100", "--json")
    known, unknown = map(json.loads, capsys.readouterr().out.splitlines())
    assert (known["found"], known["allocated"]) == (True, "2024-01-02")
    assert (unknown["found"], unknown["tac"], list(unknown)) == (False, "00100100", list(known))


def test_a_type_that_is_not_known_is_said_not_to_be(
    shell: Shell, capsys: pytest.CaptureFixture[str]
) -> None:
    load(shell, GSMA)
    capsys.readouterr()
    run(shell, "show", "00100100")
    assert capsys.readouterr().out == "00100100 is not in the TAC database\n"


def test_a_database_takes_the_place_of_the_one_before(
    shell: Shell, capsys: pytest.CaptureFixture[str]
) -> None:
    load(shell, GSMA)
    load(shell, OSMOTAC, "--json")
    assert json.loads(capsys.readouterr().out.splitlines()[1]) == {
        "version": 2,
        "changed": True,
        "source": "osmotac",
        "file": "types.txt",
        "added": 0,
        "removed": 1,
        "updated": 1,
        "unchanged": 0,
        "duplicates": 0,
        "absent": 0,
        "bad": 0,
    }


def test_the_same_database_again_is_no_new_version(
    shell: Shell, capsys: pytest.CaptureFixture[str]
) -> None:
    load(shell, GSMA)
    capsys.readouterr()
    load(shell, GSMA)
    load(shell, GSMA, "--json")
    said, outcome = capsys.readouterr().out.splitlines()
    assert said == "nothing to change: the TAC database already has these 2 types"
    assert (json.loads(outcome)["version"], json.loads(outcome)["changed"]) == (None, False)


def test_the_journal_says_who_says_so_and_from_what_file(shell: Shell) -> None:
    load(shell, GSMA + GSMA.splitlines()[1] + "\n1|X\n", "--source", "gsma-2026", "--max-bad", "1")
    with reading_lists(shell.store) as lists:
        (record,) = lists.records()
    assert (record.action, record.source, record.file) == (Action.TACS, "gsma-2026", "types.txt")
    file = shell.directory / "types.txt"
    assert record.file_hash == hashlib.sha256(file.read_bytes()).hexdigest()
    assert (record.counts.added, record.counts.duplicates, record.counts.bad) == (2, 1, 1)


def test_a_bad_line_refuses_the_file_and_is_named(shell: Shell) -> None:
    with pytest.raises(
        ListFileError, match=r"1 bad line, nothing was applied\n  line 4: a TAC has"
    ):
        load(shell, f"{GSMA}100199|X||||\n")
    with pytest.raises(StoreError):
        run(shell, "show", "00100199")


def test_bad_lines_that_are_left_out_are_named(
    shell: Shell, capsys: pytest.CaptureFixture[str]
) -> None:
    load(shell, f"{GSMA}100199|X||||\n", "--max-bad", "1")
    assert "left out:\n  line 4: a TAC has 8 digits, not 6" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("text", "arguments"),
    [("imei\n1\n", ()), (GSMA, ("--format", "osmotac")), ("TAC|Manufacturer\n", ())],
)
def test_what_is_no_tac_database_is_refused_by_its_name(
    shell: Shell, text: str, arguments: tuple[str, ...]
) -> None:
    with pytest.raises(ListFileError, match=r"^types\.txt: "):
        load(shell, text, *arguments)


def test_a_source_that_is_no_text_is_refused(shell: Shell) -> None:
    with pytest.raises(UsageError, match="a source is one line"):
        load(shell, GSMA, "--source", "two\nlines")


@pytest.mark.parametrize("digits", ["3520990", "352099001761481", "3520990A", ""])
def test_what_is_no_tac_is_refused(shell: Shell, digits: str) -> None:
    with pytest.raises(UsageError, match="a TAC has 8 digits"):
        run(shell, "show", digits)


def test_a_store_without_a_tac_database_says_how_to_load_one(shell: Shell) -> None:
    load_text(shell.store, "imei\n00100199000001\n")
    with pytest.raises(StoreError, match="no TAC database is loaded") as refused:
        run(shell, "show", "00100199")
    assert "eir tac load" in refused.value.next_step
