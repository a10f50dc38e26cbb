"""Whole M3UA messages through all layers, and what comes back."""

from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eir.decision.verdict import Check, Reason, Status, Verdict
from eir.interfaces.check_imei import CheckImeiInterface
from protocols.effects import Deliver, Dropped, Moved, Refused, Send
from protocols.gsm_map import check_imei
from protocols.gsm_map.contexts import negotiator
from protocols.gsm_map.imsi import ImsiPlace
from protocols.m3ua import codec as m3ua_codec
from protocols.m3ua.association import T_UP
from protocols.m3ua.local import Local, PeerSpec
from protocols.m3ua.node import M3uaNode
from protocols.mtp import parse_point_code
from protocols.sccp import codec as sccp_codec
from protocols.sccp.codes import ReturnCause
from protocols.sccp.local import SccpLocal
from protocols.sccp.machine import SccpMachine
from protocols.sccp.reassembly import T_REASS
from protocols.ss7 import PRIORITY, Effect, Ss7Node, begins_dialogue
from protocols.tcap import codec as tcap_codec
from protocols.tcap.ber import elements
from protocols.tcap.machine import TcapMachine
from protocols.tcap.portions import cut
from tests.protocols.sccp.messages import (
    EIR_GT,
    MSC_GT,
    RETURN,
    SCMG,
    UDT,
    UDTS,
    message,
    segments,
)
from tests.protocols.ss7_octets import user_data, with_user_data
from tests.protocols.tcap.octets import aarq, integer, invoke, result, tlv
from tests.vectors import Vector, load

MSC = 1  # the association
DATA = b"\x01\x01"
ASP_UP = bytes.fromhex("01000301 00000008")
ASP_ACTIVE = bytes.fromhex("01000401 00000010 00060008 00000064")
VECTORS = {vector.name: vector for vector in load("map")}
WORKER, T_DIALOGUE, T_BEAT = 7, 15.0, 30.0
PEER_ID = tlv("48", bytes.fromhex("aabbccdd"))
EMPTY_BEGIN = tlv("62", PEER_ID, aarq(3))
CHECK = tlv("62", PEER_ID, tlv("6c", invoke()))
QUESTIONS = [vector for vector in VECTORS.values() if vector.type == "Begin"]


@dataclass
class Eir:
    """An SS7 node with an interface that gives everybody the same status."""

    status: Status | None = Status.PROHIBITED
    checks: list[Check] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.node = Ss7Node(
            M3uaNode(
                Local(point_code=20, network_indicator=0, heartbeat=T_BEAT),
                [PeerSpec(name="msc", addresses=("192.0.2.1",))],
                random=lambda: 0.5,
            ),
            SccpMachine(SccpLocal(point_code=20)),
            TcapMachine(
                worker=WORKER,
                negotiate=negotiator((1, 2, 3)),
                random=lambda: 0.5,
                t_dialogue=T_DIALOGUE,
            ),
        )
        self._interface = CheckImeiInterface(self._decide, imsi_places=lambda _: tuple(ImsiPlace))
        self.node.accepted(MSC, local=("192.0.2.9",), remote="192.0.2.1", now=0.0)
        self.take(ASP_UP)
        assert Moved(MSC, "msc", "ASP_ACTIVE") in self.take(ASP_ACTIVE)

    def take(self, octets: bytes, now: float = 0.0) -> list[Effect]:
        """Let the node take a message, and answer what it delivers."""
        stream = 1 if octets[2:4] == DATA else 0
        effects = self.node.receive(MSC, octets, now, stream=stream)
        for effect in tuple(effects):
            if isinstance(effect, Deliver):
                answer = self._interface.answer(effect.request)
                effects += self.node.send(MSC, answer.reply, now)
        return effects

    def answer(self, octets: bytes) -> bytes:
        """Let the node take a message, and give the one answer."""
        (answer,) = data(self.take(octets))
        return answer

    def _decide(self, check: Check) -> Verdict:
        self.checks.append(check)
        return Verdict(self.status, "unlisted", Reason.UNLISTED)


def data(effects: list[Effect]) -> list[bytes]:
    """Find the DATA messages that are sent."""
    sent = [effect.octets for effect in effects if isinstance(effect, Send)]
    return [octets for octets in sent if octets[2:4] == DATA]


def asking(tcap: bytes) -> bytes:
    """Make a DATA that carries a TCAP message for us."""
    return with_user_data(message(UDT, data=tcap))


