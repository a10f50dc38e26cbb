"""Copies of a whole store: taken while it serves, checked, and moved into the place of another."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import lmdb

from eir.errors import StoreError
from eir.files import MODE, sync_directory
from eir.store import health
from eir.store.environment import Transaction, failure, full, is_full

SCRATCH = "lists.tmp"  # the directory inside `store.path` for what is not a store yet

_LOCK = "lock.mdb"
_CHUNK = 1 << 24  # octets


def take(environment: lmdb.Environment, transaction: Transaction, file: Path) -> None:
    """Write what a transaction sees, without free pages, to a new file on the disk.

    Raises:
        StoreError: it cannot be read or written; there is no such file then.
    """
    with new_file(file) as descriptor:
        try:
            environment.copyfd(descriptor, compact=True, txn=transaction)
        except lmdb.Error as error:
            raise no_room(file) if is_full(error) else failure(error) from error


def bring(source: Path, file: Path) -> None:
    """Write the octets of a file to a new one on the disk.

    Raises:
        StoreError: it cannot be read or written; there is no such file then.
    """
    with (
        new_file(file) as descriptor,
        source.open("rb") as octets,
        os.fdopen(descriptor, "wb", closefd=False) as copy,
    ):
        shutil.copyfileobj(octets, copy, _CHUNK)


@contextmanager
def new_file(file: Path) -> Iterator[int]:
    """Make a file that only its owner reads, which has its name once it is whole.

    Raises:
        StoreError: it cannot be; there is no such file then.
    """
    part = file.with_name(f".{file.name}.{os.getpid()}.part")
    try:
        descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        try:
            yield descriptor
            os.fsync(descriptor)
            part.replace(file)
        except BaseException:
            part.unlink()
            raise
        finally:
            os.close(descriptor)
        sync_directory(file.parent)
    except OSError as error:
        raise no_room(file) if is_full(error) else unwritable(error, file) from error


def put_in_place(fresh: Path, directory: Path) -> None:
    """Let the environment in `fresh` be the one in `directory`, from one instant to the next.

    Both are on one file system, and nobody writes to either. Who reads the old one goes on with
    it, and opens the new one next time (`health.Watch`). A lock file, which LMDB fills, goes after
    the data: the old one names a transaction that the new data do not have; and a new one before
    them, if we ended between the two, would not know who still reads the old data.

    Raises:
        StoreError: it cannot be; then the old one is still there.
    """
    try:
        directory.mkdir(parents=True, exist_ok=True)
        (fresh / _LOCK).write_bytes(b"")
        for name in (health.DATA, _LOCK):
            _give_to_readers(fresh / name, directory / health.DATA)
        for name in (health.DATA, _LOCK):
            (fresh / name).replace(directory / name)
        sync_directory(directory)
    except OSError as error:
        raise unwritable(error, directory) from error


def _give_to_readers(file: Path, like: Path) -> None:
    """Let a file belong to those to whom another one belongs."""
    file.chmod(MODE)
    if like.exists():
        found = like.stat()
        os.chown(file, found.st_uid if os.geteuid() == 0 else -1, found.st_gid)


def no_room(file: Path) -> StoreError:
    """Build the error of a disk that is full; no operator knows the names of our scratch files."""
    if SCRATCH in file.parts:
        return full()
    return StoreError(
        f"the disk is full: nothing was changed, and {file.name} was not written",
        next_step=f"free some space under {file.parent}, then try again",
    )


def unwritable(error: OSError, file: Path) -> StoreError:
    """Build the error of a file that cannot be read or written."""
    return StoreError(
        f"{error.filename or file}: {error.strerror}",
        next_step="do this as a user who may read and write there",
    )
