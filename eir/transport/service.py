"""One protocol in service: its listeners, the connections that it opens, and its driver."""

import asyncio
import contextlib
import socket
from collections.abc import Coroutine, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeAlias

from eir.config import Sctp
from eir.errors import UnavailableError
from eir.interfaces.answer import Reply
from eir.links import PeerKind
from eir.metrics import Transport
from eir.transport import sctp_socket
from eir.transport.admission import Admission
from eir.transport.driver import Driver
from eir.transport.listen import BACKLOG
from eir.transport.machine import SlowPath
from eir.transport.parcel import Connected
from eir.transport.reporter import Reporter
from eir.transport.sctp import SctpAssociation, SctpListener, connect_sctp
from eir.transport.tcp import TcpAssociation, connect_tcp
from eir.transport.turns import Turns
from eir.transport.wire import Wire
from protocols.effects import Request

ACCEPTS = 16  # ours: TCP connections accepted at once; the others wait in the kernel


@dataclass(frozen=True, slots=True, kw_only=True)
class Dial:
    """How to reach a peer that we connect to.

    Attributes:
        peer: the name that the machine asks for it by.
        transport: tcp, or sctp.
        addresses: of the peer; SCTP tries all of them at once, TCP one after the other.
        port: of the peer.
        local_addresses: ours to bind to; empty: any.
        local_port: ours; 0: any.
    """

    peer: str
    transport: Transport
    addresses: tuple[str, ...]
    port: int
    local_addresses: tuple[str, ...] = ()
    local_port: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Node(Generic[Request, Reply]):
    """What a protocol brings.

    Attributes:
        peers: what it calls those that it is connected to.
        known: the names of those that are configured and ours.
        everybody: the names of all that are configured, of whichever worker.
        path: what answers its requests.
        wire: how its messages travel.
        admission: whose connections it takes.
        dials: how to reach each peer that the machine may ask to be connected to.
    """

    peers: PeerKind
    known: Sequence[str]
    everybody: Sequence[str]
    path: SlowPath[Request, Reply]
    wire: Wire
    admission: Admission
    dials: Iterable[Dial]


class Service(Generic[Request, Reply]):
    """Runs a node; a bug in opening a connection costs that attempt and nothing else."""

    def __init__(
        self,
        node: Node[Request, Reply],
        *,
        reporter: Reporter,
        turns: Turns,
        sctp: Sctp,
        tasks: asyncio.TaskGroup,
    ) -> None:
        """Put a node into service.

        Args:
            node: the protocol.
            reporter: told what happens.
            turns: shared by all services of this loop.
            sctp: the parameters of associations that we open.
            tasks: where connections are opened.
        """
        self.driver: Driver[Request, Reply] = Driver(
            node.path, reporter=reporter, connect=self._begin_to_connect, turns=turns
        )
        self._wire = node.wire
        self._admission = node.admission
        self._dials = {dial.peer: dial for dial in node.dials}
        self._sctp = sctp
        self._tasks = tasks
        self._opening: set[asyncio.Task[None]] = set()
        self._servers: list[asyncio.Server | SctpListener] = []

    async def open(self, *, tcp: Sequence[int], sctp: Sequence[int]) -> None:
        """Accept on these descriptors, and open the connections that are ours to open."""
        loop = asyncio.get_running_loop()
        for descriptor in tcp:
            listener = socket.socket(fileno=descriptor)
            self._servers.append(
                await loop.create_server(self._tcp_association, sock=listener, backlog=ACCEPTS)
            )
            listener.listen(BACKLOG)  # asyncio's `backlog` is also the kernel's
        for descriptor in sctp:
            sock = socket.socket(fileno=descriptor)
            self._servers.append(SctpListener(sock, self.driver, self._admission, self._wire))
        self.driver.start()

    def leave(self) -> None:
        """Accept and open no more, and take leave of every peer; `driver.drained` tells the end."""
        for server in self._servers:
            server.close()
        for task in self._opening:
            task.cancel()
        self.driver.stop()

    def take_over(self, handed_over: Connected, sock: socket.socket) -> None:
        """Go on with a connection that another worker has accepted."""
        if handed_over.transport == "tcp":
            self._begin(self._take_over_tcp(handed_over, sock))
            return
        sock.settimeout(0)
        association = SctpAssociation(sock, self.driver, self._wire, remote=handed_over.remote)
        association.take_over(handed_over)

    async def _take_over_tcp(self, handed_over: Connected, sock: socket.socket) -> None:
        association = TcpAssociation(
            self.driver, self._admission, self._wire, handed_over=handed_over
        )
        loop = asyncio.get_running_loop()
        with contextlib.ExitStack() as stack:
            stack.callback(sock.close)
            try:
                await loop.connect_accepted_socket(lambda: association, sock)
            except Exception:  # noqa: BLE001 - it would end every task of the group
                self.driver.reporter.broken(remote=handed_over.remote)
                return
            stack.pop_all()  # the association closes it

    def _tcp_association(self, peer: str | None = None) -> TcpAssociation:
        return TcpAssociation(self.driver, self._admission, self._wire, peer=peer)

    def _begin_to_connect(self, peer: str) -> None:
        self._begin(self._connect(self._dials[peer]))

    def _begin(self, opening: Coroutine[None, None, None]) -> None:
        task = self._tasks.create_task(opening)
        self._opening.add(task)
        task.add_done_callback(self._opening.discard)

    async def _connect(self, dial: Dial) -> None:
        connect = self._connect_tcp if dial.transport == "tcp" else self._connect_sctp
        try:
            try:
                await connect(dial)
            except Exception as error:  # noqa: BLE001 - it would end every task of the group
                self.driver.reporter.broken(remote=dial.peer)
                self.driver.connect_failed(dial.peer, type(error).__name__)
        except Exception:  # noqa: BLE001 - the machine did not survive the news either
            self.driver.reporter.broken(remote=dial.peer)

    async def _connect_tcp(self, dial: Dial) -> None:
        association = self._tcp_association(dial.peer)
        try:
            await connect_tcp(association, dial.addresses, dial.port, local_port=dial.local_port)
        except OSError as error:
            self.driver.connect_failed(dial.peer, str(error))

    async def _connect_sctp(self, dial: Dial) -> None:
        with contextlib.ExitStack() as stack:
            try:
                families = (*dial.local_addresses, *dial.addresses)
                sock = sctp_socket.open_socket(families, self._sctp)
                stack.callback(sock.close)
                sctp_socket.bind(sock, dial.local_addresses, dial.local_port)
                await connect_sctp(sock, dial.addresses, dial.port)
                local = sctp_socket.local_addresses(sock)
            except (OSError, UnavailableError) as error:
                self.driver.connect_failed(dial.peer, str(error))
                return
            stack.pop_all()  # the association closes it
        association = SctpAssociation(sock, self.driver, self._wire, remote=dial.addresses[0])
        association.open(peer=dial.peer, local=local)


AnyService: TypeAlias = Service[Any, Any]
