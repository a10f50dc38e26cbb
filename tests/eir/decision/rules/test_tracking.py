from eir.decision.verdict import Status, Verdict
from tests.eir.decision.lists import IMEI, Lists, ask, on, said, why


def test_what_the_list_names_is_tracking() -> None:
    verdict = ask(Lists(on("tracking", IMEI, reason="audit 7")), unlisted="unknown")
    assert verdict == Verdict(
        status=Status.TRACKING,
        rule="tracking",
        reason="audit 7",
        list="tracking",
        matched=IMEI,
        source="registry",
        version=7,
    )


def test_what_it_does_not_name_is_left_to_the_next_rule() -> None:
    assert said("tracking", why(Lists())) == "nothing is on the tracking list"
    explanation = why(Lists(on("tracking", "1" * 14)), unlisted="unknown")
    assert explanation.verdict.rule == "unlisted"
    assert said("tracking", explanation) == "nothing on the tracking list names it"
