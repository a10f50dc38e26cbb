"""Counters that are looked at every second become the rows of five minutes. Pure: time comes in."""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from typing import TypeAlias

from eir.measurements.rows import Interval, Row

SECONDS = 300  # ours: what every longer period is a sum of
T_LATE = 1.5  # seconds; ours: a look each second may come so late
Subject: TypeAlias = tuple[str, str]  # an interface and a peer of it; "": all of it
Totals: TypeAlias = Mapping[str, int]  # since the server started, by their names in `Row`

_NOTHING: Totals = {}


@dataclass(frozen=True, slots=True)
class Reading:
    """What was seen at one moment.

    Attributes:
        at: UTC seconds.
        clock: monotonic seconds.
        totals: of every subject that there is.
        longest_ns: of some of them, how long a check took at most since the last reading.
        available: subjects whose checks can come in.
        restarts: how often a worker died since the server started.
    """

    at: float
    clock: float
    totals: Mapping[Subject, Totals]
    longest_ns: Mapping[Subject, int] = field(default_factory=dict)
    available: AbstractSet[Subject] = frozenset()
    restarts: int = 0


@dataclass(slots=True)
class _Greatest:
    """What cannot be told from the counters at the end of a period."""

    peak: float = 0.0
    longest_ns: int = 0
    available: float = 0.0


class Sampler:
    """Makes an interval of what is read within each period, aligned to the clock."""

    def __init__(self) -> None:
        self._first: Reading | None = None  # of the period
        self._last: Reading | None = None
        self._greatest: dict[Subject, _Greatest] = {}

    def take(self, reading: Reading) -> Interval | None:
        """Look at what there is now; give the interval that this ends.

        What was counted since the last reading belongs to the period in which that was made.
        """
        ended = None
        if self._last is not None:
            self._measure(self._last, reading)
            if _begin(reading) != _begin(self._last):
                ended = self._interval(reading)
        if self._first is None or ended is not None:
            self._first = reading
            self._greatest = {}
        self._last = reading
        return ended

    def end(self) -> Interval | None:
        """Give what was measured of the period that goes on."""
        return None if self._last is None else self._interval(self._last)

    def _measure(self, before: Reading, now: Reading) -> None:
        seconds = now.clock - before.clock
        if seconds <= 0:
            return
        for subject, totals in now.totals.items():
            greatest = self._greatest.setdefault(subject, _Greatest())
            received = _grown(before.totals.get(subject, _NOTHING), totals).get("received", 0)
            greatest.peak = max(greatest.peak, received / seconds)
            greatest.longest_ns = max(greatest.longest_ns, now.longest_ns.get(subject, 0))
            if subject in before.available:
                greatest.available += seconds

    def _interval(self, last: Reading) -> Interval | None:
        first = self._first
        if first is None or last.clock <= first.clock:
            return None
        begin = _begin(first)
        is_whole = first.at - begin < T_LATE and 0 <= last.at - (begin + SECONDS) < T_LATE
        return Interval(
            begin=begin,
            since=first.at,
            watched=last.clock - first.clock,
            is_whole=is_whole,
            restarts=last.restarts - first.restarts,
            rows=tuple(self._row(subject, first, last) for subject in sorted(last.totals)),
        )

    def _row(self, subject: Subject, first: Reading, last: Reading) -> Row:
        before, now = first.totals.get(subject, _NOTHING), last.totals[subject]
        greatest = self._greatest.get(subject, _Greatest())
        return Row(
            interface=subject[0],
            peer=subject[1],
            peak=round(greatest.peak, 1),
            longest_ns=greatest.longest_ns,
            available=round(greatest.available, 1),
            **_grown(before, now),
        )


def _grown(before: Totals, now: Totals) -> dict[str, int]:
    return {name: count - before.get(name, 0) for name, count in now.items()}


def _begin(reading: Reading) -> int:
    """Say when the period of a reading began."""
    return int(reading.at // SECONDS) * SECONDS
