"""Conversations with a peer that we call, alone or while it calls us (RFC 6733 §5.6, §5.6.4)."""

import pytest

from protocols.diameter.codes import AvpCode
from protocols.diameter.link import PeerSpec
from protocols.diameter.local import Local
from protocols.diameter.node import NodeMachine
from protocols.diameter.peer import T_BUSY
from protocols.diameter.peer_table import T_CLOSING, T_WAIT
from tests.protocols.diameter.messages import (
    AMF,
    EIR,
    LOCAL,
    MME,
    REALM,
    address,
    cea,
    cer,
    dpa,
    dpr,
    dwa,
    dwr,
    ecr,
    origin,
    parse_avps,
    text,
)
from tests.protocols.diameter.playbook import Playbook, sent

TW = 30.0


def calling(peer: str = MME, *, local: Local = LOCAL) -> Playbook:
    """Ask for a connection to a peer at 0."""
    node = NodeMachine(local, [PeerSpec(origin_host=peer, connect=True)], random=lambda: 0.5)
    return Playbook(node).starts().does(f"connect {peer.partition('.')[0]}")


def opened() -> Playbook:
    """Open connection 1, which we made, at 1."""
    return (
        calling()
        .at(1.0).connects(1, MME).does("1: CER", "1: mme1 WAIT_I_CEA")
        .replies(1, cea).does("1: mme1 I_OPEN")
    )  # fmt: skip


# Calling


@pytest.mark.spec("RFC 6733", "5.6")
def test_a_peer_that_we_called_asks_and_is_answered() -> None:
    opened().receives(1, ecr()).does("1: deliver").receives(1, dwr()).does("1: DWA 2001 unordered")


@pytest.mark.spec("RFC 6733", "5.3.5")
def test_our_cer_names_the_address_that_we_call_from() -> None:
    (request,) = sent(calling().connects(1, MME).effects)
    assert request.every(AvpCode.HOST_IP_ADDRESS) == list(parse_avps(address("192.0.2.9")))


@pytest.mark.spec("RFC 3539", "3.4.1")
def test_a_peer_that_does_not_answer_the_call_is_called_again_after_tw() -> None:
    (
        calling()
        .at(1.0).fails_to_connect(MME).does("note connect_failed")
        .at(TW).expires().does("connect mme1")
        .at(TW + 1.0).connects(1, MME).does("1: CER", "1: mme1 WAIT_I_CEA")
    )  # fmt: skip


@pytest.mark.spec("RFC 6733", "5.6")
def test_a_call_that_takes_too_long_is_given_up_and_closed_when_it_comes() -> None:
    (
        calling()
        .at(T_WAIT).expires().does("note timeout")
        .at(T_WAIT + 1.0).connects(1, MME).does("1: close")
        .receives(1, dwr()).does()
    )  # fmt: skip


def test_a_failure_that_comes_too_late_is_noted() -> None:
    (
        calling()
        .at(T_WAIT).expires().does("note timeout")
        .at(T_WAIT + 1.0).fails_to_connect(MME).does("note connect_failed", "note unexpected_event")
        .at(TW).expires().does("connect mme1")
    )  # fmt: skip


@pytest.mark.spec("RFC 6733", "5.6")
def test_a_peer_that_sends_no_cea_is_closed() -> None:
    (
        calling()
        .at(1.0).connects(1, MME).does("1: CER", "1: mme1 WAIT_I_CEA")
        .at(1.0 + T_WAIT).expires().does("note timeout", "1: close", "1: mme1 CLOSED")
        .at(TW).expires().does("connect mme1")
    )  # fmt: skip


