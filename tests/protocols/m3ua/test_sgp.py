"""A peer's ASP at us: what it asks for, what it gets, and what it is told."""

import dataclasses

import pytest

from protocols.effects import Refused
from protocols.m3ua.codes import TrafficMode
from protocols.m3ua.local import PeerSpec
from protocols.m3ua.messages import MAX_CONTEXTS as MAX_NAMED
from protocols.m3ua.sgp import MAX_CONTEXTS
from tests.protocols.m3ua.nodes import (
    ASP1,
    ASP2,
    LONE,
    MSCS,
    QUIET,
    accepted,
    active,
    answer,
    both,
    inactive,
    mode,
    node,
    risen,
    serving,
)
from tests.protocols.m3ua.wire import ack, asp_active, asp_up, contexts, data, message

T_ACK = QUIET.t_ack
DOUBLE = dataclasses.replace(QUIET, exchange="double")
TWO = PeerSpec(name="msc", addresses=(ASP1,), routing_contexts=(100, 101))
KNOWN = PeerSpec(name="msc", addresses=(ASP1,), routing_contexts=(100,), asp_identifier=7)


def asp_inactive(*values: int) -> bytes:
    return message("ASP_INACTIVE", contexts(values))


# Up


@pytest.mark.spec("RFC 4666", "4.3.4.1")
@pytest.mark.spec("RFC 4666", "4.3.4.5")
def test_an_asp_goes_up_and_is_told_the_state_of_its_application_server() -> None:
    (
        accepted()
        .receives(1, asp_up(1))
        .does("1: ASP_UP_ACK", "as 100 AS_INACTIVE", "1: NOTIFY AS_INACTIVE rc 100",
              "1: msc ASP_INACTIVE")
        .receives(1, asp_up(1)).does("1: ASP_UP_ACK")
    )  # fmt: skip


@pytest.mark.spec("RFC 4666", "4.3.4.5")
def test_an_asp_of_an_application_server_that_is_not_configured_is_told_of_none() -> None:
    (
        accepted(LONE)
        .receives(1, asp_up()).does("1: ASP_UP_ACK", "1: NOTIFY AS_INACTIVE", "1: msc ASP_INACTIVE")
        .receives(1, asp_up()).does("1: ASP_UP_ACK")
    )  # fmt: skip


@pytest.mark.spec("RFC 4666", "4.3.4.1")
def test_an_asp_up_of_an_active_asp_is_acknowledged_and_unexpected() -> None:
    (
        serving()
        .receives(1, asp_up(1))
        .does("1: ASP_UP_ACK", "1: ERROR 6", "1: refused 6",
              "as 100 AS_PENDING", "1: NOTIFY AS_PENDING rc 100", "1: msc ASP_INACTIVE")
    )  # fmt: skip


@pytest.mark.spec("RFC 4666", "3.8.1")
def test_an_asp_that_we_know_by_its_identifier_must_say_it() -> None:
    (
        accepted(KNOWN)
        .receives(1, asp_up()).does("1: ERROR 14", "1: refused 14")
        .receives(1, asp_up(8)).does("1: ERROR 15", "1: refused 15")
        .receives(1, asp_up(7))
        .does("1: ASP_UP_ACK", "as 100 AS_INACTIVE", "1: NOTIFY AS_INACTIVE rc 100",
              "1: msc ASP_INACTIVE")
    )  # fmt: skip


@pytest.mark.spec("RFC 4666", "3.5.1")
def test_two_asps_of_one_application_server_have_different_identifiers() -> None:
    (
        risen()
        .accepts(2, ASP2).does("2: msc ASP_DOWN")
        .receives(2, asp_up(1)).does("2: ERROR 15", "2: refused 15")
        .receives(2, asp_up(2))
        .does("2: ASP_UP_ACK", "2: NOTIFY AS_INACTIVE rc 100", "2: msc ASP_INACTIVE")
    )  # fmt: skip


