"""Whole dialogues: what a peer sends, what it gets. tshark and jSS7 say whether it is right."""

import shutil
from collections.abc import Iterator

import pytest

from eir.decision.verdict import Check, Reason, Status, Verdict
from eir.interfaces.check_imei import CheckImeiInterface
from protocols.gsm_map.contexts import negotiator
from protocols.gsm_map.imsi import ImsiPlace
from protocols.tcap.machine import TcapMachine
from protocols.tcap.portions import MAX_COMPONENTS
from protocols.tcap.primitives import Invocation, Respond
from tests import vectors
from tests.interop.ss7_judge import Judged, judge_messages
from tests.protocols.gsm_map.invocations import (
    BMUEF,
    BOTH,
    IMSI,
    NEITHER,
    STATUS,
    container,
    imei,
    sequence,
)
from tests.protocols.tcap.octets import (
    OTID,
    aare,
    aarq,
    abort,
    abrt,
    begin,
    end,
    go_on,
    integer,
    invoke,
    p_abort,
    reject,
    result,
    tcap_of,
    tlv,
    unitdata,
)

OWN = bytes.fromhex("01000001")
IMEISV = bytes.fromhex("5308191086355510")
PROVIDER_ABORT = bytes.fromhex("be12 2810 0607 04000001010101 a005 a503 0a0100")
VECTORS = {vector.name: vector for vector in vectors.load("map")}


class Eir:
    """TCAP with the interface behind it; `checks` are those that were decided."""

    def __init__(self, status: Status | None = Status.PROHIBITED) -> None:
        self.status = status
        self.checks: list[Check] = []
        self.tcap = TcapMachine(worker=1, negotiate=negotiator([1, 2, 3]), random=lambda: 2**-24)
        self.interface = CheckImeiInterface(self.decide, imsi_places=lambda _: tuple(ImsiPlace))

    def decide(self, check: Check) -> Verdict:
        self.checks.append(check)
        return Verdict(self.status, "unlisted", Reason.UNLISTED)

    def answers(self, octets: bytes) -> list[bytes]:
        """Take a message, and give the octets of what is sent."""
        done = self.tcap.receive(unitdata(octets), 0.0)
        for invocation in [effect for effect in done if isinstance(effect, Invocation)]:
            done += self.tcap.send(self.interface.answer(invocation).reply, 0.0)
        return [effect.octets for effect in done if isinstance(effect, Respond)]


def error(code: int, parameter: bytes = b"") -> bytes:
    return tlv("a3", integer(1), integer(code), parameter)


# jSS7


@pytest.mark.parametrize("version", ["v1", "v2", "v3", "v2_imsi"])
def test_what_jss7s_msc_asks_is_answered_octet_for_octet_as_by_jss7s_eir(version: str) -> None:
    eir = Eir(Status.PROHIBITED)
    asked, recorded = VECTORS[f"jss7_{version}_begin"], VECTORS[f"jss7_{version}_end"]
    assert eir.answers(tcap_of(asked)) == [tcap_of(recorded)]


@pytest.mark.parametrize(
    "vector", [vector for vector in VECTORS.values() if vector.type == "Begin"], ids=str
)
def test_every_golden_question_is_understood_and_answered_with_a_result(
    vector: vectors.Vector,
) -> None:
    eir = Eir(Status.PERMITTED)
    (sent,) = eir.answers(tcap_of(vector))
    (check,) = eir.checks
    assert check.equipment == vector.meaning["imei"]
    assert check.imsi == vector.meaning.get("imsi")
    assert bytes.fromhex("0a0100") in sent


MTP = 272  # octets that one message carries
ROUTING_LABEL, XUDT_WITHOUT_PARTS = 4, 3 + 4 + 3  # pointers and lengths are of one octet each
ADDRESS = 2 + 2 + 1 + 3 + 8  # its indicator, a point code, an SSN, a global title of 16 digits


