"""The timers of many targets, of which the next to expire is wanted."""

import heapq
from itertools import count
from typing import Generic, Protocol, TypeVar


class Timed(Protocol):
    """What has a timer."""

    @property
    def deadline(self) -> float | None:
        """When it expires; None: it does not run."""


Target = TypeVar("Target", bound=Timed)


def earliest(*deadlines: float | None) -> float | None:
    """Give the first of some deadlines; None: there is none."""
    first = None
    for deadline in deadlines:
        if deadline is not None and (first is None or deadline < first):
            first = deadline
    return first


class Timers(Generic[Target]):
    """Knows the next deadline; one that moved back costs nothing until it would have been."""

    def __init__(self) -> None:
        self._heap: list[tuple[float, int, Target]] = []
        self._armed: dict[int, float] = {}
        self._serial = count()

    @property
    def deadline(self) -> float | None:
        """When to ask for `due` at the latest."""
        return self._heap[0][0] if self._heap else None

    def arm(self, target: Target) -> None:
        """See to it that a target is due in time."""
        deadline = target.deadline
        armed = self._armed.get(id(target))
        if deadline is not None and (armed is None or deadline < armed):
            self._armed[id(target)] = deadline
            heapq.heappush(self._heap, (deadline, next(self._serial), target))

    def disarm(self, target: Target) -> None:
        """Forget a target that is gone."""
        if self._armed.pop(id(target), None) is not None:
            self._heap = [entry for entry in self._heap if entry[2] is not target]
            heapq.heapify(self._heap)

    def due(self, now: float) -> list[Target]:
        """Take the targets whose deadline has come, each once; the others wait on."""
        found: list[Target] = []
        while self._heap and self._heap[0][0] <= now:
            armed, _, target = heapq.heappop(self._heap)
            if self._armed.get(id(target)) != armed:
                continue  # it was armed anew, for earlier
            del self._armed[id(target)]
            if target.deadline is not None and target.deadline <= now:
                found.append(target)
            else:
                self.arm(target)
        return found
