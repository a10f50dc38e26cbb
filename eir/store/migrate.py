"""Brings a store of an older format up to date: what its sources said becomes a new store.

Format 1, which had one key for each IMEI, in the tables that are read here:

    meta                    state: version, when it was loaded, format
    journal                 version -> record; the same today
    rows                    id of 3 octets -> a row; of a truth table, of one entry
    truth:<list>:<source>   14 digits in 6 octets -> id of a row, and a check octet over both

What the wire was told followed from these, and does again. Nothing of an earlier version was kept,
so that history starts with the version that the migration makes.
"""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from zlib import crc32

import lmdb
import numpy as np

from eir.lists.names import ListName
from eir.lists.subjects import Kind
from eir.policy_log import author
from eir.store import copies, health, journal
from eir.store.arrays import Entries
from eir.store.block import damaged
from eir.store.catalog_file import write_catalog
from eir.store.changes import Tally
from eir.store.environment import (
    Table,
    Transaction,
    open_reader,
    open_tables,
    open_writer,
    table_names,
)
from eir.store.journal import Action, Record
from eir.store.layout import (
    FORMAT,
    JOURNAL,
    META,
    ROWS,
    STATE_KEY,
    Catalog,
    State,
    Truth,
    format_of,
)
from eir.store.rows import decode_row
from eir.store.writer import ListWriter

_OLD_TABLES = 1024  # its bound: six tables of its own, and one a list and source
_TRUTH = b"truth:"
_KEY_OCTETS = 6
_ID_OCTETS = 3
_FIRST_NUMBER = 10**14  # "1" and 14 digits, as numbers of digits are kept
_CHUNK = 1 << 17  # entries; ours: what is held at a time


def is_older(directory: Path) -> bool:
    """Tell whether an environment is of an older format; where nothing is in it, it is not.

    Raises:
        StoreError: it cannot be read, or is of a newer format.
    """
    data = directory / health.DATA
    if not data.exists() or not data.stat().st_size:  # empty: a first load was killed
        return False
    health.inspect(directory)
    with open_reader(directory, tables=_OLD_TABLES) as environment:
        return _old_state(environment) is not None


def bring_up_to_date(directory: Path, scratch: Path) -> None:
    """Bring an environment to today's format, if it is of an older one.

    Whoever calls has the right to write. The old store serves until the new one is whole, and is
    left as it is where there is no room for both.

    Args:
        directory: of the environment; there may be none in it.
        scratch: for temporary files, on the same file system.

    Raises:
        StoreError: it cannot be read or written, or is of a newer format.
    """
    if not is_older(directory):
        return
    fresh = scratch / "fresh"
    with open_reader(directory, tables=_OLD_TABLES) as old, open_writer(fresh) as new:
        _begin(new, old)
        writer = ListWriter(new, scratch, None)
        try:
            for truth, entries in _truths(old, writer):
                writer.replace_all(truth.map(Kind.EQUIPMENT), entries, Tally())
            made = writer.commit(_record())
        finally:
            writer.end()
    health.settle(fresh)
    copies.put_in_place(fresh, directory)
    health.seal(directory, made.version)


def _old_state(environment: lmdb.Environment) -> State | None:
    """Read the state of a store of an older format; None where it is not older.

    Raises:
        StoreError: it is garbled, or of a newer format.
    """
    try:
        meta = environment.open_db(META, create=False)
    except lmdb.NotFoundError:
        return None
    with environment.begin() as transaction:
        octets = transaction.get(STATE_KEY, None, meta)
    if format_of(octets) == FORMAT:
        return None
    said = json.loads(octets or b"")
    version = int(said["version"])
    return State(version=version, loaded=said["loaded"], history_from=version + 1)


def _begin(new: lmdb.Environment, old: lmdb.Environment) -> None:
    """Let a new store be where the old one is: its journal, its version, and no entry yet."""
    state = _old_state(old)
    records = old.open_db(JOURNAL, create=False)
    assert state is not None  # noqa: S101 - the caller looked
    with old.begin() as held, new.begin(write=True) as transaction:
        tables = open_tables(new, transaction)
        for key, octets in held.cursor(records):
            journal.decode(octets)
            transaction.put(key, octets, db=tables.journal)
        write_catalog(transaction, tables, Catalog(state))


def _truths(old: lmdb.Environment, writer: ListWriter) -> Iterator[tuple[Truth, Iterator[Entries]]]:
    """Give what each source said on each list."""
    with old.begin() as transaction:
        names = [name for name in table_names(transaction) if name.startswith(_TRUTH)]
    tables = {name: old.open_db(name, create=False) for name in names}
    rows = old.open_db(ROWS, create=False)
    with old.begin() as transaction:
        for name, table in tables.items():
            _, list_, source = name.decode().split(":", 2)
            entries = _OldEntries(transaction, rows, writer)
            yield Truth(ListName(list_), source), entries.read(table)


class _OldEntries:
    """Reads truth tables as they were in format 1."""

    def __init__(self, transaction: Transaction, rows: Table, writer: ListWriter) -> None:
        self._transaction = transaction
        self._rows = rows
        self._writer = writer
        self._numbers: dict[bytes, int] = {}  # of the rows that were met

    def read(self, table: Table) -> Iterator[Entries]:
        """Give IMEI and row of each entry, sorted."""
        cells = iter(self._transaction.cursor(table))
        while some := list(islice(cells, _CHUNK)):
            imeis = [_imei(key) for key, _ in some]
            values = [self._value(key, cell) for key, cell in some]
            yield np.array([imeis, values], np.uint64)

    def _value(self, key: bytes, cell: bytes) -> int:
        row_id = cell[:_ID_OCTETS]
        if cell != row_id + bytes((crc32(key + row_id) & 0xFF,)):
            raise damaged("an entry fails its check")
        if row_id not in self._numbers:
            octets = self._transaction.get(row_id, b"", self._rows)
            (entry,) = decode_row(row_id, octets)
            self._numbers[row_id] = self._writer.intern(entry)
        return self._numbers[row_id]


def _imei(key: bytes) -> int:
    number = int.from_bytes(key, "big")
    if len(key) != _KEY_OCTETS or number >= _FIRST_NUMBER:
        raise damaged("a key is no IMEI")
    return _FIRST_NUMBER + number


def _record() -> Record:
    return Record(
        version=0,
        at=datetime.now(UTC).isoformat(timespec="seconds"),
        author=author(),
        action=Action.MIGRATE,
        reason=f"the store is of format {FORMAT} from here on",
    )
