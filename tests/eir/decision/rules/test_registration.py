import pytest

from eir.decision.verdict import Check, Status, Verdict
from tests.eir.decision.lists import IMEI, IMSI, Line, Lists, ask, on, said, why

REQUIRED = {"unregistered": "prohibited"}


@pytest.mark.parametrize("text", [IMEI, "12", ""])
def test_what_is_not_registered_gets_the_configured_answer(text: str) -> None:
    verdict = ask(Lists(on("registration", "1" * 14)), text, registration=REQUIRED)
    assert verdict == Verdict(Status.PROHIBITED, "registration", "unregistered", version=7)


@pytest.mark.parametrize(
    ("line", "rule"),
    [
        (on("registration", IMEI), "unlisted"),
        (on("registration", tac=IMEI[:8]), "unlisted"),
        (on("registration", imsi=IMSI), "unlisted"),
        (on("permitted", IMEI), "permitted"),
        (on("registration", IMEI, expires=10), "registration"),
        (on("tracking", IMEI), "tracking"),
    ],
)
def test_what_is_registered_or_permitted_goes_on(line: Line, rule: str) -> None:
    verdict = ask(Lists(line), Check(IMEI, imsi=IMSI), registration=REQUIRED)
    assert verdict.rule == rule


def test_the_permitted_list_registers_also_where_its_own_rule_comes_later() -> None:
    order = ["override", "registration", "permitted", "unlisted"]
    verdict = ask(Lists(on("permitted", IMEI)), order=order, registration=REQUIRED)
    assert verdict.rule == "permitted"


def test_it_is_off_by_default() -> None:
    explanation = why(Lists())
    assert explanation.verdict.status is Status.PERMITTED
    assert said("registration", explanation) == "registration.unregistered is off"
