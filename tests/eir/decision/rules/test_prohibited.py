from eir.decision.verdict import Status, Verdict
from tests.eir.decision.lists import IMEI, Lists, ask, on, said, why


def test_what_the_list_names_is_prohibited() -> None:
    verdict = ask(Lists(on("prohibited", IMEI, reason="audit 7")), unlisted="unknown")
    assert verdict == Verdict(
        status=Status.PROHIBITED,
        rule="prohibited",
        reason="audit 7",
        list="prohibited",
        matched=IMEI,
        source="registry",
        version=7,
    )


def test_what_it_does_not_name_is_left_to_the_next_rule() -> None:
    assert said("prohibited", why(Lists())) == "nothing is on the prohibited list"
    explanation = why(Lists(on("prohibited", "1" * 14)), unlisted="unknown")
    assert explanation.verdict.rule == "unlisted"
    assert said("prohibited", explanation) == "nothing on the prohibited list names it"


def test_a_tracking_entry_that_turns_prohibited_does_so_at_its_expiry() -> None:
    lists = Lists(on("tracking", IMEI, expires=1_000, then="prohibited"))
    assert ask(lists, at=999.9).rule == "tracking"
    verdict = ask(lists, at=1_000.0)
    assert (verdict.status, verdict.rule, verdict.list) == (
        Status.PROHIBITED,
        "prohibited",
        "prohibited",
    )


def test_an_equipment_is_free_only_when_no_source_lists_it() -> None:
    both = Lists(on("prohibited", IMEI, source="a"), on("prohibited", IMEI, source="b"))
    assert ask(both).source == "a"
    assert ask(Lists(on("prohibited", IMEI, source="b"))).status is Status.PROHIBITED
