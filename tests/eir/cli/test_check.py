import csv
import json
from datetime import UTC, datetime

import pytest
from click.testing import CliRunner, Result

from eir.cli.check import check
from eir.cli.settings import Settings
from eir.config import Decision
from eir.decision.override import Override
from eir.decision.verdict import Status
from eir.errors import UsageError
from eir.lists.names import ListName
from eir.policy_log import journal, set_override
from tests.eir.lists_loading import load_text
from tests.eir.running import Shell

KEYS = [
    "imei",
    "imsi",
    "msisdn",
    "status",
    "result_code",
    "reason",
    "rule",
    "list",
    "matched",
    "source",
    "version",
    "at",
    "would_be",
    "policy",
    "notified",
]
LISTED = "imei,reason\n35209900176148,stolen\n"


def ask(shell: Shell, command: str, *arguments: str, stdin: str = "") -> Result:
    """Run the command in this process."""
    assert command == check.name
    return CliRunner().invoke(check, arguments, obj=Settings(shell.config), input=stdin)


@pytest.fixture
def loaded(shell: Shell) -> Shell:
    load_text(shell.store, LISTED)
    return shell


def test_a_listed_equipment_is_explained(loaded: Shell) -> None:
    found = loaded.eir("check", "352099001761481")
    assert found.returncode == 0
    assert found.stderr == ""
    assert found.stdout == (
        "352099001761481: prohibited, because 35209900176148 is on the prohibited list of local"
        " (stolen; version 1)\n"
    )


def test_json_has_every_key_for_a_listed_equipment(loaded: Shell) -> None:
    found = loaded.eir("check", "3520990017614899", "--imsi", "001010000000001", "--json")
    report = json.loads(found.stdout)
    assert list(report) == KEYS
    at = report.pop("at")
    assert len(at) == 20
    assert at.endswith("Z")
    assert report == {
        "imei": "3520990017614899",
        "imsi": "001010000000001",
        "msisdn": None,
        "status": "prohibited",
        "result_code": 2001,
        "reason": "stolen",
        "rule": "prohibited",
        "list": "prohibited",
        "matched": "35209900176148",
        "source": "local",
        "version": 1,
        "would_be": None,
        "policy": None,
        "notified": [],
    }


def test_what_a_registry_announced_is_told_and_changes_no_answer(loaded: Shell) -> None:
    load_text(
        loaded.store,
        "imei,imsi,effective,reason\n35209900176149,001010000000001,20991231,not registered\n",
        name=ListName.NOTIFICATION,
        source="national",
    )
    found = loaded.eir("check", "35209900176149")
    assert found.returncode == 0
    assert found.stdout == (
        "35209900176149: permitted, because it is unlisted (version 2)\n"
        "  will be blocked on 2099-12-31, says national: not registered\n"
    )
    notice = {"on": "2099-12-31", "source": "national", "reason": "not registered"}
    for imsi, notified in (("001010000000001", [notice]), ("001010000000002", [])):
        asked = ("35209900176149", "--imsi", imsi, "--json")
        assert json.loads(ask(loaded, "check", *asked).stdout)["notified"] == notified
    asked = ("--batch", "-", "--format", "jsonl")
    (report,) = ask(loaded, "check", *asked, stdin="35209900176149\n").stdout.splitlines()
    assert json.loads(report)["notified"] == [notice]
    asked = ("35209900176149", "--version", "1", "--json")
    assert json.loads(ask(loaded, "check", *asked).stdout)["notified"] == []


@pytest.mark.parametrize(
    ("unlisted", "code"),
    [("permitted", 2001), ("prohibited", 2001), ("tracking", 2001), ("unknown", 5422)],
)
def test_unlisted_equipment_has_the_configured_status(
    loaded: Shell, unlisted: str, code: int
) -> None:
    loaded.configure(f'[decision]\nunlisted = "{unlisted}"\n')
    found = loaded.eir("check", "11111111111111", "--json")
    report = json.loads(found.stdout)
    assert found.returncode == 0
    assert (report["status"], report["result_code"], report["rule"]) == (unlisted, code, "unlisted")
    assert (report["list"], report["matched"], report["source"]) == (None, None, None)


def test_a_malformed_identity_is_a_verdict_not_an_error(loaded: Shell) -> None:
    found = loaded.eir("check", "35x", "--json")
    assert found.returncode == 0
    assert json.loads(found.stdout)["reason"] == "malformed"


def test_a_wrong_check_digit_warns_and_changes_nothing(loaded: Shell) -> None:
    found = loaded.eir("check", "352099001761480")
    assert found.returncode == 0
    assert found.stderr == "eir: warning: the check digit should be 1\n"
    assert "prohibited" in found.stdout


def test_before_a_first_list_it_says_how_to_load_one(shell: Shell) -> None:
    found = shell.eir("check", "352099001761481", "--json")
    assert found.returncode == 74
    assert "next: load a first list: eir lists load" in found.stderr
    report = json.loads(found.stdout)
    assert list(report) == KEYS
    assert (report["status"], report["rule"], report["reason"], report["version"]) == (
        "permitted",
        "on_failure",
        "store_unreadable",
        None,
    )


