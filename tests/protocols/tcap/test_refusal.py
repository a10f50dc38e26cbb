import pytest

from protocols.effects import Dropped, Refused
from protocols.tcap import refusal
from protocols.tcap.codes import GeneralProblem, PAbortCause, Refusal
from protocols.tcap.messages import (
    Begin,
    Dialogue,
    DialogueRequest,
    Invoke,
    Malformed,
    ReturnError,
)
from protocols.tcap.primitives import ContextError, UserInformation
from protocols.tcap.transactions import Transaction
from tests.protocols.tcap.octets import OTID, aare, abort, abrt, p_abort, say, unitdata

UNITDATA = unitdata(b"", connection=3)
CONTEXT = (0, 4, 0, 0, 1, 0, 13, 2)
AARQ = DialogueRequest(CONTEXT)


def refused_by(error: ContextError, dialogue: Dialogue | None) -> list[str]:
    return say(refusal.refuse_context(UNITDATA, Begin(OTID, dialogue), error))


def test_a_refusal_names_the_association_the_peer_and_the_layer() -> None:
    assert refusal.refused(UNITDATA, Refusal.ABNORMAL_DIALOGUE, "why", checks=2) == Refused(
        3, Refusal.ABNORMAL_DIALOGUE, "why", "0-1-2", "tcap", checks=2
    )
    assert refusal.dropped(UNITDATA, "why") == Dropped(3, "tcap", "why", "0-1-2")


@pytest.mark.spec("ITU-T Q.774", "3.3.4")
@pytest.mark.parametrize("cause", PAbortCause)
def test_a_p_abort_tells_its_cause_and_is_counted_by_it(cause: PAbortCause) -> None:
    said = say(refusal.p_abort(UNITDATA, OTID, cause, "why", checks=1))
    assert said == [f"sends {p_abort(cause).hex()}", f"refused {cause.name}"]


@pytest.mark.spec("ITU-T Q.774", "3.2.2.1")
def test_an_abnormal_dialogue_is_aborted_by_the_provider() -> None:
    said = say(refusal.abnormal(UNITDATA, OTID, "why", checks=1))
    assert said == [f"sends {abort(abrt(1)).hex()}", "refused ABNORMAL_DIALOGUE"]


@pytest.mark.spec("ITU-T Q.774", "3.2.3")
def test_an_aarq_without_version_1_is_rejected_by_the_provider() -> None:
    said = say(refusal.no_common_version(UNITDATA, Begin(OTID, AARQ), CONTEXT))
    rejected = aare(result=1, source="a2", diagnostic=2)
    assert said == [f"sends {abort(rejected).hex()}", "refused NO_COMMON_DIALOGUE_PORTION"]


def test_what_is_refused_counts_as_many_checks_as_it_asks_for() -> None:
    asked = (Invoke(1, 43), Malformed(2, GeneralProblem.MISTYPED_COMPONENT), ReturnError(3, 34))
    begin = Begin(OTID, AARQ, asked)
    *_, told = refusal.refuse_context(UNITDATA, begin, ContextError("why"))
    assert isinstance(told, Refused)
    assert told.checks == 2


def test_a_context_that_is_not_served_is_named_in_its_rejection() -> None:
    rejected = aare(result=1, diagnostic=2)
    assert refused_by(ContextError("why"), AARQ) == [
        f"sends {abort(rejected).hex()}",
        "refused APPLICATION_CONTEXT_NOT_SUPPORTED",
    ]


def test_an_alternative_context_is_named_instead() -> None:
    error = ContextError("why", alternative=(0, 4, 0, 0, 1, 0, 13, 3))
    assert refused_by(error, AARQ)[0] == f"sends {abort(aare(3, result=1, diagnostic=2)).hex()}"


def test_an_abnormal_context_is_aborted_by_the_user_who_says_why() -> None:
    information = UserInformation((0, 4, 0, 0, 1, 1, 1, 1), bytes.fromhex("a5030a0100"))
    error = ContextError("why", abnormal=True, information=information)
    shown = bytes.fromhex("be12 2810 0607 04000001010101 a005 a503 0a0100")
    assert refused_by(error, AARQ) == [
        f"sends {abort(abrt(0, shown)).hex()}",
        "refused ABNORMAL_DIALOGUE",
    ]


@pytest.mark.spec("TS 29.002", "15.2.2")
@pytest.mark.parametrize("abnormal", [False, True])
def test_a_peer_without_an_aarq_gets_no_dialogue_portion(*, abnormal: bool) -> None:
    assert refused_by(ContextError("why", abnormal=abnormal), None)[0] == f"sends {abort().hex()}"


@pytest.mark.parametrize(("has_dialogue", "portion"), [(True, abrt(0)), (False, b"")])
def test_giving_up_is_an_abort_by_the_user(*, has_dialogue: bool, portion: bytes) -> None:
    opened = Transaction(1, OTID, UNITDATA, 2, None, has_dialogue, 30.0)
    said = say(refusal.give_up(opened, Refusal.DIALOGUE_TIMED_OUT, "why"))
    assert said == [f"sends {abort(portion).hex()}", "refused DIALOGUE_TIMED_OUT"]
