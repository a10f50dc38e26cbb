"""One writer at a time."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from eir.errors import StoreBusyError, StoreError


@contextmanager
def exclusive(path: Path) -> Iterator[None]:
    """Hold the right to write to the lists under `store.path`; it ends with the process.

    Raises:
        StoreBusyError: another process holds it; the message names it.
        StoreError: the directory cannot be written.
    """
    file = path / "lists.lock"
    try:
        path.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o660)
    except OSError as error:
        raise StoreError(
            f"{error.filename}: {error.strerror}",
            next_step="run this as a user that may write to store.path",
        ) from None
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.pread(descriptor, 20, 0).decode(errors="replace").strip() or "unknown"
            raise StoreBusyError(
                f"process {holder} is writing to the list store",
                next_step="try again when it has ended",
            ) from None
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
        yield
    finally:
        os.close(descriptor)
