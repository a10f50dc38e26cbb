import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest

from eir import metrics
from eir.config import Overload
from eir.overload import Limits
from eir.transport import tcp, turns
from eir.transport.admission import Admission
from eir.transport.tcp import T_CLOSE, TcpAssociation, connect_tcp
from eir.transport.wire import Wire
from protocols.diameter.leaves import DiameterSyntax
from protocols.diameter.link import PeerSpec
from tests.eir.transport.memory import WIRE, Bench, ShiftedLoop, run
from tests.harness import MME, cer, ecr

IMEI = "35609101685355"
ANYBODY = Admission([()], accept_any_peer=False)


class Listener:
    """A server of TcpAssociations, and the ones it made."""

    def __init__(self, bench: Bench, admission: Admission = ANYBODY, wire: Wire = WIRE) -> None:
        self.made: list[TcpAssociation] = []
        self._bench = bench
        self._admission = admission
        self._wire = wire

    def __call__(self) -> TcpAssociation:
        self.made.append(TcpAssociation(self._bench.driver, self._admission, self._wire))
        return self.made[-1]


@asynccontextmanager
async def connected(
    listener: Listener,
) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    server = await asyncio.get_running_loop().create_server(listener, "127.0.0.1", 0)
    reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
    try:
        yield reader, writer
    finally:
        writer.close()
        server.close()


async def messages(reader: asyncio.StreamReader, count: int) -> int:
    """Read messages; return their octets."""
    total = 0
    for _ in range(count):
        head = await reader.readexactly(20)
        body = await reader.readexactly(int.from_bytes(head[1:4], "big") - 20)
        total += len(head + body)
    return total


def test_a_message_in_pieces_is_answered_once_it_is_whole() -> None:
    async def test(_: ShiftedLoop) -> None:
        async with connected(Listener(Bench())) as (reader, writer):
            octets = cer() + ecr(IMEI)
            for start in range(0, len(octets), 7):
                writer.write(octets[start : start + 7])
                await writer.drain()
            assert await messages(reader, 2)

    run(test)


def test_a_message_that_is_too_long_is_never_answered_by_the_lane() -> None:
    async def test(_: ShiftedLoop) -> None:
        bench = Bench()
        bench.driver.lanes.is_on = True
        wire = replace(WIRE, max_octets=1024)
        async with connected(Listener(bench, wire=wire)) as (reader, writer):
            writer.write(cer())
            await messages(reader, 1)
            for number in (1, 2, 3):
                writer.write(ecr(IMEI, number=number))
                await messages(reader, 1)
                bench.study()
            assert bench.counters.value(metrics.LANE_ANSWERS, ("s13",)) == 1
            writer.write(DiameterSyntax().resize(ecr(IMEI), 2, b"s" * 1024))  # the Session-Id
            await messages(reader, 1)
            assert bench.counters.value(metrics.LANE_ANSWERS, ("s13",)) == 1
            assert await reader.read() == b""
        assert bench.counters.value(metrics.FRAMING_ERRORS, ("tcp",)) == 1

    run(test)


@asynccontextmanager
async def opened(
    bench: Bench,
) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter, TcpAssociation]]:
    """Connect a peer whose capabilities were exchanged."""
    listener = Listener(bench)
    async with connected(listener) as (reader, writer):
        writer.write(cer())
        await messages(reader, 1)
        (association,) = listener.made
        yield reader, writer, association


def spend(bench: Bench, loop: ShiftedLoop) -> None:
    """Leave this pass of the loop no time."""
    bench.turns.is_spent()
    loop.shift += turns.BUDGET


def test_what_there_is_no_time_for_waits_as_it_was_read_and_is_answered_in_order() -> None:
    async def test(loop: ShiftedLoop) -> None:
        bench = Bench()
        async with opened(bench) as (reader, writer, association):
            spend(bench, loop)
            first, second = ecr(IMEI, number=1), ecr(IMEI, number=2)
            association.data_received(first + second[:50])
            association.data_received(second[50:])
            assert bench.counters.value(metrics.MESSAGES_IN, ("tcp",)) == 1  # the CER
            answers = [await reader.readexactly(await length(reader)) for _ in range(2)]
            assert [octets[8:12] for octets in answers] == [first[12:16], second[12:16]]
            writer.write(ecr(IMEI, number=3))  # it reads on
            await messages(reader, 1)

    run(test)


def test_what_there_was_no_time_for_has_waited_since_it_was_read() -> None:
    async def test(loop: ShiftedLoop) -> None:
        bench = Bench(limits=Limits.of(Overload(), share=1))
        async with opened(bench) as (reader, _, association):
            spend(bench, loop)
            association.data_received(ecr(IMEI))
            loop.shift += Overload().wait_seconds
            await messages(reader, 1)
            assert bench.counters.value(metrics.SHED, ("s13", "waiting_time")) == 1

    run(test)


async def length(reader: asyncio.StreamReader) -> int:
    """Read the beginning of a message, and say how long the rest is."""
    return int.from_bytes((await reader.readexactly(4))[1:], "big") - 4


def test_what_came_before_the_end_is_answered_though_there_was_no_time() -> None:
    async def test(loop: ShiftedLoop) -> None:
        bench = Bench()
        async with opened(bench) as (reader, _, association):
            spend(bench, loop)
            association.data_received(ecr(IMEI))
            assert association.eof_received()
            assert await messages(reader, 1)
            assert await reader.read() == b""

    run(test)


