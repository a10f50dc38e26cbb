"""The one loop: messages into a protocol's machine, its effects carried out, its clock kept.

A connection hands over what it read as one batch. The batch is answered under one view of the
lists and leaves as one write a connection. No `await` and no task stand between a request and its
answer. How the loop is shared is said by `eir.transport.turns`; what there is no time for waits,
or is refused, as `eir.transport.intake` says.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Any, Generic, TypeAlias

from eir import garbage
from eir.interfaces.answer import Reply
from eir.metrics import FRAMING_ERRORS
from eir.overload import Limit
from eir.transport.hand import Hand
from eir.transport.intake import Intake
from eir.transport.lanes import Lanes
from eir.transport.link import Link
from eir.transport.machine import Association, Incoming, Restarted, SlowPath, Whole
from eir.transport.outbox import Outbox
from eir.transport.parcel import PassedOn
from eir.transport.reporter import Reporter
from eir.transport.studying import Studying
from eir.transport.tracing import Tracing
from eir.transport.turns import BUDGET, Turns
from eir.transport.waking import Waking
from protocols.effects import (
    Close,
    Connect,
    Connection,
    Deliver,
    Effect,
    HandOver,
    Moved,
    PassOn,
    Request,
    Send,
)
from protocols.errors import FramingError

T_PENDING = 0.5  # seconds; ours: checks that wait longer are refused while the peers leave


class Driver(Generic[Request, Reply]):
    """Runs the `machine` of one protocol over its connections, which are its `links`."""

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
        self._studying = Studying(self.lanes, turns)
        self.machine = path.machine
        self._interface = path.interface
        self._connect = connect
        self._turns = turns
        self._loop = asyncio.get_running_loop()
        self._waking = Waking(self._expire)
        self.links: dict[Connection, Link] = {}
        self._outbox = Outbox(self.links, reporter)
        self._stopping = False
        self._hand = Hand(reporter)
        self._tracing = Tracing(reporter)

    def start(self) -> None:
        """Open the connections that are ours to open."""
        self._act(self.machine.start(self._loop.time()))

    def stop(self) -> None:
        """Answer what has come, and take leave of every peer; `drained` tells the end."""
        self._stopping = True
        self._studying.stop()
        self._answer_pending(T_PENDING)
        self._turns.room.hurry(T_PENDING)
        self._act(self.machine.stop(self._loop.time()))

    @property
    def is_full(self) -> bool:
        """Whether a peer that connects now must be turned away."""
        return self._turns.is_full

    def accepted(self, association: Association, *, local: tuple[str, ...]) -> Connection:
        """Take a connection that a peer opened; `local` are our addresses of it."""
        connection = self._add(association, local)
        remote, now = association.remote, self._loop.time()
        self._act(self.machine.accepted(connection, local=local, remote=remote, now=now))
        return connection

    def connected(
        self, association: Association, *, peer: str, local: tuple[str, ...]
    ) -> Connection:
        """Take a connection that we opened to a peer."""
        connection = self._add(association, local)
        self._act(self.machine.connected(connection, peer, local=local, now=self._loop.time()))
        return connection

    def connect_failed(self, peer: str, reason: str) -> None:
        """Learn that a peer cannot be reached."""
        self._act(self.machine.connect_failed(peer, reason, self._loop.time()))

    def is_late(self, connection: Connection) -> bool:
        """Tell whether what was read must wait; it is asked to be handed over in its turn then."""
        link = self.links[connection]
        if link.closed or link.intake or not self._turns.is_over():
            return False
        self._turns.wait(link.association.hand_over_late, known=bool(link.peer))
        return True

    def answer_known(self, connection: Connection, data: bytes) -> int:
        """Answer the messages at the beginning of what was read from a stream, if they are known.

        Returns:
            How many octets they are; what follows them is for `received`.
        """
        link, now = self.links[connection], self._loop.time()
        intake = link.intake
        if link.closed or intake or not intake.allows(len(data), now):
            return 0
        run = self.lanes.answer(link, data)
        if run is None:
            return 0
        link.association.write([run.send])
        self.lanes.leave(link, data, run)
        intake.spend(len(run.batch.verdicts), now)
        if effects := self.machine.heard(connection, now):
            self._act(effects)
        else:  # as nearly always
            self._flush()
        return run.octets

    def received(self, connection: Connection, batch: Iterable[Incoming], came: float = 0) -> None:
        """Take what was read then, or now, in order; nothing follows a broken stream."""
        link = self.links[connection]
        if link.closed:
            return
        link.intake.take_in(batch, came or self._loop.time())
        if not link.intake.fresh:
            return
        if self._turns.is_over():
            self._wait(connection, link)
        else:
            waits = link.waits or self._turns.is_spent()
            self._turn(connection, link, most=0 if waits else self._turns.length)

    def ended(self, connection: Connection) -> bool:
        """Learn that nothing more will come on a connection.

        Returns:
            Whether it must stay open until what came is answered; then it is closed.
        """
        return self.links[connection].end()

    def passed(self, passed: PassedOn) -> None:
        """Take a message that came by another worker."""
        self._hand.take_passed(passed)
        take = partial(self.machine.passed, passed.message, self._loop.time())
        before = len(self._outbox)
        with self._turns.decider:
            if not self._is_carried_out("", take):
                self._hand.failed(is_check=False)
        if self.reporter.tracer.is_on:
            self._tracing.passed(passed, self._hand, self._outbox.since(before), self.links)
        self._flush()

    def lost(self, connection: Connection, reason: str) -> None:
        """Learn that a connection has ended, closed by us or not."""
        link = self.links[connection]
        link.intake.close()
        if not link.closed:
            link.closed = True
            self._act(self.machine.lost(connection, reason, self._loop.time()))
        del self.links[connection]
        self._turns.leave()
        if not self.links:
            self.drained.set()

    def _add(self, association: Association, local: Sequence[str]) -> Connection:
        connection = self._turns.join()
        intake = Intake(
            self._turns.gate,
            self._turns.room,
            peer=association.remote,
            priority_of=partial(self.machine.priority_of, connection),
            refuse=partial(self._shed, connection),
        )
        self.links[connection] = Link(connection, association, intake, next(iter(local), ""))
        self.drained.clear()
        return connection

    def _wait(self, connection: Connection, link: Link) -> None:
        """Let what is left have its turn later, and read on while there is room."""
        link.read_or_wait()
        if link.intake and not link.waits:
            link.waits = True
            self._turns.wait(partial(self._go_on, connection), known=bool(link.peer))

    def _go_on(self, connection: Connection) -> None:
        link = self.links.get(connection)
        if link is not None:  # else it ended while it waited
            link.waits = False
            self._turn(connection, link, most=self._turns.length)

    def _turn(self, connection: Connection, link: Link, *, most: int) -> None:
        """Answer what is known of one connection, and so many others, under one view of the lists.

        What has waited may be known by now.
        """
        with self._turns.decider:
            self._sort(connection, link)
            while most and link.intake.has_waiting and not link.closed:
                waited = deque([link.intake.pop(self._loop.time())])
                self._answer_first(connection, link, waited)
                if waited:
                    self._take(connection, link, waited.pop())
                    most -= 1
                if self._turns.is_spent():
                    break
        self._flush()
        self._wait(connection, link)

    def _sort(self, connection: Connection, link: Link) -> None:
        """Answer what was read and is known; the rest waits, or is refused."""
        intake = link.intake
        while intake.fresh and not link.closed:
            if intake.is_passable:
                self._answer_first(connection, link, intake.fresh)
            if intake.fresh:
                intake.let_wait()
            if self._turns.is_over():
                break
        intake.settle(self._loop.time(), self._turns.is_spent)

    def _answer_first(self, connection: Connection, link: Link, messages: deque[Incoming]) -> None:
        """Answer the first of these messages, as far as they are known."""
        sends = self.lanes.answer_waiting(link, messages)
        if sends:
            self._carry_out(sends)  # behind the answers to what came before
            self._carry_out(self.machine.heard(connection, self._loop.time()))

    def _shed(self, connection: Connection, incoming: Incoming, limit: Limit) -> None:
        """Refuse or discard a check that is too many."""
        link = self.links[connection]
        remote, before = link.association.remote, len(self._outbox)
        if not before:  # it may be another connection's turn, or another driver's
            self._loop.call_soon(self._flush)
        if isinstance(incoming, Whole):  # what is no message is no check
            self.reporter.came(link.association.transport, incoming.octets)
            octets, now = incoming.octets, self._loop.time()
            self._is_carried_out(remote, lambda: self.machine.shed(connection, octets, now))
        self.reporter.shed(limit, 1, peer=link.intake.peer, remote=remote)
        if self.reporter.tracer.is_on:
            self._tracing.shed(link, incoming, limit, self._outbox.since(before))

    def _take(self, connection: Connection, link: Link, incoming: Incoming) -> None:
        """Give one message to the machine, and contain a bug to the message that met it."""
        self._hand.take(link, incoming)
        remote, before = link.association.remote, len(self._outbox)
        done = self._is_carried_out(remote, lambda: self._effects_of(connection, link, incoming))
        if not done and isinstance(incoming, Whole):
            octets, now = incoming.octets, self._loop.time()
            self._hand.failed(is_check=self.machine.priority_of(connection, octets) is not None)
            self._is_carried_out(remote, lambda: self.machine.broken(connection, octets, now))
        if self.reporter.tracer.is_on:
            self._tracing.took(link, self._hand, self._outbox.since(before))
        garbage.sweep()

    def _is_carried_out(self, remote: str, do: Callable[[], Sequence[Effect[Request]]]) -> bool:
        """Do what one message asks for, or nothing of it."""
        before = len(self._outbox)
        try:
            effects = do()
            self._hand.asks(effects)
            self._carry_out(effects)
        except Exception:  # noqa: BLE001 - the one place: a bug costs one message, not the rest
            self.reporter.broken(remote=remote)
            self._outbox.take_back(before)
            return False
        return True

    def _effects_of(
        self, connection: Connection, link: Link, incoming: Incoming
    ) -> Sequence[Effect[Request]]:
        now = self._loop.time()
        match incoming:
            case Whole(octets, stream):
                self.reporter.came(link.association.transport, octets)
                return self.machine.receive(connection, octets, now, stream=stream)
            case FramingError():
                self.reporter.counters.add(FRAMING_ERRORS, (link.association.transport,))
                return self.machine.garbled(connection, incoming, now)
            case Restarted():
                return self.machine.restarted(connection, now)

    def _answer_pending(self, seconds: float) -> None:
        """Answer what was read already: a peer that was told of our leave may not listen."""
        until = self._loop.time() + seconds
        for connection, link in list(self.links.items()):
            if self._loop.time() < until:
                link.association.hand_over_late()
            with self._turns.decider:
                while link.intake and not link.closed and (now := self._loop.time()) < until:
                    self._take(connection, link, link.intake.pop(now))

    def _act(self, effects: Iterable[Effect[Request]]) -> None:
        """Carry out what no batch brought."""
        before = len(self._outbox)
        self._carry_out(effects)
        if self.reporter.tracer.is_on:
            self._tracing.began(self.links, self._outbox.since(before))
        self._flush()

    def _carry_out(self, effects: Iterable[Effect[Request]]) -> None:
        for effect in effects:
            match effect:
                case Send() | Close():
                    self._outbox.add(effect)
                case Deliver():
                    self._answer(effect)
                case Connect(peer):
                    self._connect(peer)
                case HandOver():
                    self._hand_over(effect)
                case PassOn(worker):
                    passed = self._tracing.passing(effect, self._hand)
                    if not self._turns.neighbours.pass_on(worker, passed, self.reporter):
                        self._hand.is_told = False
                case Moved():
                    self._move(effect)
                case report:
                    self._hand.tell(report)
                    self.reporter.tell(report, self._remote, by=self._hand.by)

    def _hand_over(self, effect: HandOver) -> None:
        """Give a connection away with everything that was read of it and not answered."""
        link = self.links[effect.connection]
        link.closed = True
        first = [self._hand.message] if effect.octets and self._hand.message else []
        read = [*first, *link.intake]
        self._turns.neighbours.hand_over(effect.worker, link.association, read, self.reporter)

    def _answer(self, delivered: Deliver[Request]) -> None:
        """Every request gets exactly one answer."""
        answer = self._hand.keep(self._interface.answer(delivered.request))
        connection, remote = delivered.connection, self._remote(delivered.connection)
        sent = self.machine.send(connection, answer.reply, self._loop.time())
        self._carry_out(sent)
        if self._hand.message is not None:
            self.lanes.learn(connection, self._hand.message, answer, sent, sender=remote)
            self._studying.soon()
        self._hand.answered(connection, answer, remote=remote)

    def _move(self, change: Moved) -> None:
        link = self.links[change.connection]
        association = link.association
        self.reporter.moved(
            change, remote=association.remote, transport=association.transport, before=link.state
        )
        link.state = change.state
        link.peer = change.peer
        link.intake.peer = change.peer or association.remote

    def _remote(self, connection: Connection) -> str:
        link = self.links.get(connection)
        return "" if link is None else link.association.remote

    def _flush(self) -> None:
        """Hand over what a batch brought, and wake up at the machine's next deadline."""
        garbage.sweep()
        self._outbox.flush()
        self._waking.by(self.machine.deadline)

    def _expire(self) -> None:
        if self._stopping:  # a leave that ends here closes the connection
            self._answer_pending(BUDGET)
            for link in [each for each in self.links.values() if not each.closed]:
                link.intake.give_up()
            self._answer_pending(T_PENDING)  # no checks are left: what goes on with a dialogue
        self._act(self.machine.expire(self._loop.time()))


AnyDriver: TypeAlias = Driver[Any, Any]  # to a connection, what its messages ask is all one
