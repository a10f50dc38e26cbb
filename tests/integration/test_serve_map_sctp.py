"""A running server that speaks M3UA over the kernel's SCTP: streams, addresses, ends."""

import contextlib
import socket
import struct
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.harness import PATIENCE, Node, serving
from tests.vectors import load
from tools.ss7_m3ua import Kind, Message, Tag, message, parse

pytestmark = pytest.mark.sctp

SCTP = socket.IPPROTO_SCTP
SNDRCV, NODELAY, EVENTS, GET_PEER_ADDRS = 1, 3, 11, 108
INFO = struct.Struct("=HHHxxIIIIIi")  # stream, ssn, flags, ppid, context, ttl, tsn, cumtsn, assoc
INVALID_STREAM = 9  # RFC 4666 §3.8.1
(QUESTION,) = (vector.octets for vector in load("map") if vector.name == "jss7_v3_begin")
SLS_AT = 31  # the last octet before SCCP, behind a routing context

# jSS7's MSC asks point code 20 in the network 0.
CONFIG = """
[m3ua]
enabled = true
point_code = "20"
network_indicator = 0
listen_sctp = ["127.0.0.1,127.0.0.2:0"]
accept_any_peer = true
"""


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    with serving(tmp_path_factory.mktemp("node"), CONFIG) as node:
        yield node


@contextlib.contextmanager
def associated(node: Node) -> Iterator[socket.socket]:
    """Bring an association up, as far as data may be sent."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM, SCTP) as msc:
        msc.settimeout(PATIENCE)
        msc.setsockopt(SCTP, NODELAY, 1)
        msc.connect(node.address("m3ua-sctp"))
        msc.setsockopt(SCTP, EVENTS, b"\1")  # data_io: tell stream and PPID
        send(msc, message(Kind.ASP_UP))
        await_kind(msc, Kind.ASP_UP_ACK)
        send(msc, message(Kind.ASP_ACTIVE))
        await_kind(msc, Kind.ASP_ACTIVE_ACK)
        yield msc


def send(msc: socket.socket, octets: bytes, *, stream: int = 0, ppid: int = 3) -> None:
    info = INFO.pack(stream, 0, 0, socket.htonl(ppid), 0, 0, 0, 0, 0)
    msc.sendmsg([octets], [(SCTP, SNDRCV, info)])


def await_kind(msc: socket.socket, kind: Kind) -> tuple[Message, int, int]:
    """Wait for a message of this kind; return it with its stream and its PPID."""
    while True:
        octets, ((_, _, info),), flags, _ = msc.recvmsg(65536, 64)
        assert flags & socket.MSG_EOR
        received = parse(octets)
        if received.kind == kind:
            stream, _, _, ppid, *_ = INFO.unpack(info)
            return received, stream, socket.ntohl(ppid)


def question(sls: int) -> bytes:
    return QUESTION[:SLS_AT] + bytes([sls]) + QUESTION[SLS_AT + 1 :]


def test_the_recorded_question_of_another_stack_is_answered(node: Node) -> None:
    with associated(node) as msc:
        send(msc, QUESTION, stream=1)
        answer, _, ppid = await_kind(msc, Kind.DATA)
    assert ppid == 3
    data = answer.first(Tag.PROTOCOL_DATA)
    assert data is not None
    assert data.value[:12] == bytes.fromhex("00000014 0000000a 03000001")
    assert data.value.endswith(bytes.fromhex("3003 0a0100"))  # permitted


@pytest.mark.spec("RFC 4666", "1.4.7")
def test_data_on_stream_0_are_refused_and_the_association_stays(node: Node) -> None:
    with associated(node) as msc:
        send(msc, QUESTION, stream=0)
        refusal, _, _ = await_kind(msc, Kind.ERROR)
        code = refusal.first(Tag.ERROR_CODE)
        assert code is not None
        assert code.number == INVALID_STREAM
        send(msc, QUESTION, stream=1)
        await_kind(msc, Kind.DATA)


def test_data_on_stream_0_are_taken_where_the_operator_says_so(tmp_path: Path) -> None:
    with serving(tmp_path, f"{CONFIG}lenient_stream = true\n") as node, associated(node) as msc:
        send(msc, QUESTION, stream=0)
        _, stream, _ = await_kind(msc, Kind.DATA)
    assert stream > 0


@pytest.mark.spec("RFC 4666", "1.4.7")
def test_answers_that_share_an_sls_share_a_stream_that_is_not_0(node: Node) -> None:
    streams: dict[int, set[int]] = {}
    with associated(node) as msc:
        for sls in (0, 1, 2, 0, 1, 2):
            send(msc, question(sls), stream=1)
            _, stream, _ = await_kind(msc, Kind.DATA)
            streams.setdefault(sls, set()).add(stream)
    assert [len(each) for each in streams.values()] == [1, 1, 1]
    assert len(set.union(*streams.values())) == 3
    assert 0 not in set.union(*streams.values())


def test_any_ppid_is_taken(node: Node) -> None:
    with associated(node) as msc:
        send(msc, QUESTION, stream=1, ppid=0)
        await_kind(msc, Kind.DATA)


def test_every_address_that_it_listens_on_is_in_the_association(node: Node) -> None:
    with associated(node) as msc:
        peers = msc.getsockopt(SCTP, GET_PEER_ADDRS, 8 + 2 * 16)
    assert struct.unpack_from("=iI", peers)[1] == 2


def test_many_questions_are_answered_each_once_and_in_the_order_of_their_sls(node: Node) -> None:
    count = 100
    mark = QUESTION.index(bytes.fromhex("4804")) + 2
    with associated(node) as msc:
        for number in range(count):
            octets = QUESTION[:mark] + number.to_bytes(4, "big") + QUESTION[mark + 4 :]
            send(msc, octets, stream=1)
        answered = []
        for _ in range(count):
            answer, _, _ = await_kind(msc, Kind.DATA)
            data = answer.first(Tag.PROTOCOL_DATA)
            assert data is not None
            at = data.value.index(bytes.fromhex("4904")) + 2
            answered.append(int.from_bytes(data.value[at : at + 4], "big"))
    assert answered == list(range(count))


def test_an_aborted_association_is_over_at_once(node: Node) -> None:
    with associated(node) as msc:
        remote = msc.getsockname()[0]
        msc.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    node.wait_for("association_lost", peer=remote)
    with associated(node) as msc:
        send(msc, QUESTION, stream=1)
        await_kind(msc, Kind.DATA)


def test_a_message_above_the_limit_ends_its_association_and_no_other(node: Node) -> None:
    with associated(node) as msc, associated(node) as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 20)
        send(other, bytes(70_000), stream=1)
        with contextlib.suppress(ConnectionError):
            while other.recv(65536):
                pass
        send(msc, QUESTION, stream=1)
        await_kind(msc, Kind.DATA)


def test_a_stop_takes_leave(tmp_path: Path) -> None:
    with serving(tmp_path, CONFIG) as node, associated(node) as msc:
        node.process.terminate()
        with contextlib.suppress(ConnectionError):
            while msc.recv(65536):
                pass
        assert node.wait() == 0
