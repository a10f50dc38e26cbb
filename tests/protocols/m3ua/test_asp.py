"""Our ASP at a signalling gateway: up, active, inactive, down, and back."""

import dataclasses
from collections.abc import Callable

import pytest

from protocols.effects import Send
from protocols.m3ua.asp import T_LEAVE
from protocols.m3ua.codes import TrafficMode
from protocols.m3ua.local import PeerSpec
from tests.protocols.m3ua import wire
from tests.protocols.m3ua.nodes import (
    OPEN,
    PAIR,
    QUIET,
    STP,
    active,
    answer,
    connected,
    inactive,
    node,
)
from tests.protocols.m3ua.playbook import Playbook
from tests.protocols.m3ua.wire import ack, data, error, message, notify, registered

T_ACK = QUIET.t_ack
NAMED = PeerSpec(name="stp", connect=True, asp_identifier=7, routing_contexts=(100,))
ASKING = PeerSpec(name="stp", connect=True, register=True)
OVERRIDE = dataclasses.replace(STP, traffic_mode=TrafficMode.OVERRIDE)


# Up


@pytest.mark.spec("RFC 4666", "4.3.4.1")
def test_an_asp_goes_up_as_soon_as_it_is_connected() -> None:
    node(NAMED).connects(1, "stp").does("1: stp ASP_DOWN", "1: ASP_UP asp 7")
    node(STP).connects(1, "stp").does("1: stp ASP_DOWN", "1: ASP_UP")


@pytest.mark.spec("RFC 4666", "4.3.4.1")
def test_asp_up_is_repeated_every_t_ack_until_it_is_acknowledged() -> None:
    (
        connected()
        .at(T_ACK).expires().does("note m3ua_t_ack_expired", "1: ASP_UP")
        .at(2 * T_ACK).expires().does("note m3ua_t_ack_expired", "1: ASP_UP")
        .receives(1, ack("ASP_UP"))
        .does("1: ASP_ACTIVE LOADSHARE rc 100", "1: stp ASP_INACTIVE")
        .receives(1, ack("ASP_ACTIVE", 100)).does("1: stp ASP_ACTIVE")
        .at(99.0).receives(1, data(100)).does("1: deliver")
    )  # fmt: skip


@pytest.mark.spec("RFC 4666", "4.3.4.3")
def test_asp_active_is_repeated_every_t_ack_until_it_is_acknowledged() -> None:
    again = ("note m3ua_t_ack_expired", "1: ASP_ACTIVE OVERRIDE rc 100")
    (
        inactive(OVERRIDE)
        .at(T_ACK).expires().does(*again)
        .at(2 * T_ACK).expires().does(*again)
        .receives(1, ack("ASP_ACTIVE", 100)).does("1: stp ASP_ACTIVE")
        .at(99.0)
    )  # fmt: skip


@pytest.mark.spec("RFC 4666", "3.7.1")
def test_an_asp_without_routing_contexts_names_none() -> None:
    (
        connected(OPEN)
        .receives(1, ack("ASP_UP")).does("1: ASP_ACTIVE LOADSHARE", "1: stp ASP_INACTIVE")
        .receives(1, ack("ASP_ACTIVE")).does("1: stp ASP_ACTIVE")
        .receives(1, data()).does("1: deliver")
        .receives(1, data(100)).does("1: deliver")
    )  # fmt: skip


@pytest.mark.spec("RFC 4666", "4.3.4.3")
def test_contexts_may_be_acknowledged_one_by_one_and_only_the_rest_is_asked_for_again() -> None:
    (
        connected(PAIR)
        .receives(1, ack("ASP_UP"))
        .does("1: ASP_ACTIVE LOADSHARE rc 100,101", "1: stp ASP_INACTIVE")
        .receives(1, ack("ASP_ACTIVE", 100)).does("1: stp ASP_ACTIVE")
        .receives(1, data(100)).does("1: deliver")
        .at(T_ACK).expires().does("note m3ua_t_ack_expired", "1: ASP_ACTIVE LOADSHARE rc 101")
        .receives(1, ack("ASP_ACTIVE", 101)).does()
        .receives(1, data(101)).does("1: deliver")
        .at(99.0)
    )  # fmt: skip


# What the peer says unasked


@pytest.mark.spec("RFC 4666", "4.3.4.2")
@pytest.mark.parametrize("begin", [active, inactive])
def test_an_asp_that_is_put_down_comes_back(begin: Callable[[], Playbook]) -> None:
    (
        begin()
        .receives(1, ack("ASP_DOWN")).does("1: ASP_UP", "1: stp ASP_DOWN")
        .receives(1, ack("ASP_UP"))
        .does("1: ASP_ACTIVE LOADSHARE rc 100", "1: stp ASP_INACTIVE")
    )  # fmt: skip


