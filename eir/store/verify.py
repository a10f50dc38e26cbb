"""Walks a whole store: `python -m eir.store.verify STORE_PATH`.

Exit status 0: every block, entry, text and record is sound. 74: standard error says what is not, in
one line, and in the next what to do. A page of garbage may also kill the process by a signal, which
says the same; that is why a server that lost a worker, and every command that asks, run this in a
process of its own. How far it has come goes to standard output, as lines of two numbers: so many
of LMDB's entries, of so many.
"""

import hashlib
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeAlias

import lmdb

from eir.errors import StoreError
from eir.store import health, journal
from eir.store.block import damaged
from eir.store.catalog_file import read_catalog
from eir.store.environment import Table, Tables, Transaction, open_tables, reading
from eir.store.layout import VERSION_OCTETS, Catalog, State
from eir.store.rows import unseal_row
from eir.store.texts import id_octets
from eir.store.verify_maps import MapWalk

# Told how many entries of LMDB's tables were seen, and how many there are.
Progress: TypeAlias = Callable[[int, int], None]

_NEXT = "\nnext: "  # before what to do
_STEP = 50_000  # entries between two words of progress; ours


def verify(path: Path, progress: Progress = lambda _seen, _total: None) -> State:
    """Check everything in the store at `path` (`store.path`); return what it serves.

    Raises:
        StoreError: something is not as it was written.
    """
    with reading(path) as environment:
        tables = open_tables(environment)
        with environment.begin() as transaction:
            catalog = read_catalog(transaction, tables)
            _Walk(transaction, tables, progress).check(catalog)
    return catalog.state


def verify_apart(path: Path, progress: Progress = lambda _seen, _total: None) -> None:
    """Do the same in a process of its own, which may die of what it reads.

    Raises:
        StoreError: something is not as it was written.
    """
    command = [sys.executable, "-P", "-m", "eir.store.verify", str(path)]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdout=pipe, stderr=pipe, text=True) as process:  # noqa: S603 - ours
        assert process.stdout is not None  # noqa: S101 - a pipe
        assert process.stderr is not None  # noqa: S101 - a pipe
        try:
            for line in process.stdout:
                seen, total = line.split()
                progress(int(seen), int(total))
            reason, _, next_step = process.stderr.read().strip().partition(_NEXT)
        except BaseException:
            process.kill()
            raise
    if process.returncode:
        raise StoreError(
            reason
            or f"the list store is damaged: reading it ends a process ({process.returncode})",
            next_step=next_step or health.DAMAGED,
        )


class _Walk:
    """One pass over every table, in one read transaction."""

    def __init__(self, transaction: Transaction, tables: Tables, progress: Progress) -> None:
        self._transaction = transaction
        self._tables = tables
        self._progress = progress
        self._seen = 0
        self._total = sum(
            transaction.stat(table)["entries"]
            for table in (
                *(tables.journal, tables.rows, tables.row_ids),
                *(tables.blocks, tables.overlay, tables.history),
            )
        )

    def check(self, catalog: Catalog) -> None:
        self._check_journal(catalog.state)
        self._check_rows()
        self._check_row_ids()
        maps = MapWalk(self._transaction, self._tables, catalog)
        maps.check_blocks(self._items("blocks", self._tables.blocks))
        maps.check_overlay(self._items("overlay", self._tables.overlay))
        maps.check_history(self._items("history", self._tables.history))
        self._progress(self._total, self._total)

    def _items(self, name: str, table: Table) -> Iterator[tuple[bytes, bytes]]:
        """Give what a table holds, in strict order, and as much as it says."""
        before, count = b"", 0
        for key, value in self._transaction.cursor(table):
            if key <= before:
                raise damaged(f"{name} is out of order")
            before, count = key, count + 1
            self._seen += 1
            if not self._seen % _STEP:
                self._progress(self._seen, self._total)
            yield key, value
        if count != self._transaction.stat(table)["entries"]:
            raise damaged(f"{name} has lost entries")

    def _check_journal(self, state: State) -> None:
        previous = None
        for key, octets in self._items("journal", self._tables.journal):
            record = journal.decode(octets)
            number = record.version.to_bytes(VERSION_OCTETS, "big")
            if key != number or not journal.follows(record, previous):
                raise StoreError(
                    f"the journal is damaged: version {record.version} breaks the chain"
                )
            previous = record
        if previous is None or previous.version != state.version:
            raise StoreError("the journal is damaged: it does not end at the version that serves")

    def _check_rows(self) -> None:
        for number, (row_id, octets) in enumerate(self._items("rows", self._tables.rows), start=1):
            if row_id != id_octets(number):
                raise damaged("a row has no proper id")
            unseal_row(row_id, octets)

    def _check_row_ids(self) -> None:
        for digest, row_id in self._items("row_ids", self._tables.row_ids):
            octets = self._transaction.get(row_id, b"", self._tables.rows)
            if hashlib.sha256(unseal_row(row_id, octets)).digest() != digest:
                raise damaged("a row is known by a wrong digest")


def main(arguments: list[str]) -> int:
    """Verify the store that is named, and say what is wrong in one line."""
    if len(arguments) != 1:
        sys.stderr.write("usage: python -m eir.store.verify STORE_PATH\n")
        return 64
    try:
        verify(Path(arguments[0]), _tell)
    except StoreError as error:
        sys.stderr.write(f"{error}{_NEXT}{error.next_step or health.DAMAGED}\n")
        return error.exit_code
    except (ValueError, lmdb.Error, MemoryError) as error:
        sys.stderr.write(f"the list store is damaged: {error}{_NEXT}{health.DAMAGED}\n")
        return StoreError.exit_code
    return 0


def _tell(seen: int, total: int) -> None:
    sys.stdout.write(f"{seen} {total}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
