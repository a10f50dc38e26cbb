"""A running server, asked MAP over M3UA on TCP by octets that none of its code wrote."""

import contextlib
import json
import socket
import struct
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Self

import pytest

from eir.lists.names import ListName
from tests import vectors
from tests.eir.running import Shell
from tests.harness import MME, PATIENCE, PEER, Node, load_list, serving

LISTED = "35209900000001"  # jSS7's; what others ask about is on no list
VECTORS = {vector.name: vector for vector in vectors.load("map")}
ASKED = [vector for vector in VECTORS.values() if vector.type == "Begin"]

ERROR, NOTIFY, DATA, DUNA = 0x0000, 0x0001, 0x0101, 0x0201
UP, DOWN, UP_ACK, DOWN_ACK = 0x0301, 0x0302, 0x0304, 0x0305
ACTIVE, INACTIVE, ACTIVE_ACK, INACTIVE_ACK = 0x0401, 0x0402, 0x0403, 0x0404
BEAT, BEAT_ACK = 0x0303, 0x0306
CONTEXT = bytes.fromhex("0006 0008 00000064")  # Routing Context 100, as in every vector

# The vectors are of a network 0, asked by 10, answered by 20.
SS7 = """
[m3ua]
enabled = true
point_code = 20
network_indicator = 0
"""
LISTENING = f"""{PEER}{SS7}listen_tcp = ["127.0.0.1:0"]
max_message_octets = 4096
[[m3ua.peer]]
name = "msc1"
addresses = ["127.0.0.1"]
"""


def message(kind: int, body: bytes = b"") -> bytes:
    return struct.pack("!HHI", 0x0100, kind, 8 + len(body)) + body


class Peer:
    """The other end of an association over TCP; blocking, and patient for a while."""

    def __init__(self, sock: socket.socket) -> None:
        self.socket = sock
        self.socket.settimeout(PATIENCE)
        self._stream = sock.makefile("rb")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._stream.close()
        self.socket.close()

    def send(self, octets: bytes) -> None:
        self.socket.sendall(octets)

    def receive(self, *passing: int) -> tuple[int, bytes]:
        """Wait for one message, whole, and its kind; those of kinds in `passing` are dropped.

        Raises:
            EOFError: the other side closed instead.
        """
        while True:
            head = self._stream.read(8)
            if len(head) < 8:
                raise EOFError
            _, kind, length = struct.unpack("!HHI", head)
            octets = head + self._stream.read(length - 8)
            if kind not in passing:
                return kind, octets

    def open(self) -> None:
        """Become active, as an ASP does."""
        self.send(message(UP))
        assert self.receive(NOTIFY)[0] == UP_ACK
        self.send(message(ACTIVE, CONTEXT))
        assert self.receive(NOTIFY)[0] == ACTIVE_ACK

    def ask(self, octets: bytes) -> bytes:
        """Send one DATA, and wait for the one that answers it."""
        self.send(octets)
        kind, answer = self.receive(NOTIFY)
        assert kind == DATA
        return answer

    def is_closed(self) -> bool:
        """Wait until the other side closes; what it sends before is dropped."""
        with contextlib.suppress(EOFError, ConnectionResetError):
            while True:
                self.receive()
        return True


def connect(node: Node) -> Peer:
    return Peer(socket.create_connection(node.address("m3ua-tcp"), timeout=PATIENCE))


def numbered(octets: bytes, number: int) -> bytes:
    """Put another originating transaction id into a Begin."""
    start = octets.index(bytes.fromhex("4804")) + 2
    return octets[:start] + number.to_bytes(4, "big") + octets[start + 4 :]


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    directory = tmp_path_factory.mktemp("node")
    load_list(directory, ListName.PROHIBITED, LISTED)
    with serving(directory, LISTENING) as node:
        yield node


@pytest.fixture
def msc(node: Node) -> Iterator[Peer]:
    with connect(node) as peer:
        peer.open()
        yield peer


@pytest.mark.parametrize("asked", ASKED, ids=str)
def test_every_recorded_question_is_answered_in_its_dialogue(
    msc: Peer, asked: vectors.Vector
) -> None:
    answer = msc.ask(asked.octets)
    assert answer[8:16] == CONTEXT
    assert bytes.fromhex(f"4904{asked.meaning['originating_id']}") in answer
    status = 1 if str(asked.meaning["imei"]).startswith(LISTED) else 0
    assert bytes([0x0A, 1, status]) in answer


