from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from eir.store.difference import ABSENT, Tally, amend, read_changes, replace_all
from eir.store.keys import TOMBSTONE, make_cell
from eir.store.runs import write_records

KEYS = st.integers(0, 30).map(lambda number: number.to_bytes(6, "big"))
IDS = st.integers(1, 3).map(lambda number: number.to_bytes(3, "big"))
TABLES = st.dictionaries(KEYS, IDS)
Cells = dict[bytes, bytes]


def cells(table: Cells) -> Cells:
    return {key: make_cell(key, row_id) for key, row_id in sorted(table.items())}


def apply(changes: list[bytes], held: Cells) -> Cells:
    after = dict(held)
    for change in changes:
        key, was, will_be = change[:6], change[6:10], change[10:]
        assert after.pop(key, ABSENT) == was
        assert was != will_be
        if will_be != ABSENT:
            after[key] = will_be
    return after


@given(TABLES, TABLES)
def test_replacing_makes_the_table_the_lines(before: Cells, lines: Cells) -> None:
    tally = Tally()
    held = cells(before)
    changes = list(replace_all(sorted(lines.items()), iter(held.items()), tally))
    assert apply(changes, held) == cells(lines)
    assert changes == sorted(changes)
    assert tally.added == len(lines.keys() - before.keys())
    assert tally.removed == len(before.keys() - lines.keys())
    assert tally.unchanged == len(before.items() & lines.items())
    assert tally.added + tally.updated + tally.unchanged == len(lines)


@given(TABLES, st.dictionaries(KEYS, IDS | st.just(TOMBSTONE)))
def test_amending_puts_and_removes_just_the_lines(before: Cells, lines: Cells) -> None:
    tally = Tally()
    held = cells(before)
    changes = list(amend(sorted(lines.items()), held.get, tally))
    expected = {key: row for key, row in (before | lines).items() if row != TOMBSTONE}
    assert apply(changes, held) == cells(expected)
    removals = {key for key, row in lines.items() if row == TOMBSTONE}
    assert tally.absent == len(removals - before.keys())
    assert tally.removed == len(removals & before.keys())
    assert tally.added == len(lines.keys() - removals - before.keys())
    assert len(changes) == tally.added + tally.removed + tally.updated


def test_changes_read_back_from_their_file(tmp_path: Path) -> None:
    changes = [bytes([n]) * 6 + ABSENT + b"abcd" for n in range(200)]
    write_records(tmp_path / "changes", changes)
    read = [b"".join(change) for change in read_changes(tmp_path / "changes")]
    assert read == changes
