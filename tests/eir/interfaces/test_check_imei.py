from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eir.decision.verdict import Check, Interface, Reason, Status, Verdict
from eir.interfaces.answer import Answer, Refusal
from eir.interfaces.check_imei import CheckImeiInterface
from protocols.gsm_map.imsi import ImsiPlace, ImsiPlaces
from protocols.sccp.primitives import GlobalTitle
from protocols.tcap.codes import InvokeProblem
from protocols.tcap.codes import Refusal as TcapRefusal
from protocols.tcap.primitives import Error, Invocation, Outcome, Reject, Reply, Result
from tests.protocols.gsm_map.invocations import (
    BMUEF,
    IMSI,
    IMSI_DIGITS,
    NEITHER,
    STATUS,
    imei,
    invocation,
    sequence,
)
from tests.protocols.tcap.octets import integer, tlv

ANSWERED = [
    (1, Status.PERMITTED, Result(bytes.fromhex("0a0100"))),
    (1, Status.PROHIBITED, Result(bytes.fromhex("0a0101"))),
    (1, Status.TRACKING, Result(bytes.fromhex("0a0102"))),
    (1, Status.UNKNOWN, Error(7)),
    (2, Status.PERMITTED, Result(bytes.fromhex("0a0100"))),
    (2, Status.UNKNOWN, Error(7)),
    (3, Status.PERMITTED, Result(bytes.fromhex("30030a0100"))),
    (3, Status.PROHIBITED, Result(bytes.fromhex("30030a0101"))),
    (3, Status.TRACKING, Result(bytes.fromhex("30030a0102"))),
    (3, Status.UNKNOWN, Error(7)),
]


class Decider:
    """Decides the same for everybody, and remembers what it was asked."""

    def __init__(self, status: Status | None) -> None:
        self.status = status
        self.asked: list[Check] = []

    def decide(self, check: Check) -> Verdict:
        self.asked.append(check)
        return Verdict(self.status, "unlisted", Reason.UNLISTED)


def everywhere(_: Invocation) -> ImsiPlaces:
    return tuple(ImsiPlace)


def answer(asked: Invocation, decider: Decider) -> Answer[Reply]:
    return CheckImeiInterface(decider.decide, imsi_places=everywhere).answer(asked)


def question(version: int) -> Invocation:
    return invocation(version, sequence(imei(), STATUS) if version == 3 else imei())


@pytest.mark.spec("TS 29.002", "8.7.1")
@pytest.mark.parametrize(("version", "status", "outcome"), ANSWERED)
def test_a_verdict_is_answered_as_the_version_has_it(
    version: int, status: Status, outcome: Outcome
) -> None:
    asked = question(version)
    answered = answer(asked, Decider(status))
    assert answered.reply == Reply(asked, outcome)
    assert answered.refusal is None
    assert answered.verdict is not None
    assert answered.verdict.status is status


@pytest.mark.parametrize(
    ("version", "parameter"), [(1, "0a0106"), (2, "0a0106"), (3, "30030a0106")]
)
def test_a_verdict_without_a_status_is_a_system_failure(version: int, parameter: str) -> None:
    answered = answer(question(version), Decider(None))
    assert answered.reply.outcome == Error(34, bytes.fromhex(parameter))
    assert answered.refusal == Refusal("map", 34, "the lists cannot be read")
    assert answered.check is not None
    assert answered.verdict is not None


def test_a_request_is_read_whole() -> None:
    decider = Decider(Status.PERMITTED)
    imeisv = bytes.fromhex("5308191086355510")
    answered = answer(invocation(2, imei(imeisv), tlv("00", IMSI)), decider)
    wanted = Check(
        equipment="3580910168535501",
        software_version="01",
        imsi=IMSI_DIGITS,
        peer="0-1-2",
        interface=Interface.MAP,
        point_code=10,
        version=2,
    )
    assert decider.asked == [wanted]
    assert answered.check == wanted


