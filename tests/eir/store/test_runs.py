"""Sorting and merging against plain Python, with runs and pages of any size."""

from collections.abc import Iterator
from functools import partial
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from eir.store.arrays import Entries, empty, latest
from eir.store.runs import Sorter, merge_sorted
from tests.eir.store.made import WIDTHS, Table, is_sorted, pages_of, table_of, tables

SIZES = st.integers(1, 9)


@st.composite
def several(draw: st.DrawFn) -> tuple[int, list[Table]]:
    """Draw how many columns keys have, and some maps with such keys."""
    width = draw(WIDTHS)
    return width, draw(st.lists(tables(width), max_size=4))


def laid_over(made: list[Table]) -> Table:
    """Lay each over the ones before."""
    found: Table = {}
    for table in made:
        found |= table
    return found


@given(several(), SIZES)
def test_of_merged_runs_the_last_is_right_where_several_have_a_key(
    made: tuple[int, list[Table]], size: int
) -> None:
    width, held = made
    runs = [pages_of(table, width, size) for table in held]
    merged = table_of(merge_sorted(runs, width, partial(latest, keys=width)))
    assert merged == laid_over(held)
    assert is_sorted(merged)


@given(several(), st.data())
def test_runs_may_have_pages_of_any_sizes_and_pages_without_entries(
    made: tuple[int, list[Table]], data: st.DataObject
) -> None:
    width, held = made

    def gaps(pages: Iterator[Entries]) -> Iterator[Entries]:
        for page in pages:
            yield empty(width + 1)
            yield page
        yield empty(width + 1)

    runs = [gaps(pages_of(table, width, data.draw(SIZES))) for table in held]
    merged = table_of(merge_sorted(runs, width, partial(latest, keys=width)))
    assert merged == laid_over(held)


def test_a_merge_holds_pages_and_not_whole_runs() -> None:
    pages = iter(np.arange(1, 1001, dtype=np.uint64).reshape(-1, 1, 10))
    far_apart = np.array([[5, 1_000]], np.uint64)
    merged = merge_sorted([pages, iter([far_apart])], 1, partial(latest, keys=1))
    assert [part.shape[1] for part in islice(merged, 5)] == [10] * 5
    assert next(pages).min() <= 71


@given(several(), SIZES, SIZES)
def test_a_sorter_gives_each_key_once_and_what_came_last(
    made: tuple[int, list[Table]], run_entries: int, page_entries: int
) -> None:
    width, added = made
    with TemporaryDirectory() as directory:
        sorter = Sorter(
            Path(directory),
            "run",
            keys=width,
            settle=partial(latest, keys=width),
            run_entries=run_entries,
            page_entries=page_entries,
        )
        for table in added:
            for key, value in table.items():  # in any order
                sorter.add(np.array([[*key, value]], np.uint64).T)
        assert sorter.held < run_entries
        found = table_of(sorter)
        assert not list(Path(directory).iterdir())
    assert found == laid_over(added)
    assert is_sorted(found)


def sorter(directory: Path, run_entries: int) -> Sorter:
    settle = partial(latest, keys=1)
    return Sorter(directory, "run", keys=1, settle=settle, run_entries=run_entries)


def test_few_entries_need_no_file(tmp_path: Path) -> None:
    few = sorter(tmp_path, 4)
    few.add(np.array([[3, 1, 2], [30, 10, 20]], np.uint64))
    assert few.held == 3
    assert not list(tmp_path.iterdir())
    assert [part.tolist() for part in few] == [[[1, 2, 3], [10, 20, 30]]]


def test_many_entries_become_runs_that_are_gone_afterwards(tmp_path: Path) -> None:
    many = sorter(tmp_path, 2)
    for number in range(5):
        many.add(np.array([[9 - number], [1]], np.uint64))
    assert len(list(tmp_path.iterdir())) == 2
    assert many.held == 1
    assert list(table_of(many)) == [(5,), (6,), (7,), (8,), (9,)]
    assert not list(tmp_path.iterdir())


def test_a_sorter_without_entries_gives_none(tmp_path: Path) -> None:
    assert list(sorter(tmp_path, 2)) == []