def test_who_leaves_answers_what_it_had_no_time_for() -> None:
    async def test(loop: ShiftedLoop) -> None:
        bench = Bench()
        async with opened(bench) as (reader, _, association):
            spend(bench, loop)
            association.data_received(ecr(IMEI))
            bench.driver.stop()
            assert bench.counters.value(metrics.MESSAGES_IN, ("tcp",)) == 2
            await messages(reader, 2)  # and a DPR

    run(test)


def test_what_waits_when_peers_have_left_for_long_is_answered() -> None:
    async def test(loop: ShiftedLoop) -> None:
        bench = Bench()
        async with opened(bench) as (reader, _, association):
            bench.driver.stop()
            await messages(reader, 1)  # a DPR
            spend(bench, loop)
            association.data_received(ecr(IMEI))
            bench.driver._expire()
            assert bench.counters.value(metrics.MESSAGES_IN, ("tcp",)) == 2
            await messages(reader, 1)

    run(test)


def test_answers_do_not_wait_for_more() -> None:
    async def test(_: ShiftedLoop) -> None:
        listener = Listener(Bench())
        async with connected(listener) as (reader, writer):
            writer.write(cer())
            await messages(reader, 1)
            stream = listener.made[0]._stream
            assert stream is not None
            sock = stream.get_extra_info("socket")
            assert sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) != 0
            assert sock.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE) != 0

    run(test)


def test_a_stranger_is_turned_away_before_it_is_heard() -> None:
    async def test(_: ShiftedLoop) -> None:
        bench = Bench()
        admission = Admission([("192.0.2.1",)], accept_any_peer=False)
        async with connected(Listener(bench, admission)) as (reader, writer):
            writer.write(cer())
            with pytest.raises((ConnectionError, asyncio.IncompleteReadError)):
                await messages(reader, 1)
        assert bench.counters.value(metrics.REFUSED_CONNECTIONS, ("tcp",)) == 1
        assert bench.counters.value(metrics.MESSAGES_IN, ("tcp",)) == 0

    run(test)


def test_a_peer_that_does_not_read_is_not_read_until_it_does(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(tcp, "HIGH_WATER", 4096)

    async def test(_: ShiftedLoop) -> None:
        listener = Listener(Bench())
        async with connected(listener) as (reader, writer):
            writer.write(cer())
            await messages(reader, 1)
            association = listener.made[0]
            stream = association._stream
            assert stream is not None
            association.pause_writing()
            assert not stream.is_reading()
            association.hold()
            association.resume_writing()
            assert not stream.is_reading()  # the driver has not finished
            association.release()
            assert stream.is_reading()

    run(test)


def test_a_close_that_the_peer_does_not_let_happen_is_an_abort_after_a_while() -> None:
    async def test(loop: ShiftedLoop) -> None:
        bench = Bench()
        listener = Listener(bench)
        async with connected(listener) as (reader, writer):
            writer.write(cer())
            await messages(reader, 1)
            association = listener.made[0]
            stream = association._stream
            assert stream is not None
            stream.write(bytes(64 << 20))  # more than every buffer on the way
            association.close()
            await loop.advance(T_CLOSE - 1.0)
            assert not bench.driver.drained.is_set()
            await loop.advance(1.1)
            assert bench.driver.drained.is_set()

    run(test)


def test_a_peer_is_looked_for_on_each_of_its_addresses() -> None:
    async def test(_: ShiftedLoop) -> None:
        peer = PeerSpec(origin_host=MME, addresses=(), connect=True, tw_init=30.0)
        bench = Bench(peers=[peer])
        bench.driver.start()
        arrived: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()

        async def take(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            arrived.set_result(await reader.readexactly(20))
            writer.close()

        server = await asyncio.start_server(take, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        association = TcpAssociation(bench.driver, ANYBODY, WIRE, peer=MME)
        await connect_tcp(association, ["127.0.0.2", "127.0.0.1"], port)
        assert (await arrived)[5:8] == (257).to_bytes(3, "big")
        server.close()

    run(test)


def test_a_peer_that_is_nowhere_is_told_with_the_reason() -> None:
    async def test(_: ShiftedLoop) -> None:
        association = TcpAssociation(Bench().driver, ANYBODY, WIRE, peer=MME)
        with pytest.raises(OSError, match="no address is configured"):
            await connect_tcp(association, [], 3868)
        with socket.socket() as unused:
            unused.bind(("127.0.0.1", 0))
            port = unused.getsockname()[1]
            with pytest.raises(OSError, match=r"127\.0\.0\.1: "):
                await connect_tcp(association, ["127.0.0.1"], port)

    run(test)


def test_a_peer_is_turned_away_when_there_are_too_many() -> None:
    async def test(_: ShiftedLoop) -> None:
        bench = Bench()
        bench.turns.most = 1
        bench.accept()
        async with connected(Listener(bench)) as (reader, writer):
            writer.write(cer())
            with pytest.raises((ConnectionError, asyncio.IncompleteReadError)):
                await messages(reader, 1)
        assert bench.counters.value(metrics.REFUSED_CONNECTIONS, ("tcp",)) == 1

    run(test)
