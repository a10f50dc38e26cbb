"""Many associations: who is let in, who is connected to, which way traffic takes."""

import dataclasses
from dataclasses import replace

import pytest

from protocols.m3ua.association import MAX_HEARD, T_UP
from protocols.m3ua.local import PeerSpec
from protocols.m3ua.node import MAX_ARRIVALS, MAX_PER_ADDRESS, M3uaNode
from protocols.share import Share
from tests import vectors
from tests.protocols.m3ua.nodes import (
    ASP1,
    ASP2,
    LONE,
    MSCS,
    QUIET,
    STP,
    STP2,
    accepted,
    active,
    answer,
    both,
    connected,
    mode,
    node,
    serving,
)
from tests.protocols.m3ua.playbook import Playbook
from tests.protocols.m3ua.wire import (
    MSC,
    ack,
    affected,
    asp_active,
    asp_up,
    data,
    error,
    message,
)

OPEN_TO_ALL = dataclasses.replace(QUIET, accept_any_peer=True)
SENT = "1.6: DATA rc 100 20>10"


def gateways() -> Playbook:
    """Let our ASPs be active at two gateways, on connections 1 and 2."""
    book = node(STP, STP2)
    for connection, spec in ((1, STP), (2, STP2)):
        book.connects(connection, spec.name).quietly()
        book.receives(connection, ack("ASP_UP")).quietly()
        book.receives(connection, ack("ASP_ACTIVE")).quietly()
    return book


# Who is let in


def test_an_association_of_another_worker_is_handed_over_at_once() -> None:
    share: Share[str] = Share(0, lambda address: int(address == ASP2))
    book = Playbook(M3uaNode(QUIET, [MSCS], random=lambda: 0.5, share=share))
    book.accepts(1, f"::ffff:{ASP2}").does("1: hand over to 1")
    book.accepts(2, ASP1).does("2: msc ASP_DOWN")
    book.accepts(3, "192.0.2.9").does("note peer_not_admitted", "3: close")


def test_a_peer_is_known_by_its_address() -> None:
    node(MSCS).accepts(1, "192.0.2.2").does("1: msc ASP_DOWN")
    node(MSCS).accepts(1, "::ffff:192.0.2.2").does("1: msc ASP_DOWN")
    node(MSCS).accepts(1, "192.0.2.3").does("note peer_not_admitted", "1: close")


def test_any_peer_is_let_in_under_its_address_where_that_is_wanted() -> None:
    (
        node(MSCS, local=OPEN_TO_ALL)
        .accepts(1, "2001:db8::3").does("1: 2001:db8::3 ASP_DOWN")
        .receives(1, asp_up()).quietly()
        .receives(1, asp_active(100))
        .does("1: ASP_ACTIVE_ACK rc 100", "as 2001:db8::3 100 AS_ACTIVE",
              "1: NOTIFY AS_ACTIVE rc 100", "1: 2001:db8::3 ASP_ACTIVE")
        .accepts(2, "192.0.2.1").does("2: msc ASP_DOWN")
    )  # fmt: skip


def test_strangers_with_the_same_context_are_different_application_servers() -> None:
    override = dataclasses.replace(OPEN_TO_ALL)
    book = node(local=override)
    for connection, remote in ((1, "192.0.2.1"), (2, "192.0.2.2")):
        book.accepts(connection, remote).quietly()
        book.receives(connection, asp_up()).quietly()
        book.receives(connection, asp_active(100, mode=1)).quietly()
    book.receives(1, data(100)).does("1: deliver")
    book.receives(2, data(100)).does("2: deliver")


def test_of_two_peers_with_one_address_the_one_that_connects_is_meant() -> None:
    both_ways = PeerSpec(name="stp", addresses=(ASP1,), connect=True)
    node(LONE, both_ways).accepts(1).does("1: msc ASP_DOWN")
    node(both_ways).accepts(1).does("1: stp ASP_DOWN")


def test_who_connects_to_us_brings_its_asp_up_in_time_or_goes() -> None:
    gone = ("note no_asp_up", "1: close", "1: msc CLOSED")
    beating = accepted().at(T_UP - 1.0).receives(1, message("HEARTBEAT")).quietly()
    beating.at(T_UP).expires().does(*gone).at(99.0)
    (
        accepted()
        .at(T_UP - 1.0).receives(1, message("HEARTBEAT")).does("1: HEARTBEAT_ACK")
        .receives(1, asp_up(1)).quietly()
        .at(50.0).receives(1, message("ASP_DOWN")).quietly()
        .at(50.0 + T_UP).expires().does(*gone)
    )  # fmt: skip
    (
        serving(LONE)
        .at(1.0).restarts(1).quietly()
        .at(3.0).expires().quietly()
        .at(1.0 + T_UP).expires().does(*gone)
    )  # fmt: skip


