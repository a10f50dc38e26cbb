import json

import pytest

from eir.errors import StoreError, UsageError
from tests.eir.cli.conftest import Run
from tests.eir.running import Shell

LIST = "imei,reason,device\n35209900176148,[bold]stolen[/bold],A\n35209900176149,,A\n"
FULL = ("--list", "black", "--mode", "full")


def test_the_entries_of_an_equipment_are_shown(shell: Shell) -> None:
    shell.load(LIST, *FULL)
    shell.load("imei,expires\n35209900176148,20200101\n", "--list", "white", "--mode", "full")
    found = shell.eir("lists", "show", "352099001761481", "--json")
    nothing = dict.fromkeys(
        ("imei_to", "svn", "tac", "imsi", "msisdn", "effective", "lock", "then")
    )
    assert json.loads(found.stdout) == [
        {
            **nothing,
            "imei": "35209900176148",
            "list": "prohibited",
            "source": "local",
            "reason": "[bold]stolen[/bold]",
            "expires": None,
            "device": "A",
            "siblings": ["35209900176149"],
        },
        {
            **nothing,
            "imei": "35209900176148",
            "list": "permitted",
            "source": "local",
            "reason": None,
            "expires": "2020-01-01T00:00:00Z",
            "device": None,
            "siblings": ["35209900176149"],
        },
    ]
    table = shell.eir("lists", "show", "352099001761481").stdout
    assert "[bold]stolen[/bold]" in table
    assert "2020-01-01T00:00:00Z" in table
    assert table.endswith("\nthe same phone also has 35209900176149\n")


def test_the_first_entries_of_a_list_are_shown(run: Run, load: Run) -> None:
    load(LIST, *FULL)
    found = run("lists", "show", "--list", "prohibited", "--limit", "1", "--json")
    assert [entry["imei"] for entry in json.loads(found.out)] == ["35209900176148"]
    assert run("lists", "show", "--list", "grey").out == "no entry\n"


def test_subscribers_types_and_ranges_are_shown(run: Run, load: Run) -> None:
    lines = (
        "imei,imei_to,tac,imsi,msisdn,reason",
        "35209900000001,,,001010000000001,,pair",
        ",,,001010000000001,1550000001,fraud",
        "35209900000000,35209900000009,,,,batch",
        ",,35209900,,,type",
    )
    load("\n".join(lines), *FULL)

    def reasons(*arguments: str) -> set[str]:
        return {
            line["reason"] for line in json.loads(run("lists", "show", *arguments, "--json").out)
        }

    assert reasons("35209900000001") == {"pair", "batch", "type"}
    assert reasons("--imsi", "001010000000001") == {"pair", "fraud"}
    assert reasons("--msisdn", "+1550000001") == {"fraud"}
    assert reasons("--imsi", "001010000000001", "--msisdn", "1550000001") == {"fraud"}
    assert reasons("--tac", "35209900") == {"batch", "type"}


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("35209900176148", "--list", "black"),
        ("35209900176148", "--imsi", "1"),
        ("1234567890123",),
        ("--imsi", "x"),
        ("--tac", "1"),
    ],
)
def test_showing_nothing_in_particular_is_a_wrong_call(
    run: Run, load: Run, arguments: tuple[str, ...]
) -> None:
    load(LIST, *FULL)
    with pytest.raises(UsageError) as refused:
        run("lists", "show", *arguments)
    assert refused.value.next_step


def test_what_fits_is_searched_for(shell: Shell, run: Run) -> None:
    shell.load(LIST, *FULL)
    found = shell.eir("lists", "search", "--reason", "STOLEN", "--tac", "35209900", "--json")
    assert [line["imei"] for line in json.loads(found.stdout)] == ["35209900176148"]
    assert run("lists", "search", "--expiring-before", "2030-01-01").out == "no entry\n"
    found_some = run("lists", "search", "--list", "black", "--limit", "1")
    assert "35209900176149" not in found_some.out
    assert "there are more than these 1" in found_some.err
    assert not run("lists", "search", "--limit", "2").err
    with pytest.raises(UsageError):
        run("lists", "search", "--tac", "1")


def test_the_lists_are_counted(shell: Shell, run: Run, load: Run) -> None:
    load(LIST, *FULL)
    load(
        "imei,tac\n35209900176148,\n,35209900\n",
        "--list",
        "grey",
        "--mode",
        "full",
        "--source",
        "r",
    )
    found = shell.eir("lists", "stats", "--json")
    report = json.loads(found.stdout)
    assert report["version"] == 2
    assert report["age_seconds"] < 60
    assert report["octets"] == (shell.store / "lists" / "data.mdb").stat().st_size
    assert (report["subscribers"], report["tacs"]) == (0, 0)
    assert report["lists"] == [
        {"list": "prohibited", "source": "local", "kind": "equipment", "entries": 2},
        {"list": "tracking", "source": "r", "kind": "equipment", "entries": 1},
        {"list": "tracking", "source": "r", "kind": "tac", "entries": 1},
    ]
    text = run("lists", "stats").out
    assert "tracking" in text
    assert "version 2, loaded " in text


@pytest.mark.parametrize(
    "arguments", [("stats",), ("show", "--list", "black"), ("show", "1" * 14), ("search",)]
)
def test_without_a_store_there_is_nothing_to_look_into(
    run: Run, arguments: tuple[str, ...]
) -> None:
    with pytest.raises(StoreError) as refused:
        run("lists", *arguments)
    assert "eir lists load" in refused.value.next_step
