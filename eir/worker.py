"""One process that answers: `python -m eir.worker DESCRIPTOR`, started by the supervisor.

It is made of what the first line on its channel says (`eir.channel.Start`), runs one event loop,
and lives no longer than its supervisor.
"""

import asyncio
import contextlib
import mmap
import random
import signal
import socket
import sys
from collections.abc import Callable
from datetime import UTC, datetime

import structlog

from eir import log, metrics, records
from eir.channel import (
    Ready,
    Start,
    Stop,
    StoreState,
    ToSupervisor,
    UseStore,
    decode_for_worker,
    encode,
)
from eir.config import Config, Peer
from eir.decision.decider import Decider
from eir.decision.rules import policy_of
from eir.errors import UnavailableError
from eir.interfaces.s13 import S13Interface
from eir.metrics import Counters
from eir.records import RecordWriter
from eir.store.reader import ListReader
from eir.transport import sctp_socket
from eir.transport.admission import Admission
from eir.transport.driver import Driver
from eir.transport.listen import BACKLOG
from eir.transport.reporter import Reporter
from eir.transport.sctp import SctpAssociation, SctpListener, connect_sctp
from eir.transport.tcp import TcpAssociation, connect_tcp
from protocols.diameter.link import PeerSpec
from protocols.diameter.local import Local
from protocols.diameter.node import NodeMachine

T_LOOK = 1.0  # seconds; ours: how often we look at the lists when nobody asks
MAX_LINE = 1 << 24  # octets; a configuration with many peers is one line
ACCEPTS = 16  # ours: TCP connections accepted at once; the others wait in the kernel
T_LEAVE = 4.0  # seconds; ours: longer than a peer may take to answer our DPR

Tell = Callable[[ToSupervisor], None]


class Worker:
    """The node, its connections and its view of the lists."""

    def __init__(self, start: Start, tell: Tell, tasks: asyncio.TaskGroup) -> None:
        self._start = start
        self._config = start.config
        self._tell = tell
        self._tasks = tasks
        self._opening: set[asyncio.Task[None]] = set()
        self._servers: list[asyncio.Server | SctpListener] = []
        self._loop = asyncio.get_running_loop()
        diameter = start.config.diameter
        self._admission = Admission(diameter.peer, accept_any_peer=diameter.accept_any_peer)
        self._peers = {peer.origin_host: peer for peer in diameter.peer}
        self._decider = Decider(
            None, policy_of(start.config.decision), _utc_seconds, self._store_changed
        )
        self._driver = self._build_driver()

    def _build_driver(self) -> Driver:
        local = _local(self._config, self._start.started_at)
        return Driver(
            node=NodeMachine(local, _specs(self._config), random=random.SystemRandom().random),
            interface=S13Interface(local, self._decider.decide),
            decider=self._decider,
            reporter=Reporter(
                Counters(_map(self._start.counters, metrics.SIZE)),
                RecordWriter(_map(self._start.records, records.SIZE)),
                clock=self._loop.time,
            ),
            connect=self._begin_to_connect,
        )

    async def open(self) -> None:
        """Accept connections, and open those that are ours to open."""
        if self._start.use_store:
            self.use_store()
        self._look_at_store()
        for descriptor in self._start.tcp:
            listener = socket.socket(fileno=descriptor)
            self._servers.append(
                await self._loop.create_server(
                    self._tcp_association, sock=listener, backlog=ACCEPTS
                )
            )
            listener.listen(BACKLOG)  # asyncio's `backlog` is also the kernel's
        for descriptor in self._start.sctp:
            self._servers.append(self._sctp_listener(socket.socket(fileno=descriptor)))
        self._driver.start()
        self._tell(Ready())

    async def close(self) -> None:
        """Take leave of every peer, and wait for the last answers to leave."""
        for server in self._servers:
            server.close()
        for task in self._opening:
            task.cancel()
        self._driver.stop()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(T_LEAVE):
                await self._driver.drained.wait()

    def use_store(self) -> None:
        """Open the lists, at the first start or after the supervisor verified them."""
        self._decider.use(ListReader(self._config.store.path))

    def _look_at_store(self) -> None:
        """Learn that the lists broke, or are well again, when nobody asks about equipment."""
        with self._decider:
            self._loop.call_later(T_LOOK, self._look_at_store)
        self._store_changed(self._decider.failure)

    def _store_changed(self, failure: str | None) -> None:
        self._tell(StoreState(failure=failure, version=self._decider.version))

    def _tcp_association(self, peer: str | None = None) -> TcpAssociation:
        return TcpAssociation(
            self._driver,
            self._admission,
            max_octets=self._config.diameter.max_message_octets,
            peer=peer,
        )

    def _sctp_listener(self, sock: socket.socket) -> SctpListener:
        diameter = self._config.diameter
        return SctpListener(
            sock,
            self._driver,
            self._admission,
            max_octets=diameter.max_message_octets,
            unordered=diameter.sctp_unordered,
        )

    def _begin_to_connect(self, origin_host: str) -> None:
        peer = self._peers[origin_host]
        task = self._tasks.create_task(self._open(peer))
        self._opening.add(task)
        task.add_done_callback(self._opening.discard)

    async def _open(self, peer: Peer) -> None:
        """Connect to a peer; a bug costs this attempt, not the connections of the others."""
        connect = self._connect_tcp if peer.transport == "tcp" else self._connect_sctp
        try:
            try:
                await connect(peer)
            except Exception as error:  # noqa: BLE001 - it would end every task of the group
                self._driver.reporter.broken(remote=peer.origin_host)
                self._driver.connect_failed(peer.origin_host, type(error).__name__)
        except Exception:  # noqa: BLE001 - the node did not survive the news either
            self._driver.reporter.broken(remote=peer.origin_host)

    async def _connect_tcp(self, peer: Peer) -> None:
        association = self._tcp_association(peer.origin_host)
        try:
            await connect_tcp(association, peer.addresses, peer.port)
        except OSError as error:
            self._driver.connect_failed(peer.origin_host, str(error))

    async def _connect_sctp(self, peer: Peer) -> None:
        diameter = self._config.diameter
        # From the addresses that we listen on, so that the peer knows us by the same ones.
        ours = diameter.listen_sctp[0].addresses if diameter.listen_sctp else ()
        with contextlib.ExitStack() as stack:
            try:
                sock = sctp_socket.open_socket((*ours, *peer.addresses), self._config.sctp)
                stack.callback(sock.close)
                sctp_socket.bind(sock, ours, 0)
                await connect_sctp(sock, peer.addresses, peer.port)
                local = sctp_socket.local_addresses(sock)
            except (OSError, UnavailableError) as error:
                self._driver.connect_failed(peer.origin_host, str(error))
                return
            stack.pop_all()  # the association closes it
        association = SctpAssociation(
            sock,
            self._driver,
            remote=peer.addresses[0],
            max_octets=diameter.max_message_octets,
            unordered=diameter.sctp_unordered,
        )
        association.open(peer=peer.origin_host, local=local)


