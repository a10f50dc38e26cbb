import json

import pytest

from eir.errors import UsageError
from eir.lists.names import ListName
from eir.store.catalog import reading_lists
from eir.store.journal import Action
from tests.eir.cli.conftest import Run
from tests.eir.running import Shell

IMEI, OTHER = "35209900176148", "35209900176149"
BLACK = ("--list", "black", "--reason", "theft, report 4711")


def test_an_entry_is_added_and_removed_and_both_are_told(shell: Shell) -> None:
    found = shell.eir("lists", "add", f"{IMEI}1", *BLACK, "--expires", "2031-01-01")
    assert (found.returncode, found.stderr) == (0, "")
    assert found.stdout == (
        f"version 1: prohibited list of local: {IMEI}\n"
        "was: not listed\n"
        "is:  theft, report 4711, until 2031-01-01T00:00:00Z\n"
    )
    found = shell.eir("lists", "remove", IMEI, "--list", "black", "--reason", "found")
    assert (found.returncode, found.stderr) == (0, "")
    assert found.stdout == (
        f"version 2: prohibited list of local: {IMEI}\n"
        "was: theft, report 4711, until 2031-01-01T00:00:00Z\n"
        "is:  not listed\n"
    )


def test_the_journal_says_what_it_was_and_why(shell: Shell, run: Run) -> None:
    run("lists", "add", IMEI, *BLACK, "--source", "court")
    run("lists", "remove", IMEI, "--list", "black", "--reason", "found", "--source", "court")
    with reading_lists(shell.store) as lists:
        removed, added = lists.records()
    assert (added.action, added.reason, added.source) == (Action.ADD, BLACK[-1], "court")
    assert (removed.action, removed.reason, removed.file) == (Action.REMOVE, "found", "")
    assert (added.counts.added, removed.counts.removed) == (1, 1)


def test_an_entry_that_is_there_is_changed_or_left(run: Run) -> None:
    run("lists", "add", IMEI, *BLACK)
    again = run("lists", "add", IMEI, *BLACK)
    assert again.out == (
        f"nothing to change: prohibited list of local: {IMEI} (version 1): theft, report 4711\n"
    )
    changed = run("lists", "add", IMEI, "--list", "black", "--reason", "lost", "--json")
    assert json.loads(changed.out) == {
        "version": 2,
        "changed": True,
        "list": "prohibited",
        "source": "local",
        "imei": IMEI,
        **dict.fromkeys(("imei_to", "svn", "tac", "imsi", "msisdn")),
        "before": {
            "reason": "theft, report 4711",
            **dict.fromkeys(("effective", "expires", "lock", "then")),
        },
        "after": {"reason": "lost", **dict.fromkeys(("effective", "expires", "lock", "then"))},
        "siblings": [],
    }


def test_removing_what_is_not_listed_is_said_and_is_no_error(shell: Shell, run: Run) -> None:
    found = shell.eir("lists", "remove", IMEI, *BLACK)
    assert (found.returncode, found.stdout) == (0, "")
    assert "this is not listed, so there is nothing to remove" in found.stderr
    run("lists", "add", IMEI, *BLACK)
    report = json.loads(run("lists", "remove", OTHER, *BLACK, "--json").out)
    assert (report["version"], report["changed"]) == (1, False)


def test_who_still_lists_it_is_named(run: Run) -> None:
    run("lists", "add", IMEI, *BLACK)
    assert not run("lists", "add", IMEI, *BLACK, "--source", "registry").err
    run("lists", "add", "--tac", IMEI[:8], "--list", "black", "--reason", "recalled")
    run("lists", "add", IMEI, "--list", "grey", "--reason", "noted")
    found = run("lists", "remove", IMEI, *BLACK)
    assert f"still names it: {IMEI} (registry: theft, report 4711)" in found.err
    assert f"still names it: {IMEI[:8]} (local: recalled)" in found.err
    assert "noted" not in found.err
    assert found.out.endswith("is:  not listed\n")


