"""Blocks that stay in memory, ready to be asked: of maps so small that soon all of theirs do.

A lookup in a block that is known asks LMDB nothing. It was checked when it was met, is a copy, and
never goes stale: a table's blocks never change, and its number is never given again. The blocks of
a map that is too large would only take room from others, so that one is read in place.
"""

from bisect import bisect_left
from collections.abc import Callable, Collection, Iterable
from operator import attrgetter

from eir.store.block import Block
from eir.store.layout import MapState

MOST_ENTRIES = 3_000_000  # ours: of a map whose blocks are kept; about 27 MiB
MOST_OCTETS = 1 << 25  # ours: of all blocks that are kept, in each process


class KnownBlocks:
    """What is known of the maps of one store."""

    def __init__(self) -> None:
        self._maps: dict[int, KnownMap] = {}

    def of(self, state: MapState) -> "KnownMap | None":
        """Give what is known of the base of a map; None: it is read in place."""
        if not state.table or state.base > MOST_ENTRIES:
            return None
        return self._maps.setdefault(state.table, KnownMap(self))

    def keep(self, tables: Collection[int]) -> None:
        """Forget the maps of other tables than these."""
        self._maps = {table: known for table, known in self._maps.items() if table in tables}

    @property
    def octets(self) -> int:
        """How much is kept."""
        return sum(known.octets for known in self._maps.values())


class KnownMap:
    """The blocks of one base that were met, in the order of their keys.

    Attributes:
        octets: how much they are.
    """

    __slots__ = ("_all", "_blocks", "_uppers", "octets")

    def __init__(self, known: KnownBlocks) -> None:
        self._all = known
        self._blocks: list[Block] = []
        self._uppers: list[int] = []  # the first number of each block's last key
        self.octets = 0

    def around(self, number: int) -> Block | None:
        """Give the block that knows where keys begin whose first number is this; None: not met."""
        place = bisect_left(self._uppers, number)
        if place == len(self._uppers):
            return None
        block = self._blocks[place]
        return block if block.below < number else None

    def singles(self, numbers: Iterable[int], unknown: Callable[[int], int]) -> list[int]:
        """Give the values of keys of one column; `unknown` finds those in no block that is here."""
        uppers, blocks, end = self._uppers, self._blocks, len(self._uppers)
        found: list[int] = []
        for number in numbers:
            place = bisect_left(uppers, number)
            if place < end and (block := blocks[place]).below < number:
                found.append(block.find_single(number))
            else:
                found.append(unknown(number))
        return found

    def add(self, block: Block, octets: int) -> None:
        """Keep a block of so many octets, unless it is there or there is no room."""
        if self._all.octets + octets > MOST_OCTETS:
            return
        place = bisect_left(self._blocks, block.upper, key=attrgetter("upper"))
        if place < len(self._blocks) and self._blocks[place].upper == block.upper:
            return
        self._blocks.insert(place, block)
        self._uppers.insert(place, block.upper[0])
        self.octets += octets
