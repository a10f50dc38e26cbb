"""Connections that carry whole messages, over TCP or kernel SCTP, with plain sockets."""

import ipaddress
import select
import socket
import struct
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from tools.errors import ConnectError, LinkError

Transport: TypeAlias = Literal["tcp", "sctp"]

RECEIVE_OCTETS: Final = 65536

# <linux/sctp.h>
IPPROTO_SCTP: Final = 132
SCTP_SNDRCV: Final = 1
SCTP_NODELAY: Final = 3
SCTP_STATUS: Final = 14
SCTP_SOCKOPT_BINDX_ADD: Final = 100
SCTP_SOCKOPT_CONNECTX: Final = 110
MSG_EOR: Final = 0x80
# struct sctp_sndrcvinfo: stream, ssn, flags, ppid, context, ttl, tsn, cumtsn, association
SNDRCVINFO: Final = "=HHHxxIIIIIi"
# struct sctp_status up to the streams: association, state, window, unacknowledged, pending, in, out
STATUS: Final = "=iiIHHHH"
STATUS_OCTETS: Final = 176


@dataclass(frozen=True, slots=True)
class Protocol:
    """What a connection must know of the protocol that it carries.

    Attributes:
        ppid: its payload protocol identifier, in clear.
        take_messages: takes the whole messages off the front of a TCP stream.
    """

    ppid: int
    take_messages: Callable[[bytearray], list[bytes]]


class Link(ABC):
    """One connection to a peer."""

    def __init__(self, connected: socket.socket) -> None:
        self._socket = connected

    def fileno(self) -> int:
        """Let `select` wait for this connection."""
        return self._socket.fileno()

    @property
    @abstractmethod
    def addresses(self) -> tuple[str, ...]:
        """Tell our addresses of this connection."""

    @abstractmethod
    def _write(self, message: bytes, stream: int) -> None:
        """Hand one whole message to the kernel."""

    @abstractmethod
    def _read(self) -> list[bytes]:
        """Take what arrived."""

    def send(self, message: bytes, *, stream: int = 0) -> None:
        """Send one whole message.

        `stream` is 0, or a number from 1 up that messages share which must stay in sequence; it
        is folded into the streams that the association has.

        Raises:
            LinkError: the connection is broken.
        """
        try:
            self._write(message, stream)
        except OSError as error:
            raise LinkError(f"the connection broke: {_reason(error)}") from error

    def receive(self, seconds: float) -> list[bytes]:
        """Wait for messages; none when nothing whole came within `seconds`.

        Raises:
            LinkError: the peer ended the connection.
        """
        if not select.select([self._socket], [], [], max(0.0, seconds))[0]:
            return []
        try:
            return self._read()
        except OSError as error:
            raise LinkError(f"the connection broke: {_reason(error)}") from error

    def close(self) -> None:
        """End the connection."""
        self._socket.close()


class TcpLink(Link):
    """Messages cut out of a TCP stream by their length."""

    def __init__(self, connected: socket.socket, protocol: Protocol) -> None:
        super().__init__(connected)
        self._take_messages = protocol.take_messages
        connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._buffered = bytearray()

    @property
    def addresses(self) -> tuple[str, ...]:
        """Tell our one address."""
        return (self._socket.getsockname()[0],)

    def _write(self, message: bytes, stream: int) -> None:
        del stream  # TCP has one
        self._socket.sendall(message)

    def _read(self) -> list[bytes]:
        octets = self._socket.recv(RECEIVE_OCTETS)
        if not octets:
            raise LinkError("the peer closed the connection")
        self._buffered += octets
        return self._take_messages(self._buffered)


