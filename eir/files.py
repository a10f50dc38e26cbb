"""Files under `store.path`, which the operator's user and the server's share."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

MODE = 0o660  # the operator's user and the server's share a group
_UMASK = 0o007


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
