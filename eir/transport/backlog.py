"""What waits until there is time for it: bounded in octets, and in how long it waits.

A check that has waited too long is refused, and when there is no room, the one with the least
priority, of equals the oldest. Checks are taken by priority, and of equals the oldest first; but
the newest first once some have waited for half of what they may, so that not all are answered
just before nobody waits for them any more. Whatever is no check keeps its place: what came before
it is taken or refused before it is, so nobody's leave overtakes what was asked before.

So many are refused at a time that others have their turn meanwhile. What is left counts as
waiting, so nothing more is read where there is no room.

Pure: time comes in.
"""

from collections import deque
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import accumulate, chain, takewhile
from typing import Generic, TypeVar

from eir.overload import Limit, Limits

FEW = 16  # ours: messages whose order is settled at once
MOST_REFUSED = 256  # ours: checks in one go, half of what a pass of the loop has time for

Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class Waiting(Generic[Item]):
    """One message.

    Attributes:
        item: it.
        octets: how long it is.
        priority: of a check, 0 (the highest) to 15; None: it is no check.
        since: when it came, in monotonic seconds.
    """

    item: Item
    octets: int
    priority: int | None
    since: float


class Room(Generic[Item]):
    """The backlogs of all connections of a worker.

    Attributes:
        octets: that wait in all of them.
    """

    def __init__(self, limits: Limits) -> None:
        self.octets = 0
        self._limits = limits
        self._backlogs: set[Backlog[Item]] = set()

    def follow(self, limits: Limits) -> None:
        """Keep within these limits from now on."""
        self._limits = limits

    def hurry(self, wait: float) -> None:
        """Let checks wait no longer than this from now on, in seconds."""
        self._limits = replace(self._limits, wait=min(wait, self._limits.wait))

    def open(self, refuse: Callable[[Item, Limit], None]) -> "Backlog[Item]":
        """Make the backlog of a connection.

        Args:
            refuse: told of each check that is taken out unserved, and of the limit that it met.
        """
        backlog = Backlog(self, refuse)
        self._backlogs.add(backlog)
        return backlog

    def close(self, backlog: "Backlog[Item]") -> None:
        """Forget the backlog of a connection that ended, and all that waits in it."""
        backlog.clear()
        self._backlogs.discard(backlog)

    def is_full(self, backlog: "Backlog[Item]") -> bool:
        """Tell whether nothing more may be read from a connection until some of it was answered.

        Where nothing waits, one may read on: nobody would tell it when there is room again.
        """
        limits = self._limits
        is_full = backlog.octets >= limits.peer_octets or self.octets >= limits.node_octets
        return len(backlog) > 0 and is_full

    def is_slow(self, waited: float) -> bool:
        """Tell whether one has waited for half of what it may, in seconds."""
        return waited > self._limits.wait / 2

    def settle(
        self, backlog: "Backlog[Item]", now: float, is_spent: Callable[[], bool] = lambda: False
    ) -> None:
        """Refuse what has waited too long in a backlog, then what there is no room for.

        Room for all is made where most checks wait, whoever it was that came last.

        Args:
            backlog: whose turn it is.
            now: monotonic seconds.
            is_spent: tells whether the rest must be left to a later turn.
        """
        chances = _chances(is_spent)
        backlog.refuse_before(now - self._limits.wait, chances)
        backlog.free(backlog.octets - self._limits.peer_octets, chances)
        while (excess := self.octets - self._limits.node_octets) > 0:
            fullest = max(self._backlogs, key=lambda each: each.check_octets)
            before = self.octets
            fullest.free(excess, chances)
            if self.octets == before:  # no check is left, or no chance
                return


