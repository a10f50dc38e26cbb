"""The one loop: messages into a protocol's machine, its effects carried out, its clock kept.

A connection hands over what it read as one batch. The batch is answered under one view of the
lists and leaves as one write a connection. Nothing waits between a request and its answer: no
`await`, no queue, no task. How the loop is shared is said by `eir.transport.turns`.
"""

import asyncio
import time
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Any, Generic, TypeAlias

from eir.interfaces.answer import Reply
from eir.metrics import (
    FRAMING_ERRORS,
    MESSAGES_IN,
    MESSAGES_OUT,
    OCTETS_IN,
    OCTETS_OUT,
)
from eir.transport.lanes import PAUSE, Lanes
from eir.transport.link import Link
from eir.transport.machine import Association, Incoming, Restarted, SlowPath, Whole
from eir.transport.reporter import Reporter
from eir.transport.turns import Turns
from protocols.effects import (
    Became,
    Close,
    Connect,
    Connection,
    Deliver,
    Dropped,
    Effect,
    HandOver,
    Moved,
    Note,
    PassOn,
    Refused,
    Request,
    Send,
)
from protocols.errors import FramingError
from protocols.passing import Passed

T_PENDING = 0.5  # seconds; ours: what is left after that is answered while the peers leave


class Driver(Generic[Request, Reply]):
    """Runs the machine of one protocol over its connections."""

    def __init__(
        self,
        path: SlowPath[Request, Reply],
        *,
        reporter: Reporter,
        connect: Callable[[str], None],
        turns: Turns,
    ) -> None:
        """Run a machine.

        Args:
            path: the machine, and the interface that answers its requests.
            reporter: told what happens.
            connect: begins to open a connection to a configured peer.
            turns: shared by all drivers of this loop.
        """
        self.reporter = reporter
        self.drained = asyncio.Event()  # set whenever there is no connection
        self.drained.set()
        self.lanes = Lanes(path, decider=turns.decider, reporter=reporter)
        self._machine = path.machine
        self._interface = path.interface
        self._connect = connect
        self._turns = turns
        self._loop = asyncio.get_running_loop()
        self._timer: asyncio.TimerHandle | None = None
        self._links: dict[Connection, Link] = {}
        self._outgoing: list[Send | Close] = []
        self._stopping = False
        self._study: asyncio.TimerHandle | None = None
        self._message: Whole | None = None  # at hand
        self._started_ns = 0  # when it was taken

    def start(self) -> None:
        """Open the connections that are ours to open."""
        self._act(self._machine.start(self._loop.time()))

    def stop(self) -> None:
        """Answer what has come, and take leave of every peer; `drained` tells the end."""
        self._stopping = True
        self._answer_pending()
        self._act(self._machine.stop(self._loop.time()))

    @property
    def is_full(self) -> bool:
        """Whether a peer that connects now must be turned away."""
        return self._turns.is_full

    def accepted(self, association: Association, *, local: tuple[str, ...]) -> Connection:
        """Take a connection that a peer opened; `local` are our addresses of it."""
        connection = self._add(association)
        now = self._loop.time()
        self._act(
            self._machine.accepted(connection, local=local, remote=association.remote, now=now)
        )
        return connection

    def connected(
        self, association: Association, *, peer: str, local: tuple[str, ...]
    ) -> Connection:
        """Take a connection that we opened to a peer."""
        connection = self._add(association)
        self._act(self._machine.connected(connection, peer, local=local, now=self._loop.time()))
        return connection

    def connect_failed(self, peer: str, reason: str) -> None:
        """Learn that a peer cannot be reached."""
        self._act(self._machine.connect_failed(peer, reason, self._loop.time()))

    def answer_known(self, connection: Connection, data: bytes) -> int:
        """Answer the messages at the beginning of what was read from a stream, if they are known.

        Returns:
            How many octets they are; what follows them is for `received`.
        """
        link = self._links[connection]
        if link.closed or link.pending or self._turns.is_spent():
            return 0
        taken, send = self.lanes.answer(link, data)
        if send is not None:
            link.association.write([send])
            self._act(self._machine.heard(connection, self._loop.time()))
        return taken

    def received(self, connection: Connection, batch: Iterable[Incoming]) -> None:
        """Take what one readable event brought, in order; nothing follows a broken stream."""
        link = self._links[connection]
        if link.closed:
            return
        waiting = bool(link.pending)
        link.pending.extend(batch)
        if link.pending and not waiting:
            if self._turns.is_spent():
                self._wait(connection, link)
            else:
                self._turn(connection, link)

    def passed(self, message: Passed) -> None:
        """Take a message that came by another worker."""
        self._started_ns, self._message = time.perf_counter_ns(), None
        with self._turns.decider:
            self._is_carried_out("", lambda: self._machine.passed(message, self._loop.time()))
        self._flush()

    def lost(self, connection: Connection, reason: str) -> None:
        """Learn that a connection has ended, closed by us or not."""
        link = self._links[connection]
        link.pending.clear()
        if not link.closed:
            link.closed = True
            self._act(self._machine.lost(connection, reason, self._loop.time()))
        del self._links[connection]
        self._turns.leave()
        if not self._links:
            self.drained.set()

    def _add(self, association: Association) -> Connection:
        connection = self._turns.join()
        self._links[connection] = Link(connection, association)
        self.drained.clear()
        return connection

    def _wait(self, connection: Connection, link: Link) -> None:
        link.association.hold()
        self._turns.wait(partial(self._go_on, connection), known=bool(link.peer))

    def _go_on(self, connection: Connection) -> None:
        link = self._links.get(connection)
        if link is not None:  # else it ended while it waited
            self._turn(connection, link)

    def _turn(self, connection: Connection, link: Link) -> None:
        """Answer the next few messages of one connection under one view of the lists."""
        with self._turns.decider:
            for _ in range(self._turns.length):
                self._answer_waiting(connection, link)
                if link.closed or not link.pending:
                    break
                self._take(connection, link, link.pending.popleft())
                if self._turns.is_spent():
                    break
        self._flush()
        if link.closed:
            link.pending.clear()
        if link.pending:
            self._wait(connection, link)
        else:
            link.association.release()

    def _answer_waiting(self, connection: Connection, link: Link) -> None:
        """Answer the first messages that wait, if they are known."""
        if link.closed:
            return
        sends = self.lanes.answer_waiting(link)
        if sends:
            link.association.write(sends)
            self._carry_out(self._machine.heard(connection, self._loop.time()))

    def _take(self, connection: Connection, link: Link, incoming: Incoming) -> None:
        """Give one message to the machine, and contain a bug to the message that met it."""
        self._started_ns = time.perf_counter_ns()
        self._message = incoming if isinstance(incoming, Whole) else None
        remote = link.association.remote
        done = self._is_carried_out(remote, lambda: self._effects_of(connection, link, incoming))
        if not done and isinstance(incoming, Whole):
            octets, now = incoming.octets, self._loop.time()
            self._is_carried_out(remote, lambda: self._machine.broken(connection, octets, now))

    def _is_carried_out(self, remote: str, do: Callable[[], Iterable[Effect[Request]]]) -> bool:
        """Do what one message asks for, or nothing of it."""
        before = len(self._outgoing)
        try:
            self._carry_out(do())
        except Exception:  # noqa: BLE001 - the one place: a bug costs one message, not the rest
            self.reporter.broken(remote=remote)
            # The machine has forgotten what it closes, so nobody else would close it.
            self._outgoing[before:] = [e for e in self._outgoing[before:] if isinstance(e, Close)]
            return False
        return True

    def _effects_of(
        self, connection: Connection, link: Link, incoming: Incoming
    ) -> Sequence[Effect[Request]]:
        now = self._loop.time()
        transport = (link.association.transport,)
        match incoming:
            case Whole(octets, stream):
                self.reporter.counters.add(MESSAGES_IN, transport)
                self.reporter.counters.add(OCTETS_IN, transport, len(octets))
                return self._machine.receive(connection, octets, now, stream=stream)
            case FramingError():
                self.reporter.counters.add(FRAMING_ERRORS, transport)
                return self._machine.garbled(connection, incoming, now)
            case Restarted():
                return self._machine.restarted(connection, now)

    def _answer_pending(self) -> None:
        """Answer what was read already: a peer that was told of our leave may not listen."""
        until = self._loop.time() + T_PENDING
        with self._turns.decider:
            for connection, link in list(self._links.items()):
                while link.pending and not link.closed and self._loop.time() < until:
                    self._take(connection, link, link.pending.popleft())

    def _act(self, effects: Iterable[Effect[Request]]) -> None:
        """Carry out what no batch brought."""
        self._carry_out(effects)
        self._flush()

    def _carry_out(self, effects: Iterable[Effect[Request]]) -> None:
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
                case HandOver():
                    self._hand_over(effect)
                case PassOn(worker, message):
                    self._turns.neighbours.pass_on(worker, message, self.reporter)
                case Moved():
                    self._move(effect)
                case report:
                    self._report(report)

    def _hand_over(self, effect: HandOver) -> None:
        """Give a connection away with everything that was read of it and not answered."""
        link = self._links[effect.connection]
        link.closed = True
        first = [Whole(effect.octets)] if effect.octets else []
        read = [*first, *link.pending]
        self._turns.neighbours.hand_over(effect.worker, link.association, read, self.reporter)

    def _report(self, effect: Refused | Dropped | Became | Note) -> None:
        match effect:
            case Refused():
                self.reporter.refused(effect, remote=self._remote(effect.connection))
            case Dropped():
                self.reporter.dropped(effect, remote=self._remote(effect.connection))
            case Became():
                self.reporter.became(effect)
            case Note():
                self.reporter.note(effect)

    def _answer(self, delivered: Deliver[Request]) -> None:
        """Every request gets exactly one answer."""
        answer = self._interface.answer(delivered.request)
        connection = delivered.connection
        sent = self._machine.send(connection, answer.reply, self._loop.time())
        self._carry_out(sent)
        if self._message is not None:
            self.lanes.learn(connection, self._message, answer, sent)
            self._study_soon()
        refusal = answer.refusal
        if refusal is not None:
            link = self._links.get(connection)
            peer = "" if link is None else link.peer
            refused = Refused(connection, refusal.code, refusal.reason, peer, refusal.layer)
            self.reporter.refused(refused, remote=self._remote(connection))
        if answer.check is not None and answer.verdict is not None:
            duration = time.perf_counter_ns() - self._started_ns
            self.reporter.answered(answer.check, answer.verdict, duration_ns=duration)

    def _study_soon(self) -> None:
        """Let the lanes study when the loop has seen to everybody else."""
        if self.lanes.has_studies and self._study is None:
            self._study = self._loop.call_later(PAUSE, self._let_study)

    def _let_study(self) -> None:
        self._study = None
        if not self._stopping:
            self.lanes.study()
            self._study_soon()

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
        """Wake up at the machine's next deadline."""
        deadline = self._machine.deadline
        if self._timer is not None:
            if self._timer.when() == deadline and not self._timer.cancelled():
                return
            self._timer.cancel()
        self._timer = None if deadline is None else self._loop.call_at(deadline, self._expire)

    def _expire(self) -> None:
        self._timer = None
        if self._stopping:  # a leave that ends here closes the connection
            self._answer_pending()
        self._act(self._machine.expire(self._loop.time()))


AnyDriver: TypeAlias = Driver[Any, Any]  # to a connection, what its messages ask is all one
