import pytest

from eir.decision.verdict import Check, Status, Verdict
from tests.eir.decision.lists import IMEI, IMSI, MSISDN, OTHER, Line, Lists, ask, on, said, why

IMSI2 = "001010000000002"
OWN, FOREIGN = Check(IMEI, imsi=IMSI), Check(IMEI, imsi=IMSI2)
SWAPPED = Check(OTHER, imsi=IMSI)


@pytest.mark.parametrize(
    ("lock", "own", "foreign", "swapped"),
    [
        ("mutual", None, "binding_equipment", "binding_subscriber"),
        ("equipment", None, "binding_equipment", None),
        ("subscriber", None, None, "binding_subscriber"),
    ],
)
def test_a_lock_ties_what_it_names(
    lock: str, own: str | None, foreign: str | None, swapped: str | None
) -> None:
    lists = Lists(on("binding", IMEI, imsi=IMSI, lock=lock))
    for check, reason in ((OWN, own), (FOREIGN, foreign), (SWAPPED, swapped)):
        verdict = ask(lists, check)
        assert (verdict.rule, verdict.reason) == (
            ("unlisted", "unlisted") if reason is None else ("binding", reason)
        )


def test_a_violation_names_what_is_tied() -> None:
    lists = Lists(on("binding", IMEI, imsi=IMSI, source="operator"))
    wanted = Verdict(
        status=Status.PROHIBITED,
        rule="binding",
        reason="binding_equipment",
        list="binding",
        matched=IMEI,
        source="operator",
        version=7,
    )
    assert ask(lists, FOREIGN) == wanted
    assert ask(lists, SWAPPED).matched == IMSI


def test_any_of_several_members_satisfies() -> None:
    lists = Lists(on("binding", IMEI, imsi=IMSI), on("binding", IMEI, imsi=IMSI2))
    assert [ask(lists, check).rule for check in (OWN, FOREIGN)] == ["unlisted", "unlisted"]
    lists = Lists(on("binding", IMEI, imsi=IMSI), on("binding", OTHER, imsi=IMSI))
    assert [ask(lists, check).rule for check in (OWN, SWAPPED)] == ["unlisted", "unlisted"]


def test_a_stolen_equipment_with_its_subscriber_is_still_stolen() -> None:
    lists = Lists(on("binding", IMEI, imsi=IMSI), on("prohibited", IMEI))
    assert ask(lists, OWN).rule == "prohibited"


@pytest.mark.parametrize("violated", list(Status))
def test_the_answer_to_a_violation_is_configured(violated: Status) -> None:
    lists = Lists(on("binding", IMEI, imsi=IMSI))
    assert ask(lists, FOREIGN, binding={"violated": violated}).status is violated


def test_without_imsi_the_configured_answer_counts() -> None:
    lists = Lists(on("binding", IMEI, imsi=IMSI))
    assert ask(lists).rule == "unlisted"
    assert ask(lists, binding={"no_imsi": "tracking"}) == Verdict(
        status=Status.TRACKING,
        rule="binding",
        reason="binding_no_imsi",
        list="binding",
        matched=IMEI,
        source="registry",
        version=7,
    )


def test_a_lock_that_is_not_in_force_ties_nothing() -> None:
    lists = Lists(on("binding", IMEI, imsi=IMSI, effective=2_000))
    explanation = why(lists, FOREIGN)
    assert explanation.verdict.rule == "unlisted"
    assert "no lock ties this equipment" in said("binding", explanation)


def test_a_malformed_identity_violates_the_lock_of_its_subscriber() -> None:
    verdict = ask(Lists(on("binding", IMEI, imsi=IMSI)), Check("12345", imsi=IMSI))
    assert verdict.reason == "binding_subscriber"


def test_a_lock_by_msisdn_is_kept_by_who_has_the_number() -> None:
    line = on("binding", IMEI, msisdn=MSISDN)
    lists = Lists(line, subscribers={IMSI: MSISDN, IMSI2: "994500000002"})
    assert ask(lists, OWN).rule == "unlisted"
    assert ask(lists, FOREIGN).reason == "binding_equipment"
    assert ask(lists, SWAPPED).reason == "binding_subscriber"
    prompt = ask(Lists(line), Check(OTHER, msisdn=MSISDN))
    assert (prompt.reason, prompt.matched) == ("binding_subscriber", MSISDN)


