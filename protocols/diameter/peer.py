"""One peer: the state machine of RFC 6733 §5.6 over at most one connection each way.

What happens is looked up in `peer_table.TABLE`, and the row's actions are done in order. An
event that the table does not have for the state changes nothing and is noted.
"""

from collections.abc import Callable
from typing import TypeAlias

from protocols.diameter import base, capabilities, grammar, routing
from protocols.diameter.codec import Header, Message, decode, outline, read_header
from protocols.diameter.codes import APPLICATION_BASE, DisconnectCause
from protocols.diameter.congestion import is_check
from protocols.diameter.errors import DiameterError, HeaderError
from protocols.diameter.link import Identifiers, Link, OwnRequests, PeerSpec
from protocols.diameter.local import Local
from protocols.diameter.peer_table import (
    TABLE,
    Action,
    Event,
    PeerState,
    event_of,
    timeout_of,
    wins_election,
)
from protocols.diameter.refusal import refuse, refused, reject
from protocols.diameter.watchdog import Action as WatchdogAction
from protocols.diameter.watchdog import Watchdog
from protocols.effects import Close, Connect, Connection, Deliver, Moved, Note, Send
from protocols.effects import Effect as GenericEffect
from protocols.timers import earliest

Effect: TypeAlias = GenericEffect[Message]

T_PROBE = 2.0  # seconds; ours: how long the connection we have may take to show that it lives
T_BUSY = 300.0  # seconds; ours: no attempt at a peer that left because it did not want us

_ELECTED = "the other connection of this pair stays"
_TOO_LATE = "no connection was elected in time"
_OPEN = (PeerState.I_OPEN, PeerState.R_OPEN)
_ANSWERING = (*_OPEN, PeerState.CLOSING)
_SETTLED = (PeerState.CLOSED, PeerState.CLOSING)
_AWAITING_CEA = (PeerState.WAIT_I_CEA, PeerState.WAIT_RETURNS)


