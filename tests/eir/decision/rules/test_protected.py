import pytest

from eir.decision.verdict import Check, Status, Verdict
from tests.eir.decision.lists import IMEI, IMSI, Line, Lists, ask, on, said, why


@pytest.mark.parametrize(
    ("line", "matched"),
    [
        (on("protected", IMEI), IMEI),
        (on("protected", "35209900000000", IMEI), f"35209900000000-{IMEI}"),
        (on("protected", tac="35209900"), "35209900"),
        (on("protected", imsi=IMSI), IMSI),
        (on("protected", IMEI, imsi=IMSI, msisdn="1"), f"{IMEI}+{IMSI}+1"),
    ],
    ids=["imei", "range", "type", "imsi", "combination"],
)
def test_what_is_protected_is_permitted_though_a_list_prohibits_it(
    line: Line, matched: str
) -> None:
    verdict = ask(Lists(line, on("prohibited", IMEI)), Check(IMEI, imsi=IMSI))
    assert verdict == Verdict(
        status=Status.PERMITTED,
        rule="protected",
        reason="listed",
        list="protected",
        matched=matched,
        source="registry",
        version=7,
    )


def test_what_is_not_protected_is_prohibited() -> None:
    explanation = why(Lists(on("protected", "1" * 14), on("prohibited", IMEI)))
    assert explanation.verdict.rule == "prohibited"
    assert said("protected", explanation) == "nothing on the protected list names it"
    assert said("protected", why(Lists())) == "nothing is on the protected list"
