"""One association: what comes is decoded, checked and given to whom it is for (RFC 4666 §3, §4).

Towards a signalling gateway we are an ASP; whoever connects to us has an ASP, which we keep the
state of as an SG or IPSP does. In double exchange both sides are both (§4.3.4.1.2).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from protocols import effects
from protocols.effects import Connection, Dropped, Note, Refused, Send
from protocols.lane.standing import Standing
from protocols.m3ua import destinations, messages, traffic
from protocols.m3ua.application_server import AsKey
from protocols.m3ua.asp import AspMachine, Outcome
from protocols.m3ua.asp_table import AspState
from protocols.m3ua.codec import Message, decode, is_error
from protocols.m3ua.codes import ErrorCode, MessageClass, MessageType, Tag
from protocols.m3ua.destinations import Destinations, DestinationState
from protocols.m3ua.errors import M3uaError, MessageClassError, StreamError, UnexpectedMessageError
from protocols.m3ua.heartbeat import Heartbeat
from protocols.m3ua.local import Local, PeerSpec
from protocols.m3ua.registry import Registry
from protocols.m3ua.sgp import SgpMachine
from protocols.mtp import PointCode, Transfer
from protocols.probes import Probes
from protocols.timers import earliest

Effect: TypeAlias = effects.Effect[Transfer]

T_UP = 10.0  # seconds; ours: how long the ASP of whoever connected to us may be down
MAX_HEARD = 64  # ours: point codes of a peer that connects to us; an MSC has one
_ACKS = (
    MessageType.ASP_UP_ACK,
    MessageType.ASP_DOWN_ACK,
    MessageType.ASP_ACTIVE_ACK,
    MessageType.ASP_INACTIVE_ACK,
)
_NAMES = {code.value: code.name for code in ErrorCode}


@dataclass(frozen=True, slots=True)
class Shared:
    """What all associations of a node share; `probes` are those of configured peers, by name."""

    local: Local
    registry: Registry
    random: Callable[[], float]
    probes: Mapping[str, Probes]


class Association:
    """One association with a peer. `deadline` is when to call `expire`.

    Every method takes the time in monotonic seconds and returns what is to be done, in order.
    None of them raises on what a peer sent.
    """

    def __init__(
        self,
        connection: Connection,
        spec: PeerSpec,
        shared: Shared,
        *,
        initiated: bool,
        remote: str = "",
    ) -> None:
        local = shared.local
        self.connection = connection
        self.spec = spec
        self.initiated = initiated
        self.remote = remote
        self.is_dead = False  # nobody answers: the connection is to be closed
        self._local = local
        is_double = local.exchange == "double"
        asp = AspMachine(connection, spec, local, random=shared.random)
        sgp = SgpMachine(connection, spec, local, shared.registry, remote=remote)
        self.asp = asp if initiated or is_double else None
        self.sgp = sgp if not initiated or is_double else None
        self._sender: AspMachine | SgpMachine = asp if self.sgp is None else sgp
        self._receiver: AspMachine | SgpMachine = sgp if self.asp is None else asp
        self._destinations = Destinations()
        self._heartbeat = Heartbeat(local.heartbeat, shared.probes.get(spec.name, Probes()))
        self._heard: set[PointCode] = set()
        self._epoch = 0  # how often the peer has begun anew
        self._up_by: float | None = None

    @property
    def is_arriving(self) -> bool:
        """Tell whether the peer connected to us, and its ASP is not up."""
        return self._up_by is not None

    @property
    def state(self) -> AspState:
        """The state of the ASP; with one on either side, of the one that is behind."""
        states = [half.state for half in (self.asp, self.sgp) if half is not None]
        return min(states, key=list(AspState).index)

    @property
    def has_left(self) -> bool:
        """Tell whether the leave that was begun is complete."""
        return all(half.left for half in (self.asp, self.sgp) if half is not None)

    @property
    def deadline(self) -> float | None:
        """When the next of our timers expires."""
        halves = [half.deadline for half in (self.asp, self.sgp) if half is not None]
        return earliest(self._heartbeat.deadline, self._up_by, *halves)

    # What happens to the association

    def connected(self, now: float) -> list[Effect]:
        """Begin what is ours to begin: "The ASP is always the initiator" (§4.3.4.1)."""
        self._watch(now)
        return self._answer(self._rise(now) if self.initiated else [], b"")

    def restarted(self, now: float) -> list[Effect]:
        """Begin anew: the peer has forgotten everything (SCTP-RESTART, §4.3.1)."""
        note = Note("association_restarted", {"peer": self.spec.name}, "warning")
        return [note, *self.lost(now), *self.connected(now)]

    def lost(self, now: float) -> list[Effect]:
        """Take the end of the association: ASPs are down, what the peer said is void."""
        outcomes = [] if self.asp is None else self.asp.lost()
        outcomes += [] if self.sgp is None else self.sgp.lost(now)
        self._heartbeat.stop()
        self._heard.clear()
        self._epoch += 1
        forgotten = destinations.tell(self.spec.name, self._destinations.forget())
        return [*self._answer(outcomes, b""), *forgotten]

    def leave(self, now: float) -> list[Effect]:
        """Leave in order; `has_left` tells when that is complete."""
        outcomes = [] if self.sgp is None else self.sgp.leave(now)
        outcomes += [] if self.asp is None else self.asp.leave(now)
        return self._answer(outcomes, b"")

    def expire(self, now: float) -> list[Effect]:
        """Act on `deadline`."""
        if self._up_by is not None and self._up_by <= now:
            self.is_dead = True
            return [Note("no_asp_up", {"peer": self.spec.name}, "warning")]
        done: list[Effect] = []
        if self._heartbeat.deadline is not None and self._heartbeat.deadline <= now:
            if not self._heartbeat.expire(now):
                self.is_dead = True
                return [Note("heartbeat_missed", {"peer": self.spec.name}, "warning")]
            done.append(Send(self.connection, messages.make(MessageType.HEARTBEAT)))
        for half in (self.asp, self.sgp):
            if half is not None and half.deadline is not None and half.deadline <= now:
                done += self._answer(half.expire(now), b"")
        return done

    def heard(self, now: float) -> None:
        """Take note of any message: the peer is alive."""
        self._heartbeat.heard()
        if self.asp is not None:
            self.asp.heard(now)

    def receive(self, octets: bytes, now: float, *, stream: int | None) -> list[Effect]:
        """Take one whole message; `stream` is None on TCP, which has none."""
        self.heard(now)
        outcomes: Sequence[Outcome]
        try:
            message = decode(octets)
            outcomes = self._take(message, now, stream)
        except M3uaError as error:
            outcomes = [error]
        done = self._answer(outcomes, octets)
        self._watch(now)
        return done

    # What traffic depends on

    @property
    def standing(self) -> Standing | None:
        """What is done with a DATA depends on this and its octets; None: it depends on more."""
        if self._sender.state is not AspState.ASP_ACTIVE:
            return None
        if self.sgp is not None and self.sgp.broadcasts:
            return None
        forms = [None if half is None else half.form for half in (self.asp, self.sgp)]
        partners = self._epoch, self._destinations.deviation
        is_behind = self.initiated and not self._destinations.deviation
        return Standing(
            forms=(self.spec.network_appearance, *forms),
            # Of who connects to us each point code is to be heard once: see `reaches`.
            partners=() if is_behind else (self.connection, *partners),
            slow_streams=frozenset() if self._local.lenient_stream else frozenset({0}),
        )

    def preview(self, octets: bytes, *, stream: int | None) -> Transfer | None:
        """Tell which traffic `receive` would deliver, if it would do nothing else."""
        try:
            message = decode(octets)
            if message.type is not MessageType.DATA:
                return None
            transfer = self._read_data(message, stream)
        except M3uaError:
            return None
        is_taken = self._may_come(transfer) and not traffic.check_destination(transfer, self._local)
        return transfer if is_taken and not self._destinations.is_silent(transfer.opc) else None

    # Traffic to the peer

    def reaches(self, point_code: PointCode) -> bool:
        """Tell whether a point code may be reached this way.

        Behind a gateway is the whole network; behind who connects to us, whom we heard there.
        """
        return self.initiated or point_code in self._heard

    def carries(self, transfer: Transfer) -> bool:
        """Tell whether traffic may be sent this way now, wherever it goes."""
        return self._sender.carries(self._context(transfer))

    def takes(self, transfer: Transfer) -> bool:
        """Tell whether traffic may be sent this way now, and gets there for all we know."""
        state = self._destinations.state(transfer.dpc)
        return state is not DestinationState.UNAVAILABLE and self.carries(transfer)

    def is_restricted(self, point_code: PointCode) -> bool:
        """Tell whether another way is to be preferred (RFC 4666 §3.4.6)."""
        return self._destinations.state(point_code) is not DestinationState.AVAILABLE

    def send(self, transfer: Transfer) -> Send:
        """Send traffic, in the names that this association has for networks and servers."""
        is_ours = transfer.connection == self.connection
        appearance = transfer.network_appearance if is_ours else None
        octets = messages.make_data(
            transfer,
            context=self._context(transfer),
            appearance=self.spec.network_appearance if appearance is None else appearance,
        )
        # §1.4.7: DATA never on stream 0, and what shares an SLS on one stream.
        return Send(self.connection, octets, stream=1 + transfer.sls)

    def application_server(self, transfer: Transfer) -> AsKey | None:
        """Tell which of the peer's application servers traffic is for; None: of our own."""
        return None if self.sgp is None else self.sgp.key(self._context(transfer))

    def _context(self, transfer: Transfer) -> int | None:
        if transfer.connection == self.connection and transfer.routing_context is not None:
            return transfer.routing_context
        return self._sender.outgoing

    # Messages from the peer

    def _take(self, message: Message, now: float, stream: int | None) -> Sequence[Outcome]:
        """Give a message to whom it is for.

        Raises:
            M3uaError: it is refused.
        """
        match message.type.message_class:
            case MessageClass.TRANSFER:
                return self._take_data(message, now, stream)
            case MessageClass.SSNM:
                return self._take_ssnm(message)
            case MessageClass.MGMT:
                return self._take_management(message, now)
            case MessageClass.RKM if not self.spec.register or self.asp is None:
                # §4.4.1: who does not support registration says so in this way.
                raise MessageClassError("no registration here")
        match message.type:
            case MessageType.HEARTBEAT:  # §4.3.4.6: in every state, and the data unchanged
                ack = messages.make(MessageType.HEARTBEAT_ACK, message.every(Tag.HEARTBEAT_DATA))
                return [Send(self.connection, ack)]
            case MessageType.HEARTBEAT_ACK:
                self._heartbeat.acknowledged()
                return []
        return self._take_state(message, now)

    def _take_state(self, message: Message, now: float) -> Sequence[Outcome]:
        """Take a message of ASPSM, ASPTM or RKM: an answer to our ASP, or the peer's ASP's."""
        is_answer = message.type in _ACKS or message.type.message_class is MessageClass.RKM
        if is_answer and self.asp is not None:
            return self.asp.receive(message, now)
        if is_answer or self.sgp is None:
            contexts = messages.contexts_of(message)
            reason = f"{message.type.name} in this role"
            raise UnexpectedMessageError(reason, routing_contexts=contexts)
        was_down = self.sgp.state is AspState.ASP_DOWN
        outcomes = self.sgp.receive(message, now)
        if was_down and self.asp is not None and self.asp.state is AspState.ASP_DOWN:
            # §4.3.4.1.2: in double exchange "an interchange of ASP Up messages from each end".
            outcomes += self._rise(now)
        return outcomes

    def _take_data(self, message: Message, now: float, stream: int | None) -> Sequence[Outcome]:
        """Take a DATA (RFC 4666 §3.3.1, §1.4.7)."""
        transfer = self._read_data(message, stream)
        if not self._may_come(transfer):
            named = messages.contexts_of(message)
            if self._receiver.discards(now):
                return [self._dropped("DATA for an ASP that is not active")]
            raise UnexpectedMessageError("DATA, not active", routing_contexts=named)
        refusal = traffic.check_destination(transfer, self._local)
        if refusal is not None:
            dropped = self._dropped(refusal)
            answer = None if self.sgp is None else traffic.answer_lost(transfer, self._local)
            return [dropped] if answer is None else [answer, dropped]
        if len(self._heard) < MAX_HEARD:
            self._heard.add(transfer.opc)
        heard = destinations.tell(self.spec.name, self._destinations.heard(transfer.opc))
        return [*heard, effects.Deliver(self.connection, transfer)]

    def _read_data(self, message: Message, stream: int | None) -> Transfer:
        """Read a DATA.

        Raises:
            M3uaError: it must not be on this stream, or a parameter is absent or wrong.
        """
        if stream == 0 and not self._local.lenient_stream:
            raise StreamError("DATA on stream 0")
        return traffic.read_data(message, self.connection, self.spec, self._receiver)

    def _may_come(self, transfer: Transfer) -> bool:
        """Tell whether traffic may come from the peer now.

        Ours: in double exchange a peer whose ASP is active may ask while ours is still on its way
        up. Its answer finds the way, so it gets one.
        """
        halves = (self._receiver, self._sender)
        return any(half.carries(transfer.routing_context) for half in halves)

    def _take_ssnm(self, message: Message) -> Sequence[Outcome]:
        """Take a message about destinations: from a gateway in whatever state (RFC 4666 §4.5).

        Whoever connects to us must be up: an ASP that is down "SHOULD NOT be sent any M3UA
        messages" but a few (§4.3.1), so it cannot be told what it asks, and says nothing yet.
        """
        if not self.initiated and self._is_down():
            named = messages.contexts_of(message)
            reason = f"{message.type.name} from an ASP that is down"
            raise UnexpectedMessageError(reason, routing_contexts=named)
        traffic.check_scope(message, self.spec, self._receiver)
        if message.type is not MessageType.DAUD:
            return destinations.tell(self.spec.name, self._destinations.take(message))
        if self.sgp is None:
            raise UnexpectedMessageError("DAUD to an ASP")
        return traffic.answer_audit(message, self.connection, self._local)

    def _take_management(self, message: Message, now: float) -> Sequence[Outcome]:
        """Take a Notify, or an Error, which is never answered (RFC 4666 §3.8)."""
        if message.type is MessageType.ERROR:
            code = messages.number_of(message, Tag.ERROR_CODE) or 0
            if self.asp is not None:
                self.asp.refused(code, now)
            error = _NAMES.get(code, "unknown")
            about: dict[str, str | int] = {"peer": self.spec.name, "code": code, "error": error}
            return [Note("m3ua_error_received", about, "warning")]
        notice = messages.read_notify(message)
        if self.asp is not None:
            return self.asp.notified(notice, now)
        return [Note("m3ua_notified", {"peer": self.spec.name, "status": notice.status.name})]

    def _watch(self, now: float) -> None:
        """Choose the timer that finds out that nobody is there: T(beat), or T_UP without an ASP."""
        if self.state is AspState.ASP_DOWN:
            self._heartbeat.stop()
        else:
            self._heartbeat.start(now)
        if self.initiated or not self._is_down():
            self._up_by = None
        elif self._up_by is None:
            self._up_by = now + T_UP

    def _is_down(self) -> bool:
        """Tell whether the peer's ASP, if there is one, is down."""
        return self.sgp is not None and self.sgp.state is AspState.ASP_DOWN

    def _rise(self, now: float) -> list[Outcome]:
        return [] if self.asp is None else self.asp.rise(now)

    # What is told

    def _answer(self, outcomes: Sequence[Outcome], octets: bytes) -> list[Effect]:
        """Turn each error into the Error that answers it, and say so."""
        done: list[Effect] = []
        for outcome in outcomes:
            if not isinstance(outcome, M3uaError):
                done.append(outcome)
            elif is_error(octets):  # §3.8.1: "MUST NOT be generated in response to other Error"
                done.append(self._dropped(outcome.reason))
            else:
                code, reason = outcome.error_code, outcome.reason
                done.append(Send(self.connection, messages.make_error(outcome, octets)))
                done.append(Refused(self.connection, code, reason, self.spec.name, "m3ua"))
        return done

    def _dropped(self, reason: str) -> Dropped:
        return Dropped(self.connection, "m3ua", reason, self.spec.name)