def test_the_other_imeis_of_the_phone_are_named(run: Run, load: Run) -> None:
    load(f"imei,device\n{IMEI},A\n{OTHER},A\n", "--list", "grey", "--mode", "full")
    asked = f"the same phone also has {OTHER}: add it too?\n"
    assert run("lists", "add", IMEI, *BLACK).out.endswith(asked)
    assert "the same phone" not in run("lists", "add", OTHER, *BLACK).out
    removed = run("lists", "remove", IMEI, *BLACK)
    assert removed.out.endswith(f"the same phone also has {OTHER}: remove it too?\n")
    gone = run("lists", "remove", IMEI, "--list", "grey", "--reason", "x", "--json")
    assert json.loads(gone.out)["siblings"] == [{"imei": OTHER, "listed": True}]


@pytest.mark.parametrize(
    ("arguments", "key"),
    [
        ((IMEI, "--list", "black"), IMEI),
        ((IMEI, "--list", "black", "--svn", "01"), f"{IMEI}/01"),
        ((IMEI, "--list", "black", "--imei-to", OTHER), f"{IMEI}-{OTHER}"),
        (("--list", "tac-barred", "--tac", "35209900"), "35209900"),
        (("--list", "exception", "--imsi", "001010000000001"), "001010000000001"),
        ((IMEI, "--list", "binding", "--msisdn", "+1550000001"), f"{IMEI}+1550000001"),
        (("nonsense", "--list", "black"), "NONSENSE"),
    ],
)
def test_every_kind_of_subject_can_be_added_and_removed(
    shell: Shell, run: Run, arguments: tuple[str, ...], key: str
) -> None:
    added = run("lists", "add", *arguments, "--reason", "why")
    assert added.out.splitlines()[0].endswith(f" list of local: {key}")
    with reading_lists(shell.store) as lists:
        assert [line.subject.key for line in lists.lines()] == [key]
    run("lists", "remove", *arguments, "--reason", "why")
    with reading_lists(shell.store) as lists:
        assert not list(lists.lines())


def test_what_an_entry_says_is_as_in_a_file(shell: Shell, run: Run) -> None:
    run(
        *("lists", "add", IMEI, "--list", "grey", "--reason", "watched", "--then", "prohibited"),
        *("--effective", "2030-01-01", "--expires", "2031-01-01T06:00:00+06:00"),
    )
    run(
        "lists", "add", OTHER, "--imsi", "1", "--list", "binding", "--lock", "equipment", *BLACK[2:]
    )
    with reading_lists(shell.store) as lists:
        binding, tracking = [line.entry for line in lists.lines()]
    assert tracking.then is ListName.PROHIBITED
    assert (tracking.effective, tracking.expires) == (1893456000, 1924992000)
    assert binding.lock == "equipment"


def test_an_identity_that_is_no_imei_is_remarked_on(run: Run) -> None:
    assert "this is no IMEI" in run("lists", "add", "nonsense", *BLACK).err


def test_a_list_without_effect_is_remarked_on(run: Run) -> None:
    barred = ("--tac", "35209900", "--list", "tac-barred", "--reason", "recalled")
    assert "the tac-barred list changes no answer" in run("lists", "add", *barred).err
    assert not run("lists", "remove", *barred).err


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        ((), "name an equipment"),
        ((IMEI, "--tac", "35209900"), "no line is about imei and tac at once"),
        (("1234567890123",), "leading zeros may be lost"),
        (("--imsi", "x"), "an IMSI has 1 to 15 digits"),
        ((IMEI, "--expires", "tomorrow"), "an instant is written"),
        ((IMEI, "--lock", "mutual"), "only the binding list has locks"),
        ((IMEI, "--source", "a:b"), "a source is 1 to 64"),
    ],
)
def test_a_wrong_call_changes_nothing(
    shell: Shell, run: Run, arguments: tuple[str, ...], why: str
) -> None:
    with pytest.raises(UsageError, match=why) as refused:
        run("lists", "add", *arguments, *BLACK)
    assert refused.value.next_step
    assert not shell.store.exists()


@pytest.mark.parametrize("command", ["add", "remove"])
def test_without_a_reason_it_is_64(shell: Shell, command: str) -> None:
    found = shell.eir("lists", command, IMEI, "--list", "black")
    assert found.returncode == 64
    assert "Missing option '--reason'" in found.stderr