def test_whom_we_connected_to_is_asked_for_as_long_as_it_takes() -> None:
    double = dataclasses.replace(QUIET, exchange="double")
    book = active(local=double).receives(1, data(100)).does("1: deliver")
    book.at(99.0).receives(1, asp_up()).quietly()
    book.receives(1, message("ASP_DOWN")).quietly().at(999.0)


def test_in_double_exchange_who_connects_to_us_brings_its_asp_up_in_time() -> None:
    double = dataclasses.replace(QUIET, exchange="double")
    accepted(local=double).at(T_UP).expires().does(
        "note no_asp_up", "1: close", "1: msc CLOSED", "as msc 100 AS_DOWN gone"
    )


def test_so_many_may_be_connected_without_an_asp_and_no_more() -> None:
    book = node(local=replace(QUIET, accept_any_peer=True))
    for connection in range(MAX_ARRIVALS):
        book.accepts(connection, f"192.0.2.{connection}").quietly()
    book.accepts(900).does("note too_many_arrivals", "900: close")
    book.receives(7, asp_up()).quietly()
    book.accepts(901).does("901: 192.0.2.1 ASP_DOWN")
    book.accepts(902).does("note too_many_arrivals", "902: close")
    book.loses(8).quietly().accepts(903).does("903: 192.0.2.1 ASP_DOWN")


def test_one_address_may_have_so_many_associations_whatever_their_asps_do() -> None:
    book = node(MSCS)
    for connection in range(MAX_PER_ADDRESS):
        book.accepts(connection).quietly().receives(connection, asp_up(connection)).quietly()
    book.accepts(900).does("note too_many_associations", "900: close")
    book.accepts(901, ASP2).does("901: msc ASP_DOWN")
    book.loses(0).quietly().accepts(902).does("902: msc ASP_DOWN")


# Whom we connect to


def test_every_gateway_is_connected_to_at_the_start() -> None:
    node(STP, MSCS, STP2).starts().does("connect stp", "connect stp2").at(99.0)


def test_a_connection_that_fails_is_tried_again_later_and_later() -> None:
    book = node(STP).starts().does("connect stp")
    now = 0.0
    for wait in (1.0, 2.0, 4.0, 8.0, 16.0, 30.0, 30.0):
        book.fails_to_connect("stp").does("note connect_failed")
        now += wait
        book.at(now).expires().does("connect stp")


def test_a_connection_that_is_lost_is_made_again() -> None:
    (
        active()
        .loses(1).does("note association_lost", "1: stp CLOSED", "as stp 100 AS_DOWN gone")
        .at(1.0).expires().does("connect stp")
        .connects(2, "stp").does("2: stp ASP_DOWN", "2: ASP_UP")
        .receives(2, ack("ASP_UP")).quietly()
        .receives(2, ack("ASP_ACTIVE", 100)).does("2: stp ASP_ACTIVE")
        .receives(2, data(100)).does("2: deliver")
        .loses(2).quietly()
        .at(2.0).expires().does("connect stp")
    )  # fmt: skip


def test_the_wait_grows_until_traffic_is_granted() -> None:
    book = connected().loses(1).quietly()
    book.at(1.0).expires().does("connect stp")
    book.connects(2, "stp").quietly().receives(2, ack("ASP_UP")).quietly().loses(2).quietly()
    book.at(3.0).expires().does("connect stp")


@pytest.mark.spec("RFC 4666", "4.3.1")
def test_an_association_that_restarts_begins_anew() -> None:
    (
        active()
        .restarts(1).does("note association_restarted", "as stp 100 AS_DOWN gone", "1: ASP_UP",
                          "1: stp ASP_DOWN")
        .receives(1, ack("ASP_UP"))
        .does("1: ASP_ACTIVE LOADSHARE rc 100", "1: stp ASP_INACTIVE")
    )  # fmt: skip


# Which way


def test_an_answer_goes_back_the_way_that_the_question_came() -> None:
    book = gateways()
    book.sends(answer(connection=1, context=100)).does(SENT)
    book.sends(answer(connection=2, context=200)).does("2.6: DATA rc 200 20>10")


def test_an_answer_takes_another_way_when_its_own_is_lost() -> None:
    book = gateways().loses(1).quietly()
    book.sends(answer(connection=1, context=100, appearance=7)).does("2.6: DATA rc 200 20>10")


