"""The SS7 node as a target: M3UA, SCCP, TCAP and MAP.

Any message is answered, or not, as its layer says; nothing gets two answers; the association stays
active unless it was told otherwise, and then the next good check is answered on it; and so it is
on another association, whatever happened to the first.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from random import Random

from eir.decision.verdict import Check, Reason, Status, Verdict
from eir.interfaces.check_imei import CheckImeiInterface
from protocols.effects import Close, Deliver, Dropped, Moved, Refused, Send
from protocols.gsm_map.contexts import negotiator
from protocols.gsm_map.imsi import ImsiPlace
from protocols.m3ua.local import Local, PeerSpec
from protocols.m3ua.node import M3uaNode
from protocols.sccp.local import SccpLocal
from protocols.sccp.machine import SccpMachine
from protocols.ss7 import Effect, Ss7Node
from protocols.tcap.machine import TcapMachine
from tests import vectors
from tools.fuzz.engine import BrokenInvariantError, Conversation

FUZZED, GOOD = 1, 2  # associations
STRANGER, FRIEND = "192.0.2.66", "192.0.2.1"  # where they come from
POINT_CODE = 20  # whom the recorded questions are for
MAX_DEPTH = 16
STREAM = 1  # SCTP stream of DATA; everything else is on 0
DATA = b"\x01\x01"  # message class and type (RFC 4666 §3.1.2)
ASP_UP = bytes.fromhex("01000301 00000008")
ASP_ACTIVE = bytes.fromhex("01000401 00000010 00060008 00000064")
PROTOCOL_DATA = b"\x02\x10"
SUCCESS = bytes.fromhex("0a0100")  # a status: permitted


def new_node(kind: type[Ss7Node] = Ss7Node) -> Ss7Node:
    """Make a node that two peers may connect to."""
    random = Random(0).random  # noqa: S311 - jitter
    local = Local(point_code=POINT_CODE, network_indicator=0)
    peers = [
        PeerSpec(name="stranger", addresses=(STRANGER,)),
        PeerSpec(name="friend", addresses=(FRIEND,)),
    ]
    return kind(
        M3uaNode(local, peers, random=random),
        SccpMachine(SccpLocal(point_code=POINT_CODE)),
        TcapMachine(worker=0, negotiate=negotiator((1, 2, 3)), random=random),
    )


class MapTarget:
    """A node that an MSC connects to, and sends recorded questions."""

    is_stream = False

    def __init__(self, make_node: Callable[[], Ss7Node] = new_node) -> None:
        recorded = vectors.load("map")
        self.opening: Sequence[Conversation] = [(ASP_UP, ASP_ACTIVE)]
        self.messages: Sequence[bytes] = [vector.octets for vector in recorded]
        self._good = next(v.octets for v in recorded if v.name == "jss7_v2_begin")
        self._make_node = make_node
        self._interface = CheckImeiInterface(_permit, imsi_places=lambda _: tuple(ImsiPlace))

    def damaged(self, octets: bytes, damage: Callable[[bytes], bytes], random: Random) -> bytes:
        """Damage one layer of a message, mostly so that the layers below it stay whole."""
        layers = _Layers.of(octets)
        if layers is not None and random.random() < 0.9:
            how = random.choice((_damaged_sccp, _damaged_tcap, _damaged_element, _damaged_element))
            return how(layers, damage, random)
        octets = damage(octets)
        if random.random() < 0.9 and len(octets) >= 8:
            octets = octets[:4] + len(octets).to_bytes(4, "big") + octets[8:]
        return octets

    def play(self, conversation: Conversation) -> frozenset[str]:
        """Play one conversation to a new node."""
        node = self._make_node()
        did: set[str] = set()
        state = ""
        node.accepted(FUZZED, local=(FRIEND,), remote=STRANGER, now=0.0)
        for message in conversation:
            effects = self._give(node, FUZZED, message)
            did |= {_kind(effect) for effect in effects}
            if len(_answers(effects)) > 1:
                raise BrokenInvariantError(f"answered more than once: {effects}")
            for effect in effects:
                if isinstance(effect, Moved):
                    state = effect.state
            if any(isinstance(effect, Close) for effect in effects):
                state = "CLOSED"
                break
        if state == "ASP_ACTIVE":
            self._give(node, FUZZED, ASP_ACTIVE)  # it may have been so for another context only
            self._ask(node, FUZZED)
        node.accepted(GOOD, local=(FRIEND,), remote=FRIEND, now=1.0)
        self._give(node, GOOD, ASP_UP)
        self._give(node, GOOD, ASP_ACTIVE)
        self._ask(node, GOOD)
        return frozenset(did)

    def _ask(self, node: Ss7Node, connection: int) -> None:
        effects = self._give(node, connection, self._good)
        answers = _answers(effects)
        if len(answers) != 1 or SUCCESS not in answers[0]:
            raise BrokenInvariantError(f"a good check was not answered: {effects}")

    def _give(self, node: Ss7Node, connection: int, message: bytes) -> list[Effect]:
        """Let the node take a message, and answer what it delivers."""
        stream = STREAM if message[2:4] == DATA else 0
        effects = node.receive(connection, message, 1.0, stream=stream)
        for effect in tuple(effects):
            if isinstance(effect, Deliver):
                answer = self._interface.answer(effect.request)
                effects += node.send(effect.connection, answer.reply, 1.0)
        return effects


@dataclass(frozen=True, slots=True)
class _Layers:
    """A recorded DATA whose last parameter is the Protocol Data, cut into its layers."""

    head: bytes  # M3UA up to the Protocol Data
    label: bytes  # OPC, DPC, SI, NI, MP, SLS
    sccp: bytes

    @classmethod
    def of(cls, octets: bytes) -> "_Layers | None":
        """Cut a message; None: it has not these layers, or was damaged before."""
        start = octets.find(PROTOCOL_DATA, 8)
        if octets[2:4] != DATA or start < 0:
            return None
        stop = start + int.from_bytes(octets[start + 2 : start + 4], "big")
        sccp = octets[start + 16 : stop]
        if len(sccp) < 5 or len(sccp) <= 4 + sccp[4]:
            return None
        return cls(octets[8:start], octets[start + 4 : start + 16], sccp)

    @property
    def tcap(self) -> bytes:
        """The user data of the UDT, which its third pointer leads to."""
        start = 4 + self.sccp[4]
        return self.sccp[start + 1 : start + 1 + self.sccp[start]]

    def with_sccp(self, sccp: bytes) -> bytes:
        """Put another user part's message into the DATA."""
        value = self.label + sccp
        data = PROTOCOL_DATA + (4 + len(value)).to_bytes(2, "big") + value
        parameters = self.head + data + bytes(-len(data) % 4)
        return bytes((1, 0)) + DATA + (8 + len(parameters)).to_bytes(4, "big") + parameters

    def with_tcap(self, tcap: bytes) -> bytes:
        """Put another user's message into the UDT, cut to what one holds."""
        start = 4 + self.sccp[4]
        return self.with_sccp(self.sccp[:start] + bytes([min(len(tcap), 255)]) + tcap[:255])


