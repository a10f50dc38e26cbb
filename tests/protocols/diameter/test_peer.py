"""Conversations with a peer that called us, and how connections end (RFC 6733 §5.4 to §5.6)."""

import pytest

from protocols.diameter import s13
from protocols.diameter.codes import EquipmentStatus
from protocols.diameter.link import PeerSpec
from protocols.diameter.node import NodeMachine
from protocols.diameter.peer import T_PROBE
from protocols.diameter.peer_table import T_CLOSING
from tests.protocols.diameter.messages import (
    LOCAL,
    MME,
    cer,
    dpa,
    dpr,
    dwa,
    dwr,
    ecr,
    failed_avp,
    number,
    parse,
    value,
)
from tests.protocols.diameter.playbook import Playbook, sent

TW = 30.0
ECA = s13.accept(parse(ecr()), EquipmentStatus.PERMITTEDLISTED, LOCAL)


def called() -> Playbook:
    """Open connection 1, which the peer made, at 0."""
    node = NodeMachine(LOCAL, [PeerSpec(origin_host=MME)], random=lambda: 0.5)
    return (
        Playbook(node)
        .starts()
        .accepts(1)
        .does("1: WAIT_CER")
        .receives(1, cer())
        .does("note capabilities_exchanged", "1: CEA 2001", "1: mme1 R_OPEN")
    )


@pytest.mark.spec("RFC 6733", "5.6")
def test_a_peer_that_called_is_answered() -> None:
    (
        called()
        .at(1.0).receives(1, ecr()).does("1: deliver")
        .answers(1, ECA).does("1: ECA 2001 unordered")
        .at(2.0).receives(1, dwr()).does("1: DWA 2001 unordered")
    )  # fmt: skip


@pytest.mark.spec("RFC 6733", "2.1.1")
def test_messages_are_ordered_until_the_peer_has_sent_one_on_the_open_connection() -> None:
    (
        called()
        .at(TW).expires().does("1: DWR")
        .replies(1, dwa)
        .at(2 * TW).expires().does("1: DWR unordered")
    )  # fmt: skip


# Leaving


@pytest.mark.spec("RFC 6733", "5.4")
def test_we_leave_with_a_dpr_and_close_when_it_is_answered() -> None:
    (
        called()
        .at(1.0).stops().does("1: DPR", "1: mme1 CLOSING")
        .at(1.1).replies(1, dpa).does("1: close", "1: mme1 CLOSED")
        .at(99.0)
    )  # fmt: skip


@pytest.mark.spec("RFC 6733", "5.4.3")
def test_we_leave_because_we_reboot() -> None:
    (request,) = sent(called().stops().effects)
    assert value(request, 273) == b"\0\0\0\0"


@pytest.mark.spec("RFC 6733", "5.6")
def test_a_dpr_without_answer_ends_with_the_timeout() -> None:
    (
        called()
        .at(1.0).stops().does("1: DPR", "1: mme1 CLOSING")
        .at(1.0 + T_CLOSING).expires().does("note timeout", "1: close", "1: mme1 CLOSED")
    )  # fmt: skip


def test_requests_that_crossed_our_dpr_are_answered() -> None:
    (
        called()
        .at(1.0).stops().does("1: DPR", "1: mme1 CLOSING")
        .receives(1, ecr()).does("1: deliver")
        .answers(1, ECA).does("1: ECA 2001")
        .receives(1, dwr()).does("1: DWA 2001")
        .receives(1, dwr({"origin_host": b""})).does("1: DWA 5005", "1: refused 5005")
        .receives(1, dpr()).does("note peer_leaves", "1: DPA 2001")
        .replies(1, dpa).does("1: close", "1: mme1 CLOSED")
        .answers(1, ECA).does()
    )  # fmt: skip


@pytest.mark.spec("RFC 6733", "5.4.2")
@pytest.mark.parametrize("cause", [0, 1, 2])
def test_a_peer_that_leaves_is_answered_and_closes(cause: int) -> None:
    (
        called()
        .at(1.0).receives(1, dpr(cause)).does("note peer_leaves", "1: DPA 2001", "1: mme1 CLOSING")
        .loses(1).does("note connection_lost", "1: mme1 CLOSED")
        .at(99.0)
    )  # fmt: skip


