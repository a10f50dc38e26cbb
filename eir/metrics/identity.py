"""Do the counters agree with themselves: whatever was taken up has become something.

    checks received = permitted + prohibited + tracking + unknown + refused + failed + shed

of each peer, and so in all. A check is counted when it is taken up, and when it is done with, in
other places; between batches the two are equal. A worker looks at its own page then. What a worker
had in hand when it died is missing on the right: the next one counts it as failed.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

from eir.metrics.checks import (
    CHECKS,
    FAILED,
    IDENTITY_DIFFERENCE,
    INTERFACES,
    OUTCOMES,
    RECEIVED,
    REFUSED,
    SHED_OUTCOME,
)
from eir.metrics.page import Counters


@dataclass(frozen=True, slots=True)
class Tally:
    """What became of checks.

    Attributes:
        received: how many were taken up.
        outcomes: how many each of OUTCOMES are.
    """

    received: int
    outcomes: tuple[int, ...]

    @classmethod
    def at(cls, page: Counters, place: int) -> Self:
        """Read what is counted of one peer."""
        outcomes = tuple(page.value_of(place, CHECKS, (outcome,)) for outcome in OUTCOMES)
        return cls(page.value_of(place, RECEIVED), outcomes)

    def __add__(self, other: "Tally") -> "Tally":
        outcomes = zip(self.outcomes, other.outcomes, strict=True)
        return Tally(self.received + other.received, tuple(map(sum, outcomes)))

    def of(self, *outcomes: str) -> int:
        """Say how many are any of these."""
        return sum(self.outcomes[OUTCOMES.index(outcome)] for outcome in outcomes)

    @property
    def answered(self) -> int:
        """How many got a verdict, or an error in the place of one."""
        return self.of(*ANSWERED)

    @property
    def missing(self) -> int:
        """How many were taken up and became nothing; below 0: became something unseen."""
        return self.received - sum(self.outcomes)


ANSWERED = tuple(outcome for outcome in OUTCOMES if outcome not in {REFUSED, SHED_OUTCOME})
NOTHING = Tally(0, (0,) * len(OUTCOMES))


def by_peer(pages: Iterable[Counters]) -> dict[tuple[str, str], Tally]:
    """Sum the pages of all workers, by interface and peer."""
    sums: dict[tuple[str, str], Tally] = {}
    for page in pages:
        for row in page.peers():
            key = row.interface, row.name
            sums[key] = sums.get(key, NOTHING) + Tally.at(page, row.place)
    return sums


def look(page: Counters) -> None:
    """Show on a page whether its counters agree; only between two batches of its worker."""
    differences = dict.fromkeys(INTERFACES, 0)
    for row in page.peers():
        differences[row.interface] += abs(Tally.at(page, row.place).missing)
    for interface, difference in differences.items():
        page.set(IDENTITY_DIFFERENCE, (interface,), difference)


def settle(page: Counters) -> int:
    """Count as failed what a worker that died had in hand; return how many that were."""
    lost = 0
    for row in page.peers():
        missing = Tally.at(page, row.place).missing
        if missing > 0:
            page.add_of(row.place, CHECKS, (FAILED,), missing)
            lost += missing
    return lost
