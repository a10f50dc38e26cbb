"""Our own ASP at a peer: brings it to ASP-ACTIVE and keeps it there (RFC 4666 §4.3.4, §4.4).

What an acknowledgement or a Notify does is looked up in `asp_table.HERE`. An ASP has a state in
each application server (§4.3.1): `state` is the best of them, `carries` asks about one.
"""

import math
from collections.abc import Callable, Hashable, Iterable
from typing import TypeAlias

from protocols.effects import Became, Connection, Effect, Note, Send
from protocols.m3ua import messages
from protocols.m3ua.asp_table import HERE, Action, AspState, Event
from protocols.m3ua.backoff import Backoff
from protocols.m3ua.codec import Message
from protocols.m3ua.codes import REGISTERED, ErrorCode, MessageType, Status, Tag
from protocols.m3ua.errors import M3uaError, RoutingContextError, UnexpectedMessageError
from protocols.m3ua.local import Local, PeerSpec
from protocols.mtp import Transfer

T_STEADY = 60.0  # seconds; ours: who keeps so long what it was given has not lost it again
MAX_TOLD = 64  # ours: application servers that a peer may tell us of
T_LEAVE = 3.5  # seconds; ours: how long a leave may take; less than whoever stops us waits

Outcome: TypeAlias = Effect[Transfer] | M3uaError  # an error is to be answered, and more follows

_ANSWERS = {
    MessageType.ASP_UP_ACK: MessageType.ASP_UP,
    MessageType.ASP_ACTIVE_ACK: MessageType.ASP_ACTIVE,
    MessageType.ASP_INACTIVE_ACK: MessageType.ASP_INACTIVE,
    MessageType.ASP_DOWN_ACK: MessageType.ASP_DOWN,
    MessageType.REG_RSP: MessageType.REG_REQ,
    MessageType.DEREG_RSP: MessageType.DEREG_REQ,
}
_REFUSALS = frozenset(
    {
        ErrorCode.INVALID_VERSION,
        ErrorCode.UNSUPPORTED_MESSAGE_CLASS,
        ErrorCode.UNSUPPORTED_TRAFFIC_MODE_TYPE,
        ErrorCode.REFUSED_MANAGEMENT_BLOCKING,
        ErrorCode.ASP_IDENTIFIER_REQUIRED,
        ErrorCode.INVALID_ASP_IDENTIFIER,
        ErrorCode.INVALID_ROUTING_CONTEXT,
        ErrorCode.NO_CONFIGURED_AS_FOR_ASP,
    }
)
_AS_STATES = (Status.AS_INACTIVE, Status.AS_ACTIVE, Status.AS_PENDING)
_WANTED = (Status.AS_INACTIVE, Status.AS_PENDING, Status.INSUFFICIENT_ASP_RESOURCES)


