"""Changes against the arithmetic of dictionaries."""

from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from eir.store.arrays import Entries
from eir.store.changes import Changes, Tally, amend, replace_all
from eir.store.journal import Counts
from tests.eir.store.made import VALUES, WIDTHS, Key, Table, pages_of, table_of, tables

SIZES = st.integers(1, 9)
Change = tuple[Key, int, int]


@st.composite
def held_and_said(
    draw: st.DrawFn, values: st.SearchStrategy[int] = VALUES
) -> tuple[int, Table, Table]:
    """Draw how many columns keys have, what a map holds, and what lines say."""
    width = draw(WIDTHS)
    held = draw(tables(width))
    said = draw(tables(width, values))
    same = draw(st.sets(st.sampled_from(sorted(held)))) if held else set()
    return width, held, said | {key: held[key] for key in same}


def changes_in(parts: list[Entries]) -> list[Change]:
    rows = [column for part in parts for column in part.T.tolist()]
    return [(tuple(row[:-2]), row[-2], row[-1]) for row in rows]


def applied(changes: list[Change], held: Table) -> Table:
    after = dict(held)
    for key, was, will in changes:
        assert after.pop(key, 0) == was
        assert was != will
        if will:
            after[key] = will
    return after


def is_in_order(changes: list[Change]) -> bool:
    keys = [key for key, *_ in changes]
    return keys == sorted(set(keys))


@given(held_and_said(), SIZES, SIZES)
def test_replacing_makes_the_map_the_lines(
    made: tuple[int, Table, Table], size: int, held_size: int
) -> None:
    width, held, said = made
    tally = Tally()
    parts = replace_all(pages_of(said, width, size), pages_of(held, width, held_size), width, tally)
    changes = changes_in(list(parts))
    assert applied(changes, held) == said
    assert is_in_order(changes)
    assert tally == Tally(
        added=len(said.keys() - held.keys()),
        removed=len(held.keys() - said.keys()),
        updated=len([key for key in held.keys() & said.keys() if held[key] != said[key]]),
        unchanged=len(held.items() & said.items()),
    )


@given(held_and_said(VALUES | st.just(0)), SIZES)
def test_amending_puts_and_removes_just_the_lines(
    made: tuple[int, Table, Table], size: int
) -> None:
    width, held, said = made

    def values(wanted: Entries) -> Entries:
        found = [held.get(tuple(key), 0) for key in wanted.T.tolist()]
        return np.array(found, np.uint64)

    tally = Tally()
    changes = changes_in(list(amend(pages_of(said, width, size), values, width, tally)))
    assert applied(changes, held) == {k: v for k, v in (held | said).items() if v}
    assert is_in_order(changes)
    gone = {key for key, value in said.items() if not value}
    assert tally == Tally(
        added=len(said.keys() - gone - held.keys()),
        removed=len(gone & held.keys()),
        updated=len([key for key in held.keys() & said.keys() - gone if held[key] != said[key]]),
        unchanged=len(held.items() & said.items()),
        absent=len(gone - held.keys()),
    )


@given(held_and_said(), SIZES)
def test_changes_wait_in_their_file(made: tuple[int, Table, Table], size: int) -> None:
    width, held, said = made
    with TemporaryDirectory() as directory:
        changes = Changes(Path(directory) / "changes", width)
        lines = pages_of(said, width, size)
        changes.write(replace_all(lines, pages_of(held, width, 5), width, Tally()))
        assert applied(changes_in(list(changes)), held) == said
        assert changes.count == len(changes_in(list(changes)))
        assert changes.grown == len(said) - len(held)
        assert table_of(changes.before) == {key: was for key, was, _ in changes_in(list(changes))}
        assert table_of(changes.after) == {key: will for key, _, will in changes_in(list(changes))}


def test_a_tally_becomes_the_counts_of_the_journal() -> None:
    tally = Tally(added=1, removed=2, updated=4, unchanged=8, absent=16)
    assert tally.counts(duplicates=32, bad=64) == Counts(
        added=1, removed=2, updated=4, unchanged=8, absent=16, duplicates=32, bad=64
    )
