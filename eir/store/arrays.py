"""Sorted entries as arrays: what every merge and comparison of whole tables is made of.

An array of entries is two-dimensional and unsigned: its first `keys` rows are the columns of the
keys, the others whatever belongs to them; an entry is a column of the array. "Sorted" means by key.
"""

from collections.abc import Iterable
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

Entries: TypeAlias = npt.NDArray[np.uint64]
Mask: TypeAlias = npt.NDArray[np.bool_]
Places: TypeAlias = npt.NDArray[np.intp]


def empty(rows: int) -> Entries:
    """Make an array without entries."""
    return np.empty((rows, 0), np.uint64)


def zeros(count: int) -> Entries:
    """Make a row of zeros."""
    return np.zeros(count, np.uint64)


def sort(entries: Entries, keys: int) -> Entries:
    """Sort; entries with the same key stay in the order in which they came."""
    # What is sorted in stretches is merged fast; the other columns matter where the first is equal.
    order = np.argsort(entries[0], kind="stable")
    if keys > 1:
        first = entries[0, order]
        if (first[1:] == first[:-1]).any():
            order = np.lexsort(entries[keys - 1 :: -1])
    return entries[:, order]


def join(parts: Iterable[Entries], keys: int) -> Entries:
    """Merge sorted arrays into one."""
    return sort(np.concatenate(list(parts), axis=1), keys)


def repeats(entries: Entries, keys: int) -> Mask:
    """Tell which entries of a sorted array have the key of the one before."""
    found = np.zeros(entries.shape[1], np.bool_)
    if entries.shape[1] > 1:
        found[1:] = (entries[:keys, 1:] == entries[:keys, :-1]).all(axis=0)
    return found


def count_upto(entries: Entries, keys: int, bound: Entries) -> int:
    """Count the entries of a sorted array whose key is at most `bound`."""
    low, high = 0, entries.shape[1]
    for place in range(keys):
        column = entries[place, low:high]
        last = place == keys - 1
        start = low
        low = start + int(np.searchsorted(column, bound[place], "right" if last else "left"))
        if last:
            return low
        high = start + int(np.searchsorted(column, bound[place], "right"))
    return low


def latest(entries: Entries, keys: int) -> Entries:
    """Keep the last of the entries that share a key, in a sorted array."""
    again = repeats(entries, keys)
    last = np.ones(entries.shape[1], np.bool_)
    last[:-1] = ~again[1:]
    return entries[:, last]


def find(entries: Entries, keys: int, wanted: Entries) -> tuple[Places, Mask]:
    """Find keys in a sorted array of distinct keys.

    Args:
        entries: where to look.
        keys: how many columns a key has.
        wanted: sorted array whose first `keys` rows are the keys.

    Returns:
        For each: its place, and whether it is there; a place means nothing where it is not.
    """
    if not entries.shape[1]:
        absent = np.zeros(wanted.shape[1], np.bool_)
        return np.zeros(wanted.shape[1], np.intp), absent
    if keys == 1:
        places = np.searchsorted(entries[0], wanted[0])
        places[places == entries.shape[1]] = 0
        return places, entries[0, places] == wanted[0]
    held, asked = _one_column(entries, keys), _one_column(wanted, keys)
    places = np.searchsorted(held, asked)
    places[places == entries.shape[1]] = 0
    return places, held[places] == asked


def _one_column(entries: Entries, keys: int) -> npt.NDArray[np.bytes_]:
    """Write each key as octets that sort as it does."""
    columns = np.ascontiguousarray(entries[:keys].T.astype(">u8"))
    return columns.view(f"S{8 * keys}").ravel()
