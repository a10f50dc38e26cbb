"""What each version found before it changed it: the way back to every version that is kept.

For each version and each map that it changed, blocks of key and the value that was, 0 for none;
their owner is both numbers in one. Nothing is written for a map that had no entry before: the
journal's record says so (`journal.CREATED`).
"""

from collections.abc import Iterable, Iterator

import numpy as np

from eir.store.arrays import Entries, empty
from eir.store.block import Block, damaged, is_sound, key_octets
from eir.store.environment import Tables, Transaction
from eir.store.packing import Packer, unpack

_MAP_BITS = 24
_BLOCKS = 128  # ours: read into one array


def owner_of(version: int, map_number: int) -> int:
    """Put both numbers into one."""
    return version << _MAP_BITS | map_number


def version_and_map(owner: int) -> tuple[int, int]:
    """Take them apart."""
    return owner >> _MAP_BITS, owner & ((1 << _MAP_BITS) - 1)


def write(
    transaction: Transaction, tables: Tables, owner: int, before: Iterable[Entries], keys: int
) -> None:
    """Keep what was, from sorted arrays of key and value."""
    packer = Packer(owner, keys)
    cursor = transaction.cursor(tables.history)
    for part in before:
        cursor.putmulti(packer.pack(part))
    cursor.putmulti(packer.finish())


def read(transaction: Transaction, tables: Tables, owner: int, keys: int) -> Iterator[Entries]:
    """Give what was, sorted; nothing where nothing is kept."""
    cursor = transaction.cursor(tables.history)
    there = cursor.set_range(key_octets(owner, (0,) * keys))
    prefix = key_octets(owner, ())
    held = [empty(keys + 1)]
    while there and cursor.key().startswith(prefix):
        held.append(unpack(cursor.value(), owner, keys))
        there = cursor.next()
        if len(held) > _BLOCKS:
            yield np.concatenate(held, axis=1)
            del held[1:]
    if len(held) > 1:
        yield np.concatenate(held, axis=1)


def look_up(
    transaction: Transaction, tables: Tables, owner: int, key: tuple[int, ...]
) -> int | None:
    """Return what was under a key; None: the version did not change it."""
    cursor = transaction.cursor(tables.history)
    if not cursor.set_range(key_octets(owner, key)):
        return None
    if not cursor.key().startswith(key_octets(owner, ())):
        return None
    octets = cursor.value()
    block = Block(octets, len(key))
    if not is_sound(octets) or not block.covers(owner, key):
        raise damaged("a block of the history is wrong")
    return block.find(key)


def forget(transaction: Transaction, tables: Tables, *, before: int) -> None:
    """Remove what leads to versions older than `before`.

    What version n found leads to version n - 1.
    """
    cursor = transaction.cursor(tables.history)
    end = key_octets(owner_of(before + 1, 0), ())
    there = cursor.first()
    while there and cursor.key() < end:
        there = cursor.delete()
