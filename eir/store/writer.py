"""One load into the store: truth, serving rows, journal and state in one write transaction."""

import os
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import lmdb

from eir.errors import StoreError
from eir.store import health, journal
from eir.store.difference import (
    ABSENT,
    Tally,
    amend,
    read_changes,
    replace_all,
)
from eir.store.environment import Table, open_writer, store_errors, table_names
from eir.store.interning import RowTable
from eir.store.journal import Record
from eir.store.keys import TOMBSTONE, cell_id, make_cell
from eir.store.layout import (
    BASES,
    JOURNAL,
    META,
    OVERLAY,
    STATE_KEY,
    VERSION_OCTETS,
    State,
    Truth,
    decode_state,
    encode_state,
    lists_directory,
    truth_of,
)
from eir.store.lock import exclusive
from eir.store.rows import Entry
from eir.store.runs import write_records
from eir.store.serving import live, override, wants_new_base

_UMASK = 0o007


@contextmanager
def writing(path: Path) -> Iterator["ListWriter"]:
    """Open the lists under `store.path` for one load; they are created where there are none.

    What is not committed when the block ends never happened.

    Raises:
        StoreBusyError: another process is loading.
        StoreError: the store is broken, or cannot be written.
    """
    directory = lists_directory(path)
    with _shared_with_group(), exclusive(path), _scratch(path) as scratch, store_errors():
        health.refuse_lost(directory)
        with open_writer(directory) as environment:
            writer = ListWriter(environment, scratch)
            try:
                yield writer
            finally:
                writer.end()
        health.settle(directory)


@contextmanager
def _shared_with_group() -> Iterator[None]:
    """Let the group, the server's, use what is created here, whatever the operator's umask."""
    before = os.umask(_UMASK)
    try:
        yield
    finally:
        os.umask(before)


@contextmanager
def _scratch(path: Path) -> Iterator[Path]:
    """Make a directory for temporary files; what a killed load left there goes first."""
    directory = path / "lists.tmp"
    shutil.rmtree(directory, ignore_errors=True)
    try:
        directory.mkdir(mode=0o700)
        yield directory
    except OSError as error:
        raise StoreError(
            f"{error.filename or directory}: {error.strerror}",
            next_step="make room or give rights there, then load again; the old lists are served",
        ) from error
    finally:
        shutil.rmtree(directory, ignore_errors=True)


