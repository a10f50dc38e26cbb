"""A running server over the kernel's SCTP."""

import contextlib
import itertools
import socket
import struct
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from eir.lists.names import ListName
from tests.harness import (
    CER,
    DPR,
    MME,
    PATIENCE,
    PEER,
    PERMITTED,
    PROHIBITED,
    Client,
    Node,
    Received,
    cer,
    ecr,
    load_list,
    serving,
)
from tests.integration.test_serve_workers import wait_until

pytestmark = pytest.mark.sctp

SCTP = socket.IPPROTO_SCTP
LISTED, UNLISTED = "35609101685355", "49015420323751"
SNDRCV, NODELAY, EVENTS, BINDX_ADD, GET_PEER_ADDRS = 1, 3, 11, 100, 108
INFO = struct.Struct("=HHHxxIIIIIi")  # stream, ssn, flags, ppid, context, ttl, tsn, cumtsn, assoc
LISTEN = 'listen_sctp = ["127.0.0.1,127.0.0.2:0"]\n'


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    directory = tmp_path_factory.mktemp("node")
    load_list(directory, ListName.PROHIBITED, LISTED)
    with serving(directory, f"{LISTEN}accept_any_peer = true\n") as node:
        yield node


@pytest.fixture(scope="module")
def numbers() -> Iterator[int]:
    return itertools.count()


@pytest.fixture
def mme(node: Node, numbers: Iterator[int]) -> Iterator[Client]:
    with associate(node) as client:
        client.open(f"mme{next(numbers)}.example.org")
        yield client


def associate(node: Node) -> Client:
    sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM, SCTP)
    sock.settimeout(PATIENCE)
    sock.setsockopt(SCTP, NODELAY, 1)
    try:
        sock.connect(node.address("sctp"))
    except OSError:
        sock.close()
        raise
    return Client(sock)


def send_with(mme: Client, octets: bytes, *, stream: int, ppid: int) -> None:
    info = INFO.pack(stream, 0, 0, socket.htonl(ppid), 0, 0, 0, 0, 0)
    mme.socket.sendmsg([octets], [(SCTP, SNDRCV, info)])


def receive_with(mme: Client) -> tuple[Received, int, int, int]:
    """Return a message with its stream, its flags and its PPID."""
    octets, ((_, _, info),), flags, _ = mme.socket.recvmsg(65536, 64)
    assert flags & socket.MSG_EOR
    stream, _, info_flags, ppid, *_ = INFO.unpack(info)
    return Received(octets), stream, info_flags, socket.ntohl(ppid)


def test_a_check_is_answered_over_sctp(mme: Client) -> None:
    assert mme.check(LISTED).status == PROHIBITED
    assert mme.check(UNLISTED).status == PERMITTED


@pytest.mark.parametrize(("stream", "ppid"), [(0, 46), (5, 46), (1, 0), (0, 0xDEADBEEF)])
def test_any_stream_and_any_ppid_is_taken(mme: Client, stream: int, ppid: int) -> None:
    send_with(mme, ecr(LISTED), stream=stream, ppid=ppid)
    assert mme.receive().status == PROHIBITED


def test_answers_have_ppid_46_and_are_unordered_once_the_peer_was_heard(node: Node) -> None:
    unordered = 1  # SCTP_UNORDERED
    with associate(node) as mme:
        mme.socket.setsockopt(SCTP, EVENTS, b"\1")  # data_io: tell stream and PPID
        mme.send(cer())
        assert receive_with(mme)[1:] == (0, 0, 46)
        for _ in range(2):
            mme.send(ecr(LISTED))
            assert receive_with(mme)[1:] == (0, unordered, 46)


def test_answers_are_ordered_where_the_operator_says_so(tmp_path: Path) -> None:
    with (
        serving(tmp_path, f"{LISTEN}sctp_unordered = false\n{PEER}") as node,
        associate(node) as mme,
    ):
        mme.open()
        mme.socket.setsockopt(SCTP, EVENTS, b"\1")
        mme.send(ecr(LISTED))
        assert receive_with(mme)[1:] == (0, 0, 46)


