import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from protocols.diameter import errors, s13
from protocols.diameter.codec import Message
from protocols.diameter.codes import AvpCode, AvpCode3gpp, EquipmentStatus
from protocols.diameter.errors import DiameterError
from tests.protocols.diameter.messages import (
    EIR,
    ERROR,
    IMEI,
    IMEI_DIGITS,
    IMSI_DIGITS,
    LOCAL,
    MME,
    NO_CHANGES,
    PROXIABLE,
    REALM,
    REQUEST,
    RETRANSMITTED,
    SOFTWARE_VERSION,
    VSAI_S13,
    Changes,
    avp,
    ecr,
    failed_avp,
    number,
    parse,
    parse_avps,
    proxy_info,
    result_code,
    terminal_information,
    text,
    value,
)

HEAD = text(263, "mme1.example.net;1;7") + VSAI_S13  # of every ECA, before what it has to say
TAIL = number(277, 1) + text(264, EIR) + text(296, REALM)  # and after it


def read(changes: Changes = NO_CHANGES) -> s13.Request:
    return s13.read(parse(ecr(changes)))


def refusal(changes: Changes) -> DiameterError:
    with pytest.raises(DiameterError) as caught:
        read(changes)
    return caught.value


def of_terminal(*avps: bytes) -> Changes:
    return {"terminal_information": terminal_information(*avps)}


def imei(value: str) -> bytes:
    return text(1402, value, vendor=10415)


# The request


@pytest.mark.spec("TS 29.272", "7.2.19")
def test_a_request_says_who_asks_about_which_equipment_of_which_subscriber() -> None:
    assert read() == s13.Request(
        origin_host=MME, imei=IMEI_DIGITS, software_version="01", user_name=IMSI_DIGITS
    )


def test_a_request_does_not_show_whom_it_is_about() -> None:
    shown = str(read())
    assert IMEI_DIGITS[:8] not in shown
    assert IMSI_DIGITS not in shown


@pytest.mark.spec("TS 29.272", "6.2.1.1")
def test_software_version_and_user_name_may_be_absent() -> None:
    request = read({"user_name": b"", **of_terminal(IMEI)})
    assert (request.software_version, request.user_name) == (None, None)


@pytest.mark.spec("TS 29.272", "7.3.4")
@pytest.mark.parametrize(
    "digits",
    [IMEI_DIGITS, IMEI_DIGITS + "8", IMEI_DIGITS + "01", "1", "", "no digits", "٣٥٢", "\0"],
)
def test_any_text_in_the_imei_reaches_the_decision(digits: str) -> None:
    assert read(of_terminal(imei(digits))).imei == digits


@settings(max_examples=30)
@given(st.text(max_size=40), st.text(max_size=8), st.text(max_size=20))
def test_any_text_in_any_field_is_read(equipment: str, version: str, user_name: str) -> None:
    terminal = of_terminal(imei(equipment), text(1403, version, vendor=10415))
    request = read({"user_name": text(1, user_name), **terminal})
    assert (request.imei, request.software_version, request.user_name) == (
        equipment,
        version,
        user_name,
    )


@pytest.mark.parametrize(
    ("changes", "shown"),
    [
        (
            of_terminal(avp(1402, b"3520\xff", vendor=10415)),
            terminal_information(avp(1402, b"3520\xff", vendor=10415)),
        ),
        (
            of_terminal(IMEI, avp(1403, b"\xff\xff", vendor=10415)),
            terminal_information(avp(1403, b"\xff\xff", vendor=10415)),
        ),
        ({"user_name": avp(1, b"\xc0")}, avp(1, b"\xc0")),
        ({"origin_host": text(264, "")}, text(264, "")),
    ],
)
@pytest.mark.spec("RFC 6733", "7.1.5")
def test_a_value_that_its_type_does_not_allow_is_5004_and_is_shown(
    changes: Changes, shown: bytes
) -> None:
    error = refusal(changes)
    assert type(error) is errors.InvalidAvpValueError
    assert error.failed_avp == shown


