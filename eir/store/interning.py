"""The interned rows, as a writer uses them: by id, by content, and merged."""

import hashlib

import lmdb

from eir.errors import StoreError
from eir.store.environment import Transaction
from eir.store.keys import ID_OCTETS
from eir.store.layout import ROW_IDS, ROWS
from eir.store.rows import Row, decode_row, encode_row, seal_row, sort_row

_KEPT = 100_000  # rows and combinations held in memory
_MOST = 2 ** (8 * ID_OCTETS)


class RowTable:
    """The rows of a write transaction; an id, once given, is never given again."""

    def __init__(self, transaction: Transaction, environment: lmdb.Environment) -> None:
        self._transaction = transaction
        self._rows = environment.open_db(ROWS, transaction)
        self._ids = environment.open_db(ROW_IDS, transaction)
        self._next = transaction.stat(self._rows)["entries"] + 1  # 0 is the tombstone
        self._id_of: dict[Row, bytes] = {}
        self._merged: dict[tuple[bytes, ...], bytes] = {}

    def id_of(self, row: Row) -> bytes:
        """Return the id of a row, which is written when it is new."""
        known = self._id_of.get(row)
        if known is None:
            if len(self._id_of) >= _KEPT:
                self._id_of.clear()
            known = self._id_of[row] = self._intern(encode_row(row))
        return known

    def merge(self, ids: tuple[bytes, ...]) -> bytes:
        """Return the id of the row that holds the entries of all these rows."""
        if len(ids) == 1:
            return ids[0]
        known = self._merged.get(ids)
        if known is None:
            if len(self._merged) >= _KEPT:
                self._merged.clear()
            entries = [entry for row_id in ids for entry in self._row(row_id)]
            known = self._merged[ids] = self.id_of(sort_row(entries))
        return known

    def _row(self, row_id: bytes) -> Row:
        octets = self._transaction.get(row_id, None, self._rows)
        if octets is None:
            raise StoreError("the list store is damaged: an entry names no row")
        return decode_row(row_id, octets)

    def _intern(self, text: bytes) -> bytes:
        digest = hashlib.sha256(text).digest()
        row_id = self._transaction.get(digest, None, self._ids)
        if row_id is not None:
            if self._transaction.get(row_id, None, self._rows) != seal_row(row_id, text):
                raise StoreError("the list store is damaged: a row is known by a wrong digest")
            return row_id
        if self._next >= _MOST:
            raise StoreError(
                f"the list store is full: it holds {_MOST - 1} different rows",
                next_step="load lists with fewer different reasons and dates into a new store",
            )
        row_id = self._next.to_bytes(ID_OCTETS, "big")
        self._next += 1
        self._transaction.put(row_id, seal_row(row_id, text), db=self._rows)
        self._transaction.put(digest, row_id, db=self._ids)
        return row_id
