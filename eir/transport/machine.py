"""What a driver drives: a machine that says what is to be done, an interface that answers.

And what it drives them over: associations, whole messages.
"""

import socket
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeAlias, TypeVar

from eir.decision.verdict import Interface as InterfaceName
from eir.interfaces.answer import Answer, Asked, Refusal, Reply
from eir.metrics import Transport
from protocols.effects import Connection, Effect, Request, Send
from protocols.errors import FramingError
from protocols.lane.standing import Standing
from protocols.lane.syntax import Syntax
from protocols.passing import Passed
from protocols.probes import Probes

Asked_contra = TypeVar("Asked_contra", contravariant=True)  # a request, where it is only taken
Replied_contra = TypeVar("Replied_contra", contravariant=True)  # a reply, likewise


class Machine(Protocol[Request, Replied_contra]):
    """A node of some protocol: pure, so what it wants done it returns, in order.

    `now` is the time in monotonic seconds. `deadline` says when to call `expire` at the latest.
    None of these raises on what a peer sent.
    """

    @property
    def deadline(self) -> float | None: ...  # noqa: D102 - said above

    @property
    def probes(self) -> Mapping[str, Probes]: ...  # noqa: D102 - of configured peers, by name

    def start(self, now: float) -> Sequence[Effect[Request]]:
        """Open the connections that are ours to open."""

    def stop(self, now: float) -> Sequence[Effect[Request]]:
        """Take leave of every peer."""

    def accepted(
        self, connection: Connection, *, local: tuple[str, ...], remote: str, now: float
    ) -> Sequence[Effect[Request]]:
        """Take a connection that a peer opened."""

    def connected(
        self, connection: Connection, peer: str, *, local: tuple[str, ...], now: float
    ) -> Sequence[Effect[Request]]:
        """Take a connection that we opened after `Connect(peer)`."""

    def connect_failed(self, peer: str, reason: str, now: float) -> Sequence[Effect[Request]]:
        """Take the failure of a `Connect(peer)`."""

    def receive(
        self, connection: Connection, octets: bytes, now: float, *, stream: int | None = None
    ) -> Sequence[Effect[Request]]:
        """Take one whole message; `stream` is its SCTP stream, None on TCP."""

    def priority_of(self, connection: Connection, octets: bytes) -> int | None:
        """Say how much a check matters, 0 most and 15 least.

        None: the message is no check, or may not be shed.
        """

    def shed(self, connection: Connection, octets: bytes, now: float) -> Sequence[Effect[Request]]:
        """Refuse or discard a check unread, because there are too many."""

    def garbled(
        self, connection: Connection, error: FramingError, now: float
    ) -> Sequence[Effect[Request]]:
        """Take the end of framing on a stream."""

    def passed(self, message: Passed, now: float) -> Sequence[Effect[Request]]:
        """Take a message that came by another worker (`PassOn`)."""

    def broken(
        self, connection: Connection, octets: bytes, now: float
    ) -> Sequence[Effect[Request]]:
        """Answer a message on which we failed."""

    def restarted(self, connection: Connection, now: float) -> Sequence[Effect[Request]]:
        """Take the peer's restart of an SCTP association."""

    def send(
        self, connection: Connection, reply: Replied_contra, now: float, /
    ) -> Sequence[Effect[Request]]:
        """Send the reply to a `Deliver`."""

    def standing(self, connection: Connection) -> Standing | None:
        """Tell what answers on a connection depend on beside the request.

        None: requests may not be answered there without this machine.
        """

    def preview(
        self, connection: Connection, octets: bytes, *, stream: int | None = None
    ) -> Request | None:
        """Give the request that `receive` would deliver now, without any consequence.

        None: something else would happen, or more.
        """

    def preview_reply(self, connection: Connection, reply: Replied_contra, /) -> Send | None:
        """Give what `send` would have sent for the reply to a request that was previewed.

        None: not one message.
        """

    def heard(self, connection: Connection, now: float) -> Sequence[Effect[Request]]:
        """Take note of requests that were answered without this machine."""

    def lost(self, connection: Connection, reason: str, now: float) -> Sequence[Effect[Request]]:
        """Take the end of a transport."""

    def expire(self, now: float) -> Sequence[Effect[Request]]:
        """Act on `deadline`."""


class Interface(Protocol[Asked_contra, Reply]):
    """Answers the requests that a machine delivers.

    Attributes:
        failure: the error that a check is answered with where `on_failure` asks for one.
    """

    failure: Refusal

    def answer(self, request: Asked_contra, /) -> Answer[Reply]:
        """Answer one request. Every request gets exactly one answer."""

    def read(self, request: Asked_contra, /) -> Asked[Reply] | None:
        """Read what is asked, and no more; None: the request must be refused."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SlowPath(Generic[Request, Reply]):
    """All that answers the requests of one protocol.

    Attributes:
        name: the interface that it is.
        machine: what a peer may do, and when.
        interface: what its requests are answered.
        syntax: where values stand in them.
    """

    name: InterfaceName
    machine: Machine[Request, Reply]
    interface: Interface[Request, Reply]
    syntax: Syntax


@dataclass(frozen=True, slots=True)
class Whole:
    """One whole message.

    Attributes:
        octets: the message.
        stream: the SCTP stream that it came on; None on TCP.
        ppid: its payload protocol identifier there, which decides nothing; None on TCP.
    """

    octets: bytes
    stream: int | None = None
    ppid: int | None = None


@dataclass(frozen=True, slots=True)
class Restarted:
    """The peer restarted the association between two messages (RFC 6458 §6.1.1)."""


Incoming: TypeAlias = Whole | FramingError | Restarted


@dataclass(frozen=True, slots=True)
class Detached:
    """A connection that its association has let go.

    Attributes:
        socket: another descriptor of it.
        partial: what was read of a message that is not whole.
    """

    socket: socket.socket
    partial: bytes


class Association(Protocol):
    """A connection or SCTP association as the driver sees it.

    Whoever implements it tells the driver `received` and, once and in every case, `lost`.
    """

    transport: Transport
    remote: str

    def write(self, messages: Sequence[Send]) -> None:
        """Send whole messages in order; keep what the kernel does not take yet."""

    def close(self) -> None:
        """End once what was written has left, at the latest after a while."""

    def hold(self) -> None:
        """Read nothing until `release`."""

    def release(self) -> None:
        """Read again."""

    def hand_over_late(self) -> None:
        """Hand over what was read and not handed over, because there was no time for it."""

    def detach(self) -> Detached:
        """Let go of the connection, which goes on; nothing was written on it."""