def _damaged_sccp(layers: _Layers, damage: Callable[[bytes], bytes], random: Random) -> bytes:
    del random
    return layers.with_sccp(damage(layers.sccp))


def _damaged_tcap(layers: _Layers, damage: Callable[[bytes], bytes], random: Random) -> bytes:
    del random
    return layers.with_tcap(damage(layers.tcap))


def _damaged_element(layers: _Layers, damage: Callable[[bytes], bytes], random: Random) -> bytes:
    """Damage what is inside an element of TCAP or MAP, and mend the lengths around it."""
    octets = layers.tcap
    paths = list(_elements(octets, 0, len(octets)))
    if not paths:  # damaged before
        return layers.with_tcap(damage(octets))
    path = random.choice(paths)
    start, stop = path[-1]
    changed = damage(octets[start:stop])
    for depth, (start, stop) in reversed([*enumerate(path)]):
        outer_start, outer_stop = path[depth - 1] if depth else (0, len(octets))
        before = octets[outer_start : start - 1]  # elements before this one, and its tag
        changed = before + _length(changed) + changed + octets[stop:outer_stop]
    return layers.with_tcap(changed)


def _length(octets: bytes) -> bytes:
    if len(octets) < 128:
        return bytes([len(octets)])
    return b"\x82" + len(octets).to_bytes(2, "big")


def _elements(
    octets: bytes, start: int, stop: int, path: tuple[tuple[int, int], ...] = ()
) -> Iterator[tuple[tuple[int, int], ...]]:
    """Find all elements: for each the spans of the values from the outermost to its own."""
    while start + 2 <= stop and len(path) < MAX_DEPTH:
        inside = start + 2  # recorded messages have tags and lengths of one octet
        end = inside + octets[start + 1]
        if end > stop:  # damaged before
            return
        yield (*path, (inside, end))
        if octets[start] & 0x20:
            yield from _elements(octets, inside, end, (*path, (inside, end)))
        start = end


def _answers(effects: Sequence[Effect]) -> list[bytes]:
    sent = [effect.octets for effect in effects if isinstance(effect, Send)]
    return [octets for octets in sent if octets[2:4] == DATA]


def _kind(effect: Effect) -> str:
    """Name what an effect is, without what differs from message to message."""
    match effect:
        case Refused(_, code, reason, _, layer):
            return f"refused {layer} {code} {_without_digits(reason)}"
        case Dropped(_, layer, reason):
            return f"dropped {layer} {_without_digits(reason)}"
        case Send(_, octets):
            return f"send {octets[2:4].hex()}"
        case other:
            return type(other).__name__


def _without_digits(text: str) -> str:
    return "".join(letter for letter in text if not letter.isdigit())


def _permit(check: Check) -> Verdict:
    del check
    return Verdict(Status.PERMITTED, "unlisted", Reason.UNLISTED)
