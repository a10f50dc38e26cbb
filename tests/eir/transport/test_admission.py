import pytest

from eir.transport.admission import Admission

LISTED = ("192.0.2.1", "2001:db8::1")
ANYWHERE = ()


@pytest.mark.parametrize(
    ("remote", "admitted"),
    [
        ("192.0.2.1", True),
        ("192.0.2.2", False),
        ("::ffff:192.0.2.1", True),
        ("2001:db8::1", True),
        ("2001:0db8:0000::1", True),
        ("2001:db8::2", False),
        ("fe80::1%eth0", False),
    ],
)
def test_only_addresses_of_peers_are_admitted(remote: str, *, admitted: bool) -> None:
    assert Admission([LISTED], accept_any_peer=False).admits(remote) is admitted


def test_a_peer_without_addresses_may_come_from_any() -> None:
    assert Admission([LISTED, ANYWHERE], accept_any_peer=False).admits("198.51.100.1")


def test_a_laboratory_admits_everybody() -> None:
    assert Admission([], accept_any_peer=True).admits("198.51.100.1")


def test_nobody_is_admitted_where_no_peer_is_configured() -> None:
    assert not Admission([], accept_any_peer=False).admits("127.0.0.1")
