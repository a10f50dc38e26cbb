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
PEERS = 4096  # ours: peers whose rate is remembered
ASKING = 10.0  # seconds; ours: whoever was silent for so long has no part of the node's rate

_BUCKET_OCTETS = 16  # what all workers share: two numbers
_WORKER_OCTETS = 16  # of each: how many checks it has taken, and of how many peers


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
        self.follow(rate)
        self._tokens = self._size
        self._at = now

    def follow(self, rate: float) -> None:
        """Have another rate from now on."""
        self._rate = rate
        self._size = _size_of(rate)

    def available(self, priority: int, now: float) -> int:
        """Say how many requests of a priority may be taken now."""
        if now > self._at:
            self._tokens = min(self._size, self._tokens + (now - self._at) * self._rate)
            self._at = now
        return _above_reserve(self._tokens, self._size, priority)

    def take(self, count: int) -> None:
        """Take tokens, as far as there are some."""
        self._tokens = max(0.0, self._tokens - count)


class Takings:
    """What all workers have taken, in memory that they share.

    Attributes:
        workers: how many there are.
    """

    def __init__(self, memory: memoryview, *, worker: int) -> None:
        """Have that memory, zeros at first, and one's own number, from 0."""
        self._bucket = memory[:_BUCKET_OCTETS].cast("d")
        self._counts = memory[_BUCKET_OCTETS:].cast("Q")
        self._place = 2 * worker
        self.workers = len(self._counts) // 2
        self.meet(0)

    @staticmethod
    def octets(workers: int) -> int:
        """Say how much memory so many workers share."""
        return _BUCKET_OCTETS + workers * _WORKER_OCTETS

    @property
    def taken(self) -> int:
        """How many checks all have taken."""
        return sum(self._counts[::2])

    @property
    def bucket(self) -> tuple[float, float]:
        """The rate of a bucket that all share, and its tokens at the time 0, had nobody taken any.

        Of two that set it in the same moment one wins.
        """
        rate, tokens = self._bucket
        return rate, tokens

    @bucket.setter
    def bucket(self, bucket: tuple[float, float]) -> None:
        self._bucket[0], self._bucket[1] = bucket

    def add(self, count: int) -> None:
        """Take so many more. Each worker adds to its own number, so none waits for another."""
        self._counts[self._place] += count

    def meet(self, peers: int) -> int:
        """Tell the others of how many peers; return of how many all of them take."""
        self._counts[self._place + 1] = peers
        return sum(self._counts[1::2])


class _SharedBucket:
    """A bucket that all workers take from.

    How many tokens there are follows from the time and from what all have taken. So nobody writes
    what another one counts on, but where there would be more than a burst.

    Attributes:
        size: how many there are at most.
    """

    def __init__(self, rate: float, takings: Takings) -> None:
        self.size = _size_of(rate)
        self._rate = rate
        self._takings = takings

    def take(self, count: int) -> None:
        """Take tokens that are available; others may do so too, and what is missing then comes."""
        self._takings.add(count)

    def tokens(self, now: float) -> float:
        """Say how many there are; where others took too much at once, fewer than none."""
        rate, at_first = self._takings.bucket
        gone = now * self._rate - self._takings.taken
        tokens = at_first + gone
        # Fewer than all can take in one moment: somebody set it for another rate.
        is_sound = rate == self._rate and tokens > -2 * self._takings.workers * self.size
        if not is_sound or tokens > self.size:
            tokens = self.size
            self._takings.bucket = self._rate, tokens - gone
        return tokens


class _Part:
    """What one peer may take of the node's rate: what is left, and an equal part in any case."""

    def __init__(self, node: "_Node", now: float) -> None:
        self._node = node
        self._own = Bucket(node.part, now)
        self.asked = now

    def available(self, priority: int, now: float) -> int:
        """Say how many requests of a priority may be taken now."""
        self._own.follow(self._node.part)
        tokens, size = self._node.all.tokens(now), self._node.all.size
        left = _above_reserve(tokens, size, priority)
        aside = _above_reserve(tokens + self._node.aside, size, priority)
        return max(left, min(aside, self._own.available(priority, now)))

    def take(self, count: int) -> None:
        """Take what is available."""
        self._node.all.take(count)
        self._own.take(count)


class _Node:
    """What all peers take together.

    Who asks for less than an equal part gets it, although others ask for all there is: behind what
    is left for anybody of a priority some more is set aside for those.

    Attributes:
        all: of all peers.
        aside: how many requests are set aside: so many as are kept for one higher priority, but one
            of each peer, and a burst at most.
        part: checks a second of each peer.
    """

    def __init__(self, rate: float, takings: Takings) -> None:
        self.all = _SharedBucket(rate, takings)
        self.aside, self.part = 1, rate
        self._rate = rate
        self._takings = takings
        self._parts: dict[str, _Part] = {}  # who asked last stands last

    def of(self, peer: str, now: float) -> _Part:
        """Find what a peer may take."""
        parts = self._parts
        part = parts.pop(peer) if peer in parts else _Part(self, now)
        parts[peer] = part
        part.asked = now
        oldest = next(iter(parts))
        if len(parts) > PEERS or parts[oldest].asked < now - ASKING:
            del parts[oldest]
        peers = max(1, self._takings.meet(len(parts)))
        size = self.all.size
        self.aside = int(min(max(peers, size * RESERVE / LOWEST), size))
        self.part = self._rate / peers
        return part


class Gate:
    """Says which checks are taken.

    Attributes:
        is_open: whether any number is.
    """

    def __init__(self, limits: Limits, takings: Takings | None = None) -> None:
        """Keep within limits; without `takings` there is no other worker."""
        self._takings = takings or Takings(memoryview(bytearray(Takings.octets(1))), worker=0)
        self.follow(limits)

    def follow(self, limits: Limits) -> None:
        """Take these limits from now on; everybody begins with a whole burst."""
        self._limits = limits
        self.is_open = not (limits.peer_rate or limits.node_rate)
        self._node: _Node | None = None
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

    def _buckets(self, peer: str, now: float) -> "dict[Limit, Bucket | _Part]":
        """Find what the checks of a peer are taken from."""
        buckets: dict[Limit, Bucket | _Part] = {}
        if self._limits.peer_rate:
            bucket = self._peers.pop(peer, None) or Bucket(self._limits.peer_rate, now)
            buckets[Limit.PEER_RATE] = self._peers[peer] = bucket
            if len(self._peers) > PEERS:
                del self._peers[next(iter(self._peers))]
        if self._limits.node_rate:
            if self._node is None:
                self._node = _Node(self._limits.node_rate, self._takings)
            buckets[Limit.NODE_RATE] = self._node.of(peer, now)
        return buckets


def _take(
    buckets: Mapping[Limit, Bucket | _Part], priority: int, count: int, now: float
) -> tuple[Limit, int]:
    """Take so many checks or as many as there may be; name the narrowest limit."""
    available = {limit: bucket.available(priority, now) for limit, bucket in buckets.items()}
    narrowest = min(available, key=available.__getitem__)
    taken = min(count, available[narrowest])
    for bucket in buckets.values():
        bucket.take(taken)
    return narrowest, taken


def _size_of(rate: float) -> float:
    """Say how many tokens a bucket holds: a burst, and enough for one request of any priority."""
    return max(rate * BURST, 1.0 / (1.0 - RESERVE))


def _above_reserve(tokens: float, size: float, priority: int) -> int:
    return max(0, int(tokens - size * RESERVE * priority / LOWEST))