@pytest.mark.spec("RFC 4666", "4.3.4.1")
def test_an_asp_up_ack_for_an_active_asp_is_an_error_and_it_comes_back() -> None:
    (
        active()
        .receives(1, ack("ASP_UP"))
        .does("1: ERROR 6", "1: refused 6", "1: ASP_ACTIVE LOADSHARE rc 100", "1: stp ASP_INACTIVE")
    )  # fmt: skip


@pytest.mark.spec("RFC 4666", "4.3.4.1")
def test_an_asp_up_ack_for_an_inactive_asp_says_nothing_new() -> None:
    inactive().receives(1, ack("ASP_UP")).does()


@pytest.mark.spec("RFC 4666", "4.3.4.4")
def test_an_asp_that_is_made_inactive_asks_for_traffic_again() -> None:
    (
        active()
        .receives(1, ack("ASP_INACTIVE", 100))
        .does("1: ASP_ACTIVE LOADSHARE rc 100", "1: stp ASP_INACTIVE")
    )  # fmt: skip
    (
        active(PAIR)
        .receives(1, ack("ASP_INACTIVE", 101)).does("1: ASP_ACTIVE LOADSHARE rc 101")
        .receives(1, data(100)).does("1: deliver")
        .receives(1, data(101)).does("1: dropped")
    )  # fmt: skip


@pytest.mark.spec("RFC 4666", "3.8.1")
@pytest.mark.parametrize("kind", ["ASP_ACTIVE", "ASP_INACTIVE"])
def test_an_acknowledgement_that_cannot_be_is_unexpected(kind: str) -> None:
    connected().receives(1, ack(kind, 100)).does("1: ERROR 6", "1: refused 6")


@pytest.mark.spec("RFC 4666", "3.8.1")
@pytest.mark.parametrize("kind", ["ASP_UP", "ASP_DOWN", "ASP_ACTIVE", "ASP_INACTIVE"])
def test_a_gateway_that_asks_as_an_asp_does_is_refused(kind: str) -> None:
    active().receives(1, message(kind)).does("1: ERROR 6", "1: refused 6")


# Notify


@pytest.mark.spec("RFC 4666", "4.3.4.3")
def test_an_asp_that_another_took_over_from_is_inactive_and_waits() -> None:
    (
        active()
        .receives(1, notify("ALTERNATE_ASP_ACTIVE", 100, asp=2))
        .does("note m3ua_notified", "1: stp ASP_INACTIVE")
        .at(99.0).receives(1, data(100)).does("1: dropped")
        .receives(1, notify("AS_PENDING", 100))
        .does("as stp 100 AS_PENDING", "1: ASP_ACTIVE LOADSHARE rc 100")
        .receives(1, ack("ASP_ACTIVE", 100)).does("1: stp ASP_ACTIVE")
    )  # fmt: skip


@pytest.mark.spec("RFC 4666", "4.3.4.3")
def test_an_asp_loses_only_the_application_server_that_was_taken_over() -> None:
    (
        active(PAIR)
        .receives(1, notify("ALTERNATE_ASP_ACTIVE", 101)).does("note m3ua_notified")
        .receives(1, data(101)).does("1: dropped")
        .receives(1, data(100)).does("1: deliver")
        .receives(1, notify("AS_PENDING", 101))
        .does("as stp 101 AS_PENDING", "1: ASP_ACTIVE LOADSHARE rc 101")
    )  # fmt: skip


@pytest.mark.spec("RFC 4666", "4.3.4.5")
def test_an_inactive_asp_that_is_needed_becomes_active() -> None:
    (
        active()
        .receives(1, notify("ALTERNATE_ASP_ACTIVE"))
        .does("note m3ua_notified", "1: stp ASP_INACTIVE")
        .receives(1, notify("INSUFFICIENT_ASP_RESOURCES"))
        .does("note m3ua_notified", "1: ASP_ACTIVE LOADSHARE rc 100")
    )  # fmt: skip


@pytest.mark.spec("RFC 4666", "4.3.4.5")
def test_the_state_of_the_application_server_is_told_for_each_context() -> None:
    (
        inactive(PAIR)
        .receives(1, notify("AS_INACTIVE")).does("as stp 100 AS_INACTIVE", "as stp 101 AS_INACTIVE")
        .receives(1, notify("AS_ACTIVE", 101)).does("as stp 101 AS_ACTIVE")
        .receives(1, notify("ASP_FAILURE", asp=3)).does("note m3ua_notified")
    )  # fmt: skip
    inactive(OPEN).receives(1, notify("AS_INACTIVE")).does("as stp AS_INACTIVE")


