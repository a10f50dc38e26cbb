"""The kernel's SCTP through pysctp: sockets, addresses, parameters, what notifications mean.

Only here is pysctp known. Messages do not pass through it: its receive call leaks some hundred
octets a message, so `eir.transport.sctp` reads and writes with the standard library.
"""

import contextlib
import errno
import socket
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import sctp

from eir.config import Sctp
from eir.errors import UnavailableError
from eir.path_rows import PathState

BACKLOG = 128
IN_PROGRESS = (errno.EINPROGRESS, errno.EAGAIN)

_SNDRCV = 1  # SCTP_SNDRCV (RFC 6458 §5.3.2)
ANCILLARY_OCTETS = socket.CMSG_SPACE(32)  # of a sctp_sndrcvinfo
_INFO = struct.Struct("=HHHxxIIIIIi")  # stream, ssn, flags, ppid, context, ttl, tsn, cumtsn, assoc
_STREAM_AND_PPID = struct.Struct("=H6xI")  # where it begins; the PPID is in network order
_STATUS = 14  # SCTP_STATUS (RFC 6458 §8.2.1)
_STATUS_OCTETS = 176
# association, state, receive window, unacknowledged, pending, streams in, streams out
_STATUS_HEAD = struct.Struct("=iiIHHHH")
_PEER_ADDR_PARAMS = 9  # SCTP_PEER_ADDR_PARAMS (RFC 6458 §8.1.12)
# association, address, heartbeat interval, retransmissions, MTU, SACK delay, flags
_PATH = struct.Struct("=i128sIHIII2x")
_HEARTBEAT_ENABLE = 1  # SPP_HB_ENABLE
_ASSOC_STATS = 112  # SCTP_GET_ASSOC_STATS, Linux's own (sctp_assoc_stats in its linux/sctp.h)
_ASSOC_STATS_OCTETS = 256
_RETRANSMITTED = struct.Struct("=Q")  # sas_rtxchunks
_RETRANSMITTED_AT = 176
_STATES_OF_PATHS: dict[int, PathState] = {  # spinfo_state (RFC 6458 §8.2.2; RFC 7829 §7.1)
    0: "INACTIVE",
    1: "POTENTIALLY_FAILED",
    2: "ACTIVE",
    3: "UNCONFIRMED",
}

NOTIFICATION: int = sctp.FLAG_NOTIFICATION
Ancillary = list[tuple[int, int, bytes]]


@lru_cache(maxsize=1024)
def send_info(*, stream: int, ppid: int, unordered: bool) -> Ancillary:
    """Build what goes with a message (RFC 6458 §5.3.2)."""
    flags = sctp.MSG_UNORDERED if unordered else 0
    info = _INFO.pack(stream, 0, flags, socket.htonl(ppid), 0, 0, 0, 0, 0)
    return [(sctp.IPPROTO_SCTP, _SNDRCV, info)]


def stream_and_ppid(ancillary: Ancillary) -> tuple[int, int]:
    """Read which stream a message came on, and its PPID; both 0 when the kernel does not say."""
    for level, kind, octets in ancillary:
        if (level, kind) == (sctp.IPPROTO_SCTP, _SNDRCV):
            stream, ppid = _STREAM_AND_PPID.unpack_from(octets)
            return stream, socket.ntohl(ppid)
    return 0, 0


def outbound_streams(sock: socket.socket) -> int:
    """Tell how many streams an association has towards the peer (RFC 6458 §8.2.1)."""
    octets = sock.getsockopt(sctp.IPPROTO_SCTP, _STATUS, _STATUS_OCTETS)
    *_, streams = _STATUS_HEAD.unpack_from(octets)
    return int(streams)


def fold(stream: int, streams: int) -> int:
    """Choose among so many streams: 0 stays 0, the others share what is left.

    Messages of one number stay in sequence; on an association of one stream all do.
    """
    if stream == 0 or streams == 1:
        return 0
    return 1 + (stream - 1) % (streams - 1)


