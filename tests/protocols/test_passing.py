"""What comes to one worker and is for another: two nodes, as two workers run them."""

from eir.decision.verdict import Check, Reason, Status, Verdict
from eir.interfaces.check_imei import CheckImeiInterface
from protocols.effects import Deliver, Moved, PassOn, Send
from protocols.gsm_map.contexts import negotiator
from protocols.m3ua.local import Local, PeerSpec
from protocols.m3ua.node import M3uaNode
from protocols.mtp import SERVICE_SCCP, Transfer
from protocols.passing import Answer, Passed, Segment
from protocols.sccp import codec as sccp_codec
from protocols.sccp.local import SccpLocal
from protocols.sccp.machine import SccpMachine
from protocols.sccp.primitives import Unitdata
from protocols.share import Share
from protocols.ss7 import Effect, Ss7Node
from protocols.tcap.machine import TcapMachine
from protocols.tcap.portions import cut, outline
from tests.protocols.sccp.messages import UDT, message, segments
from tests.protocols.ss7_octets import user_data, with_user_data
from tests.protocols.tcap.octets import IMEI, aarq, invoke, tlv

UP_ACK = bytes.fromhex("01000304 00000008")
ACTIVE_ACK = bytes.fromhex("01000403 00000010 00060008 00000064")
PEER_ID = tlv("48", bytes.fromhex("aabbccdd"))
EMPTY_BEGIN = tlv("62", PEER_ID, aarq(3))
CHECK = tlv("62", PEER_ID, tlv("6c", invoke()))


def prohibit(check: Check) -> Verdict:
    del check
    return Verdict(Status.PROHIBITED, "unlisted", Reason.UNLISTED)


def tcap_of(sccp: bytes) -> str:
    """Name the TCAP message that a SCCP message carries."""
    return cut(sccp_codec.decode(sccp).user_data).tag.name


def going_on(agreed: bytes, parameter: bytes = IMEI) -> bytes:
    """Make the Continue that asks, in the dialogue that a SCCP message has agreed to."""
    own_id = outline(sccp_codec.decode(agreed).user_data).originating_id
    assert own_id is not None
    return tlv("65", PEER_ID, tlv("49", own_id), tlv("6c", invoke(1, parameter)))


def test_what_is_passed_on_shows_no_personal_data() -> None:
    transfer = Transfer(1, 10, 20, SERVICE_SCCP, 2, 0, 5, b"35209900000001")
    for passed in (Segment(transfer), Answer(transfer)):
        assert "35209900" not in repr(passed)


class Crew:
    """Two workers that have an ASP each; worker `idle` has no association of its own."""

    def __init__(self, *, segments: int = 0, idle: int | None = None) -> None:
        self.nodes = [self._node(worker, segments) for worker in range(2)]
        self.passed: list[tuple[int, Passed]] = []
        self._interface = CheckImeiInterface(prohibit, imsi_places=lambda _: ())
        for worker in {0, 1} - {idle}:
            connection = 2 + worker
            node = self.nodes[worker]
            node.connected(connection, "stp", local=(), now=0.0)
            node.receive(connection, UP_ACK, 0.0, stream=0)
            moved = node.receive(connection, ACTIVE_ACK, 0.0, stream=0)
            assert Moved(connection, "stp", "ASP_ACTIVE") in moved

    def _node(self, worker: int, segments: int) -> Ss7Node:
        stp = PeerSpec(name="stp", connect=True, routing_contexts=(100,))
        return Ss7Node(
            M3uaNode(Local(point_code=20, network_indicator=0), [stp], random=lambda: 0.5),
            SccpMachine(SccpLocal(point_code=20), share=Share(worker, lambda _: segments)),
            TcapMachine(worker=worker, negotiate=negotiator((1, 2, 3)), random=lambda: 0.5),
            associations=Share(worker, lambda connection: connection % 2),
            dialogues=Share(worker, lambda number: number[0]),
        )

    def take(self, worker: int, tcap: bytes) -> list[tuple[int, bytes]]:
        """Let a TCAP message come to a worker; tell what is sent, and by which association."""
        return self.carry(worker, message(UDT, data=tcap))

    def carry(self, worker: int, sccp: bytes) -> list[tuple[int, bytes]]:
        """Let a SCCP message come to a worker; tell what is sent, and by which association."""
        node = self.nodes[worker]
        return self._do(worker, node.receive(2 + worker, with_user_data(sccp), 0.0, stream=1))

    def _do(self, worker: int, effects: list[Effect]) -> list[tuple[int, bytes]]:
        sent: list[tuple[int, bytes]] = []
        node = self.nodes[worker]
        for effect in effects:
            match effect:
                case Send():
                    sent.append((effect.connection, user_data(effect.octets)))
                case Deliver(connection, request):
                    reply = self._interface.answer(request).reply
                    sent += self._do(worker, node.send(connection, reply, 0.0))
                case PassOn(other, passed):
                    self.passed.append((other, passed))
                    sent += self._do(other, self.nodes[other].passed(passed, 0.0))
        return sent


def test_a_dialogue_goes_on_with_the_worker_that_has_begun_it() -> None:
    crew = Crew()
    ((connection, agreed),) = crew.take(0, EMPTY_BEGIN)
    assert (connection, tcap_of(agreed)) == (2, "CONTINUE")
    ((connection, answer),) = crew.take(1, going_on(agreed))
    assert [(worker, type(passed)) for worker, passed in crew.passed] == [(0, Unitdata)]
    assert (connection, tcap_of(answer)) == (2, "END")  # worker 0 has its own way there


def test_an_answer_goes_back_to_the_association_of_its_question_if_its_worker_has_none() -> None:
    crew = Crew(segments=0, idle=0)
    halves = segments(CHECK, 2)
    assert crew.carry(1, halves[0]) == []
    ((connection, answer),) = crew.carry(1, halves[1])
    kinds = [(worker, type(passed)) for worker, passed in crew.passed]
    assert kinds == [(0, Segment), (0, Segment), (1, Answer)]
    assert (connection, tcap_of(answer)) == (3, "END")


def test_segments_of_one_message_meet_whichever_ways_they_take() -> None:
    crew = Crew(segments=1)
    first, second = segments(CHECK, 2)
    assert crew.carry(0, first) == []
    ((connection, answer),) = crew.carry(1, second)
    assert (connection, tcap_of(answer)) == (3, "END")
    assert len(crew.passed) == 1


def test_a_message_of_no_dialogue_is_answered_where_it_comes() -> None:
    crew = Crew()
    unknown = tlv("65", PEER_ID, tlv("49", bytes.fromhex("01abcdef")))
    ((connection, answer),) = crew.take(1, unknown)
    assert (connection, tcap_of(answer), crew.passed) == (3, "ABORT", [])
