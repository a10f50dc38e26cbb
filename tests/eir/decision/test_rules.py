from itertools import permutations

import pytest

from eir.decision.rules import Policy, decide, fail
from eir.decision.verdict import Check, Reason, Rule, Status, Verdict
from eir.lists.names import ListName
from eir.store.rows import Entry, Row, sort_row
from protocols.identities import Imei

POLICY = Policy(unlisted=Status.UNKNOWN, on_failure=Status.TRACKING)
DIGITS = "35209900176148"


class Lists:
    """A view of lists that are a dictionary."""

    version = 7

    def __init__(self, *entries: Entry) -> None:
        self.rows: dict[Imei, Row] = {Imei(DIGITS): sort_row(list(entries))} if entries else {}

    def row_of(self, imei: Imei) -> Row | None:
        return self.rows.get(imei)


def ask(view: Lists, equipment: str = DIGITS, at: float = 1_000.0) -> Verdict:
    return decide(Check(equipment), view, POLICY, at)


@pytest.mark.parametrize(
    ("name", "status", "rule"),
    [
        (ListName.PROHIBITED, Status.PROHIBITED, Rule.PROHIBITED),
        (ListName.TRACKING, Status.TRACKING, Rule.TRACKING),
        (ListName.PERMITTED, Status.PERMITTED, Rule.PERMITTED),
    ],
)
def test_listed_equipment_is_answered_from_its_list(
    name: ListName, status: Status, rule: Rule
) -> None:
    assert ask(Lists(Entry(name, "registry", "stolen"))) == Verdict(
        status=status,
        rule=rule,
        reason="stolen",
        list=name,
        matched=DIGITS,
        source="registry",
        version=7,
    )


@pytest.mark.spec("TS 22.016", "5")
@pytest.mark.parametrize("names", list(permutations(ListName)))
def test_prohibited_wins_over_tracking_over_permitted(names: tuple[ListName, ...]) -> None:
    for count in (2, 3):
        entries = [Entry(name, "s") for name in names[:count]]
        strongest = min(names[:count], key=list(ListName).index)
        assert ask(Lists(*entries)).list == strongest


def test_an_entry_without_a_reason_says_listed() -> None:
    assert ask(Lists(Entry(ListName.TRACKING, "s"))).reason == Reason.LISTED


def test_unlisted_equipment_gets_the_configured_answer() -> None:
    assert ask(Lists()) == Verdict(Status.UNKNOWN, Rule.UNLISTED, Reason.UNLISTED, version=7)


@pytest.mark.spec("TS 29.272", "7.3.4")
@pytest.mark.parametrize("equipment", [DIGITS, DIGITS + "1", DIGITS + "0", DIGITS + "99"])
def test_fourteen_digits_decide_whatever_follows_them(equipment: str) -> None:
    verdict = ask(Lists(Entry(ListName.PROHIBITED, "s")), equipment)
    assert (verdict.status, verdict.matched) == (Status.PROHIBITED, DIGITS)


@pytest.mark.parametrize(
    "equipment",
    ["", DIGITS[:13], DIGITS + "123", "3520990017614A", "٣٥٢٠٩٩٠٠١٧٦١٤٨", DIGITS + "\n"],
)
def test_a_malformed_identity_is_unlisted_and_says_malformed(equipment: str) -> None:
    verdict = ask(Lists(Entry(ListName.PROHIBITED, "s")), equipment)
    assert verdict == Verdict(Status.UNKNOWN, Rule.UNLISTED, Reason.MALFORMED, version=7)


@pytest.mark.parametrize(
    ("at", "name"), [(99.0, "permitted"), (100.0, "prohibited"), (200.0, "permitted")]
)
def test_an_entry_that_is_not_in_force_does_not_decide(at: float, name: str) -> None:
    lists = Lists(Entry(ListName.PROHIBITED, "s", "", 100, 200), Entry(ListName.PERMITTED, "s"))
    assert ask(lists, at=at).list == name


def test_equipment_whose_entries_have_all_expired_is_unlisted() -> None:
    verdict = ask(Lists(Entry(ListName.PROHIBITED, "s", "", None, 10)))
    assert (verdict.rule, verdict.matched) == (Rule.UNLISTED, None)


@pytest.mark.parametrize("on_failure", [Status.PERMITTED, None])
def test_a_failure_is_answered_as_configured(on_failure: Status | None) -> None:
    verdict = fail(Policy(Status.PROHIBITED, on_failure))
    assert verdict == Verdict(on_failure, Rule.ON_FAILURE, Reason.STORE_UNREADABLE)