@pytest.mark.spec("RFC 6733", "5.6")
@pytest.mark.parametrize(
    ("octets", "note"),
    [
        (dwr(), None),
        (ecr(), None),
        (ecr()[:40], None),
        (cer(), None),
        (dwa(), None),
        (ecr(flags=0x40), None),
        (cea(code=3010, flags=0x20), "peer_refused_us"),
        (cea({"origin_host": text(264, AMF)}), "peer_refused_us"),
        (cea({"application": b""}), "peer_refused_us"),
        (cea({"odd": b"\0\0\0\0"}), "answer_undecodable"),
    ],
)
def test_a_peer_that_says_anything_but_a_good_cea_is_closed(
    octets: bytes, note: str | None
) -> None:
    def reply(*, hop_by_hop: int) -> bytes:
        return octets[:12] + hop_by_hop.to_bytes(4, "big") + octets[16:]

    (
        calling()
        .connects(1, MME).does("1: CER", "1: mme1 WAIT_I_CEA")
        .replies(1, reply)
        .does(*([f"note {note}"] if note else []), "1: close", "1: mme1 CLOSED")
    )  # fmt: skip


def test_a_peer_that_closes_before_its_cea_is_called_again() -> None:
    (
        calling()
        .connects(1, MME).does("1: CER", "1: mme1 WAIT_I_CEA")
        .loses(1).does("note connection_lost", "1: mme1 CLOSED")
        .at(TW).expires().does("connect mme1")
    )  # fmt: skip


def test_we_stop_calling_when_we_leave() -> None:
    (
        calling()
        .at(1.0).stops()
        .at(2.0).connects(1, MME).does("1: close")
        .at(999.0)
    )  # fmt: skip


def test_we_hang_up_when_we_leave_before_the_cea() -> None:
    (
        calling()
        .connects(1, MME).does("1: CER", "1: mme1 WAIT_I_CEA")
        .stops().does("1: close", "1: mme1 CLOSED")
        .at(999.0)
    )  # fmt: skip


def test_we_leave_a_peer_that_we_called_with_a_dpr_and_do_not_call_again() -> None:
    (
        opened()
        .stops().does("1: DPR", "1: mme1 CLOSING")
        .receives(1, ecr()).does("1: deliver")
        .receives(1, dwr()).does("1: DWA 2001")
        .receives(1, dpr()).does("note peer_leaves", "1: DPA 2001")
        .replies(1, dpa).does("1: close", "1: mme1 CLOSED")
        .at(999.0)
    )  # fmt: skip


@pytest.mark.spec("RFC 6733", "3")
def test_a_cea_that_answers_no_cer_of_ours_does_not_open() -> None:
    (
        calling()
        .connects(1, MME).does("1: CER", "1: mme1 WAIT_I_CEA")
        .receives(1, cea()).does("note unasked_answer")
        .replies(1, cea).does("1: mme1 I_OPEN")
    )  # fmt: skip


# Being left, and calling again


@pytest.mark.spec("RFC 6733", "5.4.3")
def test_a_peer_that_reboots_is_called_again_after_tw() -> None:
    (
        opened()
        .at(5.0).receives(1, dpr(0)).does("note peer_leaves", "1: DPA 2001", "1: mme1 CLOSING")
        .at(5.0 + T_CLOSING).expires().does("note timeout", "1: close", "1: mme1 CLOSED")
        .at(5.0 + T_CLOSING + TW).expires().does("connect mme1")
        .connects(2, MME).does("2: CER", "2: mme1 WAIT_I_CEA")
        .replies(2, cea).does("2: mme1 I_OPEN")
    )  # fmt: skip


@pytest.mark.spec("RFC 6733", "5.4.3")
@pytest.mark.parametrize("cause", [1, 2, 77])
def test_a_peer_that_does_not_want_us_is_left_alone_for_a_while(cause: int) -> None:
    (
        opened()
        .at(5.0).receives(1, dpr(cause)).does("note peer_leaves", "1: DPA 2001", "1: mme1 CLOSING")
        .loses(1).does("note connection_lost", "1: mme1 CLOSED")
        .at(5.0 + T_BUSY).expires().does("connect mme1")
    )  # fmt: skip


