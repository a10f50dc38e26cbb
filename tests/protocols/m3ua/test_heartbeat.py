"""Heartbeats: ours, the peer's, and what happens when nobody answers."""

import dataclasses

import pytest

from protocols.effects import Send
from protocols.m3ua.association import T_UP
from protocols.m3ua.heartbeat import Heartbeat
from protocols.probes import Probes
from tests.protocols.m3ua import wire
from tests.protocols.m3ua.nodes import QUIET, STP, accepted, active, connected, node, serving
from tests.protocols.m3ua.wire import ack, data, message, parameter

T_BEAT = 10.0
BEATING = dataclasses.replace(QUIET, heartbeat=T_BEAT)
OFTEN = dataclasses.replace(QUIET, heartbeat=T_UP / 4)
BEAT = message("HEARTBEAT", parameter(wire.HEARTBEAT, b"hb-12"))
BEAT_ACK = message("HEARTBEAT_ACK", parameter(wire.HEARTBEAT, b"hb-12"))


@pytest.mark.spec("RFC 4666", "4.3.4.6")
def test_a_heartbeat_is_answered_in_every_state_with_its_data_unchanged() -> None:
    for book in (connected(), active(), accepted(), serving()):
        assert book.receives(1, BEAT).effects == [Send(1, BEAT_ACK)]
        bare = [Send(1, message("HEARTBEAT_ACK"))]
        assert book.quietly().receives(1, message("HEARTBEAT")).effects == bare


@pytest.mark.spec("RFC 4666", "4.3.4.6")
def test_a_heartbeat_is_sent_every_t_beat_while_the_peer_is_alive() -> None:
    book = active(local=BEATING)
    for now in (T_BEAT, 2 * T_BEAT, 3 * T_BEAT, 4 * T_BEAT):
        book.at(now).expires().does("1: HEARTBEAT")
        book.receives(1, message("HEARTBEAT_ACK")).does()


@pytest.mark.spec("RFC 4666", "4.3.4.6")
def test_any_message_shows_that_the_peer_is_alive() -> None:
    book = active(local=BEATING)
    for beat in range(1, 5):
        book.at(beat * T_BEAT).expires().does("1: HEARTBEAT")
        book.receives(1, data(100)).does("1: deliver")


@pytest.mark.spec("RFC 4666", "4.3.4.6")
def test_a_peer_that_is_silent_for_two_heartbeats_is_left_and_connected_to_again() -> None:
    (
        active(local=BEATING)
        .at(T_BEAT).expires().does("1: HEARTBEAT")
        .at(2 * T_BEAT).expires().does("1: HEARTBEAT")
        .at(3 * T_BEAT).expires()
        .does("note heartbeat_missed", "1: close", "1: stp CLOSED", "as stp 100 AS_DOWN gone")
        .at(3 * T_BEAT + 1.0).expires().does("connect stp")
        .at(99.0)
    )  # fmt: skip


@pytest.mark.spec("RFC 4666", "4.3.4.6")
def test_who_connected_to_us_and_is_silent_is_left() -> None:
    (
        serving(local=BEATING)
        .at(T_BEAT).expires().does("1: HEARTBEAT")
        .at(2 * T_BEAT).expires().does("1: HEARTBEAT")
        .at(3 * T_BEAT).expires()
        .does("note heartbeat_missed", "1: close", "1: msc CLOSED", "as 100 AS_PENDING")
    )  # fmt: skip


@pytest.mark.spec("RFC 4666", "4.3.4.1")
def test_no_heartbeat_is_sent_before_asp_up_is_acknowledged() -> None:
    local = dataclasses.replace(BEATING, t_ack=50.0)
    (
        node(STP, local=local).connects(1, "stp").quietly()
        .at(49.0).receives(1, ack("ASP_UP")).quietly()
        .receives(1, ack("ASP_ACTIVE", 100)).quietly()
        .at(59.0).expires().does("1: HEARTBEAT")
    )  # fmt: skip


def test_an_asp_that_is_down_again_is_sent_none() -> None:
    book = serving(local=OFTEN).receives(1, message("ASP_DOWN")).quietly()
    book.at(2.0).expires().does("as 100 AS_DOWN gone").at(T_UP)


def test_who_restarted_is_sent_none_before_it_is_up() -> None:
    book = serving(local=OFTEN).restarts(1).quietly()
    book.at(2.0).expires().does("as 100 AS_DOWN gone").at(T_UP)


def test_no_timer_is_left_of_an_association_that_is_gone() -> None:
    book = serving(local=BEATING).loses(1).quietly().at(2.0).expires().does("as 100 AS_DOWN gone")
    assert book.node.deadline is None


def test_zero_seconds_are_never() -> None:
    heartbeat = Heartbeat(0.0, Probes())
    heartbeat.start(0.0)
    assert heartbeat.deadline is None


def test_what_was_asked_answered_and_missed_is_counted() -> None:
    probes = Probes()
    heartbeat = Heartbeat(2.0, probes)
    heartbeat.start(0.0)
    assert heartbeat.expire(2.0)
    heartbeat.acknowledged()
    heartbeat.heard()
    assert heartbeat.expire(4.0)
    assert probes == Probes(sent=2, answered=1, missed=0)
    assert heartbeat.expire(6.0)
    assert not heartbeat.expire(8.0)
    assert probes == Probes(sent=3, answered=1, missed=2)