def open_socket(addresses: Sequence[str], parameters: Sctp) -> socket.socket:
    """Open a socket for addresses of this family, with the parameters of `[sctp]`.

    Raises:
        UnavailableError: the kernel has no SCTP.
    """
    family = socket.AF_INET6 if any(":" in address for address in addresses) else socket.AF_INET
    try:
        sock = socket.socket(family, socket.SOCK_STREAM, sctp.IPPROTO_SCTP)
    except OSError as error:
        raise UnavailableError(
            f"this kernel has no SCTP: {error.strerror}",
            next_step="run `modprobe sctp` on the host, or configure TCP",
        ) from None
    sock.settimeout(0)
    _set_parameters(sctp.sctpsocket_tcp(family, sock), parameters)
    return sock


def _set_parameters(endpoint: sctp.sctpsocket_tcp, parameters: Sctp) -> None:
    """Set what every association of this socket inherits (RFC 9260 §16)."""
    endpoint.nodelay = True
    endpoint.initparams.num_ostreams = parameters.streams
    endpoint.initparams.max_instreams = parameters.streams
    rto = endpoint.get_rtoinfo()
    rto.initial = parameters.rto_initial_ms
    rto.min = parameters.rto_min_ms
    rto.max = parameters.rto_max_ms
    endpoint.set_rtoinfo(rto)
    association = endpoint.get_assocparams()
    association.assocmaxrxt = parameters.association_max_retransmissions
    endpoint.set_assocparams(association)
    # pysctp's set_paddrparams leaves the flags 0, and the kernel then ignores the interval.
    endpoint.sock().setsockopt(
        sctp.IPPROTO_SCTP,
        _PEER_ADDR_PARAMS,
        _PATH.pack(
            0,
            b"",
            parameters.heartbeat_ms,
            parameters.path_max_retransmissions,
            0,
            0,
            _HEARTBEAT_ENABLE,
        ),
    )
    endpoint.events.clear()
    endpoint.events.data_io = 1  # the stream of each message
    endpoint.events.association = 1
    endpoint.events.address = 1
    endpoint.events.shutdown = 1


def bind(sock: socket.socket, addresses: Sequence[str], port: int) -> None:
    """Bind every address to one port; the first one chooses it when it is 0.

    Without an address it is the port on all of them.
    """
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    endpoint = sctp.sctpsocket_tcp(sock.family, sock)
    for address in addresses or _anywhere(sock, port):
        endpoint.bindx([(address, port)])
        port = sock.getsockname()[1]


def _anywhere(sock: socket.socket, port: int) -> tuple[str, ...]:
    """Name every address, if a port is wanted; else the kernel chooses both."""
    if port == 0:
        return ()
    return ("::",) if sock.family == socket.AF_INET6 else ("0.0.0.0",)  # noqa: S104 - as asked


def start_connecting(sock: socket.socket, addresses: Sequence[str], port: int) -> None:
    """Begin an association with a peer that has several addresses; ready when writable."""
    endpoint = sctp.sctpsocket_tcp(sock.family, sock)
    try:
        endpoint.connectx([(address, port) for address in addresses])
    except OSError as error:
        if error.errno not in IN_PROGRESS:
            raise


def local_addresses(sock: socket.socket) -> tuple[str, ...]:
    """Return our addresses of an association, for Host-IP-Address (RFC 6733 §5.3.5)."""
    endpoint = sctp.sctpsocket_tcp(sock.family, sock)
    return tuple(sorted({address for address, _ in endpoint.getladdrs()}))


@dataclass(frozen=True, slots=True)
class Path:
    """The path to one address of the peer (RFC 6458 §8.2.2).

    Attributes:
        address: which.
        state: of the path.
        rto_ms: the retransmission timeout, in milliseconds.
        srtt_ms: the smoothed round-trip time, in milliseconds.
    """

    address: str
    state: PathState
    rto_ms: int
    srtt_ms: int


