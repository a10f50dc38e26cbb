"""What the fast lanes of all workers know, for `eir lane`."""

from collections.abc import Iterable
from typing import Literal

from eir.config import Section
from eir.decision.verdict import Interface
from protocols.lane.lane import Known

MOST = 100  # ours: rows of one worker


class LaneRow(Section):
    """One kind of request that a worker has studied.

    Attributes:
        worker: which one.
        interface: s13 or map.
        octets: how long the request was that it was learned from.
        state: learned, or unlearnable.
        answered: checks that the lane has answered.
        senders: how many who ask, and other values that must have been met, are known.
        lengths: combinations of lengths that values outside the middle came in.
        reason: why it cannot be learned.
    """

    worker: int = 0
    interface: str
    octets: int
    state: Literal["learned", "unlearnable"]
    answered: int
    senders: int
    lengths: int
    reason: str = ""


def rows_of(interface: Interface, known: Iterable[Known]) -> list[LaneRow]:
    """Say what one driver's lanes know."""
    return [
        LaneRow(
            interface=interface.value,
            octets=each.octets,
            state="learned" if each.reason is None else "unlearnable",
            answered=each.hits,
            senders=each.examples,
            lengths=each.lengths,
            reason=each.reason or "",
        )
        for each in known
    ]


def most_used(rows: Iterable[LaneRow]) -> tuple[LaneRow, ...]:
    """Put first what answers most; of very many rows, only those."""
    return tuple(sorted(rows, key=lambda row: (-row.answered, row.interface, row.octets))[:MOST])
