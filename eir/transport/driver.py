"""The one loop: messages into the Diameter node, its effects carried out, its clock kept.

A connection hands over what it read as one batch. The batch is answered under one view of the
lists and leaves as one write a connection. Nothing waits between a request and its answer: no
`await`, no queue, no task.

The loop is shared by time. A long batch is cut into turns, and all turns of one pass of the loop
together have one budget; a connection whose turn finds it spent is served in a later pass, in
order of waiting, while what it sends stays in the kernel. So neither one peer's flood nor a
crowd keeps the loop from timers, new connections and everybody else.
"""

import asyncio
import resource
import time
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import Protocol

from eir.decision.decider import Decider
from eir.interfaces.s13 import S13Interface
from eir.metrics import (
    FRAMING_ERRORS,
    MESSAGES_IN,
    MESSAGES_OUT,
    OCTETS_IN,
    OCTETS_OUT,
    Transport,
)
from eir.transport.reporter import CLOSED, Reporter
from protocols.diameter.codec import Message
from protocols.diameter.node import NodeMachine
from protocols.effects import (
    Close,
    Connect,
    Connection,
    Deliver,
    Effect,
    Moved,
    Note,
    Refused,
    Send,
)
from protocols.errors import FramingError

TURN = 16  # ours: messages of one connection before the others get the loop
CROWD = 8  # ours: each so many connections that wait make a turn shorter, so that a round is short
RESERVE = 64  # descriptors; ours: left for the lists and the log, however many connect
BUDGET = 0.025  # seconds; ours: answering in one pass of the loop, of all connections together


class Association(Protocol):
    """A connection or SCTP association as the driver sees it.

    Whoever implements it tells the driver `received` and, once and in every case, `lost`.
    """

    transport: Transport
    remote: str

    def write(self, messages: Sequence[Send]) -> None:
        """Send whole messages in order; keep what the kernel does not take yet."""

    def close(self) -> None:
        """End once what was written has left, at the latest after a while."""

    def hold(self) -> None:
        """Read nothing until `release`."""

    def release(self) -> None:
        """Read again."""


@dataclass(slots=True)
class _Link:
    """What the driver knows of a connection."""

    association: Association
    state: str = CLOSED
    peer: str = ""  # its Origin-Host, once it is known
    pending: deque[bytes | FramingError] = field(default_factory=deque)
    closed: bool = False  # by us: the node has forgotten it


