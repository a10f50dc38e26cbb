"""Which requests are worth a study: kinds of them that come again, and pay.

A kind is what requests have in common by the lengths of their values. It is studied when it comes
a second time; while nothing comes of that, it must come twice as often before the next study. The
same is kept of each sender, whatever the kind: a study costs as much as some hundred requests, so
whoever sends ever other kinds must send ever more of them.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TypeAlias

from protocols.effects import Connection
from protocols.lane.shape import Family
from protocols.lane.syntax import Leaf

MAX_KINDS = 1_024  # ours: counted at a time; the oldest are forgotten
_MAX_RESULTS = 8  # ours: remembered of each kind
_MAX_DOUBLINGS = 20

Result: TypeAlias = Family | str  # what was learned, or why nothing was
_Key: TypeAlias = tuple[int, ...]  # lengths of values, or the number of a connection


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
        unused = sum(isinstance(each, str) or not each.hits for each in self._results)
        return self._seen >= 2 << min(unused, _MAX_DOUBLINGS)

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
    def reasons(self) -> Iterator[str]:
        """Why nothing was learned."""
        return (each for each in self._results if isinstance(each, str))


class Kinds:
    """All kinds that came, or all senders."""

    def __init__(self) -> None:
        self._kinds: dict[_Key, Kind] = {}

    def __iter__(self) -> Iterator[Kind]:
        return iter(self._kinds.values())

    def of(self, leaves: tuple[Leaf, ...]) -> Kind:
        """Give the kind of a request that has these leaves."""
        return self._at(tuple(-1 if leaf.stretches else leaf.end - leaf.start for leaf in leaves))

    def of_sender(self, connection: Connection) -> Kind:
        """Give what is kept of a connection."""
        return self._at((connection,))

    def _at(self, key: _Key) -> Kind:
        kind = self._kinds.get(key)
        if kind is None:
            if len(self._kinds) >= MAX_KINDS:
                del self._kinds[next(iter(self._kinds))]
            kind = self._kinds[key] = Kind()
        return kind
