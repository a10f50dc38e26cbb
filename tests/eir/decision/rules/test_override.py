from eir.decision.facts import Facts
from eir.decision.override import Override
from eir.decision.rules import override
from eir.decision.verdict import Check, Status, Verdict
from tests.eir.decision.lists import IMEI, NOW, Lists, on, plan, said, why

SET = Override(Status.TRACKING, "fire in the data centre", "root", since=0)


def test_everybody_gets_the_override_and_nothing_is_read() -> None:
    lists = Lists(on("prohibited", IMEI))
    verdict = plan(lists, SET).decide(Facts(Check(IMEI), lists, NOW))
    assert verdict == Verdict(Status.TRACKING, "override", "fire in the data centre", version=7)
    assert not lists.reads


def test_without_an_override_the_lists_answer() -> None:
    explanation = why(Lists(on("prohibited", IMEI)))
    assert explanation.verdict.rule == "prohibited"
    assert said("override", explanation) == "no override is set"


def test_without_lists_it_answers_without_a_version() -> None:
    assert override.answer(SET, None).version is None
