import hashlib
import io
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from eir.errors import ListFileError, UsageError
from eir.lists.loader import Mode, Request, Supposed, load, suppose
from eir.lists.names import ListName
from eir.lists.subjects import Kind, number_of
from eir.store.catalog import reading_lists
from eir.store.journal import CREATED, Action, Counts
from eir.store.layout import Truth
from eir.store.rows import Entry
from eir.store.verify import verify
from protocols.identities import Imei
from tests.eir.lists_loading import csv_of, load_text, rows_of

A, B, C = "35209900176141", "35209900176142", "35209900176143"


def listed(reason: str = "") -> tuple[Entry, ...]:
    return (Entry(ListName.PROHIBITED, "local", reason),)


def test_a_full_file_is_counted_against_what_was_loaded(tmp_path: Path) -> None:
    load_text(tmp_path, f"imei,reason\n{A},x\n{B},x\n")
    outcome = load_text(tmp_path, f"imei,reason\n{B},y\n{C},y\n{C}0,y\n")
    assert outcome.counts == Counts(added=1, removed=1, updated=1, duplicates=1)
    assert rows_of(tmp_path, A, B, C) == [(), listed("y"), listed("y")]


def test_a_delta_puts_and_removes(tmp_path: Path) -> None:
    load_text(tmp_path, f"imei\n{A}\n{B}\n")
    outcome = load_text(
        tmp_path, f"imei,op\n{A},remove\n{B},add\n{C},update\n11111111111111,delete\n", mode=None
    )
    assert outcome.mode is Mode.DELTA
    assert outcome.counts == Counts(added=1, removed=1, unchanged=1, absent=1)
    assert rows_of(tmp_path, A, B, C) == [(), listed(), listed()]


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
    assert rows_of(tmp_path, A, B) == [(), ()]


def test_lines_that_repeat_others_are_ignored_and_counted(tmp_path: Path) -> None:
    outcome = load_text(tmp_path, f"imei,reason\n{A},x\n{B},x\n{A},x\n{A}0,x\n")
    assert outcome.counts == Counts(added=2, duplicates=2)


def test_a_bad_line_refuses_the_file_and_names_it(tmp_path: Path) -> None:
    load_text(tmp_path, f"imei\n{C}\n")
    with pytest.raises(ListFileError, match=r"list\.csv: 1 bad line, nothing") as caught:
        load_text(tmp_path, f"imei\n{A}\n{A}1234\n")
    assert "  line 3: " in str(caught.value)
    assert A not in str(caught.value)
    assert "--max-bad 1" in caught.value.next_step
    assert rows_of(tmp_path, A, C) == [(), listed()]


def test_a_file_that_is_cut_short_is_refused_whatever_may_be_left_out(tmp_path: Path) -> None:
    load_text(tmp_path, f"imei,reason\n{A},x\n{C},x\n")
    with pytest.raises(ListFileError, match="ends in the middle of this line") as caught:
        load_text(tmp_path, f"imei,reason\n{A},x\n{B[:9]}", max_bad=9)
    assert caught.value.next_step.startswith("get the whole file again")
    assert rows_of(tmp_path, B, C) == [(), listed("x")]


def test_bad_lines_are_left_out_up_to_the_number_allowed(tmp_path: Path) -> None:
    text = f"imei\n{A}\n{A}1234\n{B}5678\n"
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
    with pytest.raises(ListFileError, match="so all 3 of this list would go") as caught:
        load_text(tmp_path, "imei\n")
    assert "--allow-empty" in caught.value.next_step
    assert load_text(tmp_path, "imei\n", allow_empty=True).counts == Counts(removed=3)


def test_a_store_may_begin_with_an_empty_list_when_that_is_said(tmp_path: Path) -> None:
    assert load_text(tmp_path, "imei\n", allow_empty=True).version == 1
    assert rows_of(tmp_path, A) == [()]
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


EVERY_KIND = f"""\
imei,imei_to,svn,tac,imsi,msisdn,device,reason
{A},,,,,,phone,x
{A},,01,,,,,x
{A},{C},,,,,,x
,,,35209900,,,,x
{A},,,,001010000000001,,,x
,,,,,15550001,,x
NULL,,,,,,,x
"""


