"""The machine: N-UNITDATA up, answers, returned messages and silence down."""

from dataclasses import replace

import pytest

from protocols.effects import Dropped, Refused
from protocols.mtp import Transfer, format_point_code
from protocols.sccp.codes import ReturnCause
from protocols.sccp.errors import SccpError
from protocols.sccp.local import SccpLocal
from protocols.sccp.machine import SccpMachine
from protocols.sccp.primitives import Unitdata
from protocols.sccp.reassembly import T_REASS
from tests.protocols.sccp.messages import (
    ANSWER,
    CLASS_1,
    EIR,
    EIR_GT,
    EIR_PC,
    LOCAL,
    LUDT,
    LUDTS,
    MSC,
    MSC_DIGITS,
    MSC_GT,
    MSC_PC,
    NOBODY,
    QUESTION,
    RETURN,
    SCMG,
    UDT,
    UDTS,
    XUDT,
    XUDTS,
    indicated,
    message,
    received,
    scmg,
    segmentation,
    segments,
    transfer,
)

SERVICES = {UDT: UDTS, XUDT: XUDTS, LUDT: LUDTS}
HSS = bytes.fromhex("42 06")


def dropped(octets: bytes, *, local: SccpLocal = LOCAL) -> str:
    """Give the reason for which a message is dropped."""
    (effect,) = received(octets, local=local)
    assert isinstance(effect, Dropped)
    assert (effect.connection, effect.layer) == (1, "sccp")
    return effect.reason


@pytest.mark.spec("ITU-T Q.711", "6.2")
@pytest.mark.parametrize("kind", [UDT, XUDT, LUDT])
@pytest.mark.parametrize("fixed", [0x00, 0x01, 0x80, 0x81])
def test_a_message_for_us_is_indicated(kind: int, fixed: int) -> None:
    octets = message(kind, EIR_GT, MSC_GT, fixed=fixed)
    found = indicated(octets)
    assert (found.kind, found.user_data, found.transfer) == (kind, QUESTION, transfer(octets))
    assert (found.called.octets, found.calling.octets) == (EIR_GT, MSC_GT)
    assert (found.protocol_class, found.return_on_error) == (fixed & 1, fixed >= RETURN)
    assert found.peer == f"{format_point_code(MSC_PC)}/{MSC_DIGITS}"


def test_a_question_is_answered() -> None:
    machine = SccpMachine(LOCAL)
    (unitdata,) = machine.receive(transfer(message(UDT, fixed=CLASS_1)), 0.0)
    assert isinstance(unitdata, Unitdata)
    assert machine.answer(unitdata, ANSWER) == replace(
        transfer(message(UDT, MSC, EIR, ANSWER, fixed=CLASS_1)), opc=EIR_PC, dpc=MSC_PC
    )


def test_an_answer_that_does_not_fit_is_an_error_for_whoever_asked_for_it() -> None:
    with pytest.raises(SccpError, match="do not fit a UDT"):
        SccpMachine(LOCAL).answer(indicated(message(UDT)), bytes(256))


@pytest.mark.spec("ITU-T Q.714", "4.2")
@pytest.mark.parametrize("kind", [UDT, XUDT, LUDT])
def test_what_cannot_be_delivered_is_returned_if_that_was_asked(kind: int) -> None:
    returned, refused = received(message(kind, HSS, MSC, fixed=RETURN | CLASS_1))
    assert isinstance(returned, Transfer)
    assert (returned.opc, returned.dpc, returned.sls) == (EIR_PC, MSC_PC, 5)
    assert returned.user_data == message(SERVICES[kind], MSC, HSS, QUESTION, fixed=4)
    assert refused == Refused(
        1, ReturnCause.UNEQUIPPED_USER, "no subsystem 6 here", "0-1-2", layer="sccp"
    )


