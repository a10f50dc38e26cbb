"""A running server of several workers: what is of one of them comes to it, whoever takes it."""

import json
import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from eir.lists.names import ListName
from tests.harness import (
    DPR,
    DWR,
    PATIENCE,
    PERMITTED,
    PROHIBITED,
    REALM,
    SUCCESS,
    Client,
    Node,
    Received,
    cer,
    ecr,
    load_list,
    serving,
)

LISTED, UNLISTED = "35209900000001", "35209900000002"
MMES = [f"mme{number}.{REALM}" for number in range(1, 5)]  # of the workers 0, 1, 0, 1
PEERS = "".join(f'[[diameter.peer]]\norigin_host = "{host}"\n' for host in MMES)
ELECTION_LOST = 4003


@contextmanager
def serving_by(workers: int, directory: Path, text: str = PEERS) -> Iterator[Node]:
    """Serve by so many workers; all of them are ready when the block begins."""
    load_list(directory, ListName.PROHIBITED, LISTED)
    with serving(directory, f"{text}[server]\nworkers = {workers}\n") as node:
        for _ in range(workers - 1):
            node.wait_for("ready")
        yield node


@pytest.fixture
def node(tmp_path: Path) -> Iterator[Node]:
    with serving_by(2, tmp_path) as node:
        yield node


@contextmanager
def only(node: Node, number: int) -> Iterator[None]:
    """Let one worker take all connections that come; the others go on when the block ends."""
    others = [pid for place, pid in enumerate(node.workers()) if place != number]
    for pid in others:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in others:
            os.kill(pid, signal.SIGCONT)


def connect_by(node: Node, number: int, octets: bytes) -> Client:
    """Connect, and let this worker take the connection, read this, and hand it over."""
    with only(node, number):
        before = node.metrics()[HANDED_OVER]
        client = node.connect()
        client.send(octets)
        wait_until(lambda: node.metrics()[HANDED_OVER] > before)
    return client


def wait_until(is_true: Callable[[], bool]) -> None:
    until = time.monotonic() + PATIENCE
    while not is_true():
        assert time.monotonic() < until


HANDED_OVER = 'eir_handovers_total{what="connection"}'


def next_request(client: Client) -> Received:
    """Read one message as it comes, a watchdog too."""
    head = client._stream.read(20)
    return Received(head + client._stream.read(int.from_bytes(head[1:4], "big") - 20))


@pytest.mark.parametrize(("accepts", "host"), [(0, MMES[1]), (1, MMES[0])])
def test_a_connection_goes_on_with_the_worker_of_its_peer(
    node: Node, accepts: int, host: str
) -> None:
    first = cer(host) + ecr(LISTED, number=7) + ecr(UNLISTED, number=8)[:50]
    with connect_by(node, accepts, first) as mme:
        assert mme.receive().result == SUCCESS
        answer = mme.receive()
        assert (answer.number, answer.status) == (7, PROHIBITED)
        mme.send(ecr(UNLISTED, number=8)[50:])
        answer = mme.receive()
        assert (answer.number, answer.status) == (8, PERMITTED)
        assert node.metrics()['eir_connections{state="R_OPEN",transport="tcp"}'] == 1
        node.wait_for("connection_state", peer=host, state="R_OPEN", worker=1 - accepts)


def test_all_peers_are_served_wherever_they_arrive(node: Node) -> None:
    clients = [node.connect() for _ in MMES]
    for client, host in zip(clients, MMES, strict=True):
        client.open(host)
    for client in clients:
        assert client.check(LISTED).status == PROHIBITED
    wait_until(lambda: {row["state"] for row in rows(node, "peer")} == {"R_OPEN"})
    assert [row["name"] for row in rows(node, "peer")] == MMES
    for client in clients:
        client.close()


def rows(node: Node, kind: str) -> list[dict[str, str]]:
    return [row for row in json.loads(node.page("/links")[1]) if row["kind"] == kind]


@pytest.mark.parametrize("accepts", [0, 1])
def test_a_second_connection_is_refused_while_the_first_one_lives(node: Node, accepts: int) -> None:
    with node.connect() as first:
        first.open(MMES[0])
        second = node.connect() if accepts == 0 else connect_by(node, 1, cer(MMES[0]))
        with second:
            if accepts == 0:
                second.send(cer(MMES[0]))
            watchdog = next_request(first)
            assert (watchdog.command, watchdog.is_request) == (DWR, True)
            first.agree(watchdog)
            assert second.receive().result == ELECTION_LOST
            assert second.is_closed()
        assert first.check(LISTED).status == PROHIBITED