class ListWriter:
    """One write transaction, beside a read transaction on what was there before.

    The order of use: `row_id` for each kind of line, then `replace_all` or `amend` with the
    sorted lines, then `commit`.
    """

    def __init__(self, environment: lmdb.Environment, scratch: Path) -> None:
        self._environment = environment
        self._directory = Path(environment.path())
        self._changes = scratch / "changes"
        self.scratch = scratch
        with environment.begin() as transaction:
            names = table_names(transaction)
        # Opened outside of transactions, so that both may use them.
        self._held_tables = {name: environment.open_db(name, create=False) for name in names}
        self._tables = dict(self._held_tables)  # and those that this load creates
        self._before = environment.begin()
        health.refuse_foreign_lock(self._directory, self._before.id())
        self._transaction = environment.begin(write=True)
        self._rows = RowTable(self._transaction, environment)
        self._state = self._current_state()

    @property
    def version(self) -> int:
        """The version that serves; 0 before the first load."""
        return 0 if self._state is None else self._state.version

    def row_id(self, entry: Entry) -> bytes:
        """Return the id under which a line says this."""
        return self._rows.id_of((entry,))

    def replace_all(self, truth: Truth, lines: Iterable[tuple[bytes, bytes]], tally: Tally) -> None:
        """Note what changes when a source's list becomes just these lines, sorted by key."""
        held = self._held(truth.table)
        write_records(self._changes, replace_all(lines, held, tally))

    def amend(self, truth: Truth, lines: Iterable[tuple[bytes, bytes]], tally: Tally) -> None:
        """Note what changes when these lines, sorted by key, are put on a list or removed."""
        table = self._held_tables.get(truth.table)

        def cell_of(key: bytes) -> bytes | None:
            return None if table is None else self._before.get(key, None, table)

        write_records(self._changes, amend(lines, cell_of, tally))

    def commit(self, truth: Truth, record: Record) -> Record:
        """Write what was noted as the next version, and switch to it.

        Args:
            truth: whose list was compared.
            record: what the journal shall say; its version and hashes are filled in.
        """
        self._write_truth(truth)
        base = self._write_serving(truth, changes=record.counts.changed)
        sealed = self._write_journal(record)
        state = State(version=sealed.version, base=base.decode(), loaded=sealed.at)
        self._transaction.put(STATE_KEY, encode_state(state), db=self._create(META))
        health.reserve(self._directory)
        self._transaction.commit()
        health.seal(self._directory, sealed.version)
        return sealed

    def end(self) -> None:
        """End both transactions; what was not committed is gone."""
        self._before.abort()
        self._transaction.abort()

    def _current_state(self) -> State | None:
        meta = self._held_tables.get(META)
        return None if meta is None else decode_state(self._before.get(STATE_KEY, None, meta))

    def _create(self, name: bytes) -> Table:
        if name not in self._tables:
            self._tables[name] = self._environment.open_db(name, self._transaction)
        return self._tables[name]

    def _held(self, name: bytes) -> Iterator[tuple[bytes, bytes]]:
        """Read a table as it was before this load."""
        table = self._held_tables.get(name)
        return iter(()) if table is None else iter(self._before.cursor(table))

    def _entries(self, name: bytes) -> int:
        table = self._held_tables.get(name)
        return 0 if table is None else self._before.stat(table)["entries"]

    def _write_truth(self, truth: Truth) -> None:
        empty = not self._entries(truth.table)
        table = self._create(truth.table)
        if empty:  # there is nothing to remove, and keys in order fill their pages
            additions = ((key, will_be) for key, _, will_be in read_changes(self._changes))
            self._transaction.cursor(table).putmulti(additions, append=True)
            return
        for key, _, will_be in read_changes(self._changes):
            if will_be == ABSENT:
                self._transaction.delete(key, db=table)
            else:
                self._transaction.put(key, will_be, db=table)

    def _write_serving(self, truth: Truth, *, changes: int) -> bytes:
        """Write the merged rows; return the name of the base that serves with them."""
        base = BASES[1] if self._state is None else self._state.base.encode()
        overlay = self._create(OVERLAY)
        cells = self._merged_cells(truth)
        sizes = {"base": self._entries(base), "overlay": self._entries(OVERLAY)}
        if self._state is not None and not wants_new_base(**sizes, changes=changes):
            self._transaction.cursor(overlay).putmulti(cells)
            return base
        successor = BASES[1 - BASES.index(base)]
        served = override(self._held(base), self._held(OVERLAY))
        table = self._create(successor)
        self._transaction.cursor(table).putmulti(live(override(served, cells)), append=True)
        self._transaction.drop(overlay, delete=False)
        if base in self._held_tables:
            self._transaction.drop(self._held_tables[base])
        return successor

    def _merged_cells(self, truth: Truth) -> Iterator[tuple[bytes, bytes]]:
        """Give the serving cell of every changed key: what all sources together now say."""
        others = [
            self._tables[name]
            for name in sorted(self._held_tables)
            if truth_of(name) not in (None, truth) and self._entries(name)
        ]
        get, merge = self._transaction.get, self._rows.merge
        for key, _, own in read_changes(self._changes):
            if not others:
                yield key, make_cell(key, TOMBSTONE) if own == ABSENT else own
                continue
            cells = [own, *(get(key, ABSENT, other) for other in others)]
            ids = tuple(cell_id(key, cell) for cell in cells if cell != ABSENT)
            yield key, make_cell(key, merge(ids) if ids else TOMBSTONE)

    def _write_journal(self, record: Record) -> Record:
        table = self._create(JOURNAL)
        last = self._transaction.cursor(table)
        previous = journal.decode(last.value()) if last.last() else None
        sealed = journal.seal(replace(record, version=self.version + 1), previous)
        key = sealed.version.to_bytes(VERSION_OCTETS, "big")
        self._transaction.put(key, journal.encode(sealed), db=table)
        return sealed
