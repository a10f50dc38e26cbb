import pytest

from eir.config import Endpoint
from eir.config.ports import Wish, check, wishes

EVERY_IPV4 = "0.0.0.0"  # noqa: S104 - nothing is bound


def wish(address: str, port: int = 3868, *, transport: str = "tcp") -> Wish:
    return Wish(address, transport, Endpoint(addresses=tuple(address.split(",")), port=port))


def test_each_entry_of_a_list_has_its_place() -> None:
    one, other = Endpoint(addresses=("::1",), port=1), Endpoint(addresses=("::1",), port=2)
    assert wishes("x.listen", "tcp", [one, other]) == [
        Wish("x.listen[0]", "tcp", one),
        Wish("x.listen[1]", "tcp", other),
    ]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("127.0.0.1", "127.0.0.1"),
        ("127.0.0.1", "::ffff:127.0.0.1"),
        ("127.0.0.1", EVERY_IPV4),
        ("127.0.0.1", "::"),
        ("::", "::1"),
        (EVERY_IPV4, "::"),
        ("192.0.2.1,192.0.2.2", "192.0.2.2,192.0.2.3"),
    ],
)
def test_a_port_is_wanted_by_one_alone(one: str, other: str) -> None:
    for pair in ((one, other), (other, one)):
        with pytest.raises(ValueError, match=f"{pair[0]} and {pair[1]} both want tcp port 3868"):
            check([wish("192.0.2.9", 3869), *map(wish, pair)])


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (wish("127.0.0.1"), wish("127.0.0.2")),
        (wish("127.0.0.1"), wish("127.0.0.1", 3869)),
        (wish("127.0.0.1"), wish("127.0.0.1", transport="sctp")),
        (wish("127.0.0.1", 0), wish("127.0.0.1", 0)),
        (wish(EVERY_IPV4), wish("::1")),
    ],
)
def test_what_can_both_be_had_is_let_be(one: Wish, other: Wish) -> None:
    check([one, other])
    check([other, one])
