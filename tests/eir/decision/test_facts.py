import pytest

from eir.decision.facts import Facts
from eir.decision.verdict import Check
from eir.lists.subjects import Opaque
from protocols.identities import Imei
from tests.eir.decision.lists import IMEI, IMSI, MSISDN, NOW, OTHER, Lists, on

NUMBERED = on("exception", OTHER, msisdn="2")  # makes numbers of subscribers matter


def facts(check: Check, lists: Lists | None = None) -> Facts:
    return Facts(check, lists or Lists(), NOW)


@pytest.mark.parametrize(
    ("text", "equipment"),
    [
        (IMEI, Imei(IMEI)),
        (f"{IMEI}99x", Imei(IMEI)),
        ("35ab", Opaque("35AB")),
        ("", None),
        ("x" * 17, None),
    ],
)
def test_the_identity_is_compared_as_lists_do(text: str, equipment: object) -> None:
    found = facts(Check(text))
    assert found.equipment == equipment
    assert found.digits == (IMEI if isinstance(equipment, Imei) else "")


@pytest.mark.spec("TS 23.003", "6.2.2")
@pytest.mark.parametrize(
    ("check", "versions"),
    [
        (Check(IMEI), ("",)),
        (Check(IMEI, software_version="02"), ("", "02")),
        (Check(IMEI, software_version="99"), ("",)),
        (Check(f"{IMEI}03"), ("", "03")),
        (Check(f"{IMEI}99"), ("",)),
        (Check(f"{IMEI}03", software_version="02"), ("", "02")),
        (Check(f"{IMEI}0"), ("",)),
        (Check(f"{IMEI}0x"), ("",)),
    ],
)
def test_an_entry_may_be_about_this_software_version_or_any(
    check: Check, versions: tuple[str, ...]
) -> None:
    assert facts(check).versions == versions


def test_entries_are_chosen_by_list_instant_and_software_version() -> None:
    row = tuple(
        line.entry
        for line in (
            on("prohibited", IMEI, source="a"),
            on("prohibited", IMEI, source="b", expires=1_000),
            on("prohibited", IMEI, source="c", svn="02"),
            on("prohibited", IMEI, source="d", svn="03"),
            on("tracking", IMEI, source="e", expires=1_000, then="prohibited"),
            on("tracking", IMEI, source="f"),
        )
    )
    found = facts(Check(IMEI, software_version="02"))
    assert [e.source for e in found.on_list(row, row[0].list)] == ["a", "c", "e"]


def test_everything_is_read_once() -> None:
    lists = Lists(NUMBERED, subscribers={IMSI: MSISDN})
    found = facts(Check(IMEI, imsi=IMSI), lists)
    for _ in range(2):
        assert (found.row, found.ranges, found.members, found.msisdn) == ((), (), (), MSISDN)
    assert set(lists.reads.values()) == {1}


def test_a_number_that_is_not_in_the_map_is_not_looked_for_again() -> None:
    lists = Lists(NUMBERED, subscribers={})
    found = facts(Check(IMEI, imsi=IMSI), lists)
    assert (found.msisdn, found.msisdn) == ("", "")
    assert lists.reads["msisdn_of"] == 1


def test_a_number_that_was_given_is_not_looked_up() -> None:
    lists = Lists(NUMBERED, subscribers={IMSI: "1"})
    assert facts(Check(IMEI, imsi=IMSI, msisdn=MSISDN), lists).msisdn == MSISDN
    assert not lists.reads


@pytest.mark.parametrize("check", [Check(IMEI, imsi=IMSI), Check(IMEI, msisdn=MSISDN)])
def test_a_number_that_no_entry_could_be_compared_with_is_not_looked_up(check: Check) -> None:
    lists = Lists(on("exception", OTHER, imsi="2"), subscribers={IMSI: MSISDN})
    assert facts(check, lists).msisdn == ""
    assert not lists.reads


@pytest.mark.parametrize(
    ("check", "reads"),
    [
        (Check(""), set()),
        (Check("12"), {"row_of"}),
        (Check(IMEI), {"row_of", "ranges_of"}),
        (Check(IMEI, imsi=IMSI), {"row_of", "ranges_of", "members_of_imsi"}),
        (Check(IMEI, msisdn=MSISDN), {"row_of", "ranges_of", "members_of_msisdn"}),
    ],
    ids=["nothing", "malformed", "imei", "imsi", "msisdn"],
)
def test_what_is_not_known_is_not_asked_for(check: Check, reads: set[str]) -> None:
    lists = Lists(NUMBERED)
    found = facts(check, lists)
    assert (found.row, found.ranges, found.members) == ((), (), ())
    assert set(lists.reads) == reads
