import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime

import pytest

from eir import metrics, records
from eir.config import Config, Decision, Records, Sctp
from eir.decision.decider import Decider
from eir.decision.policy import policies_of
from eir.decision.verdict import Interface, Status
from eir.interfaces.s13 import S13Interface
from eir.links import Board
from eir.metrics import Counters
from eir.records import RecordWriter
from eir.sampling import Recorder
from eir.transport import service as service_module
from eir.transport.admission import Admission
from eir.transport.machine import SlowPath
from eir.transport.reporter import Reporter
from eir.transport.service import Dial, Node, Service
from eir.transport.turns import Turns
from protocols.diameter.codec import Message
from protocols.diameter.leaves import DiameterSyntax
from protocols.diameter.link import PeerSpec
from protocols.diameter.node import NodeMachine
from tests.eir.transport.memory import LOCAL, NO_LIMITS, WIRE, ShiftedLoop, run
from tests.harness import CER, MME, PATIENCE, Received
from tests.kernel_sctp import kernel_has_sctp

DPR = 282


@contextlib.asynccontextmanager
async def in_service(
    dials: Sequence[Dial] = (), *, tcp: Sequence[int] = ()
) -> AsyncIterator[Service[Message, bytes]]:
    """Serve Diameter, and take leave in the end."""
    policies = policies_of(Config(decision=Decision(on_failure=Status.TRACKING)))
    decider = Decider(None, policies, datetime.now(UTC).timestamp, lambda _: None)
    spec = PeerSpec(origin_host=MME, addresses=(), connect=bool(dials), tw_init=30.0)
    reporter = Reporter(
        Counters(memoryview(bytearray(metrics.SIZE))),
        Recorder(RecordWriter(memoryview(bytearray(records.SIZE))), Records()),
        Board(lambda: datetime.now(UTC), lambda: None),
        peers="peer",
        clock=asyncio.get_running_loop().time,
    )
    node = Node(
        peers="peer",
        known=[MME],
        everybody=[MME],
        path=SlowPath(
            name=Interface.S13,
            machine=NodeMachine(LOCAL, [spec], random=lambda: 0.5),
            interface=S13Interface(LOCAL, decider.decide),
            syntax=DiameterSyntax(),
        ),
        wire=WIRE,
        admission=Admission([()], accept_any_peer=False),
        dials=dials,
    )
    async with asyncio.TaskGroup() as tasks:
        service = Service(
            node, reporter=reporter, turns=Turns(decider, NO_LIMITS), sctp=Sctp(), tasks=tasks
        )
        await service.open(tcp=tcp, sctp=())
        yield service
        service.leave()


def dial(port: int, *, local_port: int = 0) -> Dial:
    return Dial(
        peer=MME,
        transport="tcp",
        addresses=("127.0.0.1",),
        port=port,
        local_port=local_port,
    )


async def next_message(reader: asyncio.StreamReader) -> Received:
    head = await asyncio.wait_for(reader.readexactly(20), PATIENCE)
    return Received(head + await reader.readexactly(int.from_bytes(head[1:4], "big") - 20))


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as unused:
        port: int = unused.getsockname()[1]
        return port


def test_a_peer_is_connected_to_from_the_port_that_is_ours() -> None:
    async def test(_: ShiftedLoop) -> None:
        arrived: asyncio.Queue[tuple[int, Received]] = asyncio.Queue()

        async def take(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            arrived.put_nowait((writer.get_extra_info("peername")[1], await next_message(reader)))
            writer.close()

        server = await asyncio.start_server(take, "127.0.0.1", 0)
        ours = free_port()
        async with in_service([dial(server.sockets[0].getsockname()[1], local_port=ours)]):
            port, message = await asyncio.wait_for(arrived.get(), PATIENCE)
        assert (port, message.command) == (ours, CER)
        server.close()

    run(test)


def test_listeners_accept_until_it_leaves() -> None:
    async def test(_: ShiftedLoop) -> None:
        listener = socket.create_server(("127.0.0.1", 0))
        address = listener.getsockname()
        async with in_service(tcp=[listener.detach()]) as service:
            _reader, writer = await asyncio.open_connection(*address)
            while service.driver.drained.is_set():  # noqa: ASYNC110 - until it is accepted
                await asyncio.sleep(0)
        await asyncio.wait_for(service.driver.drained.wait(), PATIENCE)
        writer.close()
        with pytest.raises(ConnectionRefusedError):
            await asyncio.open_connection(*address)

    run(test)


def test_a_bug_in_connecting_costs_the_attempt(monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    async def test(loop: ShiftedLoop) -> None:
        monkeypatch.setattr(service_module, "connect_tcp", broken)
        async with in_service([dial(9)]) as service:
            await asyncio.sleep(0.01)
            counters = service.driver.reporter.counters
            assert counters.value(metrics.INTERNAL_ERRORS) == 1
            await loop.advance(40.0)
            await asyncio.sleep(0.01)
            assert counters.value(metrics.INTERNAL_ERRORS) > 1  # it was tried again

    run(test)


@pytest.mark.skipif(kernel_has_sctp(), reason="this kernel has SCTP")
def test_a_kernel_without_sctp_is_a_peer_that_cannot_be_reached() -> None:
    async def test(_: ShiftedLoop) -> None:
        wanted = Dial(peer=MME, transport="sctp", addresses=("127.0.0.1",), port=3868)
        async with in_service([wanted]) as service:
            await asyncio.sleep(0.01)
            assert service.driver.drained.is_set()
            assert service.driver.reporter.counters.value(metrics.INTERNAL_ERRORS) == 0

    run(test)
