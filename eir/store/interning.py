"""The interned texts, as a writer uses them: rows by id, by content, and merged.

A text is a row of entries, a TAC's description, or the name of a device; an id means one of them
for good. Ids are numbers from 1; 0 means "nothing" wherever an id stands.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import replace

from eir.errors import StoreError
from eir.store.environment import Tables, Transaction
from eir.store.rows import Entry, Row, encode_row, seal_row, sort_row
from eir.store.texts import ID_OCTETS, Texts, id_octets

MAX_ID = 2 ** (8 * ID_OCTETS) - 1
_KEPT = 100_000  # rows and combinations held in memory


class RowTable:
    """The texts of a write transaction; an id, once given, is never given again."""

    def __init__(self, transaction: Transaction, tables: Tables, *, max_id: int = MAX_ID) -> None:
        """Read and write texts in this transaction, of which there may be `max_id`."""
        self._transaction = transaction
        self._rows = tables.rows
        self._ids = tables.row_ids
        self._max_id = max_id
        self._next = transaction.stat(self._rows)["entries"] + 1
        self._id_of: dict[Row, int] = {}
        self._merged: dict[tuple[int, ...], int] = {}
        self._markers: dict[int, int] = {}
        self.row = Texts(transaction, tables).row

    def id_of(self, row: Row) -> int:
        """Return the id of a row, which is written when it is new."""
        known = self._id_of.get(row)
        if known is None:
            _make_room(self._id_of)
            known = self._id_of[row] = self.id_of_text(encode_row(row))
        return known

    def merge(self, ids: tuple[int, ...]) -> int:
        """Return the id of the row that holds the entries of all these rows."""
        known = self._merged.get(ids)
        if known is None:
            _make_room(self._merged)
            entries = [entry for number in ids for entry in self.row(number)]
            known = self._merged[ids] = self.id_of(sort_row(entries))
        return known

    def marker(self, number: int) -> int:
        """Return the id of the row that says: there are such combinations with subscribers."""
        known = self._markers.get(number)
        if known is None:
            _make_room(self._markers)
            row = tuple(replace(entry, reason="") for entry in self.row(number))
            known = self._markers[number] = self.id_of(row)
        return known

    def spread(self, covers: Sequence[tuple[int, int, int]]) -> int:
        """Return the id of the row for a segment that several ranges cover.

        Args:
            covers: id, first and last IMEI of each range, as numbers of digits, narrowest first.
        """
        entries: list[Entry] = []
        for number, first, last in covers:
            span = (str(first)[1:], str(last)[1:])
            entries += (replace(entry, span=span) for entry in self.row(number))
        return self.id_of(sort_row(entries))

    def id_of_text(self, text: bytes) -> int:
        """Return the id of a text, which is written when it is new."""
        digest = hashlib.sha256(text).digest()
        key = self._transaction.get(digest, None, self._ids)
        if key is not None:
            if self._transaction.get(key, None, self._rows) != seal_row(key, text):
                raise StoreError("the list store is damaged: a row is known by a wrong digest")
            return int.from_bytes(key, "big")
        if self._next > self._max_id:
            raise StoreError(
                f"the list store is full: it holds {self._max_id} different rows",
                next_step="load lists with fewer different reasons and dates into a new store",
            )
        number, key = self._next, id_octets(self._next)
        self._next += 1
        self._transaction.put(key, seal_row(key, text), db=self._rows)
        self._transaction.put(digest, key, db=self._ids)
        return number


def _make_room(kept: dict[Row, int] | dict[tuple[int, ...], int] | dict[int, int]) -> None:
    if len(kept) >= _KEPT:
        kept.clear()
