"""A running server, asked over TCP by octets that none of its code wrote."""

import itertools
import random
import socket
import struct
from collections.abc import Iterator
from pathlib import Path

import pytest

from eir.lists.names import ListName
from tests.harness import (
    CER,
    DWR,
    ECR,
    MME,
    PEER,
    PERMITTED,
    PROHIBITED,
    UNABLE_TO_COMPLY,
    Client,
    Node,
    avp,
    cer,
    ecr,
    identity,
    load_list,
    message,
    serving,
)

LISTED, UNLISTED = "35609101685355", "49015420323751"
UNSAID = b"\x01\x00\x00\x17"  # the first octets of a message whose length cannot be right


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    directory = tmp_path_factory.mktemp("node")
    load_list(directory, ListName.PROHIBITED, LISTED)
    with serving(directory, f"max_message_octets = 4096\naccept_any_peer = true\n{PEER}") as node:
        yield node


@pytest.fixture(scope="module")
def numbers() -> Iterator[int]:
    return itertools.count()


@pytest.fixture
def mme(node: Node, numbers: Iterator[int]) -> Iterator[Client]:
    with node.connect() as client:
        client.open(f"mme{next(numbers)}.example.org")
        yield client


def test_a_listed_equipment_is_prohibited_and_another_is_not(mme: Client) -> None:
    assert mme.check(LISTED).status == PROHIBITED
    assert mme.check(UNLISTED).status == PERMITTED


def test_sixty_four_requests_in_one_segment_get_sixty_four_answers_in_order(mme: Client) -> None:
    mme.send(b"".join(ecr(UNLISTED, number=number) for number in range(64)))
    answers = [mme.receive() for _ in range(64)]
    assert [answer.number for answer in answers] == list(range(64))
    assert {answer.command for answer in answers} == {ECR}


def test_a_request_that_comes_octet_by_octet_is_answered(mme: Client) -> None:
    mme.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    for octet in ecr(LISTED):
        mme.send(bytes([octet]))
    assert mme.receive().status == PROHIBITED


def test_a_request_is_answered_after_the_peer_has_nothing_more_to_say(mme: Client) -> None:
    mme.send(b"".join(ecr(UNLISTED, number=number) for number in range(40)))
    mme.socket.shutdown(socket.SHUT_WR)
    assert [mme.receive().number for _ in range(40)] == list(range(40))


def test_a_watchdog_is_answered(mme: Client) -> None:
    mme.send(message(DWR, identity(), number=9))
    answer = mme.receive()
    assert (answer.command, answer.is_request, answer.number) == (DWR, False, 9)


def test_the_answer_to_a_cer_names_the_address_it_came_to(node: Node) -> None:
    with node.connect() as client:
        answer = client.open("address.example.org")
    assert answer.command == CER
    assert answer.avps[257] == b"\0\1" + socket.inet_aton("127.0.0.1")


@pytest.mark.parametrize("length", [0, 19, 23, 4100, 0xFFFFFF])
def test_a_length_that_cannot_be_right_closes_its_connection_and_no_other(
    node: Node, mme: Client, length: int
) -> None:
    with node.connect() as other:
        other.open("garbled.example.org")
        other.send(struct.pack("!I", 1 << 24 | length) + ecr(UNLISTED)[4:])
        assert other.is_closed()
    assert mme.check(LISTED).status == PROHIBITED


def test_requests_before_a_broken_stream_are_answered(node: Node) -> None:
    with node.connect() as client:
        client.open("late.example.org")
        client.send(b"".join(ecr(UNLISTED, number=number) for number in range(40)) + UNSAID * 8)
        assert [client.receive().number for _ in range(40)] == list(range(40))


def test_random_octets_on_one_connection_leave_another_alone(node: Node, mme: Client) -> None:
    chance = random.Random(6733)  # noqa: S311 - the same noise every time
    for _ in range(50):
        with node.connect() as other:
            if chance.random() < 0.5:
                other.send(cer("noise.example.org"))
            noise = bytearray(ecr(UNLISTED) if chance.random() < 0.7 else chance.randbytes(400))
            for _ in range(chance.randrange(1, 9)):
                noise[chance.randrange(len(noise))] = chance.randrange(256)
            other.send(bytes(noise))
    assert mme.check(LISTED).status == PROHIBITED
    assert node.metrics()["eir_internal_errors_total"] == 0


def test_a_deeply_nested_message_is_refused_and_the_next_one_answered(mme: Client) -> None:
    nested = avp(1402, UNLISTED, vendor=10415)
    for _ in range(150):
        nested = avp(1401, nested, vendor=10415)
    mme.send(ecr(UNLISTED, more=nested))
    assert mme.receive().result != UNABLE_TO_COMPLY
    assert mme.check(LISTED).status == PROHIBITED


def test_a_connection_is_counted_while_it_is_there(tmp_path: Path) -> None:
    with serving(tmp_path, PEER) as node:
        with node.connect() as client:
            client.open()
            assert node.metrics()['eir_connections{state="R_OPEN",transport="tcp"}'] == 1
        node.wait_for("connection_state", peer=MME, state="CLOSED")
        states = {name: n for name, n in node.metrics().items() if "eir_connections{" in name}
        assert set(states.values()) == {0}


def test_a_peer_that_never_reads_does_not_fill_the_memory(node: Node, mme: Client) -> None:
    def resident() -> int:
        (worker,) = node.workers()
        pages = int(Path(f"/proc/{worker}/statm").read_text().split()[1])
        return pages * 4096

    with node.connect() as deaf:
        deaf.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        deaf.open("deaf.example.org")
        deaf.socket.settimeout(2.0)
        before = resident()
        with pytest.raises(TimeoutError):  # the server stops reading
            deaf.send(ecr(UNLISTED) * 200_000)
        assert resident() - before < 8 << 20
    assert mme.check(LISTED).status == PROHIBITED


def test_only_addresses_of_peers_are_let_in(tmp_path: Path) -> None:
    elsewhere = f'[[diameter.peer]]\norigin_host = "{MME}"\naddresses = ["192.0.2.1"]\n'
    with serving(tmp_path, elsewhere) as node:
        with node.connect() as client:
            assert client.is_closed()
        node.wait_for("connection_refused", remote="127.0.0.1")
        assert node.metrics()['eir_refused_connections_total{transport="tcp"}'] == 1


def test_a_flood_of_refused_requests_is_a_few_lines(tmp_path: Path) -> None:
    with serving(tmp_path, PEER) as node, node.connect() as mme:
        mme.open()
        empty = message(ECR, avp(263, "x"), avp(277, 1), identity(), application=16777252)
        mme.send(empty * 100)
        answers = [mme.receive().result for _ in range(100)]
        assert len(answers) == 100
        refused = sum(
            value for name, value in node.metrics().items() if name.startswith("eir_refusals")
        )
        assert refused == 100
        node.stop()
        assert 1 <= sum(line["event"] == "request_refused" for line in node.lines) <= 6
