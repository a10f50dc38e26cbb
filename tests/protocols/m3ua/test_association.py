"""Whatever comes: refused with the right Error, or not at all."""

import pytest

from protocols.effects import Dropped, Refused, Send
from protocols.m3ua.codes import ErrorCode
from tests.protocols.m3ua import wire
from tests.protocols.m3ua.nodes import STP, accepted, active, connected, node, serving
from tests.protocols.m3ua.wire import (
    asp_up,
    data,
    error,
    message,
    notify,
    number,
    parameter,
    parse,
    registered,
)

SHORT = b"\1\0\3\1\0\0\0"
LONG = message("DATA", parameter(wire.DATA, bytes(100)))


@pytest.mark.spec("RFC 4666", "3.8.1")
@pytest.mark.parametrize(
    ("octets", "code"),
    [
        (message("ASP_UP", version=2), ErrorCode.INVALID_VERSION),
        (message(0x0501), ErrorCode.UNSUPPORTED_MESSAGE_CLASS),
        (message(0xFF00), ErrorCode.UNSUPPORTED_MESSAGE_CLASS),
        (message(0x0307), ErrorCode.UNSUPPORTED_MESSAGE_TYPE),
        (message(0x0002), ErrorCode.UNSUPPORTED_MESSAGE_TYPE),
        (message("ASP_UP")[:-1], ErrorCode.PROTOCOL_ERROR),
        (SHORT, ErrorCode.PROTOCOL_ERROR),
        (message("ASP_UP") + bytes(4), ErrorCode.PROTOCOL_ERROR),
        (message("ASP_UP", number(4) * 33), ErrorCode.PROTOCOL_ERROR),
        (message("ASP_UP", b"\0\x11\0\x03"), ErrorCode.PARAMETER_FIELD_ERROR),
        (message("ASP_UP", b"\0\x11\0\x09\0\0\0\0"), ErrorCode.PARAMETER_FIELD_ERROR),
        (message("ASP_UP", b"\0\x11"), ErrorCode.PARAMETER_FIELD_ERROR),
        (message("ASP_ACTIVE", parameter(wire.RC, b"12345")), ErrorCode.PARAMETER_FIELD_ERROR),
        (message("ASP_ACTIVE", parameter(wire.RC, b"")), ErrorCode.PARAMETER_FIELD_ERROR),
        (message("NOTIFY", parameter(wire.STATUS, b"123")), ErrorCode.PARAMETER_FIELD_ERROR),
        (message("NOTIFY", number(wire.STATUS, 1, 2)), ErrorCode.PARAMETER_FIELD_ERROR),
        (message("NOTIFY"), ErrorCode.MISSING_PARAMETER),
        (message("NOTIFY", number(wire.STATUS, 0x10001)), ErrorCode.INVALID_PARAMETER_VALUE),
        (message("REG_REQ"), ErrorCode.UNSUPPORTED_MESSAGE_CLASS),
        (message("DEREG_REQ"), ErrorCode.UNSUPPORTED_MESSAGE_CLASS),
        (registered(7), ErrorCode.UNSUPPORTED_MESSAGE_CLASS),
    ],
)
def test_what_is_wrong_is_said(octets: bytes, code: ErrorCode) -> None:
    for book in (active(), serving()):
        sent, refused = book.node.receive(1, octets, 0.0)
        assert isinstance(sent, Send)
        assert isinstance(refused, Refused)
        assert (sent.stream, refused.code, refused.layer) == (0, code, "m3ua")
        name, parameters = parse(sent.octets)
        assert name == "ERROR"
        assert parameters == [
            (wire.ERROR, code.to_bytes(4, "big")),
            (wire.DIAGNOSTIC, octets[:40]),
        ]


@pytest.mark.spec("RFC 4666", "3.8.1")
def test_an_error_shows_the_first_40_octets_of_the_message() -> None:
    sent, _ = connected().node.receive(1, LONG, 0.0)
    assert isinstance(sent, Send)
    assert dict(parse(sent.octets)[1])[wire.DIAGNOSTIC] == LONG[:40]


@pytest.mark.spec("RFC 4666", "3.8.1")
@pytest.mark.parametrize(
    "octets",
    [
        error(6)[:-1],
        message("ERROR", number(wire.ERROR)),
        message("ERROR", b"\0\x0c\0\x03"),
        message("ERROR", version=2),
        b"\1\0\0",
        b"",
    ],
)
def test_an_error_that_is_wrong_is_not_answered(octets: bytes) -> None:
    for book in (active(), serving()):
        (dropped,) = book.node.receive(1, octets, 0.0)
        assert isinstance(dropped, Dropped)


def test_an_identifier_of_a_wrong_length_is_a_field_error() -> None:
    octets = message("ASP_UP", parameter(wire.ASP, b"123"))
    accepted().receives(1, octets).does("1: ERROR 18", "1: refused 18")


@pytest.mark.spec("RFC 4666", "3.8.1")
@pytest.mark.parametrize("octets", [error(6), error(0xFFFF), message("ERROR")])
def test_an_error_is_noted(octets: bytes) -> None:
    for book in (active(), serving()):
        book.receives(1, octets).does("note m3ua_error_received")


@pytest.mark.spec("RFC 4666", "3.2")
def test_parameters_that_we_do_not_know_harm_nobody() -> None:
    info, unknown = parameter(4, b"hello"), parameter(0xFFFF, b"x")
    octets = message("ASP_UP", info, number(wire.ASP, 1), unknown)
    node(STP).connects(1, "stp").quietly().receives(1, message("ASP_UP_ACK", info, unknown)).does(
        "1: ASP_ACTIVE LOADSHARE rc 100", "1: stp ASP_INACTIVE"
    )
    serving().receives(1, octets).quietly().receives(1, asp_up(1)).does("1: ASP_UP_ACK")


@pytest.mark.spec("RFC 4666", "4.3.4.5.1")
def test_an_ipsp_may_notify_whom_it_connected_to() -> None:
    serving().receives(1, notify("AS_ACTIVE", 100)).does("note m3ua_notified")


@pytest.mark.spec("RFC 4666", "3.1.1")
def test_the_reserved_octet_is_ignored() -> None:
    octets = bytearray(data(100))
    octets[1] = 0xFF
    active().receives(1, bytes(octets)).does("1: deliver")
