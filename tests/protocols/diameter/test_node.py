"""Many connections, many peers: who is let in, and what one does not do to another."""

import pytest
from pycrate_core.utils import PycrateErr
from pycrate_diameter.Diameter import DiameterGeneric

from protocols.diameter import s13
from protocols.diameter.codes import EquipmentStatus
from protocols.diameter.framing import HEAD
from protocols.diameter.link import PeerSpec
from protocols.diameter.local import Local
from protocols.diameter.node import MAX_ARRIVALS, T_CER, NodeMachine
from protocols.effects import Close
from protocols.framing import Framer
from tests.protocols.diameter.messages import (
    AMF,
    EIR,
    LOCAL,
    MME,
    NO_CHANGES,
    REALM,
    Changes,
    address,
    avp,
    cea,
    cer,
    dpr,
    dwa,
    dwr,
    ecr,
    message,
    number,
    origin,
    parse,
    proxy_info,
    text,
)
from tests.protocols.diameter.playbook import Playbook, say, sent

OPEN_TO_ALL = Local(origin_host=EIR, origin_realm=REALM, accept_any_peer=True)
LET_IN = ("note capabilities_exchanged", "1: CEA 2001", "1: mme1 R_OPEN")
ECA = s13.accept(parse(ecr()), EquipmentStatus.PERMITTEDLISTED, LOCAL)


def node(*specs: PeerSpec, local: Local = LOCAL) -> Playbook:
    return Playbook(NodeMachine(local, specs, random=lambda: 0.5))


def arrived(*specs: PeerSpec, local: Local = LOCAL, remote: str = "192.0.2.1") -> Playbook:
    return node(*specs, local=local).accepts(1, remote).does("1: WAIT_CER")


KNOWN = PeerSpec(origin_host=MME)


# Who is let in


@pytest.mark.spec("RFC 6733", "5.3")
def test_a_peer_of_the_configuration_is_let_in_whatever_its_case() -> None:
    arrived(KNOWN).receives(1, cer()).does(*LET_IN)
    arrived(KNOWN).receives(1, cer(origin(MME.upper()))).does(*LET_IN)


@pytest.mark.spec("RFC 6733", "5.3")
def test_an_unknown_peer_is_3010_and_closed() -> None:
    (
        arrived(KNOWN)
        .receives(1, cer(origin(AMF)))
        .does("1: CEA 3010 E", "1: refused 3010", "1: close", "1: CLOSED")
        .receives(1, ecr())
        .at(99.0)
    )  # fmt: skip


def test_a_peer_that_comes_from_another_address_is_3010() -> None:
    bound = PeerSpec(origin_host=MME, addresses=("192.0.2.1", "192.0.2.2"))
    arrived(bound, remote="192.0.2.2").receives(1, cer()).does(*LET_IN)
    (
        arrived(bound, remote="192.0.2.3")
        .receives(1, cer())
        .does("1: CEA 3010 E", "1: refused 3010", "1: close", "1: CLOSED")
    )  # fmt: skip


@pytest.mark.parametrize(
    ("configured", "remote"),
    [
        ("2001:DB8:0::1", "2001:db8::1"),
        ("192.0.2.1", "::ffff:192.0.2.1"),
        ("::ffff:c000:201", "192.0.2.1"),
        ("fe80::1", "fe80::1%eth0"),
    ],
)
def test_an_address_is_the_same_however_it_is_written(configured: str, remote: str) -> None:
    bound = PeerSpec(origin_host=MME, addresses=(configured,))
    arrived(bound, remote=remote).receives(1, cer()).does(*LET_IN)


def test_a_peer_without_addresses_may_come_from_anywhere() -> None:
    arrived(KNOWN, remote="2001:db8::7").receives(1, cer()).does(*LET_IN)


@pytest.mark.spec("RFC 6733", "5.3")
def test_any_peer_is_let_in_where_that_is_wanted() -> None:
    (
        arrived(local=OPEN_TO_ALL)
        .receives(1, cer()).does(*LET_IN)
        .receives(1, ecr()).does("1: deliver")
    )  # fmt: skip


def test_the_address_of_a_configured_peer_counts_even_where_any_peer_is_let_in() -> None:
    bound = PeerSpec(origin_host=MME, addresses=("192.0.2.2",))
    (
        arrived(bound, local=OPEN_TO_ALL)
        .receives(1, cer())
        .does("1: CEA 3010 E", "1: refused 3010", "1: close", "1: CLOSED")
    )  # fmt: skip


