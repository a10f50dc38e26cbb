import pytest

from protocols.diameter import base, errors
from protocols.diameter.codec import Message
from protocols.diameter.codes import AvpCode, DisconnectCause
from protocols.diameter.errors import DiameterError
from tests.protocols.diameter.messages import (
    EIR,
    ERROR,
    LOCAL,
    PROXIABLE,
    REALM,
    REQUEST,
    RETRANSMITTED,
    avp,
    dpr,
    dwr,
    ecr,
    failed_avp,
    number,
    parse,
    parse_avps,
    proxy_info,
    result_code,
    text,
    value,
)

ORIGIN = parse_avps(text(264, EIR) + text(296, REALM))
STATE = parse_avps(number(278, 7))
SUCCESS = parse_avps(number(268, 2001))


def refused(request: bytes, error: DiameterError) -> Message:
    return parse(base.refuse(parse(request), error, LOCAL))


@pytest.mark.spec("RFC 6733", "5.5.1")
def test_a_watchdog_request_says_who_we_are_and_since_when() -> None:
    request = parse(base.make_dwr(LOCAL, hop_by_hop=1, end_to_end=2))
    header = request.header
    assert (header.flags, header.command, header.application) == (REQUEST, 280, 0)
    assert (header.hop_by_hop, header.end_to_end) == (1, 2)
    assert request.avps == (*ORIGIN, *STATE)


@pytest.mark.spec("RFC 6733", "5.5.2")
def test_a_watchdog_is_answered_with_success() -> None:
    answer = parse(base.make_dwa(parse(dwr()), LOCAL))
    assert (answer.header.flags, answer.header.command, answer.header.application) == (0, 280, 0)
    assert answer.avps == (*SUCCESS, *ORIGIN, *STATE)


@pytest.mark.spec("RFC 6733", "5.4.1")
@pytest.mark.parametrize("cause", DisconnectCause)
def test_a_disconnect_request_says_why(cause: DisconnectCause) -> None:
    request = parse(base.make_dpr(LOCAL, cause, hop_by_hop=3, end_to_end=4))
    header = request.header
    assert (header.flags, header.command, header.application) == (REQUEST, 282, 0)
    assert (header.hop_by_hop, header.end_to_end) == (3, 4)
    assert request.avps == (*ORIGIN, *parse_avps(number(273, cause)))


@pytest.mark.spec("RFC 6733", "5.4.2")
def test_a_disconnect_is_answered_with_success() -> None:
    answer = parse(base.make_dpa(parse(dpr()), LOCAL))
    assert (answer.header.flags, answer.header.command, answer.header.application) == (0, 282, 0)
    assert answer.avps == (*SUCCESS, *ORIGIN)


@pytest.mark.spec("RFC 6733", "6.2")
@pytest.mark.parametrize("flags", [REQUEST, REQUEST | PROXIABLE])
@pytest.mark.parametrize("error", [False, True])
def test_an_answer_keeps_identifiers_and_p(flags: int, *, error: bool) -> None:
    request = parse(ecr(flags=flags, hop_by_hop=0xCAFE0001, end_to_end=0xFFFFFFFF)).header
    answer = base.answer_header(request, error=error)
    assert answer.flags == (flags & PROXIABLE) | (ERROR if error else 0)
    assert (answer.hop_by_hop, answer.end_to_end) == (0xCAFE0001, 0xFFFFFFFF)
    assert (answer.command, answer.application) == (request.command, request.application)


@pytest.mark.spec("RFC 6733", "3")
def test_an_answer_is_never_marked_as_retransmitted() -> None:
    request = parse(dwr(flags=REQUEST | RETRANSMITTED))
    assert parse(base.make_dwa(request, LOCAL)).header.flags == 0
    again = ecr(flags=REQUEST | PROXIABLE | RETRANSMITTED)
    assert refused(again, DiameterError("no")).header.flags == PROXIABLE | ERROR


@pytest.mark.spec("RFC 6733", "7.2")
def test_a_protocol_error_is_answered_in_the_grammar_of_error_answers() -> None:
    proxies = [proxy_info("dra1.example.net", b"\0\xff"), proxy_info("dra2.example.net", b"3")]
    request = ecr({"proxies": b"".join(proxies)})
    answer = refused(request, errors.UnsupportedCommandError("unknown"))
    assert answer.header.flags == PROXIABLE | ERROR
    assert answer.avps == parse_avps(
        text(263, "mme1.example.net;1;7")
        + text(264, EIR)
        + text(296, REALM)
        + number(268, 3001)
        + text(281, "unknown", flags=0)
        + b"".join(proxies)
    )


@pytest.mark.spec("RFC 6733", "7.5")
def test_an_error_shows_the_avp_that_caused_it_whole() -> None:
    offender = avp(9999, b"odd", vendor=10415)
    answer = refused(dwr(), errors.UnsupportedAvpError("not known", failed_avp=offender))
    assert failed_avp(answer) == offender
    assert answer.first(AvpCode.FAILED_AVP) == parse_avps(avp(279, offender))[0]


def test_an_error_that_no_avp_caused_shows_none() -> None:
    assert refused(dwr(), DiameterError("no")).every(AvpCode.FAILED_AVP) == []


@pytest.mark.spec("RFC 6733", "7.1.5")
@pytest.mark.parametrize("request_", [dwr(), dpr()])
def test_a_permanent_failure_of_a_dwr_or_dpr_is_answered_in_their_own_grammar(
    request_: bytes,
) -> None:
    answer = refused(request_, errors.MissingAvpError("missing"))
    assert answer.header.flags == 0
    assert result_code(answer) == 5005


@pytest.mark.spec("RFC 6733", "7.1.3")
@pytest.mark.parametrize("request_", [dwr(), dpr(), ecr()])
@pytest.mark.parametrize(
    "kind",
    [
        errors.UnsupportedCommandError,
        errors.UnableToDeliverError,
        errors.RealmNotServedError,
        errors.UnsupportedApplicationError,
        errors.InvalidHeaderBitsError,
        errors.InvalidAvpBitsError,
    ],
)
def test_every_protocol_error_has_e_set(request_: bytes, kind: type[DiameterError]) -> None:
    answer = refused(request_, kind("wrong"))
    assert answer.header.flags & ERROR
    assert result_code(answer) == kind.result_code


def test_a_permanent_failure_of_a_command_that_we_do_not_know_has_e_set() -> None:
    answer = refused(ecr(command=999), errors.InvalidMessageLengthError("length"))
    assert answer.header.flags == PROXIABLE | ERROR


@pytest.mark.spec("RFC 6733", "7.3")
def test_an_error_message_is_not_mandatory() -> None:
    answer = refused(dwr(), DiameterError("what is wrong"))
    assert value(answer, AvpCode.ERROR_MESSAGE) == b"what is wrong"
    assert answer.every(AvpCode.ERROR_MESSAGE)[0].flags == 0


@pytest.mark.spec("RFC 6733", "7.2")
def test_a_request_without_session_is_refused_without_one_and_two_are_not_echoed() -> None:
    assert refused(ecr({"session_id": b""}), DiameterError("no")).every(263) == []
    twice = text(263, "first") + text(263, "second")
    answer = refused(ecr({"session_id": twice}), DiameterError("no"))
    assert value(answer, AvpCode.SESSION_ID) == b"first"
