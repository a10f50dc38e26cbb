"""What each interface has counted, or counts in a time: what trends are made of."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from operator import sub
from typing import Self, TypeAlias

from eir.decision.verdict import Interface
from eir.metrics import BOUNDS, LAST_CHECK, Counters, identity
from eir.metrics.sums import InterfaceSums, Sums, greatest

VERDICTS = identity.ANSWERED

_UPPER = tuple(float(bound) for bound in BOUNDS[:-1])  # seconds; the last bucket has no end


@dataclass(frozen=True, slots=True)
class Tally:
    """What one interface has counted, since the start or in a time.

    Attributes:
        checks: answered ones, in the order of `VERDICTS`.
        buckets: how many took how long, in the order of `BOUNDS`.
        shed: refused or discarded because there were too many.
        lane: answered by the fast lane.
        slow: left to the slow path.
    """

    checks: tuple[int, ...] = (0,) * len(VERDICTS)
    buckets: tuple[int, ...] = (0,) * len(BOUNDS)
    shed: int = 0
    lane: int = 0
    slow: int = 0

    def __sub__(self, earlier: Self) -> "Tally":
        """Give what was counted since."""
        return Tally(
            tuple(map(sub, self.checks, earlier.checks)),
            tuple(map(sub, self.buckets, earlier.buckets)),
            self.shed - earlier.shed,
            self.lane - earlier.lane,
            self.slow - earlier.slow,
        )

    @property
    def answered(self) -> int:
        """How many checks were answered, whatever the verdict."""
        return sum(self.checks)

    def quantile(self, share: float) -> float | None:
        """Give the time in seconds within which so many were answered; None: there was none.

        Within a bucket, times are taken to be spread evenly. What is in the last one took at
        least as long as is said.
        """
        wanted = share * sum(self.buckets)
        below, lower = 0, 0.0
        for upper, count in zip(_UPPER, self.buckets, strict=False):
            if count and below + count >= wanted:
                return lower + (upper - lower) * (wanted - below) / count
            below, lower = below + count, upper
        return lower if self.buckets[-1] else None


Tallies: TypeAlias = Mapping[Interface, Tally]

INTERFACES = (Interface.S13, Interface.MAP)


def tallies_of(sums: Sums) -> Tallies:
    """Take of what all workers have counted what trends are made of."""
    return {interface: _tally(sums.interfaces[interface.value]) for interface in INTERFACES}


def last_checks(pages: Sequence[Counters]) -> Mapping[Interface, float | None]:
    """Tell when each interface last answered a check, UTC seconds; None: never."""
    newest = {each: greatest(pages, LAST_CHECK, each.value) for each in INTERFACES}
    return {interface: at / 1e9 if at else None for interface, at in newest.items()}


def _tally(sums: InterfaceSums) -> Tally:
    return Tally(
        checks=tuple(sums.tally.of(verdict) for verdict in VERDICTS),
        buckets=sums.buckets,
        shed=sums.shed,
        lane=sums.lane,
        slow=sums.slow,
    )
