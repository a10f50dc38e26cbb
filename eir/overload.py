"""How many checks are taken: limits a second, of each peer and of the node.

Pure: time comes in. What waits in between is `eir.transport.backlog`'s.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import islice
from typing import Self

from eir.config import Overload

LOWEST = 15  # of the priorities; the highest is 0 (RFC 7944 §9.1)
BURST = 0.5  # seconds; ours: so much of a second's checks may come at once
RESERVE = 0.5  # ours: of a burst, kept for the highest priority
TAKEN_OCTETS = 8  # of the number of checks that a worker has taken
PEERS = 4096  # ours: peers whose rate is remembered


class Limit(StrEnum):
    """Which limit a check met."""

    PEER_RATE = "peer_rate"
    NODE_RATE = "node_rate"
    OCTETS = "waiting_octets"
    WAIT = "waiting_time"


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What one worker takes.

    Attributes:
        peer_rate: checks a second of one peer; 0: any number.
        node_rate: checks a second of all peers of the node; 0: any number.
        peer_octets: of messages of one connection that wait.
        node_octets: of messages of all its connections that wait.
        wait: how long a check may wait, in seconds.
    """

    peer_rate: float
    node_rate: float
    peer_octets: int
    node_octets: int
    wait: float

    @classmethod
    def of(cls, overload: Overload, *, share: int) -> Self:
        """Take a worker's part of the memory that the node may use; a peer has one worker.

        Args:
            overload: the configuration.
            share: how many workers there are.
        """
        return cls(
            peer_rate=overload.peer_checks_per_second,
            node_rate=overload.node_checks_per_second,
            peer_octets=overload.peer_waiting_octets,
            node_octets=overload.node_waiting_octets // share,
            wait=overload.wait_seconds,
        )


class Bucket:
    """Tokens that come at a rate; the fewer are left, the more a request must matter.

    A request of priority p finds those that are left above p / 15 of the reserve. So while a
    limit is met by many, what matters more is taken first, and never more than the limit.
    """

    def __init__(self, rate: float, now: float) -> None:
        self._rate = rate
        self._size = max(rate * BURST, 1.0 / (1.0 - RESERVE))  # the least that takes anybody
        self._tokens = self._size
        self._at = now

    def available(self, priority: int, now: float) -> int:
        """Say how many requests of a priority may be taken now."""
        if now > self._at:
            self._tokens = min(self._size, self._tokens + (now - self._at) * self._rate)
            self._at = now
        return max(0, int(self._tokens - self._size * RESERVE * priority / LOWEST))

    def take(self, count: int) -> None:
        """Take tokens that are available; what others took may be more, and is missing then."""
        self._tokens -= count


class Takings:
    """How many checks each worker has taken, in memory that all of them share.

    Each adds to its own number only, and so none waits for another. Several workers may take a
    burst at the same moment: what was too much is missing in the next.
    """

    def __init__(self, counts: "memoryview[int] | list[int]", *, worker: int) -> None:
        """Have the numbers of all workers, and the place of one's own."""
        self._counts, self._worker = counts, worker
        self._seen = self._theirs()

    def add(self, count: int) -> None:
        """Tell the others that so many more were taken."""
        self._counts[self._worker] += count

    def news(self) -> int:
        """Say how many the others have taken since this was asked last."""
        before, self._seen = self._seen, self._theirs()
        return self._seen - before

    def _theirs(self) -> int:
        return sum(self._counts) - self._counts[self._worker]


class Gate:
    """Says which checks are taken.

    Attributes:
        is_open: whether any number is.
    """

    def __init__(self, limits: Limits, takings: Takings | None = None) -> None:
        """Keep within limits; without `takings` there is no other worker."""
        self._takings = takings or Takings([0], worker=0)
        self.follow(limits)

    def follow(self, limits: Limits) -> None:
        """Take these limits from now on; everybody begins with a whole burst."""
        self._limits = limits
        self.is_open = not (limits.peer_rate or limits.node_rate)
        self._node: Bucket | None = None
        self._peers: dict[str, Bucket] = {}  # who asked last stands last

    def admit(self, peer: str, priorities: Sequence[int], now: float) -> dict[int, Limit]:
        """Say which of the checks that came at once are too many, and which limit they met.

        What matters most is taken, and among equals the newest: who sent the others has waited
        for them longer, and asks again sooner.

        Args:
            peer: who sent them.
            priorities: 0 to 15 of each, in order of arrival.
            now: monotonic seconds.
        """
        if self.is_open:
            return {}
        shed: dict[int, Limit] = {}
        buckets = self._buckets(peer, now)
        for priority, count in sorted(Counter(priorities).items()):
            limit, taken = _take(buckets, priority, count, now)
            self._takings.add(taken)
            if taken < count:
                places = (at for at, each in enumerate(priorities) if each == priority)
                shed |= dict.fromkeys(islice(places, count - taken), limit)
        return shed

    def allows(self, peer: str, count: int, now: float) -> bool:
        """Tell whether so many checks of a peer would be taken, whatever their priorities."""
        buckets = self._buckets(peer, now).values()
        return all(bucket.available(LOWEST, now) >= count for bucket in buckets)

    def spend(self, peer: str, count: int, now: float) -> None:
        """Take so many checks of a peer, which `allows` has allowed."""
        for bucket in self._buckets(peer, now).values():
            bucket.take(count)
        self._takings.add(count)

    def _buckets(self, peer: str, now: float) -> dict[Limit, Bucket]:
        """Find what the checks of a peer are taken from."""
        buckets: dict[Limit, Bucket] = {}
        if self._limits.peer_rate:
            bucket = self._peers.pop(peer, None) or Bucket(self._limits.peer_rate, now)
            buckets[Limit.PEER_RATE] = self._peers[peer] = bucket
            if len(self._peers) > PEERS:
                del self._peers[next(iter(self._peers))]
        if self._limits.node_rate:
            theirs = self._takings.news()
            if self._node is None:
                self._node = Bucket(self._limits.node_rate, now)
            else:
                self._node.take(theirs)
            buckets[Limit.NODE_RATE] = self._node
        return buckets


def _take(
    buckets: Mapping[Limit, Bucket], priority: int, count: int, now: float
) -> tuple[Limit, int]:
    """Take so many checks or as many as there may be; name the narrowest limit."""
    available = {limit: bucket.available(priority, now) for limit, bucket in buckets.items()}
    narrowest = min(available, key=available.__getitem__)
    taken = min(count, available[narrowest])
    for bucket in buckets.values():
        bucket.take(taken)
    return narrowest, taken
