"""What changed on a list between two runs, as a registry tells it: run by run, or folded."""

from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
from typing import Generic, TypeVar

from tools.registry.world import FIRST, Snapshot

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Does(StrEnum):
    """What a line does to a list; FULL: the line is of the whole list."""

    FULL = "full"
    PUT = "put"
    CHANGE = "change"
    REMOVE = "remove"
    SAID = "said"  # each line says it


@dataclass(frozen=True, slots=True)
class Change(Generic[K, V]):
    """What happened to a key.

    Attributes:
        does: PUT, CHANGE or REMOVE.
        key: to whom.
        value: new; of a removal, what it was.
    """

    does: Does
    key: K
    value: V


@dataclass(frozen=True, slots=True)
class Window:
    """The runs that a delta covers.

    Attributes:
        past: from its base to now; without a base only now.
    """

    past: Sequence[Snapshot]

    @classmethod
    def of(cls, history: Sequence[Snapshot], reach: int) -> "Window":
        """Cut out the last run and the `reach` runs before it; fewer where there were no more.

        After a reset there is nothing before the first run of the new count.
        """
        past = history[-reach - 1 :]
        for place in range(len(past) - 1, 0, -1):
            if past[place].run < past[place - 1].run:
                return cls(past[place:])
        return cls(past)

    @property
    def now(self) -> Snapshot:
        """The last run."""
        return self.past[-1]

    @property
    def base(self) -> int:
        """The run on which a delta builds."""
        return self.past[0].run if len(self.past) > 1 else FIRST

    def steps(self, view: Callable[[Snapshot], Mapping[K, V]]) -> list[list[Change[K, V]]]:
        """Tell what changed from each run to the next; without a base everything is new."""
        views = [view(snapshot) for snapshot in self.past]
        if self.base == FIRST:
            views = [{}, *views]
        return [list(_changes(before, after)) for before, after in pairwise(views)]

    def folded(self, view: Callable[[Snapshot], Mapping[K, V]]) -> list[Change[K, V]]:
        """Sum up what changed, as `dirbs-listgen --base` does.

        A key that was taken off and put on again folds to nothing, even if it says something else.
        """
        told: dict[K, list[Change[K, V]]] = {}
        for changes in self.steps(view):
            for change in changes:
                told.setdefault(change.key, []).append(change)
        return [change for changes in told.values() for change in _net(changes)]


def _changes(before: Mapping[K, V], after: Mapping[K, V]) -> Iterator[Change[K, V]]:
    for key, value in after.items():
        if key not in before:
            yield Change(Does.PUT, key, value)
        elif before[key] != value:
            yield Change(Does.CHANGE, key, value)
    for key, value in before.items():
        if key not in after:
            yield Change(Does.REMOVE, key, value)


def _net(changes: Sequence[Change[K, V]]) -> Iterator[Change[K, V]]:
    last = changes[-1]
    moves = [change.does for change in changes if change.does is not Does.CHANGE]
    if moves.count(Does.PUT) != moves.count(Does.REMOVE):
        yield Change(moves[-1], last.key, last.value)
    elif len(moves) < len(changes) and (not moves or moves[-1] is Does.PUT):
        yield Change(Does.CHANGE, last.key, last.value)