BY_IMSI = on("binding", IMEI, imsi=IMSI2)
BY_NUMBER = on("binding", IMEI, msisdn="994500000002")
BY_BOTH = on("binding", IMEI, imsi=IMSI2, msisdn="994500000002")
BY_OLD = on("binding", IMEI, msisdn="994500000002", expires=999)
NEITHER, NUMBER, BOTH = (
    Check(IMEI),
    Check(IMEI, msisdn=MSISDN),
    Check(IMEI, imsi=IMSI, msisdn=MSISDN),
)


@pytest.mark.parametrize(
    ("locks", "violating", "doubtful"),
    [
        ([BY_IMSI], [OWN, BOTH], [NEITHER, NUMBER]),
        ([BY_BOTH], [OWN, BOTH], [NEITHER, NUMBER]),
        ([BY_NUMBER], [NUMBER, BOTH], [NEITHER, OWN]),
        ([BY_IMSI, BY_NUMBER], [BOTH], [NEITHER, OWN, NUMBER]),
        ([BY_IMSI, BY_OLD], [OWN, BOTH], [NEITHER, NUMBER]),
    ],
    ids=["by IMSI", "by both", "by MSISDN", "one by each", "by MSISDN no longer"],
)
def test_an_equipment_is_with_somebody_else_only_if_every_lock_can_be_judged(
    locks: list[Line], violating: list[Check], doubtful: list[Check]
) -> None:
    for check in violating:
        assert ask(Lists(*locks), check).reason == "binding_equipment"
    for check in doubtful:
        assert ask(Lists(*locks), check).rule == "unlisted"
        assert ask(Lists(*locks), check, binding={"no_imsi": "unknown"}).reason == "binding_no_imsi"


@pytest.mark.parametrize("locks", [[BY_IMSI, BY_NUMBER], [BY_BOTH, BY_NUMBER]])
@pytest.mark.parametrize("check", [FOREIGN, Check(IMEI, msisdn="994500000002")])
def test_one_lock_that_is_kept_is_enough_whatever_the_others_name(
    locks: list[Line], check: Check
) -> None:
    assert ask(Lists(*locks), check, binding={"no_imsi": "unknown"}).rule == "unlisted"


def test_a_violation_by_the_subscriber_outweighs_a_doubt_about_the_equipment() -> None:
    lists = Lists(BY_NUMBER, on("binding", OTHER, imsi=IMSI, lock="subscriber"))
    verdict = ask(lists, OWN, binding={"no_imsi": "permitted"})
    assert (verdict.reason, verdict.matched) == ("binding_subscriber", IMSI)


def test_a_violation_names_the_first_source_of_a_lock() -> None:
    for sources in ("ab", "ba"):
        pairs = zip(sources, (IMEI, OTHER), strict=True)
        lists = Lists(*(on("binding", imei, imsi=IMSI, source=source) for source, imei in pairs))
        assert ask(lists, Check("1" * 14, imsi=IMSI)).source == "a"
        lists = Lists(
            *(on("binding", IMEI, imsi=i, source=s) for s, i in zip(sources, "12", strict=True))
        )
        assert ask(lists, OWN).source == "a"


def test_an_explanation_says_which_side_was_kept() -> None:
    lists = Lists(on("binding", IMEI, imsi=IMSI))
    assert said("binding", why(lists, OWN)) == (
        "this equipment is tied to this subscriber; this subscriber is tied to this equipment"
    )
    assert said("binding", why(lists, FOREIGN)).startswith(
        "this equipment is tied to other subscribers; prohibited: "
    )
    assert said("binding", why(lists)) == (
        "locks tie this equipment, but the subscriber's IMSI is not known;"
        " no lock ties this subscriber"
    )
    assert said("binding", why(Lists())) == "nothing is on the binding list"