def test_every_address_that_it_listens_on_is_in_the_association_and_in_the_cea(node: Node) -> None:
    with associate(node) as mme:
        octets = mme.open().octets
        assert b"\0\1" + socket.inet_aton("127.0.0.1") in octets
        assert b"\0\1" + socket.inet_aton("127.0.0.2") in octets
        peers = mme.socket.getsockopt(SCTP, GET_PEER_ADDRS, 8 + 2 * 16)
        assert struct.unpack_from("=iI", peers)[1] == 2


def test_many_requests_are_answered_each_once(mme: Client) -> None:
    for number in range(200):
        mme.send(ecr(UNLISTED, number=number))
    assert sorted(mme.receive().number for _ in range(200)) == list(range(200))


def test_a_message_in_several_pieces_is_one_message(tmp_path: Path) -> None:
    limit = "max_message_octets = 400000\n"
    with serving(tmp_path, f"{LISTEN}{limit}{PEER}") as node, associate(node) as mme:
        mme.open()
        mme.socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 20)
        filler = struct.pack("!II", 9999, 8 + 150_000) + bytes(150_000)
        mme.send(ecr(UNLISTED, more=filler))
        assert mme.receive().status == PERMITTED


def test_a_message_above_the_limit_ends_its_association_and_no_other(
    node: Node, mme: Client
) -> None:
    with associate(node) as client:
        client.socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 20)
        client.send(bytes(70_000))
        assert client.is_closed()
    assert node.metrics()['eir_framing_errors_total{transport="sctp"}'] == 1
    assert mme.check(LISTED).status == PROHIBITED


def test_an_association_is_told_of_and_counted(node: Node) -> None:
    before = node.metrics()
    with associate(node) as mme:
        mme.open("told.example.org")
    node.wait_for("connection_state", peer="told.example.org", state="CLOSED")
    after = node.metrics()
    for event in ("COMM_UP", "SHUTDOWN_EVENT"):
        name = f'eir_sctp_notifications_total{{event="{event}"}}'
        assert after[name] == before[name] + 1
    assert after['eir_connections{state="R_OPEN",transport="sctp"}'] == 0


def test_an_aborted_association_is_over_at_once(node: Node) -> None:
    mme = associate(node)
    mme.open("aborted.example.org")
    mme.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    mme.close()
    node.wait_for("connection_state", peer="aborted.example.org", state="CLOSED")


def test_a_peer_that_never_reads_does_not_fill_the_memory(node: Node) -> None:
    def resident() -> int:
        (worker,) = node.workers()
        return int(Path(f"/proc/{worker}/statm").read_text().split()[1]) * 4096

    with associate(node) as deaf:
        deaf.open()
        deaf.socket.settimeout(3.0)
        before = resident()
        with pytest.raises(TimeoutError):  # the server stops reading
            send_many(deaf, 100_000)
        assert resident() - before < 8 << 20
        deaf.socket.settimeout(PATIENCE)
        assert deaf.receive().status == PERMITTED  # it goes on when the peer does
        for _ in range(500):
            deaf.receive()


def send_many(mme: Client, requests: int) -> None:
    for _ in range(requests):
        mme.send(ecr(UNLISTED))


def test_only_addresses_of_peers_are_let_in(tmp_path: Path) -> None:
    elsewhere = f'{LISTEN}[[diameter.peer]]\norigin_host = "{MME}"\naddresses = ["192.0.2.1"]\n'
    with serving(tmp_path, elsewhere) as node:
        # The abort may come before connect() has returned, or after.
        with contextlib.suppress(ConnectionError), associate(node) as client:
            assert client.is_closed()
        node.wait_for("connection_refused", remote="127.0.0.1")
        assert node.metrics()['eir_refused_connections_total{transport="sctp"}'] == 1


