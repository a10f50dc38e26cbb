import csv
import json
from dataclasses import replace
from datetime import date

import pytest

from eir.cli import answers
from eir.decision.explain import Explanation, Finding, Outcome
from eir.decision.verdict import ON_FAILURE, Check, Reason, Status, Verdict
from eir.lists.notified import Notice

IMEI = "35209900176148"
CHECK = Check(IMEI, imsi="001010000000001")
LISTED = Verdict(
    status=Status.PROHIBITED,
    rule="prohibited",
    reason="stolen",
    list="prohibited",
    matched=IMEI,
    source="local",
    version=3,
)
EXPLANATION = Explanation(
    LISTED,
    "pilot",
    (
        Finding("override", Outcome.NOT_RUN, "no override is set"),
        Finding("tac", Outcome.PASSES, "nothing"),
    ),
)


@pytest.mark.parametrize(
    ("verdict", "wanted"),
    [
        (
            LISTED,
            f"prohibited, because {IMEI} is on the prohibited list of local (stolen; version 3)",
        ),
        (
            replace(LISTED, rule="binding", reason="binding_subscriber", list="binding"),
            (
                "prohibited, because its subscriber is tied to other equipment,"
                " by the binding list of local (version 3)"
            ),
        ),
        (
            replace(LISTED, status=Status.PERMITTED, would_be=Status.UNKNOWN),
            (
                f"permitted (an audit: it would be unknown), because {IMEI} is on the prohibited"
                " list of local, but not on the permitted list (stolen; version 3)"
            ),
        ),
        (
            Verdict(Status.PERMITTED, "unlisted", "unlisted", version=3),
            "permitted, because it is unlisted (version 3)",
        ),
        (
            Verdict(Status.PERMITTED, "tac", "tac_test", version=3, would_be=Status.TRACKING),
            "permitted (an audit: it would be tracking), because it is tac_test (version 3)",
        ),
        (
            Verdict(Status.TRACKING, "override", "drill"),
            "tracking, because everybody is, by override: drill",
        ),
        (
            Verdict(None, ON_FAILURE, Reason.STORE_UNREADABLE),
            "an error, because the lists cannot be read",
        ),
    ],
)
def test_a_verdict_is_said_in_a_sentence(verdict: Verdict, wanted: str) -> None:
    assert answers.sentence(CHECK, verdict) == f"35209900176148: {wanted}"


def test_an_explanation_has_a_line_a_rule() -> None:
    assert list(answers.lines(EXPLANATION)) == [
        "  policy pilot",
        "  override  not run  no override is set",
        "  tac       passes   nothing",
    ]
    assert list(answers.lines(Explanation(LISTED, None))) == []


@pytest.mark.parametrize(
    ("status", "code"),
    [("permitted", 2001), ("prohibited", 2001), ("tracking", 2001), ("unknown", 5422)],
)
def test_a_status_has_the_code_that_s13_answers(status: str, code: int) -> None:
    explanation = Explanation(Verdict(Status(status), "unlisted", "unlisted"), None)
    assert answers.report(CHECK, explanation, (), 0.0)["result_code"] == code


def test_an_error_has_its_code_too() -> None:
    explanation = Explanation(Verdict(None, ON_FAILURE, "store_unreadable"), None)
    assert answers.report(CHECK, explanation, (), 0.0)["result_code"] == 5012


def test_answers_are_written_line_by_line(capsys: pytest.CaptureFixture[str]) -> None:
    found = [answers.report(CHECK, EXPLANATION, (), 1.5)] * 2
    answers.write_csv(found)
    rows = list(csv.DictReader(capsys.readouterr().out.splitlines()))
    assert rows[0] == {key: str(value) if value else "" for key, value in found[0].items()}
    assert len(rows) == 2
    answers.write_json_lines(found)
    assert [json.loads(line) for line in capsys.readouterr().out.splitlines()] == found
    assert found[0]["at"] == "1970-01-01T00:00:01Z"
    answers.write_csv([])
    assert capsys.readouterr().out == ""


NOTICES = (
    Notice(date(2026, 3, 1), "national", "IMEI not registered", is_due=False),
    Notice(None, "other", "", is_due=False),
)


def test_what_was_announced_has_a_line_each_in_the_tense_of_the_day() -> None:
    late = Notice(date(2026, 1, 1), "national", "", is_due=True)
    assert list(answers.notices((*NOTICES, late))) == [
        "  will be blocked on 2026-03-01, says national: IMEI not registered",
        "  will be blocked, says other",
        "  was to be blocked on 2026-01-01, says national",
    ]


def test_what_was_announced_is_in_json_and_in_one_cell(
    capsys: pytest.CaptureFixture[str],
) -> None:
    found = answers.report(CHECK, EXPLANATION, NOTICES, 1.5)
    assert found["notified"] == [
        {"on": "2026-03-01", "source": "national", "reason": "IMEI not registered"},
        {"on": None, "source": "other", "reason": ""},
    ]
    answers.write_csv([found])
    (row,) = csv.DictReader(capsys.readouterr().out.splitlines())
    assert row["notified"] == "2026-03-01 national IMEI not registered; other"


def test_what_each_rule_found_is_added() -> None:
    found = answers.explained({"imei": "1"}, EXPLANATION)
    assert found["explanation"] == [
        {"rule": "override", "outcome": "not run", "found": "no override is set"},
        {"rule": "tac", "outcome": "passes", "found": "nothing"},
    ]
