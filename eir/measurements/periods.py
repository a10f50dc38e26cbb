"""Rows of five minutes, an hour or a day: the granularity periods of TS 32.401 §4.2.2."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from eir.measurements.rows import Interval, Row, total
from eir.measurements.sampler import SECONDS

PERIODS: Mapping[str, int] = {"5m": SECONDS, "1h": 3600, "1d": 86_400}  # seconds
_T_TOLERATED = 2.0  # seconds; ours: a second is looked at, and may be late


@dataclass(frozen=True, slots=True)
class Period:
    """What was measured in one granularity period.

    Attributes:
        begin: UTC seconds.
        end: UTC seconds.
        begun: when measuring began, UTC seconds.
        watched: for how many seconds we measured.
        is_suspect: it is not whole, a worker died, or the clock was set (TS 32.401 §4.2.4: a
            suspect flag).
        rows: one for each interface and peer.
    """

    begin: int
    end: int
    begun: float
    watched: float
    is_suspect: bool
    rows: tuple[Row, ...]


def begin_of(at: float, seconds: int) -> int:
    """Say when the period began that an instant is in."""
    return int(at // seconds) * seconds


def periods(intervals: Iterable[Interval], seconds: int) -> Iterator[Period]:
    """Add up intervals to periods of so many seconds, in order of time."""
    found: dict[int, list[Interval]] = {}
    for interval in intervals:
        found.setdefault(begin_of(interval.begin, seconds), []).append(interval)
    for begin in sorted(found):
        yield _period(begin, seconds, found[begin])


def _period(begin: int, seconds: int, intervals: list[Interval]) -> Period:
    watched = sum(each.watched for each in intervals)
    is_sound = abs(watched - seconds) < _T_TOLERATED and all(
        each.is_whole and not each.restarts for each in intervals
    )
    return Period(
        begin=begin,
        end=begin + seconds,
        begun=max(begin, min(each.since for each in intervals)),
        watched=watched,
        is_suspect=not is_sound,
        rows=tuple(total(row for each in intervals for row in each.rows)),
    )
