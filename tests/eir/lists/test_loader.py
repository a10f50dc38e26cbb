from pathlib import Path

import pytest

from eir.errors import ListFileError, UsageError
from eir.lists.loader import Mode
from eir.lists.names import ListName
from eir.store.journal import Counts
from eir.store.rows import Entry
from eir.store.verify import verify
from tests.eir.lists_loading import csv_of, load_text, rows_of

A, B, C = "35209900176141", "35209900176142", "35209900176143"


def listed(reason: str = "") -> tuple[Entry, ...]:
    return (Entry(ListName.PROHIBITED, "local", reason),)


def test_a_full_file_is_counted_against_what_was_loaded(tmp_path: Path) -> None:
    load_text(tmp_path, f"imei,reason\n{A},x\n{B},x\n")
    outcome = load_text(tmp_path, f"imei,reason\n{B},y\n{C},y\n{C}0,y\n")
    assert outcome.counts == Counts(added=1, removed=1, updated=1, duplicates=1)
    assert rows_of(tmp_path, A, B, C) == [None, listed("y"), listed("y")]


def test_a_delta_puts_and_removes(tmp_path: Path) -> None:
    load_text(tmp_path, f"imei\n{A}\n{B}\n")
    outcome = load_text(
        tmp_path, f"imei,op\n{A},remove\n{B},add\n{C},update\n11111111111111,delete\n", mode=None
    )
    assert outcome.mode is Mode.DELTA
    assert outcome.counts == Counts(added=1, removed=1, unchanged=1, absent=1)
    assert rows_of(tmp_path, A, B, C) == [None, listed(), listed()]


def test_a_delta_without_operations_adds(tmp_path: Path) -> None:
    load_text(tmp_path, f"imei\n{A}\n")
    outcome = load_text(tmp_path, f"imei\n{B}\n", mode=Mode.DELTA)
    assert outcome.counts == Counts(added=1)
    assert rows_of(tmp_path, A, B) == [listed(), listed()]


def test_a_file_without_operations_needs_a_mode(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as caught:
        load_text(tmp_path, f"imei\n{A}\n", mode=None)
    assert "--mode full or --mode delta" in caught.value.next_step


def test_a_file_with_operations_is_no_full_list(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="op column"):
        load_text(tmp_path, f"imei,op\n{A},add\n", mode=Mode.FULL)


@pytest.mark.parametrize(
    "lines",
    [
        f"{A},add,x\n{A},add,y\n",
        f"{A},add,x\n{A}7,add,y\n",
        f"{A},add,x\n{A},remove,x\n",
        f"{A}12,remove,x\n{B},add,x\n{A},update,x\n",
    ],
)
def test_lines_that_contradict_each_other_refuse_the_file(tmp_path: Path, lines: str) -> None:
    load_text(tmp_path, f"imei\n{C}\n")
    with pytest.raises(ListFileError, match="the same equipment as line 2") as caught:
        load_text(tmp_path, "imei,op,reason\n" + lines, mode=None, max_bad=9)
    assert A not in str(caught.value)
    assert verify(tmp_path).version == 1
    assert rows_of(tmp_path, A, B) == [None, None]


def test_lines_that_repeat_others_are_ignored_and_counted(tmp_path: Path) -> None:
    outcome = load_text(tmp_path, f"imei,reason\n{A},x\n{B},x\n{A},x\n{A}0,x\n")
    assert outcome.counts == Counts(added=2, duplicates=2)


def test_a_bad_line_refuses_the_file_and_names_it(tmp_path: Path) -> None:
    load_text(tmp_path, f"imei\n{C}\n")
    with pytest.raises(ListFileError, match=r"list\.csv: 1 bad line, nothing") as caught:
        load_text(tmp_path, f"imei\n{A}\n123\n")
    assert "  line 3: an IMEI has 14 to 16 digits, not 3" in str(caught.value)
    assert "--max-bad 1" in caught.value.next_step
    assert rows_of(tmp_path, A, C) == [None, listed()]


def test_bad_lines_are_left_out_up_to_the_number_allowed(tmp_path: Path) -> None:
    text = f"imei\n{A}\n123\n456\n"
    with pytest.raises(ListFileError, match="2 bad lines"):
        load_text(tmp_path, text, max_bad=1)
    outcome = load_text(tmp_path, text, max_bad=2)
    assert outcome.counts == Counts(added=1, bad=2)
    assert [fault.line for fault in outcome.faults.shown] == [3, 4]


def test_the_same_file_again_makes_no_version(tmp_path: Path) -> None:
    text = f"imei,reason\n{A},x\n{B},\n"
    assert load_text(tmp_path, text).changed
    outcome = load_text(tmp_path, text)
    assert (outcome.changed, outcome.version) == (False, 1)
    assert verify(tmp_path).version == 1


def test_a_full_file_without_entries_needs_a_word_more(tmp_path: Path) -> None:
    load_text(tmp_path, csv_of(range(3)))
    with pytest.raises(ListFileError, match="the 3 of this list would all go") as caught:
        load_text(tmp_path, "imei\n")
    assert "--allow-empty" in caught.value.next_step
    assert load_text(tmp_path, "imei\n", allow_empty=True).counts == Counts(removed=3)


def test_a_store_may_begin_with_an_empty_list_when_that_is_said(tmp_path: Path) -> None:
    assert load_text(tmp_path, "imei\n", allow_empty=True).version == 1
    assert rows_of(tmp_path, A) == [None]
    assert verify(tmp_path).version == 1


def test_a_delta_that_changes_nothing_makes_no_store_healthy(tmp_path: Path) -> None:
    outcome = load_text(tmp_path, f"imei,op\n{A},remove\n", mode=None)
    assert (outcome.changed, outcome.version) == (False, 0)


def test_instants_are_kept(tmp_path: Path) -> None:
    load_text(tmp_path, f"imei,effective,expires\n{A},19700102,1970-01-03\n")
    assert rows_of(tmp_path, A) == [
        (Entry(ListName.PROHIBITED, "local", "", 86_400, 172_800),),
    ]


def test_an_unreadable_header_names_the_file(tmp_path: Path) -> None:
    with pytest.raises(ListFileError, match=r"list\.csv: the file is empty"):
        load_text(tmp_path, "")
