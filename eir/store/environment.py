"""Opens LMDB environments, and turns LMDB's errors into ours, here and nowhere else."""

import errno
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

import lmdb

from eir.errors import StoreError
from eir.files import MODE
from eir.store import health
from eir.store.layout import (
    MAX_TABLES,
    META,
    STATE_KEY,
    TABLES,
    decode_state,
    lists_directory,
    nothing_loaded,
)

if TYPE_CHECKING:  # at run time these classes take no parameter
    Transaction: TypeAlias = lmdb.Transaction[bytes]
    Cursor: TypeAlias = lmdb.Cursor[bytes]
    Table: TypeAlias = lmdb._Database  # noqa: SLF001 - the only name that it has
else:
    Transaction, Cursor, Table = lmdb.Transaction, lmdb.Cursor, object

_NO_SPACE = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO)  # EIO: LMDB for a short write
_PAGE = 65536  # a map size is a multiple of every page size
_SPARE_TRANSACTIONS = 2
_READERS = 1022  # 126 is LMDB's default: fewer than workers, commands and dead readers may be


def is_full(error: Exception) -> bool:
    """Tell whether the disk, or what we may use of it, is full."""
    number = error.errno if isinstance(error, OSError) else getattr(error, "code", 0)
    return isinstance(error, lmdb.MapFullError) or number in _NO_SPACE


def failure(error: lmdb.Error | MemoryError) -> StoreError:
    """Say in our words what LMDB could not do."""
    if is_full(error):
        return full()
    if isinstance(error, lmdb.ReadersFullError):
        return StoreError(
            "too many processes read the list store at once",
            next_step="end some of them: fuser -v names those that hold lists/lock.mdb",
        )
    return StoreError(f"the list store cannot be read: {error}", next_step=health.DAMAGED)


def full() -> StoreError:
    """Build the error of a disk that has no room for what is under `store.path`."""
    return StoreError(
        "the disk is full: nothing was changed, the previous lists are served",
        next_step="free some space under store.path, then try again",
    )


@contextmanager
def store_errors() -> Iterator[None]:
    """Turn LMDB's errors into ours."""
    try:
        yield
    except lmdb.Error as error:
        raise failure(error) from error


@contextmanager
def reading(path: Path) -> Iterator[lmdb.Environment]:
    """Open the lists under `store.path` for as long as a command reads them.

    Raises:
        StoreError: there are none, or they cannot be read.
    """
    directory = lists_directory(path)
    health.inspect(directory)
    with store_errors(), open_reader(directory) as environment:
        if not environment.stat()["entries"]:
            raise nothing_loaded()
        yield environment


def open_reader(directory: Path, *, tables: int = MAX_TABLES) -> lmdb.Environment:
    """Open an environment to read it, and at most so many tables; its meta page says its size.

    Slots of readers that died are freed, so that they pin no old pages.
    """
    environment = lmdb.open(
        str(directory),
        readonly=True,
        create=False,
        map_size=0,
        max_dbs=tables,
        max_readers=_READERS,
        max_spare_txns=_SPARE_TRANSACTIONS,
    )
    environment.reader_check()
    return environment


def open_writer(directory: Path) -> lmdb.Environment:
    """Open or create an environment to write it; a full map means a full disk."""
    directory.mkdir(parents=True, exist_ok=True)
    data = directory / health.DATA
    present = data.stat().st_size if data.exists() else 0
    if present:
        health.inspect(directory)
    octets = present + shutil.disk_usage(directory).free
    environment = lmdb.open(
        str(directory),
        map_size=max(octets // _PAGE, 1) * _PAGE,
        max_dbs=MAX_TABLES,
        max_readers=_READERS,
        mode=MODE,
    )
    environment.reader_check()
    return environment


@dataclass(frozen=True, slots=True)
class Tables:
    """The tables of a store, and the file that they are in."""

    file: Path
    meta: Table
    rows: Table
    row_ids: Table
    journal: Table
    blocks: Table
    overlay: Table
    history: Table


def open_tables(environment: lmdb.Environment, transaction: Transaction | None = None) -> Tables:
    """Open every table; they are created in a write transaction, and must be there without one.

    Raises:
        StoreError: nothing was ever loaded, or it is of another format.
    """
    create = transaction is not None
    try:
        opened = [environment.open_db(name, transaction, create=create) for name in TABLES]
    except lmdb.NotFoundError:
        raise _other_tables(environment) from None
    return Tables(Path(environment.path()) / health.DATA, *opened)


def _other_tables(environment: lmdb.Environment) -> StoreError:
    """Build the error of a store that has not the tables of today."""
    if not environment.stat()["entries"]:
        return nothing_loaded()
    try:
        meta = environment.open_db(META, create=False)
        with environment.begin() as transaction:
            decode_state(transaction.get(STATE_KEY, None, meta))
    except lmdb.NotFoundError:
        pass
    except StoreError as error:
        return error
    return StoreError("the list store is damaged: a table is missing", next_step=health.DAMAGED)


def table_names(transaction: Transaction) -> list[bytes]:
    """List the tables of an environment."""
    return [key for key, _ in transaction.cursor()]
