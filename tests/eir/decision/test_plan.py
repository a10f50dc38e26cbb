from collections import Counter
from typing import Any

import pytest

from eir.config import Config
from eir.decision.facts import Facts
from eir.decision.override import Override
from eir.decision.plan import plan_of, plans_of
from eir.decision.policy import Policies, Policy, policies_of
from eir.decision.rule import Basis, NotNeeded
from eir.decision.verdict import Check, Status
from tests.eir.decision.lists import IMEI, IMSI, MSISDN, NOW, OTHER, Line, Lists, ask, on, plan

ANYBODY = Check(IMEI, imsi=IMSI)
STOLEN, BARRED = on("prohibited", OTHER), on("tac-barred", tac="99999999")
PAIR = on("exception", OTHER, imsi="2")


def needed(lists: Lists, **settings: Any) -> list[str]:
    steps = plan(lists, **settings).steps
    return [name for name, run in steps if not isinstance(run, NotNeeded)]


def test_only_rules_that_can_say_something_are_run() -> None:
    assert needed(Lists()) == ["unlisted"]
    assert needed(Lists(STOLEN)) == ["prohibited", "unlisted"]
    assert needed(Lists(on("tracking", IMEI))) == ["prohibited", "tracking", "unlisted"]
    assert needed(Lists(PAIR, BARRED), tac={"barred": "unknown"}) == [
        "exception",
        "tac",
        "unlisted",
    ]


def test_the_order_is_that_of_the_configuration() -> None:
    lists = Lists(on("prohibited", IMEI), on("permitted", IMEI))
    assert ask(lists).rule == "prohibited"
    order = ["override", "permitted", "prohibited", "unlisted"]
    assert ask(lists, order=order).rule == "permitted"


def test_a_rule_that_is_not_named_is_not_run() -> None:
    order = ["override", "permitted", "unlisted"]
    assert ask(Lists(on("prohibited", IMEI)), order=order).rule == "unlisted"


@pytest.mark.parametrize(
    ("lines", "settings", "check", "reads"),
    [
        ([], {}, ANYBODY, {}),
        ([STOLEN], {}, ANYBODY, {"row_of": 1}),
        ([STOLEN, on("permitted", OTHER), on("protected", OTHER)], {}, ANYBODY, {"row_of": 1}),
        ([STOLEN, on("prohibited", tac="1" * 8)], {}, ANYBODY, {"row_of": 1, "ranges_of": 1}),
        ([on("prohibited", IMEI), on("prohibited", tac="1" * 8)], {}, ANYBODY, {"row_of": 1}),
        ([BARRED], {}, ANYBODY, {}),
        ([STOLEN, BARRED], {"tac": {"barred": "unknown"}}, ANYBODY, {"row_of": 1, "ranges_of": 1}),
        ([STOLEN, PAIR], {}, Check(IMEI), {"row_of": 1}),
        ([STOLEN, PAIR], {}, ANYBODY, {"row_of": 1, "members_of_imsi": 1}),
        (
            [STOLEN, PAIR, on("binding", OTHER, imsi="2"), on("prohibited", tac="1" * 8)],
            {},
            ANYBODY,
            {"row_of": 1, "members_of_imsi": 1, "ranges_of": 1},
        ),
        (
            [on("prohibited", IMEI), on("prohibited", OTHER, imsi="2")],
            {},
            ANYBODY,
            {"row_of": 1},
        ),
        ([STOLEN], {"malformed": {"hex": "unknown"}, "audit": True}, ANYBODY, {"row_of": 1}),
        ([STOLEN], {"registration": {"unregistered": "unknown"}}, ANYBODY, {"row_of": 1}),
        ([STOLEN], {"response_type": 3}, ANYBODY, {"row_of": 1}),
    ],
)
def test_nothing_is_read_that_cannot_matter(
    lines: list[Line], settings: dict[str, Any], check: Check, reads: Counter[str]
) -> None:
    lists = Lists(*lines)
    ask(lists, check, **settings)
    assert lists.reads == reads