def test_nobody_comes_in_under_our_own_name() -> None:
    (
        arrived(local=OPEN_TO_ALL)
        .receives(1, cer(origin(EIR.upper())))
        .does("1: CEA 3010 E", "1: refused 3010", "1: close", "1: CLOSED")
    )  # fmt: skip


@pytest.mark.spec("RFC 6733", "5.3")
def test_a_visitor_is_forgotten_with_its_connection() -> None:
    book = arrived(local=OPEN_TO_ALL).receives(1, cer()).does(*LET_IN)
    assert len(book.node._visitors) == 1
    book.loses(1).does("note connection_lost", "1: mme1 CLOSED").at(99.0)
    assert (book.node._visitors, book.node._timers._armed, book.node.deadline) == ({}, {}, None)


def test_a_visitor_is_watched_and_left_as_any_peer() -> None:
    (
        arrived(local=OPEN_TO_ALL)
        .receives(1, cer()).does(*LET_IN)
        .at(30.0).expires().does("1: DWR")
        .replies(1, dwa)
        .stops().does("1: DPR", "1: mme1 CLOSING")
    )  # fmt: skip


# How a connection begins


@pytest.mark.spec("RFC 6733", "5.6.1")
def test_who_does_not_say_who_it_is_is_closed() -> None:
    arrived(KNOWN).at(T_CER).expires().does("note no_cer", "1: close", "1: CLOSED").at(99.0)


@pytest.mark.spec("RFC 6733", "5.6.1")
@pytest.mark.parametrize(
    "first",
    [ecr(), dwr(), cea(), dpr(), message(257, application=16777252), b"", b"GET / HTTP/1.1"],
)
def test_a_connection_that_does_not_begin_with_a_cer_is_closed(first: bytes) -> None:
    (
        arrived(KNOWN)
        .receives(1, first).does("note no_cer", "1: close", "1: CLOSED")
        .receives(1, cer())
        .at(99.0)
    )  # fmt: skip


@pytest.mark.spec("RFC 6733", "5.3")
@pytest.mark.parametrize(
    ("octets", "answer"),
    [
        (cer({"application": number(258, 16777251)}), "CEA 5010"),
        (cer({"security": number(299, 1)}), "CEA 5017"),
        (cer({"product_name": b""}), "CEA 5005"),
        (cer({"again": text(264, MME)}), "CEA 5009"),
        (cer({"odd": avp(9999, b"")}), "CEA 5001"),
        (cer({"odd": avp(278, b"")}), "CEA 5014"),
        (cer({"odd": avp(278, bytes(4))}), None),
        (cer({"odd": b"\0\0\1\x16"}), "CEA 5014"),
        (cer({"odd": avp(278, b"", flags=0x41)}), "CEA 3009 E"),
        (cer(flags=0xA0), "CEA 3008 E"),
        (cer()[:-4], "CEA 5015"),
        (b"\2" + cer()[1:], "CEA 5011"),
    ],
)
def test_a_wrong_cer_is_told_why_and_closed(octets: bytes, answer: str | None) -> None:
    book = arrived(KNOWN).receives(1, octets)
    if answer is None:
        book.does(*LET_IN)
    else:
        code = answer.split()[1]
        book.does(f"1: {answer}", f"1: refused {code}", "1: close", "1: CLOSED")


def test_a_connection_that_says_nothing_and_goes_is_forgotten() -> None:
    book = arrived(KNOWN).loses(1).does("1: CLOSED").at(99.0)
    assert (book.node._connections, book.node._timers._armed) == ({}, {})


@pytest.mark.spec("RFC 6733", "5.3.5")
def test_a_cea_names_every_address_of_its_connection() -> None:
    machine = NodeMachine(LOCAL, [KNOWN], random=lambda: 0.5)
    local = ("192.0.2.9", "2001:db8::9")
    machine.accepted(1, local=local, remote="192.0.2.1", now=0.0)
    (answer,) = sent(machine.receive(1, cer(), 0.0))
    named = b"".join(avp.octets for avp in answer.every(257))
    assert named == address("192.0.2.9") + address("2001:db8::9")


# What one connection does not do to another


def two() -> Playbook:
    """Open connection 1 of MME and connection 2 of AMF."""
    return (
        arrived(KNOWN, PeerSpec(origin_host=AMF))
        .receives(1, cer()).does(*LET_IN)
        .accepts(2).does("2: WAIT_CER")
        .receives(2, cer(origin(AMF)))
        .does("note capabilities_exchanged", "2: CEA 2001", "2: amf1 R_OPEN")
    )  # fmt: skip


def test_a_lost_connection_is_not_another() -> None:
    (
        two()
        .loses(1).does("note connection_lost", "1: mme1 CLOSED")
        .receives(1, ecr())
        .answers(1, ECA)
        .loses(1)
        .receives(2, ecr()).does("2: deliver")
        .answers(2, ECA).does("2: ECA 2001 unordered")
    )  # fmt: skip