def test_a_full_file_is_the_whole_list_of_every_kind(tmp_path: Path) -> None:
    outcome = load_text(tmp_path, EVERY_KIND)
    assert outcome.counts == Counts(added=7)
    with reading_lists(tmp_path) as lists:
        lines = list(lists.lines())
        assert {line.subject.kind for line in lines} == set(Kind)
        assert [line.device for line in lines if line.subject.kind is Kind.EQUIPMENT] == ["phone"]
    assert load_text(tmp_path, EVERY_KIND).changed is False
    assert load_text(tmp_path, f"imei\n{A}\n").counts == Counts(removed=6, updated=1)
    with reading_lists(tmp_path) as lists:
        assert [(line.subject.key, line.device) for line in lists.lines()] == [(A, "")]


def test_who_is_taken_off_a_list_is_taken_from_its_phone(tmp_path: Path) -> None:
    load_text(tmp_path, f"imei,device\n{A},phone\n{B},phone\n")
    load_text(tmp_path, f"imei,device,op\n{A},phone,remove\n", mode=None)
    truth = Truth(ListName.PROHIBITED, "local")
    with reading_lists(tmp_path) as lists:
        assert lists.siblings_of(truth, B) == []
        assert lists.device_of(truth, number_of(A)) == ""


def test_one_equipment_of_two_phones_refuses_the_file(tmp_path: Path) -> None:
    with pytest.raises(ListFileError, match="the same equipment as line 2"):
        load_text(tmp_path, f"imei,device\n{A},one\n{A},two\n")


def test_a_file_of_several_sources_replaces_the_lists_of_those(tmp_path: Path) -> None:
    for source in ("a", "b", "local"):
        load_text(tmp_path, f"imei\n{A}\n", source=source)
    load_text(tmp_path, f"imei,source\n{B},a\n{B},b\n")
    with reading_lists(tmp_path) as lists:
        found = {(line.entry.source, line.subject.key) for line in lists.lines()}
    assert found == {("a", B), ("b", B), ("local", A)}


def test_the_journal_says_who_loaded_what_and_why(tmp_path: Path) -> None:
    load_text(tmp_path, f"imei\n{A}\n")
    request = Request(
        Truth(ListName.TRACKING, "b"), None, "me", "f.csv", action=Action.ADD, reason="a call"
    )
    octets = f"imei,op\n{A},add\n".encode()
    load(tmp_path, io.BytesIO(octets), request, progress=lambda _: None)
    with reading_lists(tmp_path) as lists:
        record = lists.record(2)
    assert (record.author, record.file, record.reason) == ("me", "f.csv", "a call")
    assert (record.list, record.source, record.mode) == (ListName.TRACKING, "b", "delta")
    assert record.file_hash == hashlib.sha256(octets).hexdigest()
    assert (record.action, record.target, record.counts.added) == (Action.ADD, None, 1)
    assert record.changes == {Truth(ListName.TRACKING, "b").map(Kind.EQUIPMENT): CREATED}


def supposing(path: Path, text: str) -> AbstractContextManager[Supposed]:
    request = Request(Truth(ListName.PROHIBITED, "local"), Mode.FULL, "me", "f.csv")
    return suppose(path, io.BytesIO(text.encode()), request, progress=lambda _: None)


def test_what_is_supposed_is_seen_and_never_was(tmp_path: Path) -> None:
    load_text(tmp_path, f"imei,reason\n{A},x\n{B},x\n")
    with supposing(tmp_path, f"imei,reason\n{B},y\n{C},y\n") as supposed:
        assert supposed.outcome.counts == Counts(added=1, removed=1, updated=1)
        assert (supposed.outcome.version, supposed.outcome.changed) == (1, True)
        found = {d.subject.key: (d.before, d.after) for d in supposed.differences()}
        (x,), (y,) = listed("x"), listed("y")
        assert found == {A: (x, None), B: (x, y), C: (None, y)}
        view = supposed.view()
        assert [view.row_of(Imei(imei)) for imei in (A, B, C)] == [(), (y,), (y,)]
    assert verify(tmp_path).version == 1
    assert rows_of(tmp_path, A, B, C) == [listed("x"), listed("x"), ()]


def test_a_wrong_file_cannot_be_supposed(tmp_path: Path) -> None:
    with pytest.raises(ListFileError, match="no entry"), supposing(tmp_path, "imei\n"):
        pass
