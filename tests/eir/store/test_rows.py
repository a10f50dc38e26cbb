import pytest
from hypothesis import given
from hypothesis import strategies as st

from eir.errors import StoreError
from eir.lists.names import ListName, Lock
from eir.store.rows import Entry, Scope, decode_row, encode_row, seal_row, sort_row

INSTANTS = st.none() | st.integers(-(10**9), 10**11)
SPANS = st.none() | st.tuples(*[st.text("0123456789", min_size=14, max_size=14)] * 2)
ENTRIES = st.builds(
    Entry,
    st.sampled_from(ListName),
    st.text(),
    st.text(),
    INSTANTS,
    INSTANTS,
    svn=st.sampled_from(["", "01"]),
    lock=st.none() | st.sampled_from(Lock),
    then=st.none() | st.sampled_from(ListName),
    scope=st.sampled_from(Scope),
    span=SPANS,
)

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


def test_ranges_stay_in_the_given_order_the_others_do_not_depend_on_it() -> None:
    ranges = [Entry(ListName.TRACKING, source, scope=Scope.RANGE) for source in ("b", "a")]
    others = [
        Entry(ListName.TRACKING, "b", svn="01"),
        Entry(ListName.TRACKING, "a"),
        Entry(ListName.TRACKING, "a", effective=1),
        Entry(ListName.TRACKING, "a", reason="x"),
        Entry(ListName.TRACKING, "a", lock=Lock.MUTUAL, scope=Scope.PAIR),
        Entry(ListName.TRACKING, "a", effective=1, scope=Scope.PAIR),
    ]
    expected = [others[5], others[4], *others[:3], others[3], *ranges]
    for entries in ([*others, *ranges], [*ranges, *others[::-1]]):
        assert list(sort_row(entries)) == expected


@pytest.mark.parametrize(
    ("at", "then", "found"),
    [
        (99.9, None, None),
        (100.0, None, ListName.TRACKING),
        (199.9, None, ListName.TRACKING),
        (200.0, None, None),
        (199.9, ListName.PROHIBITED, ListName.TRACKING),
        (200.0, ListName.PROHIBITED, ListName.PROHIBITED),
        (99.9, ListName.PROHIBITED, None),
    ],
)
def test_an_entry_is_on_its_list_from_effective_until_just_before_expires(
    at: float, then: ListName | None, found: ListName | None
) -> None:
    assert Entry(ListName.TRACKING, "s", "", 100, 200, then=then).list_at(at) is found


def test_an_entry_without_instants_is_always_on_its_list() -> None:
    assert Entry(ListName.TRACKING, "s").list_at(0.0) is ListName.TRACKING