@pytest.mark.spec("RFC 6733", "7.5")
@pytest.mark.parametrize(
    ("changes", "shown"),
    [
        ({"terminal_information": b""}, avp(1401, b"", vendor=10415)),
        (of_terminal(), terminal_information(avp(1402, b"", vendor=10415))),
        (of_terminal(SOFTWARE_VERSION), terminal_information(avp(1402, b"", vendor=10415))),
        (of_terminal(text(1402, IMEI_DIGITS)), terminal_information(text(1402, IMEI_DIGITS))),
        ({"destination_realm": b""}, text(283, "")),
    ],
)
def test_a_missing_or_misplaced_avp_is_refused_and_shown_where_it_belongs(
    changes: Changes, shown: bytes
) -> None:
    assert refusal(changes).failed_avp == shown


def test_a_terminal_without_imei_is_5005_and_an_imei_without_vendor_is_5001() -> None:
    assert type(refusal(of_terminal())) is errors.MissingAvpError
    assert type(refusal({"terminal_information": b""})) is errors.MissingAvpError
    assert type(refusal(of_terminal(text(1402, IMEI_DIGITS)))) is errors.UnsupportedAvpError


@pytest.mark.spec("RFC 6733", "7.1.5")
def test_a_second_imei_is_5009_with_the_second() -> None:
    error = refusal(of_terminal(IMEI, imei("1")))
    assert type(error) is errors.RepeatedAvpError
    assert error.failed_avp == terminal_information(imei("1"))


@pytest.mark.spec("RFC 6733", "7.1.5")
def test_an_unknown_avp_with_m_in_the_terminal_is_5001_and_without_it_ignored() -> None:
    error = refusal(of_terminal(IMEI, avp(9999, b"x", vendor=10415)))
    assert type(error) is errors.UnsupportedAvpError
    assert error.failed_avp == terminal_information(avp(9999, b"x", vendor=10415))
    assert read(of_terminal(avp(9999, b"x", vendor=10415, flags=0x80), IMEI)).imei == IMEI_DIGITS


@pytest.mark.spec("RFC 6733", "7.1.5")
def test_a_wrong_length_in_the_terminal_is_5014() -> None:
    broken = IMEI[:5] + b"\0\0\x08" + IMEI[8:]
    error = refusal(of_terminal(broken))
    assert type(error) is errors.InvalidAvpLengthError
    assert error.failed_avp == terminal_information(avp(1402, b"", vendor=10415))


def test_a_reason_never_repeats_the_equipment_or_the_subscriber() -> None:
    digits = text(1402, IMEI_DIGITS)
    for changes in (
        of_terminal(digits),
        of_terminal(IMEI, IMEI),
        {"user_name": avp(1, b"0010\xff")},
    ):
        reason = refusal(changes).reason
        assert IMEI_DIGITS not in reason
        assert "0010" not in reason


# The answer


@pytest.mark.spec("TS 29.272", "7.2.20")
@pytest.mark.parametrize("status", EquipmentStatus)
def test_a_status_is_answered_with_success(status: EquipmentStatus) -> None:
    answer = parse(s13.accept(parse(ecr()), status, LOCAL))
    equipment_status = number(1445, status, vendor=10415)
    assert answer.avps == parse_avps(HEAD + number(268, 2001) + TAIL + equipment_status)
    header = answer.header
    assert (header.flags, header.command, header.application) == (PROXIABLE, 324, 16777252)
    assert (header.hop_by_hop, header.end_to_end) == (0x11111111, 0x22222222)


@pytest.mark.spec("TS 29.272", "7.4.3.5")
def test_unknown_equipment_is_an_experimental_result_and_no_result_code() -> None:
    answer = parse(s13.unknown(parse(ecr()), LOCAL))
    experimental_result = avp(297, number(266, 10415) + number(298, 5422))
    assert answer.avps == parse_avps(HEAD + experimental_result + TAIL)
    assert answer.header.flags == PROXIABLE