@pytest.mark.parametrize("version", ["v1", "v2", "v3", "v2_imsi"])
def test_an_answer_is_that_of_another_implementation(msc: Peer, version: str) -> None:
    recorded = VECTORS[f"jss7_{version}_end"].octets
    prohibited = recorded.replace(b"\x0a\x01\x00", b"\x0a\x01\x01")
    assert msc.ask(VECTORS[f"jss7_{version}_begin"].octets) == prohibited


def test_a_check_is_counted_and_remembered_as_one_of_map(node: Node, msc: Peer) -> None:
    def checks() -> float:
        scraped = node.metrics()
        return scraped['eir_checks_total{interface="map",peer="msc1",verdict="prohibited"}']

    before = checks()
    msc.ask(VECTORS["jss7_v3_begin"].octets)
    assert checks() == before + 1
    assert node.metrics()['eir_last_check_timestamp_seconds{interface="map"}'] > 0


def test_many_questions_in_one_segment_get_as_many_answers_in_order(msc: Peer) -> None:
    begin = VECTORS["jss7_v2_begin"].octets
    msc.send(b"".join(numbered(begin, number) for number in range(1, 41)))
    answers = [msc.receive(NOTIFY)[1] for _ in range(40)]
    for number, answer in enumerate(answers, start=1):
        assert b"\x49\x04" + number.to_bytes(4, "big") in answer


def test_a_question_that_comes_octet_by_octet_is_answered(msc: Peer) -> None:
    msc.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    for octet in VECTORS["jss7_v1_begin"].octets:
        msc.send(bytes([octet]))
    assert msc.receive(NOTIFY)[0] == DATA


def test_a_heartbeat_is_answered_with_what_it_carried(msc: Peer) -> None:
    data = bytes.fromhex("0009 0008 cafe0001")
    msc.send(message(BEAT, data))
    assert msc.receive(NOTIFY) == (BEAT_ACK, message(BEAT_ACK, data))


@pytest.mark.parametrize("length", [0, 7, 5000, 0xFFFFFFFF])
def test_a_length_that_cannot_be_right_closes_its_association_and_no_other(
    node: Node, msc: Peer, length: int
) -> None:
    with connect(node) as other:
        other.open()
        other.send(struct.pack("!HHI", 0x0100, DATA, length) + bytes(64))
        assert other.is_closed()
    assert b"\x0a\x01\x01" in msc.ask(VECTORS["jss7_v3_begin"].octets)


def test_a_message_that_gets_no_answer_is_counted_by_its_layer(node: Node, msc: Peer) -> None:
    name = 'eir_discarded_messages_total{layer="sccp"}'
    before = node.metrics()[name]
    begin = VECTORS["jss7_v2_begin"].octets
    cut = begin.replace(b"\x09\x01\x03\x07\x0b", b"\x63\x01\x03\x07\x0b")  # no such message
    assert cut != begin
    msc.send(cut)
    assert b"\x0a\x01\x01" in msc.ask(begin)
    assert node.metrics()[name] == before + 1


def test_a_refused_message_is_counted_by_its_layer_and_code(node: Node, msc: Peer) -> None:
    name = 'eir_refusals_total{code="UNSUPPORTED_MESSAGE_CLASS",layer="m3ua"}'
    before = node.metrics()[name]
    msc.send(message(0x0B01))
    kind, octets = msc.receive(NOTIFY)
    assert (kind, octets[8:16]) == (ERROR, bytes.fromhex("000c 0008 00000003"))
    assert node.metrics()[name] == before + 1


def test_links_show_who_asks_and_how_it_is(node: Node, msc: Peer) -> None:
    msc.ask(VECTORS["jss7_v3_begin"].octets)
    shell = Shell(node.config.parent)
    rows: dict[tuple[str, str], dict[str, str]] = {}
    while rows.get(("asp", "msc1"), {}).get("state") != "ASP_ACTIVE":  # news takes a moment
        shown = shell.eir("links", "--json")
        rows = {(row["kind"], row["name"]): row for row in json.loads(shown.stdout)}
    assert rows["connection", "msc1"]["remote"] == "127.0.0.1"
    assert rows["asp", "msc1"]["transport"] == "tcp"
    assert [row["state"] for row in rows.values() if row["kind"] == "as"] == ["AS_ACTIVE"]
    assert rows["peer", MME]["state"] == "DOWN"