@pytest.mark.spec("ITU-T Q.703", "2.3.8")
@pytest.mark.parametrize("status", [Status.PROHIBITED, Status.UNKNOWN, None])
@pytest.mark.parametrize("version", [1, 2, 3])
def test_the_answer_to_as_many_questions_as_are_taken_fits_one_message(
    version: int, status: Status | None
) -> None:
    short = imei(b"\xf1")  # the question is shorter than its answer
    argument = sequence(short, STATUS) if version == 3 else short
    questions = [invoke(number, argument) for number in range(MAX_COMPONENTS)]
    dialogue = b"" if version == 1 else aarq(version)
    eir = Eir(status)
    (sent,) = eir.answers(begin(*questions, dialogue=dialogue))

    assert len(eir.checks) == MAX_COMPONENTS
    assert len(sent) <= MTP - ROUTING_LABEL - XUDT_WITHOUT_PARTS - 2 * ADDRESS


# Conversations of one question: (what is asked, what is decided, what is answered)

V2, V3 = aarq(2), aarq(3)
OF_V2, OF_V3 = aare(2), aare(3)
ASKED: list[tuple[bytes, Status | None, bytes]] = [
    (begin(invoke(1, imei())), Status.PERMITTED, end(result(1, integer(0, "0a")))),
    (begin(invoke(1, imei())), Status.UNKNOWN, end(error(7))),
    (begin(invoke(1, imei())), None, end(error(34, integer(6, "0a")))),
    (
        begin(invoke(1, imei()), dialogue=V2),
        Status.TRACKING,
        end(result(1, integer(2, "0a")), dialogue=OF_V2),
    ),
    (begin(invoke(1, imei()), dialogue=V2), Status.UNKNOWN, end(error(7), dialogue=OF_V2)),
    (
        begin(invoke(1, imei()), dialogue=V2),
        None,
        end(error(34, integer(6, "0a")), dialogue=OF_V2),
    ),
    (
        begin(invoke(1, sequence(imei(), STATUS)), dialogue=V3),
        Status.PROHIBITED,
        end(result(1, sequence(integer(1, "0a"))), dialogue=OF_V3),
    ),
    (
        begin(invoke(1, sequence(imei(), STATUS, container(tlv("04", IMSI)))), dialogue=V3),
        Status.PERMITTED,
        end(result(1, sequence(integer(0, "0a"))), dialogue=OF_V3),
    ),
    (
        begin(invoke(1, sequence(imei(), STATUS)), dialogue=V3),
        Status.UNKNOWN,
        end(error(7), dialogue=OF_V3),
    ),
    (
        begin(invoke(1, sequence(imei(), STATUS)), dialogue=V3),
        None,
        end(error(34, sequence(integer(6, "0a"))), dialogue=OF_V3),
    ),
    (
        begin(invoke(1, sequence(imei(IMEISV), BOTH)), dialogue=V3),
        Status.PERMITTED,
        end(result(1, sequence(integer(0, "0a"))), dialogue=OF_V3),
    ),
    (
        begin(invoke(1, sequence(imei(), NEITHER)), dialogue=V3),
        Status.PERMITTED,
        end(result(1, sequence()), dialogue=OF_V3),
    ),
    (
        begin(invoke(1, sequence(imei(), BMUEF)), dialogue=V3),
        Status.PERMITTED,
        end(error(35), dialogue=OF_V3),
    ),
    (
        begin(invoke(1, b""), dialogue=V2),
        Status.PERMITTED,
        end(reject(1, 1, 2), dialogue=OF_V2),
    ),
    (
        begin(invoke(1, imei(), operation=2), dialogue=V2),
        Status.PERMITTED,
        end(reject(1, 1, 1), dialogue=OF_V2),
    ),
    (begin(invoke(1, imei(), operation=2)), Status.PERMITTED, abort()),
    (
        begin(invoke(1, imei()), dialogue=aarq(4)),
        Status.PERMITTED,
        abort(aare(3, result=1, diagnostic=2)),
    ),
    (begin(invoke(1, imei()), dialogue=aarq(1)), Status.PERMITTED, abort(abrt(0, PROVIDER_ABORT))),
    (begin(), Status.PERMITTED, abort()),
    (begin(dialogue=V3), Status.PERMITTED, go_on(otid=OWN, dtid=OTID, dialogue=OF_V3)),
    (go_on(dtid=OWN), Status.PERMITTED, p_abort(1)),
    (
        begin(invoke(1, imei()), tlv("a1", integer(2)), dialogue=V2),
        Status.PERMITTED,
        end(result(1, integer(0, "0a")), reject(2, 0, 1), dialogue=OF_V2),
    ),
    (
        begin(tlv("a5"), dialogue=V2),
        Status.PERMITTED,
        end(reject(None, 0, 0), dialogue=OF_V2),
    ),
]


