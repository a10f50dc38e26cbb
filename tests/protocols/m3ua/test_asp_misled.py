"""Our ASP at a gateway that says what cannot be, or takes back what it gives."""

import dataclasses
from collections.abc import Sequence

import pytest

from protocols.m3ua.asp import MAX_TOLD, T_STEADY
from tests.protocols.m3ua.nodes import OPEN, PAIR, active, connected, inactive
from tests.protocols.m3ua.playbook import Playbook, say
from tests.protocols.m3ua.wire import ack, data, notify, registered

ACTIVE = "1: ASP_ACTIVE LOADSHARE rc 100"


# Foreign contexts


@pytest.mark.spec("RFC 4666", "3.8.1")
def test_an_acknowledgement_of_foreign_contexts_activates_nothing() -> None:
    (
        inactive(PAIR)
        .receives(1, ack("ASP_ACTIVE", 998, 999)).does("1: ERROR 25 rc 998,999", "1: refused 25")
        .receives(1, ack("ASP_ACTIVE", 999, 101)).does("1: stp ASP_ACTIVE")
        .receives(1, data(101)).does("1: deliver")
        .receives(1, data(100)).does("1: dropped")
        .receives(1, ack("ASP_ACTIVE", 999)).does("1: ERROR 25 rc 999", "1: refused 25")
    )  # fmt: skip
    connected().receives(1, ack("ASP_ACTIVE", 999)).does("1: ERROR 6", "1: refused 6")
    inactive(OPEN).receives(1, ack("ASP_ACTIVE", 999)).does("1: stp ASP_ACTIVE")


@pytest.mark.spec("RFC 4666", "4.3.4.5")
def test_the_state_of_a_foreign_application_server_is_not_told() -> None:
    (
        active()
        .receives(1, notify("AS_ACTIVE", 999)).does("note m3ua_notified")
        .receives(1, notify("AS_ACTIVE", 999, 100)).does("as stp 100 AS_ACTIVE")
        .loses(1).does("note association_lost", "1: stp CLOSED", "as stp 100 AS_DOWN gone")
    )  # fmt: skip


def test_what_a_gateway_told_of_goes_with_its_association() -> None:
    (
        active(OPEN)
        .receives(1, notify("AS_ACTIVE", 7)).does("as stp 7 AS_ACTIVE")
        .receives(1, notify("AS_ACTIVE")).does("as stp AS_ACTIVE")
        .restarts(1)
        .does("note association_restarted", "as stp AS_DOWN gone", "as stp 7 AS_DOWN gone",
              "1: ASP_UP", "1: stp ASP_DOWN")
        .loses(1).does("note association_lost", "1: stp CLOSED", "as stp AS_DOWN gone")
    )  # fmt: skip
    asking = dataclasses.replace(OPEN, register=True)
    (
        connected(asking)
        .receives(1, ack("ASP_UP")).quietly()
        .receives(1, notify("AS_INACTIVE")).does("as stp AS_INACTIVE")
        .receives(1, registered(77)).quietly()
        .loses(1)
        .does("note association_lost", "1: stp CLOSED",
              "as stp 77 AS_DOWN gone", "as stp AS_DOWN gone")
    )  # fmt: skip


def test_a_gateway_may_tell_of_so_many_application_servers_and_no_more() -> None:
    book = active(OPEN)
    for context in range(MAX_TOLD):
        book.receives(1, notify("AS_ACTIVE", context)).does(f"as stp {context} AS_ACTIVE")
    book.receives(1, notify("AS_ACTIVE", MAX_TOLD)).does()
    book.receives(1, notify("AS_PENDING", 0)).does("as stp 0 AS_PENDING")


@pytest.mark.spec("RFC 4666", "4.3.4.5")
def test_what_becomes_of_others_does_not_make_us_ask_for_traffic() -> None:
    overridden = active().receives(1, notify("ALTERNATE_ASP_ACTIVE", 100)).quietly()
    overridden.receives(1, notify("AS_PENDING", 999)).does("note m3ua_notified")
    overridden.receives(1, notify("AS_PENDING", 100)).does("as stp 100 AS_PENDING", ACTIVE)


# Falls

UP = (ack("ASP_UP"), ack("ASP_ACTIVE", 100))
OVERRIDDEN = (notify("ALTERNATE_ASP_ACTIVE", 100), notify("AS_PENDING", 100))


def hears(book: Playbook, *said: bytes) -> list[str]:
    """Let a gateway say something; tell what is done about it."""
    return [say(effect) for octets in said for effect in book.receives(1, octets).quietly().effects]


@pytest.mark.spec("RFC 4666", "4.3.4.2")
@pytest.mark.spec("RFC 4666", "4.3.4.4")
@pytest.mark.parametrize(
    ("fall", "wanted", "rise"),
    [
        ([ack("ASP_DOWN")], "1: ASP_UP", UP),
        ([ack("ASP_UP")], ACTIVE, UP[1:]),
        ([ack("ASP_INACTIVE", 100)], ACTIVE, UP[1:]),
        (OVERRIDDEN, ACTIVE, UP[1:]),
    ],
)
def test_what_is_taken_back_again_and_again_is_asked_for_later_and_later(
    fall: Sequence[bytes], wanted: str, rise: Sequence[bytes]
) -> None:
    book = active()
    assert wanted in hears(book, *fall)
    now = 0.0
    for wait in (1.0, 2.0, 4.0, 8.0, 16.0, 30.0, 30.0):
        hears(book, *rise)
        assert wanted not in hears(book, *fall)
        now += wait
        book.at(now).expires().does(wanted)
    hears(book, *rise)
    book.at(now - wait + T_STEADY)
    assert wanted in hears(book, *fall)
    hears(book, *rise)
    assert wanted not in hears(book, *fall)
    book.at(now - wait + T_STEADY + 1.0).expires().does(wanted)


def test_one_context_that_is_taken_back_again_and_again_is_asked_for_later() -> None:
    book = active(PAIR)
    lost = ack("ASP_INACTIVE", 101)
    book.receives(1, lost).does("1: ASP_ACTIVE LOADSHARE rc 101")
    book.receives(1, ack("ASP_ACTIVE", 101)).does().receives(1, lost).does()
    book.at(1.0).expires().does("1: ASP_ACTIVE LOADSHARE rc 101")