@pytest.mark.parametrize(
    ("on_failure", "status", "code"),
    [("tracking", "tracking", 2001), ("unknown", "unknown", 5422), ("error", None, 5012)],
)
def test_a_broken_store_is_answered_as_configured_and_never_as_unlisted(
    loaded: Shell, on_failure: str, status: str | None, code: int
) -> None:
    loaded.configure(f'[decision]\nunlisted = "prohibited"\non_failure = "{on_failure}"\n')
    (loaded.store / "lists" / "data.mdb").write_bytes(b"\0" * 8192)
    found = loaded.eir("check", "352099001761481", "--json")
    assert found.returncode == 74
    assert "garbled" in found.stderr
    report = json.loads(found.stdout)
    assert (report["status"], report["result_code"]) == (status, code)


def test_an_imsi_that_is_none_is_a_wrong_call(loaded: Shell) -> None:
    found = loaded.eir("check", "352099001761481", "--imsi", "12a")
    assert found.returncode == 64
    assert "12a" not in found.stderr


def test_an_explanation_has_a_line_for_each_rule(loaded: Shell) -> None:
    found = ask(loaded, "check", "352099001761481", "--explain")
    assert found.exit_code == 0
    lines = [line.split(maxsplit=1) for line in found.stdout.splitlines()[1:]]
    assert [rule for rule, _ in lines] == list(Decision().order)
    rest = dict(lines)
    assert rest["override"] == "not run  no override is set"
    assert rest["prohibited"] == (
        "decides  prohibited: 35209900176148 is on the prohibited list of local (stolen)"
    )
    report = json.loads(ask(loaded, "check", "352099001761481", "--explain", "--json").stdout)
    assert report["explanation"][4]["rule"] == "prohibited"


def test_who_asks_chooses_the_policy(loaded: Shell) -> None:
    loaded.configure(
        '[[policy]]\nname = "pilot"\naudit = true\n'
        'match = { interfaces = ["map"], point_codes = ["2-10-5"], calling = ["9945"] }\n'
    )
    asked = ("check", "35209900176148", "--interface", "map", "--peer")
    report = json.loads(ask(loaded, *asked, "2-10-5/994500000001", "--json").stdout)
    assert (report["policy"], report["status"], report["would_be"]) == (
        "pilot",
        "permitted",
        "prohibited",
    )
    said = ask(loaded, *asked, "2-10-5/994500000001", "--explain").stdout
    assert "permitted (an audit: it would be prohibited), because" in said
    assert "\n  policy pilot\n" in said
    assert json.loads(ask(loaded, *asked, "2-10-6", "--json").stdout)["policy"] is None


def test_a_broken_journal_of_policies_is_told_beside_the_answer(loaded: Shell) -> None:
    now = int(datetime.now(UTC).timestamp())
    set_override(loaded.store, Override(Status.TRACKING, "drill", "root", since=now - 1))
    with journal(loaded.store).open("ab") as file:
        file.write(b"nonsense\n")
    found = loaded.eir("check", "352099001761481", "--json")
    assert found.returncode == 0
    assert json.loads(found.stdout)["rule"] == "override"
    assert "warning: policy.jsonl is broken at record 2" in found.stderr


def test_a_batch_is_answered_line_by_line(loaded: Shell) -> None:
    found = ask(loaded, "check", "--batch", "-", stdin="35209900176148\n\n12\n")
    assert found.exit_code == 0
    rows = list(csv.DictReader(found.stdout.splitlines()))
    assert [(row["imei"], row["status"], row["reason"]) for row in rows] == [
        ("35209900176148", "prohibited", "stolen"),
        ("12", "permitted", "malformed"),
    ]
    found = ask(
        loaded,
        "check", "--batch", "-", "--format", "jsonl", "--explain",
        stdin="IMSI,imei\n001010000000001,35209900176148\n",
    )  # fmt: skip
    (report,) = map(json.loads, found.stdout.splitlines())
    assert (report["imsi"], report["status"]) == ("001010000000001", "prohibited")
    assert len(report["explanation"]) == len(Decision().order)


def test_the_past_is_answered_by_its_lists(loaded: Shell) -> None:
    load_text(loaded.store, "imei\n11111111111111\n")
    asked = ("check", "35209900176148", "--json")
    assert json.loads(ask(loaded, *asked).stdout)["rule"] == "unlisted"
    report = json.loads(ask(loaded, *asked, "--version", "1").stdout)
    assert (report["rule"], report["version"]) == ("prohibited", 1)


def test_a_file_may_be_asked_as_if_it_were_loaded(loaded: Shell) -> None:
    file = loaded.directory / "next.csv"
    file.write_text("imei,reason\n11111111111111,lost\n")
    asked = ("--if", str(file), "--list", "prohibited", "--mode", "full", "--json")
    report = json.loads(ask(loaded, "check", "11111111111111", *asked).stdout)
    assert (report["status"], report["reason"]) == ("prohibited", "lost")
    report = json.loads(ask(loaded, "check", "11111111111111", "--json").stdout)
    assert (report["status"], report["version"]) == ("permitted", 1)


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("1", "--batch", "-"),
        ("--batch", "-", "--imsi", "001010000000001"),
        ("--batch", "-", "--explain"),
        ("1", "--list", "prohibited"),
        ("1", "--if", "-"),
        ("1", "--if", "-", "--list", "prohibited", "--version", "1"),
        ("1", "--interface", "map", "--peer", "mme1.example.net"),
        ("1", "--svn", "1"),
    ],
)
def test_a_call_that_makes_no_sense_says_what_would(
    shell: Shell, arguments: tuple[str, ...]
) -> None:
    found = CliRunner().invoke(check, arguments, obj=Settings(shell.config))
    assert isinstance(found.exception, UsageError)
    assert found.exception.next_step