def paths(sock: socket.socket) -> tuple[Path, ...]:
    """Tell how the paths of an association are; none, if it has ended."""
    endpoint = sctp.sctpsocket_tcp(sock.family, sock)
    try:
        found = [endpoint.get_paddrinfo(0, address) for address in endpoint.getpaddrs()]
    except OSError:
        return ()
    return tuple(
        Path(info.sockaddr[0], _STATES_OF_PATHS.get(info.state, "UNCONFIRMED"), info.rto, info.srtt)
        for info in found
    )


def retransmissions(sock: socket.socket) -> int:
    """Tell how many chunks of an association were sent again since it began (Linux)."""
    try:
        octets = sock.getsockopt(sctp.IPPROTO_SCTP, _ASSOC_STATS, _ASSOC_STATS_OCTETS)
    except OSError:
        return 0
    (chunks,) = _RETRANSMITTED.unpack_from(octets, _RETRANSMITTED_AT)
    return int(chunks)


def abort(sock: socket.socket) -> None:
    """End an association at once, with ABORT (RFC 6458 §8.1.4)."""
    with contextlib.suppress(OSError):  # it may have ended by itself
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    sock.close()


@dataclass(frozen=True, slots=True)
class Notification:
    """What the kernel says about an association or a path (RFC 6458 §6.1).

    Attributes:
        event: its name there, without the prefix SCTP_.
        address: the peer's address of the path; empty when it is about the association.
    """

    event: str
    address: str = ""


_ASSOCIATION_STATES: dict[int, str] = {
    sctp.assoc_change.state_COMM_UP: "COMM_UP",
    sctp.assoc_change.state_COMM_LOST: "COMM_LOST",
    sctp.assoc_change.state_RESTART: "RESTART",
    sctp.assoc_change.state_SHUTDOWN_COMP: "SHUTDOWN_COMP",
    sctp.assoc_change.state_CANT_STR_ASSOC: "CANT_STR_ASSOC",
}
_PATH_STATES: dict[int, str] = {
    sctp.paddr_change.state_ADDR_AVAILABLE: "ADDR_AVAILABLE",
    sctp.paddr_change.state_ADDR_UNREACHABLE: "ADDR_UNREACHABLE",
    sctp.paddr_change.state_ADDR_REMOVED: "ADDR_REMOVED",
    sctp.paddr_change.state_ADDR_ADDED: "ADDR_ADDED",
    sctp.paddr_change.state_ADDR_MADE_PRIM: "ADDR_MADE_PRIM",
    5: "ADDR_CONFIRMED",  # SCTP_ADDR_CONFIRMED: newer than pysctp
}
_HEAD = struct.Struct("=HHI")  # type, flags, length: of every notification
_STATE = struct.Struct("=H")
_PATH_STATE = struct.Struct("=i")
_STORAGE = 128  # octets of a sockaddr_storage


def read_notification(octets: bytes) -> Notification | None:
    """Read a notification (RFC 6458 §6.1.1, §6.1.2, §6.1.5); None: not one that we asked for."""
    kind, _, length = _HEAD.unpack_from(octets)
    if length > len(octets):
        return None
    if kind == sctp.notification.type_ASSOC_CHANGE:
        event = _ASSOCIATION_STATES.get(_STATE.unpack_from(octets, _HEAD.size)[0])
        return None if event is None else Notification(event)
    if kind == sctp.notification.type_PEER_ADDR_CHANGE:
        event = _PATH_STATES.get(_PATH_STATE.unpack_from(octets, _HEAD.size + _STORAGE)[0])
        address = _address(octets[_HEAD.size : _HEAD.size + _STORAGE])
        return None if event is None else Notification(event, address)
    if kind == sctp.notification.type_SHUTDOWN_EVENT:
        return Notification("SHUTDOWN_EVENT")
    return None


def _address(storage: bytes) -> str:
    """Read the IP address of a sockaddr."""
    (family,) = _STATE.unpack_from(storage)
    if family == socket.AF_INET:
        return socket.inet_ntop(family, storage[4:8])
    return socket.inet_ntop(socket.AF_INET6, storage[8:24])
