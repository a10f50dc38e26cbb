"""The Diameter node as a target.

Any octets, however a stream cuts them, are answered, ignored, or close their connection; an answer
carries the identifiers of its request; and the next good request on another connection is answered.
"""

from collections.abc import Callable, Iterator, Sequence
from random import Random

from eir.decision.verdict import Check, Reason, Status, Verdict
from eir.interfaces.s13 import S13Interface
from protocols.diameter.codec import read_header
from protocols.diameter.framing import HEAD
from protocols.diameter.link import PeerSpec
from protocols.diameter.local import Local
from protocols.diameter.node import NodeMachine
from protocols.diameter.peer import Effect
from protocols.effects import Close, Deliver, Refused, Send
from protocols.framing import Framer
from tests import vectors
from tools.fuzz.engine import BrokenInvariantError, Conversation

MAX_OCTETS = 65536
FUZZED, GOOD = 1, 2  # connections
STRANGER, FRIEND = "192.0.2.66", "192.0.2.1"  # where they come from
ACCEPTED = (268).to_bytes(4, "big") + bytes.fromhex("4000000c 000007d1")  # Result-Code 2001

LOCAL = Local(
    origin_host="eir.epc.mnc001.mcc001.3gppnetwork.org",
    origin_realm="epc.mnc001.mcc001.3gppnetwork.org",
    accept_any_peer=True,
)


def new_node(good_host: str) -> NodeMachine:
    """Make a node that lets anybody in, but the good peer only from its own address."""
    friend = PeerSpec(origin_host=good_host, addresses=(FRIEND,))
    return NodeMachine(LOCAL, [friend], random=Random(0).random)  # noqa: S311 - jitter


class DiameterTarget:
    """A node that recorded capabilities exchanges open, and recorded messages are sent to."""

    is_stream = True

    def __init__(self, make_node: Callable[[str], NodeMachine] = new_node) -> None:
        recorded = vectors.load("diameter")
        good = {vector.name: vector for vector in recorded}
        self.opening = [(vector.octets,) for vector in recorded if vector.type == "CER"]
        self.messages = [vector.octets for vector in recorded]
        self._good = (good["go_cer"].octets, good["go_ecr"].octets)
        self._good_host = str(good["go_cer"].meaning["origin_host"])
        self._make_node = make_node
        self._interface = S13Interface(LOCAL, _permit)

    def damaged(self, octets: bytes, damage: Callable[[bytes], bytes], random: Random) -> bytes:
        """Damage a message; mostly with a length that lets it reach the decoder."""
        octets = damage(octets)
        if random.random() < 0.9 and len(octets) >= HEAD.octets:
            octets += bytes(-len(octets) % 4)
            octets = octets[:1] + len(octets).to_bytes(3, "big") + octets[4:]
        return octets

    def play(self, conversation: Conversation) -> frozenset[str]:
        """Play one conversation to a new node."""
        node = self._make_node(self._good_host)
        did: set[str] = set()
        node.accepted(FUZZED, local=(FRIEND,), remote=STRANGER, now=0.0)
        for message in _messages(node, conversation):
            effects = self._give(node, FUZZED, message)
            did |= {_kind(effect) for effect in effects}
            _check_identifiers(message, effects)
        self._ask_as_the_good_peer(node)
        return frozenset(did)

    def _ask_as_the_good_peer(self, node: NodeMachine) -> None:
        node.accepted(GOOD, local=(FRIEND,), remote=FRIEND, now=1.0)
        for request in self._good:
            effects = self._give(node, GOOD, request)
            answers = [effect.octets for effect in effects if isinstance(effect, Send)]
            if len(answers) != 1 or ACCEPTED not in answers[0]:
                raise BrokenInvariantError(f"a good request was not served: {effects}")

    def _give(self, node: NodeMachine, connection: int, message: bytes) -> list[Effect]:
        """Let the node take a message, and answer what it delivers."""
        effects = node.receive(connection, message, 1.0)
        for effect in tuple(effects):
            if isinstance(effect, Deliver):
                answer = self._interface.answer(effect.request)
                effects += node.send(effect.connection, answer.reply, 1.0)
        return effects


def _messages(node: NodeMachine, conversation: Conversation) -> Iterator[bytes]:
    """Cut the stream into messages; tell the node when it cannot be cut any more."""
    framer = Framer(HEAD, MAX_OCTETS)
    for segment in conversation:
        yield from framer.feed(segment)
        if framer.error is not None:
            node.garbled(FUZZED, framer.error, 1.0)
            return


def _check_identifiers(message: bytes, effects: Sequence[Effect]) -> None:
    """An answer belongs to a request: the same command and identifiers (RFC 6733 §6.2)."""
    for effect in effects:
        if not isinstance(effect, Send) or effect.connection != FUZZED:
            continue
        answer, request = read_header(effect.octets), read_header(message)
        if answer.is_request:
            continue
        if (answer.command, answer.hop_by_hop, answer.end_to_end) != (
            request.command,
            request.hop_by_hop,
            request.end_to_end,
        ):
            raise BrokenInvariantError("an answer does not carry its request's identifiers")


def _kind(effect: Effect) -> str:
    """Name what an effect is, without what differs from message to message."""
    match effect:
        case Refused(_, code, reason):
            return f"refused {code} {''.join(c for c in reason if not c.isdigit())}"
        case Send(_, octets):
            return f"send {octets[4:8].hex()}"
        case Close():
            return "close"
        case other:
            return type(other).__name__


def _permit(check: Check) -> Verdict:
    del check
    return Verdict(Status.PERMITTED, "unlisted", Reason.UNLISTED)