def test_a_stop_takes_leave_over_sctp(tmp_path: Path) -> None:
    with serving(tmp_path, LISTEN + PEER) as node, associate(node) as mme:
        mme.open()
        node.process.terminate()
        request = mme.receive()
        assert (request.command, request.is_request) == (DPR, True)
        mme.agree(request)
        assert mme.is_closed()
        assert node.wait() == 0


def test_we_connect_to_a_peer_from_all_of_our_addresses(tmp_path: Path) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM, SCTP) as listener:
        listener.bind(("127.0.0.3", 0))
        listener.listen()
        listener.settimeout(PATIENCE)
        port = listener.getsockname()[1]
        peer = f'{PEER}addresses = ["127.0.0.3"]\nconnect = true\nport = {port}\n'
        with serving(tmp_path, LISTEN + peer), Client(listener.accept()[0]) as mme:
            assert mme.receive().command == CER
            peers = mme.socket.getsockopt(SCTP, GET_PEER_ADDRS, 8 + 2 * 16)
    assert struct.unpack_from("=iI", peers)[1] == 2


def test_a_lost_path_is_an_alarm_until_it_is_back_and_traffic_goes_on(tmp_path: Path) -> None:
    # Loopback addresses and others do not mix in one association.
    for number in range(1, 5):
        change_address("replace", f"10.9.9.{number}")
    listen = 'listen_sctp = ["10.9.9.1,10.9.9.2:0"]\n'
    fast = "[sctp]\nheartbeat_ms = 100\nrto_initial_ms = 100\nrto_min_ms = 100\nrto_max_ms = 200\n"
    config = f"{listen}{PEER}{fast}path_max_retransmissions = 1\n"
    sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM, SCTP)
    sock.settimeout(PATIENCE)
    sock.bind(("10.9.9.3", 0))
    sock.setsockopt(SCTP, BINDX_ADD, sockaddr("10.9.9.4", sock.getsockname()[1]))
    with serving(tmp_path, config) as node, Client(sock) as mme:
        sock.connect(node.address("sctp"))
        mme.open()
        node.wait_for("sctp_event", sctp="ADDR_CONFIRMED", address="10.9.9.4")
        change_address("delete", "10.9.9.4")
        node.wait_for("sctp_event", sctp="ADDR_UNREACHABLE", address="10.9.9.4")
        assert mme.check(UNLISTED).status == PERMITTED
        node.wait_for("alarm_raised", alarm="path_lost", path=f"{MME} 10.9.9.4")
        change_address("replace", "10.9.9.4")
        node.wait_for("alarm_cleared", alarm="path_lost", path=f"{MME} 10.9.9.4")
    for number in range(1, 5):
        change_address("delete", f"10.9.9.{number}")


def change_address(change: str, address: str) -> None:
    """Give the loopback interface an address, or take it away."""
    subprocess.run(["ip", "address", change, f"{address}/32", "dev", "lo"], check=True)


def sockaddr(address: str, port: int) -> bytes:
    return struct.pack("=HH4s8x", socket.AF_INET, socket.htons(port), socket.inet_aton(address))


def test_the_paths_of_a_configured_peer_are_told(tmp_path: Path) -> None:
    with serving(tmp_path, f"{LISTEN}{PEER}") as node, associate(node) as mme:
        mme.open()

        def states() -> dict[str, float]:
            return {
                name: value
                for name, value in node.metrics().items()
                if name.startswith("eir_sctp_path_state{") and f'peer="{MME}"' in name
            }

        wait_until(lambda: any(states().values()))
        scraped = node.metrics()
        assert [
            name for name, value in states().items() if value and 'state="ACTIVE"' not in name
        ] == []
        assert any(v > 0 for n, v in scraped.items() if n.startswith("eir_sctp_path_rto_seconds{"))
        about = f'{{interface="s13",peer="{MME}"}}'
        assert scraped[f"eir_sctp_retransmitted_chunks_total{about}"] == 0