@pytest.mark.spec("RFC 6733", "5.6")
def test_a_peer_that_leaves_and_does_not_close_is_closed() -> None:
    (
        called()
        .at(1.0).receives(1, dpr()).does("note peer_leaves", "1: DPA 2001", "1: mme1 CLOSING")
        .at(1.0 + T_CLOSING).expires().does("note timeout", "1: close", "1: mme1 CLOSED")
    )  # fmt: skip


@pytest.mark.spec("RFC 6733", "5.4.1")
def test_a_dpr_without_a_cause_is_refused_and_changes_nothing() -> None:
    book = (
        called()
        .receives(1, dpr(0, {"cause": b""}))
        .does("1: DPA 5005 unordered", "1: refused 5005")
    )
    (answer,) = sent(book.effects)
    assert failed_avp(answer) == number(273, 0)
    book.receives(1, ecr()).does("1: deliver")


def test_a_connection_that_is_lost_may_come_again() -> None:
    (
        called()
        .at(1.0).loses(1).does("note connection_lost", "1: mme1 CLOSED")
        .at(2.0).accepts(2).does("2: WAIT_CER")
        .receives(2, cer())
        .does("note capabilities_exchanged", "2: CEA 2001", "2: mme1 R_OPEN", "2: DWR")
        .receives(2, ecr()).does("2: deliver")
    )  # fmt: skip


# The watchdog


@pytest.mark.spec("RFC 3539", "3.4.1")
def test_a_silent_peer_is_asked_suspected_and_closed() -> None:
    (
        called()
        .at(TW).expires().does("1: DWR")
        .at(2 * TW).expires().does("note peer_suspect")
        .at(3 * TW).expires().does("note watchdog_expired", "1: close", "1: mme1 CLOSED")
        .at(999.0)
    )  # fmt: skip


@pytest.mark.spec("RFC 3539", "3.4.1")
def test_a_suspected_peer_that_speaks_is_kept() -> None:
    (
        called()
        .at(TW).expires().does("1: DWR")
        .at(2 * TW).expires().does("note peer_suspect")
        .at(80.0).receives(1, ecr()).does("1: deliver")
        .at(80.0 + TW).expires().does("note peer_suspect")  # the DWR is still unanswered
        .at(115.0).replies(1, dwa)
        .at(115.0 + TW).expires().does("1: DWR unordered")
    )  # fmt: skip


@pytest.mark.spec("RFC 3539", "3.4.1")
def test_any_message_puts_the_watchdog_off() -> None:
    (
        called()
        .at(29.0).receives(1, ecr()).does("1: deliver")
        .at(58.0).receives(1, ecr()).does("1: deliver")
        .at(58.0 + TW).expires().does("1: DWR unordered")
    )  # fmt: skip


@pytest.mark.spec("RFC 3539", "3.4.1")
def test_a_peer_that_was_lost_answers_three_watchdogs_before_it_is_trusted() -> None:
    book = (
        called()
        .at(1.0).loses(1).does("note connection_lost", "1: mme1 CLOSED")
        .accepts(2).does("2: WAIT_CER")
        .receives(2, cer())
        .does("note capabilities_exchanged", "2: CEA 2001", "2: mme1 R_OPEN", "2: DWR")
    )  # fmt: skip
    for again in range(1, 3):
        book.replies(2, dwa).at(1.0 + again * TW).expires().does("2: DWR unordered")
    book.receives(2, ecr()).does("2: deliver")  # a question is answered all the same
    book.at(62.0).replies(2, dwa).at(91.0).expires().does("2: DWR unordered")


# The peer comes again while its connection stands


def test_a_newcomer_waits_and_goes_when_the_old_connection_lives() -> None:
    (
        called()
        .at(5.0).accepts(2).does("2: WAIT_CER")
        .receives(2, cer()).does("note capabilities_exchanged", "1: DWR")
        .at(5.5).replies(1, dwa)
        .does("2: CEA 4003", "2: refused 4003", "2: close", "2: mme1 CLOSED")
        .receives(1, ecr()).does("1: deliver")
        .at(5.0 + T_PROBE + 1.0)
    )  # fmt: skip


