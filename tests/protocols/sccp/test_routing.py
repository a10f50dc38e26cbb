"""What is for us, and where answers go."""

from dataclasses import replace

import pytest

from protocols.mtp import Transfer
from protocols.sccp import codec, routing
from protocols.sccp.codes import MessageType, ReturnCause
from protocols.sccp.errors import SccpError, UndeliverableError
from protocols.sccp.local import SccpLocal
from tests.protocols.sccp.messages import (
    ANSWER,
    CLASS_1,
    EIR,
    EIR_DIGITS,
    EIR_GT,
    EIR_PC,
    EIR_SSN,
    LOCAL,
    LUDT,
    LUDTS,
    MSC,
    MSC_GT,
    MSC_PC,
    MSC_SSN,
    NOBODY,
    QUESTION,
    RETURN,
    STP_PC,
    UDT,
    UDTS,
    XUDT,
    XUDTS,
    indicated,
    message,
    segmentation,
)

TITLED = SccpLocal(point_code=EIR_PC, global_title=EIR_DIGITS)
OTHER = SccpLocal(point_code=EIR_PC, global_title="99450000077")


def cause_of(called: str, *, local: SccpLocal = LOCAL, hops: int = 15) -> ReturnCause | None:
    octets = message(XUDT, called=bytes.fromhex(called), hops=hops)
    try:
        routing.admit(codec.decode(octets), local)
    except UndeliverableError as error:
        return error.return_cause
    return None


@pytest.mark.spec("ITU-T Q.714", "2.3.1")
@pytest.mark.parametrize(
    "called",
    [
        "42 09",  # on SSN
        "43 1400 09",  # with our point code
        "43 6300 09",  # with another: the MTP has found us already
        "52 09 00 12 04 99 54",  # on SSN, with a global title that is not looked at
        "42 01",  # SCCP management
        EIR_GT.hex(),
        "12 00 00 12 04 99 54",  # SSN 0: not known or not used
        "10 00 12 04 99 54",  # no SSN
        "06 09 04 21",  # the other kinds of global title
        "0a 09 05 21",
        "0e 09 00 12 21",
        "12 09 00 12 04",  # of no digits
        "12 09 00 12 04" + "21" * 20,  # of 40 digits
    ],
)
def test_what_reached_us_and_names_our_subsystem_is_ours(called: str) -> None:
    assert cause_of(called) is None


@pytest.mark.spec("ITU-T Q.714", "2.8.5")
@pytest.mark.parametrize(
    "called", ["42 08", "42 00", "40", "41 1400", "12 06 00 12 04 99 54", "12 01 00 12 04 99"]
)
def test_another_subsystem_is_an_unequipped_user(called: str) -> None:
    assert cause_of(called) is ReturnCause.UNEQUIPPED_USER


@pytest.mark.spec("ITU-T Q.714", "2.8.1")
@pytest.mark.parametrize("called", ["00", "02 09", "3e 09 21 43", "16 09 21 43"])
def test_no_readable_global_title_to_route_on_is_no_translation_for_such_nature(
    called: str,
) -> None:
    assert cause_of(called) is ReturnCause.NO_TRANSLATION_FOR_NATURE


@pytest.mark.spec("ITU-T Q.714", "2.8.2")
def test_a_global_title_that_is_not_ours_is_no_translation_for_this_address() -> None:
    assert cause_of(EIR_GT.hex(), local=TITLED) is None
    assert cause_of(EIR_GT.hex(), local=OTHER) is ReturnCause.NO_TRANSLATION_FOR_ADDRESS
    assert cause_of("42 09", local=OTHER) is None
    assert cause_of("52 09 00 12 04 99 54", local=OTHER) is None


def test_an_end_of_pulsing_is_no_digit() -> None:
    local = SccpLocal(point_code=EIR_PC, global_title="123")
    assert cause_of("12 09 00 12 04 21 f3", local=local) is None
    assert cause_of("12 09 00 12 04 21 43", local=local) is ReturnCause.NO_TRANSLATION_FOR_ADDRESS


@pytest.mark.spec("ITU-T Q.714", "2.8.6")
@pytest.mark.parametrize(("hops", "admitted"), [(0, False), (1, True), (15, True), (16, False)])
def test_a_hop_counter_is_from_1_to_15(hops: int, admitted: bool) -> None:  # noqa: FBT001
    cause = cause_of("42 09", hops=hops)
    assert cause is (None if admitted else ReturnCause.HOP_COUNTER_VIOLATION)


def answered(octets: bytes, *, local: SccpLocal = LOCAL, opc: int = MSC_PC) -> Transfer:
    return routing.answer(indicated(octets, local=local, opc=opc), ANSWER, local)


@pytest.mark.spec("ITU-T Q.711", "6.2")
@pytest.mark.parametrize("kind", [UDT, XUDT, LUDT])
def test_an_answer_is_of_the_kind_of_the_question(kind: int) -> None:
    asked = message(kind, hops=2, fixed=RETURN | CLASS_1)
    assert answered(asked).user_data == message(kind, MSC, EIR, ANSWER, fixed=CLASS_1)


def test_an_answer_goes_back_the_way_that_the_question_came() -> None:
    unitdata = indicated(message(UDT, EIR_SSN, MSC_SSN), opc=STP_PC)
    done = routing.answer(unitdata, ANSWER, LOCAL)
    assert done == replace(unitdata.transfer, opc=EIR_PC, dpc=STP_PC, user_data=done.user_data)


