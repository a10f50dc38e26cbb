"""Conversations with a Diameter node, written as they would be told.

    Playbook(node).at(0.0).accepts(1).does("1: WAIT_CER")
                  .at(0.1).receives(1, cer()).does("1: CEA 2001", ..., "1: mme1 R_OPEN")

What a node does is compared whole and in order, each effect as one line:

    1: CEA 2001            a message sent on connection 1; for an answer its result, `E` if set,
                           and `unordered` if SCTP may deliver it so
    1: deliver             a request handed over for its answer
    1: close               the connection is closed
    1: mme1 R_OPEN         the connection's new state
    1: refused 5005        a request was refused
    connect mme1           a connection is wanted
    note connection_lost   a fact for the log

A step without `does` does nothing; the last step of a conversation says so, by `does()`. Timers
are never forgotten: whatever would expire between two steps expires, and must do nothing, unless
`expires` asks for it.
"""

import difflib
from typing import Protocol, Self, TypeAlias

from protocols.diameter.codec import Message
from protocols.diameter.codes import AvpCode
from protocols.diameter.node import NodeMachine
from protocols.diameter.peer import Effect
from protocols.effects import Became, Close, Connect, Deliver, Dropped, Moved, Note, Refused, Send
from tests.protocols.diameter.messages import parse, parse_avps

Effects: TypeAlias = list[Effect]

_NAMES = {257: "CE", 280: "DW", 282: "DP", 324: "EC"}


class MakesAnswer(Protocol):
    """Makes the peer's answer to a request of ours."""

    def __call__(self, *, hop_by_hop: int) -> bytes: ...


class Playbook:
    """A conversation with one node; every method continues it."""

    def __init__(self, node: NodeMachine) -> None:
        self.node = node
        self.effects: Effects = []
        self._now = 0.0
        self._unsaid: Effects = []
        self._asked: dict[int, int] = {}  # connection -> hop-by-hop of our last request on it

    def at(self, now: float) -> Self:
        """Let time pass; what expires on the way must have nothing to do."""
        while self.node.deadline is not None and self.node.deadline < now:
            self._happens(self.node.expire(self.node.deadline)).does()
        self._now = now
        return self

    def starts(self) -> Self:
        return self._happens(self.node.start(self._now))

    def stops(self) -> Self:
        return self._happens(self.node.stop(self._now))

    def accepts(self, connection: int, remote: str = "192.0.2.1") -> Self:
        local = ("192.0.2.9",)
        return self._happens(
            self.node.accepted(connection, local=local, remote=remote, now=self._now)
        )

    def connects(self, connection: int, peer: str) -> Self:
        local = ("192.0.2.9",)
        return self._happens(self.node.connected(connection, peer, local=local, now=self._now))

    def fails_to_connect(self, peer: str) -> Self:
        return self._happens(self.node.connect_failed(peer, "refused", self._now))

    def receives(self, connection: int, octets: bytes) -> Self:
        return self._happens(self.node.receive(connection, octets, self._now))

    def replies(self, connection: int, make: MakesAnswer) -> Self:
        """Let the peer answer our last request on a connection."""
        return self.receives(connection, make(hop_by_hop=self.hop_by_hop_of(connection)))

    def hop_by_hop_of(self, connection: int) -> int:
        """Tell the Hop-by-Hop Identifier of our last request on a connection."""
        return self._asked[connection]

    def answers(self, connection: int, octets: bytes) -> Self:
        return self._happens(self.node.send(connection, octets, self._now))

    def loses(self, connection: int) -> Self:
        return self._happens(self.node.lost(connection, "reset", self._now))

    def expires(self) -> Self:
        """Let the timer expire that is due now."""
        assert self.node.deadline == self._now, f"the next timer is at {self.node.deadline}"
        return self._happens(self.node.expire(self._now))

    def does(self, *expected: str) -> Self:
        """Compare what the last step did."""
        self._unsaid = []
        _compare(self.effects, list(expected))
        return self

    def _happens(self, effects: Effects) -> Self:
        _compare(self._unsaid, [])
        self.effects = self._unsaid = effects
        for effect in effects:
            if isinstance(effect, Send) and effect.octets[4] & 0x80:
                self._asked[effect.connection] = parse(effect.octets).header.hop_by_hop
        return self


def _compare(effects: Effects, expected: list[str]) -> None:
    done = [say(effect) for effect in effects]
    assert done == expected, "\n" + "\n".join(difflib.ndiff(expected, done))


def say(effect: Effect) -> str:
    """Write an effect as one line."""
    match effect:
        case Send(connection, octets, ordered):
            return f"{connection}: {name_of(octets)}{'' if ordered else ' unordered'}"
        case Deliver(connection):
            return f"{connection}: deliver"
        case Close(connection):
            return f"{connection}: close"
        case Moved(connection, peer, state):
            return f"{connection}: {(peer.partition('.')[0] + ' ' + state).strip()}"
        case Refused(connection, code):
            return f"{connection}: refused {code}"
        case Dropped(connection, layer):
            return f"{connection}: dropped by {layer}"
        case Became(kind, name, state):
            return f"{kind} {name} {state}"
        case Connect(peer):
            return f"connect {peer.partition('.')[0]}"
        case Note(event):
            return f"note {event}"


def sent(effects: Effects) -> list[Message]:
    """Read the messages that were sent."""
    return [parse(effect.octets) for effect in effects if isinstance(effect, Send)]


def name_of(octets: bytes) -> str:
    """Name a message as `ECR`, or `ECA 2001` or `CEA 3010 E` with its result."""
    message = parse(octets)
    header = message.header
    letters = _NAMES.get(header.command, str(header.command))
    if header.is_request:
        return f"{letters}R"
    return f"{letters}A {_result(message)}{' E' if header.flags & 0x20 else ''}"


def _result(answer: Message) -> int:
    plain = answer.first(AvpCode.RESULT_CODE)
    if plain is not None:
        return int.from_bytes(plain.data, "big")
    (experimental,) = answer.every(AvpCode.EXPERIMENTAL_RESULT)
    inside = {avp.code: avp.data for avp in parse_avps(experimental.data)}
    return int.from_bytes(inside[AvpCode.EXPERIMENTAL_RESULT_CODE], "big")
