"""What the wire asks of the lists: one read transaction a batch, and failures met early."""

from contextlib import ExitStack
from pathlib import Path

import lmdb

from eir.errors import StoreError
from eir.store import health
from eir.store.environment import (
    Cursor,
    Table,
    Transaction,
    failure,
    open_meta,
    open_reader,
    store_errors,
)
from eir.store.keys import KEY_OCTETS, TOMBSTONE, cell_id, imei_key
from eir.store.layout import (
    OVERLAY,
    ROWS,
    STATE_KEY,
    State,
    decode_state,
    lists_directory,
)
from eir.store.rows import Row, decode_row
from protocols.identities import Imei

RETRY = 0.25  # seconds between attempts to open a store that failed
_ROWS_KEPT = 65_536  # interned rows held in memory


class ListReader:
    """A process's view of the lists under `store.path`.

    The store may be missing or broken at any time, and be well again later: `begin` raises while
    it is, and looks again at most every `RETRY` seconds.
    """

    def __init__(self, path: Path) -> None:
        self._directory = lists_directory(path)
        self._opened: _OpenStore | None = None
        self._failure: StoreError | None = None
        self._failed_at = 0.0
        self._condemned: health.Signature | None = None

    def begin(self, now: float) -> "ListView":
        """Start a batch: everything read until `end` is of one version.

        Args:
            now: seconds; any clock, always the same one.

        Raises:
            StoreError: the store cannot be read now.
        """
        if self._failure is not None and 0 <= now - self._failed_at < RETRY:
            raise StoreError(str(self._failure), next_step=self._failure.next_step)
        try:
            store = self._store()
            transaction = store.renew()
            if transaction is None:
                self.close()
                store = self._store()
                transaction = store.begin()
            view = ListView(self, store, transaction)
        except StoreError as error:
            self._close(error, now)
            raise
        except lmdb.Error as error:
            self._close(failure(error), now)
            raise failure(error) from error
        self._failure = None
        return view

    def close(self) -> None:
        """Give the store back."""
        if self._opened is not None:
            self._opened.close()
            self._opened = None

    def condemn(self, error: StoreError) -> None:
        """Trust this file no more: it opens, but what is inside is garbled.

        It is left alone until it is another file or was written to.
        """
        self._failure = error
        self._condemned = health.signature(self._directory)

    def _store(self) -> "_OpenStore":
        """Open the store, unless it is open or nothing changed since it was condemned."""
        if self._condemned is not None and self._failure is not None:
            self.close()
            if health.signature(self._directory) == self._condemned:
                raise StoreError(str(self._failure), next_step=self._failure.next_step)
            self._condemned = None
        if self._opened is None:
            self._opened = _OpenStore(self._directory)
        return self._opened

    def _close(self, error: StoreError, now: float) -> None:
        self._failure = error
        self._failed_at = now
        self.close()


