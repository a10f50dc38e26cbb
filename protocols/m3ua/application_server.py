"""The application servers that peers' ASPs serve: the SG's side of RFC 4666 §4.3.2, §4.3.4.5.

An ASP tells each application server that it belongs to what state it is in there; the server
tells its ASPs, by Notify, what has become of it. One active ASP is enough for AS-ACTIVE ("smooth
start", §4.3.2). Nothing is queued in AS-PENDING, which the RFC recommends: what we send answers
what an ASP has just sent, so nothing comes while none is active.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, auto
from types import MappingProxyType
from typing import Protocol, TypeAlias

from protocols.effects import Became, Connection, Effect, Send
from protocols.m3ua.asp_table import AspState
from protocols.m3ua.codes import Status, TrafficMode
from protocols.m3ua.messages import make_notify
from protocols.mtp import Transfer

T_R = 2.0  # seconds; ours: the RFC gives T(r) no value (§4.3.2)


class AsState(Enum):
    """The states of an application server (RFC 4666 §4.3.2)."""

    AS_DOWN = "AS-DOWN"
    AS_INACTIVE = "AS-INACTIVE"
    AS_ACTIVE = "AS-ACTIVE"
    AS_PENDING = "AS-PENDING"


class AsEvent(Enum):
    """What can happen to one, as figure 4 of the RFC has it."""

    ASP_INACTIVE = auto()  # there are ASPs, none of them active
    ASP_ACTIVE = auto()  # an ASP is active
    ALL_DOWN = auto()  # no ASP is up
    T_R_EXPIRED = auto()  # and there are ASPs
    T_R_EXPIRED_ALL_DOWN = auto()


_S, _E = AsState, AsEvent

TABLE: Mapping[AsState, Mapping[AsEvent, AsState]] = MappingProxyType(
    {
        _S.AS_DOWN: {
            _E.ASP_INACTIVE: _S.AS_INACTIVE,
            # ours: a routing context that is not configured is first heard of in an ASP Active.
            _E.ASP_ACTIVE: _S.AS_ACTIVE,
        },
        _S.AS_INACTIVE: {_E.ALL_DOWN: _S.AS_DOWN, _E.ASP_ACTIVE: _S.AS_ACTIVE},
        _S.AS_ACTIVE: {_E.ASP_INACTIVE: _S.AS_PENDING, _E.ALL_DOWN: _S.AS_PENDING},
        _S.AS_PENDING: {
            _E.ASP_ACTIVE: _S.AS_ACTIVE,
            _E.T_R_EXPIRED: _S.AS_INACTIVE,
            _E.T_R_EXPIRED_ALL_DOWN: _S.AS_DOWN,
        },
    }
)

_TOLD = {
    AsState.AS_INACTIVE: Status.AS_INACTIVE,
    AsState.AS_ACTIVE: Status.AS_ACTIVE,
    AsState.AS_PENDING: Status.AS_PENDING,
}


@dataclass(frozen=True, slots=True)
class AsKey:
    """Which application server: the peer that it is of, and the routing context.

    A configured routing context is the same application server whoever names it; `scope` is
    empty then. One that a peer brought along says nothing about that of another peer.
    """

    scope: str
    context: int | None

    @property
    def name(self) -> str:
        """What operators know it by."""
        context = "" if self.context is None else str(self.context)
        return f"{self.scope} {context}".strip()


class Member(Protocol):
    """An ASP of an application server."""

    connection: Connection
    identifier: int | None
    origin: tuple[str, str]  # the name of the peer, and the address that it connected from

    def override(self, context: int | None, now: float) -> None:
        """Be inactive: another ASP has taken over (RFC 4666 §4.3.4.3)."""


_Effects: TypeAlias = list[Effect[Transfer]]


class ApplicationServer:
    """One application server and its ASPs. `deadline` is when T(r) expires."""

    def __init__(self, key: AsKey, mode: TrafficMode) -> None:
        self.key = key
        self.mode = mode
        self.state = AsState.AS_DOWN
        self.deadline: float | None = None
        self._members: dict[Connection, Member] = {}  # those that are up
        self._active: dict[Connection, Member] = {}

    @property
    def active(self) -> tuple[Connection, ...]:
        """The associations whose ASPs are active, the oldest first."""
        return tuple(self._active)

    def holder(self, identifier: int, connection: Connection) -> Member | None:
        """Find the ASP of another association that has this identifier (RFC 4666 §3.5.1)."""
        others = (member for at, member in self._members.items() if at != connection)
        return next((member for member in others if member.identifier == identifier), None)

    def update(self, member: Member, state: AspState, mode: TrafficMode, now: float) -> _Effects:
        """Take the new state of an ASP in this application server; tell who must know.

        "The traffic handling mode indicated in the first ASP Active message […] MAY be used to
        set the mode" (RFC 4666 §4.3.4.3).
        """
        connection = member.connection
        is_new = connection not in self._members and state is not AspState.ASP_DOWN
        was_active = self._active.pop(connection, None) is not None
        if state is AspState.ASP_DOWN:
            failed = self._members.pop(connection, None) is not None
        else:
            failed = False
            self._members[connection] = member
        effects: _Effects = []
        if state is AspState.ASP_ACTIVE:
            self.mode = self.mode if self._active else mode
            effects += self._override(member, now)
            self._active[connection] = member
        before = self.state
        effects += self._move(now)
        if is_new and self.state is before:
            # §4.3.4.5: "in order to inform the ASP of the current AS state"
            effects.append(self._notify(connection, _TOLD[self.state]))
        if failed:
            effects += self._tell_others(Status.ASP_FAILURE, member, self._members)
        if was_active and connection not in self._active and self._active:
            idle = {at: one for at, one in self._members.items() if at not in self._active}
            effects += self._tell_others(Status.INSUFFICIENT_ASP_RESOURCES, member, idle)
        return effects

    def expire(self, now: float) -> _Effects:
        """Act on `deadline`: T(r) expired and no ASP has become active."""
        self.deadline = None
        event = AsEvent.T_R_EXPIRED if self._members else AsEvent.T_R_EXPIRED_ALL_DOWN
        return self._fire(event, now)

    def _override(self, newcomer: Member, now: float) -> _Effects:
        """Let the newcomer take all traffic over in override mode (RFC 4666 §4.3.4.3)."""
        if self.mode is not TrafficMode.OVERRIDE:
            return []
        previous, self._active = self._active, {}
        for member in previous.values():
            member.override(self.key.context, now)
        return self._tell_others(Status.ALTERNATE_ASP_ACTIVE, newcomer, previous)

    def _move(self, now: float) -> _Effects:
        """Fire what the ASPs together amount to."""
        if self._active:
            return self._fire(AsEvent.ASP_ACTIVE, now)
        return self._fire(AsEvent.ASP_INACTIVE if self._members else AsEvent.ALL_DOWN, now)

    def _fire(self, event: AsEvent, now: float) -> _Effects:
        """Move, run T(r) in AS-PENDING, and notify every ASP that is up (§4.3.4.5)."""
        state = TABLE[self.state].get(event)
        if state is None:
            return []
        self.state = state
        self.deadline = now + T_R if state is AsState.AS_PENDING else None
        is_gone = state is AsState.AS_DOWN  # there is none without ASPs (§4.3.2)
        effects: _Effects = [
            Became("as", self.key.name, state.name, self.mode.name.lower(), is_gone=is_gone)
        ]
        status = _TOLD.get(state)
        if status is not None:
            effects += [self._notify(connection, status) for connection in self._members]
        return effects

    def _tell_others(
        self, status: Status, about: Member, whom: Mapping[Connection, Member]
    ) -> _Effects:
        """Notify ASPs of what another one did; its identifier is named, if it has one (§3.8.2)."""
        others = [connection for connection in whom if connection != about.connection]
        named = None if status is Status.INSUFFICIENT_ASP_RESOURCES else about.identifier
        return [self._notify(connection, status, named) for connection in others]

    def _notify(self, connection: Connection, status: Status, about: int | None = None) -> Send:
        notify = make_notify(status, identifier=about, context=self.key.context)
        return Send(connection, notify)
