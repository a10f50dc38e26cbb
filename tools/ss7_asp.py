"""An application server process: brings one M3UA association up, and keeps to its rules.

There is no timer here: a peer that does not acknowledge is given up by whoever waits for it.
"""

import contextlib
import time
from dataclasses import dataclass
from enum import Enum
from typing import Final

from tools.errors import LinkError, PeerError, RefusedError
from tools.link import Link
from tools.ss7_m3ua import (
    Kind,
    Message,
    Parameter,
    ProtocolData,
    Tag,
    TrafficMode,
    error_words,
    find,
    message,
    parameter,
    parse,
    protocol_data,
    read_data,
)

LOCAL_KEY: Final = 1  # the only routing key that we register
REGISTERED: Final = frozenset({0, 12})  # now, or already before (RFC 4666 §3.6.2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """What an ASP says of itself.

    Attributes:
        point_code: of the application server, which a routing key registers.
        routing_context: None: there is only one, or it is registered.
        register: ask for a routing context (RFC 4666 §4.4.1).
        network_appearance: None: left out.
        identifier: the ASP identifier; None: left out.
        mode: the traffic mode; None: left to the peer.
        heartbeat: seconds between two of ours; None: we send none.
    """

    point_code: int
    routing_context: int | None = None
    register: bool = False
    network_appearance: int | None = None
    identifier: int | None = None
    mode: TrafficMode | None = None
    heartbeat: float | None = None


class State(Enum):
    """How far an association is (RFC 4666 §4.3.1)."""

    DOWN = "ASP-DOWN"
    INACTIVE = "ASP-INACTIVE"
    ACTIVE = "ASP-ACTIVE"


class Asp:
    """One association, from ASP Up to ASP Down."""

    def __init__(self, link: Link, profile: Profile) -> None:
        self.link = link
        self.state = State.DOWN
        self._profile = profile
        self._routing_context = profile.routing_context
        self._beats = 0
        self._beat_due = 0.0
        self._awaited = b""  # the data of a heartbeat that has no answer yet

    def open(self) -> None:
        """Ask to come up; what the peer says then leads to ASP-ACTIVE."""
        identifier = self._profile.identifier
        self._tell(
            Kind.ASP_UP,
            *([] if identifier is None else [parameter(Tag.ASP_IDENTIFIER, identifier)]),
        )

    def receive(self, seconds: float) -> list[ProtocolData]:
        """Take what comes within `seconds`, do what it asks for, and return the data.

        Raises:
            RefusedError: the peer does not want us.
            LinkError: the association ended.
        """
        messages = [parse(octets) for octets in self.link.receive(seconds)]
        for received in messages:
            self._obey(received)
        return [read_data(each) for each in messages if each.kind == Kind.DATA]

    def send(self, data: ProtocolData) -> None:
        """Send one message of the user part."""
        parameters = [*self._appearance(), *self._context(), protocol_data(data)]
        # RFC 4666 §1.4.7: data stay off stream 0; what shares an SLS shares a stream.
        self.link.send(message(Kind.DATA, *parameters), stream=1 + data.sls)

    def beat(self, now: float) -> None:
        """Send a heartbeat when one is due (RFC 4666 §4.3.4.6).

        Raises:
            LinkError: the last one has no answer.
        """
        every = self._profile.heartbeat
        if every is None or self.state is not State.ACTIVE or now < self._beat_due:
            return
        if self._awaited:
            raise LinkError("the peer does not answer our heartbeat")
        self._beats += 1
        self._beat_due = now + every
        self._awaited = self._beats.to_bytes(8, "big")
        self._tell(Kind.HEARTBEAT, parameter(Tag.HEARTBEAT_DATA, self._awaited))

    def close(self, seconds: float) -> None:
        """Leave as RFC 4666 §4.3.4.4 and §4.3.4.2 have it; the peer may take `seconds` to agree."""
        with contextlib.suppress(PeerError):  # it left before us
            if self.state is State.ACTIVE:
                self._tell(Kind.ASP_INACTIVE, *self._context())
                self._await(State.INACTIVE, seconds)
            if self.state is not State.DOWN:
                self._tell(Kind.ASP_DOWN)
                self._await(State.DOWN, seconds)
        self.link.close()

    def _await(self, state: State, seconds: float) -> None:
        deadline = time.monotonic() + seconds
        while self.state is not state and (left := deadline - time.monotonic()) > 0:
            self.receive(left)

    def _obey(self, received: Message) -> None:
        match received.kind:
            case Kind.ASP_UP_ACK if self.state is State.DOWN:
                self.state = State.INACTIVE
                if self._profile.register:
                    self._register()
                else:
                    self._activate()
            case Kind.REG_RSP if self.state is State.INACTIVE:
                self._routing_context = _registered(received)
                self._activate()
            case Kind.ASP_ACTIVE_ACK if self.state is State.INACTIVE:
                self.state = State.ACTIVE
            case Kind.ASP_INACTIVE_ACK if self.state is State.ACTIVE:
                self.state = State.INACTIVE
            case Kind.ASP_DOWN_ACK if self.state is not State.DOWN:
                self.state = State.DOWN
            case Kind.HEARTBEAT_ACK:
                echoed = received.first(Tag.HEARTBEAT_DATA)
                if echoed is not None and echoed.value == self._awaited:
                    self._awaited = b""
            case Kind.ERROR:
                code = received.first(Tag.ERROR_CODE)
                words = "no code" if code is None else error_words(code.number)
                raise RefusedError(f"the peer answers with an M3UA Error: {words}")
            case _:
                self._acknowledge(received)

    def _acknowledge(self, received: Message) -> None:
        """Agree to a heartbeat, and to what the other side of a double exchange asks for."""
        match received.kind:
            case Kind.HEARTBEAT:  # RFC 4666 §4.3.4.6: its data come back as they are
                self._tell(Kind.HEARTBEAT_ACK, *_copies(received, Tag.HEARTBEAT_DATA))
            case Kind.ASP_UP:
                self._tell(Kind.ASP_UP_ACK)
            case Kind.ASP_ACTIVE:
                copied = _copies(received, Tag.TRAFFIC_MODE, Tag.ROUTING_CONTEXT)
                self._tell(Kind.ASP_ACTIVE_ACK, *copied)
            case Kind.ASP_INACTIVE:
                self._tell(Kind.ASP_INACTIVE_ACK, *_copies(received, Tag.ROUTING_CONTEXT))
            case Kind.ASP_DOWN:
                self._tell(Kind.ASP_DOWN_ACK)
            case _:  # Notify, data, and news of destinations, which we need not know
                return

    def _register(self) -> None:
        """Ask for a routing context by our point code (RFC 4666 §3.6.1)."""
        key = [
            parameter(Tag.LOCAL_KEY_IDENTIFIER, LOCAL_KEY),
            *self._mode(),
            *self._appearance(),
            # The first octet is a mask that the key does not use.
            parameter(Tag.DESTINATION_POINT_CODE, self._profile.point_code),
        ]
        self._tell(Kind.REG_REQ, parameter(Tag.ROUTING_KEY, b"".join(key)))

    def _activate(self) -> None:
        self._tell(Kind.ASP_ACTIVE, *self._mode(), *self._context())

    def _mode(self) -> list[bytes]:
        mode = self._profile.mode
        return [] if mode is None else [parameter(Tag.TRAFFIC_MODE, mode)]

    def _context(self) -> list[bytes]:
        context = self._routing_context
        return [] if context is None else [parameter(Tag.ROUTING_CONTEXT, context)]

    def _appearance(self) -> list[bytes]:
        appearance = self._profile.network_appearance
        return [] if appearance is None else [parameter(Tag.NETWORK_APPEARANCE, appearance)]

    def _tell(self, kind: Kind, *parameters: bytes) -> None:
        self.link.send(message(kind, *parameters))


def wait_until_active(asp: Asp, seconds: float) -> None:
    """Bring an ASP up.

    Raises:
        RefusedError: the peer does not want us, or says nothing within `seconds`.
        LinkError: the association ended.
    """
    asp.open()
    deadline = time.monotonic() + seconds
    while asp.state is not State.ACTIVE:
        left = deadline - time.monotonic()
        if left <= 0:
            raise RefusedError(f"still {asp.state.value} after {seconds:g} s")
        asp.receive(left)


def _registered(response: Message) -> int:
    """Find the routing context that our key was given (RFC 4666 §3.6.2)."""
    result = response.first(Tag.REGISTRATION_RESULT)
    members: tuple[Parameter, ...] = () if result is None else result.members
    status, context = find(members, Tag.REGISTRATION_STATUS), find(members, Tag.ROUTING_CONTEXT)
    if status is None or context is None:
        raise RefusedError("the answer to our registration says nothing")
    if status.number not in REGISTERED:
        raise RefusedError(f"the peer registers no routing key: status {status.number}")
    return context.number


def _copies(received: Message, *tags: Tag) -> list[bytes]:
    found = ((tag, received.first(tag)) for tag in tags)
    return [parameter(tag, each.value) for tag, each in found if each is not None]