@pytest.mark.parametrize("version", ["v1", "v2", "v3", "v2_imsi"])
def test_our_answer_is_the_one_that_jss7_gave_octet_for_octet(version: str) -> None:
    asked, answered = VECTORS[f"jss7_{version}_begin"], VECTORS[f"jss7_{version}_end"]

    assert Eir(Status.PROHIBITED).answer(asked.octets) == answered.octets


@pytest.mark.parametrize("vector", QUESTIONS, ids=str)
def test_a_recorded_question_means_what_its_vector_says(vector: Vector) -> None:
    eir = Eir()
    eir.answer(vector.octets)
    (check,) = eir.checks

    assert (check.equipment, check.imsi) == (vector.meaning["imei"], vector.meaning.get("imsi"))
    assert parse_point_code(check.peer) == vector.meaning["opc"]


@pytest.mark.parametrize("vector", QUESTIONS, ids=str)
def test_every_question_gets_exactly_one_answer_in_every_verdict(vector: Vector) -> None:
    for status in (*Status, None):
        assert len(data(Eir(status).take(vector.octets))) == 1


def test_an_answer_prefers_the_association_of_its_question() -> None:
    (sent,) = (
        effect for effect in Eir().take(VECTORS["jss7_v2_begin"].octets) if isinstance(effect, Send)
    )

    assert (sent.connection, sent.ordered, sent.stream > 0) == (MSC, True, True)


@pytest.mark.spec("TS 29.002", "Annex C.2.1")
def test_an_empty_begin_is_continued_and_the_invoke_in_the_continue_is_answered() -> None:
    eir = Eir()
    going_on = user_data(eir.answer(asking(EMPTY_BEGIN)))
    own_id = going_on[going_on.index(b"\x48\x04") + 2 :][:4]
    argument = tlv("30", tlv("04", bytes.fromhex("53029900000010f0")), bytes.fromhex("03020680"))
    invoke_portion = tlv("6c", invoke(0, argument))
    ended = user_data(
        eir.answer(asking(tlv("65", PEER_ID, tlv("49", own_id), invoke_portion))),
    )

    assert own_id[0] == WORKER
    assert tlv("49", PEER_ID[2:]) in ended
    assert ended.endswith(bytes.fromhex("30030a0101"))  # prohibited


@pytest.mark.spec("ITU-T Q.714", "5.3.4.3")
def test_a_subsystem_test_is_answered_by_sccp_alone() -> None:
    eir = Eir()
    test = bytes.fromhex("03 09 1400 00")  # SST of subsystem 9 at point code 20
    answer = eir.answer(with_user_data(message(UDT, SCMG, SCMG, test)))

    assert user_data(answer).endswith(bytes.fromhex("01 09 1400 00"))  # SSA
    assert eir.checks == []


@pytest.mark.spec("ITU-T Q.714", "4.2")
def test_what_cannot_be_delivered_is_returned_when_its_sender_asks_for_that() -> None:
    to_hlr = message(UDT, bytes.fromhex("4206"), fixed=RETURN)
    effects = Eir().take(with_user_data(to_hlr))
    (returned,) = data(effects)

    assert user_data(returned)[:2] == bytes((UDTS, ReturnCause.UNEQUIPPED_USER))
    assert [effect.layer for effect in effects if isinstance(effect, Refused)] == ["sccp"]


def test_what_is_no_tcap_is_dropped_and_the_next_question_is_answered() -> None:
    eir = Eir()
    effects = eir.take(asking(b"\xff\xff"))

    assert [effect.layer for effect in effects if isinstance(effect, Dropped)] == ["tcap"]
    assert eir.answer(VECTORS["jss7_v2_begin"].octets) == VECTORS["jss7_v2_end"].octets


def test_an_answer_that_no_message_can_carry_is_dropped() -> None:
    """Pointers reach 255 octets: the user data must stand between two such addresses."""
    called, calling = bytes([200]) + EIR_GT[:5].ljust(200, b"!"), b"d" + MSC_GT[:5].ljust(100, b"!")
    data_part = bytes([len(CHECK)]) + CHECK
    pointers = bytes([3, 2 + len(called) + len(data_part), 1 + len(called)])
    question = bytes([UDT, 0]) + pointers + called + data_part + calling
    effects = Eir().take(with_user_data(question))

    assert data(effects) == []
    assert [effect.layer for effect in effects if isinstance(effect, Dropped)] == ["sccp"]


