"""Messages over the kernel's SCTP: one-to-one sockets on the loop.

Messages keep their boundaries, so nothing is framed. Any PPID is taken: there are stacks that
send 0. What a stream means is for the machine to say.
"""

import asyncio
import contextlib
import os
import socket
from collections import deque
from collections.abc import Sequence

import structlog

from eir.metrics import FRAMING_ERRORS, Transport
from eir.transport import sctp_socket
from eir.transport.admission import Admission
from eir.transport.driver import AnyDriver
from eir.transport.machine import Detached, Incoming, Restarted, Whole
from eir.transport.parcel import Connected
from eir.transport.reporter import NO_PEER, TOO_MANY
from eir.transport.wire import Wire
from protocols.effects import Connection, Send

BATCH = 64  # ours: messages read in one readable event
READ = 65_536  # octets a read; a longer message comes in pieces
T_CLOSE = 5.0  # seconds; ours: how long a closing association may take to send what was written
T_CONNECT = 10.0  # seconds; ours: how long a peer may take to answer INIT on any address
T_ACCEPT = 1.0  # seconds; ours: pause of accepting when we run out of descriptors

_CLOSED = "closed"  # the reason of a graceful end


class _EndedError(Exception):
    """The association ends here: the peer closed it, or we do."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class SctpAssociation:
    """One association."""

    transport: Transport = "sctp"

    def __init__(
        self,
        sock: socket.socket,
        driver: AnyDriver,
        wire: Wire,
        *,
        remote: str,
    ) -> None:
        self.remote = remote
        self._socket = sock
        self._driver = driver
        self._wire = wire
        self._streams = 1  # towards the peer
        self._retransmitted = 0  # chunks, that were counted
        self._loop = asyncio.get_running_loop()
        self._connection: Connection | None = None  # until the driver gave it a number
        self._partial = bytearray()
        self._outbox: deque[Send] = deque()
        self._held = False  # by the driver
        self._congested = False  # the peer does not read
        self._ended = False
        self._deadline: asyncio.TimerHandle | None = None

    def open(self, *, peer: str | None, local: tuple[str, ...]) -> None:
        """Tell the driver and start to read.

        Args:
            peer: whom we connected to; None: they did.
            local: our addresses of the association.
        """
        self._count_streams()
        if peer is None:
            self._connection = self._driver.accepted(self, local=local)
        else:
            self._connection = self._driver.connected(self, peer=peer, local=local)
        self._read_or_wait()

    def _count_streams(self) -> None:
        """Learn what both ends agreed on; an end that has gone is noticed when it is read."""
        with contextlib.suppress(OSError):
            self._streams = sctp_socket.outbound_streams(self._socket)

    def _readable(self) -> None:
        """Read what is there, up to a batch, and hand it over at once."""
        batch: list[Incoming] = []
        reason: str | None = None
        try:
            for _ in range(BATCH):
                octets, about, flags, _ = self._socket.recvmsg(READ, sctp_socket.ANCILLARY_OCTETS)
                self._take(octets, about, flags, batch)
        except BlockingIOError:
            pass
        except OSError as error:
            reason = os.strerror(error.errno or 0)
        except _EndedError as end:
            reason = end.reason
        if batch and self._connection is not None:
            self._driver.received(self._connection, batch)
        if reason is not None:
            self._end(reason)

    def _take(
        self, octets: bytes, about: sctp_socket.Ancillary, flags: int, batch: list[Incoming]
    ) -> None:
        """Add what one read gave to the batch, once it is whole (RFC 6458 §3.1.4, MSG_EOR)."""
        if not octets:
            raise _EndedError(_CLOSED)
        if flags & sctp_socket.NOTIFICATION:
            self._notified(octets, batch)
            return
        self._partial += octets
        if len(self._partial) > self._wire.max_octets:
            self._driver.reporter.counters.add(FRAMING_ERRORS, ("sctp",))
            raise _EndedError(f"message of more than {self._wire.max_octets} octets")
        if flags & socket.MSG_EOR:
            batch.append(Whole(bytes(self._partial), *sctp_socket.stream_and_ppid(about)))
            self._partial.clear()

    def _notified(self, octets: bytes, batch: list[Incoming]) -> None:
        notification = sctp_socket.read_notification(octets)
        if notification is None:
            return
        self._driver.reporter.sctp_event(
            notification.event,
            connection=self._connection,
            remote=self.remote,
            address=notification.address,
        )
        if notification.event == "RESTART":  # RFC 9260 §5.2: the rest of a message will not come
            self._partial.clear()
            self._count_streams()
            batch.append(Restarted())

    def paths(self) -> tuple[sctp_socket.Path, ...]:
        """Tell how the paths to the peer are."""
        return () if self._ended else sctp_socket.paths(self._socket)

    def retransmitted(self) -> int:
        """Count the chunks that were sent again since the last call."""
        before = self._retransmitted
        if not self._ended:
            self._retransmitted = max(before, sctp_socket.retransmissions(self._socket))
        return self._retransmitted - before

    def hold(self) -> None:
        """Read nothing until `release`."""
        self._held = True
        self._read_or_wait()

    def hand_over_late(self) -> None:
        """Do nothing: what there is no time for stays with the kernel, or is handed over."""

    def release(self) -> None:
        """Read again."""
        self._held = False
        self._read_or_wait()

    def _read_or_wait(self) -> None:
        if self._ended:
            return
        if self._held or self._congested or self._deadline is not None:
            self._loop.remove_reader(self._socket)
        else:
            self._loop.add_reader(self._socket, self._readable)

    def write(self, messages: Sequence[Send]) -> None:
        """Send whole messages; what the kernel does not take waits, and so does reading."""
        self._outbox.extend(messages)
        if not self._congested:
            self._drain()

    def _drain(self) -> None:
        while self._outbox and not self._ended:
            message = self._outbox[0]
            try:
                self._socket.sendmsg([message.octets], self._info(message))
            except BlockingIOError:
                self._wait_for_room()
                return
            except OSError as error:
                self._end(os.strerror(error.errno or 0))
                return
            self._outbox.popleft()
        self._go_on()

    def _info(self, message: Send) -> sctp_socket.Ancillary:
        return sctp_socket.send_info(
            stream=sctp_socket.fold(message.stream, self._streams),
            ppid=self._wire.ppid,
            unordered=self._wire.unordered and not message.ordered,
        )

    def _wait_for_room(self) -> None:
        if not self._congested:
            self._congested = True
            self._loop.add_writer(self._socket, self._drain)
            self._read_or_wait()

    def _go_on(self) -> None:
        """Everything was written."""
        if self._congested and not self._ended:
            self._congested = False
            self._loop.remove_writer(self._socket)
            self._read_or_wait()
        if self._deadline is not None:
            self._end(_CLOSED)

    def take_over(self, handed_over: Connected) -> None:
        """Go on with an association that another worker has accepted."""
        try:
            local = sctp_socket.local_addresses(self._socket)
        except OSError:  # it ended on its way to us
            self._socket.close()
            return
        self._partial += handed_over.partial
        self.open(peer=None, local=local)
        if self._connection is not None and not self._ended:
            self._driver.received(self._connection, handed_over.messages)

    def detach(self) -> Detached:
        """Let go of the association, which goes on; nothing was written on it."""
        detached = Detached(self._socket.dup(), bytes(self._partial))
        self._end(_CLOSED)
        return detached

    def close(self) -> None:
        """End once what was written has left; a peer that does not read it has T_CLOSE."""
        if self._ended or self._deadline is not None:
            return
        self._deadline = self._loop.call_later(T_CLOSE, self._end, "aborted")
        self._read_or_wait()
        if not self._outbox:
            self._end(_CLOSED)

    def _end(self, reason: str) -> None:
        """Leave the loop and the kernel, then tell the driver; once.

        Closing is graceful when all was said, so the kernel sends SHUTDOWN (RFC 9260 §9.2).
        """
        if self._ended:
            return
        self._ended = True
        if self._deadline is not None:
            self._deadline.cancel()
        self._loop.remove_reader(self._socket)
        self._loop.remove_writer(self._socket)
        if reason == _CLOSED and not self._outbox:
            self._socket.close()
        else:
            sctp_socket.abort(self._socket)
        self._outbox.clear()
        if self._connection is None:  # `open` is still asking for the number
            self._loop.call_soon(self._tell_lost, reason)
        else:
            self._tell_lost(reason)

    def _tell_lost(self, reason: str) -> None:
        if self._connection is not None:
            self._driver.lost(self._connection, reason)


class SctpListener:
    """Accepts associations on a listening socket."""

    def __init__(
        self,
        sock: socket.socket,
        driver: AnyDriver,
        admission: Admission,
        wire: Wire,
    ) -> None:
        self._socket = sock
        self._driver = driver
        self._admission = admission
        self._wire = wire
        self._loop = asyncio.get_running_loop()
        self._pause: asyncio.TimerHandle | None = None
        self._listen()

    def close(self) -> None:
        """Accept no more."""
        if self._pause is not None:
            self._pause.cancel()
        self._loop.remove_reader(self._socket)
        self._socket.close()

    def _listen(self) -> None:
        self._loop.add_reader(self._socket, self._acceptable)

    def _acceptable(self) -> None:
        try:
            sock, address = self._socket.accept()
        except (BlockingIOError, ConnectionAbortedError):
            return
        except OSError as error:  # out of descriptors: the next readable event would be at once
            structlog.get_logger().warning("accept_failed", reason=os.strerror(error.errno or 0))
            self._loop.remove_reader(self._socket)
            self._pause = self._loop.call_later(T_ACCEPT, self._listen)
            return
        self._take(sock, address[0])

    def _take(self, sock: socket.socket, remote: str) -> None:
        """Let an association in, if its address is one of a peer's."""
        if not self._admission.admits(remote):
            self._turn_away(sock, remote, NO_PEER)
            return
        if self._driver.is_full:
            self._turn_away(sock, remote, TOO_MANY)
            return
        sock.settimeout(0)
        try:
            local = sctp_socket.local_addresses(sock)
        except OSError:  # it ended while it waited to be accepted
            sock.close()
            return
        association = SctpAssociation(sock, self._driver, self._wire, remote=remote)
        association.open(peer=None, local=local)

    def _turn_away(self, sock: socket.socket, remote: str, reason: str) -> None:
        self._driver.reporter.turned_away(transport="sctp", remote=remote, reason=reason)
        sctp_socket.abort(sock)


async def connect_sctp(sock: socket.socket, addresses: Sequence[str], port: int) -> None:
    """Open an association to a peer, on whichever of its addresses answers.

    Raises:
        OSError: none did.
    """
    if not addresses:
        raise OSError("no address is configured")
    loop = asyncio.get_running_loop()
    writable = loop.create_future()
    try:
        sctp_socket.start_connecting(sock, addresses, port)
        loop.add_writer(sock, _resolve, writable)
        async with asyncio.timeout(T_CONNECT):
            await writable
    except TimeoutError:
        raise OSError(f"no answer in {T_CONNECT:g} s") from None
    finally:
        loop.remove_writer(sock)
    number = sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
    if number:
        raise OSError(number, os.strerror(number))


def _resolve(future: asyncio.Future[None]) -> None:
    if not future.done():
        future.set_result(None)
