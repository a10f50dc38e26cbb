"""What the tests of the transports share: a driver, and a connection in memory."""

import asyncio
import socket
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from eir import metrics, records
from eir.config import Config, Decision, Diameter, Overload, Records
from eir.decision.decider import Decider
from eir.decision.policy import policies_of
from eir.decision.verdict import Interface, Status
from eir.interfaces.answer import Answer
from eir.interfaces.s13 import S13Interface
from eir.links import Board
from eir.metrics import Counters, Transport
from eir.metrics.identity import by_peer
from eir.overload import Gate, Limits
from eir.records import CheckRecord, RecordReader, RecordWriter
from eir.sampling import Recorder
from eir.transport.backlog import Room
from eir.transport.driver import Driver
from eir.transport.intake import Intake
from eir.transport.machine import Detached, Incoming, SlowPath, Whole
from eir.transport.reporter import Reporter
from eir.transport.turns import Turns
from eir.transport.wire import Wire, diameter_wire
from protocols.diameter.codec import Message
from protocols.diameter.leaves import DiameterSyntax
from protocols.diameter.link import PeerSpec
from protocols.diameter.local import Local
from protocols.diameter.node import NodeMachine
from protocols.effects import Send
from protocols.framing import Framer
from tests.harness import EIR, MME, REALM, Received

LOCAL = Local(origin_host=EIR, origin_realm=REALM)
NO_LIMITS = replace(Limits.of(Overload(), share=1), wait=1000.0)  # however busy the machine is
WIRE = diameter_wire(Diameter(max_message_octets=4096))


_OF_TIME = {
    *(metrics.CHECK_SECONDS, metrics.CHECK_MAXIMUM),
    *(metrics.DECISION_SECONDS, metrics.LAST_CHECK),
}
_OF_LANES = {
    *(metrics.LANE_ANSWERS, metrics.LANE_MISSES),
    *(metrics.LANE_STUDIES, metrics.LANE_DROPPED, metrics.LANE_STUDY_SECONDS),
}


class ShiftedLoop(asyncio.SelectorEventLoop):
    """A loop whose clock a test can advance, so that nobody waits for a timer.

    `tick` is what a look at it takes.
    """

    shift = 0.0
    tick = 0.0

    def time(self) -> float:
        self.shift += self.tick
        return super().time() + self.shift

    async def advance(self, seconds: float) -> None:
        """Let this time pass, and what it sets off run."""
        self.shift += seconds
        for _ in range(5):
            await asyncio.sleep(0)


class StillLoop(ShiftedLoop):
    """A loop whose clock moves only when a test advances it.

    What two nodes do at the same time, they do at the same instant then.
    """

    def time(self) -> float:
        return self.shift


def run(
    test: Callable[[ShiftedLoop], Awaitable[None]], *, kind: type[ShiftedLoop] = ShiftedLoop
) -> None:
    """Run a test on a loop of its own."""
    loop = kind()

    async def body() -> None:
        await test(loop)

    with asyncio.Runner(loop_factory=lambda: loop) as runner:
        runner.run(body())


class MemoryAssociation:
    """A connection that keeps what is written to it."""

    transport: Transport = "tcp"

    def __init__(self, remote: str = "127.0.0.1") -> None:
        self.remote = remote
        self.writes: list[list[Received]] = []
        self.closings = 0
        self.held = False

    @property
    def messages(self) -> list[Received]:
        return [message for write in self.writes for message in write]

    def write(self, messages: Sequence[Send]) -> None:
        self.writes.append([Received(message.octets) for message in messages])

    def close(self) -> None:
        self.closings += 1

    def detach(self) -> Detached:
        ours, self.other_end = socket.socketpair()
        return Detached(ours, b"")

    def hold(self) -> None:
        self.held = True

    def release(self) -> None:
        self.held = False

    def hand_over_late(self) -> None: ...


def new_intake() -> Intake:
    """Make the intake of a connection whose messages are no checks."""
    return Intake(
        Gate(NO_LIMITS),
        Room[Incoming](NO_LIMITS),
        peer="mme1",
        priority_of=lambda _: None,
        refuse=lambda *_: None,
    )