@pytest.mark.parametrize("version", ["v1", "v2", "v3"])
def test_a_message_on_which_we_fail_gets_system_failure_once(version: str) -> None:
    eir = Eir()
    question = VECTORS[f"jss7_{version}_begin"].octets
    delivered = eir.node.receive(MSC, question, 0.0, stream=1)
    (answer,) = data(eir.node.broken(MSC, question, 0.0))

    assert sum(isinstance(effect, Deliver) for effect in delivered) == 1
    assert bytes.fromhex("020100 020122") in user_data(answer)  # invoke id 0, systemFailure
    assert data(eir.node.broken(MSC, question, 0.0)) == []


def test_what_is_shown_of_a_question_has_no_personal_data() -> None:
    question = VECTORS["jss7_v2_imsi_begin"]
    (delivered,) = Eir().node.receive(MSC, question.octets, 0.0, stream=1)
    assert isinstance(delivered, Deliver)
    request = check_imei.read(delivered.request, tuple(ImsiPlace))

    assert (request.imei, request.imsi) == (question.meaning["imei"], question.meaning["imsi"])
    shown = repr((delivered, request))
    assert request.imei not in shown
    assert str(request.imsi) not in shown
    assert escaped(delivered.request.parameter[2:10]) not in shown  # the IMEI, as it was sent


SECRET = b"\x04\x08personal"


@pytest.mark.parametrize(
    "value",
    [
        m3ua_codec.decode(asking(SECRET)),
        m3ua_codec.ProtocolData(1, 2, 3, 0, 0, 0, SECRET),
        sccp_codec.decode(message(UDT, data=SECRET)),
        tcap_codec.decode(tlv("62", PEER_ID, tlv("6c", invoke(0, SECRET)))),
        tcap_codec.decode(tlv("62", PEER_ID, tlv("6c", result(0, SECRET)))),
        tcap_codec.decode(tlv("62", PEER_ID, tlv("6c", tlv("a3", integer(0), integer(7), SECRET)))),
        cut(tlv("62", PEER_ID, tlv("6c", invoke(0, SECRET), result(0, SECRET)))),
        next(elements(SECRET)),
    ],
    ids=type,
)
def test_no_layer_shows_what_it_carries(value: object) -> None:
    assert escaped(SECRET[2:]) not in repr(value)


def escaped(octets: bytes) -> str:
    """Write octets as they stand in a `repr`."""
    return repr(octets)[2:-1]


def test_the_earliest_timer_of_all_layers_is_the_next() -> None:
    eir = Eir()
    now = T_UP  # the timer that the peer's ASP Up met may still be armed before
    assert eir.node.expire(now) == []
    assert eir.node.deadline == T_BEAT

    eir.take(asking(EMPTY_BEGIN), now)
    assert eir.node.deadline == now + T_DIALOGUE

    eir.take(with_user_data(segments(CHECK, 2)[0]), now)
    assert eir.node.deadline == now + T_REASS

    assert data(eir.node.expire(now + T_REASS)) == []  # nobody asked for what is lost
    assert len(data(eir.node.expire(now + T_DIALOGUE))) == 1  # an abort
    assert eir.node.deadline == T_BEAT


@pytest.mark.parametrize("vector", VECTORS.values(), ids=str)
def test_a_whole_begin_may_be_discarded_and_an_end_may_not(vector: Vector) -> None:
    is_begin = vector.type == "Begin"
    assert Eir().node.priority_of(MSC, vector.octets) == (PRIORITY if is_begin else None)


@pytest.mark.parametrize(
    "octets",
    [
        asking(tlv("65", PEER_ID, tlv("49", bytes(4)))),  # a Continue of some dialogue
        asking(b""),
        with_user_data(next(iter(segments(CHECK, 10)))),
        with_user_data(message(UDTS, fixed=1, data=CHECK)),
        with_user_data(b""),
        with_user_data(b"\x09\x00\xff\xff\xff"),
        bytes.fromhex("01000101 0000000c 021000ff"),
        ASP_UP,
        b"",
    ],
)
def test_what_others_wait_for_or_belong_to_is_never_discarded(octets: bytes) -> None:
    assert Eir().node.priority_of(MSC, octets) is None


@pytest.mark.spec("TS 29.002", "5.1.2")
def test_a_discarded_question_has_no_answer_and_leaves_no_dialogue() -> None:
    node = Eir().node
    before = node.deadline
    done = node.shed(MSC, asking(EMPTY_BEGIN), 0.0)
    assert done == [Dropped(MSC, "map", "too many requests", "msc")]
    assert node.deadline == before


@given(st.binary(max_size=64))
def test_any_octets_are_a_question_or_are_not(octets: bytes) -> None:
    assert begins_dialogue(octets) in {True, False}
    assert begins_dialogue(asking(octets)) == (octets[:1] == b"\x62")
