"""A driver without sockets: it keeps its contract with the node and checks the node's.

The node may be told only what can happen: a connection that it asked for stands or fails, one
that is open sends something or is lost. Whatever happens, the node must keep the rules that
`World` checks after each step.
"""

from collections import Counter

from protocols.diameter.link import PeerSpec
from protocols.diameter.local import Local
from protocols.diameter.node import Arrival, NodeMachine
from protocols.diameter.peer import Effect, PeerMachine
from protocols.diameter.peer_table import PeerState
from protocols.effects import Close, Connect, Connection, Deliver, Moved, Refused, Send
from protocols.errors import FramingError
from tests.protocols.diameter.messages import (
    AMF,
    EIR,
    REALM,
    avp,
    cea,
    cer,
    dpa,
    dpr,
    dwa,
    dwr,
    ecr,
    message,
    number,
    origin,
    text,
)
from tests.protocols.diameter.playbook import name_of

STRANGER = "stranger.example.net"
MESSAGES = [
    cer(),
    cer(origin(AMF)),
    cer(origin(STRANGER)),
    cer({"application": number(258, 1)}),
    dwr(),
    dwr({"origin_host": b""}),
    dpr(0),
    dpr(1),
    dpr(0, {"cause": b""}),
    ecr(),
    ecr({"destination_host": text(293, STRANGER)}),
    ecr({"odd": avp(264, b"", flags=0x41)}),
    ecr({"odd": avp(264, b"")[:4]}),
    ecr(application=1),
    ecr(command=999),
    ecr()[:-4],
    b"\2" + ecr()[1:],
    message(258),
    cea(),
    cea({"origin_host": text(264, AMF)}),
    cea(code=3010),
    dwa(),
    dpa(),
    ecr(flags=0x40),
    dwa()[:-4],
    b"\1\0\0\4",
]
ANSWERING = {"R_OPEN", "I_OPEN", "CLOSING"}
STABLE = {PeerState.CLOSED, PeerState.R_OPEN, PeerState.I_OPEN}


