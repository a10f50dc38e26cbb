import json

import pytest

from eir.errors import ListFileError, UsageError
from eir.store.catalog import reading_lists
from eir.store.journal import Action
from tests.eir.cli.conftest import Run
from tests.eir.running import Shell

MAP = "imsi,msisdn\n001010000000001,+1550000001\n001010000000002,1550000002\n"
CHANGES = "imsi,msisdn,op\n001010000000002,,remove\n001010000000003,1550000003,add\n"


def load(shell: Shell, run: Run, text: str, *arguments: str) -> str:
    (shell.directory / "map.csv").write_text(text)
    return run("subscribers", "load", "map.csv", *arguments).out


def test_a_map_is_loaded_and_asked(shell: Shell, run: Run) -> None:
    found = shell.eir("subscribers", "load", "-", "--mode", "full", stdin=MAP)
    assert found.stdout.startswith("version 1: map of subscribers: 2 added, 0 updated, 0 removed")
    found = shell.eir("subscribers", "show", "001010000000001", "--json")
    assert json.loads(found.stdout) == {"imsi": "001010000000001", "msisdn": "1550000001"}
    assert run("subscribers", "show", "001010000000001").out == "001010000000001: 1550000001\n"
    assert "no number is known" in run("subscribers", "show", "001010000000009").out
    assert run("subscribers", "stats").out == "2 subscribers (version 1)\n"
    report = json.loads(run("subscribers", "stats", "--json").out)
    assert report == {"version": 1, "subscribers": 2}


def test_one_subscriber_is_counted_as_one(shell: Shell, run: Run) -> None:
    load(shell, run, "".join(MAP.splitlines(keepends=True)[:2]), "--mode", "full")
    assert run("subscribers", "stats").out == "1 subscriber (version 1)\n"


def test_changes_are_loaded_and_the_journal_says_what_they_were(shell: Shell, run: Run) -> None:
    load(shell, run, MAP, "--mode", "full")
    report = json.loads(load(shell, run, CHANGES, "--json", "--reason", "daily"))
    assert report == {
        "version": 2,
        "changed": True,
        "mode": "delta",
        "file": "map.csv",
        "added": 1,
        "removed": 1,
        "updated": 0,
        "unchanged": 0,
        "duplicates": 0,
        "absent": 0,
        "bad": 0,
    }
    with reading_lists(shell.store) as lists:
        assert [imsi[-1] for imsi, _ in lists.subscribers()] == ["1", "3"]
        record = lists.record(2)
    assert (record.action, record.list, record.source) == (Action.SUBSCRIBERS, None, "")
    assert record.reason == "daily"
    assert load(shell, run, CHANGES).startswith("nothing to change: the map of subscribers")


def test_a_removal_of_nobody_warns(shell: Shell, run: Run) -> None:
    (shell.directory / "map.csv").write_text("imsi,msisdn,op\n1,,remove\n")
    found = run("subscribers", "load", "map.csv")
    assert "1 removal of a subscriber that was not listed" in found.err


def test_a_wrong_file_or_call_changes_nothing(shell: Shell, run: Run) -> None:
    with pytest.raises(UsageError, match="whole list"):
        load(shell, run, MAP)
    with pytest.raises(ListFileError, match="has the columns imsi and msisdn"):
        load(shell, run, "imsi,reason\n1,x\n", "--mode", "full")
    assert not shell.store.exists()
    load(shell, run, MAP, "--mode", "full")
    with pytest.raises(UsageError, match="an IMSI has 1 to 15 digits"):
        run("subscribers", "show", "x")
