import asyncio
import socket
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime

import pytest

from eir import metrics, records
from eir.config import Records
from eir.links import Board
from eir.metrics import FAILED_HANDOVERS, HANDOVERS, Counters, Transport
from eir.records import RecordWriter
from eir.sampling import Recorder
from eir.transport.machine import Detached, Incoming, Restarted, Whole
from eir.transport.neighbours import NOBODY, Inbox, Neighbours, socket_pair
from eir.transport.parcel import Connected, PassedOn
from eir.transport.reporter import Reporter
from protocols.effects import Send
from protocols.errors import FramingError
from protocols.mtp import SERVICE_SCCP, Transfer
from protocols.passing import Answer, Segment

SEGMENT = Segment(Transfer(7, 10, 20, SERVICE_SCCP, 2, 0, 5, b"\0\xff"))


class Crew:
    """Two workers' sockets; we are worker 0, and look into both inboxes."""

    def __init__(self, stack: ExitStack) -> None:
        pairs = [socket_pair() for _ in range(2)]
        for end in (end for pair in pairs for end in pair):
            stack.enter_context(end)
        self.readers = [reader for reader, _ in pairs]
        self.counters = Counters(memoryview(bytearray(metrics.SIZE)))
        self.neighbours = Neighbours([writer for _, writer in pairs], worker=0)
        self.reporter = Reporter(
            self.counters,
            Recorder(RecordWriter(memoryview(bytearray(records.SIZE))), Records()),
            Board(lambda: datetime.now(UTC), lambda: None),
            peers="peer",
            clock=lambda: 0.0,
        )
        self.connections: list[tuple[Connected, socket.socket]] = []
        self.messages: list[PassedOn] = []

    def counted(self, what: str) -> tuple[int, int]:
        """Tell how many were given, and how many could not be."""
        return (
            self.counters.value(HANDOVERS, (what,)),
            self.counters.value(FAILED_HANDOVERS, (what,)),
        )

    def take(self, worker: int) -> None:
        """Empty an inbox."""

        async def empty() -> None:
            inbox = Inbox(
                self.readers[worker],
                take_over=lambda *came: self.connections.append(came),
                passed=self.messages.append,
            )
            inbox.empty()

        asyncio.run(empty())


class Half:
    """One end of a connection."""

    transport: Transport = "tcp"
    remote = "192.0.2.1"

    def __init__(self, sock: socket.socket) -> None:
        self._socket = sock

    def detach(self) -> Detached:
        with self._socket:
            return Detached(self._socket.dup(), b"rest")

    def write(self, messages: Sequence[Send]) -> None:
        raise NotImplementedError

    close = hold = release = hand_over_late = lambda _self: None


@pytest.fixture
def crew() -> Iterator[Crew]:
    with ExitStack() as stack:
        yield Crew(stack)


@pytest.fixture
def pair() -> Iterator[tuple[socket.socket, socket.socket]]:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.settimeout(5)
        yield ours, theirs


Pair = tuple[socket.socket, socket.socket]


def test_a_connection_goes_on_where_it_was_given(crew: Crew, pair: Pair) -> None:
    read = (Whole(b"first", 0, 46), Whole(b"second", 3, 0))
    crew.neighbours.hand_over(1, Half(pair[0]), read, crew.reporter)
    crew.take(1)
    ((connected, sock),) = crew.connections
    with sock:
        assert connected == Connected("peer", "tcp", "192.0.2.1", read, b"rest")
        sock.send(b"hello")
        assert pair[1].recv(5) == b"hello"
    assert pair[1].recv(5) == b""
    assert crew.counted("connection") == (1, 0)


def test_a_stream_that_was_lost_is_lost_there_too(crew: Crew, pair: Pair) -> None:
    lost = FramingError("message length 3", offset=1, header=b"\1\0\0\3")
    crew.neighbours.hand_over(1, Half(pair[0]), [Whole(b"first"), lost], crew.reporter)
    crew.take(1)
    ((connected, sock),) = crew.connections
    sock.close()
    assert (connected.messages, connected.partial) == ((Whole(b"first"),), b"\1\0\0\3rest")


def test_messages_come_in_their_order(crew: Crew) -> None:
    answer = Answer(SEGMENT.transfer)
    for message in (SEGMENT, answer):
        crew.neighbours.pass_on(1, PassedOn(message, "stp1"), crew.reporter)
    crew.take(1)
    assert crew.messages == [PassedOn(SEGMENT, "stp1"), PassedOn(answer, "stp1")]
    assert crew.counted("message") == (2, 0)


def test_who_takes_nothing_costs_what_is_given_to_it_and_no_wait(crew: Crew, pair: Pair) -> None:
    while crew.counted("message")[1] == 0:
        crew.neighbours.pass_on(1, PassedOn(SEGMENT, "stp1"), crew.reporter)
    crew.neighbours.hand_over(1, Half(pair[0]), [Whole(bytes(60_000))], crew.reporter)
    assert pair[1].recv(5) == b""
    assert crew.counted("connection") == (0, 1)


def test_more_than_a_datagram_can_be_closes_the_connection(crew: Crew, pair: Pair) -> None:
    crew.neighbours.hand_over(1, Half(pair[0]), [Whole(bytes(200_000))], crew.reporter)
    assert pair[1].recv(5) == b""
    assert crew.counted("connection") == (0, 1)


def test_the_greatest_datagram_is_read_whole(crew: Crew) -> None:
    sizes = iter(range(130_000, 0, -500))

    def give(size: int) -> PassedOn:
        transfer = Transfer(7, 10, 20, SERVICE_SCCP, 2, 0, 5, bytes(size))
        passed = PassedOn(Segment(transfer), "stp1")
        crew.neighbours.pass_on(1, passed, crew.reporter)
        return passed

    message = give(next(sizes))
    while crew.counted("message")[0] == 0:
        message = give(next(sizes))
    crew.take(1)
    assert crew.messages == [message]


def test_an_association_that_was_restarted_is_not_handed_over(crew: Crew, pair: Pair) -> None:
    read: list[Incoming] = [Whole(b"of the one before"), Restarted()]
    crew.neighbours.hand_over(1, Half(pair[0]), read, crew.reporter)
    assert pair[1].recv(5) == b""
    assert crew.counted("connection") == (0, 1)


def test_what_is_on_its_way_waits_for_the_next_worker(crew: Crew, pair: Pair) -> None:
    crew.neighbours.hand_over(1, Half(pair[0]), [], crew.reporter)
    pair[1].send(b"hello")
    crew.take(1)
    ((_, sock),) = crew.connections
    with sock:
        assert sock.recv(5) == b"hello"


def test_who_is_alone_has_no_neighbours() -> None:
    assert (NOBODY.worker, NOBODY.workers) == (0, 1)
