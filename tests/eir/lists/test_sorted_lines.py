from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eir.lists.batch import DEVICE, Batch, Stream
from eir.lists.names import ListName
from eir.lists.sorted_lines import UNORDERED, SortedLines
from eir.lists.subjects import Kind
from eir.store.interning import MAX_ID
from eir.store.layout import Truth

LIST = ListName.PROHIBITED
SINGLE = Stream("a", Kind.EQUIPMENT)
PHONE = Stream("a", DEVICE)
A = Truth(LIST, "a")
Rows = list[tuple[int, int]]  # IMEI, entry


def batch_of(stream: Stream, rows: list[tuple[int, ...]]) -> Batch:
    return {stream: np.array(rows, np.uint64).T}


def taken(lines: SortedLines, name: str) -> Rows:
    return [(imei, says) for part in lines.take(LIST, name) for imei, says in part.T.tolist()]


@pytest.fixture
def lines(tmp_path: Path) -> SortedLines:
    return SortedLines(tmp_path)


@given(
    st.lists(st.tuples(st.integers(1, 9), st.integers(0, 2)), min_size=1, max_size=20),
    st.integers(1, 5),
    st.integers(1, 8),
)
def test_each_subject_comes_once_and_each_further_line_repeats_or_contradicts(
    rows: Rows, size: int, held: int
) -> None:
    with TemporaryDirectory() as directory:
        lines = SortedLines(Path(directory), run_entries=held)
        numbered = [(*row, number) for number, row in enumerate(rows, start=2)]
        for at in range(0, len(rows), size):
            lines.add(batch_of(SINGLE, [*numbered[at : at + size]]))
        found = taken(lines, A.map(Kind.EQUIPMENT))
    first: dict[int, int] = {}
    for imei, says in rows:
        first.setdefault(imei, says)
    assert found == sorted(first.items())
    assert lines.count == len(first)
    assert lines.duplicates + lines.conflicts.total == len(rows) - len(first)
    assert bool(lines.conflicts.total) == any(says != first[imei] for imei, says in rows)


def test_a_contradiction_names_both_lines_and_no_equipment(lines: SortedLines) -> None:
    imei = 100100199000001
    lines.add(batch_of(SINGLE, [(imei, 1, 9), (imei, 2, 4)]))
    taken(lines, A.map(Kind.EQUIPMENT))
    (fault,) = lines.conflicts.shown
    assert (fault.line, "line 4" in fault.reason) == (9, True)
    assert str(imei)[1:] not in fault.reason


def test_lines_go_to_the_map_of_their_source_and_kind(lines: SortedLines) -> None:
    lines.add(batch_of(SINGLE, [(5, 1, 2)]))
    lines.add(batch_of(Stream("b", Kind.TAC), [(6, 1, 3)]))
    lines.add(batch_of(PHONE, [(5, 8, 2)]))
    assert lines.sources == {"a", "b"}
    b = Truth(LIST, "b")
    assert lines.names(LIST) == sorted([A.map(Kind.EQUIPMENT), A.devices, b.map(Kind.TAC)])
    assert taken(lines, b.map(Kind.TAC)) == [(6, 1)]
    assert taken(lines, A.devices) == [(5, 8)]
    assert taken(lines, b.map(Kind.EQUIPMENT)) == []
    assert lines.count == 1, "names of phones are no subjects"


def test_who_is_taken_off_the_list_is_taken_from_its_phone(lines: SortedLines) -> None:
    lines.add(batch_of(SINGLE, [(5, 0, 2), (6, 1, 3)]))
    lines.add(batch_of(PHONE, [(6, 8, 3)]))
    assert taken(lines, A.devices) == [(5, 0), (6, 8)]


def test_only_a_single_equipment_is_taken_from_its_phone(lines: SortedLines) -> None:
    lines.add(batch_of(Stream("a", Kind.SOFTWARE), [(5, 101, 0, 2)]))
    assert lines.names(LIST) == [A.map(Kind.SOFTWARE)]


