"""One Diameter node: all its connections and all its peers (RFC 6733 §5.6.1).

This is what a driver drives. A connection that comes in belongs to nobody until its CER names
the peer; then the peer's machine has it. Pure: time and randomness come in, effects go out.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from protocols.addresses import plain
from protocols.diameter import capabilities, routing
from protocols.diameter.codec import VERSION, Message, decode, outline, read_header
from protocols.diameter.codes import APPLICATION_BASE, Command
from protocols.diameter.congestion import Congestion, ResultOfOperator, is_check, priority_in
from protocols.diameter.errors import (
    DiameterError,
    HeaderError,
    InvalidMessageLengthError,
    UnknownPeerError,
)
from protocols.diameter.link import Identifiers, Link, PeerSpec
from protocols.diameter.local import Local
from protocols.diameter.peer import Effect, PeerMachine
from protocols.diameter.peer_table import PeerState
from protocols.diameter.refusal import refuse, refused
from protocols.effects import Close, Connection, HandOver, Moved, Note, Send
from protocols.errors import FramingError
from protocols.lane.standing import Standing
from protocols.passing import Passed
from protocols.probes import Probes
from protocols.share import ALONE, Share
from protocols.timers import Timers

T_CER = 10.0  # seconds; ours: how long a new connection may take to say who it is (§5.6.1)
MAX_ARRIVALS = 256  # ours: connections that may be without a CER at a time
WAIT_CER = "WAIT_CER"
_ANSWERING = (PeerState.I_OPEN.name, PeerState.R_OPEN.name, PeerState.CLOSING.name)
_STANDING = Standing("diameter")
_TW_INIT = 30.0  # seconds; of a peer that is not in the configuration (RFC 3539 §3.4.1)


@dataclass(slots=True, eq=False)
class Arrival:
    """A connection that came in and has not said yet who it is."""

    link: Link
    remote: str
    deadline: float | None


class NodeMachine:
    """All connections and peers of this node.

    Every method takes the time in monotonic seconds and returns what is to be done, in order.
    None of them raises on what a peer sent.
    """

    def __init__(
        self,
        local: Local,
        peers: Sequence[PeerSpec],
        *,
        random: Callable[[], float],
        share: Share[str] = ALONE,
        congestion_result: ResultOfOperator = lambda: None,
    ) -> None:
        """Start without connections.

        Args:
            local: who we are.
            peers: every one that is configured, of whichever worker.
            random: gives numbers from 0 up to 1.
            share: which peers are ours, by their Origin-Hosts in lower case.
            congestion_result: what a request too many is answered.
        """
        self._local = local
        self._share = share
        self._random = random
        self._identifiers = Identifiers(origin_state_id=local.origin_state_id, random=random)
        self._configured = {
            spec.origin_host.lower(): self._machine(spec)
            for spec in peers
            if share.elsewhere(spec.origin_host.lower()) is None
        }
        self._addresses = {
            spec.origin_host.lower(): {plain(address) for address in spec.addresses}
            for spec in peers
        }
        self._visitors: dict[str, PeerMachine] = {}  # let in by accept_any_peer
        self._connections: dict[Connection, Arrival | PeerMachine] = {}
        self._answering: set[Connection] = set()  # on which requests are answered
        self._congestion = Congestion(local, congestion_result)
        self._timers: Timers[Arrival | PeerMachine] = Timers()

    @property
    def deadline(self) -> float | None:
        """When to call `expire` at the latest."""
        return self._timers.deadline

    @property
    def probes(self) -> dict[str, Probes]:
        """What watchdogs of configured peers came to, by their Origin-Hosts."""
        return {peer.spec.origin_host: peer.probes for peer in self._configured.values()}

    def start(self, now: float) -> list[Effect]:
        """Open the connections that are ours to open."""
        effects: list[Effect] = []
        for peer in self._configured.values():
            effects += self._after(peer, peer.start(now))
        return effects

    def stop(self, now: float) -> list[Effect]:
        """Leave every peer with a DPR, and those that never said who they are without."""
        effects: list[Effect] = []
        for connection, owner in list(self._connections.items()):
            if isinstance(owner, Arrival):
                effects += self._dismiss(connection)
        for peer in [*self._configured.values(), *self._visitors.values()]:
            effects += self._after(peer, peer.stop(now))
        return effects

    def accepted(
        self, connection: Connection, *, local: tuple[str, ...], remote: str, now: float
    ) -> list[Effect]:
        """Take a connection that came in: it has `T_CER` to say who it is."""
        waiting = sum(isinstance(owner, Arrival) for owner in self._connections.values())
        if waiting >= MAX_ARRIVALS:
            return [Note("too_many_arrivals", {"remote": remote}, "warning"), Close(connection)]
        arrival = Arrival(Link(connection, local), remote, now + T_CER)
        self._connections[connection] = arrival
        self._timers.arm(arrival)
        return [Moved(connection, "", WAIT_CER)]

    def connected(
        self, connection: Connection, peer: str, *, local: tuple[str, ...], now: float
    ) -> list[Effect]:
        """Take a connection that we opened after `Connect(peer)`."""
        machine = self._configured[peer.lower()]
        self._connections[connection] = machine
        return self._after(machine, machine.connected(connection, local, now))

    def connect_failed(self, peer: str, reason: str, now: float) -> list[Effect]:
        """Take the failure of a `Connect(peer)`."""
        machine = self._configured[peer.lower()]
        return self._after(machine, machine.connect_failed(reason, now))

    def receive(
        self, connection: Connection, octets: bytes, now: float, *, stream: int | None = None
    ) -> list[Effect]:
        """Take one whole message of a connection, on whichever stream (RFC 6733 §2.1.1)."""
        del stream
        owner = self._connections.get(connection)
        if owner is None:
            return []  # closed by an earlier message of the same batch
        if isinstance(owner, Arrival):
            return self._identify(owner, octets, now)
        return self._after(owner, owner.receive(connection, octets, now))

    def priority_of(self, connection: Connection, octets: bytes) -> int | None:
        """Say how much a check matters, 0 most and 15 least.

        None: the message is no check, or nothing is answered on its connection yet.
        """
        is_due = connection in self._answering and is_check(octets)
        return priority_in(octets) if is_due else None

    def shed(self, connection: Connection, octets: bytes, now: float) -> list[Effect]:
        """Refuse a check unread, because there are too many."""
        if connection not in self._answering:
            return self.receive(connection, octets, now)
        refusal = self._congestion.refuse(octets)
        error, peer = refusal.error, self._name(connection)
        return [
            *self.send(connection, refusal.octets, now),
            refused(connection, error, peer),
        ]

    def garbled(self, connection: Connection, error: FramingError, now: float) -> list[Effect]:
        """Take the end of framing on a stream: say so if a request can be told, and close."""
        if connection not in self._connections:
            return []
        effects: list[Effect] = [
            Note("framing_lost", {"connection": connection, "reason": error.reason}, "warning")
        ]
        refusal, checks = InvalidMessageLengthError(error.reason), int(is_check(error.header))
        effects += self._answer_header(connection, error.header, refusal, checks=checks)
        effects.append(Close(connection))
        return effects + self.lost(connection, "framing lost", now)

    def passed(self, message: Passed, now: float) -> list[Effect]:
        """Take a message that came by another worker: here only connections are handed over."""
        del message, now
        return []

    def broken(self, connection: Connection, octets: bytes, now: float) -> list[Effect]:
        """Answer a message on which we failed: a request gets UNABLE_TO_COMPLY."""
        del now  # nothing here waits
        if connection not in self._connections:
            return []
        return self._answer_header(connection, octets, DiameterError("internal failure"))

    def restarted(self, connection: Connection, now: float) -> list[Effect]:
        """Take the peer's restart of an association (RFC 9260 §5.2).

        It has lost what it knew of us, so this is no longer the connection that was opened.
        """
        if connection not in self._connections:
            return []
        return [Close(connection), *self.lost(connection, "the peer restarted", now)]

    def send(self, connection: Connection, octets: bytes, now: float) -> list[Effect]:
        """Send the answer to a `Deliver`."""
        del now  # an answer changes no timer
        owner = self._connections.get(connection)
        return owner.send(connection, octets) if isinstance(owner, PeerMachine) else []

    # What the fast lane asks

    def standing(self, connection: Connection) -> Standing | None:
        """Tell what answers depend on beside the request: here nothing does, while it may flow."""
        owner = self._connections.get(connection)
        is_flowing = isinstance(owner, PeerMachine) and owner.is_flowing(connection)
        return _STANDING if is_flowing else None

    def preview(
        self, connection: Connection, octets: bytes, *, stream: int | None = None
    ) -> Message | None:
        """Give the request that a message would deliver now; None: another thing would happen."""
        del stream
        owner = self._connections.get(connection)
        is_peer = isinstance(owner, PeerMachine)
        return routing.deliverable(octets, self._local) if is_peer else None

    def preview_reply(self, connection: Connection, octets: bytes) -> Send | None:
        """Give what would be sent for the reply to such a request."""
        return Send(connection, octets, ordered=False)

    def heard(self, connection: Connection, now: float) -> list[Effect]:
        """Take note of requests that were answered without this machine."""
        owner = self._connections.get(connection)
        if not isinstance(owner, PeerMachine):
            return []
        owner.heard(now)
        self._timers.arm(owner)
        return []

    def lost(self, connection: Connection, reason: str, now: float) -> list[Effect]:
        """Take the end of a transport."""
        owner = self._connections.pop(connection, None)
        if owner is None:
            return []
        if isinstance(owner, Arrival):
            self._timers.disarm(owner)
            return [Moved(connection, "", PeerState.CLOSED.name)]
        note = Note("connection_lost", {"peer": owner.spec.origin_host, "reason": reason})
        return [note, *self._after(owner, owner.lost(connection, now))]

    def expire(self, now: float) -> list[Effect]:
        """Act on `deadline`: once on each timer that is due."""
        effects: list[Effect] = []
        for target in self._timers.due(now):
            effects += self._expire(target, now)
        return effects

    def _expire(self, target: Arrival | PeerMachine, now: float) -> list[Effect]:
        if isinstance(target, Arrival):
            note = Note("no_cer", {"remote": target.remote}, "warning")
            return [note, *self._dismiss(target.link.connection)]
        return self._after(target, target.expire(now))

    # Who is it

    def _identify(self, arrival: Arrival, octets: bytes, now: float) -> list[Effect]:
        """Take the first message of a connection: a CER, or the connection goes (§5.6.1)."""
        link = arrival.link
        try:
            header = read_header(octets)
        except HeaderError as error:
            return self._turn_away(arrival, error.reason)
        is_cer = header.command == Command.CAPABILITIES_EXCHANGE and header.is_request
        if not is_cer or header.application != APPLICATION_BASE:
            which = f"command {header.command} of application {header.application}"
            return self._turn_away(arrival, f"{which} before the CER")
        name = ""
        found = outline(octets)
        try:
            # Who it is comes first and costs little; a stranger gets no more of our time.
            name = capabilities.claimed_host(found)
            self._admit(name, arrival.remote)
            elsewhere = self._share.elsewhere(name.lower())
            if elsewhere is not None:
                return self._hand_over(arrival, elsewhere, octets)
            cer = decode(octets)
            routing.check_header(header)
            peer = capabilities.read_cer(cer)
            capabilities.check_common(cer)
        except DiameterError as error:
            cea = capabilities.refuse_cer(found, error, self._local, link.addresses)
            return [
                Send(link.connection, cea),
                refused(link.connection, error, name),
                *self._dismiss(link.connection),
            ]
        link.cer = cer
        self._timers.disarm(arrival)
        machine = self._connections[link.connection] = self._machine_of(peer.origin_host)
        fields = {"peer": name, "product": peer.product_name, "remote": arrival.remote}
        note = Note("capabilities_exchanged", fields)
        return [note, *self._after(machine, machine.arrived(link, now))]

    def _admit(self, host: str, remote: str) -> None:
        """Let a peer in, or not (RFC 6733 §5.3).

        Raises:
            UnknownPeerError: it is not in the configuration, or comes from a wrong address.
        """
        name = host.lower()
        if name in self._addresses:
            addresses = self._addresses[name]
            if addresses and plain(remote) not in addresses:
                raise UnknownPeerError("this peer is not expected from this address")
        elif not self._local.accept_any_peer:
            raise UnknownPeerError("this peer is not configured")
        elif name == self._local.origin_host.lower():
            raise UnknownPeerError("the Origin-Host is our own")

    def _machine_of(self, host: str) -> PeerMachine:
        """Find the machine of a peer that was let in; a visitor's is made when it comes."""
        name = host.lower()
        configured = self._configured.get(name)
        if configured is not None:
            return configured
        if name not in self._visitors:
            spec = PeerSpec(origin_host=host, tw_init=_TW_INIT)
            self._visitors[name] = self._machine(spec)
        return self._visitors[name]

    def _hand_over(self, arrival: Arrival, worker: int, octets: bytes) -> list[Effect]:
        """Leave a connection to the worker of its peer, which sees the CER as the first does."""
        connection = arrival.link.connection
        self._timers.disarm(arrival)
        del self._connections[connection]
        return [
            Moved(connection, "", PeerState.CLOSED.name),
            HandOver(connection, worker, octets),
        ]

    def _turn_away(self, arrival: Arrival, reason: str) -> list[Effect]:
        """Close a connection that does not begin as one must (§5.6.1)."""
        note = Note("no_cer", {"remote": arrival.remote, "reason": reason}, "warning")
        return [note, *self._dismiss(arrival.link.connection)]

    def _dismiss(self, connection: Connection) -> list[Effect]:
        """Close a connection that belongs to no peer."""
        owner = self._connections.pop(connection, None)
        if isinstance(owner, Arrival):
            self._timers.disarm(owner)
        return [Close(connection), Moved(connection, "", PeerState.CLOSED.name)]

    def _answer_header(
        self, connection: Connection, octets: bytes, error: DiameterError, *, checks: int = 0
    ) -> list[Effect]:
        """Answer what has at least the header of a request."""
        try:
            request = outline(octets)
        except HeaderError:
            return []
        if octets[0] != VERSION or not request.header.is_request:
            return []
        answer = refuse(request, error, self._local)
        return [
            Send(connection, answer),
            refused(connection, error, self._name(connection), checks=checks),
        ]

    # The machines and their timers

    def _machine(self, spec: PeerSpec) -> PeerMachine:
        return PeerMachine(spec, self._local, identifiers=self._identifiers, random=self._random)

    def _name(self, connection: Connection) -> str:
        owner = self._connections.get(connection)
        return owner.spec.origin_host if isinstance(owner, PeerMachine) else ""

    def _after(self, machine: PeerMachine, effects: list[Effect]) -> list[Effect]:
        """Keep the books after a machine has moved: connections, timers, visitors."""
        for effect in effects:
            if isinstance(effect, Close):
                self._connections.pop(effect.connection, None)
            elif isinstance(effect, Moved):
                answers = effect.state in _ANSWERING
                (self._answering.add if answers else self._answering.discard)(effect.connection)
        name = machine.spec.origin_host.lower()
        if machine.state is PeerState.CLOSED and self._visitors.get(name) is machine:
            # RFC 6733 §5.3: an unknown peer's entry lives as long as its connection.
            del self._visitors[name]
            self._timers.disarm(machine)
        else:
            self._timers.arm(machine)
        return effects
