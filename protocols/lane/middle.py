"""The part of a request that may be of any length: the names of whoever asks, mostly.

Where values that must have been met stretch, and nothing else follows their lengths but the length
of the whole message, all of them together are one value: it is met as it stands there, with tags,
lengths and padding. Behind an agent there are thousands of lengths, and then one shape for all,
unless something behind them stretches, too: where they end is counted from the end of the message.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from protocols.lane.syntax import Leaf, Syntax

MORE = (1, 2, 3, 4, 300)  # ours: lengths that are tried: paddings, and a second octet of length
MAX_FIXED = 512  # octets; ours: kept with each name, so that with more it is too dear
_FILLING = b"\xff"  # no padding is like it


@dataclass(frozen=True, slots=True)
class Middle:
    """Where it stands, from some octets before its first leaf to some before the leaf behind it.

    Attributes:
        first: its first leaf.
        after: the leaf behind it.
        lead: octets before its first leaf that belong to it.
        gap: octets before the leaf behind it that do not.
        length: where the message says how long it is.
    """

    first: int
    after: int
    lead: int
    gap: int
    length: slice

    def bounds(self, leaves: tuple[Leaf, ...]) -> tuple[int, int]:
        """Say where it begins in a request, and where it has ended."""
        return leaves[self.first].start - self.lead, leaves[self.after].start - self.gap


def middle_of(
    octets: bytes,
    syntax: Syntax,
    free: Collection[int],
    inner: Collection[int],
    stretching: Collection[int],
) -> Middle | None:
    """Find the middle of requests; None: they have none.

    It is the last one there could be: where it ends is counted from the end of the message, so
    that nothing behind it stretches.

    Args:
        octets: one of them.
        syntax: where its values stand.
        free: the leaves whose values may differ.
        inner: those of them that may stand in the middle.
        stretching: those that may have other lengths.
    """
    runs = list(_runs(len(syntax.leaves(octets)), free, inner))
    if not runs or runs[-1][-1] <= max(stretching):
        return None
    return _between(octets, syntax, *runs[-1])


def _runs(
    count: int, free: Collection[int], inner: Collection[int]
) -> Iterator[tuple[int, list[int], int]]:
    """Give leaves that may be in one middle, with the free leaf before them and that behind."""
    before, run = -1, list[int]()
    for leaf in range(count):
        if leaf in inner:
            run.append(leaf)
        elif leaf in free:
            if run:
                yield before, run, leaf
            before, run = leaf, []


def _between(
    octets: bytes, syntax: Syntax, before: int, run: list[int], after: int
) -> Middle | None:
    """See what follows the lengths of some leaves; None: what stands elsewhere does, too."""
    leaves, length = syntax.leaves(octets), syntax.head.length
    begin = leaves[run[0]].start
    end = len(octets) - leaves[run[-1]].end
    own = _without_length(octets, length)
    for leaf in run:
        size = leaves[leaf].end - leaves[leaf].start
        for more in MORE:
            try:
                longer = syntax.resize(octets, leaf, _FILLING * (size + more))
            except ValueError:  # no value is so long
                continue
            other = _without_length(longer, length)
            begin = min(begin, _alike(own, other))
            end = min(end, _alike(own[::-1], other[::-1]))
    end = len(octets) - end
    least = max(syntax.head.octets, leaves[before].end if before >= 0 else 0)
    fixed = end - begin - sum(leaves[leaf].end - leaves[leaf].start for leaf in run)
    if begin < least or end > leaves[after].start or fixed > MAX_FIXED:
        return None
    return Middle(run[0], after, leaves[run[0]].start - begin, leaves[after].start - end, length)


def _alike(first: bytes, second: bytes) -> int:
    """Count the octets that two messages begin with alike."""
    pairs = enumerate(zip(first, second, strict=False))
    return next((at for at, (a, b) in pairs if a != b), min(len(first), len(second)))


def _without_length(octets: bytes, length: slice) -> bytes:
    return octets[: length.start] + bytes(length.stop - length.start) + octets[length.stop :]