@pytest.mark.spec("TS 29.272", "7.3.1")
def test_the_status_has_the_vendor_of_3gpp_and_is_mandatory() -> None:
    answer = parse(s13.accept(parse(ecr()), EquipmentStatus.TRACKINGLISTED, LOCAL))
    (status,) = answer.every(AvpCode3gpp.EQUIPMENT_STATUS, 10415)
    assert status.flags == 0xC0


PROXIES = [
    proxy_info("dra1.example.net", b"\0\xff\x80"),
    proxy_info("dra2.example.net", b"state of five"),
]


def every_answer(request: Message) -> list[bytes]:
    """Answer a request in each way there is."""
    return [
        s13.accept(request, EquipmentStatus.PERMITTEDLISTED, LOCAL),
        s13.unknown(request, LOCAL),
        s13.refuse(request, errors.MissingAvpError("missing"), LOCAL),
        s13.refuse(request, errors.RealmNotServedError("realm"), LOCAL),
    ]


@pytest.mark.spec("RFC 6733", "6.2")
@pytest.mark.parametrize("way", range(4))
def test_proxy_info_goes_back_in_order_and_octet_for_octet(way: int) -> None:
    request = ecr({"a": PROXIES[1], "route": text(282, "dra1.example.net"), "b": PROXIES[0]})
    octets = every_answer(parse(request))[way]
    assert octets.endswith(PROXIES[1] + PROXIES[0])
    assert len(parse(octets).every(AvpCode.PROXY_INFO)) == 2


@pytest.mark.spec("RFC 6733", "3")
@pytest.mark.parametrize("way", range(4))
def test_t_never_goes_back_and_identifiers_always_do(way: int) -> None:
    request = ecr(flags=REQUEST | PROXIABLE | RETRANSMITTED, hop_by_hop=0, end_to_end=0xFFFFFFFF)
    header = parse(every_answer(parse(request))[way]).header
    assert header.flags & ~ERROR == PROXIABLE
    assert (header.hop_by_hop, header.end_to_end) == (0, 0xFFFFFFFF)


@pytest.mark.spec("RFC 6733", "6.2")
@pytest.mark.parametrize("way", range(4))
def test_no_answer_has_a_destination_or_a_route(way: int) -> None:
    answer = parse(every_answer(parse(ecr({"route": text(282, MME)})))[way])
    codes = {avp.code for avp in answer.avps}
    assert codes.isdisjoint({283, 293, 282, 1, 1401})


@pytest.mark.spec("TS 29.272", "7.2.20")
def test_a_permanent_failure_is_an_eca() -> None:
    error = errors.MissingAvpError("missing", failed_avp=avp(1401, b"", vendor=10415))
    answer = parse(s13.refuse(parse(ecr()), error, LOCAL))
    assert answer.header.flags == PROXIABLE
    assert failed_avp(answer) == avp(1401, b"", vendor=10415)
    assert answer.avps[:5] == parse_avps(HEAD + number(268, 5005) + TAIL)[:5]
    assert value(answer, AvpCode.AUTH_SESSION_STATE) == b"\0\0\0\1"


@pytest.mark.spec("RFC 6733", "7.1.5")
def test_a_permanent_failure_without_session_is_an_error_answer() -> None:
    request = parse(ecr({"session_id": b""}))
    answer = parse(s13.refuse(request, errors.MissingAvpError("missing"), LOCAL))
    assert answer.header.flags == PROXIABLE | ERROR
    assert result_code(answer) == 5005
    assert answer.every(AvpCode.AUTH_SESSION_STATE) == []


@pytest.mark.spec("RFC 6733", "7.1.3")
def test_a_protocol_error_is_an_error_answer() -> None:
    answer = parse(s13.refuse(parse(ecr()), errors.RealmNotServedError("realm"), LOCAL))
    assert answer.header.flags == PROXIABLE | ERROR
    assert result_code(answer) == 3003
