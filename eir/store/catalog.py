"""What people ask of the lists: the entries of a list, how many there are, how old they are."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from eir.errors import StoreError
from eir.lists.names import ListName
from eir.store import journal
from eir.store.environment import Transaction, open_meta, reading, table_names
from eir.store.health import DATA
from eir.store.journal import Record
from eir.store.keys import cell_id, key_imei
from eir.store.layout import (
    JOURNAL,
    ROWS,
    STATE_KEY,
    VERSION_OCTETS,
    State,
    Truth,
    decode_state,
    lists_directory,
    truth_of,
)
from eir.store.rows import Entry, decode_row
from protocols.identities import Imei


@dataclass(frozen=True, slots=True)
class Stats:
    """The store in numbers.

    Attributes:
        state: the version that serves, and when it was loaded.
        last: the journal's record of that version.
        entries: how many each source put on each list.
        octets: size of the file.
        age: seconds since the version that serves was loaded.
    """

    state: State
    last: Record
    entries: dict[Truth, int]
    octets: int
    age: float


def stats(path: Path, now: datetime) -> Stats:
    """Count what is in the lists under `store.path`, as of `now`.

    Raises:
        StoreError: they cannot be read.
    """
    with reading(path) as environment:
        meta = open_meta(environment)
        records = environment.open_db(JOURNAL, create=False)
        with environment.begin() as transaction:
            names = _truths(transaction)
        tables = {truth: environment.open_db(truth.table, create=False) for truth in names}
        with environment.begin() as transaction:
            state = decode_state(transaction.get(STATE_KEY, None, meta))
            last = transaction.get(state.version.to_bytes(VERSION_OCTETS, "big"), None, records)
            if last is None:
                raise StoreError("the journal is damaged: its last version is missing")
            entries = {t: transaction.stat(table)["entries"] for t, table in tables.items()}
    octets = (lists_directory(path) / DATA).stat().st_size
    age = (now - datetime.fromisoformat(state.loaded)).total_seconds()
    return Stats(state, journal.decode(last), entries, octets, age)


def entries_of(path: Path, name: ListName) -> Iterator[tuple[Imei, Entry]]:
    """Give the entries of a list, by source and then by IMEI.

    Raises:
        StoreError: they cannot be read.
    """
    with reading(path) as environment:
        rows = environment.open_db(ROWS, create=False)
        with environment.begin() as transaction:
            names = [truth for truth in _truths(transaction) if truth.list is name]
        tables = [environment.open_db(truth.table, create=False) for truth in names]
        with environment.begin() as transaction:
            for table in tables:
                for key, cell in transaction.cursor(table):
                    row_id = cell_id(key, cell)
                    octets = transaction.get(row_id, None, rows)
                    if octets is None:
                        raise StoreError("the list store is damaged: an entry names no row")
                    yield key_imei(key), decode_row(row_id, octets)[0]


def _truths(transaction: Transaction) -> list[Truth]:
    found = (truth_of(name) for name in table_names(transaction))
    return sorted((truth for truth in found if truth), key=lambda t: (t.list.rank, t.source))