@pytest.mark.spec("RFC 3539", "3.4.1")
def test_a_peer_that_was_silent_is_called_again_and_watched_first() -> None:
    (
        opened()
        .at(1.0 + TW).expires().does("1: DWR")
        .at(1.0 + 2 * TW).expires().does("note peer_suspect")
        .at(1.0 + 3 * TW).expires().does("note watchdog_expired", "1: close", "1: mme1 CLOSED")
        .at(1.0 + 4 * TW).expires().does("connect mme1")
        .connects(2, MME).does("2: CER", "2: mme1 WAIT_I_CEA")
        .replies(2, cea).does("2: mme1 I_OPEN", "2: DWR")
        .at(1.0 + 5 * TW).expires()
        .at(1.0 + 6 * TW).expires().does("note watchdog_expired", "2: close", "2: mme1 CLOSED")
    )  # fmt: skip


def test_a_newcomer_waits_while_the_connection_that_we_made_is_asked() -> None:
    (
        opened()
        .at(5.0).accepts(2).does("2: WAIT_CER")
        .receives(2, cer()).does("note capabilities_exchanged", "1: DWR")
        .replies(1, dwa).does("2: CEA 4003", "2: refused 4003", "2: close", "2: mme1 CLOSED")
    )  # fmt: skip


def test_a_newcomer_takes_the_place_of_a_dead_connection_that_we_made() -> None:
    (
        opened()
        .at(5.0).accepts(2).does("2: WAIT_CER")
        .receives(2, cer()).does("note capabilities_exchanged", "1: DWR")
        .at(7.0).expires()
        .does(
            "note connection_replaced", "1: close", "1: mme1 CLOSED",
            "2: CEA 2001", "2: mme1 R_OPEN", "2: DWR",
        )
    )  # fmt: skip


# Both call


def crossed(peer: str, *, local: Local = LOCAL) -> Playbook:
    """Let a peer's CER on connection 2 cross our CER on connection 1."""
    return (
        calling(peer, local=local)
        .connects(1, peer).does("1: CER", f"1: {peer[:4]} WAIT_I_CEA")
        .accepts(2).does("2: WAIT_CER")
        .receives(2, cer(origin(peer)))
    )  # fmt: skip


WON = (
    "note capabilities_exchanged", "1: amf1 WAIT_RETURNS", "2: amf1 WAIT_RETURNS",
    "1: close", "1: amf1 CLOSED", "2: CEA 2001", "2: amf1 R_OPEN",
)  # fmt: skip
LOST = ("note capabilities_exchanged", "1: mme1 WAIT_RETURNS", "2: mme1 WAIT_RETURNS")


@pytest.mark.spec("RFC 6733", "5.6.4")
def test_who_wins_the_election_closes_the_connection_that_it_made() -> None:
    crossed(AMF).does(*WON).receives(2, ecr()).does("2: deliver")


@pytest.mark.spec("RFC 6733", "5.6.4")
def test_names_compare_without_regard_to_case() -> None:
    # As octets, EIR would lose against amf1, and MME1 against eir.
    shouted = Local(origin_host=EIR.upper(), origin_realm=REALM)
    crossed(AMF, local=shouted).does(*WON)
    crossed(MME.upper()).does(*[line.replace("mme1", "MME1") for line in LOST])


@pytest.mark.spec("RFC 6733", "5.6.4")
def test_who_loses_the_election_keeps_the_connection_that_it_made() -> None:
    (
        crossed(MME).does(*LOST)
        .replies(1, cea)
        .does("2: CEA 4003", "2: refused 4003", "2: close", "2: mme1 CLOSED", "1: mme1 I_OPEN")
        .receives(1, ecr()).does("1: deliver")
    )  # fmt: skip