def test_an_asp_that_comes_back_before_its_end_was_heard_of_takes_its_own_place() -> None:
    back = ("note association_superseded", "1: close")
    again = ("2: ASP_UP_ACK", "2: NOTIFY AS_PENDING rc 100", "2: msc ASP_INACTIVE")
    (
        serving()
        .accepts(2, "::ffff:" + ASP1).does("2: msc ASP_DOWN")
        .receives(2, asp_up(1)).does(*back, "1: msc CLOSED", "as 100 AS_PENDING", *again)
        .receives(1, data(100)).does()
        .receives(2, asp_active(100)).quietly()
        .receives(2, data(100)).does("2: deliver")
    )  # fmt: skip
    (
        risen(TWO)
        .accepts(2).quietly()
        .receives(2, asp_up(1))
        .does(*back, "1: msc CLOSED", "as 100 AS_DOWN gone", "as 101 AS_DOWN gone",
              "2: ASP_UP_ACK", "as 100 AS_INACTIVE", "2: NOTIFY AS_INACTIVE rc 100",
              "as 101 AS_INACTIVE", "2: NOTIFY AS_INACTIVE rc 101", "2: msc ASP_INACTIVE")
    )  # fmt: skip


# Down


@pytest.mark.spec("RFC 4666", "4.3.4.2")
def test_an_asp_down_is_acknowledged_in_every_state() -> None:
    down = message("ASP_DOWN")
    accepted().receives(1, down).does("1: ASP_DOWN_ACK")
    risen().receives(1, down).does("1: ASP_DOWN_ACK", "as 100 AS_DOWN gone", "1: msc ASP_DOWN")
    (
        serving()
        .receives(1, down).does("1: ASP_DOWN_ACK", "as 100 AS_PENDING", "1: msc ASP_DOWN")
        .at(2.0).expires().does("as 100 AS_DOWN gone")
    )  # fmt: skip


@pytest.mark.spec("RFC 4666", "4.3.1")
def test_an_asp_whose_association_restarts_is_down() -> None:
    (
        serving()
        .restarts(1).does("note association_restarted", "as 100 AS_PENDING", "1: msc ASP_DOWN")
        .receives(1, data(100)).does("1: ERROR 6 rc 100", "1: refused 6")
        .receives(1, asp_up(1))
        .does("1: ASP_UP_ACK", "1: NOTIFY AS_PENDING rc 100", "1: msc ASP_INACTIVE")
    )  # fmt: skip


# Active


@pytest.mark.spec("RFC 4666", "4.3.4.3")
def test_an_asp_active_is_acknowledged_with_its_contexts_and_its_mode() -> None:
    told = ("as 100 AS_ACTIVE", "1: NOTIFY AS_ACTIVE rc 100", "1: msc ASP_ACTIVE")
    risen().receives(1, asp_active()).does("1: ASP_ACTIVE_ACK", *told)
    risen().receives(1, asp_active(100)).does("1: ASP_ACTIVE_ACK rc 100", *told)
    (
        risen()
        .receives(1, asp_active(100, mode=3)).does("1: ASP_ACTIVE_ACK BROADCAST rc 100", *told)
        .receives(1, asp_active(100, mode=3)).does("1: ASP_ACTIVE_ACK BROADCAST rc 100")
    )  # fmt: skip


@pytest.mark.spec("RFC 4666", "4.3.4.3")
def test_an_asp_active_before_asp_up_is_unexpected() -> None:
    accepted().receives(1, asp_active(100)).does("1: ERROR 6 rc 100", "1: refused 6")
    accepted().receives(1, asp_inactive(100)).does("1: ERROR 6 rc 100", "1: refused 6")


@pytest.mark.spec("RFC 4666", "4.3.4.3")
def test_contexts_that_are_not_configured_are_refused_and_the_others_served() -> None:
    (
        risen()
        .receives(1, asp_active(7)).does("1: ERROR 26 rc 7", "1: refused 26")
        .receives(1, asp_active(100, 7, 8))
        .does("1: ASP_ACTIVE_ACK rc 100", "as 100 AS_ACTIVE", "1: NOTIFY AS_ACTIVE rc 100",
              "1: ERROR 26 rc 7,8", "1: refused 26", "1: msc ASP_ACTIVE")
    )  # fmt: skip


