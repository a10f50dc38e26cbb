from eir.decision.verdict import Status, Verdict
from tests.eir.decision.lists import IMEI, Lists, ask, on, said, why


def test_what_the_list_names_is_permitted() -> None:
    verdict = ask(Lists(on("permitted", IMEI, reason="audit 7")), unlisted="unknown")
    assert verdict == Verdict(
        status=Status.PERMITTED,
        rule="permitted",
        reason="audit 7",
        list="permitted",
        matched=IMEI,
        source="registry",
        version=7,
    )


def test_what_it_does_not_name_is_left_to_the_next_rule() -> None:
    assert said("permitted", why(Lists())) == "nothing is on the permitted list"
    explanation = why(Lists(on("permitted", "1" * 14)), unlisted="unknown")
    assert explanation.verdict.rule == "unlisted"
    assert said("permitted", explanation) == "nothing on the permitted list names it"