class PeerMachine:
    """The state machine of one peer. `deadline` is when to call `expire`."""

    def __init__(
        self, spec: PeerSpec, local: Local, *, identifiers: Identifiers, random: Callable[[], float]
    ) -> None:
        self.state = PeerState.CLOSED
        self.spec = spec
        self._local = local
        self._requests = OwnRequests(identifiers)
        self._watchdog = Watchdog(tw_init=spec.tw_init, random=random)
        self.probes = self._watchdog.probes
        self._i: Link | None = None
        self._r: Link | None = None
        self._held: Link | None = None  # a newcomer that waits until the old connection is known
        self._arrival: Link | None = None  # the newcomer of the R-Conn-CER under way
        self._timeout: float | None = None  # the Timeout of §5.6
        self._probe: float | None = None
        self._no_attempt_before = 0.0
        self._stopped = False

    @property
    def deadline(self) -> float | None:
        """When the next of our timers expires."""
        watched = self.state in _OPEN or (self.spec.connect and not self._stopped)
        return earliest(self._timeout, self._probe, self._watchdog.deadline if watched else None)

    def start(self, now: float) -> list[Effect]:
        """Open the connection, if it is for us to open."""
        if not self.spec.connect:
            return []
        self._watchdog.start(now)
        return self._fire(Event.START, now)

    def stop(self, now: float) -> list[Effect]:
        """Leave: DPR, and no new attempt."""
        self._stopped = True
        if self.state in _OPEN:
            return self._fire(Event.STOP, now)
        return [] if self.state in _SETTLED else self._fire(Event.TIMEOUT, now)

    def arrived(self, newcomer: Link, now: float) -> list[Effect]:
        """Take R-Conn-CER: the peer connected, and its CER is good."""
        if self._stopped:
            return self._reject(newcomer, "this node is leaving")
        self._arrival = newcomer
        return self._fire(Event.R_CONN_CER, now)

    def connected(
        self, connection: Connection, addresses: tuple[str, ...], now: float
    ) -> list[Effect]:
        """Take I-Rcv-Conn-Ack: our connection stands."""
        if self.state not in (PeerState.WAIT_CONN_ACK, PeerState.WAIT_CONN_ACK_ELECT):
            return [Close(connection)]  # it came after its Timeout
        self._i = Link(connection, addresses)
        return self._fire(Event.I_RCV_CONN_ACK, now)

    def connect_failed(self, reason: str, now: float) -> list[Effect]:
        """Take I-Rcv-Conn-Nack: our connection does not stand."""
        warning = self._warning("connect_failed", reason=reason)
        return [warning, *self._fire(Event.I_RCV_CONN_NACK, now)]

    def lost(self, connection: Connection, now: float) -> list[Effect]:
        """Take Peer-Disc: a transport ended by itself."""
        link = self._link(connection)
        if link is None:
            return []
        link.gone = True
        if link is self._held:
            self._held = self._probe = None
            return [Moved(connection, self.spec.origin_host, PeerState.CLOSED.name)]
        return self._fire(Event.I_PEER_DISC if link is self._i else Event.R_PEER_DISC, now)

    def receive(self, connection: Connection, octets: bytes, now: float) -> list[Effect]:
        """Take one message of a connection. Never raises, whatever the octets."""
        link = self._link(connection)
        if link is None:
            return []
        if link is self._held:
            return self._reject(link, "a message before the CEA")
        effects = self._proof_of_life(link, now)
        try:
            return effects + self._take(link, octets, now)
        except HeaderError as error:
            return [*effects, self._warning("undecodable", reason=str(error))]
        except DiameterError as error:
            return effects + self._refuse(link, octets, error)

    def is_flowing(self, connection: Connection) -> bool:
        """Tell whether requests may be answered without asking: nobody waits, the peer lives."""
        link = self._current()
        is_open = self.state in _OPEN and self._held is None
        return is_open and link is not None and link.connection == connection and link.proven

    def heard(self, now: float) -> None:
        """Take note of requests that were answered so: they count for the watchdog."""
        self._watchdog.received(now, is_dwa=False)

    def send(self, connection: Connection, octets: bytes) -> list[Effect]:
        """Send an answer on the connection of its request (Snd-Message)."""
        link = self._link(connection)
        if link is None or self.state not in _ANSWERING:
            return []
        return [Send(connection, octets, ordered=not link.proven)]

    def expire(self, now: float) -> list[Effect]:
        """Act on `deadline`."""
        if self._timeout is not None and self._timeout <= now:
            warning = self._warning("timeout", state=self.state.name)
            return [warning, *self._fire(Event.TIMEOUT, now)]
        if self._probe is not None and self._probe <= now:
            return [self._warning("connection_replaced"), *self._give_up(now)]
        tw = self._watchdog.deadline
        return [] if tw is None or tw > now else self._watch(self._watchdog.expire(now), now)

    def _take(self, link: Link, octets: bytes, now: float) -> list[Effect]:
        """Decode a message and fire the event that it is.

        Raises:
            DiameterError: it is a request that must be refused.
        """
        header = read_header(octets)
        if not header.is_request:
            return self._take_answer(link, header, octets, now)
        if self.state in _AWAITING_CEA and link is self._i:
            return self._fire(Event.I_RCV_NON_CEA, now)
        message = decode(octets)
        routing.check_header(header)
        return self._fire(event_of(header, initiated=link is self._i), now, message)

    def _take_answer(self, link: Link, header: Header, octets: bytes, now: float) -> list[Effect]:
        """Take an answer; a wrong one is noted, for nobody answers an answer (RFC 6733 §7.2)."""
        if not self._requests.are_answered_by(header.hop_by_hop):  # §3: it "MUST be discarded"
            return [self._warning("unasked_answer")]
        initiated = link is self._i
        awaiting_cea = self.state in _AWAITING_CEA and initiated
        try:
            message = decode(octets)
        except DiameterError as error:
            warning = self._warning("answer_undecodable", reason=error.reason)
            return [warning, *(self._fire(Event.I_RCV_NON_CEA, now) if awaiting_cea else [])]
        event = event_of(header, initiated=initiated)
        if awaiting_cea and event is Event.I_RCV_CEA:
            return self._take_cea(message, now)
        return self._fire(Event.I_RCV_NON_CEA if awaiting_cea else event, now, message)

    def _take_cea(self, message: Message, now: float) -> list[Effect]:
        """Read a CEA; one that refuses us, or comes from somebody else, is none (§5.6)."""
        try:
            capabilities.read_cea(message, expected=self.spec.origin_host)
        except DiameterError as error:
            warning = self._warning("peer_refused_us", reason=error.reason)
            return [warning, *self._fire(Event.I_RCV_NON_CEA, now)]
        return self._fire(Event.I_RCV_CEA, now, message)

    def _refuse(self, link: Link, octets: bytes, error: DiameterError) -> list[Effect]:
        """Answer a request with an error, unless the connection may not carry answers yet."""
        if self.state not in _ANSWERING:
            return [self._warning("wrong_before_cea", reason=error.reason)]
        answer = refuse(outline(octets), error, self._local)
        told = refused(link.connection, error, self.spec.origin_host, checks=int(is_check(octets)))
        return [*self.send(link.connection, answer), told]

    def _proof_of_life(self, link: Link, now: float) -> list[Effect]:
        """Take note that the peer sent something: for Tw, for ordering, for who waits outside."""
        if self.state not in _OPEN:
            return []
        link.proven = True
        self._watchdog.received(now, is_dwa=False)
        if self._held is None:
            return []
        return self._reject(self._held, "the peer has a connection that lives")

    def _fire(self, event: Event, now: float, message: Message | None = None) -> list[Effect]:
        """Look an event up, do its actions, move."""
        row = TABLE[self.state].get(event)
        if row is None:
            return [self._warning("unexpected_event", what=event.name, state=self.state.name)]
        actions, state = row
        effects: list[Effect] = []
        for action in actions:
            effects += self._do(action, now, message)
        effects += self._move(state, now)
        hosts = self._local.origin_host, self.spec.origin_host
        if Action.ELECT in actions and wins_election(*hosts):
            effects += self._fire(Event.WIN_ELECTION, now)
        return effects

    def _do(self, action: Action, now: float, message: Message | None) -> list[Effect]:
        """Do one action of a row."""
        match action:
            case Action.I_SND_CONN_REQ:
                return [Connect(self.spec.origin_host)]
            case Action.R_ACCEPT:
                self._r = self._arrival
            case Action.R_REJECT if self._arrival is not None:
                return self._reject(self._arrival, "the peer has a connection")
            case Action.HOLD_AND_PROBE | Action.HOLD if self._arrival is not None:
                return self._hold(self._arrival, now, probe=action is Action.HOLD_AND_PROBE)
            case Action.I_DISC | Action.R_DISC:
                return self._disconnect(self._i if action is Action.I_DISC else self._r)
            case Action.ERROR:
                return [*self._disconnect(self._i), *self._disconnect(self._r, _TOO_LATE)]
            case Action.I_SND_CER | Action.R_SND_CEA | Action.I_SND_DPR | Action.R_SND_DPR:
                return self._begin(action)
            case _ if message is not None:
                return self._process(action, message, now)
        return []

    def _process(self, action: Action, message: Message, now: float) -> list[Effect]:
        """Do an action that serves a message.

        Raises:
            DiameterError: the message is a request that must be refused.
        """
        match action:
            case Action.PROCESS:
                return self._deliver(message)
            case Action.PROCESS_DWA:
                self._watchdog.received(now, is_dwa=True)
            case Action.PROCESS_DWR:
                grammar.DWR.check(message.avps)
            case Action.I_SND_DWA | Action.R_SND_DWA:
                return self._say(base.make_dwa(message, self._local))
            case Action.I_SND_DPA | Action.R_SND_DPA:
                return self._take_dpr(message, now)
        return []

    def _begin(self, action: Action) -> list[Effect]:
        """Do an action that begins something: CER, CEA, DPR."""
        match action:
            case Action.I_SND_CER if self._i is not None:
                cer = capabilities.make_cer(self._local, self._i.addresses, **self._requests.next())
                return [Send(self._i.connection, cer)]
            case Action.R_SND_CEA if self._r is not None and self._r.cer is not None:
                cea = capabilities.make_cea(self._r.cer, self._local, self._r.addresses)
                self._r.cer = None
                return [Send(self._r.connection, cea)]
            case Action.I_SND_DPR | Action.R_SND_DPR:
                dpr = base.make_dpr(self._local, DisconnectCause.REBOOTING, **self._requests.next())
                return self._say(dpr, ordered=True)
        return []

    def _move(self, state: PeerState, now: float) -> list[Effect]:
        """Enter a state: its Timeout, its watchdog, and whoever waited for it."""
        before, self.state = self.state, state
        if state is before:
            return []
        self._timeout = timeout_of(state, now)
        host = self.spec.origin_host
        links = [link for link in (self._i, self._r) if link is not None]
        effects: list[Effect] = [Moved(link.connection, host, state.name) for link in links]
        if state in _OPEN:
            effects += self._watch(self._watchdog.connection_up(now), now)
        if state is PeerState.CLOSED:
            self._requests.forget()
            if before in _OPEN:
                self._watchdog.connection_down(now)
            elif before is PeerState.CLOSING:
                self._watchdog.disconnected(now)
            effects += self._let_in(now)
        return effects

    def _deliver(self, message: Message) -> list[Effect]:
        """Hand a request over for its answer."""
        link = self._current()
        if link is None or not message.header.is_request:
            return [self._warning("unexpected_answer")]
        if message.header.application == APPLICATION_BASE:
            raise DiameterError("the capabilities were exchanged")  # a second CER
        routing.check_destination(message, self._local)
        return [Deliver(link.connection, message)]

    def _take_dpr(self, message: Message, now: float) -> list[Effect]:
        """Answer a DPR, and heed its cause (RFC 6733 §5.4.3)."""
        cause = base.disconnect_cause(message)
        if cause != DisconnectCause.REBOOTING:
            # "A receiver of a DPR with above result code SHOULD NOT attempt reconnection": not
            # soon, that is; whoever restarts the peer need not restart us.
            self._no_attempt_before = now + T_BUSY
        return [
            Note("peer_leaves", {"peer": self.spec.origin_host, "cause": cause}),
            *self._say(base.make_dpa(message, self._local), ordered=True),
        ]

    def _disconnect(self, link: Link | None, reason: str = _ELECTED) -> list[Effect]:
        """Close a connection and forget it; a CER that waits for its CEA gets one."""
        if link is None:
            return []
        if link is self._i:
            self._i = None
        else:
            self._r = None
        if link.cer is not None and not link.gone:
            return self._reject(link, reason)
        closed = [] if link.gone else [Close(link.connection)]
        return [*closed, Moved(link.connection, self.spec.origin_host, PeerState.CLOSED.name)]

    def _reject(self, link: Link, reason: str) -> list[Effect]:
        """Send a newcomer away (R-Reject)."""
        if link is self._held:
            self._held = self._probe = None
        return reject(link, self.spec.origin_host, reason, self._local)

    def _hold(self, newcomer: Link, now: float, *, probe: bool) -> list[Effect]:
        """Keep a newcomer waiting until the connection we have answers, or does not (ours)."""
        if self._held is not None:
            return self._reject(newcomer, "the peer has a connection")
        self._held = newcomer
        if not probe:
            return []
        self._probe = now + T_PROBE
        return self._watch(self._watchdog.ask(), now)

    def _let_in(self, now: float) -> list[Effect]:
        """Take the newcomer that waited for the old connection to go."""
        held, self._held, self._probe = self._held, None, None
        return [] if held is None else self.arrived(held, now)

    def _give_up(self, now: float) -> list[Effect]:
        """Close the connection we have: nobody is at its other end."""
        return self._fire(Event.I_PEER_DISC if self._i is not None else Event.R_PEER_DISC, now)

    def _watch(self, actions: list[WatchdogAction], now: float) -> list[Effect]:
        """Do what the watchdog asks for (RFC 3539 Appendix A): one thing at most."""
        match actions:
            case [WatchdogAction.SEND_WATCHDOG]:
                return self._say(base.make_dwr(self._local, **self._requests.next()))
            case [WatchdogAction.FAILOVER]:
                return [self._warning("peer_suspect")]
            case [WatchdogAction.CLOSE_CONNECTION]:
                return [self._warning("watchdog_expired"), *self._give_up(now)]
            case [WatchdogAction.ATTEMPT_OPEN]:
                # `deadline` is none in Closed unless it is for us to open.
                if self.state is PeerState.CLOSED and now >= self._no_attempt_before:
                    return self._fire(Event.START, now)
        return []

    def _current(self) -> Link | None:
        """Return the connection in use: one of the two in the open states."""
        return self._r if self._i is None else self._i

    def _link(self, connection: Connection) -> Link | None:
        links = (link for link in (self._i, self._r, self._held) if link is not None)
        return next((link for link in links if link.connection == connection), None)

    def _say(self, octets: bytes, *, ordered: bool = False) -> list[Effect]:
        """Send on the connection in use."""
        link = self._current()
        if link is None:
            return []
        return [Send(link.connection, octets, ordered=ordered or not link.proven)]

    def _warning(self, event: str, **fields: str) -> Note:
        return Note(event, {"peer": self.spec.origin_host, **fields}, "warning")
