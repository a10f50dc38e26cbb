import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from protocols.diameter.codec import outline
from protocols.diameter.codes import AvpCode, ResultCode
from protocols.diameter.congestion import (
    DEFAULT_PRIORITY,
    Congestion,
    Refusal,
    is_check,
    priority_in,
)
from protocols.diameter.refusal import refuse
from tests.protocols.diameter.messages import (
    BASE,
    ERROR,
    LOCAL,
    PROXIABLE,
    REQUEST,
    RETRANSMITTED,
    avp,
    cer,
    dwr,
    ecr,
    number,
    parse,
    proxy_info,
    result_code,
    text,
)

NO_HOST = {"destination_host": b""}
PROXIES = {"p1": proxy_info("dra1.example.net", b"\1"), "p2": proxy_info("dra2.example.net", b"")}
RESULTS = [
    None,
    ResultCode.TOO_BUSY,
    ResultCode.UNABLE_TO_DELIVER,
    ResultCode.UNABLE_TO_COMPLY,
]


def refusal_of(octets: bytes, result: ResultCode | None = None) -> Refusal:
    return Congestion(LOCAL, lambda: result).refuse(octets)


def refused(octets: bytes, result: ResultCode | None = None) -> bytes:
    return refusal_of(octets, result).octets


@pytest.mark.spec("RFC 6733", "7.1.3")
@pytest.mark.parametrize(
    ("changes", "code"), [({}, ResultCode.TOO_BUSY), (NO_HOST, ResultCode.UNABLE_TO_DELIVER)]
)
def test_too_busy_is_only_said_by_the_host_that_was_asked_for(
    changes: dict[str, bytes], code: ResultCode
) -> None:
    answer = parse(refused(ecr(changes)))
    assert result_code(answer) == code
    assert answer.header.flags == PROXIABLE | ERROR
    assert refusal_of(ecr(changes)).error.result_code == code


@pytest.mark.parametrize("changes", [{}, NO_HOST])
@pytest.mark.parametrize("result", RESULTS[1:])
def test_the_operator_may_choose_what_is_said(
    changes: dict[str, bytes], result: ResultCode
) -> None:
    answer = parse(refused(ecr(changes), result))
    assert result_code(answer) == result
    assert bool(answer.header.flags & ERROR) == (result < 4000)


@pytest.mark.spec("RFC 6733", "6.2")
def test_an_answer_says_to_whom_it_belongs_and_goes_back_as_it_came() -> None:
    request = parse(ecr(PROXIES, hop_by_hop=7, end_to_end=9))
    answer = parse(refused(ecr(PROXIES, hop_by_hop=7, end_to_end=9)))
    assert (answer.header.hop_by_hop, answer.header.end_to_end) == (7, 9)
    assert answer.first(AvpCode.SESSION_ID) == request.first(AvpCode.SESSION_ID)
    assert answer.avps[0].code == AvpCode.SESSION_ID
    assert answer.every(AvpCode.PROXY_INFO) == request.every(AvpCode.PROXY_INFO)


AVPS = st.lists(
    st.builds(
        avp,
        st.sampled_from([263, 284, 293, 301, 1401, 1]),
        st.binary(max_size=12),
        vendor=st.sampled_from([0, 10415]),
        flags=st.sampled_from([None, 0x00, 0x40, 0x7F]),
    ),
    max_size=8,
)


@settings(max_examples=50, deadline=None)
@given(
    AVPS,
    st.sampled_from([0, PROXIABLE, RETRANSMITTED]),
    st.integers(0, 0xFFFFFFFF),
    st.sampled_from(RESULTS),
    st.integers(0, 40),
)
def test_an_answer_without_decoding_is_the_one_that_is_given_after_it(
    avps: list[bytes], flags: int, identifier: int, result: ResultCode | None, cut: int
) -> None:
    changes = {str(place): octets for place, octets in enumerate(avps)}
    whole = ecr(changes, flags=REQUEST | flags, hop_by_hop=identifier, end_to_end=identifier)
    octets = whole[: max(20, len(whole) - cut)]
    refusal = refusal_of(octets, result)
    assert refusal.octets == refuse(outline(octets), refusal.error, LOCAL)


def test_a_request_that_is_a_header_only_is_answered_too() -> None:
    answer = parse(refused(ecr()[:20]))
    assert (answer.avps[0].code, result_code(answer)) == (AvpCode.ORIGIN_HOST, 3002)


@pytest.mark.parametrize(
    ("octets", "expected"),
    [
        (ecr(), True),
        (ecr(flags=REQUEST), True),
        (ecr(flags=REQUEST | PROXIABLE | RETRANSMITTED), True),
        (ecr()[:20], True),
        (ecr()[:19], False),
        (b"", False),
        (ecr(flags=PROXIABLE), False),
        (ecr(flags=REQUEST | ERROR), False),
        (ecr(application=BASE), False),
        (ecr(command=316), False),
        (cer(), False),
        (dwr(), False),
    ],
)
def test_only_a_request_of_s13_is_a_check(octets: bytes, *, expected: bool) -> None:
    assert is_check(octets) is expected


@pytest.mark.spec("RFC 7944", "9.1")
@pytest.mark.parametrize("priority", range(16))
def test_there_are_sixteen_priorities(priority: int) -> None:
    request = ecr({"drmp": number(AvpCode.DRMP, priority, flags=0)})
    assert priority_in(request) == priority


@pytest.mark.spec("RFC 7944", "8")
@pytest.mark.parametrize(
    "drmp",
    [
        b"",
        number(AvpCode.DRMP, 16),
        number(AvpCode.DRMP, 0xFFFFFFFF),
        avp(AvpCode.DRMP, b""),
        avp(AvpCode.DRMP, b"\0"),
        avp(AvpCode.DRMP, struct.pack(">Q", 1)),
        number(AvpCode.DRMP, 1, vendor=10415),
        text(AvpCode.USER_NAME, "1"),
    ],
)
def test_a_request_that_names_no_priority_has_the_default(drmp: bytes) -> None:
    request = ecr({"drmp": drmp})
    assert priority_in(request) == DEFAULT_PRIORITY


@given(st.binary(max_size=64))
def test_whatever_octets_follow_a_header_have_a_priority_and_an_answer(rest: bytes) -> None:
    octets = ecr()[:20] + rest
    assert 0 <= priority_in(octets) <= 15
    assert refused(octets)[5:8] == octets[5:8]
