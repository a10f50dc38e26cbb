import pytest

from eir.cli.tables import print_links, print_rows, shown_instant
from eir.links import LinkRow


def test_an_instant_is_shown_in_utc() -> None:
    assert shown_instant(86_400) == "1970-01-02T00:00:00Z"
    assert shown_instant(None) == ""


def test_what_no_row_has_is_left_out_and_numbers_stand_to_the_right(
    capsys: pytest.CaptureFixture[str],
) -> None:
    rows: list[dict[str, str | int | None]] = [
        {"name": "one", "count": 1, "note": None, "mark": ""},
        {"name": "a million", "count": 1_000_000, "note": None, "mark": "x"},
    ]
    print_rows(rows, nothing="nothing")
    printed = [line.rstrip() for line in capsys.readouterr().out.splitlines()]
    assert printed == [
        "name           count  mark",
        "one                1",
        "a million  1,000,000  x",
    ]


def test_no_row_is_said_to_be_none(capsys: pytest.CaptureFixture[str]) -> None:
    print_rows([], nothing="no entry")
    assert capsys.readouterr().out == "no entry\n"


def test_text_that_looks_like_markup_is_shown_as_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    reason = "[red]not markup[/red]" * 9
    print_rows([{"reason": reason}], nothing="")
    assert reason in capsys.readouterr().out


def test_an_error_of_a_peer_is_shown_as_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    error = "[red]not markup[/red]" * 9
    print_links([LinkRow(kind="asp", name="stp1", state="DOWN", since="now", last_error=error)])
    assert error in capsys.readouterr().out
