"""The numbers of one period, and how they are added up.

Row        of one interface, or of one peer of it
Interval   all rows of a period, as far as somebody watched
"""

from collections.abc import Iterable
from functools import reduce
from typing import Self

from eir.config import Section

_IDENTITY = ("interface", "peer")
_GREATEST = ("peak", "longest_ns")  # of two the greater counts; all others are added


class Row(Section):
    """What was counted; received is the sum of the seven after it.

    Attributes:
        interface: s13 or map.
        peer: its name; empty: all of the interface.
        received: checks that came in.
        permitted: those that were answered so; likewise the next three.
        prohibited: see there.
        tracking: see there.
        unknown: see there.
        refused: answered with an error, because they were wrong.
        failed: answered with an error, because something of ours was.
        shed: not taken, because there were too many.
        peak: the most checks of a second that came in.
        timed: checks whose processing was timed.
        busy_ns: how long those took together, in nanoseconds.
        longest_ns: none of them took longer, in nanoseconds.
        available: for how many seconds checks could come in.
    """

    interface: str
    peer: str = ""
    received: int = 0
    permitted: int = 0
    prohibited: int = 0
    tracking: int = 0
    unknown: int = 0
    refused: int = 0
    failed: int = 0
    shed: int = 0
    peak: float = 0.0
    timed: int = 0
    busy_ns: int = 0
    longest_ns: int = 0
    available: float = 0.0

    def plus(self, other: Self) -> Self:
        """Add a row of another time about the same."""
        update = {
            name: max(value, getattr(other, name))
            if name in _GREATEST
            else value + getattr(other, name)
            for name, value in self
            if name not in _IDENTITY
        }
        return self.model_copy(update=update)


class Interval(Section):
    """What was measured in one period or a part of it.

    Attributes:
        begin: of the period, UTC seconds.
        since: when measuring began in it, UTC seconds.
        watched: for how many seconds we measured.
        is_whole: we measured from its beginning to its end.
        restarts: how often a worker died.
        rows: one for each interface, and for each peer.
    """

    begin: int
    since: float
    watched: float
    is_whole: bool
    restarts: int = 0
    rows: tuple[Row, ...] = ()


def total(rows: Iterable[Row]) -> list[Row]:
    """Add up rows that are about the same, in order of interface and peer."""
    found: dict[tuple[str, str], list[Row]] = {}
    for row in rows:
        found.setdefault((row.interface, row.peer), []).append(row)
    return [reduce(Row.plus, found[subject]) for subject in sorted(found)]
