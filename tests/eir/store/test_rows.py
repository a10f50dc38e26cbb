import pytest
from hypothesis import given
from hypothesis import strategies as st

from eir.errors import StoreError
from eir.lists.names import ListName
from eir.store.rows import Entry, decode_row, encode_row, seal_row, sort_row

INSTANTS = st.none() | st.integers(-(10**9), 10**11)
ENTRIES = st.builds(Entry, st.sampled_from(ListName), st.text(), st.text(), INSTANTS, INSTANTS)

ENTRY = Entry(ListName.TRACKING, "registry", "stolen", 1, 2)
ID = b"\0\0\7"


@given(st.lists(ENTRIES).map(tuple))
def test_a_row_reads_back(row: tuple[Entry, ...]) -> None:
    assert decode_row(ID, seal_row(ID, encode_row(row))) == row


@given(st.integers(0, 200))
def test_a_garbled_row_is_refused(place: int) -> None:
    octets = bytearray(seal_row(ID, encode_row((ENTRY,))))
    octets[place % len(octets)] ^= 1
    with pytest.raises(StoreError, match="fails its check"):
        decode_row(ID, bytes(octets))


@given(st.integers(0, 8 * len(ID) - 1))
def test_a_row_under_another_id_is_refused(bit: int) -> None:
    other = (int.from_bytes(ID, "big") ^ 1 << bit).to_bytes(len(ID), "big")
    with pytest.raises(StoreError, match="fails its check"):
        decode_row(other, seal_row(ID, encode_row((ENTRY,))))


def test_a_row_has_the_strongest_list_first_then_the_sources_in_order() -> None:
    entries = [
        Entry(ListName.PERMITTED, "a"),
        Entry(ListName.TRACKING, "b"),
        Entry(ListName.PROHIBITED, "d"),
        Entry(ListName.PROHIBITED, "c"),
    ]
    assert [(e.list, e.source) for e in sort_row(entries)] == [
        (ListName.PROHIBITED, "c"),
        (ListName.PROHIBITED, "d"),
        (ListName.TRACKING, "b"),
        (ListName.PERMITTED, "a"),
    ]


@pytest.mark.parametrize(
    ("at", "in_force"), [(99.9, False), (100.0, True), (199.9, True), (200.0, False)]
)
def test_an_entry_is_in_force_from_effective_until_just_before_expires(
    at: float,
    in_force: bool,  # noqa: FBT001 - a column of the table
) -> None:
    assert Entry(ListName.TRACKING, "s", "", 100, 200).in_force(at) is in_force


def test_an_entry_without_instants_is_always_in_force() -> None:
    assert Entry(ListName.TRACKING, "s").in_force(0.0)
