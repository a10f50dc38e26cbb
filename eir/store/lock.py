"""One writer at a time; readers can tell that one is at work, and never get in its way.

The lock is on the open file (F_OFD_SETLK of fcntl(2)): it ends with the process that holds it, and
looking whether it is held takes nothing that a writer could find taken.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from struct import Struct

from eir.errors import StoreBusyError, StoreError
from eir.files import MODE

_FLOCK = Struct("@hhqqi0q")  # l_type, l_whence, l_start, l_len, l_pid


@contextmanager
def exclusive(path: Path) -> Iterator[None]:
    """Hold the right to write to the lists under `store.path`; it ends with the process.

    Raises:
        StoreBusyError: another process holds it; the message names it.
        StoreError: the directory cannot be written.
    """
    with locked(path / "lists.lock", "is writing to the list store"):
        yield


@contextmanager
def locked(file: Path, doing: str) -> Iterator[None]:
    """Hold a lock file, which names its holder; it ends with the process.

    Args:
        file: of the lock; its directory is created.
        doing: what its holder does, for messages.

    Raises:
        StoreBusyError: another process holds it; the message names it.
        StoreError: the directory cannot be written.
    """
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, MODE)
    except OSError as error:
        raise StoreError(
            f"{error.filename}: {error.strerror}",
            next_step="run this as a user that may write to store.path",
        ) from None
    try:
        try:
            fcntl.fcntl(descriptor, fcntl.F_OFD_SETLK, _whole_file())
        except (BlockingIOError, PermissionError):  # fcntl(2) says either
            holder = os.pread(descriptor, 20, 0).decode(errors="replace").strip() or "unknown"
            raise StoreBusyError(
                f"process {holder} {doing}",
                next_step="try again when it has ended",
            ) from None
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
        yield
    finally:
        os.close(descriptor)


def is_held(path: Path) -> bool:
    """Tell whether somebody is writing to the lists under `store.path`."""
    with suppress(OSError):
        descriptor = os.open(path / "lists.lock", os.O_RDONLY | os.O_CLOEXEC)
        try:
            found = fcntl.fcntl(descriptor, fcntl.F_OFD_GETLK, _whole_file())
        finally:
            os.close(descriptor)
        return bool(_FLOCK.unpack(found)[0] != fcntl.F_UNLCK)
    return False


def _whole_file() -> bytes:
    """Ask for, or about, the right to write, from the first octet to the last."""
    return _FLOCK.pack(fcntl.F_WRLCK, os.SEEK_SET, 0, 0, 0)
