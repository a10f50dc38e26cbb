"""Files under `store.path`, which the operator's user and the server's share."""

import os
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from secrets import token_hex

from eir.errors import StoreError

MODE = 0o660  # the operator's user and the server's share a group
_UMASK = 0o007
NEW = ".new"  # ends the name of a file that is not yet whole


class _Umask:
    """The umask, which all threads of a process share: the first in sets it, the last restores."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._inside = 0
        self._before = 0

    def enter(self) -> None:
        with self._lock:
            if not self._inside:
                self._before = os.umask(_UMASK)
            self._inside += 1

    def leave(self) -> None:
        with self._lock:
            self._inside -= 1
            if not self._inside:
                os.umask(self._before)


_umask = _Umask()


@contextmanager
def shared_with_group() -> Iterator[None]:
    """Let the group, the server's, use what is created here, whatever the operator's umask."""
    _umask.enter()
    try:
        yield
    finally:
        _umask.leave()


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
    """Write a file whole, or leave the one that was; when this returns it is on the disk.

    Several may write it at once: it is what the last of them wrote.
    """
    new = path.with_name(f"{path.name}.{token_hex(4)}{NEW}")
    try:
        with new.open("x", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        new.rename(path)
    except OSError:
        new.unlink(missing_ok=True)
        raise
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
