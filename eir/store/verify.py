"""Walks a whole store: `python -m eir.store.verify STORE_PATH`.

Exit status 0: every table, key, cell, row and record is sound. 74: one line on standard error says
what is not. A page of garbage may also kill the process by a signal, which says the same; that is
why a server that lost a worker runs this in a process of its own before it reads the store again.
"""

import hashlib
import sys
from collections.abc import Iterator
from pathlib import Path

import lmdb

from eir.errors import StoreError
from eir.store import journal
from eir.store.environment import Table, Transaction, open_meta, reading, table_names
from eir.store.keys import ID_OCTETS, TOMBSTONE, cell_id, key_imei
from eir.store.layout import (
    BASES,
    JOURNAL,
    OVERLAY,
    ROW_IDS,
    ROWS,
    STATE_KEY,
    State,
    Truth,
    decode_state,
    truth_of,
)
from eir.store.rows import Row, decode_row, unseal_row


def verify(path: Path) -> State:
    """Check everything in the store at `path` (`store.path`); return what it serves.

    Raises:
        StoreError: something is not as it was written.
    """
    with reading(path) as environment:
        meta = open_meta(environment)
        with environment.begin() as transaction:
            names = table_names(transaction)
        tables = {name: environment.open_db(name, create=False) for name in names}
        with environment.begin() as transaction:
            state = decode_state(transaction.get(STATE_KEY, None, meta))
            _Walk(transaction, tables).check(state)
    return state


class _Walk:
    """One pass over every table, in one read transaction."""

    def __init__(self, transaction: Transaction, tables: dict[bytes, Table]) -> None:
        self._transaction = transaction
        self._tables = tables
        self._rows: set[bytes] = set()  # ids that were seen and are sound

    def check(self, state: State) -> None:
        if state.base.encode() not in BASES or state.base.encode() not in self._tables:
            raise StoreError(f"the list store is damaged: it has no table {state.base}")
        self._check_journal(state)
        sources = self._check_rows()
        self._check_row_ids()
        for name in self._tables:
            if truth := truth_of(name):
                self._check_cells(name, sources[truth])
        self._check_cells(OVERLAY, self._rows | {TOMBSTONE})
        self._check_cells(state.base.encode(), self._rows)

    def _items(self, name: bytes) -> Iterator[tuple[bytes, bytes]]:
        """Give what a table holds, in strict order, and as much as it says."""
        table = self._tables.get(name)
        if table is None:
            raise StoreError(f"the list store is damaged: it has no table {name.decode()}")
        before, count = b"", 0
        for key, value in self._transaction.cursor(table):
            if key <= before:
                raise StoreError(f"the list store is damaged: {name.decode()} is out of order")
            before, count = key, count + 1
            yield key, value
        if count != self._transaction.stat(table)["entries"]:
            raise StoreError(f"the list store is damaged: {name.decode()} has lost entries")

    def _check_journal(self, state: State) -> None:
        previous = None
        for key, octets in self._items(JOURNAL):
            record = journal.decode(octets)
            number = int.from_bytes(key, "big")
            if number != record.version or not journal.follows(record, previous):
                raise StoreError(f"the journal is damaged: version {number} breaks the chain")
            previous = record
        if previous is None or previous.version != state.version:
            raise StoreError("the journal is damaged: it does not end at the version that serves")

    def _check_rows(self) -> "_Sources":
        sources = _Sources()
        for row_id, octets in self._items(ROWS):
            if len(row_id) != ID_OCTETS or row_id == TOMBSTONE:
                raise StoreError("the list store is damaged: a row has no proper id")
            sources.add(row_id, decode_row(row_id, octets))
            self._rows.add(row_id)
        return sources

    def _check_row_ids(self) -> None:
        for digest, row_id in self._items(ROW_IDS):
            octets = self._transaction.get(row_id, b"", self._tables[ROWS])
            if hashlib.sha256(unseal_row(row_id, octets)).digest() != digest:
                raise StoreError("the list store is damaged: a row is known by a wrong digest")

    def _check_cells(self, name: bytes, allowed: set[bytes]) -> None:
        for key, cell in self._items(name):
            key_imei(key)
            if cell_id(key, cell) not in allowed:
                raise StoreError(f"the list store is damaged: {name.decode()} names a wrong row")


class _Sources(dict[Truth, set[bytes]]):
    """The rows that a truth table may name: one entry, of its own list and source."""

    def __missing__(self, truth: Truth) -> set[bytes]:
        return set()

    def add(self, row_id: bytes, row: Row) -> None:
        if len(row) == 1:
            self.setdefault(Truth(row[0].list, row[0].source), set()).add(row_id)


def main(arguments: list[str]) -> int:
    """Verify the store that is named, and say what is wrong in one line."""
    if len(arguments) != 1:
        sys.stderr.write("usage: python -m eir.store.verify STORE_PATH\n")
        return 64
    try:
        verify(Path(arguments[0]))
    except (StoreError, ValueError, lmdb.Error) as error:
        sys.stderr.write(f"{error}\n")
        return StoreError.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
