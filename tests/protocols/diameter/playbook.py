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
    1: hand over to 2      the connection belongs to another worker
    connect mme1           a connection is wanted
    note connection_lost   a fact for the log
"""

from collections.abc import Sequence
from typing import Protocol, Self, TypeAlias

from protocols.diameter.codec import Message
from protocols.diameter.codes import AvpCode
from protocols.diameter.node import NodeMachine
from protocols.diameter.peer import Effect
from protocols.effects import (
    Became,
    Close,
    Connect,
    Deliver,
    Dropped,
    HandOver,
    Moved,
    Note,
    PassOn,
    Refused,
    Send,
)
from tests.conversation import Conversation
from tests.protocols.diameter.messages import parse, parse_avps

Effects: TypeAlias = Sequence[Effect]

_NAMES = {257: "CE", 280: "DW", 282: "DP", 324: "EC"}


class MakesAnswer(Protocol):
    """Makes the peer's answer to a request of ours."""

    def __call__(self, *, hop_by_hop: int) -> bytes: ...


class Playbook(Conversation[NodeMachine]):
    """A conversation with one node; every method continues it."""

    def __init__(self, node: NodeMachine) -> None:
        super().__init__(node)
        self._asked: dict[int, int] = {}  # connection -> hop-by-hop of our last request on it

    @staticmethod
    def say(effect: Effect) -> str:
        return say(effect)

    def replies(self, connection: int, make: MakesAnswer) -> Self:
        """Let the peer answer our last request on a connection."""
        return self.receives(connection, make(hop_by_hop=self.hop_by_hop_of(connection)))

    def hop_by_hop_of(self, connection: int) -> int:
        """Tell the Hop-by-Hop Identifier of our last request on a connection."""
        return self._asked[connection]

    def answers(self, connection: int, octets: bytes) -> Self:
        return self._happens(self.node.send(connection, octets, self._now))

    def _happens(self, effects: Effects) -> Self:
        super()._happens(effects)
        for effect in effects:
            if isinstance(effect, Send) and effect.octets[4] & 0x80:
                self._asked[effect.connection] = parse(effect.octets).header.hop_by_hop
        return self


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
        case HandOver(connection, worker):
            return f"{connection}: hand over to {worker}"
        case other:
            return _say_of_no_connection(other)


def _say_of_no_connection(effect: Became | Connect | Note | PassOn) -> str:
    match effect:
        case Became(kind, name, state):
            return f"{kind} {name} {state}"
        case Connect(peer):
            return f"connect {peer.partition('.')[0]}"
        case Note(event):
            return f"note {event}"
        case PassOn(worker):
            return f"pass on to {worker}"


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
