"""Many entries of an overlay at once."""

from typing import cast

import numpy as np

from eir.store.arrays import Entries
from eir.store.block import damaged
from eir.store.overlay import FACTORS, SHIFT, VALUE, VALUE_BITS


def seal_all(owner: int, entries: Entries) -> list[tuple[bytes, bytes]]:
    """Write many: keys and values as they are stored."""
    keys, count = entries.shape[0] - 1, entries.shape[1]
    numbers = np.empty((keys + 1, count), np.uint64)
    numbers[0] = owner
    numbers[1:] = entries[:-1]
    values = (_check_all(numbers, entries[-1]) << np.uint64(VALUE_BITS)) | entries[-1]
    stored = np.ascontiguousarray(numbers.T.astype(">u8")).view(f"V{8 * (keys + 1)}").ravel()
    sealed = values.astype(">u8").view("V8")
    return list(zip(_octets(stored), _octets(sealed), strict=True))


def _octets(column: "np.ndarray[tuple[int, ...], np.dtype[np.void]]") -> list[bytes]:
    return cast("list[bytes]", column.tolist())


def unseal_all(keys: list[bytes], values: list[bytes], columns: int) -> Entries:
    """Read many back, in their order, without their owner.

    Raises:
        StoreError: one of them is not what was written.
    """
    entries = np.empty((columns + 1, len(keys)), np.uint64)
    try:
        numbers = np.frombuffer(b"".join(keys), ">u8").reshape(len(keys), columns + 1).T
        sealed = np.frombuffer(b"".join(values), ">u8").reshape(len(keys)).astype(np.uint64)
    except ValueError:
        raise damaged("an entry has a wrong size") from None
    entries[:-1] = numbers[1:]
    entries[-1] = sealed & np.uint64(VALUE)
    expected = _check_all(numbers.astype(np.uint64), entries[-1])
    if (sealed >> np.uint64(VALUE_BITS) != expected).any():
        raise damaged("an entry fails its check")
    return entries


def _check_all(numbers: Entries, values: Entries) -> Entries:
    total = values * np.uint64(FACTORS[-1])
    for number, factor in zip((*numbers, values), FACTORS, strict=False):
        total = total ^ (number * np.uint64(factor))
        total = total * np.uint64(FACTORS[0])
        total = total ^ (total >> np.uint64(SHIFT))
    return cast("Entries", (total * np.uint64(FACTORS[1])) >> np.uint64(VALUE_BITS))
