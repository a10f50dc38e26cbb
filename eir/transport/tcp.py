"""Messages over TCP: a stream cut by the length in each header (RFC 6733 §2.1)."""

import asyncio
import os
import socket
from collections.abc import Sequence
from typing import cast

from eir.metrics import Transport
from eir.transport.admission import Admission
from eir.transport.driver import AnyDriver
from eir.transport.machine import Detached, Incoming, Whole
from eir.transport.parcel import Connected
from eir.transport.reporter import NO_PEER, TOO_MANY
from eir.transport.wire import Wire
from protocols.effects import Connection, Send
from protocols.framing import Framer
from protocols.lane.learning import MAX_OCTETS

HIGH_WATER = 262_144  # octets; ours: unread answers of one peer before we stop reading from it
MAX_JOINED = 4096  # octets; ours: the rest of a message that is joined with what follows it
T_CLOSE = 5.0  # seconds; ours: how long a closing connection may take to send what was written
T_CONNECT = 5.0  # seconds; ours: how long one address of a peer may take to answer


class TcpAssociation(asyncio.Protocol):
    """One TCP connection.

    `peer` is the configured peer that we opened it to, None when the other side opened it;
    `handed_over` is what another worker had read of one that it has accepted.
    """

    transport: Transport = "tcp"

    def __init__(
        self,
        driver: AnyDriver,
        admission: Admission,
        wire: Wire,
        *,
        peer: str | None = None,
        handed_over: Connected | None = None,
    ) -> None:
        self.remote = ""
        self._driver = driver
        self._admission = admission
        self._framer = Framer(wire.head, wire.max_octets)
        # What the lane knows is never too long: else messages are cut first.
        self._is_lane_first = wire.max_octets >= MAX_OCTETS
        self._peer = peer
        self._handed_over = handed_over
        self._connection: Connection | None = None
        self._stream: asyncio.Transport | None = None
        self._held = False  # by the driver
        self._congested = False  # the peer does not read
        self._late: list[bytes] = []  # was read when there was no time for it
        self._late_since = 0.0  # when the first of it was
        self._has_ended = False  # nothing more will come
        self._deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take the connection if its address is one of a peer's."""
        stream = cast("asyncio.Transport", transport)  # what asyncio gives a stream protocol
        self._stream = stream
        name = stream.get_extra_info("peername")
        if name is None:  # it ended already
            stream.abort()
            return
        self.remote = name[0]
        if self._peer is None and not self._admission.admits(self.remote):
            self._turn_away(stream, NO_PEER)
            return
        if self._peer is None and self._driver.is_full:
            self._turn_away(stream, TOO_MANY)
            return
        self._set_options(stream)
        local = (stream.get_extra_info("sockname")[0],)
        if self._peer is None:
            self._connection = self._driver.accepted(self, local=local)
        else:
            self._connection = self._driver.connected(self, peer=self._peer, local=local)
        if self._handed_over is not None:
            whole = b"".join(message.octets for message in self._handed_over.messages)
            self.data_received(whole + self._handed_over.partial)

    def _turn_away(self, stream: asyncio.Transport, reason: str) -> None:
        self._driver.reporter.turned_away(transport="tcp", remote=self.remote, reason=reason)
        stream.abort()

    def _set_options(self, stream: asyncio.Transport) -> None:
        sock = stream.get_extra_info("socket")
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        stream.set_write_buffer_limits(high=HIGH_WATER)

    def data_received(self, data: bytes) -> None:
        """Hand over what was read, now or as soon as there is time for it."""
        if self._connection is None:
            return
        if self._late or self._driver.is_late(self._connection):
            if not self._late:
                self._late_since = asyncio.get_running_loop().time()
            self._late.append(data)
            self._read_or_wait()
        else:
            self._hand_over(self._connection, data)

    def hand_over_late(self) -> None:
        """Hand over what was read when there was no time for it; it is as it came."""
        data, self._late = b"".join(self._late), []
        if not data or self._connection is None:
            return
        self._read_or_wait()
        self._hand_over(self._connection, data, self._late_since)
        if self._has_ended and not self._driver.ended(self._connection):
            self.close()

    def _hand_over(self, connection: Connection, data: bytes, came: float = 0) -> None:
        """Hand over the messages that are complete now, those first that are known."""
        if self._is_lane_first and self._framer.waiting < MAX_JOINED:
            if self._framer.waiting:
                data = self._framer.withdraw() + data
            known = self._driver.answer_known(connection, data)
            if known == len(data):
                return
            data = data[known:]
        batch: list[Incoming] = [Whole(octets) for octets in self._framer.feed(data)]
        if self._framer.error is not None:
            batch.append(self._framer.error)
        self._driver.received(connection, batch, came)

    def eof_received(self) -> bool:
        """Keep the connection until what came is answered, though nothing more will."""
        self._has_ended = True
        if self._connection is None:
            return False
        return bool(self._late) or self._driver.ended(self._connection)

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell the driver; the last call of every connection."""
        self._late.clear()
        if self._deadline is not None:
            self._deadline.cancel()
        if self._connection is not None:
            self._driver.lost(self._connection, "closed" if exc is None else str(exc))

    def pause_writing(self) -> None:
        """Stop reading from a peer that does not read: its answers would fill the memory."""
        self._congested = True
        self._read_or_wait()

    def resume_writing(self) -> None:
        """Read again: the peer does."""
        self._congested = False
        self._read_or_wait()

    def hold(self) -> None:
        """Read nothing until `release`."""
        self._held = True
        self._read_or_wait()

    def release(self) -> None:
        """Read again."""
        self._held = False
        self._read_or_wait()

    def _read_or_wait(self) -> None:
        if self._stream is None or self._stream.is_closing():
            return
        if self._held or self._congested or self._late:
            self._stream.pause_reading()
        else:
            self._stream.resume_reading()

    def write(self, messages: Sequence[Send]) -> None:
        """Send whole messages, in order, as one write."""
        if self._stream is not None:
            self._stream.write(b"".join([message.octets for message in messages]))

    def detach(self) -> Detached:
        """Let go of the connection, which goes on; nothing was written on it."""
        stream = cast("asyncio.Transport", self._stream)  # who is asked for this has one
        detached = Detached(stream.get_extra_info("socket").dup(), self._framer.withdraw())
        stream.abort()
        return detached

    def close(self) -> None:
        """End once what was written has left; a peer that does not read it has T_CLOSE."""
        if self._stream is None or self._deadline is not None:
            return
        self._deadline = asyncio.get_running_loop().call_later(T_CLOSE, self._stream.abort)
        self._stream.close()


async def connect_tcp(
    association: TcpAssociation, addresses: Sequence[str], port: int, *, local_port: int = 0
) -> None:
    """Try the addresses of a peer in turn, from a port of ours; 0: from any.

    Raises:
        OSError: none answered; it says why the last one did not.
    """
    failure = OSError("no address is configured")
    for address in addresses:
        try:
            async with asyncio.timeout(T_CONNECT):
                await _connect(association, address, port, local_port)
        except TimeoutError:  # asyncio's, or the kernel's ETIMEDOUT
            failure = OSError(f"{address}: no answer")
        except OSError as error:
            reason = os.strerror(error.errno) if error.errno else str(error)
            failure = OSError(f"{address}: {reason}")
        else:
            return
    raise failure


async def _connect(association: TcpAssociation, address: str, port: int, local_port: int) -> None:
    loop = asyncio.get_running_loop()
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    sock = socket.socket(family, socket.SOCK_STREAM)
    try:
        sock.setblocking(False)  # noqa: FBT003 - its only parameter
        # The connection before this one may still be remembered by the kernel.
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind(("", local_port))
        await loop.sock_connect(sock, (address, port))
        await loop.create_connection(lambda: association, sock=sock)
    except BaseException:
        sock.close()
        raise
