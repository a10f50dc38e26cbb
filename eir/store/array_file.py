"""Arrays on disk, one after the other: what is too large to be held."""

import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from struct import Struct

import numpy as np

from eir.store.arrays import Entries

_HEAD = Struct("<IQ")  # rows, entries
_CONSTANT, _WHOLE = b"\0", b"\1"


class ArrayFile:
    """A scratch file of arrays; only its owner may read it.

    A row whose numbers are all the same takes eight octets.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def write(self, arrays: Iterable[Entries]) -> None:
        """Write arrays anew."""
        descriptor = os.open(
            self._path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600
        )
        with os.fdopen(descriptor, "wb", buffering=1 << 20) as file:
            for array in arrays:
                if array.shape[1]:
                    file.writelines(_encoded(array))

    def __iter__(self) -> Iterator[Entries]:
        """Read them back; there are none in a file that was never written."""
        if not self._path.exists():
            return
        with self._path.open("rb", buffering=1 << 20) as file:
            while head := file.read(_HEAD.size):
                rows, count = _HEAD.unpack(head)
                array = np.empty((rows, count), np.uint64)
                for row in array:
                    whole = file.read(1) == _WHOLE
                    row[:] = np.frombuffer(file.read(8 * count if whole else 8), np.uint64)
                yield array

    def remove(self) -> None:
        """Give the space back."""
        self._path.unlink(missing_ok=True)


def _encoded(array: Entries) -> Iterator[bytes]:
    yield _HEAD.pack(*array.shape)
    for row in array:
        if (row == row[0]).all():
            yield _CONSTANT + row[:1].tobytes()
        else:
            yield _WHOLE + row.tobytes()