@pytest.mark.parametrize(("asked", "status", "answer"), ASKED)
def test_a_question_gets_its_answer(asked: bytes, status: Status | None, answer: bytes) -> None:
    assert Eir(status).answers(asked) == [answer]


@pytest.mark.spec("TS 29.002", "Annex C.2.1")
@pytest.mark.parametrize(("dialogue", "argument"), [(V2, imei()), (V3, sequence(imei(), STATUS))])
def test_an_empty_begin_is_asked_on_in_the_peers_continue(dialogue: bytes, argument: bytes) -> None:
    eir = Eir()
    assert len(eir.answers(begin(dialogue=dialogue))) == 1
    status = integer(1, "0a")
    told = status if dialogue == V2 else sequence(status)
    assert eir.answers(go_on(invoke(1, argument), dtid=OWN)) == [end(result(1, told))]
    assert len(eir.checks) == 1


# tshark


def data(tcap: bytes) -> bytes:
    """Wrap what we send into a UDT and an M3UA DATA, made by hand."""
    udt = bytes.fromhex("0900 030507 024208 024209") + bytes([len(tcap)]) + tcap
    body = bytes.fromhex("00000014 0000000a 03020001") + udt
    parameter = b"\x02\x10" + (len(body) + 4).to_bytes(2, "big") + body + bytes(-len(body) % 4)
    return b"\x01\x00\x01\x01" + (len(parameter) + 8).to_bytes(4, "big") + parameter


def sent() -> Iterator[bytes]:
    for asked, status, _ in ASKED:
        yield from (data(octets) for octets in Eir(status).answers(asked))


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory) -> list[Judged]:
    """All answers read in one run of tshark, one packet each."""
    if shutil.which("tshark") is None:
        pytest.skip("tshark is not installed")
    return judge_messages(tmp_path_factory.mktemp("answers") / "answers.pcap", sent())


@pytest.mark.interop
def test_tshark_finds_no_answer_malformed_and_no_error(judged: list[Judged]) -> None:
    assert len(judged) == len(ASKED)
    assert [message.complaints for message in judged if message.complaints] == []


@pytest.mark.interop
def test_tshark_reads_the_statuses_and_errors_that_we_meant(judged: list[Judged]) -> None:
    statuses = [message.values("gsm_map.ms.equipmentStatus") for message in judged]
    codes = [message.values("gsm_old.localValue") for message in judged]
    assert list(zip(codes, statuses, strict=True))[:13] == [
        (("43",), ("0",)),
        (("7",), ()),
        (("34",), ()),
        (("43",), ("2",)),
        (("7",), ()),
        (("34",), ()),
        (("43",), ("1",)),
        (("43",), ("0",)),
        (("7",), ()),
        (("34",), ()),
        (("43",), ("0",)),
        (("43",), ()),
        (("35",), ()),
    ]


@pytest.mark.interop
def test_tshark_reads_the_rejects_and_aborts_that_we_meant(judged: list[Judged]) -> None:
    problems = [message.values("gsm_old.invokeProblem") for message in judged[13:15]]
    assert problems == [("2",), ("1",)]
    (refused, abnormal) = judged[16:18]
    assert refused.value("tcap.application_context_name") == "0.4.0.0.1.0.13.3"
    assert refused.value("tcap.dialogue_service_user") == "2"
    assert abnormal.value("gsm_map.dialogue.map_ProviderAbortReason") == "0"
    assert judged[20].value("tcap.p_abortCause") == "1"
    assert [message.values("gsm_old.generalProblem") for message in judged[21:]] == [("1",), ("0",)]