def test_two_peers_have_two_watchdogs() -> None:
    (
        two()
        .at(20.0).receives(1, ecr()).does("1: deliver")
        .at(30.0).expires().does("2: DWR")
        .at(50.0).expires().does("1: DWR unordered")
    )  # fmt: skip


def test_leaving_leaves_everybody_and_closes_who_never_said_who_it_is() -> None:
    (
        two()
        .accepts(3).does("3: WAIT_CER")
        .stops()
        .does(
            "3: close", "3: CLOSED",
            "1: DPR", "1: mme1 CLOSING",
            "2: DPR", "2: amf1 CLOSING",
        )
    )  # fmt: skip


def test_fifty_peers_are_let_in_and_each_is_asked_by_its_own_watchdog() -> None:
    book = node(local=OPEN_TO_ALL)
    for number_ in range(50):
        name = f"m{number_}.example.net"
        book.accepts(number_).does(f"{number_}: WAIT_CER")
        book.receives(number_, cer(origin(name)))
        assert [say(effect) for effect in book.effects][1] == f"{number_}: CEA 2001"
        book.does(*map(say, book.effects))
    book.at(30.0).expires()
    assert {say(effect) for effect in book.effects} == {f"{index}: DWR" for index in range(50)}


# Framing lost, and failures of our own


def garble(book: Playbook, connection: int, stream: bytes) -> Playbook:
    """Lose the framing of a stream, and tell the node."""
    framer = Framer(HEAD, 4096)
    assert framer.feed(stream) == []
    assert framer.error is not None
    return book._happens(book.node.garbled(connection, framer.error, 1.0))


@pytest.mark.spec("RFC 6733", "7.1.5")
def test_a_request_with_an_impossible_length_is_5015_and_closed() -> None:
    book = garble(two(), 1, ecr()[:1] + b"\xff\xff\xfc" + ecr()[4:])
    book.does(
        "note framing_lost", "1: ECA 5015 E", "1: refused 5015", "1: close",
        "note connection_lost", "1: mme1 CLOSED",
    )  # fmt: skip
    book.receives(1, ecr()).receives(2, ecr()).does("2: deliver")


@pytest.mark.parametrize("stream", [b"GET /metrics HTTP/1.1\r\n", ecr(flags=0x40)[:1] + bytes(19)])
def test_what_is_no_request_is_closed_without_an_answer(stream: bytes) -> None:
    garble(two(), 1, stream).does(
        "note framing_lost", "1: close", "note connection_lost", "1: mme1 CLOSED"
    )


@pytest.mark.spec("RFC 6733", "2.1.1")
def test_a_request_is_taken_from_any_stream() -> None:
    effects = two().node.receive(1, ecr(), 1.0, stream=7)
    assert [say(effect) for effect in effects] == ["1: deliver"]


@pytest.mark.spec("RFC 9260", "5.2")
def test_a_peer_that_restarted_the_association_must_say_again_who_it_is() -> None:
    book = two()
    book._happens(book.node.restarted(1, 1.0)).does(
        "1: close", "note connection_lost", "1: mme1 CLOSED"
    )
    book._happens(book.node.restarted(1, 1.0)).does()
    book.receives(1, ecr()).receives(2, ecr()).does("2: deliver")


def test_framing_lost_before_the_cer_closes_the_connection() -> None:
    book = garble(arrived(KNOWN), 1, bytes(20)).does("note framing_lost", "1: close", "1: CLOSED")
    assert (book.node._connections, book.node._timers._armed) == ({}, {})


def test_framing_lost_on_a_connection_that_is_gone_does_nothing() -> None:
    gone = two().loses(1).does("note connection_lost", "1: mme1 CLOSED")
    garble(gone, 1, ecr()[:1] + b"\xff\xff\xfc" + ecr()[4:]).does()


def broken(book: Playbook, connection: int, octets: bytes) -> Playbook:
    return book._happens(book.node.broken(connection, octets, 1.0))


def test_a_request_on_which_we_failed_is_5012() -> None:
    broken(two(), 1, ecr()).does("1: ECA 5012", "1: refused 5012").receives(1, ecr()).does(
        "1: deliver"
    )


@pytest.mark.parametrize("octets", [b"", ecr()[:19], ecr(flags=0x40), b"\2" + ecr()[1:]])
def test_what_is_no_request_is_not_answered_when_we_fail(octets: bytes) -> None:
    broken(two(), 1, octets).does()