class Driver:
    """Runs one Diameter node over its connections."""

    def __init__(
        self,
        *,
        node: NodeMachine,
        interface: S13Interface,
        decider: Decider,
        reporter: Reporter,
        connect: Callable[[str], None],
    ) -> None:
        self.reporter = reporter
        self.most = max(1, resource.getrlimit(resource.RLIMIT_NOFILE)[0] - RESERVE)  # connections
        self.drained = asyncio.Event()  # set whenever there is no connection
        self.drained.set()
        self._node = node
        self._interface = interface
        self._decider = decider
        self._connect = connect
        self._loop = asyncio.get_running_loop()
        self._timer: asyncio.TimerHandle | None = None
        self._numbers = count(1)
        self._links: dict[Connection, _Link] = {}
        self._outgoing: list[Send | Close] = []
        self._started_ns = 0  # when the message at hand was taken
        self._waiting: deque[Connection] = deque()  # peers whose turn is in a later pass
        self._strangers: deque[Connection] = deque()  # likewise, before their CER
        self._until: float | None = None  # when this pass's budget is spent; None: nobody asked

    def start(self) -> None:
        """Open the connections that are ours to open."""
        self._act(self._node.start(self._loop.time()))

    def stop(self) -> None:
        """Take leave of every peer (RFC 6733 §5.4); `drained` tells when all have gone."""
        self._act(self._node.stop(self._loop.time()))

    @property
    def is_full(self) -> bool:
        """Whether a peer that connects now must be turned away."""
        return len(self._links) >= self.most

    def accepted(self, association: Association, *, local: tuple[str, ...]) -> Connection:
        """Take a connection that a peer opened; `local` are our addresses of it."""
        connection = self._add(association)
        now = self._loop.time()
        self._act(self._node.accepted(connection, local=local, remote=association.remote, now=now))
        return connection

    def connected(
        self, association: Association, *, peer: str, local: tuple[str, ...]
    ) -> Connection:
        """Take a connection that we opened to a peer."""
        connection = self._add(association)
        self._act(self._node.connected(connection, peer, local=local, now=self._loop.time()))
        return connection

    def connect_failed(self, peer: str, reason: str) -> None:
        """Learn that a peer cannot be reached."""
        self._act(self._node.connect_failed(peer, reason, self._loop.time()))

    def received(self, connection: Connection, batch: Iterable[bytes | FramingError]) -> None:
        """Take what one readable event brought: whole messages, then perhaps a broken stream."""
        link = self._links[connection]
        if link.closed:
            return
        waiting = bool(link.pending)
        link.pending.extend(batch)
        if link.pending and not waiting:
            if self._is_spent():
                self._wait(connection, link)
            else:
                self._turn(connection, link)

    def lost(self, connection: Connection, reason: str) -> None:
        """Learn that a connection has ended, closed by us or not."""
        link = self._links[connection]
        link.pending.clear()
        if not link.closed:
            link.closed = True
            self._act(self._node.lost(connection, reason, self._loop.time()))
        del self._links[connection]
        if not self._links:
            self.drained.set()

    def _add(self, association: Association) -> Connection:
        connection = next(self._numbers)
        self._links[connection] = _Link(association)
        self.drained.clear()
        return connection

    def _is_spent(self) -> bool:
        """Tell whether this pass of the loop has answered for long enough.

        The first to ask begins the pass; what `call_soon` runs belongs to the next one.
        """
        now = self._loop.time()
        if self._until is None:
            self._until = now + BUDGET
            self._loop.call_soon(self._next_pass)
        return now >= self._until

    def _next_pass(self) -> None:
        """Give a turn to those who wait, as far as the new budget goes: peers, then strangers.

        One stranger has its turn in any case, or peers that flood us would keep all others out.
        """
        self._until = None
        self._serve(self._waiting, at_least=0)
        self._serve(self._strangers, at_least=1)

    def _serve(self, queue: deque[Connection], *, at_least: int) -> None:
        for served in range(len(queue)):
            if served >= at_least and self._is_spent():
                return
            connection = queue.popleft()
            link = self._links.get(connection)
            if link is not None:  # else it ended while it waited
                self._turn(connection, link)

    def _wait(self, connection: Connection, link: _Link) -> None:
        link.association.hold()
        (self._waiting if link.peer else self._strangers).append(connection)

    def _turn(self, connection: Connection, link: _Link) -> None:
        """Answer the next few messages of one connection under one view of the lists."""
        with self._decider:
            turn = max(1, TURN // (1 + len(self._waiting) // CROWD))
            for _ in range(min(turn, len(link.pending))):
                if link.closed:
                    break
                self._take(connection, link, link.pending.popleft())
                if self._is_spent():
                    break
        self._flush()
        if link.closed:
            link.pending.clear()
        if link.pending:
            self._wait(connection, link)
        else:
            link.association.release()

    def _take(self, connection: Connection, link: _Link, octets: bytes | FramingError) -> None:
        """Give one message to the node, and contain a bug to the message that met it."""
        now = self._loop.time()
        before = len(self._outgoing)
        self._started_ns = time.perf_counter_ns()
        try:
            if isinstance(octets, FramingError):
                self.reporter.counters.add(FRAMING_ERRORS, (link.association.transport,))
                self._carry_out(self._node.garbled(connection, octets, now))
            else:
                self._count(link, octets)
                self._carry_out(self._node.receive(connection, octets, now))
        except Exception:  # noqa: BLE001 - the one place: a bug costs one message, not the rest
            self.reporter.broken(remote=link.association.remote)
            # The node has forgotten what it closes, so nobody else would close it.
            self._outgoing[before:] = [e for e in self._outgoing[before:] if isinstance(e, Close)]
            if isinstance(octets, bytes):
                self._carry_out(self._node.broken(connection, octets, now))

    def _count(self, link: _Link, octets: bytes) -> None:
        transport = (link.association.transport,)
        self.reporter.counters.add(MESSAGES_IN, transport)
        self.reporter.counters.add(OCTETS_IN, transport, len(octets))

    def _act(self, effects: Iterable[Effect[Message]]) -> None:
        """Carry out what no batch brought."""
        self._carry_out(effects)
        self._flush()

    def _carry_out(self, effects: Iterable[Effect[Message]]) -> None:
        for effect in effects:
            match effect:
                case Send() | Close():
                    self._outgoing.append(effect)
                    if isinstance(effect, Close):
                        self._links[effect.connection].closed = True
                case Deliver():
                    self._answer(effect)
                case Connect(peer):
                    self._connect(peer)
                case Moved():
                    self._move(effect)
                case Refused():
                    self.reporter.refused(effect, remote=self._remote(effect.connection))
                case Note():
                    self.reporter.note(effect)

    def _answer(self, delivered: Deliver[Message]) -> None:
        """Every request gets exactly one answer."""
        answer = self._interface.answer(delivered.request)
        connection = delivered.connection
        self._carry_out(self._node.send(connection, answer.octets, self._loop.time()))
        if answer.refused is not None:
            peer = self._links[connection].peer
            refusal = Refused(connection, answer.refused, answer.reason, peer)
            self.reporter.refused(refusal, remote=self._remote(connection))
        if answer.check is not None and answer.verdict is not None:
            duration = time.perf_counter_ns() - self._started_ns
            self.reporter.answered(answer.check, answer.verdict, duration_ns=duration)

    def _move(self, change: Moved) -> None:
        link = self._links[change.connection]
        association = link.association
        self.reporter.moved(
            change,
            remote=association.remote,
            transport=association.transport,
            before=link.state,
        )
        link.state = change.state
        link.peer = change.peer

    def _remote(self, connection: Connection) -> str:
        link = self._links.get(connection)
        return "" if link is None else link.association.remote

    def _flush(self) -> None:
        """Hand over what a batch brought: one write a connection, closings after it."""
        outgoing, self._outgoing = self._outgoing, []
        batches: dict[Connection, list[Send]] = {}
        for effect in outgoing:
            if isinstance(effect, Send):
                batches.setdefault(effect.connection, []).append(effect)
        for connection, batch in batches.items():
            self._write(connection, batch)
        for effect in outgoing:
            if isinstance(effect, Close) and effect.connection in self._links:
                self._links[effect.connection].association.close()
        self._arm()

    def _write(self, connection: Connection, batch: Sequence[Send]) -> None:
        link = self._links.get(connection)
        if link is None:  # it ended while this batch was answered
            return
        transport = (link.association.transport,)
        self.reporter.counters.add(MESSAGES_OUT, transport, len(batch))
        self.reporter.counters.add(OCTETS_OUT, transport, sum(len(m.octets) for m in batch))
        link.association.write(batch)

    def _arm(self) -> None:
        """Wake up at the node's next deadline."""
        deadline = self._node.deadline
        if self._timer is not None:
            if self._timer.when() == deadline and not self._timer.cancelled():
                return
            self._timer.cancel()
        self._timer = None if deadline is None else self._loop.call_at(deadline, self._expire)

    def _expire(self) -> None:
        self._timer = None
        self._act(self._node.expire(self._loop.time()))
