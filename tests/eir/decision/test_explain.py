from eir.decision.explain import Finding, Outcome
from eir.decision.verdict import Check
from tests.eir.decision.lists import IMEI, IMSI, Lists, ask, on, said, why

STOLEN = on("prohibited", IMEI, reason="stolen", source="police")


def test_each_rule_has_a_line_in_its_order() -> None:
    lists = Lists(on("protected", "1" * 14), STOLEN)
    order = ["protected", "override", "prohibited", "tracking", "unlisted"]
    assert why(lists, order=order).findings == (
        Finding("protected", Outcome.PASSES, "nothing on the protected list names it"),
        Finding("override", Outcome.NOT_RUN, "no override is set"),
        Finding(
            "prohibited",
            Outcome.DECIDES,
            f"prohibited: {IMEI} is on the prohibited list of police (stolen)",
        ),
        Finding("tracking", Outcome.NOT_RUN, "nothing is on the tracking list"),
        Finding("unlisted", Outcome.NOT_RUN, "a rule before it decided"),
    )


def test_the_verdict_is_that_of_the_plan() -> None:
    for lists in (Lists(), Lists(STOLEN)):
        for text in (IMEI, "12"):
            assert why(lists, text).verdict == ask(lists, text)


def test_an_audited_verdict_is_explained_as_it_would_be() -> None:
    explanation = why(Lists(STOLEN), audit=True)
    assert explanation.verdict.status == "permitted"
    assert said("prohibited", explanation).startswith("prohibited: ")


def test_a_default_says_its_reason() -> None:
    assert said("unlisted", why(Lists())) == "permitted: unlisted"


def test_an_entry_that_does_not_count_says_why() -> None:
    lines = [
        on("prohibited", IMEI, source="a", reason="lost", effective=2_000),
        on("prohibited", IMEI, source="b", expires=500),
        on("prohibited", IMEI, source="c", svn="07"),
        on("tracking", IMEI, source="d", expires=3_000, then="prohibited"),
        on("prohibited", IMEI, imsi="2", source="e"),
    ]
    found = said("prohibited", why(Lists(*lines), Check(IMEI, imsi=IMSI)))
    off = "not on the prohibited list at 1970-01-01T00:16:40Z"
    assert found.split("; ") == [
        "an entry of e: together with another subscriber or equipment",
        "an entry of c (no reason): for software version 07",
        f"an entry of a (lost) from 1970-01-01T00:33:20Z: {off}",
        f"an entry of b (no reason) until 1970-01-01T00:08:20Z: {off}",
        f"an entry of d (no reason) until 1970-01-01T00:50:00Z, then prohibited: {off}",
    ]


def test_a_rule_that_an_entry_alone_does_not_decide_says_what_it_found() -> None:
    pair = on("exception", IMEI, imsi="2", source="court")
    found = said("exception", why(Lists(STOLEN, pair)))
    assert found.endswith(
        "prohibited: it is prohibited but for some subscribers, and the request names none,"
        " by the exception list of court"
    )


def test_who_is_not_permitted_too_is_said_to_be_so() -> None:
    found = said("prohibited", why(Lists(STOLEN), response_type=3))
    assert found.endswith(
        f"unknown: {IMEI} is on the prohibited list of police, but not on the permitted list"
        " (stolen)"
    )


def test_a_range_that_a_single_entry_outweighs_says_so() -> None:
    lists = Lists(
        on("prohibited", tac=IMEI[:8]), on("permitted", IMEI), on("tracking", tac="1" * 8)
    )
    explanation = why(lists, individual_first=True)
    assert explanation.verdict.rule == "permitted"
    assert said("prohibited", explanation) == "nothing on the prohibited list names it"


def test_an_explanation_reads_no_more_than_the_check() -> None:
    lines = [on("exception", "1" * 14), on("tracking", tac="1" * 8), STOLEN]
    plain, explained = Lists(*lines), Lists(*lines)
    ask(plain)
    why(explained)
    assert explained.reads == plain.reads


def test_a_finding_does_not_show_whom_it_is_about() -> None:
    assert IMEI not in repr(why(Lists(STOLEN)))