@pytest.mark.spec("ITU-T Q.714", "4.2")
@pytest.mark.parametrize("kind", [UDT, XUDT, LUDT])
def test_what_cannot_be_delivered_is_dropped_if_nothing_was_asked(kind: int) -> None:
    assert dropped(message(kind, HSS, MSC)) == "no subsystem 6 here"


@pytest.mark.spec("ITU-T Q.714", "4.2")
def test_what_cannot_be_delivered_is_not_returned_to_nobody() -> None:
    reason = "its sender has no address that an answer could go to"
    assert dropped(message(UDT, HSS, NOBODY, fixed=RETURN)) == reason


@pytest.mark.spec("ITU-T Q.714", "4.2")
def test_what_does_not_fit_the_other_way_round_is_dropped() -> None:
    long = bytes.fromhex("0a 09 07") + bytes(230)
    # The calling address stands behind the user data, where a pointer still reaches it.
    octets = bytes([UDT, RETURN, 3, 7, 4]) + b"\x02" + HSS + b"\x01\xaa" + bytes([len(long)]) + long
    returned, refused = received(octets)
    assert isinstance(returned, Transfer)
    assert isinstance(refused, Refused)
    longer = bytes.fromhex("0a 09 07") + bytes(250)
    octets = octets[: -len(long) - 1] + bytes([len(longer)]) + longer
    assert dropped(octets) == "no subsystem 6 here, and it cannot be returned"


@pytest.mark.spec("ITU-T Q.714", "4.2")
@pytest.mark.parametrize("kind", [UDTS, XUDTS, LUDTS])
@pytest.mark.parametrize("called", [EIR, HSS, SCMG])
@pytest.mark.parametrize(
    ("cause", "name"), [(5, "MTP_FAILURE"), (14, "SEGMENTATION_FAILURE"), (128, "128")]
)
def test_a_service_message_is_never_answered(
    kind: int, called: bytes, cause: int, name: str
) -> None:
    assert dropped(message(kind, called, fixed=cause, hops=0)).endswith(f"of an answer: {name}")


@pytest.mark.spec("ITU-T Q.714", "4.3")
@pytest.mark.parametrize(
    ("octets", "reason"),
    [
        (b"", "octets wanted"),
        (b"\x01\x01\x02\x03", "connection-oriented"),
        (message(UDT, fixed=RETURN | 2), "protocol class 2"),
        (message(UDT, fixed=RETURN)[:-1], "beyond the message"),
        (message(UDT, bytes.fromhex("c1 09 010203"), fixed=RETURN), "national use"),
        (message(UDT, b"", fixed=RETURN), "octets wanted"),
    ],
)
def test_a_message_with_a_syntax_error_is_dropped_even_if_it_asks_to_be_returned(
    octets: bytes, reason: str
) -> None:
    assert reason in dropped(octets)


def test_a_message_of_another_user_part_is_dropped() -> None:
    isup = replace(transfer(message(UDT)), service_indicator=5)
    (effect,) = SccpMachine(LOCAL).receive(isup, 0.0)
    assert effect == Dropped(1, "sccp", "service indicator 5", "0-1-2")


@pytest.mark.spec("ITU-T Q.714", "2.8.6")
def test_a_hop_counter_violation_is_returned_with_that_cause() -> None:
    returned, refused = received(message(XUDT, fixed=RETURN, hops=0))
    assert isinstance(returned, Transfer)
    assert returned.user_data == message(XUDTS, MSC, EIR, QUESTION, fixed=12)
    assert isinstance(refused, Refused)
    assert refused.code == ReturnCause.HOP_COUNTER_VIOLATION


# Segments


