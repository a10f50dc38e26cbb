"""What the wire asks of the lists: one read transaction a batch, and failures met early."""

import json
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path

import lmdb

from eir.errors import StoreError
from eir.lists.names import ListName
from eir.lists.subjects import (
    Equipment,
    Kind,
    Opaque,
    digits_of,
    number_of,
    opaque_columns,
)
from eir.lists.tac import TacInfo
from eir.store import health
from eir.store.catalog_file import read_catalog
from eir.store.environment import (
    Transaction,
    failure,
    open_reader,
    open_tables,
    store_errors,
)
from eir.store.layout import (
    EQUIPMENT,
    IMSI,
    MSISDN,
    OPAQUE,
    SEGMENTS,
    SUBSCRIBERS,
    TACS,
    Catalog,
    MapState,
    lists_directory,
)
from eir.store.looking import MapLookup
from eir.store.rows import Member, Row, decode_row, unseal_row
from eir.store.texts import id_octets
from protocols.identities import Imei

RETRY = 0.25  # seconds between attempts to open a store that failed
_KEPT = 65_536  # interned rows, and texts, held in memory


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
    """An open environment: tables, the catalog of the version last seen, rows met so far."""

    def __init__(self, directory: Path) -> None:
        with store_errors(), ExitStack() as undo:
            self._watch = undo.enter_context(health.Watch(directory))
            self._environment = undo.enter_context(open_reader(directory))
            self.tables = open_tables(self._environment)
            self._undo = undo.pop_all()
        self._seen = -1  # the last transaction whose catalog was read
        self._rows: dict[int, Row] = {}
        self._tacs: dict[int, TacInfo] = {}
        self.sound: set[bytes] = set()
        self.catalog = Catalog()
        self.holds: frozenset[tuple[ListName, Kind]] = frozenset()

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

    def lookup(self, transaction: Transaction, name: str) -> MapLookup:
        """Look into a map; one that is not there has no entry."""
        state = self.catalog.maps.get(name) or MapState(name, 0)
        blocks = transaction.cursor(self.tables.blocks)
        return MapLookup(blocks, transaction.cursor(self.tables.overlay), state, self.sound)

    def row(self, number: int, transaction: Transaction) -> Row:
        """Read an interned row. Ids are never used again, so what is known stays true."""
        row = self._rows.get(number)
        if row is None:
            row = decode_row(id_octets(number), self._text(number, transaction))
            if len(self._rows) >= _KEPT:
                self._rows.clear()
            self._rows[number] = row
        return row

    def tac_info(self, number: int, transaction: Transaction) -> TacInfo:
        """Read what is known of a type."""
        info = self._tacs.get(number)
        if info is None:
            text = unseal_row(id_octets(number), self._text(number, transaction))
            info = TacInfo(**json.loads(text))
            if len(self._tacs) >= _KEPT:
                self._tacs.clear()
            self._tacs[number] = info
        return info

    def _text(self, number: int, transaction: Transaction) -> bytes:
        octets = transaction.get(id_octets(number), None, self.tables.rows)
        if octets is None:
            raise StoreError("the list store is damaged: an entry names no row")
        return octets

    def _begin(self) -> Transaction:
        """Begin a transaction; a load may have outgrown our map."""
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
        self.catalog = read_catalog(transaction, self.tables)
        self.holds = self.catalog.holds
        self._seen = number
        return transaction


class ListView:
    """One version of the lists, for one batch: what the rules ask (`eir.decision.view`)."""

    __slots__ = ("_lookups", "_reader", "_store", "_transaction", "holds", "version")

    def __init__(self, reader: ListReader, store: _OpenStore, transaction: Transaction) -> None:
        self._reader = reader
        self._store = store
        self._transaction = transaction
        self._lookups: dict[str, MapLookup] = {}
        self.version = store.catalog.state.version
        self.holds = store.holds

    @property
    def has_tacs(self) -> bool:
        """Whether a TAC database is loaded."""
        return self._has(TACS)

    @property
    def has_subscribers(self) -> bool:
        """Whether the map of IMSI to MSISDN is loaded."""
        return self._has(SUBSCRIBERS)

    def row_of(self, equipment: Equipment) -> Row:
        """Return the entries on this very identity."""
        with self._trusting():
            if isinstance(equipment, Opaque):
                number = self._map(OPAQUE).value(*opaque_columns(equipment))
            else:
                number = self._map(EQUIPMENT).value(number_of(equipment.digits))
            return self._row(number) if number else ()

    def ranges_of(self, imei: Imei) -> Row:
        """Return the entries of ranges and types around an IMEI, the narrowest first."""
        with self._trusting():
            number = number_of(imei.digits)
            found = self._map(SEGMENTS).first_from(number)
            if found is None:
                return ()
            (last, first), row_number = found
            if number < first:
                return ()
            span = (digits_of(first), digits_of(last))
            row = self._row(row_number)
            return tuple(entry if entry.span else replace(entry, span=span) for entry in row)

    def members_of_imsi(self, imsi: str) -> tuple[Member, ...]:
        """Return what names this IMSI, with and without equipment."""
        with self._trusting():
            found = self._map(IMSI).starting_with(number_of(imsi))
            return tuple(
                Member(digits_of(imei), imsi, digits_of(msisdn), self._row(number))
                for (_, imei, msisdn), number in found
            )

    def members_of_msisdn(self, msisdn: str) -> tuple[Member, ...]:
        """Return what names this MSISDN and no IMSI."""
        with self._trusting():
            found = self._map(MSISDN).starting_with(number_of(msisdn))
            return tuple(
                Member(digits_of(imei), "", msisdn, self._row(number))
                for (_, imei), number in found
            )

    def msisdn_of(self, imsi: str) -> str | None:
        """Return the subscriber's number, where it is known."""
        with self._trusting():
            number = self._map(SUBSCRIBERS).value(number_of(imsi))
            return digits_of(number) if number else None

    def tac_info(self, tac: str) -> TacInfo | None:
        """Return what the TAC database says of a type; None: not allocated there."""
        with self._trusting():
            number = self._map(TACS).value(number_of(tac))
            return self._store.tac_info(number, self._transaction) if number else None

    def end(self) -> None:
        """End the batch; the view must not be used again."""
        self._transaction.abort()

    def _has(self, name: str) -> bool:
        state = self._store.catalog.maps.get(name)
        return state is not None and state.entries > 0

    def _map(self, name: str) -> MapLookup:
        lookup = self._lookups.get(name)
        if lookup is None:
            lookup = self._lookups[name] = self._store.lookup(self._transaction, name)
        return lookup

    def _row(self, number: int) -> Row:
        return self._store.row(number, self._transaction)

    @contextmanager
    def _trusting(self) -> Iterator[None]:
        """Condemn the store when it turns out to be garbled."""
        try:
            yield
        except (lmdb.Error, MemoryError) as error:  # a garbled length asks for any amount
            self._reader.condemn(failure(error))
            raise failure(error) from error
        except StoreError as error:
            self._reader.condemn(error)
            raise
