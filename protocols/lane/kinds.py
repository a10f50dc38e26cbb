"""Which requests are worth a study: kinds of them that come again, and pay.

A kind is what requests have in common by the lengths of their values. It is studied when it comes
a second time; while nothing comes of that, it must come twice as often before the next study. The
same is kept of each sender, whatever the kind: a study costs as much as some hundred requests, so
whoever sends ever other kinds must send ever more of them, on however many connections.
"""

from collections.abc import Hashable, Iterator
from dataclasses import dataclass, field
from typing import TypeAlias

from protocols.lane.family import Family
from protocols.lane.syntax import Leaf

MAX_KINDS = 1_024  # ours: counted at a time; those that came least lately are forgotten
_MAX_RESULTS = 8  # ours: remembered of each kind
_MAX_DOUBLINGS = 20

Result: TypeAlias = Family | str  # what was learned, or why nothing was


@dataclass(slots=True)
class Kind:
    """One kind of request, or one sender's, that nothing is known of, or not of all of them.

    Attributes:
        octets: of the last such request.
    """

    octets: int = 0
    _is_studied: bool = False  # now
    _seen: int = 0
    _results: list[Result] = field(default_factory=list)

    def comes_again(self, octets: int) -> bool:
        """Count a request; tell whether it is time to study one."""
        self.octets = octets
        self._seen += 1
        if self._is_studied:
            return False
        vain = sum(1 for _ in self.reasons) + sum(1 for _ in self.unused)
        return self._seen >= 2 << min(vain, _MAX_DOUBLINGS)

    def begin(self) -> None:
        """Count anew: one is studied, and no other until `end`."""
        self._seen = 0
        self._is_studied = True

    def end(self, result: Result | None) -> None:
        """Take what came of a study; None: nothing that counts."""
        self._is_studied = False
        if result is not None:
            self._results = [*self._results[1 - _MAX_RESULTS :], result]

    @property
    def is_new(self) -> bool:
        """Whether nothing came of it yet."""
        return not self._results

    @property
    def unused(self) -> Iterator[Family]:
        """What was learned and answered nothing."""
        return (each for each in self._results if isinstance(each, Family) and not each.hits)

    @property
    def reasons(self) -> Iterator[str]:
        """Why nothing was learned."""
        return (each for each in self._results if isinstance(each, str))


class Kinds:
    """All kinds that came, or all senders."""

    def __init__(self) -> None:
        self._kinds: dict[Hashable, Kind] = {}  # what came last is the last

    def __iter__(self) -> Iterator[Kind]:
        return iter(self._kinds.values())

    def of(self, leaves: tuple[Leaf, ...]) -> Kind:
        """Give the kind of a request that has these leaves."""
        return self._at(tuple(-1 if leaf.stretches else leaf.end - leaf.start for leaf in leaves))

    def of_sender(self, sender: Hashable) -> Kind:
        """Give what is kept of a sender."""
        return self._at(sender)

    def _at(self, key: Hashable) -> Kind:
        kind = self._kinds.pop(key) if key in self._kinds else Kind()
        self._kinds[key] = kind
        if len(self._kinds) > MAX_KINDS:
            del self._kinds[next(iter(self._kinds))]
        return kind