@pytest.mark.spec("ITU-T Q.714", "2.7")
@pytest.mark.parametrize(
    ("calling", "destination"),
    [
        (MSC, MSC_PC),  # on SSN, with a point code: there
        (MSC_SSN, STP_PC),  # on SSN, without: whence it came
        (MSC_GT, STP_PC),  # on GT
        (bytes.fromhex("13 0a00 08 00 11 04 21 03"), STP_PC),  # on GT, whatever point code it has
        (bytes.fromhex("53 0a00 08 00 11 04 21 03"), MSC_PC),  # on SSN, whatever title it has
    ],
)
def test_an_answer_goes_to_the_node_that_the_calling_address_names(
    calling: bytes, destination: int
) -> None:
    done = answered(message(UDT, EIR_GT, calling), opc=STP_PC)
    assert (done.dpc, done.opc) == (destination, EIR_PC)
    assert done.user_data == message(UDT, calling, EIR_GT, ANSWER)


@pytest.mark.spec("ITU-T Q.714", "2.7")
@pytest.mark.parametrize(
    ("called", "own"),
    [
        (EIR_GT.hex(), EIR_GT.hex()),  # the same already
        ("42 09", EIR_GT.hex()),  # a translation took it away; who has a title needs ours
        ("43 1400 09", EIR_GT.hex()),
        ("12 09 00 12 04 21 43", EIR_GT.hex()),
        ("12 09 05 61 03 21 03", "12 09 05 62 03 99 54 00 00 00 90"),  # its plan and nature stay
        ("13 1400 00 00 12 04 21", "13 1400 00 00 12 04 99 54 00 00 00 90"),
        ("52 09 00 12 04 21 43", "52 09 00 12 04 99 54 00 00 00 90"),
        ("06 09 84 21 03", "06 09 04 99 54 00 00 00 90"),
        ("0a 09 07 21", "0a 09 07 99 54 00 00 00 90"),
        ("0e 09 07 70", "0e 09 07 72 99 54 00 00 00 90"),
        ("7e 09 21 43", "7e 09 21 43"),  # an indicator that we cannot write
    ],
)
def test_our_own_global_title_takes_the_place_of_the_called_one(called: str, own: str) -> None:
    octets = message(UDT, bytes.fromhex(called), MSC_GT)
    unitdata = indicated(octets)  # whatever is called; who calls us by another title is translated
    done = routing.answer(unitdata, ANSWER, TITLED)
    assert done.user_data == message(UDT, MSC_GT, bytes.fromhex(own), ANSWER)


@pytest.mark.parametrize("called", ["42 09", "43 1400 09"])
def test_who_is_known_by_a_point_code_is_told_ours_alone(called: str) -> None:
    octets = message(UDT, bytes.fromhex(called), MSC)
    done = routing.answer(indicated(octets), ANSWER, TITLED)
    assert done.user_data == message(UDT, MSC, bytes.fromhex(called), ANSWER)


@pytest.mark.parametrize(
    "calling", ["00", "42 00", "40", "12 08 00 12 04", "10 00 12 04", "12 08 00 12 04 ff"]
)
def test_a_question_that_no_answer_could_go_back_to_is_not_taken(calling: str) -> None:
    with pytest.raises(UndeliverableError):
        routing.admit(codec.decode(message(UDT, EIR, bytes.fromhex(calling))), LOCAL)


@pytest.mark.parametrize("calling", ["02 08", "12 08 00 12 04" + "21" * 20])
def test_an_answer_copies_any_calling_address_to_the_bit(calling: str) -> None:
    octets = bytes.fromhex(calling)
    assert answered(message(UDT, EIR, octets)).user_data == message(UDT, octets, EIR, ANSWER)


def test_an_answer_that_does_not_fit_is_an_error() -> None:
    with pytest.raises(SccpError):
        routing.answer(indicated(message(UDT)), bytes(256), LOCAL)


@pytest.mark.spec("ITU-T Q.714", "4.2")
@pytest.mark.parametrize(("kind", "service"), [(UDT, UDTS), (XUDT, XUDTS), (LUDT, LUDTS)])
def test_a_message_comes_back_in_its_own_kind_the_other_way_round(kind: int, service: int) -> None:
    unitdata = indicated(message(kind, fixed=RETURN, hops=3), opc=STP_PC)
    done = routing.give_back(unitdata, ReturnCause.UNQUALIFIED, None)
    assert done.user_data == message(service, MSC, EIR, QUESTION, fixed=7, hops=15)
    assert (done.opc, done.dpc) == (EIR_PC, MSC_PC)


@pytest.mark.spec("ITU-T Q.714", "4.2")
def test_a_segment_comes_back_as_the_segment_that_it_was() -> None:
    part = segmentation(first=True, remaining=3, reference=0xABCDEF)
    came = codec.decode(message(XUDT, options=part))
    unitdata = indicated(message(XUDT))
    done = routing.give_back(unitdata, ReturnCause.UNQUALIFIED, came.segmentation)
    assert done.user_data == message(XUDTS, MSC, EIR, QUESTION, fixed=7, options=part)


def test_a_message_has_a_service_message_of_its_own_kind() -> None:
    kinds = {kind for kind in MessageType if not kind.is_service}
    assert {*routing._SERVICES} == kinds


def test_an_empty_calling_address_names_nobody() -> None:
    assert not routing.is_named(codec.decode_address(NOBODY))
    assert routing.is_named(codec.decode_address(MSC_SSN))
    assert routing.is_named(codec.decode_address(bytes.fromhex("10 00 12 04 21")))
