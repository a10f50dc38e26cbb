"""MAP by several workers: associations, dialogues and segments come to whose they are."""

import contextlib
import json
import os
import select
import signal
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.harness import PATIENCE, PEER, Node
from tests.integration.test_serve_map_tcp import (
    ACTIVE,
    ACTIVE_ACK,
    CONTEXT,
    DATA,
    LISTENING,
    NOTIFY,
    SS7,
    UP,
    UP_ACK,
    VECTORS,
    Peer,
    connect,
    message,
)
from tests.integration.test_serve_workers import HANDED_OVER, only, serving_by, wait_until
from tests.protocols.sccp.messages import UDT, segments
from tests.protocols.sccp.messages import message as sccp
from tests.protocols.ss7_octets import user_data, with_user_data
from tests.protocols.test_passing import CHECK, EMPTY_BEGIN, going_on, tcap_of

QUESTION = VECTORS["jss7_v3_begin"].octets
ASPS = (7, 8)  # of the workers 0 and 1
PASSED_ON = 'eir_handovers_total{what="message"}'


def rows(node: Node, kind: str) -> list[dict[str, str]]:
    return [row for row in json.loads(node.page("/links")[1]) if row["kind"] == kind]


def test_all_associations_of_one_application_server_come_to_one_worker(tmp_path: Path) -> None:
    with serving_by(2, tmp_path, LISTENING) as node, contextlib.ExitStack() as stack:
        with only(node, 1):
            mscs = [stack.enter_context(connect(node)) for _ in range(2)]
            wait_until(lambda: node.metrics()[HANDED_OVER] == 2)
        mscs.append(stack.enter_context(connect(node)))
        for msc in mscs:
            msc.open()
        for msc in mscs:
            assert b"\x0a\x01\x01" in msc.ask(QUESTION)
        wait_until(lambda: len(rows(node, "connection")) == 3)
        assert [row["state"] for row in rows(node, "as")] == ["AS_ACTIVE"]


class Gateway:
    """A signalling gateway over TCP that takes the associations of all our ASPs."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.settimeout(PATIENCE)
        self.text = f"""{PEER}{SS7}
asps = [{{ identifier = {ASPS[0]} }}, {{ identifier = {ASPS[1]} }}]
[[m3ua.gateway]]
name = "stp1"
addresses = ["127.0.0.1"]
port = {self._listener.getsockname()[1]}
transport = "tcp"
routing_context = 100
"""

    def accept(self) -> tuple[int, Peer]:
        """Let the next of our ASPs become active; tell which it is."""
        peer = Peer(self._listener.accept()[0])
        kind, octets = peer.receive()
        assert kind == UP
        peer.send(message(UP_ACK))
        assert peer.receive()[0] == ACTIVE
        peer.send(message(ACTIVE_ACK, CONTEXT))
        return octets[-1], peer

    def close(self) -> None:
        self._listener.close()


@pytest.fixture
def gateway() -> Iterator[Gateway]:
    with contextlib.closing(Gateway()) as gateway:
        yield gateway


@pytest.fixture
def node(tmp_path: Path, gateway: Gateway) -> Iterator[Node]:
    with serving_by(2, tmp_path, gateway.text) as node:
        yield node


@pytest.fixture
def asps(node: Node, gateway: Gateway) -> Iterator[dict[int, Peer]]:
    """Give the gateway's end of each ASP's association."""
    with contextlib.ExitStack() as stack:
        asps = dict(gateway.accept() for _ in ASPS)
        for peer in asps.values():
            stack.enter_context(peer)
        for name in (f"stp1/{asp}" for asp in ASPS):
            wait_until(lambda name=name: (name, "ASP_ACTIVE") in states(node))  # type: ignore[misc]
        yield asps


def states(node: Node) -> set[tuple[str, str]]:
    return {(row["name"], row["state"]) for row in rows(node, "asp")}


def test_each_asp_has_an_association_and_answers_by_it(asps: dict[int, Peer]) -> None:
    for peer in asps.values():
        assert b"\x0a\x01\x01" in peer.ask(QUESTION)


def test_a_dialogue_goes_on_by_whichever_association(node: Node, asps: dict[int, Peer]) -> None:
    agreed = user_data(asps[7].ask(with_user_data(sccp(UDT, data=EMPTY_BEGIN))))
    assert tcap_of(agreed) == "CONTINUE"
    asps[8].send(with_user_data(sccp(UDT, data=going_on(agreed))))
    kind, answer = asps[7].receive(NOTIFY)
    assert (kind, tcap_of(user_data(answer))) == (DATA, "END")
    assert node.metrics()[PASSED_ON] == 1


def test_a_message_whose_segments_take_two_ways_is_answered_once(
    node: Node, asps: dict[int, Peer]
) -> None:
    for reference in range(8):  # some of them of either worker
        first, second = segments(CHECK, 2, reference=reference)
        asps[7].send(with_user_data(first) + QUESTION)
        assert tcap_of(user_data(asps[7].receive(NOTIFY)[1])) == "END"  # so the first was taken
        asps[8].send(with_user_data(second))
        ready, _, _ = select.select([asps[7].socket, asps[8].socket], [], [], PATIENCE)
        (answering,) = (peer for peer in asps.values() if peer.socket in ready)
        assert tcap_of(user_data(answering.receive(NOTIFY)[1])) == "END"
    assert node.metrics()[PASSED_ON] == 8  # of each message one segment


def test_an_asp_goes_on_while_the_worker_of_another_is_started_again(
    node: Node, gateway: Gateway, asps: dict[int, Peer]
) -> None:
    os.kill(node.workers()[0], signal.SIGKILL)
    assert asps[7].is_closed()
    assert b"\x0a\x01\x01" in asps[8].ask(QUESTION)
    identifier, again = gateway.accept()
    with again:
        assert identifier == 7
        assert b"\x0a\x01\x01" in again.ask(QUESTION)
    assert b"\x0a\x01\x01" in asps[8].ask(QUESTION)
