import pytest

from eir.errors import StoreError
from eir.lists.names import ListName
from eir.store.interning import RowTable
from eir.store.rows import Entry
from eir.store.texts import Texts, id_octets
from tests.eir.store.made import writable

STOLEN = Entry(ListName.PROHIBITED, "police", "stolen")
KNOWN = Entry(ListName.PERMITTED, "shop")


def test_what_was_interned_reads_back() -> None:
    with writable() as (transaction, tables, _):
        rows = RowTable(transaction, tables)
        row, single, text = (
            rows.id_of((STOLEN, KNOWN)),
            rows.id_of((STOLEN,)),
            rows.id_of_text("a phone, Größe 7".encode()),
        )
        texts = Texts(transaction, tables)
        assert texts.row(row) == (STOLEN, KNOWN)
        assert texts.row(row) is texts.row(row)
        assert texts.entry(single) == STOLEN
        assert texts.text(text) == "a phone, Größe 7"


def test_a_merged_row_is_no_entry_of_a_source() -> None:
    with writable() as (transaction, tables, _):
        merged = RowTable(transaction, tables).id_of((STOLEN, KNOWN))
        with pytest.raises(StoreError, match="names a merged row"):
            Texts(transaction, tables).entry(merged)


@pytest.mark.parametrize("read", [Texts.row, Texts.entry, Texts.text])
def test_an_id_of_nothing_is_damage(read: object) -> None:
    assert callable(read)
    with writable() as (transaction, tables, _), pytest.raises(StoreError, match="names no row"):
        read(Texts(transaction, tables), 7)


def test_a_garbled_text_is_damage() -> None:
    with writable() as (transaction, tables, _):
        number = RowTable(transaction, tables).id_of_text(b"phone")
        transaction.put(id_octets(number), b"1234phony", db=tables.rows)
        with pytest.raises(StoreError, match="fails its check"):
            Texts(transaction, tables).text(number)


def test_ids_sort_as_octets_as_they_do_as_numbers() -> None:
    numbers = [1, 255, 256, 2**31, 2**32 - 1]
    assert sorted(map(id_octets, numbers)) == [id_octets(number) for number in numbers]
