"""Arrays of sorted entries to blocks, and back."""

from collections.abc import Iterator

import numpy as np

from eir.store.arrays import Entries, empty
from eir.store.block import HEADERS, MAX_NUMBER, damaged, is_sound, key_octets, seal

BLOCK_OCTETS = 4080  # what one overflow page of LMDB holds: 4096 less its header
_MAX_COUNT = 4032
_TYPES = {1: "<u1", 2: "<u2", 4: "<u4", 8: "<u8"}


class Packer:
    """Packs sorted arrays of one owner into blocks that leave no key uncovered."""

    def __init__(self, owner: int, keys: int) -> None:
        self._owner = owner
        self._keys = keys
        self._waiting = empty(keys + 1)
        self._lower = (0,) * keys
        self.entries = 0

    def pack(self, entries: Entries) -> Iterator[tuple[bytes, bytes]]:
        """Give the blocks that are full, each with its key."""
        self.entries += entries.shape[1]
        self._waiting = np.concatenate((self._waiting, entries), axis=1)
        at, count = 0, self._waiting.shape[1]
        while count - at >= _MAX_COUNT:
            fitting, widths = self._fitting(self._waiting[:, at : at + _MAX_COUNT])
            yield self._block(self._waiting[:, at : at + fitting], widths)
            at += fitting
        self._waiting = self._waiting[:, at:].copy()

    def finish(self) -> Iterator[tuple[bytes, bytes]]:
        """Give the last blocks; the very last one covers all keys that are left."""
        while True:
            fitting, widths = self._fitting(self._waiting)
            rest = self._waiting[:, fitting:]
            if not rest.shape[1]:
                yield self._block(self._waiting, widths, upper=(MAX_NUMBER,) * self._keys)
                return
            yield self._block(self._waiting[:, :fitting], widths)
            self._waiting = rest

    def _fitting(self, entries: Entries) -> tuple[int, list[int]]:
        """How many of these fit into one block, and how wide its columns are then."""
        room = BLOCK_OCTETS - HEADERS[self._keys].size
        count: int = entries.shape[1]
        while True:
            widths = _widths(entries[:, :count])
            if sum(widths) * count <= room:
                return count, widths
            count = room // sum(widths)

    def _block(
        self, entries: Entries, widths: list[int], upper: tuple[int, ...] | None = None
    ) -> tuple[bytes, bytes]:
        count = entries.shape[1]
        if upper is None:
            upper = tuple(entries[: self._keys, -1].tolist())
        bases = entries.min(axis=1) if count else np.zeros(self._keys + 1, np.uint64)
        header = HEADERS[self._keys].pack(
            0, self._owner, count, *widths, *self._lower, *upper, *bases.tolist()
        )
        columns = [
            (row - base).astype(_TYPES[width]).tobytes()
            for row, base, width in zip(entries, bases, widths, strict=True)
            if width
        ]
        self._lower = upper
        return key_octets(self._owner, upper), seal(b"".join((header, *columns)))


def _widths(entries: Entries) -> list[int]:
    """How many octets the differences within each column need."""
    if not entries.shape[1]:
        return [0] * entries.shape[0]
    return [_width(int(spread)) for spread in entries.max(axis=1) - entries.min(axis=1)]


def _width(spread: int) -> int:
    octets = (spread.bit_length() + 7) // 8
    return 1 << (octets - 1).bit_length() if octets else 0


def unpack(octets: bytes | memoryview, owner: int, keys: int) -> Entries:
    """Read a block back as an array of `keys` columns and the value.

    Raises:
        StoreError: it is not what was written for this owner.
    """
    if not is_sound(octets):
        raise damaged("a block fails its check")
    header = HEADERS[keys]
    fields = header.unpack_from(octets)
    if fields[1] != owner:
        raise damaged("a block is another table's")
    count, widths, bases = fields[2], fields[3 : 4 + keys], fields[4 + 3 * keys :]
    entries = np.empty((keys + 1, count), np.uint64)
    at = header.size
    for place, width in enumerate(widths):
        if width:
            column = np.frombuffer(octets, _TYPES[width], count, at)
            np.add(column, np.uint64(bases[place]), out=entries[place], casting="unsafe")
        else:
            entries[place] = bases[place]
        at += width * count
    return entries