def _utc_seconds() -> float:
    return datetime.now(UTC).timestamp()


def _local(config: Config, started_at: int) -> Local:
    diameter = config.diameter
    return Local(
        origin_host=diameter.origin_host,
        origin_realm=diameter.origin_realm,
        host_aliases=diameter.host_aliases,
        realms=diameter.realms,
        accept_any_peer=diameter.accept_any_peer,
        origin_state_id=started_at,
    )


def _specs(config: Config) -> list[PeerSpec]:
    return [
        PeerSpec(
            origin_host=peer.origin_host,
            addresses=peer.addresses,
            connect=peer.connect,
            tw_init=peer.tw_init_seconds,
        )
        for peer in config.diameter.peer
    ]


def _map(descriptor: int, octets: int) -> memoryview:
    """Map shared memory that the supervisor made."""
    return memoryview(mmap.mmap(descriptor, octets))


async def obey(reader: asyncio.StreamReader, worker: Worker) -> None:
    """Do what the supervisor says, until it says stop or is gone."""
    while line := await reader.readline():
        match decode_for_worker(line):
            case UseStore():
                worker.use_store()
            case Stop():
                return
    structlog.get_logger().error("supervisor_gone")


async def serve(channel: socket.socket) -> None:
    """Answer until the supervisor says stop."""
    reader, writer = await asyncio.open_connection(sock=channel, limit=MAX_LINE)
    start = decode_for_worker(await reader.readline())
    if not isinstance(start, Start):
        raise TypeError(f"{start.kind} before start")
    log.serve(start.config.log.format, start.config.log.level)
    async with asyncio.TaskGroup() as tasks:
        worker = Worker(start, lambda message: writer.write(encode(message)), tasks)
        await worker.open()
        await obey(reader, worker)
        await worker.close()


def main() -> None:
    """Run a worker. Whoever stops the node stops the supervisor; a worker obeys that alone."""
    for number in (signal.SIGHUP, signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    asyncio.run(serve(socket.socket(fileno=int(sys.argv[1]))))


if __name__ == "__main__":
    main()
