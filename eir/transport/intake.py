"""What came of one connection and is not answered yet: as it was read, then what must wait.

Messages of known shapes are answered as they are read, so nothing is looked at before that. What
is left waits in a backlog, which refuses what is too much.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from itertools import chain
from typing import Protocol

from eir.overload import Gate, Limit
from eir.transport.backlog import Room, Waiting
from eir.transport.machine import Incoming, Whole

LEAST = 64  # octets; ours: no check is shorter


class Refuse(Protocol):
    """Refuses or discards a check that is too many."""

    def __call__(self, incoming: Incoming, limit: Limit, /) -> None: ...  # noqa: D102 - said above


class Intake:
    """What came of one connection.

    Attributes:
        fresh: what was read and not looked at, in order.
        peer: whose it is.
    """

    def __init__(
        self,
        gate: Gate,
        room: Room[Incoming],
        *,
        peer: str,
        priority_of: Callable[[bytes], int | None],
        refuse: Refuse,
    ) -> None:
        """Begin empty.

        Args:
            gate: says which checks are too many as they come.
            room: says which are too many while they wait.
            peer: whose it is: a name, or where it comes from.
            priority_of: says how much a check matters; None: octets are no check.
            refuse: told of each check that is too many.
        """
        self.fresh: deque[Incoming] = deque()
        self._came = 0.0  # when the first of it did
        self.peer = peer
        self._gate = gate
        self._room = room
        self._priority_of = priority_of
        self._refuse = refuse
        self._backlog = room.open(refuse)

    def __bool__(self) -> bool:
        return bool(self.fresh) or self.has_waiting

    def __iter__(self) -> Iterator[Incoming]:
        """Give all that is here."""
        return chain(self._backlog, self.fresh)

    @property
    def has_waiting(self) -> bool:
        """Whether something waits that was looked at."""
        return len(self._backlog) > 0

    @property
    def is_full(self) -> bool:
        """Whether nothing more may be read."""
        return bool(self.fresh) or self._room.is_full(self._backlog)

    @property
    def is_passable(self) -> bool:
        """Whether fresh checks may be answered before what waits."""
        return self._backlog.is_passable

    def allows(self, octets: int, now: float) -> bool:
        """Tell whether all checks in so many octets may be taken, whatever their priority."""
        return self._gate.is_open or self._gate.allows(self.peer, octets // LEAST, now)

    def spend(self, checks: int, now: float) -> None:
        """Count checks that were taken because of `allows`."""
        if not self._gate.is_open:
            self._gate.spend(self.peer, checks, now)

    def take_in(self, batch: Iterable[Incoming], now: float) -> None:
        """Take what was read, but for the checks that are too many."""
        if not self.fresh:
            self._came = now
        if self._gate.is_open:
            self.fresh.extend(batch)
            return
        read = list(batch)
        if self._gate.allows(self.peer, len(read), now):  # far from the limit all count as checks
            self._gate.spend(self.peer, len(read), now)
            self.fresh.extend(read)
            return
        found = ((at, self._priority(each)) for at, each in enumerate(read))
        checks = {at: priority for at, priority in found if priority is not None}
        places = list(checks)
        shed = self._gate.admit(self.peer, list(checks.values()), now)
        limits = {places[at]: limit for at, limit in shed.items()}
        self.fresh.extend(each for at, each in enumerate(read) if at not in limits)
        for at, limit in limits.items():
            self._refuse(read[at], limit)

    def let_wait(self) -> None:
        """Let the first of what is fresh wait."""
        incoming = self.fresh.popleft()
        octets = len(incoming.octets) if isinstance(incoming, Whole) else 0
        self._backlog.add(Waiting(incoming, octets, self._priority(incoming), self._came))

    def settle(self, now: float, is_spent: Callable[[], bool] = lambda: False) -> None:
        """Refuse what has waited too long, or has no room, until the time for that is spent."""
        self._room.settle(self._backlog, now, is_spent)

    def give_up(self) -> None:
        """Refuse all checks."""
        while self.fresh:
            self.let_wait()
        self._backlog.give_up()

    def pop(self, now: float) -> Incoming:
        """Take out the next of what waits, or of what is fresh; there must be one."""
        return self._backlog.pop(now) if self.has_waiting else self.fresh.popleft()

    def clear(self) -> None:
        """Forget all."""
        self.fresh.clear()
        self._backlog.clear()

    def close(self) -> None:
        """Forget all, for good."""
        self.fresh.clear()
        self._room.close(self._backlog)

    def _priority(self, incoming: Incoming) -> int | None:
        return self._priority_of(incoming.octets) if isinstance(incoming, Whole) else None
