"""DATA and audits: for us, not for us, wrong."""

import dataclasses
import time

import pytest

from protocols.effects import Deliver, Send
from protocols.m3ua.destinations import MAX_POINTS, MAX_RANGES
from protocols.m3ua.local import PeerSpec
from protocols.mtp import Transfer
from tests.protocols.m3ua import wire
from tests.protocols.m3ua.nodes import (
    ASP1,
    LONE,
    MSCS,
    PAIR,
    QUIET,
    STP,
    accepted,
    active,
    answer,
    connected,
    inactive,
    risen,
    serving,
)
from tests.protocols.m3ua.wire import EIR, MSC, affected, contexts, data, message, number

APPEARING = dataclasses.replace(STP, network_appearance=9)
TWO = PeerSpec(name="msc", addresses=(ASP1,), routing_contexts=(100, 101))


# What comes


@pytest.mark.spec("RFC 4666", "3.3.1")
def test_data_is_delivered_with_all_that_it_says() -> None:
    book = active().receives(1, data(100, na=7, sls=9, user_data=b"what"))
    assert book.effects == [
        Deliver(
            1,
            Transfer(
                connection=1,
                opc=MSC,
                dpc=EIR,
                service_indicator=3,
                network_indicator=2,
                priority=0,
                sls=9,
                user_data=b"what",
                routing_context=100,
                network_appearance=7,
            ),
        )
    ]


@pytest.mark.spec("RFC 4666", "3.3.1")
def test_data_without_protocol_data_lacks_a_parameter() -> None:
    active().receives(1, message("DATA", contexts([100]))).does("1: ERROR 22", "1: refused 22")


@pytest.mark.spec("RFC 4666", "3.8.1")
def test_protocol_data_without_a_whole_label_is_a_field_error() -> None:
    short = message("DATA", wire.parameter(wire.DATA, b"12345678901"))
    active().receives(1, short).does("1: ERROR 18", "1: refused 18")


@pytest.mark.spec("RFC 4666", "3.3.1")
def test_data_without_a_context_is_understood_where_there_is_one() -> None:
    active().receives(1, data()).does("1: deliver")
    serving().receives(1, data()).does("1: deliver")


@pytest.mark.spec("RFC 4666", "3.3.1")
def test_data_without_a_context_lacks_a_parameter_where_there_are_several() -> None:
    active(PAIR).receives(1, data()).does("1: ERROR 22", "1: refused 22")
    serving(TWO).receives(1, data()).does("1: ERROR 22", "1: refused 22")


@pytest.mark.spec("RFC 4666", "3.8.1")
def test_a_context_that_is_not_configured_is_invalid_and_named() -> None:
    for book in (active(), serving()):
        book.receives(1, data(7)).does("1: ERROR 25 rc 7", "1: refused 25")
        book.receives(1, data(100, 7)).does("1: ERROR 25 rc 7", "1: refused 25")
        book.receives(1, affected("DUNA", (0, MSC), rc=7)).does("1: ERROR 25 rc 7", "1: refused 25")


@pytest.mark.spec("RFC 4666", "3.3.1")
def test_data_has_one_context() -> None:
    active(PAIR).receives(1, data(100, 101)).does("1: ERROR 25 rc 100,101", "1: refused 25")


@pytest.mark.spec("RFC 4666", "3.8.1")
def test_a_network_appearance_that_is_not_configured_is_invalid_and_named() -> None:
    (
        active(APPEARING)
        .receives(1, data(100, na=8)).does("1: ERROR 21 na 8", "1: refused 21")
        .receives(1, data(100, na=9)).does("1: deliver")
        .receives(1, data(100)).does("1: deliver")
    )  # fmt: skip


@pytest.mark.spec("RFC 4666", "3.8.1")
def test_data_before_asp_up_is_acknowledged_is_unexpected() -> None:
    connected().receives(1, data(100)).does("1: ERROR 6 rc 100", "1: refused 6")
    accepted().receives(1, data(100)).does("1: ERROR 6 rc 100", "1: refused 6")


@pytest.mark.spec("RFC 4666", "3.8.1")
def test_data_for_our_inactive_asp_is_discarded_without_a_word() -> None:
    inactive().receives(1, data(100)).does("1: dropped")


@pytest.mark.spec("RFC 4666", "4.3.4.3")
def test_data_of_an_asp_that_was_never_active_is_unexpected() -> None:
    risen().receives(1, data(100)).does("1: ERROR 6 rc 100", "1: refused 6")
    risen(LONE).receives(1, data(100)).does("1: ERROR 6 rc 100", "1: refused 6")


@pytest.mark.spec("RFC 4666", "1.4.7")
def test_data_on_stream_0_is_an_invalid_stream_unless_labs_do_so() -> None:
    book = active().receives(1, data(100), stream=0).does("1: ERROR 9", "1: refused 9")
    book.receives(1, data(100), stream=1).does("1: deliver")
    book.receives(1, data(100)).does("1: deliver")
    lenient = dataclasses.replace(QUIET, lenient_stream=True)
    active(local=lenient).receives(1, data(100), stream=0).does("1: deliver")