@pytest.mark.spec("RFC 4666", "4.3.1")
def test_an_asp_has_a_state_in_each_application_server() -> None:
    (
        risen(TWO)
        .receives(1, asp_active(101)).quietly()
        .receives(1, data(101)).does("1: deliver")
        .receives(1, data(100)).does("1: ERROR 6 rc 100", "1: refused 6")
        .sends(answer(context=101)).does("1.6: DATA rc 101 20>10")
        .sends(answer(context=100)).does("1: dropped")
        .sends(answer()).does("1.6: DATA rc 101 20>10")
        .receives(1, asp_active(100)).quietly()
        .sends(answer(context=100)).does("1.6: DATA rc 100 20>10")
    )  # fmt: skip


def test_contexts_that_come_with_the_asp_are_its_own() -> None:
    (
        risen(LONE)
        .receives(1, asp_active(5, 6))
        .does("1: ASP_ACTIVE_ACK rc 5,6", "as msc 5 AS_ACTIVE", "1: NOTIFY AS_ACTIVE rc 5",
              "as msc 6 AS_ACTIVE", "1: NOTIFY AS_ACTIVE rc 6", "1: msc ASP_ACTIVE")
        .receives(1, data(6)).does("1: deliver")
        .receives(1, data(7)).does("1: ERROR 25 rc 7", "1: refused 25")
        .receives(1, message("ASP_DOWN")).quietly()
        .receives(1, asp_up()).quietly()
        .receives(1, asp_active(7)).quietly()
        .receives(1, data(7)).does("1: deliver")
    )  # fmt: skip


def test_an_asp_without_contexts_may_name_one_in_its_traffic() -> None:
    (
        risen(LONE)
        .receives(1, asp_active())
        .does("1: ASP_ACTIVE_ACK", "as msc AS_ACTIVE", "1: NOTIFY AS_ACTIVE", "1: msc ASP_ACTIVE")
        .receives(1, data()).does("1: deliver")
        .receives(1, data(7)).does("1: deliver")
        .sends(answer(context=7)).does("1.6: DATA rc 7 20>10")
        .sends(answer()).does("1.6: DATA 20>10")
    )  # fmt: skip


def test_an_asp_brings_so_many_contexts_and_no_more() -> None:
    many = range(MAX_CONTEXTS + 1)
    book = risen(LONE).receives(1, asp_active(*many))
    refused = [effect for effect in book.effects if "26" in str(effect)]
    assert refused
    book.quietly().receives(1, data(MAX_CONTEXTS)).does("1: ERROR 25 rc 16", "1: refused 25")


@pytest.mark.parametrize("kind", ["ASP_ACTIVE", "ASP_INACTIVE"])
def test_contexts_without_end_are_refused_in_a_few_words(kind: str) -> None:
    book = risen(LONE)
    book.receives(1, message(kind, contexts(range(16_000)))).does("1: ERROR 7", "1: refused 7")
    book.receives(1, message(kind, contexts(range(9_000)) * 2)).does("1: ERROR 7", "1: refused 7")
    book.receives(1, asp_active(5)).quietly()
    book.receives(1, message(kind, contexts(range(100, 100 + MAX_NAMED))))
    reasons = [effect.reason for effect in book.effects if isinstance(effect, Refused)]
    assert [reason.split(" ", 2)[0] for reason in reasons] == ["no"]
    assert all(len(reason) < 60 for reason in reasons)


