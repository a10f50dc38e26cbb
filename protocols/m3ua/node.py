"""One M3UA node: its associations with signalling gateways and with peers that connect to it.

This is what SS7 drives. Traffic that may come is delivered; traffic that goes out takes the
association that it answers, or another one that reaches its destination.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import TypeAlias

from protocols.addresses import plain
from protocols.effects import (
    Close,
    Connect,
    Connection,
    Deliver,
    Dropped,
    HandOver,
    Moved,
    Note,
    Refused,
    Send,
)
from protocols.errors import FramingError
from protocols.lane.standing import Standing
from protocols.m3ua.application_server import AsKey
from protocols.m3ua.asp_table import AspState
from protocols.m3ua.association import Association, Effect, Shared
from protocols.m3ua.backoff import Backoff
from protocols.m3ua.codec import is_error
from protocols.m3ua.codes import TrafficMode
from protocols.m3ua.errors import M3uaError
from protocols.m3ua.local import Local, PeerSpec
from protocols.m3ua.messages import make_error
from protocols.m3ua.registry import Registry
from protocols.mtp import Transfer
from protocols.probes import Probes
from protocols.share import ALONE, Share
from protocols.timers import Timers, earliest

MAX_PER_ADDRESS = 64  # ours: associations that one address may have with us
MAX_ARRIVALS = 256  # ours: peers that may be connected to us at a time without an ASP that is up
CLOSED = "CLOSED"  # the state of a connection that has gone


class Dialer:
    """A peer that we connect to. `deadline` is when to try (again)."""

    def __init__(self, spec: PeerSpec, random: Callable[[], float]) -> None:
        self.spec = spec
        self.backoff = Backoff(random)
        self.deadline: float | None = None


_Target: TypeAlias = Association | Dialer


class M3uaNode:
    """All associations of this node; `probes` are what heartbeats came to, by peer.

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
    ) -> None:
        """Start without associations.

        Args:
            local: who we are.
            peers: those that we connect to, and every one that connects to us.
            random: gives numbers from 0 up to 1.
            share: which of those that connect to us are ours, by their addresses.
        """
        self._share = share
        self._registry = Registry()
        self.probes = {spec.name: Probes() for spec in peers}
        self._shared = Shared(local, self._registry, random, self.probes)
        self._dialers = {spec.name: Dialer(spec, random) for spec in peers if spec.connect}
        # Who connects to us is known by its address; a peer that only does so goes first.
        self._specs = {
            plain(address): spec
            for spec in sorted(peers, key=lambda spec: not spec.connect)
            for address in spec.addresses
        }
        self._associations: dict[Connection, Association] = {}
        self._told: dict[Connection, AspState] = {}
        self._standings: dict[Connection, Standing | None] = {}  # those that were asked for
        self._timers: Timers[_Target] = Timers()
        self._stopped = False

    @property
    def deadline(self) -> float | None:
        """When to call `expire` at the latest."""
        return earliest(self._timers.deadline, self._registry.deadline)

    def start(self, now: float) -> list[Effect]:
        """Open the associations that are ours to open."""
        del now  # at once
        return [Connect(name) for name in self._dialers]

    def stop(self, now: float) -> list[Effect]:
        """Leave by ASP Inactive and ASP Down, or by their Acks unasked; no new attempt."""
        self._stopped = True
        for dialer in self._dialers.values():
            self._timers.disarm(dialer)
        effects: list[Effect] = []
        for association in list(self._associations.values()):
            effects += self._after(association, association.leave(now), now)
        return effects

    def accepted(
        self, connection: Connection, *, local: tuple[str, ...], remote: str, now: float
    ) -> list[Effect]:
        """Take an association that a peer opened: it has `T_UP` to bring its ASP up."""
        del local  # M3UA says nothing of addresses
        spec = self._specs.get(plain(remote))
        if spec is None and self._shared.local.accept_any_peer:
            spec = PeerSpec(name=remote)
        if spec is None or self._stopped:
            return [Note("peer_not_admitted", {"remote": remote}, "warning"), Close(connection)]
        shared, origin = self._shared, str(plain(remote))
        elsewhere = self._share.elsewhere(origin)
        if elsewhere is not None:
            return [HandOver(connection, elsewhere)]
        if sum(each.is_arriving for each in self._associations.values()) >= MAX_ARRIVALS:
            return [Note("too_many_arrivals", {"remote": remote}, "warning"), Close(connection)]
        if sum(each.remote == origin for each in self._associations.values()) >= MAX_PER_ADDRESS:
            return [Note("too_many_associations", {"remote": remote}, "warning"), Close(connection)]
        association = Association(connection, spec, shared, initiated=False, remote=origin)
        return self._add(association, now)

    def connected(
        self, connection: Connection, peer: str, *, local: tuple[str, ...], now: float
    ) -> list[Effect]:
        """Take an association that we opened after `Connect(peer)`."""
        del local  # M3UA says nothing of addresses
        if self._stopped:
            return [Close(connection)]
        spec = self._dialers[peer].spec
        return self._add(Association(connection, spec, self._shared, initiated=True), now)

    def connect_failed(self, peer: str, reason: str, now: float) -> list[Effect]:
        """Take the failure of a `Connect(peer)`: try again later."""
        self._redial(peer, now)
        return [Note("connect_failed", {"peer": peer, "reason": reason}, "warning")]

    def receive(
        self, connection: Connection, octets: bytes, now: float, *, stream: int | None = None
    ) -> list[Effect]:
        """Take one whole message; `stream` is the SCTP stream that it came on, None on TCP."""
        if connection in self._standings and self._standings[connection] is None:
            del self._standings[connection]  # to be told anew: see `send`
        association = self._associations.get(connection)
        if association is None:
            return []  # closed by an earlier message of the same batch
        effects: list[Effect] = []
        for effect in association.receive(octets, now, stream=stream):
            effects.append(effect)
            if isinstance(effect, Close):  # of the association that this ASP had before
                effects += self._end(self._associations[effect.connection], now)
        return self._after(association, effects, now)

    def garbled(self, connection: Connection, error: FramingError, now: float) -> list[Effect]:
        """Take the end of framing on a stream: say so, and close."""
        association = self._associations.get(connection)
        if association is None:
            return []
        fields = {"peer": association.spec.name, "reason": error.reason}
        effects: list[Effect] = [Note("framing_lost", fields, "warning")]
        if not is_error(error.header):
            wrong = M3uaError(error.reason)
            effects += [
                Send(connection, make_error(wrong, error.header)),
                Refused(connection, wrong.error_code, error.reason, association.spec.name, "m3ua"),
            ]
        return [*effects, Close(connection), *self._end(association, now)]

    def broken(self, connection: Connection, octets: bytes, now: float) -> list[Effect]:
        """Take note of a message on which we failed: an Error would blame the peer."""
        del octets, now
        return [Dropped(connection, "m3ua", "internal failure", self.peer_of(connection))]

    def peer_of(self, connection: Connection) -> str:
        """Name who an association is with; nobody, if it has ended."""
        association = self._associations.get(connection)
        return "" if association is None else association.spec.name

    def restarted(self, connection: Connection, now: float) -> list[Effect]:
        """Take the peer's restart of its end of an association (RFC 4666 §4.3.1)."""
        association = self._associations.get(connection)
        if association is None:
            return []
        return self._after(association, association.restarted(now), now)

    def lost(self, connection: Connection, reason: str, now: float) -> list[Effect]:
        """Take the end of an association."""
        association = self._associations.get(connection)
        if association is None:
            return []
        note = Note("association_lost", {"peer": association.spec.name, "reason": reason})
        return [note, *self._end(association, now)]

    def expire(self, now: float) -> list[Effect]:
        """Act on `deadline`: once on each timer that is due."""
        effects = self._tell(self._registry.expire(now))
        for target in self._timers.due(now):
            if isinstance(target, Dialer):
                target.deadline = None
                effects.append(Connect(target.spec.name))
            else:
                effects += self._after(target, target.expire(now), now)
        return effects

    def heard(self, connection: Connection, now: float) -> list[Effect]:
        """Take note of traffic that came, and was answered without us."""
        association = self._associations.get(connection)
        if association is not None:
            association.heard(now)  # no timer expires earlier for that
        return []

    def standing(self, connection: Connection) -> Standing | None:
        """Tell what is done with traffic depends on, beside it; None: no traffic may flow."""
        try:
            return self._standings[connection]
        except KeyError:
            association = self._associations.get(connection)
            if association is None:
                return None
            standing = None if self._stopped else association.standing
            self._standings[connection] = standing
            return standing

    def preview(
        self, connection: Connection, octets: bytes, *, stream: int | None = None
    ) -> Transfer | None:
        """Tell which traffic `receive` would deliver, if it would do nothing else."""
        association = self._associations.get(connection)
        return None if association is None else association.preview(octets, stream=stream)

    def preview_send(self, transfer: Transfer) -> Send | None:
        """Tell what `send` would send, if that is one message and goes where it answers one."""
        asked = self._associations.get(transfer.connection)
        if asked is None or not asked.takes(transfer) or self._broadcast(asked, transfer):
            return None
        return asked.send(transfer)

    def send(self, transfer: Transfer, now: float) -> list[Effect]:
        """Send traffic (MTP-TRANSFER request), or say that nothing takes it there."""
        del now  # traffic changes no timer
        association = self._way(transfer)
        if association is None:
            reason = f"no way to point code {transfer.dpc}"
            return [Dropped(transfer.connection, "m3ua", reason)]
        asked = self._associations.get(transfer.connection)
        if asked is not None and not asked.takes(transfer):
            # Which way is left depends on every other association: nothing follows from this one.
            self._standings[transfer.connection] = None
        key = self._broadcast(association, transfer)
        if key is None:
            return [association.send(transfer)]
        # RFC 4666 §4.3.4.3: in broadcast mode every active ASP gets every message.
        return [
            self._associations[connection].send(replace(transfer, connection=connection))
            for connection in self._registry.active(key)
        ]

    def _broadcast(self, association: Association, transfer: Transfer) -> AsKey | None:
        """Find the application server all of whose active ASPs get a message; None: one does."""
        key = association.application_server(transfer)
        is_for_all = key is not None and self._registry.mode_of(key) is TrafficMode.BROADCAST
        return key if is_for_all else None

    def has_way(self, transfer: Transfer) -> bool:
        """Tell whether an association of ours takes this traffic."""
        return self._way(transfer) is not None

    def _way(self, transfer: Transfer) -> Association | None:
        """Choose the association: the one that is answered, else the best of the others.

        Without any other, an answer goes where the question came from, reachable or not.
        """
        asked = self._associations.get(transfer.connection)
        if asked is not None and asked.takes(transfer):
            return asked
        ways = [
            association
            for association in self._associations.values()
            if association.reaches(transfer.dpc) and association.takes(transfer)
        ]
        # ours: what has just come from there says more than the DUNA before it.
        back = asked if asked is not None and asked.carries(transfer) else None
        return min(ways, key=lambda way: way.is_restricted(transfer.dpc), default=back)

    # The associations and their timers

    def _add(self, association: Association, now: float) -> list[Effect]:
        connection, state = association.connection, association.state
        self._associations[connection] = association
        self._told[connection] = state
        moved = Moved(connection, association.spec.name, state.name)
        return [moved, *self._after(association, association.connected(now), now)]

    def _after(self, association: Association, effects: list[Effect], now: float) -> list[Effect]:
        """Keep the books after an association has moved; close it if that is due."""
        if not effects or any(not isinstance(effect, Deliver) for effect in effects):
            self._standings.clear()  # of others too: an ASP may have overridden another
        if association.is_dead or (self._stopped and association.has_left):
            return [*effects, Close(association.connection), *self._end(association, now)]
        self._timers.arm(association)
        if association.initiated and association.state is AspState.ASP_ACTIVE:
            self._dialers[association.spec.name].backoff.reset()
        return self._tell(effects, association.connection)

    def _tell(self, effects: Iterable[Effect], *also: Connection) -> list[Effect]:
        """Add what has moved: an association that acted, or one whose ASP another overrode.

        Who is overridden is always notified, so only who is sent something can have moved.
        """
        done = list(effects)
        sent_to = (effect.connection for effect in done if isinstance(effect, Send))
        for connection in dict.fromkeys((*also, *sent_to)):
            association = self._associations.get(connection)
            if association is not None and association.state is not self._told[connection]:
                self._told[connection] = association.state
                done.append(Moved(connection, association.spec.name, association.state.name))
        return done

    def _end(self, association: Association, now: float) -> list[Effect]:
        """Forget an association that has gone, and what went with it."""
        connection, name = association.connection, association.spec.name
        del self._associations[connection]
        self._standings.clear()
        del self._told[connection]
        self._timers.disarm(association)
        effects = association.lost(now)
        if association.initiated:
            self._redial(name, now)
        return [Moved(connection, name, CLOSED), *self._tell(effects)]

    def _redial(self, peer: str, now: float) -> None:
        """Connect to a peer again, after a while that grows (ours)."""
        if not self._stopped:
            dialer = self._dialers[peer]
            dialer.deadline = now + dialer.backoff.next()
            self._timers.arm(dialer)
