"""A peer's ASP, as the SG or IPSP that it comes to has it (RFC 4666 §4.3.4).

What its messages do is looked up in `asp_table.REMOTE`. An ASP has a state in each application
server (§4.3.1): `state` is the best of them, `carries` asks about one.
"""

from collections.abc import Hashable, Sequence

from protocols.effects import Close, Connection, Note, Send
from protocols.m3ua import messages
from protocols.m3ua.application_server import AsKey
from protocols.m3ua.asp import Outcome
from protocols.m3ua.asp_table import REMOTE, Action, AspState, Event
from protocols.m3ua.codec import Message
from protocols.m3ua.codes import MessageType, Status, Tag, TrafficMode
from protocols.m3ua.errors import (
    AspIdentifierError,
    AspIdentifierRequiredError,
    ManagementBlockingError,
    NoApplicationServerError,
    RoutingContextError,
    TrafficModeError,
    UnexpectedMessageError,
)
from protocols.m3ua.local import Local, PeerSpec
from protocols.m3ua.registry import Registry

MAX_CONTEXTS = 16  # ours: application servers that a peer may bring along
_ACKS = {
    MessageType.ASP_UP: MessageType.ASP_UP_ACK,
    MessageType.ASP_DOWN: MessageType.ASP_DOWN_ACK,
    MessageType.ASP_ACTIVE: MessageType.ASP_ACTIVE_ACK,
    MessageType.ASP_INACTIVE: MessageType.ASP_INACTIVE_ACK,
}
_MODES = frozenset(TrafficMode)


