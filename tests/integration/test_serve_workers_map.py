"""MAP by several workers: associations, dialogues and segments come to whose they are."""

import contextlib
import json
import os
import select
import signal
import socket
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.harness import PATIENCE, PEER, Node
from tests.integration.test_serve_map_tcp import (
    ACTIVE,
    ACTIVE_ACK,
    BEAT,
    BEAT_ACK,
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
from tests.integration.test_serve_workers import (
    HANDED_OVER,
    LISTED,
    only,
    serving_by,
    wait_until,
)
from tests.integration.test_trace import tracing
from tests.protocols.sccp.messages import UDT, segments
from tests.protocols.sccp.messages import message as sccp
from tests.protocols.ss7_octets import user_data, with_user_data
from tests.protocols.tcap.octets import IMEI, tlv
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
        assert peer.receive(UP)[0] == ACTIVE  # it may have asked again meanwhile
        peer.send(message(ACTIVE_ACK, CONTEXT))
        return octets[-1], peer

    def close(self) -> None:
        self._listener.close()


def become_active(node: Node, asps: dict[int, Peer]) -> None:
    """Wait until all are active, and drop what they asked again because we were slow to answer."""
    for asp in asps:
        wait_until(partial(_is_active, node, f"stp1/{asp}"))
    beat(asps)


def beat(asps: dict[int, Peer]) -> None:
    """Let each worker go round its loop; drop what it said before."""
    for peer in asps.values():
        for _ in range(2):
            peer.send(message(BEAT))
            while peer.receive()[0] != BEAT_ACK:
                pass


def _is_active(node: Node, name: str) -> bool:
    return any((row["name"], row["state"]) == (name, "ASP_ACTIVE") for row in rows(node, "asp"))


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
        become_active(node, asps)
        yield asps


def test_each_asp_has_an_association_and_answers_by_it(asps: dict[int, Peer]) -> None:
    for peer in asps.values():
        assert b"\x0a\x01\x01" in peer.ask(QUESTION)


def test_a_dialogue_goes_on_by_whichever_association(node: Node, asps: dict[int, Peer]) -> None:
    agreed = user_data(asps[7].ask(with_user_data(sccp(UDT, data=EMPTY_BEGIN))))
    assert tcap_of(agreed) == "CONTINUE"
    asps[8].send(with_user_data(sccp(UDT, data=going_on(agreed))))
    kind, answer = asps[7].receive(NOTIFY)
    assert (kind, tcap_of(user_data(answer))) == (DATA, "END")
    metrics = node.metrics()
    assert metrics[PASSED_ON] == 1
    asked = [metrics[f'eir_checks_received_total{{interface="map",peer="stp1/{n}"}}'] for n in ASPS]
    assert asked == [0, 1]  # by whom it came, not by whom the dialogue was begun


def came_by(exchange: dict[str, Any]) -> list[tuple[int, str, str]]:
    """Say of each message which worker had it, which way it went, and what it is."""
    return [
        (exchange["worker"], each["way"], tcap_of(user_data(bytes.fromhex(each["hex"]))))
        for each in exchange["messages"]
    ]


def test_a_dialogue_of_two_workers_is_traced_as_one(node: Node, asps: dict[int, Peer]) -> None:
    argument = tlv("30", IMEI, bytes.fromhex("03020680"))  # of version 3
    with tracing(node, "imei", LISTED) as prompt:
        beat(asps)  # so the workers trace
        agreed = user_data(asps[7].ask(with_user_data(sccp(UDT, data=EMPTY_BEGIN))))
        asps[8].send(with_user_data(sccp(UDT, data=going_on(agreed, argument))))
        asps[7].receive(NOTIFY)
        told = [prompt.exchange() for _ in range(3)]
    assert [came_by(each) for each in told] == [
        [(0, "in", "BEGIN"), (0, "out", "CONTINUE")],
        [(1, "in", "CONTINUE")],
        [(0, "out", "END")],
    ]
    assert [(each["peer"], each["path"]) for each in told] == [
        ("stp1/7", "slow"),
        ("stp1/8", "slow"),
        ("stp1/7", "passed"),
    ]
    assert told[1]["notes"] == ["Unitdata passed on to worker 0"]
    assert [each["status"] for exchange in told for each in exchange["records"]] == ["prohibited"]
    times = [each["at_ns"] for each in told]
    assert times == sorted(times)


def test_segments_that_take_two_ways_are_traced_as_one_message(
    node: Node, asps: dict[int, Peer]
) -> None:
    with tracing(node, "imei", LISTED[:8]) as prompt:
        beat(asps)  # so the workers trace
        for reference in range(8):  # some of them of either worker
            first, second = (
                with_user_data(each) for each in segments(CHECK, 2, reference=reference)
            )
            asps[7].send(first)
            beat(asps)  # so the first was taken
            asps[8].send(second)
            told: list[str] = []
            while len(told) < 3:
                told += [each["hex"] for each in prompt.exchange()["messages"]]
            assert told[:2] == [first.hex(), second.hex()]


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
