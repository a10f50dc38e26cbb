"""A driver without sockets: it keeps its contract with the node and checks the node's.

The node may be told only what can happen: a connection that it asked for stands or fails, one
that is open sends something, restarts or is lost. Whatever happens, the node must keep the rules
that `World` checks after each step.
"""

import dataclasses
from typing import Literal

from protocols.effects import (
    Close,
    Connect,
    Connection,
    Deliver,
    Dropped,
    Moved,
    Refused,
    Send,
)
from protocols.errors import FramingError
from protocols.m3ua.asp_table import AspState
from protocols.m3ua.association import Effect
from protocols.m3ua.local import PeerSpec
from protocols.m3ua.node import M3uaNode
from protocols.mtp import Transfer
from tests.protocols.m3ua import wire
from tests.protocols.m3ua.nodes import ASP1, ASP2, PAIR, QUIET
from tests.protocols.m3ua.wire import (
    EIR,
    MSC,
    NAMES,
    ack,
    affected,
    asp_active,
    asp_up,
    data,
    error,
    message,
    notify,
    number,
    registered,
)

ACTIVATING = [
    asp_up(1),
    asp_active(100),
    ack("ASP_UP"),
    ack("ASP_ACTIVE"),
    ack("ASP_ACTIVE", 100),
    registered(77),
    data(100),
]
MESSAGES = [
    *ACTIVATING,
    *(message(code) for code in NAMES),
    asp_up(),
    asp_active(100, 101, mode=1),
    asp_active(mode=2),
    asp_active(mode=9),
    ack("ASP_ACTIVE", 101),
    ack("ASP_INACTIVE", 100),
    message("ASP_INACTIVE", number(wire.RC, 100)),
    registered(0, status=1),
    *(notify(status, 100, asp=2) for status in wire.STATUS_OF),
    *(notify(status) for status in wire.STATUS_OF),
    *(affected(kind, (0, MSC)) for kind in ("DUNA", "DAVA", "DRST", "SCON", "DUPU")),
    affected("DUNA", (3, MSC), rc=100),
    affected("DUPU", (0, MSC), rest=number(wire.USER_CAUSE, 0x10003)),
    affected("DAUD", (0, EIR), (0, 5)),
    affected("DAUD", (3, EIR)),
    *(error(code) for code in (0x01, 0x03, 0x05, 0x06, 0x0D, 0x19, 0x1A)),
    data(),
    data(7),
    data(101, dpc=21),
    data(100, na=8),
    data(100)[:-1],
    message(0x0909),
    message(0x0800),
    message("ASP_UP", version=2),
    message("ERROR", version=2),
]
REMOTES = [ASP1, ASP2, "192.0.2.3"]


class World:
    """Everything outside a node; each verb is something that can happen."""

    def __init__(self, exchange: Literal["single", "double"] = "single") -> None:
        local = dataclasses.replace(QUIET, exchange=exchange, heartbeat=5.0, accept_any_peer=True)
        specs = [
            dataclasses.replace(PAIR, network_appearance=9),
            PeerSpec(name="asking", connect=True, register=True),
            PeerSpec(name="msc", addresses=(ASP1, ASP2), routing_contexts=(100, 101)),
        ]
        self.node = M3uaNode(local, specs, random=lambda: 0.5)
        self.now = 0.0
        self.visited: set[str] = set()
        self.sent: set[str] = set()
        self._open: list[Connection] = []
        self._wanted: list[str] = []
        self._moved: dict[Connection, str] = {}
        self._connections = 0
        self._received = b""
        self._last: Transfer | None = None
        self._apply(self.node.start(self.now))

    # What can happen

    def accept(self, which: int) -> None:
        connection = self._connect()
        remote = REMOTES[which % len(REMOTES)]
        self._apply(self.node.accepted(connection, local=(), remote=remote, now=self.now))

    def stand(self) -> None:
        """Let a connection that is wanted stand."""
        if self._wanted:
            peer = self._wanted.pop(0)
            connection = self._connect()
            self._apply(self.node.connected(connection, peer, local=(), now=self.now))

    def fail(self) -> None:
        """Let a connection that is wanted fail."""
        if self._wanted:
            self._apply(self.node.connect_failed(self._wanted.pop(0), "refused", self.now))

    def receive(self, which: int, octets: bytes) -> None:
        connection = self._any(which)
        if connection is not None:
            self._received = octets
            self._apply(self.node.receive(connection, octets, self.now, stream=1))
            self._received = b""

    def restart(self, which: int) -> None:
        connection = self._any(which)
        if connection is not None:
            self._apply(self.node.restarted(connection, self.now))

    def lose(self, which: int) -> None:
        connection = self._any(which)
        if connection is not None:
            self._open.remove(connection)
            self._apply(self.node.lost(connection, "reset", self.now))

    def garble(self, which: int) -> None:
        connection = self._any(which)
        if connection is not None:
            failure = FramingError("message length 3", offset=4, header=data()[:8])
            self._apply(self.node.garbled(connection, failure, self.now))
            assert connection not in self._open

    def answer_again(self) -> None:
        """Answer what was delivered last, wherever it came from."""
        if self._last is not None:
            self._apply(self.node.send(self._last, self.now))

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

    def _any(self, which: int) -> Connection | None:
        return self._open[which % len(self._open)] if self._open else None

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
            case Send(connection, octets, stream=stream):
                assert connection in self._open
                name, _ = wire.parse(octets)
                self.sent.add(name)
                assert (name == "DATA") == (stream > 0)  # RFC 4666 §1.4.7
                assert name != "ERROR" or self._received[2:4] != b"\0\0"  # §3.8.1
            case Deliver(connection, Transfer() as request):
                assert connection in self._open
                swapped = dataclasses.replace(request, opc=request.dpc, dpc=request.opc)
                self._last = swapped
                self._apply(self.node.send(swapped, self.now))
            case Close(connection):
                self._open.remove(connection)
            case Moved(connection, _, state):
                assert (connection in self._open) == (state != "CLOSED")
                assert self._moved.get(connection) != state
                self._moved[connection] = state
                self.visited.add(state)
            case Refused(connection, code):  # only what was answered is counted as refused
                assert isinstance(before, Send)
                assert wire.parse(before.octets)[0] == "ERROR"
                assert before.octets[12:16] == code.to_bytes(4, "big")
            case Dropped(connection):
                assert connection in self._moved
            case Connect(peer):
                assert peer not in self._wanted
                self._wanted.append(peer)

    def _check_books(self) -> None:
        """Check connections, states and timers: nothing forgotten, nothing kept."""
        node = self.node
        associations = node._associations
        assert set(associations) == set(self._open) == set(node._told)
        for connection, association in associations.items():
            assert self._moved[connection] == association.state.name
            asp = association.asp
            if asp is not None and asp.state is AspState.ASP_DOWN and association.initiated:
                assert asp.deadline is not None  # it asks to be up, for as long as it is not
            if association.deadline is not None:
                assert node.deadline is not None
                assert node.deadline <= association.deadline
        for server in node._registry._servers.values():
            assert set(server._active) <= set(server._members) <= set(associations)
            assert (server.deadline is not None) == (server.state.name == "AS_PENDING")