def test_a_second_connection_takes_the_place_of_one_that_is_dead(node: Node) -> None:
    with node.connect() as first:
        first.open(MMES[0])
        with connect_by(node, 1, cer(MMES[0])) as second:
            assert second.receive().result == SUCCESS  # the first one answered no watchdog
            assert second.check(LISTED).status == PROHIBITED
        assert first.is_closed()


def test_a_worker_that_is_killed_costs_its_own_connections_only(node: Node) -> None:
    with node.connect() as lost, node.connect() as kept:
        lost.open(MMES[0])
        kept.open(MMES[1])
        os.kill(node.workers()[0], signal.SIGKILL)
        assert lost.is_closed()
        assert kept.check(LISTED).status == PROHIBITED
        node.wait_for("worker_died", worker=0)
        node.wait_for("ready", worker=0)
        with node.connect() as again:
            again.open(MMES[0])
            assert again.check(LISTED).status == PROHIBITED
        assert kept.check(UNLISTED).status == PERMITTED
        metrics, prohibited = node.metrics(), node.checks("s13", "prohibited")
    assert metrics['eir_worker_restarts_total{worker="0"}'] == 1
    assert metrics['eir_worker_restarts_total{worker="1"}'] == 0
    assert prohibited == 2


def test_a_connection_of_a_worker_that_is_down_waits_for_the_next_one(node: Node) -> None:
    number, pid = 0, node.workers()[0]
    os.kill(pid, signal.SIGSTOP)
    client = node.connect()
    client.send(cer(MMES[0]))
    wait_until(lambda: node.metrics()[HANDED_OVER] == 1)
    os.kill(pid, signal.SIGKILL)
    node.wait_for("worker_died", worker=number)
    with client:
        assert client.receive().result == SUCCESS
        assert client.check(LISTED).status == PROHIBITED


def test_one_worker_that_is_down_is_a_note_and_the_node_is_ready(node: Node) -> None:
    os.kill(node.workers()[1], signal.SIGSTOP)
    node.wait_for("worker_killed", worker=1)
    node.wait_for("worker_died", worker=1)
    with only(node, 0):  # the next one starts no faster
        pass
    status, text = node.page("/readyz")
    assert (status, text.startswith("ready\n")) == (200, True)


def test_a_store_that_killed_one_worker_is_left_by_the_others_until_it_was_verified(
    node: Node,
) -> None:
    first, second = node.workers()
    with node.connect() as mme:
        mme.open(MMES[1])
        os.kill(first, signal.SIGBUS)
        node.wait_for("alarm_raised", alarm="store_unreadable")
        assert mme.check(LISTED).status in (PERMITTED, PROHIBITED)  # [decision] on_failure, or yet
        node.wait_for("store_verified", whole=True)
        node.wait_for("alarm_cleared", alarm="store_unreadable")
        assert mme.check(LISTED).status == PROHIBITED
    assert second in node.workers()


def test_a_stop_answers_everything_that_was_asked_of_any_worker(node: Node) -> None:
    clients = [node.connect() for _ in MMES]
    for client, host in zip(clients, MMES, strict=True):
        client.open(host)
        client.send(b"".join(ecr(UNLISTED, number=number) for number in range(20)))
        assert client.receive().number == 0
    node.process.terminate()
    for client in clients:
        received = [client.receive() for _ in range(20)]
        (leave,) = (each for each in received if each.command == DPR)
        client.agree(leave)
        assert [each.number for each in received if each is not leave] == list(range(1, 20))
        assert client.is_closed()
        client.close()
    assert node.wait() == 0


def test_a_visitor_has_one_worker_too(tmp_path: Path) -> None:
    with serving_by(3, tmp_path, "accept_any_peer = true\n") as node:
        for number in range(6):
            with node.connect() as first, node.connect() as second:
                host = f"visitor{number}.example.org"
                first.open(host)
                second.send(cer(host))
                first.agree(next_request(first))
                assert second.receive().result == ELECTION_LOST
