"""What the last minutes and the last day were like. Pure: counters and time come in.

Fed with sums of counters about once a second, it keeps a slot for each of the last 300 seconds and
each of the last 1,440 minutes: what was answered in it, and how fast. So its size is bounded.
"""

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias, get_args

from eir.decision.verdict import Interface
from eir.status.tallies import INTERFACES, Tallies, Tally

PeerCounts: TypeAlias = Mapping[tuple[str, str], int]  # by interface and name
Span: TypeAlias = Literal["5m", "24h"]
SPANS: tuple[Span, ...] = get_args(Span)
STEPS: dict[Span, int] = {"5m": 1, "24h": 60}  # seconds a slot
SLOTS: dict[Span, int] = {"5m": 300, "24h": 1440}
NOW = 5.0  # seconds; ours: what is said of now is said of so long
LONG = 300.0  # seconds; ours: of shares of a whole, and of what is rare


@dataclass(frozen=True, slots=True)
class Slot:
    """One interface in one step.

    Attributes:
        rates: checks answered a second, in the order of `VERDICTS`.
        p50: within which half of them were answered, in seconds; None: there was none.
        p99: likewise of 99 in 100.
    """

    rates: tuple[float, ...]
    p50: float | None
    p99: float | None

    @classmethod
    def of(cls, tally: Tally, seconds: float) -> "Slot":
        """Take what was counted in a time."""
        rates = tuple(count / seconds for count in tally.checks)
        return cls(rates, tally.quantile(0.5), tally.quantile(0.99))


@dataclass(frozen=True, slots=True)
class Counted:
    """What was counted in a time that has just ended.

    Attributes:
        seconds: how long it was; 0: nothing is known yet.
        tallies: of each interface.
    """

    seconds: float
    tallies: Tallies

    def rate(self, count: int) -> float:
        """Make a count of this time one a second."""
        return count / self.seconds if self.seconds else 0.0


class _Series:
    """Slots of one length, the oldest first."""

    def __init__(self, step: int, slots: int) -> None:
        self._step = step
        self.slots: dict[Interface, deque[Slot]] = {
            interface: deque(maxlen=slots) for interface in INTERFACES
        }
        self._last: tuple[float, Tallies] | None = None  # where the slot that is open began
        self._place = 0

    def feed(self, tallies: Tallies, now: float) -> None:
        """Close the slot that is open, if its time is over; one that nobody saw is like it."""
        place = int(now // self._step)
        if self._last is None:
            self._place, self._last = place, (now, tallies)
        if place <= self._place:
            return
        since, before = self._last
        for interface, slots in self.slots.items():
            slot = Slot.of(tallies[interface] - before[interface], now - since)
            slots.extend([slot] * min(place - self._place, slots.maxlen or 0))
        self._place, self._last = place, (now, tallies)


class OfPeers:
    """What is counted of each peer, of late."""

    def __init__(self, *, step: float, steps: int) -> None:
        """Know nothing yet.

        Args:
            step: seconds between two counts that are kept.
            steps: over how many of them one looks back.
        """
        self._step = step
        self._kept: deque[tuple[float, PeerCounts]] = deque(maxlen=steps + 1)
        self._newest: tuple[float, PeerCounts] = 0.0, {}

    def feed(self, counts: PeerCounts, now: float) -> None:
        """Take what was counted of each peer since the start."""
        self._newest = now, counts
        if not self._kept or now - self._kept[-1][0] >= self._step:
            self._kept.append(self._newest)

    def count(self, interface: Interface, name: str) -> int | None:
        """Give what was counted; None: this peer is not counted by its name."""
        _, after = self._newest
        key = interface.value, name
        return after[key] - self._kept[0][1].get(key, 0) if key in after else None

    def rate(self, interface: Interface, name: str) -> float | None:
        """Give what was counted a second; None likewise, or not for long enough."""
        count, now = self.count(interface, name), self._newest[0]
        if count is None or now == self._kept[0][0]:
            return None
        return count / (now - self._kept[0][0])


class Trends:
    """Keeps slots of seconds and of minutes, and what was counted last.

    Attributes:
        answered: checks of each peer, in the time that is now; fed by itself.
        resent: SCTP chunks that were sent again to each peer, in 5 minutes; likewise.
    """

    def __init__(self) -> None:
        self._series = {span: _Series(STEPS[span], SLOTS[span]) for span in SPANS}
        self._fed: deque[tuple[float, Tallies]] = deque(maxlen=SLOTS["5m"] + 1)
        self.answered = OfPeers(step=1.0, steps=int(NOW))
        self.resent = OfPeers(step=LONG / 10, steps=10)

    def feed(self, tallies: Tallies, now: float) -> None:
        """Take what all workers have counted since the start; `now` in monotonic seconds."""
        self._fed.append((now, tallies))
        for series in self._series.values():
            series.feed(tallies, now)

    def slots(self, span: Span, interface: Interface) -> Sequence[Slot]:
        """Give the slots of an interface, the oldest first; not more than have been."""
        return tuple(self._series[span].slots[interface])

    def recent(self, seconds: float = NOW) -> Counted:
        """Give what was counted in the last so many seconds, at most 300."""
        if not self._fed:
            return Counted(0.0, {interface: Tally() for interface in INTERFACES})
        newest, tallies = self._fed[-1]
        since, before = next(self._not_before(newest - seconds))
        differences = {
            interface: tallies[interface] - before[interface] for interface in INTERFACES
        }
        return Counted(newest - since, differences)

    def _not_before(self, instant: float) -> Iterator[tuple[float, Tallies]]:
        return (fed for fed in self._fed if fed[0] >= instant)
