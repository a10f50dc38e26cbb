import json

import pytest

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
]
LISTED = "imei,reason\n35209900176148,stolen\n"


@pytest.fixture
def loaded(shell: Shell) -> Shell:
    assert shell.load(LISTED, "--list", "black", "--mode", "full").returncode == 0
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
    }


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
