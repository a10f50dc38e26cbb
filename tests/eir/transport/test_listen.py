import socket

import pytest

from eir.config import Endpoint, Sctp
from eir.errors import UnavailableError
from eir.transport.listen import listen_sctp, listen_tcp
from tests.kernel_sctp import kernel_has_sctp


def test_a_listening_socket_takes_connections_before_anybody_accepts() -> None:
    with (
        listen_tcp(Endpoint(addresses=("127.0.0.1",), port=0)) as listener,
        socket.create_connection(listener.getsockname(), timeout=5),
    ):
        accepted, _ = listener.accept()
        accepted.close()


def test_ipv6_is_listened_on_as_well() -> None:
    with listen_tcp(Endpoint(addresses=("::1",), port=0)) as listener:
        assert listener.getsockname()[0] == "::1"


def test_a_port_that_is_taken_says_who_might_have_it() -> None:
    with listen_tcp(Endpoint(addresses=("127.0.0.1",), port=0)) as listener:
        port = listener.getsockname()[1]
        with pytest.raises(UnavailableError, match=f"127.0.0.1:{port}: Address already") as caught:
            listen_tcp(Endpoint(addresses=("127.0.0.1",), port=port))
    assert f"ss -lnp | grep :{port}" in caught.value.next_step


def test_an_address_of_another_host_says_where_ours_are() -> None:
    with pytest.raises(UnavailableError, match=r"192\.0\.2\.1") as caught:
        listen_tcp(Endpoint(addresses=("192.0.2.1",), port=0))
    assert "ip -brief address" in caught.value.next_step


@pytest.mark.skipif(kernel_has_sctp(), reason="this kernel has SCTP")
def test_a_kernel_without_sctp_says_how_to_get_it() -> None:
    with pytest.raises(UnavailableError, match="no SCTP") as caught:
        listen_sctp(Endpoint(addresses=("127.0.0.1",), port=0), Sctp())
    assert "modprobe sctp" in caught.value.next_step


@pytest.mark.sctp
def test_every_address_of_an_endpoint_is_bound_to_one_port() -> None:
    endpoint = Endpoint(addresses=("127.0.0.1", "127.0.0.2"), port=0)
    with listen_sctp(endpoint, Sctp()) as listener:
        port = listener.getsockname()[1]
        for address in endpoint.addresses:
            client = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_SCTP)
            with client:
                client.connect((address, port))


@pytest.mark.sctp
def test_an_sctp_port_that_is_taken_says_who_might_have_it() -> None:
    with listen_sctp(Endpoint(addresses=("127.0.0.1",), port=0), Sctp()) as listener:
        port = listener.getsockname()[1]
        with pytest.raises(UnavailableError, match=f"SCTP 127.0.0.1:{port}"):
            listen_sctp(Endpoint(addresses=("127.0.0.1",), port=port), Sctp())