class _OpenStore:
    """An open environment: handles, the state of the version last seen, rows met so far."""

    def __init__(self, directory: Path) -> None:
        with store_errors(), ExitStack() as undo:
            self._watch = undo.enter_context(health.Watch(directory))
            self._environment = undo.enter_context(open_reader(directory))
            self._meta = open_meta(self._environment)
            self._rows = self._environment.open_db(ROWS, create=False)
            self._undo = undo.pop_all()
        self._tables: dict[bytes, Table] = {}
        self._serving: tuple[Table, ...] = ()
        self._seen = -1  # the last transaction whose state was read
        self._known: dict[bytes, Row] = {}
        self.state = State(0, "", "")

    def close(self) -> None:
        self._undo.close()

    def renew(self) -> Transaction | None:
        """Begin a transaction on the newest version; None where that takes opening anew.

        It does when data.mdb or lock.mdb was written over in place, and when lock.mdb was deleted:
        LMDB then learns of no commit any more.
        """
        if self._watch.check():
            return None
        try:
            transaction = self._begin()
        except lmdb.BadRslotError:  # our place in lock.mdb is another's, or nobody's
            return None
        if transaction.id() < self._watch.newest:
            transaction.abort()
            return None
        return self._follow(transaction)

    def begin(self) -> Transaction:
        """Begin a transaction right after opening.

        It may be on the version before the newest, in the instant in which a commit has written
        its meta page and not yet told the lock file.
        """
        return self._follow(self._begin())

    def cursors(self, transaction: Transaction) -> list[Cursor]:
        """Open the tables that serve, the overlay first."""
        return [transaction.cursor(table) for table in self._serving]

    def row(self, row_id: bytes, transaction: Transaction) -> Row:
        """Read an interned row. Ids are never used again, so what is known stays true."""
        row = self._known.get(row_id)
        if row is None:
            octets = transaction.get(row_id, None, self._rows)
            if octets is None:
                raise StoreError("the list store is damaged: an entry names no row")
            if len(self._known) >= _ROWS_KEPT:
                self._known.clear()
            row = self._known[row_id] = decode_row(row_id, octets)
        return row

    def _begin(self) -> Transaction:
        """Begin a read transaction; a load may have outgrown our map."""
        try:
            return self._environment.begin()
        except lmdb.MapResizedError:
            self._environment.set_mapsize(0)
            return self._environment.begin()

    def _follow(self, transaction: Transaction) -> Transaction:
        """Follow a switch, if there was one, to a version that the file really has."""
        number = transaction.id()
        if number == self._seen:
            return transaction
        if number not in self._watch.transactions:
            self._watch.check()  # there may have been a commit since
            if number not in self._watch.transactions:
                transaction.abort()
                raise health.foreign_lock()
        return self._refresh(transaction)

    def _refresh(self, transaction: Transaction) -> Transaction:
        """Follow a switch: read the state, and open the tables that it names."""
        self.state = decode_state(transaction.get(STATE_KEY, None, self._meta))
        names = (OVERLAY, self.state.base.encode())
        missing = [name for name in names if name not in self._tables]
        if missing:
            # A table opened inside a transaction would end with it.
            transaction.abort()
            for name in missing:
                self._tables[name] = self._environment.open_db(name, create=False)
            return self._refresh(self._begin())
        tables = [self._tables[name] for name in names]
        self._serving = tuple(t for t in tables if transaction.stat(t)["entries"])
        self._seen = transaction.id()
        return transaction


class ListView:
    """One version of the lists, for one batch."""

    __slots__ = ("_cursors", "_reader", "_store", "_transaction", "version")

    def __init__(self, reader: ListReader, store: _OpenStore, transaction: Transaction) -> None:
        self._reader = reader
        self._store = store
        self._transaction = transaction
        self._cursors = store.cursors(transaction)
        self.version = store.state.version

    def row_of(self, imei: Imei) -> Row | None:
        """Return what the lists say about an equipment, or None where no list names it.

        Raises:
            StoreError: it cannot be read.
        """
        key = imei_key(imei)
        try:
            for cursor in self._cursors:
                cell = _cell_at(cursor, key)
                if cell is not None:
                    row_id = cell_id(key, cell)
                    if row_id == TOMBSTONE:
                        return None
                    return self._store.row(row_id, self._transaction)
        except (lmdb.Error, MemoryError) as error:  # a garbled length asks for any amount
            self._reader.condemn(failure(error))
            raise failure(error) from error
        except StoreError as error:
            self._reader.condemn(error)
            raise
        return None

    def end(self) -> None:
        """End the batch; the view must not be used again."""
        self._transaction.abort()


def _cell_at(cursor: Cursor, key: bytes) -> bytes | None:
    """Find the cell of a key; None where the table has none.

    "None" is believed only where both neighbours are sound: a garbled page must not look like an
    equipment that nobody listed.
    """
    if cursor.set_range(key):
        after, cell = cursor.item()
        if after == key:
            return cell
        _check_neighbour(after, cell, in_order=after > key)
        if cursor.prev():
            before, cell = cursor.item()
            _check_neighbour(before, cell, in_order=before < key)
    else:
        there = cursor.last()
        before, cell = cursor.item()
        _check_neighbour(before, cell, in_order=there and before < key)
    return None


def _check_neighbour(key: bytes, cell: bytes, *, in_order: bool) -> None:
    if not in_order or len(key) != KEY_OCTETS:
        raise StoreError("the list store is damaged: its keys are out of order")
    cell_id(key, cell)
