"""Each message that we make, octet by octet; and what is read of those that come."""

import pytest

from protocols.m3ua import messages
from protocols.m3ua.codec import Affected, decode
from protocols.m3ua.codes import ErrorCode, MessageType, Status, Tag, TrafficMode
from protocols.m3ua.errors import (
    M3uaError,
    MissingParameterError,
    ParameterValueError,
    RoutingContextError,
)
from protocols.m3ua.messages import MAX_CONTEXTS
from tests.protocols.m3ua import wire
from tests.protocols.m3ua.nodes import answer
from tests.protocols.m3ua.wire import message, notify, number, parameter


@pytest.mark.spec("RFC 4666", "3.3.1")
def test_data() -> None:
    data = parameter(wire.DATA, wire.label((20, 10), 3, 2, 0, 5) + b"world")
    assert messages.make_data(answer(), context=None, appearance=None) == message("DATA", data)
    made = messages.make_data(answer(), context=100, appearance=0x12345678)
    assert made == message("DATA", number(wire.NA, 0x12345678), number(wire.RC, 100), data)


@pytest.mark.spec("RFC 4666", "3.4.1")
def test_destinations() -> None:
    made = messages.make_destinations(
        MessageType.DUNA, [Affected(0, 5), Affected(3, 64)], context=100, appearance=7
    )
    points = number(wire.APC, 5, 3 << 24 | 64)
    assert made == message("DUNA", number(wire.NA, 7), number(wire.RC, 100), points)


@pytest.mark.spec("RFC 4666", "3.8.1")
def test_an_error_names_what_is_wrong() -> None:
    error = RoutingContextError(
        "no", routing_contexts=(7, 8), network_appearance=9, affected=b"1234"
    )
    assert messages.make_error(error, b"x" * 50) == message(
        "ERROR",
        number(wire.ERROR, 0x19),
        number(wire.RC, 7, 8),
        number(wire.NA, 9),
        parameter(wire.APC, b"1234"),
        parameter(wire.DIAGNOSTIC, b"x" * 40),
    )


@pytest.mark.spec("RFC 4666", "3.8.2")
@pytest.mark.parametrize("status", Status)
def test_a_notify_is_read_as_it_is_made(status: Status) -> None:
    made = messages.make_notify(status, identifier=2, context=100)
    assert made == notify(status.name, 100, asp=2)
    assert messages.read_notify(decode(made)) == messages.Notice(status, 2, (100,))
    bare = messages.make_notify(status, identifier=None, context=None)
    assert messages.read_notify(decode(bare)) == messages.Notice(status, None, ())


def test_a_status_that_does_not_exist_is_an_invalid_value() -> None:
    with pytest.raises(ParameterValueError, match="0x00020004"):
        messages.read_notify(decode(message("NOTIFY", number(wire.STATUS, 0x20004))))


@pytest.mark.spec("RFC 4666", "3.6.1")
def test_a_registration() -> None:
    made = messages.make_registration(20, TrafficMode.OVERRIDE, None)
    key = number(wire.LOCAL_KEY, 1) + number(wire.MODE, 1) + number(wire.DPC, 20)
    assert made == message("REG_REQ", parameter(wire.KEY, key))


@pytest.mark.spec("RFC 4666", "3.6.2")
def test_the_result_of_a_registration() -> None:
    response = decode(wire.registered(77, status=5))
    assert messages.read_registration(response) == messages.Registration(5, 77)
    with pytest.raises(MissingParameterError):
        messages.read_registration(decode(message("REG_RSP")))


def test_contexts_are_read_from_one_parameter_or_several() -> None:
    assert messages.contexts_of(decode(message("ASP_ACTIVE"))) == ()
    assert messages.contexts_of(decode(message("ASP_ACTIVE", number(wire.RC, 1, 2)))) == (1, 2)
    apart = message("ASP_ACTIVE", number(wire.RC, 1), number(wire.RC, 2))
    assert messages.contexts_of(decode(apart)) == (1, 2)


def test_a_message_names_so_many_contexts_and_no_more() -> None:
    most = MAX_CONTEXTS // 2
    halves = number(wire.RC, *range(most)), number(wire.RC, *range(most, MAX_CONTEXTS))
    assert len(messages.contexts_of(decode(message("ASP_ACTIVE", *halves)))) == MAX_CONTEXTS
    many = message("ASP_ACTIVE", *halves, number(wire.RC, 7))
    with pytest.raises(M3uaError, match="65 routing contexts") as caught:
        messages.contexts_of(decode(many))
    assert caught.value.error_code is ErrorCode.PROTOCOL_ERROR
    assert caught.value.routing_contexts == ()


def test_a_reason_names_the_first_few_contexts() -> None:
    assert messages.shown((1, 2, 3, 4)) == "1, 2, 3, 4"
    assert messages.shown(tuple(range(1, 60))) == "1, 2, 3, 4, …"


def test_a_number_is_read_or_is_not_there() -> None:
    up = decode(wire.asp_up(7))
    assert messages.number_of(up, Tag.ASP_IDENTIFIER) == 7
    assert messages.number_of(up, Tag.TRAFFIC_MODE_TYPE) is None