# Error


@pytest.mark.spec("RFC 4666", "3.8.1")
@pytest.mark.parametrize("code", [0x01, 0x0D, 0x0E, 0x0F])
def test_an_asp_up_that_is_refused_is_repeated_later_and_later(code: int) -> None:
    refused = error(code)
    book = connected()
    now = 0.0
    for wait in (1.0, 2.0, 4.0, 8.0, 16.0, 30.0, 30.0):
        book.receives(1, refused).does("note m3ua_error_received")
        now += wait
        book.at(now).expires().does("1: ASP_UP")


@pytest.mark.spec("RFC 4666", "3.8.1")
@pytest.mark.parametrize("code", [0x05, 0x0D, 0x19, 0x1A])
def test_an_asp_active_that_is_refused_is_repeated_later(code: int) -> None:
    (
        inactive()
        .receives(1, error(code)).does("note m3ua_error_received")
        .at(1.0).expires().does("1: ASP_ACTIVE LOADSHARE rc 100")
    )  # fmt: skip


def test_the_wait_is_short_again_once_traffic_was_granted() -> None:
    (
        connected()
        .receives(1, error(0x0D)).quietly()
        .at(1.0).expires().quietly()
        .receives(1, ack("ASP_UP")).quietly()
        .receives(1, ack("ASP_ACTIVE", 100)).quietly()
        .receives(1, ack("ASP_DOWN")).quietly()
        .receives(1, error(0x0D)).quietly()
        .at(2.0).expires().does("1: ASP_UP")
    )  # fmt: skip


def test_an_error_that_refuses_nothing_of_ours_changes_no_timer() -> None:
    (
        connected()
        .receives(1, error(6)).does("note m3ua_error_received")
        .at(T_ACK).expires().does("note m3ua_t_ack_expired", "1: ASP_UP")
    )  # fmt: skip
    active().receives(1, error(0x0D)).does("note m3ua_error_received").at(99.0)


# Registration


@pytest.mark.spec("RFC 4666", "4.4.1")
def test_a_routing_context_is_registered_and_used() -> None:
    (
        connected(ASKING)
        .receives(1, ack("ASP_UP")).does("1: REG_REQ", "1: stp ASP_INACTIVE")
        .at(T_ACK).expires().does("note m3ua_t_ack_expired", "1: REG_REQ")
        .receives(1, registered(77)).does("1: ASP_ACTIVE LOADSHARE rc 77")
        .receives(1, ack("ASP_ACTIVE", 77)).does("1: stp ASP_ACTIVE")
        .receives(1, data(77)).does("1: deliver")
        .sends(answer()).does("1.6: DATA rc 77 20>10")
    )  # fmt: skip


@pytest.mark.spec("RFC 4666", "3.6.1")
def test_the_routing_key_is_our_point_code() -> None:
    spec = dataclasses.replace(ASKING, network_appearance=9)
    book = connected(spec).receives(1, ack("ASP_UP"))
    (request,) = (effect.octets for effect in book.effects if isinstance(effect, Send))
    assert request == message(
        "REG_REQ",
        wire.parameter(
            wire.KEY,
            wire.number(wire.LOCAL_KEY, 1)
            + wire.number(wire.MODE, 2)
            + wire.number(wire.DPC, wire.EIR)
            + wire.number(wire.NA, 9),
        ),
    )


@pytest.mark.spec("RFC 4666", "3.6.2")
def test_a_key_that_is_registered_already_is_as_good() -> None:
    book = connected(ASKING).receives(1, ack("ASP_UP")).quietly()
    book.receives(1, registered(77, status=12)).does("1: ASP_ACTIVE LOADSHARE rc 77")


@pytest.mark.spec("RFC 4666", "3.6.2")
def test_a_registration_that_fails_is_noted_and_repeated_later() -> None:
    (
        connected(ASKING).receives(1, ack("ASP_UP")).quietly()
        .receives(1, registered(0, status=5)).does("note m3ua_registration_refused")
        .at(1.0).expires().does("1: REG_REQ")
        .receives(1, error(3)).does("note m3ua_error_received")
        .at(3.0).expires().does("1: REG_REQ")
        .receives(1, registered(77)).does("1: ASP_ACTIVE LOADSHARE rc 77")
    )  # fmt: skip


@pytest.mark.spec("RFC 4666", "3.8.1")
@pytest.mark.parametrize(
    "result",
    [
        b"",
        wire.parameter(wire.RESULT, wire.number(wire.REGISTRATION, 0)),
        wire.parameter(wire.RESULT, wire.number(wire.RC, 77)),
    ],
)
def test_a_registration_response_without_a_result_lacks_a_parameter(result: bytes) -> None:
    book = connected(ASKING).receives(1, ack("ASP_UP")).quietly()
    book.receives(1, message("REG_RSP", result)).does("1: ERROR 22", "1: refused 22")


