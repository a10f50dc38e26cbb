"""Ranges made disjoint: segments, each with one row that says all that its ranges say.

So the wire finds what ranges say of an equipment by one search, however they nest and overlap.
"""

from array import array
from bisect import bisect_left, insort
from collections.abc import Callable, Iterator
from typing import NamedTuple, TypeAlias

import numpy as np

from eir.lists.subjects import TAC_SPAN, Kind
from eir.store.arrays import Entries, Mask, sort

_PIECE = 65_536  # borders that are Python's numbers at a time: few megabytes


class Range(NamedTuple):
    """One range: the id of what it says, and the first and last number that it covers."""

    id: int
    first: int
    last: int


Merge: TypeAlias = Callable[[tuple[Range, ...]], int]


def extents_of(kind: Kind, entries: Entries) -> Entries:
    """Give the first and last IMEI of ranges or types, shape (2, N)."""
    if kind is Kind.RANGE:
        return entries[:2]
    first = entries[0] * np.uint64(TAC_SPAN)
    return np.stack((first, first + np.uint64(TAC_SPAN - 1)))


def flatten(extents: Entries, ids: Entries, merge: Merge) -> Entries:
    """Cut ranges at each other's borders.

    A range that no other overlaps stays as it is. Wherever ranges overlap, each segment is merged
    by itself, even one that a single range covers: its row must tell how far that range goes.

    Args:
        extents: first and last of each range, shape (2, N), in any order; they may nest, overlap
            and repeat.
        ids: what each says, shape (N,).
        merge: gives the id for a segment that these ranges cover, the narrowest first, then by id;
            it is asked once a segment.

    Returns:
        Last, first and id of each segment, shape (3, M): disjoint and sorted.
    """
    order = np.argsort(extents[0], kind="stable")
    ranges = np.stack((extents[1, order], extents[0, order], ids[order]))
    alone = _alone(ranges)
    if alone.all():
        return ranges
    segments = _sweep(ranges[:, ~alone], merge)
    return sort(np.concatenate((ranges[:, alone], segments), axis=1), keys=1)


def _alone(ranges: Entries) -> Mask:
    """Tell which ranges, sorted by first, no other overlaps."""
    last, first, _ = ranges
    reach = np.maximum.accumulate(last)
    begins = np.ones(len(first) + 1, np.bool_)  # whether all ranges before end before this one
    begins[1:-1] = first[1:] > reach[:-1]
    return begins[:-1] & begins[1:]


def _sweep(ranges: Entries, merge: Merge) -> Entries:
    """Go over the borders of ranges, and give a segment between each two that are covered."""
    segments = array("Q")
    covering: list[Range] = []  # the narrowest first
    since = 0
    for place, begins, found in _borders(ranges):
        if covering and place > since:
            segments.extend((place - 1, since, merge(tuple(covering))))
        since = place
        if begins:
            insort(covering, found, key=_narrowness)
        else:
            del covering[bisect_left(covering, _narrowness(found), key=_narrowness)]
    return np.frombuffer(segments, np.uint64).reshape(-1, 3).T


def _borders(ranges: Entries) -> Iterator[tuple[int, bool, Range]]:
    """Give the places where ranges begin, and those after their end, in order."""
    last, first, ids = ranges
    count = len(first)
    places = np.concatenate((first, last + np.uint64(1)))
    order = np.argsort(places, kind="stable")
    for start in range(0, len(order), _PIECE):
        border = order[start : start + _PIECE]
        which = border % count
        found = map(Range, ids[which].tolist(), first[which].tolist(), last[which].tolist())
        yield from zip(places[border].tolist(), (border < count).tolist(), found, strict=True)


def _narrowness(found: Range) -> tuple[int, int, int]:
    return found.last - found.first, found.id, found.first