class AspMachine:
    """Our ASP on one association. `deadline` is when to call `expire`."""

    def __init__(
        self,
        connection: Connection,
        spec: PeerSpec,
        local: Local,
        *,
        random: Callable[[], float],
    ) -> None:
        self.state = AspState.ASP_DOWN
        self.contexts = () if spec.register else spec.routing_contexts
        self.active: frozenset[int] = frozenset()  # those of `contexts` that are acknowledged
        self.deadline: float | None = None
        self.left = False  # what `leave` began is done
        self._connection = connection
        self._spec = spec
        self._local = local
        self._mode = spec.traffic_mode or local.traffic_mode
        self._backoff = Backoff(random)
        self._falls = Backoff(random)
        self._fell_at = -math.inf
        self._told: dict[int | None, None] = {}  # application servers that the peer spoke of
        self._awaiting: MessageType | None = None  # our request that has no answer yet
        self._is_pause = False  # `deadline` ends a pause of ours: nobody is late
        self._leaving: list[MessageType] | None = None  # what is still to be sent before we go
        self._leave_by = math.inf

    @property
    def form(self) -> Hashable:
        """What traffic may come, and how it is answered."""
        return self.state, self.contexts, self.active

    def carries(self, context: int | None) -> bool:
        """Tell whether traffic of an application server may come; None: of the only one."""
        if self.state is not AspState.ASP_ACTIVE:
            return False
        return not self.contexts or context is None or context in self.active

    def knows(self, context: int) -> bool:
        """Tell whether a routing context is one of this association."""
        return not self.contexts or context in self.contexts

    @property
    def outgoing(self) -> int | None:
        """The routing context for traffic that has none of its own."""
        return next((context for context in self.contexts if context in self.active), None)

    def discards(self, now: float) -> bool:
        """Tell whether DATA that comes too late or too early is not worth an Error.

        "For example, silent discard is used by an ASP if it received a DATA message from an SGP
        while it was in the ASP-INACTIVE state" (RFC 4666 §3.8.1).
        """
        del now  # it is so for as long as the state lasts
        return self.state is not AspState.ASP_DOWN

    def rise(self, now: float) -> list[Outcome]:
        """Begin: the association stands, or was restarted (RFC 4666 §4.3.4.1)."""
        if self._leaving is not None:  # a restart put us down, which is all that we were after
            self.left = True
            return []
        return self._fire(Event.RESTART, now)

    def receive(self, message: Message, now: float) -> list[Outcome]:
        """Take the answer to one of our requests.

        Raises:
            M3uaError: it must not come now, or cannot be read.
        """
        if self._leaving is not None:
            return self._depart(message, now)
        match message.type:
            case MessageType.REG_RSP if self._awaiting is MessageType.REG_REQ:
                return self._take_registration(message, now)
            case MessageType.ASP_ACTIVE_ACK:
                return self._take_active(message, now)
            case MessageType.ASP_INACTIVE_ACK:
                lost = messages.contexts_of(message)
                return self._lose(Event.ASP_INACTIVE_ACK, lost, now)
            case MessageType.ASP_UP_ACK | MessageType.ASP_DOWN_ACK:
                return self._fire(Event[message.type.name], now)
        raise UnexpectedMessageError(f"{message.type.name} without a request of ours")

    def notified(self, notice: messages.Notice, now: float) -> list[Outcome]:
        """Take a Notify (RFC 4666 §4.3.4.5)."""
        if notice.contexts and not any(map(self.knows, notice.contexts)):
            return [self._noted(notice)]  # of nobody whom we know
        outcomes: list[Outcome] = []
        if notice.status in _AS_STATES:
            outcomes += self._take_as_state(notice)
        else:
            outcomes.append(self._noted(notice))
        if self._leaving is not None:
            return outcomes
        if notice.status is Status.ALTERNATE_ASP_ACTIVE:
            outcomes += self._lose(Event.ALTERNATE_ASP_ACTIVE, notice.contexts, now)
        elif notice.status in _WANTED and self._awaiting is None:
            outcomes += self._fire(Event.AS_IDLE, now)
        return outcomes

    def refused(self, code: int, now: float) -> None:
        """Take an Error: if it refuses what we asked for, ask again later, not soon."""
        if self._awaiting is not None and self._leaving is None and code in _REFUSALS:
            self._pause(now, self._backoff)

    def leave(self, now: float) -> list[Outcome]:
        """Leave in order: ASP Inactive, deregistration (RFC 4666 §4.4.2), ASP Down."""
        if self._leaving is not None:
            return []
        self._leave_by = now + T_LEAVE
        steps = [MessageType.ASP_INACTIVE] if self.state is AspState.ASP_ACTIVE else []
        if self._spec.register and self.contexts:
            steps.append(MessageType.DEREG_REQ)
        steps.append(MessageType.ASP_DOWN)
        self._leaving = steps if self.state is not AspState.ASP_DOWN else []
        return self._next_step(now)

    def heard(self, now: float) -> None:
        """Take note of any message while we leave: the answer comes behind what is under way."""
        if self._leaving is not None and self.deadline is not None:
            self.deadline = min(now + self._local.t_ack, self._leave_by)

    def lost(self) -> list[Outcome]:
        """Take the end of the association: the application servers have lost us."""
        self.state = AspState.ASP_DOWN
        self.deadline = None
        told = dict.fromkeys((*(self.contexts or (None,)), *self._told))
        self._told.clear()
        return [self._became(context, "AS_DOWN", is_gone=True) for context in told]

    def expire(self, now: float) -> list[Outcome]:
        """Act on `deadline`: T(ack) ran out, or it is time to ask once more."""
        if self._awaiting is None:
            self.deadline = None
            return []
        if self._is_pause:
            return self._request(self._awaiting, now)
        fields = {"peer": self._spec.name, "request": self._awaiting.name}
        note = Note("m3ua_t_ack_expired", fields, "warning")
        if self._leaving is not None:  # ours: who leaves does not wait for one who is silent
            self.deadline = None
            self.left = True
            return [note]
        return [note, *self._request(self._awaiting, now)]

    # The way up

    def _fire(self, event: Event, now: float) -> list[Outcome]:
        """Look an event up, move, do its actions.

        Raises:
            UnexpectedMessageError: it cannot happen in this state.
        """
        row = HERE[self.state].get(event)
        if row is None:
            raise UnexpectedMessageError(f"{event.name} in {self.state.value}")
        actions, state = row
        if state is not AspState.ASP_ACTIVE:
            self.active = frozenset()
        before, self.state = self.state, state
        is_fall = before is not AspState.ASP_DOWN
        outcomes: list[Outcome] = []
        for action in actions:
            match action:
                case Action.RISE:
                    self.contexts = () if self._spec.register else self.contexts
                    outcomes += self._request(MessageType.ASP_UP, now, is_fall=is_fall)
                case Action.ACTIVATE:
                    outcomes += self._activate(now, is_fall=is_fall)
                case Action.REFUSE:
                    outcomes.append(UnexpectedMessageError(f"{event.name} in {before.value}"))
        return outcomes

    def _activate(self, now: float, *, is_fall: bool) -> list[Outcome]:
        """Ask for traffic, unless all of it is ours already."""
        if self._spec.register and not self.contexts:
            return self._request(MessageType.REG_REQ, now, is_fall=is_fall)
        if self.state is AspState.ASP_ACTIVE and self.active.issuperset(self.contexts):
            return []
        return self._request(MessageType.ASP_ACTIVE, now, is_fall=is_fall)

    def _take_registration(self, message: Message, now: float) -> list[Outcome]:
        """Take the routing context that we are given (RFC 4666 §4.4.1)."""
        registration = messages.read_registration(message)
        if registration.status not in REGISTERED:
            self._pause(now, self._backoff)
            fields: dict[str, str | int] = {"peer": self._spec.name, "status": registration.status}
            return [Note("m3ua_registration_refused", fields, "warning")]
        self.contexts = (registration.context,)
        return self._request(MessageType.ASP_ACTIVE, now)

    def _take_active(self, message: Message, now: float) -> list[Outcome]:
        """Take an ASP Active Ack; there may be one for each context (RFC 4666 §4.3.4.3)."""
        named = messages.contexts_of(message)
        gained = frozenset(named or self.contexts).intersection(self.contexts)
        if named and self.contexts and not gained and self.state is not AspState.ASP_DOWN:
            reason = f"routing context {messages.shown(named)} was not asked for"
            raise RoutingContextError(reason, routing_contexts=named)
        outcomes = self._fire(Event.ASP_ACTIVE_ACK, now)
        self.active |= gained
        if self.active.issuperset(self.contexts):
            self._settle()
        return outcomes

    def _lose(self, event: Event, lost: Iterable[int], now: float) -> list[Outcome]:
        """Take the loss of some contexts, or of all when none is named (erratum 2065)."""
        remaining = self.active.difference(lost or self.active)
        if not remaining:
            return self._fire(event, now)
        self.active = remaining
        asked_for = event is Event.ALTERNATE_ASP_ACTIVE
        return [] if asked_for else self._activate(now, is_fall=True)

    # The way down

    def _depart(self, message: Message, now: float) -> list[Outcome]:
        """Take an answer while we leave; any other is of no interest any more."""
        if self._awaiting is None or _ANSWERS.get(message.type) is not self._awaiting:
            return []
        if message.type is MessageType.ASP_INACTIVE_ACK:
            self.state = AspState.ASP_INACTIVE
        elif message.type is MessageType.ASP_DOWN_ACK:
            self.state = AspState.ASP_DOWN
        return self._next_step(now)

    def _next_step(self, now: float) -> list[Outcome]:
        if self._leaving:
            return self._request(self._leaving.pop(0), now)
        self.deadline = None
        self.left = True
        return []

    # Requests

    def _request(self, kind: MessageType, now: float, *, is_fall: bool = False) -> list[Outcome]:
        """Send a request and wait T(ack) for its answer (RFC 4666 §4.3.4.1).

        What the peer took back is asked for at once, but later and later if it does so often.
        """
        self._awaiting = kind
        if is_fall and self._falls_again(now):
            self._pause(now, self._falls)
            return []
        self._is_pause = False
        self.deadline = min(now + self._local.t_ack, self._leave_by)
        return [Send(self._connection, self._make(kind))]

    def _pause(self, now: float, backoff: Backoff) -> None:
        """Ask again later, and later each time."""
        self._is_pause = True
        self.deadline = now + backoff.next()

    def _falls_again(self, now: float) -> bool:
        """Tell whether the last fall was not long ago."""
        is_again = now < self._fell_at + T_STEADY
        self._fell_at = now
        if not is_again:
            self._falls.reset()
        return is_again

    def _make(self, kind: MessageType) -> bytes:
        spec = self._spec
        match kind:
            case MessageType.ASP_UP:
                return messages.make(kind, messages.number(Tag.ASP_IDENTIFIER, spec.asp_identifier))
            case MessageType.REG_REQ:
                point_code, appearance = self._local.point_code, spec.network_appearance
                return messages.make_registration(point_code, self._mode, appearance)
            case MessageType.ASP_ACTIVE:
                missing = [context for context in self.contexts if context not in self.active]
                mode = messages.number(Tag.TRAFFIC_MODE_TYPE, self._mode)
                return messages.make(kind, mode, messages.contexts(missing))
            case MessageType.ASP_INACTIVE | MessageType.DEREG_REQ:
                return messages.make(kind, messages.contexts(self.contexts))
            case _:
                return messages.make(kind)

    def _settle(self) -> None:
        """Take note that nothing more is asked for."""
        self._awaiting = self.deadline = None
        self._backoff.reset()

    def _noted(self, notice: messages.Notice) -> Note:
        fields: dict[str, str | int] = {"peer": self._spec.name, "status": notice.status.name}
        if notice.identifier is not None:
            fields["asp"] = notice.identifier
        return Note("m3ua_notified", fields, "warning")

    def _take_as_state(self, notice: messages.Notice) -> list[Outcome]:
        """Tell the state of those application servers that are ours to know of."""
        named: tuple[int | None, ...] = notice.contexts or self.contexts or (None,)
        known = [context for context in named if context is None or self.knows(context)]
        taken = [context for context in known if self._is_told(context)]
        return [self._became(context, notice.status.name) for context in taken]

    def _is_told(self, context: int | None) -> bool:
        """Tell whether an application server is one of those that we remember."""
        if len(self._told) < MAX_TOLD:
            self._told[context] = None
        return context in self._told

    def _became(self, context: int | None, state: str, *, is_gone: bool = False) -> Became:
        name = self._spec.name if context is None else f"{self._spec.name} {context}"
        return Became("as", name, state, self._mode.name.lower(), is_gone=is_gone)