class World:
    """Everything outside a node; each verb is something that can happen."""

    def __init__(self, *peers: str, accept_any_peer: bool = False) -> None:
        local = Local(origin_host=EIR, origin_realm=REALM, accept_any_peer=accept_any_peer)
        specs = [PeerSpec(origin_host=peer, connect=True) for peer in peers]
        self.node = NodeMachine(local, specs, random=lambda: 0.5)
        self.visited: set[str] = set()
        self.now = 0.0
        self._open: list[Connection] = []
        self._wanted: list[str] = []
        self._moved: dict[Connection, str] = {}
        self._asked: dict[Connection, tuple[int, int]] = {}
        self._answers: Counter[tuple[Connection, int]] = Counter()
        self._connections = 0
        self._requests = 0
        self._apply(self.node.start(self.now))

    def state_of(self, peer: str) -> PeerState:
        return self.node._configured[peer].state

    # What can happen

    def accept(self) -> None:
        connection = self._connect()
        self._apply(
            self.node.accepted(connection, local=("192.0.2.9",), remote="192.0.2.1", now=self.now)
        )

    def stand(self) -> None:
        """Let a connection that is wanted stand."""
        if self._wanted:
            peer = self._wanted.pop(0)
            connection = self._connect()
            self._apply(self.node.connected(connection, peer, local=("192.0.2.9",), now=self.now))

    def fail(self) -> None:
        """Let a connection that is wanted fail."""
        if self._wanted:
            self._apply(self.node.connect_failed(self._wanted.pop(0), "refused", self.now))

    def lose(self, which: int) -> None:
        if self._open:
            connection = self._open.pop(which % len(self._open))
            self._apply(self.node.lost(connection, "reset", self.now))

    def receive(self, which: int, octets: bytes) -> None:
        """Receive a message; every request has identifiers of its own."""
        if not self._open:
            return
        connection = self._open[which % len(self._open)]
        is_request = len(octets) >= 20 and bool(octets[4] & 0x80)
        if is_request:
            self._requests += 1
            octets = octets[:12] + self._requests.to_bytes(4, "big") + octets[16:]
        may_answer = self._moved.get(connection) in ANSWERING
        self._apply(self.node.receive(connection, octets, self.now))
        if is_request and may_answer:
            assert self._answers[connection, self._requests] == 1

    def shed(self, which: int) -> None:
        """Receive a check when there are too many."""
        if not self._open:
            return
        connection = self._open[which % len(self._open)]
        self._requests += 1
        may_answer = self._moved.get(connection) in ANSWERING
        octets = ecr(hop_by_hop=self._requests)
        self._apply(self.node.shed(connection, octets, self.now))
        if may_answer:
            assert self._answers[connection, self._requests] == 1

    def reply(self, which: int) -> None:
        """Receive the good answer to the last request of a connection."""
        if not self._open:
            return
        connection = self._open[which % len(self._open)]
        command, hop_by_hop = self._asked.get(connection, (280, 0))
        make = {257: cea, 280: dwa, 282: dpa}[command]
        self.receive(which, make(hop_by_hop=hop_by_hop))

    def garble(self, which: int) -> None:
        if self._open:
            connection = self._open[which % len(self._open)]
            error = FramingError("message length 3", offset=1, header=ecr()[:20])
            self._apply(self.node.garbled(connection, error, self.now))
            assert connection not in self._open

    def restart(self, which: int) -> None:
        if self._open:
            connection = self._open[which % len(self._open)]
            self._apply(self.node.restarted(connection, self.now))
            assert connection not in self._open

    def fall_ill(self, which: int) -> None:
        """Let us fail on a request."""
        if self._open:
            connection = self._open[which % len(self._open)]
            self._apply(self.node.broken(connection, ecr(), self.now))

    def wait(self) -> None:
        """Let the next timer expire."""
        due = self.node.deadline
        if due is not None:
            self.now = max(self.now, due)
            self._apply(self.node.expire(self.now))
            assert self.node.deadline is None or self.node.deadline > self.now

    def stop(self) -> None:
        self._apply(self.node.stop(self.now))

    # What must hold

    def _connect(self) -> Connection:
        self._connections += 1
        self._open.append(self._connections)
        return self._connections

    def _apply(self, effects: list[Effect]) -> None:
        before: Effect | None = None
        for effect in effects:
            self._check(effect, before)
            before = effect
        self._check_books()

    def _check(self, effect: Effect, before: Effect | None) -> None:
        match effect:
            case Send(connection, octets):
                assert connection in self._open
                self._note_sent(connection, octets)
            case Deliver(connection, request):
                assert connection in self._open
                hop_by_hop = request.header.hop_by_hop
                eca = message(324, number(268, 2001), flags=0, hop_by_hop=hop_by_hop)
                self._apply(self.node.send(connection, eca, self.now))
            case Close(connection):
                self._open.remove(connection)
            case Moved(connection, _, state):
                assert (connection in self._open) == (state != "CLOSED")
                self._moved[connection] = state
                self.visited.add(state)
            case Refused(connection, code):  # only what was answered is counted as refused
                assert isinstance(before, Send)
                assert before.connection == connection
                assert f"A {code}" in name_of(before.octets)
            case Connect(peer):
                self._wanted.append(peer)

    def _note_sent(self, connection: Connection, octets: bytes) -> None:
        command, hop_by_hop = (
            int.from_bytes(octets[5:8], "big"),
            int.from_bytes(octets[12:16], "big"),
        )
        assert name_of(octets)
        if octets[4] & 0x80:
            self._asked[connection] = command, hop_by_hop
        else:
            self._answers[connection, hop_by_hop] += 1
            assert self._answers[connection, hop_by_hop] == 1 or hop_by_hop == 0x11111111

    def _check_books(self) -> None:
        """Check connections and timers: nothing forgotten, nothing kept."""
        node = self.node
        assert set(node._connections) == set(self._open)
        assert node._answering == {e for e in self._open if self._moved.get(e) in ANSWERING}
        owners = {id(owner): owner for owner in node._connections.values()}
        machines = [*node._configured.values(), *node._visitors.values()]
        for target in (*owners.values(), *machines):
            self._check_timer(target)
        arrivals = [owner for owner in owners.values() if isinstance(owner, Arrival)]
        assert len(node._timers._armed) <= len(arrivals) + len(machines)
        assert all(machine.state is not PeerState.CLOSED for machine in node._visitors.values())

    def _check_timer(self, target: Arrival | PeerMachine) -> None:
        if isinstance(target, Arrival) or target.state not in STABLE:
            assert target.deadline is not None
        if target.deadline is not None:
            assert self.node.deadline is not None
            assert self.node.deadline <= target.deadline
