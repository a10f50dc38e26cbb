"""The counters of all workers, added up: here, and nowhere else.

`total`, `greatest` and `of_peers` ask for one family; `Sums` is what everybody wants who looks each
second.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Self

from eir.metrics.checks import (
    BOUNDS,
    CHECK_MAXIMUM,
    CHECK_SECONDS,
    IDENTITY_DIFFERENCE,
    INTERFACES,
    SHED,
    SUM,
)
from eir.metrics.family import Family, Row
from eir.metrics.identity import NOTHING, Tally, by_peer
from eir.metrics.lane import LANE_ANSWERS, LANE_MISSES
from eir.metrics.page import Counters
from eir.metrics.traffic import RETRANSMITTED, WAITING


def total(pages: Iterable[Counters], family: Family, *labels: str) -> int:
    """Add up the rows whose labels begin so."""
    rows = _rows(family, labels)
    return sum(page.value(family, row) for page in pages for row in rows)


def greatest(pages: Iterable[Counters], family: Family, *labels: str) -> int:
    """Give the greatest of the rows whose labels begin so."""
    rows = _rows(family, labels)
    return max(page.value(family, row) for page in pages for row in rows)


def of_peers(pages: Iterable[Counters], family: Family, row: Row = ()) -> Counter[tuple[str, str]]:
    """Add up what is counted of each peer, by interface and name."""
    sums: Counter[tuple[str, str]] = Counter()
    for page in pages:
        for peer, value in page.values_of(family, row):
            sums[peer.interface, peer.name] += value
    return sums


@cache
def _rows(family: Family, labels: Row) -> Sequence[Row]:
    return [row for row in family.rows if row[: len(labels)] == labels]


@dataclass(frozen=True, slots=True)
class InterfaceSums:
    """What one interface has counted since the start.

    Attributes:
        tally: what became of its checks.
        buckets: how many took how long, in the order of `BOUNDS`.
        busy_ns: how long they took together, in nanoseconds.
        longest_ns: how long one took at most in this minute and the one before.
        shed: those that were too many, by whichever limit.
        lane: answered by the fast lane.
        slow: left to the slow path.
        difference: those of which nothing became, or the other way round.
    """

    tally: Tally
    buckets: tuple[int, ...]
    busy_ns: int
    longest_ns: int
    shed: int
    lane: int
    slow: int
    difference: int

    @classmethod
    def of(cls, pages: Sequence[Counters], interface: str, tally: Tally) -> Self:
        """Read what is counted of an interface beside the tallies of its peers."""
        return cls(
            tally=tally,
            buckets=tuple(total(pages, CHECK_SECONDS, interface, bound) for bound in BOUNDS),
            busy_ns=total(pages, CHECK_SECONDS, interface, SUM),
            longest_ns=greatest(pages, CHECK_MAXIMUM, interface),
            shed=total(pages, SHED, interface),
            lane=total(pages, LANE_ANSWERS, interface),
            slow=total(pages, LANE_MISSES, interface),
            difference=total(pages, IDENTITY_DIFFERENCE, interface),
        )


@dataclass(frozen=True, slots=True)
class Sums:
    """What all workers have counted since the start.

    Attributes:
        peers: what became of the checks of each peer, by interface and name.
        interfaces: each of them, by its name.
        resent: SCTP chunks that were sent again to each peer, likewise.
        waiting: octets of messages that wait now.
    """

    peers: Mapping[tuple[str, str], Tally]
    interfaces: Mapping[str, InterfaceSums]
    resent: Mapping[tuple[str, str], int]
    waiting: int

    @classmethod
    def of(cls, pages: Sequence[Counters]) -> Self:
        """Read the pages of all workers."""
        peers = by_peer(pages)
        tallies = dict.fromkeys(INTERFACES, NOTHING)
        for (interface, _), tally in peers.items():
            tallies[interface] += tally
        return cls(
            peers=peers,
            interfaces={name: InterfaceSums.of(pages, name, tallies[name]) for name in INTERFACES},
            resent=of_peers(pages, RETRANSMITTED),
            waiting=total(pages, WAITING),
        )
