"""In a worker: finds what matches, and gives it away within bounds.

A trace must not slow answers down, so what is told in a moment is bounded; what is more is only
counted. While nothing is traced, `is_on` is all that anybody looks at.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from eir.decision.verdict import Check, Interface
from eir.trace.exchange import Exchange, Match, Record
from eir.trace.threads import Threads
from eir.trace.wanted import Matcher, Seen, Wanted

LINES = 50  # ours: exchanges between two `take`s, of all traces together
MOST_OCTETS = 262_144  # ours: of them, in hexadecimal
MOST_GIVEN = 16_384  # ours: octets in hexadecimal that travel with a message to another worker


@dataclass(frozen=True, slots=True)
class Taken:
    """What matched since it was last taken.

    Attributes:
        matches: in order.
        dropped: by number of the trace, how many exchanges were too many.
    """

    matches: tuple[Match, ...]
    dropped: dict[int, int]


class Tracer:
    """The traces that are on.

    Attributes:
        is_on: whether there is one.
        worker: our number.
    """

    def __init__(self, news: Callable[[], None] = lambda: None, *, worker: int = 0) -> None:
        """Trace nothing.

        Args:
            news: called when there is something to take, and nothing was before.
            worker: our number.
        """
        self.is_on = False
        self._news = news
        self.worker = worker
        self._matchers: list[Matcher] = []
        self._asks_identity = False
        self._threads = Threads()
        self._clear()

    def _clear(self) -> None:
        self._found: list[Match] = []
        self._octets = 0
        self._dropped: Counter[int] = Counter()

    def follow(self, wanted: Sequence[Wanted]) -> None:
        """Trace this from now on, and nothing else."""
        self._matchers = [Matcher(each) for each in wanted]
        self._asks_identity = not all(each.is_of_peer for each in self._matchers)
        self.is_on = bool(wanted)
        if not wanted:
            self._threads = Threads()

    def may_match(self, seen: Seen) -> bool:
        """Tell whether a message, or any of several that stand together, may be wanted."""
        return any(each.may_match(seen) for each in self._matchers)

    def offer(
        self,
        seen: Sequence[Seen],
        asked: Sequence[Check | Record],
        make: Callable[[], Exchange],
        earlier: Sequence[Exchange] = (),
    ) -> None:
        """Take an exchange if it is wanted.

        Args:
            seen: the message that brought it about; of one that came by another worker, the
                message there, and what we sent.
            asked: what it asks.
            make: makes the exchange.
            earlier: what other workers had to do with the message.
        """
        numbers = tuple(
            each.number for each in self._matchers if any(each.matches(one, asked) for one in seen)
        )
        if numbers:
            self._take_in(numbers, make, earlier)
        elif seen[0].interface is Interface.MAP and not asked and self._asks_identity:
            for each in (*earlier, make()):
                self._threads.keep(each)

    def give_away(self, exchange: Exchange) -> tuple[Exchange, ...]:
        """Leave an exchange, and what belongs to it, to another worker, if that is not much."""
        told = (*self._threads.before([exchange]), exchange)
        return told if sum(each.size for each in told) <= MOST_GIVEN else ()

    def _take_in(
        self, numbers: tuple[int, ...], make: Callable[[], Exchange], earlier: Sequence[Exchange]
    ) -> None:
        if not self._found and not self._dropped:
            self._news()
        if len(self._found) >= LINES or self._octets >= MOST_OCTETS:
            self._dropped.update(numbers)
            return
        exchange = make()
        is_alone = exchange.path == "lane" or exchange.interface is not Interface.MAP
        together = (*earlier, exchange)
        before = [] if is_alone else self._threads.before(together)
        for each in (*before, *together):
            self._octets += each.size
            self._found.append(Match(traces=numbers, exchange=each))

    def take(self) -> Taken:
        """Take what was found."""
        taken = Taken(tuple(self._found), dict(self._dropped))
        self._clear()
        return taken
