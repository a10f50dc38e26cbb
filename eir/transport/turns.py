"""What the drivers of one loop share: time, connections, neighbours, limits, a view of the lists.

The loop is shared by time. A long batch is cut into turns, and all turns of one pass of the loop
together have one budget; a connection whose turn finds it spent is served in a later pass, in
order of waiting, while what it sends stays in the kernel. So neither one peer's flood nor a
crowd keeps the loop from timers, new connections and everybody else. What the lanes study has a
turn in each pass, behind the answers, and takes its time from the slow path alone.
"""

import asyncio
import resource
from collections import deque
from collections.abc import Callable
from itertools import count
from typing import TypeAlias

from eir.decision.decider import Decider
from eir.overload import Gate, Limits, Takings
from eir.transport.backlog import Room
from eir.transport.machine import Incoming
from eir.transport.neighbours import NOBODY, Neighbours
from protocols.effects import Connection

TURN = 16  # ours: messages of one connection before the others get the loop
CROWD = 8  # ours: each so many connections that wait make a turn shorter, so that a round is short
RESERVE = 64  # descriptors; ours: left for the lists and the log, however many connect
BUDGET = 0.010  # seconds; ours: answering in one pass of the loop, of all connections together
IDLE = 0.1  # seconds; ours: nobody asks if nobody did for so long
STUDYING = 0.2  # ours: of the budget, for the slow path while something is studied to relieve it

Turn: TypeAlias = Callable[[], None]


class Turns:
    """Says whose turn it is.

    Attributes:
        decider: decides; each turn is answered under one view of the lists, `with decider`.
        gate: says which checks are too many as they come.
        room: where those wait that there is no time for.
        neighbours: the other workers.
        most: how many connections there may be.
    """

    def __init__(
        self,
        decider: Decider,
        limits: Limits,
        neighbours: Neighbours = NOBODY,
        takings: Takings | None = None,
    ) -> None:
        self.decider = decider
        self.gate = Gate(limits, takings)
        self.room = Room[Incoming](limits)
        self.neighbours = neighbours
        self.most = max(1, resource.getrlimit(resource.RLIMIT_NOFILE)[0] - RESERVE)
        self._connections = 0
        # The number of a connection tells which worker has it.
        self._numbers = count(neighbours.workers + neighbours.worker, neighbours.workers)
        self._loop = asyncio.get_running_loop()
        self._waiting: deque[Turn] = deque()  # of peers
        self._strangers: deque[Turn] = deque()  # of those who have not said who they are
        self._studies: deque[Turn] = deque()
        self._asked_at = 0.0
        self._until: float | None = None  # when this pass's budget is spent; None: nobody asked

    def follow(self, limits: Limits) -> None:
        """Keep within these limits from now on."""
        self.gate.follow(limits)
        self.room.follow(limits)

    @property
    def is_full(self) -> bool:
        """Whether a peer that connects now must be turned away."""
        return self._connections >= self.most

    def join(self) -> Connection:
        """Take a connection in, and give it its number."""
        self._connections += 1
        return next(self._numbers)

    def leave(self) -> None:
        """Let a connection go."""
        self._connections -= 1

    @property
    def length(self) -> int:
        """How many messages a turn has now."""
        return max(1, TURN // (1 + len(self._waiting) // CROWD))

    def is_spent(self) -> bool:
        """Tell whether this pass of the loop has answered for long enough.

        The first to ask begins the pass; what `call_soon` runs belongs to the next one.
        """
        now = self._loop.time()
        if self._until is None:
            self._asked_at = now
            self._until = now + (BUDGET * STUDYING if self._studies else BUDGET)
            self._loop.call_soon(self._next_pass)
        return now >= self._until

    def is_over(self) -> bool:
        """Tell whether this pass has answered for so long that what is known must wait, too.

        It does not wait for what leaves the slow path little time: a study, or one slow message.
        """
        return self.is_spent() and self._loop.time() >= self._asked_at + BUDGET

    @property
    def is_idle(self) -> bool:
        """Whether nobody has asked for a while."""
        return self._loop.time() - self._asked_at > IDLE

    def wait(self, turn: Turn, *, known: bool) -> None:
        """Take this turn in a later pass; `known` peers come before strangers."""
        (self._waiting if known else self._strangers).append(turn)

    def study(self, turn: Turn) -> None:
        """Take this turn at studying in a later pass, of which each has one.

        It comes behind what that pass reads. Were it to wait until nobody asks, whoever asks as
        fast as answers come would be answered slowly for ever.
        """
        self._studies.append(turn)
        if len(self._studies) == 1:
            self._loop.call_later(0, self._let_study)

    def _let_study(self) -> None:
        turn = self._studies.popleft()
        if self._studies:
            self._loop.call_later(0, self._let_study)
        turn()

    def _next_pass(self) -> None:
        """Give a turn to those who wait, as far as the new budget goes: peers, then strangers.

        One stranger has its turn in any case, or peers that flood us would keep all others out.
        """
        self._until = None
        self._serve(self._waiting, at_least=0)
        self._serve(self._strangers, at_least=1)

    def _serve(self, queue: deque[Turn], *, at_least: int) -> None:
        for served in range(len(queue)):
            if served >= at_least and self.is_spent():
                return
            queue.popleft()()
