import contextlib
import socket
import struct
from collections.abc import Iterator

import pytest
import sctp

from eir.config import Sctp
from eir.transport import sctp_socket
from eir.transport.sctp_socket import Notification, read_notification

IPV4 = struct.pack("=HH4s", socket.AF_INET, 0, socket.inet_aton("192.0.2.1"))
IPV6 = struct.pack("=HHI16s", socket.AF_INET6, 0, 0, socket.inet_pton(socket.AF_INET6, "::1"))


def association_change(state: int) -> bytes:
    """Write sctp_assoc_change (RFC 6458 §6.1.1)."""
    return struct.pack("=HHIHHHHi", 0x8001, 0, 20, state, 0, 16, 16, 1)


def address_change(address: bytes, state: int) -> bytes:
    """Write sctp_paddr_change (RFC 6458 §6.1.2)."""
    return struct.pack("=HHI128siii", 0x8002, 0, 148, address, state, 0, 1)


@pytest.mark.parametrize(
    ("octets", "meaning"),
    [
        (association_change(0), Notification("COMM_UP")),
        (association_change(1), Notification("COMM_LOST")),
        (association_change(2), Notification("RESTART")),
        (association_change(3), Notification("SHUTDOWN_COMP")),
        (association_change(4), Notification("CANT_STR_ASSOC")),
        (association_change(99), None),
        (address_change(IPV4, 0), Notification("ADDR_AVAILABLE", "192.0.2.1")),
        (address_change(IPV6, 1), Notification("ADDR_UNREACHABLE", "::1")),
        (address_change(IPV4, 5), Notification("ADDR_CONFIRMED", "192.0.2.1")),
        (address_change(IPV4, 99), None),
        (struct.pack("=HHIi", 0x8005, 0, 12, 1), Notification("SHUTDOWN_EVENT")),
        (struct.pack("=HHI", 0x8003, 0, 8), None),
        (association_change(0)[:12], None),
    ],
)
def test_a_notification_says_what_the_kernel_means(
    octets: bytes, meaning: Notification | None
) -> None:
    assert read_notification(octets) == meaning


@contextlib.contextmanager
def pair(parameters: Sctp) -> Iterator[tuple[socket.socket, socket.socket]]:
    """Make an association; yield our accepted end and the other one."""
    listener = sctp_socket.open_socket(("127.0.0.1", "127.0.0.2"), parameters)
    sctp_socket.bind(listener, ("127.0.0.1", "127.0.0.2"), 0)
    listener.listen()
    listener.settimeout(5)
    client = sctp_socket.open_socket(("127.0.0.3",), Sctp())
    sctp_socket.bind(client, ("127.0.0.3", "127.0.0.4"), 0)
    with listener, client:
        addresses = ("127.0.0.1", "127.0.0.2")
        sctp_socket.start_connecting(client, addresses, listener.getsockname()[1])
        accepted, _ = listener.accept()
        with accepted:
            yield accepted, client


@pytest.mark.sctp
def test_an_accepted_association_has_the_parameters_of_the_configuration() -> None:
    parameters = Sctp(
        streams=9,
        heartbeat_ms=700,
        rto_initial_ms=300,
        rto_min_ms=200,
        rto_max_ms=400,
        path_max_retransmissions=2,
        association_max_retransmissions=5,
    )
    with pair(parameters) as (accepted, _):
        rto = struct.unpack("=iIII", accepted.getsockopt(socket.IPPROTO_SCTP, 0, 16))
        assert rto[1:] == (300, 400, 200)  # initial, max, min (RFC 6458 §8.1.1)
        association = accepted.getsockopt(socket.IPPROTO_SCTP, 1, 20)
        assert struct.unpack_from("=iH", association)[1] == 5
        endpoint = sctp.sctpsocket_tcp(socket.AF_INET, accepted)
        path = endpoint.get_paddrparams(0, endpoint.getpaddrs()[0])
        assert (path.hbinterval, path.pathmaxrxt) == (700, 2)
        assert accepted.getsockopt(socket.IPPROTO_SCTP, 3) != 0  # SCTP_NODELAY
        status = accepted.getsockopt(socket.IPPROTO_SCTP, 14, 176)  # SCTP_STATUS
        assert struct.unpack_from("=iiIHHHH", status)[5:] == (9, 9)


@pytest.mark.sctp
def test_the_streams_of_an_association_are_those_that_both_ends_have() -> None:
    with pair(Sctp(streams=9)) as (accepted, client):  # the other end offers 16
        assert sctp_socket.outbound_streams(accepted) == 9
        assert sctp_socket.outbound_streams(client) == 9


@pytest.mark.sctp
@pytest.mark.parametrize("stream", [0, 5])
def test_a_message_comes_on_the_stream_that_it_was_sent_on(stream: int) -> None:
    with pair(Sctp()) as (accepted, client):
        about = sctp_socket.send_info(stream=stream, ppid=3, unordered=False)
        client.settimeout(5)
        accepted.settimeout(5)
        client.sendmsg([b"octets"], about)
        octets, about, flags, _ = accepted.recvmsg(1000, sctp_socket.ANCILLARY_OCTETS)
        while flags & sctp_socket.NOTIFICATION:
            octets, about, flags, _ = accepted.recvmsg(1000, sctp_socket.ANCILLARY_OCTETS)
        assert (octets, sctp_socket.stream_and_ppid(about)) == (b"octets", (stream, 3))


@pytest.mark.spec("RFC 4666", "1.4.7")
@pytest.mark.parametrize(
    ("stream", "streams", "folded"),
    [
        (0, 16, 0),
        (1, 16, 1),
        (15, 16, 15),
        (16, 16, 1),
        (256, 16, 1),
        (1, 2, 1),
        (7, 2, 1),
        (7, 1, 0),
    ],
)
def test_streams_are_folded_into_those_that_there_are(
    stream: int, streams: int, folded: int
) -> None:
    assert sctp_socket.fold(stream, streams) == folded


def test_a_message_that_the_kernel_says_nothing_about_is_on_stream_0() -> None:
    assert sctp_socket.stream_and_ppid([]) == (0, 0)
    assert sctp_socket.stream_and_ppid([(socket.SOL_SOCKET, 1, b"\5\0")]) == (0, 0)


@pytest.mark.sctp
def test_a_port_without_an_address_is_that_port_everywhere() -> None:
    with sctp_socket.open_socket((), Sctp()) as chooser, sctp_socket.open_socket((), Sctp()) as one:
        sctp_socket.bind(chooser, ("127.0.0.1",), 0)
        port = chooser.getsockname()[1]
        chooser.close()
        sctp_socket.bind(one, (), port)
        assert one.getsockname()[1] == port
        assert len(sctp_socket.local_addresses(one)) >= 1


@pytest.mark.sctp
def test_both_ends_know_all_addresses() -> None:
    with pair(Sctp()) as (accepted, client):
        assert sctp_socket.local_addresses(accepted) == ("127.0.0.1", "127.0.0.2")
        assert sctp_socket.local_addresses(client) == ("127.0.0.3", "127.0.0.4")


@pytest.mark.sctp
def test_an_abort_is_seen_at_once() -> None:
    with pair(Sctp()) as (accepted, client):
        sctp_socket.abort(accepted)
        client.settimeout(5)
        events = []
        with contextlib.suppress(ConnectionResetError):
            while octets := client.recv(1000):
                events.append(read_notification(octets))
        assert events[-1] == Notification("COMM_LOST")