@pytest.mark.spec("RFC 4666", "3.8.1")
def test_a_mode_that_does_not_exist_or_that_others_do_not_have_is_refused() -> None:
    refused = ("1: ERROR 5 rc 100", "1: refused 5")
    risen().receives(1, asp_active(100, mode=4)).does("1: ERROR 5", "1: refused 5")
    risen(mode("LOADSHARE")).receives(1, asp_active(100, mode=1)).does(*refused)
    (
        both()
        .receives(2, asp_active(100, mode=1)).does("2: ERROR 5 rc 100", "2: refused 5")
        .receives(2, asp_active(100, mode=2))
        .does("2: ASP_ACTIVE_ACK LOADSHARE rc 100", "2: msc ASP_ACTIVE")
    )  # fmt: skip


@pytest.mark.spec("RFC 4666", "4.3.4.3")
def test_the_first_active_asp_may_set_the_mode_if_it_is_not_configured() -> None:
    (
        risen()
        .receives(1, asp_active(100, mode=1)).quietly()
        .receives(1, asp_inactive(100)).quietly()
        .receives(1, asp_active(100, mode=2))
        .does("1: ASP_ACTIVE_ACK LOADSHARE rc 100", "as 100 AS_ACTIVE",
              "1: NOTIFY AS_ACTIVE rc 100", "1: msc ASP_ACTIVE")
    )  # fmt: skip


@pytest.mark.spec("RFC 4666", "4.3.4.3")
def test_the_mode_that_the_first_asp_set_holds_for_those_that_say_none() -> None:
    (
        risen()
        .receives(1, asp_active(100, mode=2)).quietly()
        .receives(1, asp_active(100, mode=1)).does("1: ASP_ACTIVE_ACK OVERRIDE rc 100")
        .accepts(2, ASP2).quietly()
        .receives(2, asp_up(2)).quietly()
        .receives(2, asp_active(100))
        .does("2: ASP_ACTIVE_ACK rc 100", "1: NOTIFY ALTERNATE_ASP_ACTIVE asp 2 rc 100",
              "2: msc ASP_ACTIVE", "1: msc ASP_INACTIVE")
        .receives(1, data(100)).does("1: dropped")
        .at(T_ACK).receives(1, data(100)).does("1: ERROR 6 rc 100", "1: refused 6")
    )  # fmt: skip


@pytest.mark.parametrize("is_restart", [False, True])
def test_contexts_that_came_with_an_asp_go_with_it(is_restart: bool) -> None:  # noqa: FBT001
    book = risen(LONE).receives(1, asp_active(5)).quietly()
    (book.restarts(1) if is_restart else book.receives(1, message("ASP_DOWN"))).quietly()
    (
        book
        .receives(1, asp_up()).does("1: ASP_UP_ACK", "1: NOTIFY AS_INACTIVE", "1: msc ASP_INACTIVE")
        .receives(1, asp_active())
        .does("1: ASP_ACTIVE_ACK", "as msc AS_ACTIVE", "1: NOTIFY AS_ACTIVE", "1: msc ASP_ACTIVE")
    )  # fmt: skip


# Inactive


@pytest.mark.spec("RFC 4666", "4.3.4.4")
def test_an_asp_inactive_is_acknowledged_in_both_states() -> None:
    (
        serving()
        .receives(1, asp_inactive(100))
        .does("1: ASP_INACTIVE_ACK rc 100", "as 100 AS_PENDING", "1: NOTIFY AS_PENDING rc 100",
              "1: msc ASP_INACTIVE")
        .receives(1, asp_inactive()).does("1: ASP_INACTIVE_ACK")
        .receives(1, asp_inactive(7)).does("1: ERROR 25 rc 7", "1: refused 25")
    )  # fmt: skip


@pytest.mark.spec("RFC 4666", "4.3.4.4")
def test_what_the_asp_sent_before_it_was_inactive_is_discarded_without_a_word() -> None:
    (
        serving()
        .receives(1, asp_inactive(100)).quietly()
        .at(1.9).receives(1, data(100)).does("1: dropped")
        .at(2.0).expires().does("as 100 AS_INACTIVE", "1: NOTIFY AS_INACTIVE rc 100")
        .at(2.1).receives(1, data(100)).does("1: ERROR 6 rc 100", "1: refused 6")
    )  # fmt: skip


