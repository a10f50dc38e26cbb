"""Associations over the kernel's SCTP that one worker takes and another one goes on with."""

import socket
import struct
from collections.abc import Iterator

import pytest

from tests.harness import PATIENCE, PROHIBITED, SUCCESS, Client, Node, cer, ecr
from tests.integration.test_serve_map_sctp import CONFIG as MAP
from tests.integration.test_serve_map_sctp import QUESTION, await_kind, send
from tests.integration.test_serve_sctp import (
    EVENTS,
    GET_PEER_ADDRS,
    LISTEN,
    NODELAY,
    SCTP,
    associate,
    send_with,
)
from tests.integration.test_serve_workers import (
    HANDED_OVER,
    LISTED,
    MMES,
    PEERS,
    UNLISTED,
    only,
    serving_by,
    wait_until,
)
from tests.integration.test_trace import tracing
from tools.ss7_m3ua import Kind, message

pytestmark = pytest.mark.sctp


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    with serving_by(2, tmp_path_factory.mktemp("node"), f"{LISTEN}{PEERS}{MAP}") as node:
        yield node


def associate_by(node: Node, number: int, *messages: bytes) -> Client:
    """Let this worker take an association, read these, and hand it over."""
    with only(node, number):
        before = node.metrics()[HANDED_OVER]
        client = associate(node)
        for octets in messages:
            client.send(octets)
        wait_until(lambda: node.metrics()[HANDED_OVER] > before)
    return client


@pytest.mark.parametrize(("accepts", "host"), [(0, MMES[1]), (1, MMES[0])])
def test_an_association_goes_on_with_the_worker_of_its_peer(
    node: Node, accepts: int, host: str
) -> None:
    with associate_by(node, accepts, cer(host), ecr(LISTED, number=7)) as mme:
        answer = mme.receive()
        assert answer.result == SUCCESS
        assert b"\0\1" + socket.inet_aton("127.0.0.2") in answer.octets
        answer = mme.receive()
        assert (answer.number, answer.status) == (7, PROHIBITED)
        for number in range(20):
            mme.send(ecr(UNLISTED, number=number))
        assert sorted(mme.receive().number for _ in range(20)) == list(range(20))
        peers = mme.socket.getsockopt(SCTP, GET_PEER_ADDRS, 8 + 2 * 16)
        assert struct.unpack_from("=iI", peers)[1] == 2
    node.wait_for("connection_state", peer=host, state="CLOSED", worker=1 - accepts)


def test_what_was_read_before_is_traced_with_its_stream(node: Node) -> None:
    with tracing(node, "peer", MMES[1]) as prompt:
        with only(node, 0):
            before = node.metrics()[HANDED_OVER]
            mme = associate(node)
            for stream, octets in enumerate((cer(MMES[1]), ecr(LISTED)), start=2):
                send_with(mme, octets, stream=stream, ppid=46)
            wait_until(lambda: node.metrics()[HANDED_OVER] > before)
        with mme:
            came = [prompt.exchange()["messages"][0] for _ in range(2)]
    assert [(each["way"], each["stream"], each["ppid"]) for each in came] == [
        ("in", 2, 46),
        ("in", 3, 46),
    ]


def test_an_association_of_m3ua_goes_on_with_the_worker_of_its_address(node: Node) -> None:
    before = node.metrics()[HANDED_OVER]
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM, SCTP) as msc:
        msc.settimeout(PATIENCE)
        msc.setsockopt(SCTP, NODELAY, 1)
        with only(node, 1):  # this address is of worker 0
            msc.connect(node.address("m3ua-sctp"))
            wait_until(lambda: node.metrics()[HANDED_OVER] > before)
        msc.setsockopt(SCTP, EVENTS, b"\1")  # data_io: tell stream and PPID
        send(msc, message(Kind.ASP_UP))
        await_kind(msc, Kind.ASP_UP_ACK)
        send(msc, message(Kind.ASP_ACTIVE))
        await_kind(msc, Kind.ASP_ACTIVE_ACK)
        for _ in range(5):
            send(msc, QUESTION, stream=1)
            _, stream, ppid = await_kind(msc, Kind.DATA)
            assert (stream > 0, ppid) == (True, 3)