def test_a_newcomer_comes_in_when_the_old_connection_is_silent() -> None:
    (
        called()
        .at(5.0).accepts(2).does("2: WAIT_CER")
        .receives(2, cer()).does("note capabilities_exchanged", "1: DWR")
        .at(5.0 + T_PROBE).expires()
        .does(
            "note connection_replaced", "1: close", "1: mme1 CLOSED",
            "2: CEA 2001", "2: mme1 R_OPEN", "2: DWR",
        )
        .receives(1, ecr())
        .receives(2, ecr()).does("2: deliver")
    )  # fmt: skip


def test_a_newcomer_comes_in_when_the_old_connection_is_lost() -> None:
    (
        called()
        .at(5.0).accepts(2).does("2: WAIT_CER")
        .receives(2, cer()).does("note capabilities_exchanged", "1: DWR")
        .loses(1)
        .does(
            "note connection_lost", "1: mme1 CLOSED", "2: CEA 2001", "2: mme1 R_OPEN", "2: DWR"
        )
    )  # fmt: skip


def test_a_newcomer_that_gives_up_changes_nothing() -> None:
    (
        called()
        .at(5.0).accepts(2).does("2: WAIT_CER")
        .receives(2, cer()).does("note capabilities_exchanged", "1: DWR")
        .loses(2).does("note connection_lost", "2: mme1 CLOSED")
        .at(20.0).receives(1, ecr()).does("1: deliver")
    )  # fmt: skip


def test_a_newcomer_that_does_not_wait_for_its_cea_goes() -> None:
    (
        called()
        .accepts(2).does("2: WAIT_CER")
        .receives(2, cer()).does("note capabilities_exchanged", "1: DWR")
        .receives(2, ecr()).does("2: CEA 4003", "2: refused 4003", "2: close", "2: mme1 CLOSED")
    )  # fmt: skip


def test_a_second_newcomer_goes_at_once() -> None:
    (
        called()
        .accepts(2).does("2: WAIT_CER")
        .receives(2, cer()).does("note capabilities_exchanged", "1: DWR")
        .accepts(3).does("3: WAIT_CER")
        .receives(3, cer())
        .does(
            "note capabilities_exchanged",
            "3: CEA 4003", "3: refused 4003", "3: close", "3: mme1 CLOSED",
        )
    )  # fmt: skip


def test_a_peer_that_comes_back_before_it_has_gone_waits_for_it() -> None:
    (
        called()
        .at(1.0).receives(1, dpr()).does("note peer_leaves", "1: DPA 2001", "1: mme1 CLOSING")
        .accepts(2).does("2: WAIT_CER")
        .receives(2, cer()).does("note capabilities_exchanged")
        .loses(1)
        .does("note connection_lost", "1: mme1 CLOSED", "2: CEA 2001", "2: mme1 R_OPEN")
    )  # fmt: skip


def test_nobody_comes_in_while_we_leave() -> None:
    (
        called()
        .at(1.0).stops().does("1: DPR", "1: mme1 CLOSING")
        .accepts(2).does("2: WAIT_CER")
        .receives(2, cer())
        .does(
            "note capabilities_exchanged",
            "2: CEA 4003", "2: refused 4003", "2: close", "2: mme1 CLOSED",
        )
    )  # fmt: skip


def test_who_waited_when_we_left_does_not_come_in() -> None:
    (
        called()
        .at(1.0).accepts(2).does("2: WAIT_CER")
        .receives(2, cer()).does("note capabilities_exchanged", "1: DWR")
        .stops().does("1: DPR", "1: mme1 CLOSING")
        .replies(1, dpa)
        .does(
            "1: close", "1: mme1 CLOSED",
            "2: CEA 4003", "2: refused 4003", "2: close", "2: mme1 CLOSED",
        )
    )  # fmt: skip


def test_who_comes_after_we_left_does_not_come_in() -> None:
    (
        called()
        .at(1.0).stops().does("1: DPR", "1: mme1 CLOSING")
        .replies(1, dpa).does("1: close", "1: mme1 CLOSED")
        .accepts(2).does("2: WAIT_CER")
        .receives(2, cer())
        .does(
            "note capabilities_exchanged",
            "2: CEA 4003", "2: refused 4003", "2: close", "2: mme1 CLOSED",
        )
    )  # fmt: skip