def test_numbers_of_subscribers_are_read_only_where_there_is_a_map_of_them() -> None:
    by_imsi, by_number = {"row_of": 1, "members_of_imsi": 1}, {"members_of_msisdn": 1}
    numbered = on("exception", OTHER, msisdn="2")
    cases = [
        ([STOLEN], {IMSI: MSISDN}, {"row_of": 1}),
        ([STOLEN, PAIR], {IMSI: MSISDN}, by_imsi),
        ([STOLEN, numbered], None, by_imsi),
        ([STOLEN, numbered], {}, by_imsi | {"msisdn_of": 1}),
        ([STOLEN, numbered], {IMSI: MSISDN}, by_imsi | {"msisdn_of": 1} | by_number),
    ]
    for lines, subscribers, reads in cases:
        lists = Lists(*lines, subscribers=subscribers)
        ask(lists, ANYBODY)
        assert lists.reads == reads


def test_a_number_that_was_given_is_not_asked_for_where_no_entry_names_one() -> None:
    lists = Lists(STOLEN, PAIR)
    ask(lists, Check(IMEI, msisdn=MSISDN))
    assert lists.reads == {"row_of": 1}


@pytest.mark.parametrize(
    ("check", "numbered", "read"),
    [
        (Check(IMEI, imsi=IMSI), True, 0),
        (Check(IMEI, imsi="2"), False, 0),
        (Check(IMEI, imsi="2"), True, 1),
        (Check(IMEI, imsi="2", msisdn="3"), True, 0),
        (Check(IMEI, msisdn="3"), False, 0),
        (Check(IMEI, msisdn="3"), True, 1),
        (Check(IMEI), True, 0),
    ],
)
def test_whom_an_equipment_is_tied_to_is_read_only_where_it_matters_how_they_are_named(
    check: Check, *, numbered: bool, read: int
) -> None:
    other = [on("binding", OTHER, msisdn=MSISDN)] if numbered else []
    lists = Lists(on("binding", IMEI, imsi=IMSI), *other)
    ask(lists, check)
    assert lists.reads["members_of_equipment"] == read


@pytest.mark.parametrize(
    ("lock", "reads"),
    [(on("binding", IMEI, imsi="2"), 3), (on("binding", IMEI, msisdn="2"), 5)],
    ids=["by IMSI", "by MSISDN"],
)
@pytest.mark.parametrize("subscribers", [{}, {IMSI: MSISDN}], ids=["unknown", "known"])
def test_a_check_reads_three_times_at_most_and_twice_more_where_numbers_are_named(
    lock: Line, reads: int, subscribers: dict[str, str]
) -> None:
    lists = Lists(
        STOLEN, PAIR, BARRED, on("prohibited", IMEI, imsi="2"), lock, subscribers=subscribers
    )
    order = [rule for rule in Config().decision.order if rule not in {"binding", "unlisted"}]
    ask(lists, ANYBODY, order=[*order, "binding", "unlisted"], tac={"barred": "unknown"})
    assert lists.reads.total() == reads


def test_an_audited_verdict_is_permitted_and_keeps_what_it_would_have_been() -> None:
    verdict = ask(Lists(on("prohibited", IMEI, reason="stolen")), audit=True)
    assert (verdict.status, verdict.would_be) == (Status.PERMITTED, Status.PROHIBITED)
    assert (verdict.rule, verdict.reason, verdict.list) == ("prohibited", "stolen", "prohibited")
    assert ask(Lists(), audit=True).would_be is Status.PERMITTED
    assert ask(Lists()).would_be is None


def test_an_override_is_not_audited_away() -> None:
    override = Override(Status.UNKNOWN, "drill", "root", since=0)
    verdict = plan(Lists(), override, audit=True).decide(Facts(ANYBODY, Lists(), NOW))
    assert (verdict.status, verdict.would_be) == (Status.UNKNOWN, None)


def test_every_policy_has_its_plan() -> None:
    tables = [{"name": "iot", "match": {"imsi_prefixes": ["1"]}, "unlisted": "unknown"}]
    policies = policies_of(Config.model_validate({"policy": tables}))
    plans = plans_of(policies, Basis(1))
    answers = {
        name: each.decide(Facts(Check(IMEI), Lists(), NOW)).status for name, each in plans.items()
    }
    assert answers == {None: "permitted", "iot": "unknown"}


def test_a_policy_alone_has_one_plan() -> None:
    policy = Policy(None, Config().decision)
    assert plans_of(Policies(policy), Basis(1)).keys() == {None}
    assert plan_of(policy, Basis(1)).policy is policy
