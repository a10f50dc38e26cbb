"""Files under `store.path`, which the operator's user and the server's share."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from eir.errors import StoreError

MODE = 0o660  # the operator's user and the server's share a group
_UMASK = 0o007
NEW = ".new"  # ends the name of a file that is not yet whole


@contextmanager
def shared_with_group() -> Iterator[None]:
    """Let the group, the server's, use what is created here, whatever the operator's umask."""
    before = os.umask(_UMASK)
    try:
        yield
    finally:
        os.umask(before)


def sync_directory(directory: Path) -> None:
    """See the names in a directory on the disk."""
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def written_for_group(what: object, *, next_step: str) -> Iterator[None]:
    """Let the group use what is created here, and say of the system's errors what to do.

    Args:
        what: is named where the error names no file.
        next_step: what to do.

    Raises:
        StoreError: something cannot be read or written.
    """
    try:
        with shared_with_group():
            yield
    except OSError as error:
        raise StoreError(
            f"{error.filename or what}: {error.strerror}", next_step=next_step
        ) from None


def write_whole(path: Path, text: str) -> None:
    """Write a file whole, or leave the one that was; when this returns it is on the disk."""
    new = path.with_name(f"{path.name}{NEW}")
    with new.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    new.rename(path)
    sync_directory(path.parent)


@contextmanager
def scratch_in(directory: Path, *, again: str) -> Iterator[Path]:
    """Make a directory for temporary files; what a killed process left there goes first.

    Args:
        directory: it is gone afterwards.
        again: what to do again where that fails: try, sync.

    Raises:
        StoreError: it cannot be made, or used.
    """
    shutil.rmtree(directory, ignore_errors=True)
    try:
        directory.mkdir(parents=True, mode=0o700)
        yield directory
    except OSError as error:
        raise StoreError(
            f"{error.filename or directory}: {error.strerror}",
            next_step=f"make room or give rights there, then {again} again;"
            " the old lists are served",
        ) from error
    finally:
        shutil.rmtree(directory, ignore_errors=True)
