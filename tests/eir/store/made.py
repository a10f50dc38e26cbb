"""Entries made for tests: dictionaries from keys to values, and the arrays that say the same."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeAlias

import numpy as np
from hypothesis import strategies as st

from eir.store.arrays import Entries
from eir.store.environment import Tables, Transaction, open_tables, open_writer

Key: TypeAlias = tuple[int, ...]
Table: TypeAlias = dict[Key, int]

WIDTHS = st.integers(1, 3)  # how many columns a key has
# Few numbers, so that keys meet; far apart, so that differences of every width occur.
NUMBERS = st.integers(1, 6) | st.sampled_from([255, 256, 257, 65_537, 2**32, 2**40, 2**63])
VALUES = st.integers(1, 4) | st.sampled_from([255, 256, 65_536, 2**32 - 1])


def keys_of(width: int) -> st.SearchStrategy[Key]:
    """Draw keys of so many columns."""
    return st.tuples(*[NUMBERS] * width)


def tables(width: int, values: st.SearchStrategy[int] = VALUES) -> st.SearchStrategy[Table]:
    """Draw what a map with such keys may hold."""
    return st.dictionaries(keys_of(width), values, max_size=25)


@st.composite
def maps(draw: st.DrawFn, values: st.SearchStrategy[int] = VALUES) -> tuple[int, Table]:
    """Draw how many columns keys have, and what a map with such keys may hold."""
    width = draw(WIDTHS)
    return width, draw(tables(width, values))


@st.composite
def wide(draw: st.DrawFn, *, count: int, width: int = 3) -> Table:
    """Draw keys so many and so far apart that they need several blocks."""
    random = np.random.default_rng(draw(st.integers(0, 2**32)))
    columns = random.integers(1, 2**63, (width, count), np.uint64)
    if width > 1:
        columns[0] = random.integers(1, draw(st.sampled_from([3, 50, 2**63])), count, np.uint64)
    values = random.integers(1, 2**32, count, np.uint64)
    return dict(zip(map(tuple, columns.T.tolist()), values.tolist(), strict=True))


def entries_of(table: Mapping[Key, int], width: int) -> Entries:
    """Give a dictionary as a sorted array."""
    rows = [(*key, value) for key, value in sorted(table.items())]
    return np.array(rows, np.uint64).reshape(-1, width + 1).T


def pages_of(table: Mapping[Key, int], width: int, size: int) -> Iterator[Entries]:
    """Give it as sorted arrays of so many entries."""
    entries = entries_of(table, width)
    for at in range(0, entries.shape[1], size):
        yield entries[:, at : at + size].copy()


def table_of(parts: Iterable[Entries]) -> Table:
    """Give arrays as a dictionary; its order is theirs."""
    columns = [column for part in parts for column in part.T.tolist()]
    found = {tuple(column[:-1]): column[-1] for column in columns}
    assert len(found) == len(columns), "a key came twice"
    return found


def is_sorted(table: Table) -> bool:
    """Tell whether keys came in order."""
    return list(table) == sorted(table)


@contextmanager
def writable() -> Iterator[tuple[Transaction, Tables, Path]]:
    """Open a store that is thrown away: a write transaction, its tables, a scratch directory."""
    with (
        TemporaryDirectory() as directory,
        open_writer(Path(directory) / "lists") as environment,
        environment.begin(write=True) as transaction,
    ):
        yield transaction, open_tables(environment, transaction), Path(directory)
        transaction.abort()