def test_an_answer_takes_another_way_when_its_own_does_not_reach_the_destination() -> None:
    book = gateways().receives(1, affected("DUNA", (0, MSC))).quietly()
    book.sends(answer(connection=1, context=100)).does("2.6: DATA rc 200 20>10")
    book.receives(2, affected("DUNA", (0, MSC))).quietly()
    book.sends(answer(connection=1, context=100)).does(SENT)


@pytest.mark.spec("RFC 4666", "3.4.6")
def test_of_the_other_ways_one_that_is_not_restricted_is_taken() -> None:
    book = gateways().receives(1, affected("DRST", (0, MSC))).quietly()
    book.sends(answer(connection=9)).does("2.6: DATA rc 200 20>10")
    book.sends(answer(connection=1, context=100)).does(SENT)


def test_who_connects_to_us_is_a_way_to_itself_only() -> None:
    book = serving().sends(answer(connection=9)).does("9: dropped")
    book.receives(1, data(100)).does("1: deliver")
    book.sends(answer(connection=9)).does(SENT)
    book.sends(answer(connection=9, dpc=11)).does("9: dropped")
    book.restarts(1).quietly().receives(1, asp_up(1)).quietly()
    book.receives(1, asp_active(100)).quietly()
    book.sends(answer(connection=9)).does("9: dropped")


def test_who_connects_to_us_is_a_way_to_so_many_point_codes_and_no_more() -> None:
    book = serving()
    for point_code in range(30, 30 + MAX_HEARD + 1):
        book.receives(1, data(100, opc=point_code)).does("1: deliver")
    last = 30 + MAX_HEARD
    book.sends(answer(connection=9, dpc=last - 1)).does(f"1.6: DATA rc 100 20>{last - 1}")
    book.sends(answer(connection=9, dpc=last)).does("9: dropped")


def test_nothing_is_sent_before_the_association_is_active() -> None:
    connected().sends(answer()).does("1: dropped")
    node().sends(answer()).does("1: dropped")


@pytest.mark.spec("RFC 4666", "4.3.4.3")
def test_in_broadcast_mode_every_active_asp_gets_every_message() -> None:
    (
        both(mode("BROADCAST"))
        .sends(answer(context=100)).does(SENT)
        .receives(2, asp_active(100)).quietly()
        .sends(answer(context=100)).does(SENT, "2.6: DATA rc 100 20>10")
        .sends(answer(connection=2)).does(SENT, "2.6: DATA rc 100 20>10")
    )  # fmt: skip


@pytest.mark.spec("RFC 4666", "4.3.4.3")
def test_in_override_mode_only_the_asp_that_took_over_is_sent_to() -> None:
    book = both(mode("OVERRIDE")).receives(1, data(100)).quietly()
    book.receives(2, asp_active(100)).quietly().receives(2, data(100)).does("2: deliver")
    book.sends(answer(connection=1, context=100)).does("2.6: DATA rc 100 20>10")


# The end


@pytest.mark.spec("RFC 4666", "4.3.4.4")
@pytest.mark.spec("RFC 4666", "4.3.4.2")
def test_who_connected_to_us_is_told_and_still_answered_for_t_ack() -> None:
    (
        both()
        .accepts(3).quietly()
        .stops()
        .does("1: ASP_INACTIVE_ACK rc 100", "2: ASP_DOWN_ACK", "2: close", "2: msc CLOSED",
              "1: NOTIFY ASP_FAILURE asp 2 rc 100", "3: close", "3: msc CLOSED")
        .accepts(4).does("note peer_not_admitted", "4: close")
        .stops().does()
        .at(1.0).receives(1, asp_active(100)).does("1: ERROR 13 rc 100", "1: refused 13")
        .at(1.9).receives(1, data(100)).does("1: deliver")
        .sends(answer(context=100)).does(SENT)
        .at(2.0).expires()
        .does("1: ASP_DOWN_ACK", "1: close", "1: msc CLOSED", "as 100 AS_PENDING")
        .at(4.0).expires().does("as 100 AS_DOWN gone")
        .at(99.0)
    )  # fmt: skip


@pytest.mark.spec("RFC 4666", "4.3.4.4")
def test_only_the_contexts_in_which_an_asp_is_active_are_taken_from_it() -> None:
    two = PeerSpec(name="msc", addresses=(ASP1,), routing_contexts=(100, 101))
    serving(two).stops().does("1: ASP_INACTIVE_ACK rc 100")
    lone = accepted(LONE).receives(1, asp_up()).quietly().receives(1, asp_active()).quietly()
    lone.stops().does("1: ASP_INACTIVE_ACK")


