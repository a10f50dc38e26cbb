"""The interned texts, as a writer uses them: rows by id, by content, and merged.

A text is a row of entries, a TAC's description, or the name of a device; an id means one of them
for good. Ids are numbers from 1; 0 means "nothing" wherever an id stands.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import replace

from eir.errors import StoreError
from eir.store.block import damaged
from eir.store.environment import Tables, Transaction
from eir.store.rows import Entry, Row, encode_row, seal_row, sort_row
from eir.store.texts import ID_OCTETS, Texts, id_octets

MAX_ID = 2 ** (8 * ID_OCTETS) - 2  # the one behind it stands for "undecided" where lines are read
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
        return self.ids_of_texts([text])[0]

    def ids_of_texts(self, texts: Sequence[bytes]) -> list[int]:
        """Return the ids of texts; those that are new are written, and numbered as they come."""
        digests = [hashlib.sha256(text).digest() for text in texts]
        distinct = dict(zip(digests, texts, strict=True))
        keys = self._known(distinct)
        new = [digest for digest in distinct if digest not in keys]
        numbers = range(self._next, self._next + len(new))
        if numbers.stop - 1 > self._max_id:
            raise StoreError(
                f"the list store is full: it holds {self._max_id} different rows",
                next_step="load lists with fewer different reasons and dates into a new store",
            )
        given = dict(zip(new, map(id_octets, numbers), strict=True))
        self._next = numbers.stop
        rows = [(key, seal_row(key, distinct[digest])) for digest, key in given.items()]
        self._transaction.cursor(self._rows).putmulti(rows)
        self._transaction.cursor(self._ids).putmulti(sorted(given.items()))
        keys |= given
        return [int.from_bytes(keys[digest], "big") for digest in digests]

    def _known(self, texts: dict[bytes, bytes]) -> dict[bytes, bytes]:
        """Give the ids, as keys, of the texts that are there; both by the digest of the text."""
        keys = dict(self._transaction.cursor(self._ids).getmulti(sorted(texts)))
        rows = dict(self._transaction.cursor(self._rows).getmulti(sorted(keys.values())))
        for digest, key in keys.items():
            if rows.get(key) != seal_row(key, texts[digest]):
                raise damaged("a row is known by a wrong digest")
        return keys


def _make_room(kept: dict[Row, int] | dict[tuple[int, ...], int] | dict[int, int]) -> None:
    if len(kept) >= _KEPT:
        kept.clear()