@pytest.mark.spec("ITU-T Q.714", "4.1.1.2")
@pytest.mark.parametrize("kind", [XUDT, LUDT])
@pytest.mark.parametrize("count", [2, 3, 16])
def test_a_segmented_question_is_indicated_once_it_is_whole(kind: int, count: int) -> None:
    machine = SccpMachine(LOCAL)
    parts = [transfer(octets) for octets in segments(QUESTION + QUESTION, count, kind=kind)]
    for part in parts[:-1]:
        assert machine.receive(part, 1.0) == []
        assert machine.deadline == 1.0 + T_REASS
    (whole,) = machine.receive(parts[-1], 2.0)
    assert isinstance(whole, Unitdata)
    assert (whole.user_data, whole.transfer) == (QUESTION + QUESTION, parts[0])
    assert machine.deadline is None
    assert machine.answer(whole, ANSWER).user_data == message(kind, MSC, EIR, ANSWER)


@pytest.mark.spec("ITU-T Q.714", "4.2")
def test_a_message_without_its_last_segment_returns_its_first() -> None:
    machine = SccpMachine(LOCAL)
    first, second, _ = segments(QUESTION, 3, fixed=RETURN | CLASS_1, reference=9)
    machine.receive(transfer(first), 0.0)
    machine.receive(transfer(second), 0.0)
    returned, refused = machine.expire(T_REASS)
    assert isinstance(returned, Transfer)
    option = segmentation(first=True, remaining=2, reference=9)
    assert returned.user_data == message(XUDTS, MSC, EIR, QUESTION[:10], fixed=8, options=option)
    assert isinstance(refused, Refused)
    assert refused.code == ReturnCause.ERROR_IN_MESSAGE_TRANSPORT


@pytest.mark.spec("ITU-T Q.714", "4.1.1.2")
def test_a_message_without_its_last_segment_is_dropped_if_nothing_was_asked() -> None:
    machine = SccpMachine(LOCAL)
    machine.receive(transfer(segments(QUESTION, 2)[0]), 0.0)
    (effect,) = machine.expire(T_REASS)
    assert isinstance(effect, Dropped)
    assert effect.reason.startswith("T(reass) expired")


@pytest.mark.spec("ITU-T Q.714", "4.1.1.2")
def test_a_segment_whose_first_is_not_known_is_dropped_even_if_it_asks_to_be_returned() -> None:
    assert "whose first" in dropped(segments(QUESTION, 2, fixed=RETURN | CLASS_1)[1])


def test_a_segment_that_is_not_for_us_is_not_kept() -> None:
    machine = SccpMachine(LOCAL)
    part = message(XUDT, HSS, options=segmentation(first=True, remaining=1))
    (effect,) = machine.receive(transfer(part), 0.0)
    assert isinstance(effect, Dropped)
    assert machine.deadline is None


def test_no_digit_of_a_subscriber_is_in_a_reason() -> None:
    other = SccpLocal(point_code=EIR_PC, global_title="99450000077")
    assert dropped(message(UDT, EIR_GT, MSC_GT), local=other) == (
        "routed on a global title that is not ours"
    )


@pytest.mark.parametrize("kind", [UDT, XUDT, LUDT])
def test_a_message_for_us_is_previewed_as_it_is_indicated(kind: int) -> None:
    came = transfer(message(kind, EIR_GT, MSC_GT, fixed=CLASS_1))
    machine = SccpMachine(LOCAL)

    assert [machine.preview(came)] == machine.receive(came, 0.0)


@pytest.mark.parametrize(
    "octets",
    [
        b"",
        message(UDTS),
        message(UDT, HSS),
        message(UDT, SCMG, SCMG, scmg(1, 9, 20)),
        message(XUDT, hops=0),
        message(XUDT, options=segmentation(first=True, remaining=0)),
        *segments(QUESTION, 2),
    ],
)
def test_what_is_no_whole_message_for_our_user_has_no_preview(octets: bytes) -> None:
    machine = SccpMachine(LOCAL)
    assert machine.preview(transfer(octets)) is None
    assert machine.deadline is None


def test_what_is_of_another_user_part_has_no_preview() -> None:
    came = replace(transfer(message(UDT)), service_indicator=5)
    assert SccpMachine(LOCAL).preview(came) is None
