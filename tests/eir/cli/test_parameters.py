from pathlib import Path

import click
import pytest

from eir.cli.parameters import Instant, ListType, Reason, check_span, name_of, truth_of
from eir.errors import UsageError
from eir.lists.names import ListName
from eir.store.layout import Truth
from tests.eir.running import Shell


def test_a_list_has_new_names_and_old_ones() -> None:
    assert ListType().convert("black", None, None) is ListName.PROHIBITED
    assert ListType().convert("tac_barred", None, None) is ListName.TAC_BARRED
    with pytest.raises(click.BadParameter, match="no list is called 'purple': protected"):
        ListType().convert("purple", None, None)


def test_the_names_of_lists_are_completed(shell: Shell) -> None:
    line = "eir lists show --list p"
    words = {"_EIR_COMPLETE": "bash_complete", "COMP_WORDS": line, "COMP_CWORD": "4"}
    found = shell.eir(environment=words).stdout
    assert found == "plain,protected\nplain,prohibited\nplain,permitted\n"


def test_an_instant_is_a_day_or_has_a_time() -> None:
    assert Instant().convert("1970-01-02", None, None) == 86_400
    assert Instant().convert("1970-01-02T01:00:00+01:00", None, None) == 86_400
    for wrong in ("tomorrow", " "):
        with pytest.raises(click.BadParameter):
            Instant().convert(wrong, None, None)


def test_a_reason_is_one_line_that_says_something() -> None:
    assert Reason().convert(" court order 7 ", None, None) == "court order 7"
    for wrong in ("", " ", "two\nlines"):
        with pytest.raises(click.BadParameter):
            Reason().convert(wrong, None, None)


def test_a_source_is_named_as_it_is_kept() -> None:
    assert truth_of(ListName.PROHIBITED, "registry") == Truth(ListName.PROHIBITED, "registry")
    with pytest.raises(UsageError, match="a source is"):
        truth_of(ListName.PROHIBITED, "two words")


def test_a_file_is_named_without_its_directory(tmp_path: Path) -> None:
    with (tmp_path / "stolen.csv").open("wb+") as file:
        assert name_of(file) == "stolen.csv"


@pytest.mark.parametrize(("since", "until"), [(None, None), (5, None), (None, 5), (5, 6)])
def test_a_span_may_be_open(since: int | None, until: int | None) -> None:
    check_span(since, until)


@pytest.mark.parametrize("until", [4, 5])
def test_nothing_lies_in_a_span_that_does_not_end_after_it_begins(until: int) -> None:
    with pytest.raises(UsageError, match="not later than --from"):
        check_span(5, until)