def test_nothing_is_sent_on_a_connection_that_is_gone_when_we_fail() -> None:
    gone = two().loses(1).does("note connection_lost", "1: mme1 CLOSED")
    broken(gone, 1, ecr()).does()


# Nothing but pycrate decodes


@pytest.fixture
def no_decoder(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise PycrateErr("made to fail")

    monkeypatch.setattr(DiameterGeneric, "from_bytes", fail)


PROXIES = {"proxies": proxy_info("dra1.example.net", b"1") + proxy_info("dra2.example.net", b"2")}


@pytest.mark.parametrize(
    ("octets", "answer"),
    [(ecr(PROXIES), "ECA 5012"), (dwr(PROXIES), "DWA 5012"), (dpr(0, PROXIES), "DPA 5012")],
)
def test_without_a_decoder_every_request_gets_its_error(
    octets: bytes, answer: str, request: pytest.FixtureRequest
) -> None:
    book = two()
    request.getfixturevalue("no_decoder")
    book.receives(1, octets).does(f"1: {answer} unordered", "1: refused 5012")
    (said,) = sent(book.effects[:1])
    asked = parse(octets)
    assert said.every(284) == asked.every(284)
    assert said.every(263) == asked.every(263)
    assert said.header.hop_by_hop == asked.header.hop_by_hop


@pytest.mark.usefixtures("no_decoder")
@pytest.mark.parametrize("changes", [NO_CHANGES, PROXIES])
def test_without_a_decoder_nobody_comes_in(changes: Changes) -> None:
    (
        arrived(KNOWN)
        .receives(1, cer(changes))
        .does("1: CEA 5012", "1: refused 5012", "1: close", "1: CLOSED")
    )  # fmt: skip


def test_a_stranger_is_told_so_before_anything_else_of_its_cer_is_read(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def decode(octets: bytes) -> None:
        raise AssertionError(f"{len(octets)} octets of a stranger were decoded")

    monkeypatch.setattr("protocols.diameter.node.decode", decode)
    (
        arrived(KNOWN)
        .receives(1, cer(origin(AMF)))
        .does("1: CEA 3010 E", "1: refused 3010", "1: close", "1: CLOSED")
    )  # fmt: skip


def machine(local: Local = LOCAL) -> NodeMachine:
    return NodeMachine(local, [KNOWN], random=lambda: 0.5)


def test_a_refused_visitor_leaves_nothing_behind() -> None:
    visited = machine(OPEN_TO_ALL)
    visited.accepted(1, local=("192.0.2.1",), remote="192.0.2.9", now=0.0)
    visited.receive(1, cer(origin(AMF) | {"application": number(258, 16777251)}), 0.0)
    assert not visited._visitors
    assert not visited._timers._armed


def test_not_everybody_may_keep_silent_at_a_time() -> None:
    crowded = machine()
    for connection in range(MAX_ARRIVALS):
        crowded.accepted(connection, local=("192.0.2.1",), remote="192.0.2.9", now=0.0)
    last = crowded.accepted(1001, local=("192.0.2.1",), remote="192.0.2.9", now=0.0)
    assert Close(1001) in last
    crowded.lost(0, "closed", 1.0)
    again = crowded.accepted(1002, local=("192.0.2.1",), remote="192.0.2.9", now=1.0)
    assert Close(1002) not in again


@pytest.mark.spec("RFC 6733", "7.1.3")
def test_a_request_too_many_is_refused_where_requests_may_come() -> None:
    open_ = machine()
    open_.accepted(1, local=("192.0.2.1",), remote="192.0.2.9", now=0.0)
    open_.receive(1, cer(), 0.0)
    assert [say(effect) for effect in open_.shed(1, ecr(), 1.0)] == [
        "1: ECA 3004 E",
        "1: refused 3004",
    ]


def test_a_request_too_many_on_a_connection_without_a_peer_is_as_wrong_as_any() -> None:
    strange = machine()
    strange.accepted(1, local=("192.0.2.1",), remote="192.0.2.9", now=0.0)
    assert [say(effect) for effect in strange.shed(1, ecr(), 0.0)] == [
        "note no_cer",
        "1: close",
        "1: CLOSED",
    ]
    assert strange.shed(2, ecr(), 0.0) == []


def test_only_checks_have_a_priority() -> None:
    asked = machine()
    asked.accepted(1, local=("192.0.2.1",), remote="192.0.2.9", now=0.0)
    assert asked.priority_of(1, ecr()) is None  # it has not said who it is
    asked.receive(1, cer(), 0.0)
    priorities = [asked.priority_of(1, each) for each in (ecr(), dwr(), cer(), b"")]
    assert priorities == [10, None, None, None]
