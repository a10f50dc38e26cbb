import re
from pathlib import Path

import pytest

from tests.eir.decision.lists import IMEI, OTHER, Lists, ask, on, said, why

PAGE = Path(__file__).parents[3] / "docs" / "decision.md"
# | prohibited | tracking | permitted | type 0 | type 1 | type 2 | type 3 |
ROW = re.compile(
    r"^\| (yes|no) \| (yes|no) \| (yes|no) \| (\w+) \| (\w+) \| (\w+) \| (\w+) \|$", re.MULTILINE
)
ROWS = ROW.findall(PAGE.read_text(encoding="utf-8"))
NAMES = ("prohibited", "tracking", "permitted")


def test_the_page_has_the_whole_truth_table() -> None:
    assert len({row[:3] for row in ROWS}) == len(ROWS) == 8


@pytest.mark.parametrize("row", ROWS, ids=" ".join)
@pytest.mark.parametrize("response_type", [0, 1, 2, 3])
def test_each_row_of_the_truth_table_is_so(row: tuple[str, ...], response_type: int) -> None:
    lines = [on(name, IMEI) for name, there in zip(NAMES, row, strict=False) if there == "yes"]
    wanted = row[3 + response_type]
    for unlisted in NAMES:
        verdict = ask(Lists(*lines), response_type=response_type, unlisted=unlisted)
        assert verdict.status == (unlisted if wanted == "unlisted" else wanted)


@pytest.mark.parametrize("response_type", [0, 1, 2, 3])
def test_only_the_response_types_look_at_ranges_last(response_type: int) -> None:
    lists = Lists(on("prohibited", tac="35209900"), on("permitted", IMEI))
    verdict = ask(lists, response_type=response_type)
    assert verdict.status == ("permitted" if response_type else "prohibited")
    assert ask(lists, OTHER, response_type=response_type).list == "prohibited"


def test_individual_first_does_so_without_a_response_type() -> None:
    lists = Lists(on("prohibited", tac="35209900"), on("permitted", IMEI))
    assert ask(lists, individual_first=True).rule == "permitted"


def test_a_response_type_changes_no_other_rule() -> None:
    lists = Lists(on("protected", IMEI), on("prohibited", IMEI))
    assert ask(lists, response_type=3).rule == "protected"


def test_an_explanation_says_whether_type_3_found_it_permitted() -> None:
    explanation = why(Lists(on("prohibited", IMEI, reason="lost")), response_type=3)
    assert said("prohibited", explanation) == (
        f"unknown: {IMEI} is on the prohibited list of registry, but not on the permitted list"
        " (lost)"
    )