def test_a_registration_response_that_nobody_asked_for_is_unexpected() -> None:
    connected(ASKING).receives(1, registered(77)).does("1: ERROR 6", "1: refused 6")


@pytest.mark.spec("RFC 4666", "4.4.1")
def test_a_context_is_registered_anew_when_the_association_begins_anew() -> None:
    (
        _registered()
        .restarts(1).does("note association_restarted", "as stp 77 AS_DOWN gone", "1: ASP_UP",
                          "1: stp ASP_DOWN")
        .receives(1, ack("ASP_UP")).does("1: REG_REQ", "1: stp ASP_INACTIVE")
    )  # fmt: skip


# Down


@pytest.mark.spec("RFC 4666", "4.3.4.4")
@pytest.mark.spec("RFC 4666", "4.3.4.2")
def test_an_asp_leaves_by_inactive_and_down() -> None:
    (
        active()
        .stops().does("1: ASP_INACTIVE rc 100")
        .receives(1, data(100)).does("1: deliver")
        .sends(answer()).does("1.6: DATA rc 100 20>10")
        .receives(1, ack("ASP_INACTIVE", 100)).does("1: ASP_DOWN", "1: stp ASP_INACTIVE")
        .receives(1, notify("AS_PENDING", 100)).does("as stp 100 AS_PENDING")
        .receives(1, notify("ALTERNATE_ASP_ACTIVE", 100)).does("note m3ua_notified")
        .receives(1, ack("ASP_DOWN")).does("1: close", "1: stp CLOSED", "as stp 100 AS_DOWN gone")
        .at(99.0)
    )  # fmt: skip


@pytest.mark.spec("RFC 4666", "4.4.2")
def test_an_asp_that_registered_deregisters_before_it_is_down() -> None:
    (
        _registered()
        .stops().does("1: ASP_INACTIVE rc 77")
        .receives(1, ack("ASP_INACTIVE", 77)).does("1: DEREG_REQ rc 77", "1: stp ASP_INACTIVE")
        .receives(1, message("DEREG_RSP")).does("1: ASP_DOWN")
        .receives(1, ack("ASP_DOWN")).does("1: close", "1: stp CLOSED", "as stp 77 AS_DOWN gone")
    )  # fmt: skip


def test_an_asp_that_is_not_up_just_closes() -> None:
    connected().stops().does("1: close", "1: stp CLOSED", "as stp 100 AS_DOWN gone").at(99.0)


def test_an_asp_that_leaves_waits_t_ack_for_a_silent_peer_and_no_longer() -> None:
    (
        active()
        .stops().does("1: ASP_INACTIVE rc 100")
        .receives(1, ack("ASP_UP")).does()
        .stops().does()
        .receives(1, error(6)).does("note m3ua_error_received")
        .at(T_ACK).expires()
        .does("note m3ua_t_ack_expired", "1: close", "1: stp CLOSED", "as stp 100 AS_DOWN gone")
        .at(99.0)
    )  # fmt: skip


def test_an_asp_that_leaves_waits_for_a_busy_peer_but_not_for_ever() -> None:
    book = active().stops().does("1: ASP_INACTIVE rc 100")
    for now in (1.9, 3.4):
        book.at(now).receives(1, data(100)).does("1: deliver")
    gone = ("note m3ua_t_ack_expired", "1: close", "1: stp CLOSED", "as stp 100 AS_DOWN gone")
    book.at(T_LEAVE).expires().does(*gone).at(99.0)
    (
        active()
        .stops().quietly()
        .at(1.9).receives(1, data(100)).does("1: deliver")
        .at(3.0).receives(1, ack("ASP_INACTIVE", 100)).does("1: ASP_DOWN", "1: stp ASP_INACTIVE")
        .at(T_LEAVE).expires().does(*gone)
    )  # fmt: skip


@pytest.mark.spec("RFC 4666", "4.3.1")
def test_an_asp_that_leaves_has_left_when_the_association_restarts() -> None:
    (
        active()
        .stops().does("1: ASP_INACTIVE rc 100")
        .restarts(1).does("note association_restarted", "as stp 100 AS_DOWN gone", "1: close",
                          "1: stp CLOSED", "as stp 100 AS_DOWN gone")
        .at(99.0)
    )  # fmt: skip


def _registered() -> Playbook:
    book = connected(ASKING).receives(1, ack("ASP_UP")).quietly()
    book.receives(1, registered(77)).quietly()
    return book.receives(1, ack("ASP_ACTIVE", 77)).quietly()