@pytest.mark.spec("RFC 4666", "1.4.7")
def test_other_messages_may_come_on_any_stream() -> None:
    accepted().receives(1, wire.asp_up(1), stream=3).does(
        "1: ASP_UP_ACK", "as 100 AS_INACTIVE", "1: NOTIFY AS_INACTIVE rc 100", "1: msc ASP_INACTIVE"
    )


# What is not for us


def test_what_a_gateway_sends_that_is_not_for_us_is_dropped() -> None:
    (
        active()
        .receives(1, data(100, dpc=21)).does("1: dropped")
        .receives(1, data(100, ni=0)).does("1: dropped")
        .receives(1, data(100, si=5)).does("1: dropped")
    )  # fmt: skip


@pytest.mark.spec("RFC 4666", "4.5.1")
def test_an_asp_is_told_that_behind_us_is_nobody() -> None:
    (
        serving()
        .receives(1, data(100, dpc=21, na=7)).does("1: DUNA na 7 rc 100 pc 21/0", "1: dropped")
        .receives(1, data(100, ni=0)).does("1: dropped")
        .receives(1, data(100, si=5)).does("1: dropped")
    )  # fmt: skip


# Audits


@pytest.mark.spec("RFC 4666", "4.5.3")
def test_an_audit_finds_us_and_nobody_else() -> None:
    (
        serving()
        .receives(1, affected("DAUD", (0, EIR))).does("1: DAVA pc 20/0")
        .receives(1, affected("DAUD", (0, 5), (0, EIR), (3, 64), rc=100))
        .does("1: DAVA rc 100 pc 20/0", "1: DUNA rc 100 pc 5/0,64/3")
    )  # fmt: skip


@pytest.mark.spec("RFC 4666", "3.8.1")
def test_an_audit_of_us_among_others_has_no_one_answer() -> None:
    appearance = number(wire.NA, 7)
    (
        serving()
        .receives(1, affected("DAUD", (3, EIR), rest=appearance, rc=100))
        .does("1: ERROR 20 rc 100 na 7 pc 20/3", "1: refused 20")
    )  # fmt: skip


@pytest.mark.spec("RFC 4666", "3.4.3")
def test_an_asp_is_not_audited() -> None:
    active().receives(1, affected("DAUD", (0, EIR))).does("1: ERROR 6", "1: refused 6")


@pytest.mark.spec("RFC 4666", "4.3.1")
def test_an_asp_that_is_down_is_told_of_no_destination_and_tells_of_none() -> None:
    for kind in ("DAUD", "DUNA"):
        refused = affected(kind, (0, EIR), rc=100)
        accepted().receives(1, refused).does("1: ERROR 6 rc 100", "1: refused 6")
        risen().receives(1, message("ASP_DOWN")).quietly().receives(1, refused).does(
            "1: ERROR 6 rc 100", "1: refused 6"
        )
    risen().receives(1, affected("DAUD", (0, EIR))).does("1: DAVA pc 20/0")


@pytest.mark.parametrize("mask", [0, 3])
def test_an_audit_asks_for_so_many_point_codes_and_no_more(mask: int) -> None:
    most = MAX_RANGES if mask else MAX_POINTS
    points = [(mask, 64 + (point_code << mask)) for point_code in range(most + 1)]
    book = serving()
    book.receives(1, affected("DAUD", *points)).does("1: ERROR 7", "1: refused 7")
    (sent,) = book.receives(1, affected("DAUD", *points[:-1])).quietly().effects
    assert isinstance(sent, Send)
    assert len(wire.numbers(dict(wire.parse(sent.octets)[1])[wire.APC])) == most


@pytest.mark.parametrize("kind", ["DAUD", "DUNA"])
def test_an_audit_of_whatever_length_costs_little(kind: str) -> None:
    book = serving()
    everything = affected(kind, *[(0, EIR)] * 8000, *[(0, EIR + 1)] * 8000)
    started = time.process_time()
    book.receives(1, everything).does("1: ERROR 7", "1: refused 7")
    assert time.process_time() - started < 0.1  # 40 times what it takes


def test_an_audit_of_nothing_lacks_a_parameter() -> None:
    serving().receives(1, message("DAUD")).does("1: ERROR 22", "1: refused 22")


# What goes


@pytest.mark.spec("RFC 4666", "3.3.1")
def test_an_answer_has_the_context_and_appearance_of_what_it_answers() -> None:
    book = serving(LONE)
    book.sends(answer(context=100, appearance=7)).does("1.6: DATA na 7 rc 100 20>10")
    active(APPEARING).sends(answer(context=100)).does("1.6: DATA na 9 rc 100 20>10")


@pytest.mark.spec("RFC 4666", "1.4.7")
@pytest.mark.parametrize("sls", [0, 15, 255])
def test_data_goes_on_a_stream_of_its_sls_and_never_on_0(sls: int) -> None:
    serving(MSCS).sends(answer(sls=sls)).does(f"1.{sls + 1}: DATA rc 100 20>10")
