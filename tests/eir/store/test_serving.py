from hypothesis import given
from hypothesis import strategies as st

from eir.store.keys import TOMBSTONE, make_cell
from eir.store.serving import live, override, wants_new_base

KEYS = st.integers(0, 30).map(lambda number: number.to_bytes(6, "big"))
TABLES = st.dictionaries(KEYS, st.binary(min_size=4, max_size=4))


@given(TABLES, TABLES)
def test_where_both_have_a_key_the_upper_table_is_right(
    lower: dict[bytes, bytes], upper: dict[bytes, bytes]
) -> None:
    merged = list(override(sorted(lower.items()), sorted(upper.items())))
    assert merged == sorted((lower | upper).items())


def test_tombstones_do_not_live() -> None:
    cells = [(key, make_cell(key, row)) for key, row in ((b"a", TOMBSTONE), (b"b", b"\0\0\1"))]
    assert list(live(cells)) == cells[1:]


def test_a_new_base_is_wanted_once_the_overlay_is_more_than_an_eighth() -> None:
    assert not wants_new_base(base=80, overlay=4, changes=6)
    assert wants_new_base(base=80, overlay=4, changes=7)


def test_the_first_entries_make_a_base() -> None:
    assert wants_new_base(base=0, overlay=0, changes=1)