@pytest.mark.parametrize("is_restart", [False, True])
def test_who_goes_down_when_we_leave_is_not_waited_for(is_restart: bool) -> None:  # noqa: FBT001
    book = serving().stops().quietly()
    if is_restart:
        book.restarts(1).does(
            "note association_restarted", "as 100 AS_PENDING", "1: close", "1: msc CLOSED"
        )
    else:
        book.receives(1, message("ASP_DOWN")).does(
            "1: ASP_DOWN_ACK", "as 100 AS_PENDING", "1: close", "1: msc CLOSED"
        )


def test_nothing_is_begun_once_we_leave() -> None:
    book = node(STP, STP2).starts().does("connect stp", "connect stp2")
    book.fails_to_connect("stp").does("note connect_failed")
    book.stops().does()
    book.connects(1, "stp2").does("1: close")
    book.fails_to_connect("stp2").does("note connect_failed").at(99.0)


def test_an_association_that_is_gone_is_not_heard_of_again() -> None:
    book = active().loses(1).quietly()
    book.receives(1, data(100)).does()
    book.restarts(1).does()
    book.garbles(1, data()[:8]).does()
    book.loses(1).does()
    book.breaks(1, data()).does("1: dropped")


def test_framing_that_is_lost_is_said_before_the_end() -> None:
    (
        active()
        .garbles(1, data()[:8])
        .does("note framing_lost", "1: ERROR 7", "1: refused 7", "1: close", "1: stp CLOSED",
              "as stp 100 AS_DOWN gone")
        .at(1.0).expires().does("connect stp")
    )  # fmt: skip


@pytest.mark.spec("RFC 4666", "3.8.1")
def test_framing_that_is_lost_in_an_error_is_not_said() -> None:
    active().garbles(1, error(6)[:8]).does(
        "note framing_lost", "1: close", "1: stp CLOSED", "as stp 100 AS_DOWN gone"
    )


def test_a_message_on_which_we_failed_is_nobodys_fault() -> None:
    active().breaks(1, data(100)).does("1: dropped")


def test_the_first_to_fail_does_not_keep_the_others_from_their_timers() -> None:
    book = node(STP, STP2).starts().quietly()
    book.fails_to_connect("stp").quietly().fails_to_connect("stp2").quietly()
    book.at(1.0).expires().does("connect stp", "connect stp2")


# What others say


@pytest.mark.parametrize(
    "name", ["jss7_v1_begin", "jss7_v2_begin", "jss7_v2_imsi_begin", "jss7_v3_begin"]
)
def test_a_recorded_session_of_jss7_is_understood(name: str) -> None:
    (begin,) = (each.octets for each in vectors.load("map") if each.name == name)
    local = dataclasses.replace(QUIET, network_indicator=0)
    (
        node(LONE, local=local).accepts(1).quietly()
        .receives(1, bytes.fromhex("01000301000000100011000800000002"), stream=0)
        .does("1: ASP_UP_ACK", "1: NOTIFY AS_INACTIVE", "1: msc ASP_INACTIVE")
        .receives(1, bytes.fromhex("01000401000000100006000800000064"), stream=0)
        .does("1: ASP_ACTIVE_ACK rc 100", "as msc 100 AS_ACTIVE", "1: NOTIFY AS_ACTIVE rc 100",
              "1: msc ASP_ACTIVE")
        .receives(1, begin, stream=1).does("1: deliver")
    )  # fmt: skip


def test_a_recorded_session_of_jss7_as_a_gateway_is_understood() -> None:
    """What jSS7's gateway says, in its octets: acknowledgements, and the state of the AS."""
    (
        connected()
        .receives(1, bytes.fromhex("01000304000000100011000800000002"))
        .does("1: ASP_ACTIVE LOADSHARE rc 100", "1: stp ASP_INACTIVE")
        .receives(1, bytes.fromhex(
            "0100000100000020000d00080001000200110008000000020006000800000064"))
        .does("as stp 100 AS_INACTIVE")
        .receives(1, bytes.fromhex("0100040300000018000b0008000000020006000800000064"))
        .does("1: stp ASP_ACTIVE")
        .receives(1, bytes.fromhex(
            "0100000100000020000d00080001000300110008000000020006000800000064"))
        .does("as stp 100 AS_ACTIVE")
        .receives(1, message("HEARTBEAT")).does("1: HEARTBEAT_ACK")
    )  # fmt: skip
