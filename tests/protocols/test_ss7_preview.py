"""What would be delivered and sent, said beforehand: it comes true, and changes nothing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eir.decision.verdict import Status
from eir.interfaces import check_imei as interface
from protocols.effects import Deliver, Send
from protocols.gsm_map import check_imei
from protocols.gsm_map.imsi import ImsiPlace
from protocols.tcap.codes import InvokeProblem
from protocols.tcap.primitives import Error, Invocation, Outcome, Reject, Reply
from tests.protocols.sccp.messages import (
    CLASS_1,
    EIR_GT,
    LUDT,
    MSC_GT,
    UDT,
    XUDT,
    message,
    segments,
)
from tests.protocols.ss7_octets import with_user_data
from tests.protocols.tcap.octets import aarq, invoke, tlv
from tests.protocols.test_ss7 import (
    ASP_UP,
    CHECK,
    EMPTY_BEGIN,
    MSC,
    PEER_ID,
    QUESTIONS,
    Eir,
    asking,
)

IMEI_V3 = tlv("30", tlv("04", bytes.fromhex("53029900000010f0")), bytes.fromhex("03020680"))
ASKED = [
    *(vector.octets for vector in QUESTIONS),
    *(
        with_user_data(message(kind, EIR_GT, MSC_GT, begin, fixed=CLASS_1))
        for kind in (UDT, XUDT, LUDT)
        for begin in (CHECK, tlv("62", PEER_ID, aarq(3), tlv("6c", invoke(0, IMEI_V3))))
    ),
]


def outcomes(invocation: Invocation) -> list[Outcome]:
    """Give everything that an invocation of Check-IMEI may come to."""
    request = check_imei.read(invocation, tuple(ImsiPlace))
    return [
        *(interface.write(request, status) for status in Status),
        check_imei.system_failure(invocation.version),
        Error(36),
        Reject(InvokeProblem.MISTYPED_PARAMETER),
    ]


def delivered(eir: Eir, octets: bytes) -> Invocation | None:
    """Give the invocation that a message is, if that is all that comes of it."""
    effects = eir.node.receive(MSC, octets, 0.0, stream=1)
    match effects:
        case [Deliver(_, invocation)]:
            return invocation
    return None


@pytest.mark.parametrize("octets", ASKED)
def test_every_answer_is_previewed_as_it_is_sent(octets: bytes) -> None:
    previewer = Eir()
    previewed = previewer.node.preview(MSC, octets, stream=1)
    assert previewed is not None
    for outcome in outcomes(previewed):
        eir = Eir()
        invocation = delivered(eir, octets)
        assert invocation is not None
        (sent,) = eir.node.send(MSC, Reply(invocation, outcome), 0.0)

        assert isinstance(sent, Send)
        assert previewer.node.preview_reply(MSC, Reply(previewed, outcome)) == sent


@given(st.sampled_from(ASKED), st.integers(0, 200), st.binary(max_size=2))
def test_a_preview_comes_true_and_there_is_none_of_anything_else(
    octets: bytes, at: int, instead: bytes
) -> None:
    octets = octets[:at] + instead + octets[at + len(instead) :]
    eir = Eir()
    before = eir.node.deadline, eir.node.standing(MSC)
    previewed = eir.node.preview(MSC, octets, stream=1)
    assert (eir.node.deadline, eir.node.standing(MSC)) == before
    invocation = delivered(eir, octets)

    if invocation is None:
        assert previewed is None
    elif previewed is not None:
        assert previewed.unitdata == invocation.unitdata
        assert previewed.parameter == invocation.parameter
        reply = Reply(previewed, Error(36))
        sent = eir.node.send(MSC, Reply(invocation, Error(36)), 0.0)
        assert [eir.node.preview_reply(MSC, reply)] == sent


@pytest.mark.parametrize(
    "octets", [b"", ASP_UP, asking(EMPTY_BEGIN), *map(with_user_data, segments(CHECK, 2))]
)
def test_what_is_more_or_less_than_an_invocation_has_no_preview(octets: bytes) -> None:
    assert Eir().node.preview(MSC, octets, stream=1) is None


def test_an_answer_that_no_message_can_carry_has_no_preview() -> None:
    called, calling = bytes([200]) + EIR_GT[:5].ljust(200, b"!"), b"d" + MSC_GT[:5].ljust(100, b"!")
    data_part = bytes([len(CHECK)]) + CHECK
    pointers = bytes([3, 2 + len(called) + len(data_part), 1 + len(called)])
    eir = Eir()
    octets = with_user_data(bytes([UDT, 0]) + pointers + called + data_part + calling)
    previewed = eir.node.preview(MSC, octets, stream=1)

    assert previewed is not None
    assert eir.node.preview_reply(MSC, Reply(previewed, Error(36))) is None


def test_after_the_association_has_gone_nothing_has_a_preview() -> None:
    eir = Eir()
    previewed = eir.node.preview(MSC, ASKED[0], stream=1)
    assert previewed is not None
    eir.node.lost(MSC, "reset", 1.0)

    assert eir.node.preview(MSC, ASKED[0], stream=1) is None
    assert eir.node.preview_reply(MSC, Reply(previewed, Error(36))) is None
    assert eir.node.standing(MSC) is None
    assert eir.node.heard(MSC, 2.0) == []
