"""What a state machine asks its driver to do.

A machine never acts: it returns these, in the order in which they must happen. The driver
(`eir.transport.driver`) carries them out and holds the only sockets and the only clock.
A connection is a number that the driver gave out; an SCTP association is one too.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Generic, Literal, TypeAlias, TypeVar

Connection: TypeAlias = int
Request = TypeVar("Request")


@dataclass(frozen=True, slots=True)
class Send:
    """Send one whole message.

    `ordered` asks SCTP for ordered delivery whatever the configuration says, as RFC 6733
    §2.1.1 does until the peer has shown that the connection is open.
    """

    connection: Connection
    octets: bytes
    ordered: bool = True


@dataclass(frozen=True, slots=True)
class Deliver(Generic[Request]):
    """Answer this request: `machine.send(connection, answer octets, now)` with the result."""

    connection: Connection
    request: Request


@dataclass(frozen=True, slots=True)
class Connect:
    """Open a connection to a configured peer, then tell `connected` or `connect_failed`."""

    peer: str


@dataclass(frozen=True, slots=True)
class Close:
    """Close a connection once what was sent has left; `lost` is not told for it."""

    connection: Connection


@dataclass(frozen=True, slots=True)
class Moved:
    """A connection's state changed: for logs and for the gauge of connections by state.

    `peer` is the Origin-Host, empty while it is not known. `state` is the name of a
    `protocols.diameter.peer.PeerState` (or `WAIT_CER` before the peer is known); a connection
    that ended is in `CLOSED`.
    """

    connection: Connection
    peer: str
    state: str


@dataclass(frozen=True, slots=True)
class Refused:
    """A request was answered with an error: count it by `code` and log one line."""

    connection: Connection
    code: int
    reason: str
    peer: str = ""


@dataclass(frozen=True, slots=True)
class Note:
    """A fact for the log; `fields` never hold a whole IMEI or IMSI."""

    event: str
    fields: Mapping[str, str | int] = field(default_factory=dict)
    level: Literal["info", "warning"] = "info"


Effect: TypeAlias = Send | Deliver[Request] | Connect | Close | Moved | Refused | Note