def test_an_election_that_the_peer_ends_by_closing_its_own_connection() -> None:
    (
        crossed(MME).does(*LOST)
        .loses(2).does("note connection_lost", "2: mme1 CLOSED", "1: mme1 WAIT_I_CEA")
        .replies(1, cea).does("1: mme1 I_OPEN")
    )  # fmt: skip


@pytest.mark.spec("RFC 6733", "5.6")
def test_an_election_that_the_peer_ends_by_closing_our_connection() -> None:
    (
        crossed(MME).does(*LOST)
        .loses(1)
        .does("note connection_lost", "1: mme1 CLOSED", "2: CEA 2001", "2: mme1 R_OPEN")
    )  # fmt: skip


def test_an_election_that_the_peer_ends_by_refusing_our_connection() -> None:
    def refusal(*, hop_by_hop: int) -> bytes:
        return cea(code=4003, hop_by_hop=hop_by_hop)

    (
        crossed(MME).does(*LOST)
        .replies(1, refusal)
        .does("note peer_refused_us", "1: close", "1: mme1 CLOSED", "2: CEA 2001", "2: mme1 R_OPEN")
    )  # fmt: skip


def test_an_election_without_end_ends_both_connections() -> None:
    (
        crossed(MME).does(*LOST)
        .at(T_WAIT).expires().does(
            "note timeout", "1: close", "1: mme1 CLOSED",
            "2: CEA 4003", "2: refused 4003", "2: close", "2: mme1 CLOSED",
        )
    )  # fmt: skip


def test_a_third_connection_during_an_election_goes() -> None:
    (
        crossed(MME).does(*LOST)
        .accepts(3).does("3: WAIT_CER")
        .receives(3, cer())
        .does(
            "note capabilities_exchanged",
            "3: CEA 4003", "3: refused 4003", "3: close", "3: mme1 CLOSED",
        )
    )  # fmt: skip


def called_while_calling(peer: str) -> Playbook:
    """Let a peer's CER on connection 2 come while our connection is being made."""
    return (
        calling(peer)
        .accepts(2).does("2: WAIT_CER")
        .receives(2, cer(origin(peer)))
        .does("note capabilities_exchanged", f"2: {peer[:4]} WAIT_CONN_ACK_ELECT")
    )  # fmt: skip


@pytest.mark.spec("RFC 6733", "5.6.4")
def test_the_election_is_held_when_our_connection_stands() -> None:
    (
        called_while_calling(AMF)
        .connects(1, AMF)
        .does("1: CER", "1: amf1 WAIT_RETURNS", "2: amf1 WAIT_RETURNS",
              "1: close", "1: amf1 CLOSED", "2: CEA 2001", "2: amf1 R_OPEN")
    )  # fmt: skip
    (
        called_while_calling(MME)
        .connects(1, MME).does("1: CER", "1: mme1 WAIT_RETURNS", "2: mme1 WAIT_RETURNS")
        .replies(1, cea)
        .does("2: CEA 4003", "2: refused 4003", "2: close", "2: mme1 CLOSED", "1: mme1 I_OPEN")
    )  # fmt: skip


@pytest.mark.spec("RFC 6733", "5.6")
def test_the_peers_connection_is_taken_when_ours_fails() -> None:
    (
        called_while_calling(MME)
        .fails_to_connect(MME).does("note connect_failed", "2: CEA 2001", "2: mme1 R_OPEN")
    )  # fmt: skip


@pytest.mark.spec("RFC 6733", "5.6")
def test_our_connection_is_awaited_when_the_peers_is_lost() -> None:
    (
        called_while_calling(MME)
        .loses(2).does("note connection_lost", "2: mme1 CLOSED")
        .connects(1, MME).does("1: CER", "1: mme1 WAIT_I_CEA")
    )  # fmt: skip


def test_a_peer_that_does_not_wait_for_the_election_is_not_answered() -> None:
    called_while_calling(MME).receives(2, ecr()).does("note unexpected_event")
    called_while_calling(MME).receives(2, ecr()[:-4]).does("note wrong_before_cea")