def test_a_phone_named_twice_repeats_nothing(lines: SortedLines) -> None:
    lines.add(batch_of(PHONE, [(5, 8, 2), (5, 8, 3)]))
    assert taken(lines, A.devices) == [(5, 8)]
    assert lines.duplicates == 0


def test_the_largest_goes_to_the_disk_when_memory_is_full(tmp_path: Path) -> None:
    lines = SortedLines(tmp_path, run_entries=3)
    lines.add(batch_of(SINGLE, [(5, 1, 2)]))
    lines.add(batch_of(Stream("b", Kind.TAC), [(7, 1, 3), (6, 1, 4)]))
    assert list(tmp_path.iterdir()) == []
    lines.add(batch_of(SINGLE, [(4, 1, 5)]))
    assert [file.name for file in tmp_path.iterdir()] == ["a:equipment-0"]
    assert taken(lines, A.map(Kind.EQUIPMENT)) == [(4, 1), (5, 1)]


def test_lines_beyond_the_last_number_do_not_change_what_is_said(lines: SortedLines) -> None:
    last = (1 << 32) - 1
    lines.add(batch_of(SINGLE, [(4, MAX_ID, last + 1), (5, 0, 3 << 32)]))
    lines.add(batch_of(SINGLE, [(6, 7, last), (6, 8, 9 << 32)]))
    assert taken(lines, A.map(Kind.EQUIPMENT)) == [(4, MAX_ID), (5, 0), (6, 7)]
    assert taken(lines, A.devices) == [(5, 0)]
    assert [fault.line for fault in lines.conflicts.shown] == [last]


@given(
    st.lists(st.tuples(st.integers(1, 4), st.integers(0, 3)), min_size=1, max_size=20),
    st.integers(1, 5),
    st.integers(1, 8),
)
def test_somebody_may_decide_which_of_several_lines_counts(
    rows: Rows, size: int, held: int
) -> None:
    with TemporaryDirectory() as directory:
        lines = SortedLines(Path(directory), run_entries=held, resolve=max)
        numbered = [(*row, number) for number, row in enumerate(rows, start=2)]
        for at in range(0, len(rows), size):
            lines.add(batch_of(SINGLE, [*numbered[at : at + size]]))
        found = taken(lines, A.map(Kind.EQUIPMENT))
    assert found == sorted({imei: max(s for i, s in rows if i == imei) for imei, _ in rows}.items())
    assert not lines.conflicts.total


@given(
    st.lists(st.tuples(st.integers(1, 4), st.integers(0, 3)), min_size=1, max_size=20),
    st.integers(1, 5),
    st.integers(1, 8),
)
def test_a_subject_of_which_nobody_knows_what_counts_is_left_out(
    rows: Rows, size: int, held: int
) -> None:
    with TemporaryDirectory() as directory:
        lines = SortedLines(Path(directory), run_entries=held, resolve=lambda *_: UNORDERED)
        for at in range(0, len(rows), size):
            lines.add(batch_of(SINGLE, [(*row, 2) for row in rows[at : at + size]]))
        found = taken(lines, A.map(Kind.EQUIPMENT))
    said = {imei: {s for i, s in rows if i == imei} for imei, _ in rows}
    assert found == sorted((imei, min(says)) for imei, says in said.items() if len(says) == 1)
    assert lines.count == len(found)
    assert lines.unordered == len(said) - len(found)


def test_lines_of_several_files_have_names_of_their_own(tmp_path: Path) -> None:
    lines = SortedLines(tmp_path, named=lambda number: f"line {number - 100} of b.csv")
    lines.add(batch_of(SINGLE, [(4, 1, 102), (4, 2, 103)]))
    taken(lines, A.map(Kind.EQUIPMENT))
    assert "line 2 of b.csv" in str(lines.conflicts)