def test_only_addresses_of_peers_are_let_in(tmp_path: Path) -> None:
    with serving(tmp_path, LISTENING.replace('127.0.0.1"]\n', '192.0.2.1"]\n')) as node:
        with connect(node) as stranger:
            assert stranger.is_closed()
        node.wait_for("connection_refused", remote="127.0.0.1")


class Gateway:
    """A signalling gateway over TCP: it accepts one association after the other."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.settimeout(PATIENCE)
        self.text = f"""{PEER}{SS7}
asps = [{{ identifier = 7 }}]
[[m3ua.gateway]]
name = "stp1"
addresses = ["127.0.0.1"]
port = {self._listener.getsockname()[1]}
transport = "tcp"
routing_context = 100
"""

    def accept(self) -> Peer:
        """Let our ASP become active."""
        peer = Peer(self._listener.accept()[0])
        assert peer.receive() == (UP, message(UP, bytes.fromhex("0011 0008 00000007")))
        peer.send(message(UP_ACK))
        kind, octets = peer.receive()
        assert (kind, CONTEXT in octets) == (ACTIVE, True)
        peer.send(message(ACTIVE_ACK, CONTEXT))
        return peer

    def close(self) -> None:
        self._listener.close()


def of_kind(node: Node, kind: str) -> list[dict[str, str]]:
    _, text = node.page("/links")
    return [row for row in json.loads(text) if row["kind"] == kind]


@pytest.fixture
def gateway() -> Iterator[Gateway]:
    gateway = Gateway()
    yield gateway
    gateway.close()


def test_a_gateway_is_connected_to_and_asks_and_after_it_is_lost_again(
    tmp_path: Path, gateway: Gateway
) -> None:
    with serving(tmp_path, gateway.text) as node:
        for number in (1, 2):
            with gateway.accept() as stp:
                answer = stp.ask(numbered(VECTORS["jss7_v2_begin"].octets, number))
                assert b"\x49\x04" + number.to_bytes(4, "big") in answer
            node.wait_for("connection_state", peer="stp1", state="CLOSED")


def test_news_of_a_gateway_about_thousands_at_once_does_no_harm(
    tmp_path: Path, gateway: Gateway
) -> None:
    contexts = struct.pack("!HH16000I", 0x0006, 4 + 16000 * 4, *range(10**9, 10**9 + 16000))
    with serving(tmp_path, gateway.text) as node:
        workers = node.workers()
        with gateway.accept() as stp:
            stp.send(message(NOTIFY, bytes.fromhex("000d 0008 00010003") + contexts))
            for first in range(4096, 8192, 1024):  # whoever asks is not among them
                points = struct.pack("!HH1024I", 0x0012, 4 + 1024 * 4, *range(first, first + 1024))
                stp.send(message(DUNA, CONTEXT + points))
            stp.send(VECTORS["jss7_v2_begin"].octets)
            assert stp.receive(ERROR, BEAT)[0] == DATA
            while not of_kind(node, "destination"):  # news takes a moment
                pass
        with gateway.accept() as stp:
            while of_kind(node, "destination"):
                pass
            stp.ask(VECTORS["jss7_v2_begin"].octets)
        assert node.workers() == workers


def test_a_stop_takes_leave_of_a_gateway(tmp_path: Path, gateway: Gateway) -> None:
    with serving(tmp_path, gateway.text) as node, gateway.accept() as stp:
        node.wait_for("connection_state", peer="stp1", state="ASP_ACTIVE")
        node.process.terminate()
        assert stp.receive()[0] == INACTIVE
        stp.send(message(INACTIVE_ACK, CONTEXT))
        assert stp.receive()[0] == DOWN
        stp.send(message(DOWN_ACK))
        assert stp.is_closed()
        assert node.wait() == 0


def test_a_gateway_that_is_nowhere_is_shown_down_with_the_reason(tmp_path: Path) -> None:
    gateway = Gateway()
    gateway.close()
    with serving(tmp_path, gateway.text) as node:
        node.wait_for("connect_failed", peer="stp1")
        rows: list[dict[str, str]] = []
        while not rows or "Connection refused" not in rows[0]["last_error"]:
            rows = of_kind(node, "asp")
        assert [(row["name"], row["state"]) for row in rows] == [("stp1", "DOWN")]
