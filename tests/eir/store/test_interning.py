import pytest

from eir.errors import StoreError
from eir.lists.names import ListName, Lock
from eir.store.interning import RowTable
from eir.store.rows import Entry, Scope, sort_row
from eir.store.texts import id_octets
from tests.eir.store.made import writable

STOLEN = Entry(ListName.PROHIBITED, "police", "stolen")
KNOWN = Entry(ListName.PERMITTED, "shop")
RANGE = Entry(ListName.PROHIBITED, "police", "fake", scope=Scope.RANGE)


def test_the_same_row_has_one_id_also_in_the_next_load() -> None:
    with writable() as (transaction, tables, _):
        first = RowTable(transaction, tables).id_of((STOLEN,))
        again = RowTable(transaction, tables)
        assert again.id_of((KNOWN,)) != first
        assert again.id_of((STOLEN,)) == first == 1


def test_a_text_has_one_id_too() -> None:
    with writable() as (transaction, tables, _):
        table = RowTable(transaction, tables)
        numbers = [table.id_of_text(text) for text in (b"phone", b"other", b"phone")]
        assert numbers == [1, 2, 1]


def test_many_texts_have_ids_in_the_order_in_which_they_come() -> None:
    with writable() as (transaction, tables, _):
        table = RowTable(transaction, tables)
        assert table.ids_of_texts([b"b", b"a", b"b"]) == [1, 2, 1]
        assert table.ids_of_texts([b"c", b"a"]) == [3, 2]
        assert table.ids_of_texts([]) == []
        assert RowTable(transaction, tables).ids_of_texts([b"c", b"d"]) == [3, 4]


def test_rows_merge_into_one_with_the_strongest_first() -> None:
    with writable() as (transaction, tables, _):
        table = RowTable(transaction, tables)
        ids = table.id_of((KNOWN,)), table.id_of((STOLEN,))
        merged = table.merge(ids)
        assert table.row(merged) == (STOLEN, KNOWN)
        assert merged == table.merge(ids) == table.merge(ids[::-1])


def test_a_row_alone_merges_into_itself() -> None:
    with writable() as (transaction, tables, _):
        table = RowTable(transaction, tables)
        assert table.merge((table.id_of((KNOWN,)),)) == table.id_of((KNOWN,))


def test_a_marker_says_all_but_the_reason_which_is_about_the_subscriber() -> None:
    lock = Entry(ListName.BINDING, "shop", "sold", 1, 2, lock=Lock.MUTUAL, scope=Scope.PAIR)
    with writable() as (transaction, tables, _):
        table = RowTable(transaction, tables)
        (said,) = table.row(table.marker(table.id_of((lock,))))
        assert said == Entry(ListName.BINDING, "shop", "", 1, 2, lock=Lock.MUTUAL, scope=Scope.PAIR)


def test_a_segment_says_how_far_each_of_its_ranges_goes() -> None:
    with writable() as (transaction, tables, _):
        table = RowTable(transaction, tables)
        number = table.id_of((RANGE,))
        narrow, wide = (10**14 + 3, 10**14 + 4), (10**14, 10**14 + 9)
        row = table.row(table.spread([(number, *narrow), (number, *wide)]))
        assert [entry.span for entry in row] == [
            ("00000000000003", "00000000000004"),
            ("00000000000000", "00000000000009"),
        ]
        assert row == sort_row(list(row))


def test_a_digest_that_names_another_row_is_damage() -> None:
    with writable() as (transaction, tables, _):
        table = RowTable(transaction, tables)
        table.id_of((STOLEN,))
        known = id_octets(table.id_of((KNOWN,)))
        for digest, _ in list(transaction.cursor(tables.row_ids)):
            transaction.put(digest, known, db=tables.row_ids)
        with pytest.raises(StoreError, match="wrong digest"):
            RowTable(transaction, tables).id_of((STOLEN,))


def test_an_id_that_names_no_row_is_damage() -> None:
    with writable() as (transaction, tables, _):
        table = RowTable(transaction, tables)
        with pytest.raises(StoreError, match="names no row"):
            table.merge((7, 8))


def test_ids_that_ran_out_are_an_error_not_a_wrong_row() -> None:
    with writable() as (transaction, tables, _):
        table = RowTable(transaction, tables, max_id=1)
        table.id_of((STOLEN,))
        with pytest.raises(StoreError, match="full"):
            table.id_of((KNOWN,))
        assert table.id_of((STOLEN,)) == 1


def test_many_texts_that_do_not_fit_are_not_written_in_part() -> None:
    with writable() as (transaction, tables, _):
        table = RowTable(transaction, tables, max_id=2)
        with pytest.raises(StoreError, match="full"):
            table.ids_of_texts([b"a", b"b", b"c"])
        assert table.ids_of_texts([b"a", b"b", b"a"]) == [1, 2, 1]
