from itertools import combinations

import pytest

from eir.decision.facts import Facts
from eir.decision.matching import finder, individual_first
from eir.decision.rule import Basis
from eir.decision.verdict import Check
from eir.lists.names import ListName
from tests.eir.decision.lists import IMEI, IMSI, MSISDN, NOW, OTHER, Line, Lists, on

KNOWN = Check(f"{IMEI}02", imsi=IMSI)
WIDE, NARROW = ("35000000000000", "35999999999999"), ("35209900176140", "35209900176150")
# Everything that can name a check, the one that explains first.
LINES = {
    f"{IMEI}+{IMSI}+{MSISDN}": on("tracking", IMEI, imsi=IMSI, msisdn=MSISDN),
    f"{IMEI}+{IMSI}": on("tracking", IMEI, imsi=IMSI),
    f"{IMEI}+{MSISDN}": on("tracking", IMEI, msisdn=MSISDN),
    f"{IMEI}/02": on("tracking", IMEI, svn="02"),
    IMEI: on("tracking", IMEI),
    f"{NARROW[0]}-{NARROW[1]}": on("tracking", *NARROW),
    "35209900": on("tracking", tac="35209900"),
    f"{WIDE[0]}-{WIDE[1]}": on("tracking", *WIDE),
    f"{IMSI}+{MSISDN}": on("tracking", imsi=IMSI, msisdn=MSISDN),
    IMSI: on("tracking", imsi=IMSI),
    MSISDN: on("tracking", msisdn=MSISDN),
}


def key(*lines: Line, check: Check = KNOWN, name: str = "tracking") -> str | None:
    lists = Lists(*lines, subscribers={IMSI: MSISDN})
    find = finder(ListName(name), Basis.of(lists, None))
    match = None if find is None else find(Facts(check, lists, NOW))
    return None if match is None else match.key


@pytest.mark.parametrize("wanted", LINES)
def test_each_kind_of_entry_names_the_check_and_has_its_key(wanted: str) -> None:
    assert key(LINES[wanted]) == wanted


@pytest.mark.parametrize(("first", "second"), list(combinations(LINES, 2)))
def test_of_two_entries_the_more_specific_explains(first: str, second: str) -> None:
    assert key(LINES[first], LINES[second]) == first
    assert key(LINES[second], LINES[first]) == first


@pytest.mark.parametrize(
    "line",
    [
        on("tracking", OTHER),
        on("tracking", IMEI, svn="03"),
        on("tracking", *NARROW, svn="03"),
        on("tracking", "35209900176149", WIDE[1]),
        on("tracking", WIDE[0], "35209900176147"),
        on("tracking", tac="35209901"),
        on("tracking", OTHER, imsi=IMSI),
        on("tracking", IMEI, imsi="001010000000002"),
        on("tracking", IMEI, imsi=IMSI, msisdn="1"),
        on("tracking", imsi=IMSI, msisdn="1"),
        on("tracking", msisdn="1"),
        on("tracking", IMEI, expires=1_000),
        on("permitted", IMEI),
    ],
)
def test_an_entry_about_something_else_does_not(line: Line) -> None:
    assert key(line) is None


@pytest.mark.parametrize("name", list(ListName))
def test_only_lists_that_let_somebody_go_on_take_the_imsi_for_the_whole(name: ListName) -> None:
    wanted = name in {ListName.PROTECTED, ListName.EXCEPTION, ListName.BINDING}
    found = key(on(name, IMEI, imsi=IMSI, msisdn="1"), name=name)
    assert (found is not None) == wanted


def test_a_number_that_is_not_known_matches_nothing() -> None:
    lists = Lists(on("tracking", IMEI, imsi=IMSI, msisdn=MSISDN))
    find = finder(ListName.TRACKING, Basis.of(lists, None))
    assert find is not None
    assert find(Facts(KNOWN, lists, NOW)) is None
    assert find(Facts(Check(IMEI, imsi=IMSI, msisdn=MSISDN), lists, NOW)) is not None


def test_an_identity_that_is_no_imei_is_named_as_it_stands() -> None:
    assert key(on("tracking", "35AB"), check=Check("35ab")) == "35AB"
    assert key(on("tracking", imsi=IMSI), check=Check("35ab", imsi=IMSI)) == IMSI
    assert key(on("tracking", imsi=IMSI), check=Check("", imsi=IMSI)) == IMSI
    assert key(on("tracking", IMEI, imsi=IMSI), check=Check("35ab", imsi=IMSI)) is None


def test_of_equals_the_first_by_source_and_reason_explains() -> None:
    lines = [
        on("tracking", IMEI, source="b", reason="a"),
        on("tracking", IMEI, source="a", reason="c"),
        on("prohibited", IMEI, source="a", expires=1),
    ]
    lists = Lists(*lines)
    find = finder(ListName.TRACKING, Basis.of(lists, None))
    assert find is not None
    match = find(Facts(KNOWN, lists, NOW))
    assert match is not None
    assert (match.entry.source, match.entry.reason) == ("a", "c")


@pytest.mark.parametrize("single", ["prohibited", "tracking", "permitted", "registration"])
def test_individual_first_looks_at_ranges_only_if_no_single_entry_is_there(single: str) -> None:
    lists = Lists(on("prohibited", tac="35209900"), on(single, IMEI))
    find = individual_first(ListName.PROHIBITED, Basis.of(lists, None))
    assert find is not None
    match = find(Facts(KNOWN, lists, NOW))
    wanted = {"prohibited": IMEI, "registration": "35209900"}.get(single)
    assert (None if match is None else match.key) == wanted


def test_of_ranges_that_are_equal_in_all_else_the_first_explains() -> None:
    first, second = ("35209900176140", "35209900176149"), ("35209900176141", "35209900176150")
    lines = [on("tracking", *second), on("tracking", *first)]
    assert key(*lines) == key(*reversed(lines)) == "-".join(first)


def test_a_type_explains_before_a_range_that_is_the_whole_type() -> None:
    type_code = on("tracking", tac="35209900")
    whole = on("tracking", "35209900000000", "35209900999999")
    assert key(type_code, whole) == key(whole, type_code) == "35209900"


def test_a_match_does_not_show_whom_it_is_about() -> None:
    lists = Lists(LINES[IMEI])
    find = finder(ListName.TRACKING, Basis.of(lists, None))
    assert find is not None
    assert IMEI not in repr(find(Facts(KNOWN, lists, NOW)))