class SgpMachine:
    """The peer's ASP on one association."""

    def __init__(
        self,
        connection: Connection,
        spec: PeerSpec,
        local: Local,
        registry: Registry,
        *,
        remote: str = "",
    ) -> None:
        self.connection = connection
        self.origin = (spec.name, remote)
        self.identifier: int | None = None
        self.deadline: float | None = None  # when to call `expire`
        self._blocked = False  # this node is leaving
        self._spec = spec
        self._local = local
        self._registry = registry
        self._is_up = False
        self._states = self._initial()
        self._crossing_until = 0.0  # what the peer sent before it knew may still come

    @property
    def state(self) -> AspState:
        """The best of its states."""
        if not self._is_up:
            return AspState.ASP_DOWN
        is_active = AspState.ASP_ACTIVE in self._states.values()
        return AspState.ASP_ACTIVE if is_active else AspState.ASP_INACTIVE

    @property
    def contexts(self) -> tuple[int, ...]:
        """The routing contexts of this association."""
        return tuple(context for context in self._states if context is not None)

    @property
    def left(self) -> bool:
        """Tell whether what `leave` began is done."""
        return self._blocked and (self.deadline is None or self.state is AspState.ASP_DOWN)

    @property
    def form(self) -> Hashable:
        """What traffic may come, and how it is answered."""
        return self._is_up, tuple(self._states.items())

    @property
    def broadcasts(self) -> bool:
        """Tell whether some traffic goes to other ASPs too (RFC 4666 §4.3.4.3)."""
        keys = (self.key(context) for context in (None, *self.contexts))
        return any(self._registry.mode_of(key) is TrafficMode.BROADCAST for key in keys)

    def carries(self, context: int | None) -> bool:
        """Tell whether traffic of an application server may flow; None: of the only one."""
        if context is None or not self.contexts:
            return self.state is AspState.ASP_ACTIVE
        return self._states.get(context) is AspState.ASP_ACTIVE

    def knows(self, context: int) -> bool:
        """Tell whether a routing context is one of this association."""
        return not self.contexts or context in self._states

    @property
    def outgoing(self) -> int | None:
        """The routing context for traffic that has none of its own."""
        return next((context for context in self.contexts if self.carries(context)), None)

    def discards(self, now: float) -> bool:
        """Tell whether DATA that comes too late is not worth an Error: it crossed our word."""
        return now < self._crossing_until

    def key(self, context: int | None) -> AsKey:
        """Tell which application server a routing context means on this association."""
        named = context if context in self._states else None
        return AsKey("" if self._spec.routing_contexts else self._spec.name, named)

    def receive(self, message: Message, now: float) -> list[Outcome]:
        """Take a message of the ASP.

        Raises:
            M3uaError: it must not come now, or is refused.
        """
        match message.type:
            case MessageType.ASP_UP:
                return self._take_up(message, now)
            case MessageType.ASP_DOWN:
                outcomes = self._fire(message, list(self._states), now)
                self._states = self._initial()
                return outcomes
            case MessageType.ASP_ACTIVE:
                return self._take_active(message, now)
            case MessageType.ASP_INACTIVE:
                return self._take_inactive(message, now)
        raise UnexpectedMessageError(f"{message.type.name} from an ASP")

    def override(self, context: int | None, now: float) -> None:
        """Be inactive: another ASP has taken over (RFC 4666 §4.3.4.3)."""
        _, self._states[context] = REMOTE[AspState.ASP_ACTIVE][Event.ALTERNATE_ASP_ACTIVE]
        self._crossing_until = now + self._local.t_ack

    def leave(self, now: float) -> list[Outcome]:
        """Let nobody up or active; ask for no more (RFC 4666 §4.3.4.4), and wait T(ack).

        Whoever is active stays so until then: what it sent before it knew is to be answered.
        """
        if self._blocked:
            return []
        self._blocked = True
        match self.state:
            case AspState.ASP_DOWN:
                return []
            case AspState.ASP_INACTIVE:
                return self.expire(now)
        self.deadline = now + self._local.t_ack
        active = messages.contexts(context for context in self.contexts if self.carries(context))
        return [Send(self.connection, messages.make(MessageType.ASP_INACTIVE_ACK, active))]

    def expire(self, now: float) -> list[Outcome]:
        """Act on `deadline`: whoever is still up is put down (RFC 4666 §4.3.4.2)."""
        del now  # nothing comes after it
        self.deadline = None
        return [Send(self.connection, messages.make(MessageType.ASP_DOWN_ACK))]

    def lost(self, now: float) -> list[Outcome]:
        """Take the end of the association, or its restart: the ASP is down (§4.3.1)."""
        _, state = REMOTE[self.state][Event.RESTART]
        outcomes = self._set(list(self._states), state, now)
        self._states = self._initial()
        return outcomes

    def _take_up(self, message: Message, now: float) -> list[Outcome]:
        """Take an ASP Up (RFC 4666 §4.3.4.1)."""
        self._check_blocked(())
        identifier = messages.number_of(message, Tag.ASP_IDENTIFIER)
        self._check_identifier(identifier)
        outcomes = self._supersede(identifier, now)
        self.identifier = identifier
        was_down = self.state is AspState.ASP_DOWN
        outcomes += self._fire(message, list(self._states), now)
        if was_down and not self._states:
            # §4.3.4.5 "inform the ASP of the current AS state": it will name the AS only later.
            notify = messages.make_notify(Status.AS_INACTIVE, identifier=None, context=None)
            outcomes.append(Send(self.connection, notify))
        return outcomes

    def _take_active(self, message: Message, now: float) -> list[Outcome]:
        """Take an ASP Active (RFC 4666 §4.3.4.3)."""
        named = messages.contexts_of(message)
        self._check_blocked(named)
        unknown = self._unknown(named)
        refused = frozenset(unknown)
        wanted = [context for context in named if context not in refused]
        mode = self._mode_of(message, wanted)
        if not named:
            return self._fire(message, list(self._states) or [None], now, mode)
        outcomes = self._fire(message, wanted, now, mode) if wanted else []
        if unknown:
            reason = f"no application server {messages.shown(unknown)}"
            outcomes.append(NoApplicationServerError(reason, routing_contexts=unknown))
        return outcomes

    def _take_inactive(self, message: Message, now: float) -> list[Outcome]:
        """Take an ASP Inactive (RFC 4666 §4.3.4.4)."""
        named = messages.contexts_of(message)
        unknown = tuple(context for context in named if context not in self._states)
        known = [context for context in named or self._states if context in self._states]
        self._crossing_until = now + self._local.t_ack
        outcomes = self._fire(message, known, now) if known or not named else []
        if unknown:
            reason = f"no routing context {messages.shown(unknown)}"
            outcomes.append(RoutingContextError(reason, routing_contexts=unknown))
        return outcomes

    def _fire(
        self,
        message: Message,
        contexts: Sequence[int | None],
        now: float,
        mode: TrafficMode | None = None,
    ) -> list[Outcome]:
        """Look a message up, do its actions, then move: a Notify comes after its Ack (§4.3.4.5).

        Raises:
            UnexpectedMessageError: it must not come in this state.
        """
        named = messages.contexts_of(message)
        reason = f"{message.type.name} in {self.state.value}"
        unexpected = UnexpectedMessageError(reason, routing_contexts=named)
        row = REMOTE[self.state].get(Event[message.type.name])
        if row is None:
            raise unexpected
        actions, state = row
        outcomes: list[Outcome] = []
        for action in actions:
            is_ack = action is Action.ACKNOWLEDGE
            outcomes.append(self._acknowledge(message, contexts) if is_ack else unexpected)
        return outcomes + self._set(contexts, state, now, mode)

    def _acknowledge(self, message: Message, contexts: Sequence[int | None]) -> Send:
        """Acknowledge: with the contexts that it is for, if any were named, and their mode."""
        mode = message.every(Tag.TRAFFIC_MODE_TYPE)
        named = [context for context in messages.contexts_of(message) if context in contexts]
        ack = messages.make(_ACKS[message.type], mode, messages.contexts(named))
        return Send(self.connection, ack)

    def _set(
        self,
        contexts: Sequence[int | None],
        state: AspState,
        now: float,
        mode: TrafficMode | None = None,
    ) -> list[Outcome]:
        """Set the state in some application servers, and tell them."""
        self._is_up = state is not AspState.ASP_DOWN
        mode = mode or self._spec.traffic_mode or self._local.traffic_mode
        outcomes: list[Outcome] = []
        self._states.update(dict.fromkeys(contexts, state))
        for context in contexts:
            key = self.key(context)
            outcomes += self._registry.update(key, self, state, mode=mode, now=now)
        return outcomes

    def _initial(self) -> dict[int | None, AspState]:
        """Give the application servers that are configured; others come with ASP Active."""
        return dict.fromkeys(self._spec.routing_contexts, AspState.ASP_DOWN)

    def _unknown(self, named: tuple[int, ...]) -> tuple[int, ...]:
        """Find the contexts that this ASP cannot serve."""
        if self._spec.routing_contexts:
            return tuple(context for context in named if context not in self._states)
        room = MAX_CONTEXTS - len(self._states)
        return tuple([context for context in named if context not in self._states][room:])

    def _mode_of(self, message: Message, wanted: Sequence[int]) -> TrafficMode | None:
        """Read the traffic mode that an ASP Active asks for, None if any.

        Raises:
            TrafficModeError: there is no such mode, or an application server has another.
        """
        mode = messages.number_of(message, Tag.TRAFFIC_MODE_TYPE)
        if mode is None:
            return None
        if mode not in _MODES:
            raise TrafficModeError(f"traffic mode {mode}")
        for context in wanted or self._states:
            key = self.key(context)
            others = [at for at in self._registry.active(key) if at != self.connection]
            present = self._spec.traffic_mode or (self._registry.mode_of(key) if others else None)
            if present is not None and present != mode:
                reason = f"traffic mode {mode}, the application server has {present}"
                raise TrafficModeError(reason, routing_contexts=tuple(wanted))
        return TrafficMode(mode)

    def _check_blocked(self, named: tuple[int, ...]) -> None:
        if self._blocked:
            raise ManagementBlockingError("this node is leaving", routing_contexts=named)

    def _check_identifier(self, identifier: int | None) -> None:
        """Check the ASP Identifier of an ASP Up (RFC 4666 §3.5.1, §3.8.1)."""
        expected = None if self._spec.connect else self._spec.asp_identifier
        if identifier is None:
            if expected is not None:
                raise AspIdentifierRequiredError("no ASP Identifier")
            return
        if expected not in (None, identifier):
            raise AspIdentifierError(f"ASP Identifier {identifier} is not this peer's")

    def _supersede(self, identifier: int | None, now: float) -> list[Outcome]:
        """Close the association that this ASP had before, and whose end we did not hear of.

        Ours: whoever lost power would be kept out by itself until its heartbeats are missed.

        Raises:
            AspIdentifierError: the identifier is another ASP's (RFC 4666 §3.5.1).
        """
        if identifier is None:
            return []
        keys = [self.key(context) for context in self._states]
        holders = self._registry.holders(identifier, keys, self.connection)
        if any(holder.origin != self.origin for holder in holders):
            raise AspIdentifierError(f"ASP Identifier {identifier} is another ASP's")
        outcomes: list[Outcome] = []
        for holder in holders:
            note = Note("association_superseded", {"peer": self._spec.name}, "warning")
            outcomes += [note, Close(holder.connection)]
            for key in keys:
                mode, down = self._local.traffic_mode, AspState.ASP_DOWN
                outcomes += self._registry.update(key, holder, down, mode=mode, now=now)
        return outcomes
