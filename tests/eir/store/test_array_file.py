from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eir.store.array_file import ArrayFile
from eir.store.arrays import Entries, empty
from tests.eir.store.made import Table, entries_of, tables


@given(st.lists(tables(2), max_size=4))
def test_arrays_read_back_as_often_as_is_asked(made: list[Table]) -> None:
    arrays = [entries_of(table, 2) for table in made]
    with TemporaryDirectory() as directory:
        file = ArrayFile(Path(directory) / "arrays")
        file.write(arrays)
        for _ in range(2):
            assert [part.tolist() for part in file] == [a.tolist() for a in arrays if a.shape[1]]


@pytest.fixture
def file(tmp_path: Path) -> ArrayFile:
    return ArrayFile(tmp_path / "arrays")


def test_what_was_never_written_has_no_arrays(file: ArrayFile) -> None:
    assert list(file) == []


def test_arrays_without_entries_are_left_out(file: ArrayFile) -> None:
    file.write([empty(2), np.ones((2, 1), np.uint64), empty(3)])
    assert [part.shape for part in file] == [(2, 1)]


def test_writing_again_begins_anew(file: ArrayFile) -> None:
    file.write([np.ones((2, 9), np.uint64)])
    file.write([np.zeros((1, 3), np.uint64)])
    assert [part.tolist() for part in file] == [[[0, 0, 0]]]


def test_what_is_read_may_be_written_to(file: ArrayFile) -> None:
    file.write([np.ones((2, 9), np.uint64)])
    (found,) = file
    found[:] = 7
    assert [part.tolist() for part in file] == [[[1] * 9] * 2]


def test_a_row_of_one_number_takes_eight_octets(file: ArrayFile, tmp_path: Path) -> None:
    rows: Entries = np.stack((np.arange(1000), np.full(1000, 7))).astype(np.uint64)
    file.write([rows])
    assert (tmp_path / "arrays").stat().st_size < 8 * 1000 + 8 + 32


def test_only_its_owner_may_read_it(file: ArrayFile, tmp_path: Path) -> None:
    file.write([np.ones((1, 1), np.uint64)])
    assert (tmp_path / "arrays").stat().st_mode & 0o777 == 0o600


def test_its_space_is_given_back(file: ArrayFile, tmp_path: Path) -> None:
    file.write([np.ones((1, 1), np.uint64)])
    file.remove()
    file.remove()
    assert list(tmp_path.iterdir()) == []