class SctpLink(Link):
    """One message of the protocol is one message of SCTP."""

    def __init__(
        self, connected: socket.socket, protocol: Protocol, local: Sequence[str] = ()
    ) -> None:
        super().__init__(connected)
        self._ppid = socket.htonl(protocol.ppid)
        self._local = tuple(local)
        status = connected.getsockopt(IPPROTO_SCTP, SCTP_STATUS, STATUS_OCTETS)
        self._streams: int = struct.unpack_from(STATUS, status)[-1]
        # Nagle's algorithm would hold a lone request back until the last one is acknowledged.
        connected.setsockopt(IPPROTO_SCTP, SCTP_NODELAY, 1)
        self._buffered = bytearray()

    @property
    def addresses(self) -> tuple[str, ...]:
        """Tell the addresses that we bound, else the one that the kernel chose."""
        return self._local or (self._socket.getsockname()[0],)

    def _write(self, message: bytes, stream: int) -> None:
        others = self._streams - 1
        folded = 1 + (stream - 1) % others if stream and others > 0 else 0
        information = struct.pack(SNDRCVINFO, folded, 0, 0, self._ppid, 0, 0, 0, 0, 0)
        self._socket.sendmsg([message], [(IPPROTO_SCTP, SCTP_SNDRCV, information)])

    def _read(self) -> list[bytes]:
        octets, _, flags, _ = self._socket.recvmsg(RECEIVE_OCTETS)
        if not octets:
            raise LinkError("the peer ended the association")
        self._buffered += octets
        if not flags & MSG_EOR:  # RFC 6458 §8.1.20: the rest of the message follows
            return []
        whole = bytes(self._buffered)
        self._buffered.clear()
        return [whole]


def connect(  # noqa: PLR0913 - what a connection is made of
    transport: Transport,
    protocol: Protocol,
    addresses: Sequence[str],
    port: int,
    *,
    local: Sequence[str] = (),
    seconds: float,
) -> Link:
    """Connect to a peer: the first TCP address that answers, or all SCTP addresses at once.

    Raises:
        ConnectError: nothing listens there, or the kernel has no SCTP.
    """
    if transport == "sctp":
        return SctpLink(_connect_sctp(addresses, port, local, seconds), protocol, local)
    failure = ConnectError("no address to connect to")
    for address in addresses:
        source = (local[0], 0) if local else None
        try:
            connected = socket.create_connection((address, port), seconds, source)
            return TcpLink(connected, protocol)
        except OSError as error:
            failure = ConnectError(f"cannot connect to {address}:{port} over TCP: {_reason(error)}")
    raise failure


def _connect_sctp(
    addresses: Sequence[str], port: int, local: Sequence[str], seconds: float
) -> socket.socket:
    family = socket.AF_INET6 if ":" in addresses[0] else socket.AF_INET
    try:
        opened = socket.socket(family, socket.SOCK_STREAM, IPPROTO_SCTP)
    except OSError as error:
        raise ConnectError("this kernel has no SCTP: load it (modprobe sctp) or use TCP") from error
    try:
        # connectx is a socket option and knows no time-out of Python's: the kernel's own bounds it.
        limit = struct.pack("@ll", int(seconds), int(seconds % 1 * 1_000_000))
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, limit)
        if local:
            opened.setsockopt(IPPROTO_SCTP, SCTP_SOCKOPT_BINDX_ADD, _pack_addresses(local, 0))
        packed = _pack_addresses(addresses, port)
        opened.setsockopt(IPPROTO_SCTP, SCTP_SOCKOPT_CONNECTX, packed)
    except OSError as error:
        opened.close()
        where = f"{','.join(addresses)}:{port}"
        raise ConnectError(f"cannot connect to {where} over SCTP: {_reason(error)}") from error
    return opened


def _reason(error: OSError) -> str:
    if isinstance(error, ConnectionRefusedError):
        return "nothing listens there (is the EIR running?)"
    return (error.strerror or "no answer in time").lower()


def _pack_addresses(addresses: Sequence[str], port: int) -> bytes:
    """Write sockaddr_in and sockaddr_in6 one after the other (RFC 6458 §9.1)."""
    packed = b""
    for text in addresses:
        address = ipaddress.ip_address(text)
        if address.version == 4:
            family = struct.pack("=H", socket.AF_INET)
            packed += family + struct.pack("!H4s8x", port, address.packed)
        else:
            family = struct.pack("=H", socket.AF_INET6)
            packed += family + struct.pack("!HI16sI", port, 0, address.packed, 0)
    return packed
