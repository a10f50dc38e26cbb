"""The merged rows that the wire is told: a base built by append, and an overlay of changes."""

from collections.abc import Iterable, Iterator
from itertools import chain

from eir.store.keys import ID_OCTETS, TOMBSTONE

# An overlay of more than one base entry in this many is merged into the next base: building costs
# one pass over the base, so each change pays for this many entries, however large the base is.
OVERLAY_SHARE = 8

_END = (b"\xff" * 8, b"")  # sorts after every key


def wants_new_base(*, base: int, overlay: int, changes: int) -> bool:
    """Tell whether changes are better merged into a new base than put into the overlay."""
    return (overlay + changes) * OVERLAY_SHARE > base


def override(
    lower: Iterable[tuple[bytes, bytes]], upper: Iterable[tuple[bytes, bytes]]
) -> Iterator[tuple[bytes, bytes]]:
    """Merge two sorted tables; where both have a key, the upper one is right."""
    lowers = chain(lower, [_END])
    low = next(lowers)
    for high in upper:
        key = high[0]
        while low[0] < key:
            yield low
            low = next(lowers)
        if low[0] == key:
            low = next(lowers)
        yield high
    while low is not _END:
        yield low
        low = next(lowers)


def live(cells: Iterable[tuple[bytes, bytes]]) -> Iterator[tuple[bytes, bytes]]:
    """Leave the tombstones out."""
    return (item for item in cells if item[1][:ID_OCTETS] != TOMBSTONE)