@pytest.mark.spec("RFC 4666", "3.8.1")
@pytest.mark.parametrize("kind", ["ASP_UP", "ASP_DOWN", "ASP_ACTIVE", "ASP_INACTIVE"])
def test_an_asp_that_acknowledges_is_refused(kind: str) -> None:
    serving().receives(1, ack(kind, 100)).does("1: ERROR 6 rc 100", "1: refused 6")


# Double exchange


@pytest.mark.spec("RFC 4666", "4.3.4.1.2")
@pytest.mark.spec("RFC 4666", "4.3.4.3.1")
def test_in_double_exchange_both_sides_go_up_and_active() -> None:
    (
        accepted(local=DOUBLE)
        .receives(1, asp_up(1))
        .does("1: ASP_UP_ACK", "as 100 AS_INACTIVE", "1: NOTIFY AS_INACTIVE rc 100", "1: ASP_UP")
        .receives(1, ack("ASP_UP")).does("1: ASP_ACTIVE LOADSHARE rc 100", "1: msc ASP_INACTIVE")
        .receives(1, asp_active(100))
        .does("1: ASP_ACTIVE_ACK rc 100", "as 100 AS_ACTIVE", "1: NOTIFY AS_ACTIVE rc 100")
        .sends(answer(context=100)).does("1.6: DATA rc 100 20>10")
        .receives(1, data(100)).does("1: deliver")  # it may ask before it has acknowledged
        .receives(1, ack("ASP_ACTIVE", 100)).does("1: msc ASP_ACTIVE")
        .receives(1, data(100)).does("1: deliver")
    )  # fmt: skip


@pytest.mark.spec("RFC 4666", "4.3.4.1.2")
def test_in_double_exchange_the_peer_goes_up_at_whoever_connected_to_it() -> None:
    (
        inactive(local=DOUBLE)
        .receives(1, asp_up())
        .does("1: ASP_UP_ACK", "as 100 AS_INACTIVE", "1: NOTIFY AS_INACTIVE rc 100",
              "1: stp ASP_INACTIVE")
        .receives(1, ack("ASP_ACTIVE", 100)).does()
        .receives(1, asp_active(100))
        .does("1: ASP_ACTIVE_ACK rc 100", "as 100 AS_ACTIVE", "1: NOTIFY AS_ACTIVE rc 100",
              "1: stp ASP_ACTIVE")
    )  # fmt: skip


@pytest.mark.spec("RFC 4666", "3.8.1")
def test_who_leaves_lets_nobody_up_or_active() -> None:
    (
        active(local=DOUBLE)
        .receives(1, asp_up()).quietly()
        .stops().does("1: ASP_DOWN_ACK", "1: ASP_INACTIVE rc 100")
        .receives(1, asp_active(100)).does("1: ERROR 13 rc 100", "1: refused 13")
        .receives(1, asp_up()).does("1: ERROR 13", "1: refused 13")
        .receives(1, message("ASP_DOWN"))
        .does("1: ASP_DOWN_ACK", "as 100 AS_DOWN gone", "1: stp ASP_DOWN")
    )  # fmt: skip


def test_a_gateway_that_also_connects_to_us_is_not_asked_for_our_identifier() -> None:
    spec = PeerSpec(name="stp", addresses=(ASP1,), connect=True, asp_identifier=7)
    node(spec).accepts(1).quietly().receives(1, asp_up()).does(
        "1: ASP_UP_ACK", "1: NOTIFY AS_INACTIVE", "1: stp ASP_INACTIVE"
    )


def test_the_mode_of_an_application_server_is_ours_if_nobody_says_another() -> None:
    local = dataclasses.replace(QUIET, traffic_mode=TrafficMode.OVERRIDE)
    book = both(MSCS, local=local)
    book.receives(2, asp_active(100)).does(
        "2: ASP_ACTIVE_ACK rc 100",
        "1: NOTIFY ALTERNATE_ASP_ACTIVE asp 2 rc 100",
        "2: msc ASP_ACTIVE",
        "1: msc ASP_INACTIVE",
    )
