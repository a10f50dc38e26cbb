import pytest

from eir.decision.verdict import Status, Verdict
from tests.eir.decision.lists import IMEI, Line, Lists, ask, on, said, why

TAC = IMEI[:8]
TYPES = {TAC: "Smartphone"}


@pytest.mark.parametrize("name", ["barred", "permitted"])
def test_a_list_of_types_counts_where_it_has_an_answer(name: str) -> None:
    lists = Lists(on(f"tac-{name}", tac=TAC))
    assert ask(lists).rule == "unlisted"
    verdict = ask(lists, tac={name: "tracking"})
    assert verdict == Verdict(
        status=Status.TRACKING,
        rule="tac",
        reason=f"tac_{name}",
        list=f"tac-{name}",
        matched=TAC,
        source="registry",
        version=7,
    )


@pytest.mark.parametrize(
    ("line", "rule"),
    [
        (on("tac-barred", tac=TAC, expires=1_001), "tac"),
        (on("tac-barred", tac=TAC, expires=1_000), "unlisted"),
        (on("tac-barred", tac="35209901"), "unlisted"),
        (on("prohibited", tac=TAC), "prohibited"),
    ],
    ids=["in force", "expired", "another type", "another list"],
)
def test_a_barred_type_counts_while_it_is_in_force(line: Line, rule: str) -> None:
    assert ask(Lists(line), tac={"barred": "prohibited"}).rule == rule


def test_the_reason_of_the_entry_is_the_reason() -> None:
    lists = Lists(on("tac-barred", tac=TAC, reason="no emergency calls"))
    assert ask(lists, tac={"barred": "prohibited"}).reason == "no emergency calls"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("00100100000001", "tac_test"),
        ("00101799000001", "tac_test"),
        ("00101800000001", "unlisted"),
        ("00100000000001", "unlisted"),
        ("00440000000001", "tac_test"),
        ("00860000000001", "tac_test"),
        ("00910000000001", "tac_test"),
        ("01440000000001", "unlisted"),
    ],
)
def test_test_equipment_is_known_by_its_type(text: str, reason: str) -> None:
    verdict = ask(Lists(), text, tac={"test": "permitted"}, unlisted="unknown")
    assert verdict.reason == reason
    assert verdict.matched == (text[:8] if reason == "tac_test" else None)


def test_a_type_that_the_database_does_not_have_is_not_allocated() -> None:
    off, prohibited = {"unallocated": "off"}, {"unallocated": "prohibited"}
    verdict = ask(Lists(tacs={}), tac=prohibited)
    assert (verdict.status, verdict.reason, verdict.matched) == (
        Status.PROHIBITED,
        "tac_unallocated",
        TAC,
    )
    assert ask(Lists(tacs=TYPES), tac=prohibited).rule == "unlisted"
    assert ask(Lists(tacs={}), tac=off | {"device_types": {"modem": "unknown"}}).rule == "unlisted"


def test_without_a_database_nothing_is_unallocated() -> None:
    explanation = why(Lists(), tac={"unallocated": "prohibited"})
    assert explanation.verdict.rule == "unlisted"
    assert "no TAC database" in said("tac", explanation)


@pytest.mark.parametrize("spelt", ["Smartphone", "SMARTPHONE", "smartphone"])
def test_a_type_of_device_has_its_own_answer_however_it_is_spelt(spelt: str) -> None:
    verdict = ask(Lists(tacs=TYPES), tac={"device_types": {spelt: "tracking"}})
    assert (verdict.status, verdict.reason) == (Status.TRACKING, "tac_device_types")
    assert ask(Lists(tacs={TAC: "Modem"}), tac={"device_types": {spelt: "tracking"}}).list is None


def test_the_classes_are_tried_in_order() -> None:
    text = "00100100000001"
    lines = [on("tac-barred", tac=text[:8]), on("tac-permitted", tac=text[:8])]
    classes = dict.fromkeys(("barred", "permitted", "test", "unallocated"), "tracking")
    reasons = []
    while classes:
        reasons.append(ask(Lists(*lines, tacs={}), text, tac=classes).reason)
        del classes[reasons[-1].removeprefix("tac_")]
    assert reasons == ["tac_barred", "tac_permitted", "tac_test", "tac_unallocated"]


def test_what_is_no_imei_has_no_type() -> None:
    explanation = why(Lists(tacs={}), "12", tac={"unallocated": "prohibited"})
    assert explanation.verdict.rule == "unlisted"
    assert said("tac", explanation) == "it is no IMEI, so it has no type"


def test_an_explanation_says_what_the_database_knows() -> None:
    settings = {"device_types": {"modem": "unknown"}}
    assert said("tac", why(Lists(tacs=TYPES), tac=settings)) == (
        f"the type {TAC} is a Smartphone; nothing is said of the type {TAC}"
    )
