"""What a state machine asks its driver to do.

A machine never acts: it returns these, in the order in which they must happen. The driver
(`eir.transport.driver`) carries them out and holds the only sockets and the only clock.
A connection is a number that the driver gave out; an SCTP association is one too.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Generic, Literal, TypeAlias, TypeVar

if TYPE_CHECKING:  # its messages know connections, which are from here
    from protocols.passing import Passed

Connection: TypeAlias = int
Layer: TypeAlias = Literal["diameter", "m3ua", "sccp", "tcap", "map"]
Request = TypeVar("Request")


@dataclass(frozen=True, slots=True)
class Send:
    """Send one whole message.

    `ordered` asks SCTP for ordered delivery whatever the configuration says, as RFC 6733
    §2.1.1 does until the peer has shown that the connection is open. `stream` is 0, or a number
    from 1 up that messages share which must stay in sequence; the transport folds it into the
    streams that the association has. On TCP both say nothing.
    """

    connection: Connection
    octets: bytes
    ordered: bool = True
    stream: int = 0


@dataclass(frozen=True, slots=True)
class Deliver(Generic[Request]):
    """Answer this request: `machine.send(connection, reply, now)` with the result."""

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
class HandOver:
    """Give a connection to the worker that it belongs to; `lost` is not told for it.

    `octets` is the message that said so, and was not answered: it is the first one that the
    other worker takes. It is empty if the address alone said so.
    """

    connection: Connection
    worker: int
    octets: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True)
class PassOn:
    """Give a message to another worker: `machine.passed(message, now)` there."""

    worker: int
    message: "Passed"


@dataclass(frozen=True, slots=True)
class Moved:
    """A connection's state changed: for logs and for the gauge of connections by state.

    `peer` is the Origin-Host, or the configured name of an M3UA peer; empty while it is not
    known. `state` is the name of a `protocols.diameter.peer.PeerState` (or `WAIT_CER` before the
    peer is known) or of a `protocols.m3ua.asp.AspState`; a connection that ended is in `CLOSED`.
    """

    connection: Connection
    peer: str
    state: str


@dataclass(frozen=True, slots=True)
class Became:
    """Something that operators know by name, and that is no connection, has a new state.

    Attributes:
        kind: an application server, a point code, or a subsystem of one.
        name: unique among its kind, such as "stp1 2-10-4".
        state: the word of its specification, such as AS_ACTIVE, UNAVAILABLE, PROHIBITED.
        detail: what else is known, such as a traffic mode or a congestion level.
        is_gone: it is no more: nobody who is connected or configured makes it be.
    """

    kind: Literal["as", "destination", "subsystem"]
    name: str
    state: str
    detail: str = ""
    is_gone: bool = False


@dataclass(frozen=True, slots=True)
class Refused:
    """A message was answered with an error: count it by `layer` and `code`, log one line.

    `checks` is how many questions about an equipment it asked that were never delivered.
    """

    connection: Connection
    code: int
    reason: str
    peer: str = ""
    layer: Layer = "diameter"
    checks: int = 0


@dataclass(frozen=True, slots=True)
class Dropped:
    """A message got no answer, because its specification says so: count it, log one line."""

    connection: Connection
    layer: Layer
    reason: str
    peer: str = ""


@dataclass(frozen=True, slots=True)
class Note:
    """A fact for the log; `fields` never hold a whole IMEI or IMSI."""

    event: str
    fields: Mapping[str, str | int] = field(default_factory=dict)
    level: Literal["info", "warning"] = "info"


Effect: TypeAlias = (
    Send
    | Deliver[Request]
    | Connect
    | Close
    | HandOver
    | PassOn
    | Moved
    | Became
    | Refused
    | Dropped
    | Note
)