class Backlog(Generic[Item]):
    """What waits of one connection.

    Attributes:
        octets: of all its messages.
        check_octets: of those that are checks, and can still be refused.
    """

    def __init__(self, room: Room[Item], refuse: Callable[[Item, Limit], None]) -> None:
        self.octets = 0
        self.check_octets = 0
        self._room = room
        self._refuse = refuse
        self._waiting: list[Waiting[Item]] = []  # in order of arrival
        self._chosen: deque[Waiting[Item]] = deque()  # the next few: these are refused no more
        self._others = 0  # messages that are no checks

    def __len__(self) -> int:
        return len(self._chosen) + len(self._waiting)

    def __iter__(self) -> Iterator[Item]:
        """Give all that waits, in no order that counts."""
        return (waiting.item for waiting in chain(self._chosen, self._waiting))

    @property
    def is_passable(self) -> bool:
        """Whether checks that come now may be answered before what waits: it is checks too."""
        return not self._others

    def add(self, waiting: Waiting[Item]) -> None:
        """Let a message wait."""
        self._waiting.append(waiting)
        self._weigh(waiting.octets)
        if _is_check(waiting):
            self.check_octets += waiting.octets
        else:
            self._others += 1

    def pop(self, now: float) -> Item:
        """Take out the next message; there must be one."""
        if not self._chosen:
            self._choose(now)
        waiting = self._chosen.popleft()
        self._weigh(-waiting.octets)
        self._others -= not _is_check(waiting)
        return waiting.item

    def _choose(self, now: float) -> None:
        """Settle which few messages are next, and give these the order in which they came."""
        checks = range(sum(1 for _ in takewhile(_is_check, self._waiting)))
        newest_first = self._room.is_slow(now - self._waiting[0].since)
        rank = self._worth if newest_first else self._precedence
        places = sorted(checks, key=rank)[:FEW] if checks else [0]
        self._chosen.extend(self._remove(places))

    def refuse_before(self, moment: float, chances: Iterator[int]) -> None:
        """Refuse the checks that came before a moment, one for each chance."""
        arrived = takewhile(lambda waiting: waiting.since < moment, self._waiting)
        late = (place for place, waiting in enumerate(arrived) if _is_check(waiting))
        self._refuse_some(late, Limit.WAIT, chances)

    def free(self, octets: int, chances: Iterator[int]) -> None:
        """Refuse the checks that matter least, one for each chance, until so much is free."""
        if octets <= 0:
            return
        places = [place for place, waiting in enumerate(self._waiting) if _is_check(waiting)]
        places.sort(key=self._worth, reverse=True)
        freed = accumulate(self._waiting[place].octets for place in places)
        count = next((count for count, sum_ in enumerate(freed, 1) if sum_ >= octets), len(places))
        self._refuse_some(places[:count], Limit.OCTETS, chances)

    def give_up(self) -> None:
        """Refuse all checks, even those that are next."""
        given_up = [*self._chosen, *self._waiting]
        self.clear()
        for waiting in given_up:
            if _is_check(waiting):
                self._refuse(waiting.item, Limit.WAIT)
            else:
                self.add(waiting)

    def clear(self) -> None:
        """Forget what waits."""
        self._weigh(-self.octets)
        self.check_octets = self._others = 0
        self._chosen.clear()
        self._waiting.clear()

    def _precedence(self, place: int) -> tuple[int, int]:
        """Order checks by priority, then the oldest first."""
        return self._waiting[place].priority or 0, place

    def _worth(self, place: int) -> tuple[int, int]:
        """Order checks by priority, then the newest first."""
        return self._waiting[place].priority or 0, -place

    def _refuse_some(self, places: Iterable[int], limit: Limit, chances: Iterator[int]) -> None:
        refused: list[int] = []
        for place, _ in zip(places, chances, strict=False):  # the shorter of both
            self._refuse(self._waiting[place].item, limit)
            refused.append(place)
        for waiting in self._remove(refused) if refused else ():
            self._weigh(-waiting.octets)

    def _remove(self, places: Collection[int]) -> list[Waiting[Item]]:
        """Take out what stands at these places; give it in order of arrival."""
        chosen = set(places)
        end = max(chosen) + 1
        first = self._waiting[:end]
        removed = [waiting for place, waiting in enumerate(first) if place in chosen]
        self._waiting[:end] = [
            waiting for place, waiting in enumerate(first) if place not in chosen
        ]
        self.check_octets -= sum(waiting.octets for waiting in removed if _is_check(waiting))
        return removed

    def _weigh(self, octets: int) -> None:
        self.octets += octets
        self._room.octets += octets


def _chances(is_spent: Callable[[], bool]) -> Iterator[int]:
    """Give something for each check that may be refused now: a few in any case."""
    for count in range(MOST_REFUSED):
        if count >= FEW and is_spent():
            return
        yield count


def _is_check(waiting: Waiting[Item]) -> bool:
    return waiting.priority is not None
