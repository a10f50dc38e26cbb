from typing import Any

import pytest

from eir.decision.verdict import Check, Status, Verdict
from tests.eir.decision.lists import IMEI, IMSI, MSISDN, OTHER, Line, Lists, ask, on, said, why

STOLEN = on("prohibited", IMEI)
PAIR = on("exception", IMEI, imsi=IMSI)


@pytest.mark.parametrize(
    ("line", "matched"),
    [
        (PAIR, f"{IMEI}+{IMSI}"),
        (on("exception", IMEI, msisdn=MSISDN), f"{IMEI}+{MSISDN}"),
        (on("exception", IMEI, imsi=IMSI, msisdn=MSISDN), f"{IMEI}+{IMSI}+{MSISDN}"),
        (on("exception", imsi=IMSI), IMSI),
        (on("exception", msisdn=MSISDN), MSISDN),
        (on("exception", IMEI), IMEI),  # as on a golden list
        (on("exception", IMEI[:13] + "0", IMEI[:13] + "9"), f"{IMEI[:13]}0-{IMEI[:13]}9"),
        (on("exception", tac=IMEI[:8]), IMEI[:8]),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_an_exception_goes_on_though_prohibited(line: Line, matched: str) -> None:
    lists = Lists(STOLEN, line, subscribers={IMSI: MSISDN})
    verdict = ask(lists, Check(IMEI, imsi=IMSI))
    assert (verdict.status, verdict.rule, verdict.matched) == ("permitted", "exception", matched)


def test_another_subscriber_is_no_exception() -> None:
    explanation = why(Lists(STOLEN, PAIR), Check(IMEI, imsi="001010000000002"))
    assert explanation.verdict.status is Status.PROHIBITED
    assert said("exception", explanation) == (
        "an entry of registry: together with another subscriber or equipment"
    )


def test_the_msisdn_of_an_exception_that_names_the_imsi_is_a_note() -> None:
    lists = Lists(STOLEN, on("exception", IMEI, imsi=IMSI, msisdn="994500000009"))
    assert ask(lists, Check(IMEI, imsi=IMSI)).rule == "exception"


@pytest.mark.parametrize(
    ("no_imsi", "status", "rule"),
    [
        ("prohibited", "prohibited", "exception"),
        ("permitted", "permitted", "exception"),
        ("tracking", "tracking", "exception"),
        ("unknown", "unknown", "exception"),
        ("skip", "prohibited", "prohibited"),
    ],
)
def test_a_request_without_imsi_may_be_an_exception_or_not(
    no_imsi: str, status: str, rule: str
) -> None:
    verdict = ask(Lists(STOLEN, PAIR), exception={"no_imsi": no_imsi})
    assert (verdict.status, verdict.rule) == (status, rule)


def test_the_answer_without_imsi_says_so() -> None:
    wanted = Verdict(
        status=Status.PROHIBITED,
        rule="exception",
        reason="exception_no_imsi",
        list="exception",
        matched=IMEI,
        source="another",
        version=7,
    )
    another = on("exception", IMEI, imsi="001010000000002", source="another")
    assert ask(Lists(STOLEN, PAIR, another)) == wanted
    assert ask(Lists(STOLEN, another, PAIR)) == wanted


@pytest.mark.parametrize(
    ("lists", "check"),
    [
        (Lists(PAIR), Check(IMEI)),
        (Lists(STOLEN, on("exception", OTHER, imsi=IMSI)), Check(IMEI)),
        (Lists(STOLEN, on("exception", IMEI, imsi=IMSI, expires=999)), Check(IMEI)),
        (Lists(STOLEN, PAIR), Check(IMEI, imsi="001010000000002")),
        (Lists(STOLEN, PAIR), Check(IMEI, msisdn=MSISDN)),
        (Lists(on("prohibited", IMEI, svn="02"), PAIR), Check(IMEI)),
        (Lists(on("prohibited", IMEI, imsi=IMSI), PAIR), Check(IMEI)),
    ],
    ids=["not prohibited", "no exception", "expired", "imsi", "msisdn", "other software", "pair"],
)
def test_without_imsi_only_a_prohibited_equipment_with_exceptions_is_answered(
    lists: Lists, check: Check
) -> None:
    assert ask(lists, check, exception={"no_imsi": "tracking"}).rule != "exception"


@pytest.mark.parametrize("settings", [{}, {"individual_first": True}, {"response_type": 3}])
@pytest.mark.parametrize(
    "line",
    [
        on("prohibited", tac="35209900"),
        on("prohibited", "35209900000000", "35209900999999"),
        on("tracking", tac="35209900", expires=999, then="prohibited"),
    ],
    ids=["type", "range", "was tracking"],
)
def test_an_equipment_in_a_prohibited_range_is_prohibited_for_this_too(
    line: Line, settings: dict[str, Any]
) -> None:
    assert ask(Lists(line, PAIR), **settings).reason == "exception_no_imsi"


@pytest.mark.parametrize(
    ("settings", "rule"),
    [
        ({}, "exception"),
        ({"individual_first": True}, "permitted"),
        ({"response_type": 1}, "permitted"),
    ],
)
def test_what_the_prohibited_list_would_not_say_is_not_prohibited_for_this_either(
    settings: dict[str, Any], rule: str
) -> None:
    lists = Lists(on("prohibited", tac="35209900"), on("permitted", IMEI), PAIR)
    assert ask(lists, **settings).rule == rule
