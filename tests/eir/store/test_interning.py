from collections.abc import Iterator
from pathlib import Path

import lmdb
import pytest

from eir.errors import StoreError
from eir.lists.names import ListName
from eir.store.interning import RowTable
from eir.store.layout import ROW_IDS, ROWS
from eir.store.rows import Entry, decode_row

STOLEN = Entry(ListName.PROHIBITED, "police", "stolen")
KNOWN = Entry(ListName.PERMITTED, "shop")


@pytest.fixture
def environment(tmp_path: Path) -> Iterator[lmdb.Environment]:
    with lmdb.open(str(tmp_path), max_dbs=4) as environment:
        yield environment


def test_the_same_row_has_one_id_also_in_the_next_load(environment: lmdb.Environment) -> None:
    with environment.begin(write=True) as transaction:
        first = RowTable(transaction, environment).id_of((STOLEN,))
    with environment.begin(write=True) as transaction:
        table = RowTable(transaction, environment)
        assert table.id_of((KNOWN,)) != first
        assert table.id_of((STOLEN,)) == first


def test_rows_merge_into_one_with_the_strongest_first(environment: lmdb.Environment) -> None:
    with environment.begin(write=True) as transaction:
        table = RowTable(transaction, environment)
        merged = table.merge((table.id_of((KNOWN,)), table.id_of((STOLEN,))))
        octets = transaction.get(merged, db=environment.open_db(ROWS, transaction))
        assert octets is not None
        assert decode_row(merged, octets) == (STOLEN, KNOWN)


def test_a_digest_that_names_another_row_is_damage(environment: lmdb.Environment) -> None:
    with environment.begin(write=True) as transaction:
        table = RowTable(transaction, environment)
        table.id_of((STOLEN,))
        known = table.id_of((KNOWN,))
        digests = environment.open_db(ROW_IDS, transaction)
        for digest, _ in list(transaction.cursor(digests)):
            transaction.put(digest, known, db=digests)
        with pytest.raises(StoreError, match="wrong digest"):
            RowTable(transaction, environment).id_of((STOLEN,))


def test_a_row_alone_merges_into_itself(environment: lmdb.Environment) -> None:
    with environment.begin(write=True) as transaction:
        table = RowTable(transaction, environment)
        assert table.merge((table.id_of((KNOWN,)),)) == table.id_of((KNOWN,))


def test_an_id_that_names_no_row_is_damage(environment: lmdb.Environment) -> None:
    with environment.begin(write=True) as transaction:
        table = RowTable(transaction, environment)
        with pytest.raises(StoreError, match="names no row"):
            table.merge((b"\0\0\7", b"\0\0\x08"))


def test_ids_that_ran_out_are_an_error_not_a_wrong_row(
    environment: lmdb.Environment, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("eir.store.interning._MOST", 2)
    with environment.begin(write=True) as transaction:
        table = RowTable(transaction, environment)
        table.id_of((STOLEN,))
        with pytest.raises(StoreError, match="full"):
            table.id_of((KNOWN,))
