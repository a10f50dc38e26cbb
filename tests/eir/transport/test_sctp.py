"""Associations on the loop, against the kernel's SCTP; whole servers are in tests/integration."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass

import pytest
import sctp

from eir import metrics
from eir.config import Endpoint, Sctp
from eir.transport import sctp_socket
from eir.transport.admission import Admission
from eir.transport.listen import listen_sctp
from eir.transport.machine import Incoming, Whole
from eir.transport.sctp import T_CLOSE, SctpAssociation, SctpListener, connect_sctp
from protocols.diameter.link import PeerSpec
from protocols.effects import Send
from tests.eir.transport.memory import WIRE, Bench, ShiftedLoop, run
from tests.harness import CER, MME, Received, cer, ecr

pytestmark = pytest.mark.sctp

IMEI = "35609101685355"
ANYBODY = Admission([()], accept_any_peer=False)


@dataclass(slots=True)
class Peerside:
    """The other end of an association."""

    sock: socket.socket

    async def send(self, octets: bytes) -> None:
        await asyncio.get_running_loop().sock_sendall(self.sock, octets)

    async def receive(self) -> Received:
        return Received(await asyncio.get_running_loop().sock_recv(self.sock, 65536))


@contextlib.asynccontextmanager
async def connected(bench: Bench) -> AsyncIterator[Peerside]:
    """Listen with a driver behind, and connect."""
    sock = listen_sctp(Endpoint(addresses=("127.0.0.1",), port=0), Sctp())
    address = sock.getsockname()
    listener = SctpListener(sock, bench.driver, ANYBODY, WIRE)
    client = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_SCTP)
    with client:
        client.settimeout(0)
        await asyncio.get_running_loop().sock_connect(client, address)
        yield Peerside(client)
    listener.close()


def test_a_check_is_answered_and_events_are_counted() -> None:
    async def test(_: ShiftedLoop) -> None:
        bench = Bench()
        async with connected(bench) as mme:
            await mme.send(cer())
            await mme.receive()
            await mme.send(ecr(IMEI))
            assert (await mme.receive()).command == 324
        assert bench.counters.value(metrics.MESSAGES_IN, ("sctp",)) == 2
        assert bench.counters.value(metrics.SCTP_NOTIFICATIONS, ("COMM_UP",)) == 1

    run(test)


def test_messages_keep_their_stream_both_ways_and_ours_are_folded() -> None:
    async def test(_: ShiftedLoop) -> None:
        bench = Bench()
        async with connected(bench) as mme:
            seen: asyncio.Queue[Incoming] = asyncio.Queue()

            def received(connection: int, batch: Iterable[Incoming], came: float = 0) -> None:
                assert (connection, came) == (1, 0)
                for item in batch:
                    seen.put_nowait(item)

            bench.driver.received = received  # type: ignore[method-assign]
            for stream in (0, 3):
                about = sctp_socket.send_info(stream=stream, ppid=3, unordered=False)
                mme.sock.sendmsg([b"octets"], about)
            assert await seen.get() == Whole(b"octets", 0, 3)
            assert await seen.get() == Whole(b"octets", 3, 3)
            (link,) = bench.driver.links.values()
            assert isinstance(link.association, SctpAssociation)
            streams = link.association._streams
            assert streams == 16
            sctp.sctpsocket_tcp(socket.AF_INET, mme.sock).events.data_io = 1
            link.association.write([Send(1, b"a", stream=0), Send(1, b"b", stream=streams + 1)])
            assert [await receive_with_stream(mme) for _ in range(2)] == [
                (b"a", 0, 46),
                (b"b", 2, 46),
            ]

    run(test)


async def receive_with_stream(mme: Peerside) -> tuple[bytes, int, int]:
    """Receive a message with its stream and its PPID."""
    while True:
        with contextlib.suppress(BlockingIOError):
            octets, about, _, _ = mme.sock.recvmsg(1000, sctp_socket.ANCILLARY_OCTETS)
            ppid = int.from_bytes(about[0][2][8:12], "big")
            return octets, sctp_socket.stream_and_ppid(about)[0], ppid
        await asyncio.sleep(0.01)


def test_the_paths_of_an_association_are_told() -> None:
    async def test(_: ShiftedLoop) -> None:
        bench = Bench()
        async with connected(bench) as mme:
            await mme.send(cer())
            await mme.receive()
            (link,) = bench.driver.links.values()
            assert isinstance(link.association, SctpAssociation)
            (path,) = link.association.paths()
            assert (path.address, path.state) == ("127.0.0.1", "ACTIVE")
            assert 0 < path.rto_ms <= Sctp().rto_max_ms
            assert link.association.retransmitted() == 0
        await asyncio.wait_for(bench.driver.drained.wait(), 5)
        assert link.association.paths() == ()

    run(test)


def test_an_association_that_the_peer_ends_is_lost_once() -> None:
    async def test(_: ShiftedLoop) -> None:
        bench = Bench()
        async with connected(bench) as mme:
            await mme.send(cer())
            await mme.receive()
            assert not bench.driver.drained.is_set()
        await asyncio.wait_for(bench.driver.drained.wait(), 5)

    run(test)


def test_a_close_that_the_peer_does_not_let_happen_is_an_abort_after_a_while() -> None:
    async def test(loop: ShiftedLoop) -> None:
        bench = Bench()
        async with connected(bench) as mme:
            await mme.send(cer())
            await mme.receive()
            (link,) = bench.driver.links.values()
            association = link.association
            assert isinstance(association, SctpAssociation)
            with contextlib.suppress(BlockingIOError):  # until neither end takes any more
                while True:
                    await settle(mme)
            assert association._congested
            bench.driver.stop()
            await loop.advance(60.0)
            assert not bench.driver.drained.is_set()
            await loop.advance(T_CLOSE + 1.0)
            assert bench.driver.drained.is_set()

    run(test)


async def settle(mme: Peerside) -> None:
    """Ask without reading; let the other end work as long as there is no room."""
    for _ in range(200):
        try:
            mme.sock.send(ecr(IMEI))
        except BlockingIOError:
            await asyncio.sleep(0.01)
        else:
            return
    raise BlockingIOError


def test_we_connect_and_say_who_we_are() -> None:
    async def test(_: ShiftedLoop) -> None:
        peer = PeerSpec(origin_host=MME, addresses=(), connect=True, tw_init=30.0)
        bench = Bench(peers=[peer])
        bench.driver.start()
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_SCTP) as listener:
            listener.bind(("127.0.0.1", 0))
            listener.listen()
            listener.settimeout(0)
            sock = sctp_socket.open_socket(("127.0.0.1",), Sctp())
            await connect_sctp(sock, ["127.0.0.1"], listener.getsockname()[1])
            association = SctpAssociation(sock, bench.driver, WIRE, remote="127.0.0.1")
            association.open(peer=MME, local=("127.0.0.1",))
            accepted, _address = await asyncio.get_running_loop().sock_accept(listener)
            with accepted:
                accepted.settimeout(0)
                assert (await Peerside(accepted).receive()).command == CER

    run(test)


def test_a_peer_without_addresses_is_told_as_one() -> None:
    async def test(_: ShiftedLoop) -> None:
        with (
            sctp_socket.open_socket((), Sctp()) as sock,
            pytest.raises(OSError, match="no address is configured"),
        ):
            await connect_sctp(sock, [], 3868)

    run(test)


def test_a_peer_that_is_nowhere_is_told_with_the_reason() -> None:
    async def test(_: ShiftedLoop) -> None:
        with (
            sctp_socket.open_socket(("127.0.0.1",), Sctp()) as sock,
            pytest.raises(OSError, match="refused"),
        ):
            await connect_sctp(sock, ["127.0.0.1"], 9)

    run(test)