def test_who_asks_is_a_point_code_and_the_digits_of_the_calling_address() -> None:
    asked = question(2)
    title = GlobalTitle(4, "994500000001", nature=4, translation_type=0, numbering_plan=1)
    calling = replace(asked.unitdata.calling, global_title=title)
    decider = Decider(Status.PERMITTED)
    answer(replace(asked, unitdata=replace(asked.unitdata, calling=calling)), decider)
    (check,) = decider.asked
    assert (check.peer, check.point_code, check.calling) == (
        "0-1-2/994500000001",
        10,
        "994500000001",
    )


def test_the_imsi_is_looked_for_where_the_peer_puts_it() -> None:
    asked = invocation(2, imei(), tlv("00", IMSI))
    decider = Decider(Status.PERMITTED)
    places: dict[int, ImsiPlaces] = {}
    interface = CheckImeiInterface(
        decider.decide, imsi_places=lambda invocation: places[invocation.unitdata.connection]
    )
    ignored = []
    for place in (ImsiPlace.PRIVATE_EXTENSION, ImsiPlace.V2_TAG0):
        places[1] = (place,)
        question = interface.read(asked)
        assert question is not None
        ignored.append((interface.answer(asked).ignored, question.ignored))
    assert [check.imsi for check in decider.asked] == [None, IMSI_DIGITS]
    assert ignored == [(IMSI_DIGITS, IMSI_DIGITS), (None, None)]


@pytest.mark.parametrize(
    ("asked", "outcome", "refusal"),
    [
        (
            invocation(2, imei(), operation=99),
            Reject(InvokeProblem.UNRECOGNIZED_OPERATION),
            Refusal("tcap", TcapRefusal.UNRECOGNIZED_OPERATION, "operation 99"),
        ),
        (
            invocation(2),
            Reject(InvokeProblem.MISTYPED_PARAMETER),
            Refusal("tcap", TcapRefusal.MISTYPED_ARGUMENT, "no argument"),
        ),
        (
            invocation(3, sequence(imei(), BMUEF)),
            Error(35),
            Refusal("map", 35, "BMUEF is requested for an equipment without software version"),
        ),
    ],
)
def test_a_refused_request_is_refused_before_anything_is_decided(
    asked: Invocation, outcome: Outcome, refusal: Refusal
) -> None:
    decider = Decider(Status.PERMITTED)
    answered = answer(asked, decider)
    assert answered == Answer(Reply(asked, outcome), refusal=refusal)
    assert decider.asked == []


def test_what_was_requested_of_nothing_is_decided_all_the_same() -> None:
    decider = Decider(Status.PROHIBITED)
    answered = answer(invocation(3, sequence(imei(), NEITHER)), decider)
    assert answered.reply.outcome == Result(bytes.fromhex("3000"))
    assert len(decider.asked) == 1


PARAMETERS = st.lists(
    st.sampled_from(
        [b"", imei(), imei(b"\xf1"), STATUS, BMUEF, sequence(imei(), STATUS), integer(1)]
    )
    | st.binary(max_size=8).map(lambda content: tlv("04", content)),
    max_size=3,
)


@settings(max_examples=80)
@given(
    st.sampled_from([1, 2, 3]),
    PARAMETERS,
    st.sampled_from([*Status, None]),
    st.sampled_from([43, 44]),
)
def test_every_invocation_gets_exactly_one_reply_of_its_own(
    version: int, parameters: list[bytes], status: Status | None, operation: int
) -> None:
    asked = invocation(version, *parameters, operation=operation)
    answered = answer(asked, Decider(status))
    assert answered.reply.invocation is asked
    assert (answered.check is None) == (answered.verdict is None)
    decided = answered.verdict is not None and status is not None
    assert (answered.refusal is None) == decided
    refused_by_tcap = answered.refusal is not None and answered.refusal.layer == "tcap"
    assert isinstance(answered.reply.outcome, Reject) == refused_by_tcap