class Bench:
    """A driver with everything around it, and without sockets."""

    def __init__(
        self,
        *,
        peers: Sequence[PeerSpec] = (),
        broken: bytes | None = None,
        slow: Callable[[], None] = lambda: None,
        turns: Turns | None = None,
        limits: Limits = NO_LIMITS,
        decider: Decider | None = None,
        sampling: Records | None = None,
        path: SlowPath[Any, Any] | None = None,
        wire: Wire = WIRE,
    ) -> None:
        """Set a driver up; with no `path` it is one of Diameter."""
        loop = asyncio.get_running_loop()
        ring = memoryview(bytearray(records.SIZE))
        self.counters = Counters(memoryview(bytearray(metrics.SIZE)))
        self.counters.know(Interface.S13, [MME])
        self.records = RecordReader(ring)
        self.board = Board(lambda: datetime.now(UTC), lambda: None)
        self.connecting: list[str] = []
        policies = policies_of(Config(decision=Decision(on_failure=Status.TRACKING)))
        decider = decider or Decider(None, policies, datetime.now(UTC).timestamp, lambda _: None)
        self.turns = turns or Turns(decider, limits)
        default = PeerSpec(origin_host=MME, addresses=(), connect=False, tw_init=30.0)
        self._wire = wire
        self.driver: Driver[Any, Any] = Driver(
            path
            or SlowPath(
                name=Interface.S13,
                machine=NodeMachine(LOCAL, peers or [default], random=lambda: 0.5),
                interface=FragileInterface(decider, broken, slow),
                syntax=DiameterSyntax(),
            ),
            reporter=Reporter(
                self.counters,
                Recorder(RecordWriter(ring), sampling or Records(permitted_one_in=1)),
                self.board,
                peers="asp" if path else "peer",
                clock=loop.time,
            ),
            connect=self.connecting.append,
            turns=self.turns,
        )
        self.driver.lanes.is_on = False

    def accept(self, remote: str = "127.0.0.1") -> tuple[int, MemoryAssociation]:
        """Let a peer connect."""
        association = MemoryAssociation(remote)
        return self.driver.accepted(association, local=("127.0.0.1",)), association

    def connect(self, peer: str) -> tuple[int, MemoryAssociation]:
        """Let a connection to a peer be opened."""
        association = MemoryAssociation()
        return self.driver.connected(association, peer=peer, local=("127.0.0.1",)), association

    def reads(self, connection: int, data: bytes) -> None:
        """Let octets come on a TCP connection, whole messages altogether."""
        rest = data[self.driver.answer_known(connection, data) :]
        self.receives(connection, Framer(self._wire.head, self._wire.max_octets).feed(rest))

    def study(self) -> None:
        """Let the lanes study all that waits."""
        while self.driver.lanes.has_studies:
            self.driver.lanes.study()

    def counted(self) -> dict[tuple[str, tuple[str, ...]], int]:
        """Give every counter but those of the lane; of durations, how many there are."""
        found: dict[tuple[str, tuple[str, ...]], int] = {}
        for family in set(metrics.FAMILIES) - _OF_TIME - _OF_LANES:
            found |= {(family.name, row): self.counters.value(family, row) for row in family.rows}
        for name, bound in metrics.CHECK_SECONDS.rows:
            if bound in metrics.BOUNDS:
                value = self.counters.value(metrics.CHECK_SECONDS, (name, bound))
                key = (metrics.CHECK_SECONDS.name, (name,))
                found[key] = found.get(key, 0) + value
        for peer, tally in by_peer([self.counters]).items():
            assert tally.missing == 0
            outcomes = zip(metrics.OUTCOMES, tally.outcomes, strict=True)
            found |= {("eir_checks", (*peer, outcome)): count for outcome, count in outcomes}
        return found

    def recorded(self) -> list[CheckRecord]:
        """Read the records since the last call, without times."""
        found, lost = self.records.read()
        assert not lost
        return [record._replace(time_ns=0, duration_ns=0) for record in found]

    def receives(self, connection: int, batch: Iterable[bytes | Incoming]) -> None:
        """Let whole messages, or whatever else can come, come on a connection."""
        self.driver.received(
            connection, [Whole(item) if isinstance(item, bytes) else item for item in batch]
        )


class FragileInterface(S13Interface):
    """Answers as the real one does, but has a bug where a Session-Id holds `broken`.

    `slow` is what it does first.
    """

    def __init__(
        self, decider: Decider, broken: bytes | None, slow: Callable[[], None] = lambda: None
    ) -> None:
        super().__init__(LOCAL, decider.decide)
        self._broken = broken
        self._slow = slow

    def answer(self, request: Message) -> Answer[bytes]:
        self._slow()
        if self._broken is not None and self._broken in repr(request).encode():
            raise ZeroDivisionError
        return super().answer(request)
