from hypothesis import given
from hypothesis import strategies as st

from eir.config import Asp, Config, Diameter, Gateway, M3ua, M3uaPeer, Peer
from eir.deal import Deal
from protocols.share import Share
from protocols.tcap.transactions import TransactionIds, to_octets


def deals(config: Config, workers: int) -> list[Deal]:
    return [Deal(config, worker=number, workers=workers) for number in range(workers)]


def owners(shares: list[Share[str]], names: list[str]) -> list[list[int]]:
    """Tell for each name which workers think that it is theirs."""
    return [[share.worker for share in shares if share.elsewhere(name) is None] for name in names]


def peer(name: str, *, connect: bool = False) -> Peer:
    return Peer(origin_host=name, addresses=("192.0.2.1",), connect=connect)


def asked_by(*peers: M3uaPeer, gateways: int = 0, asps: int = 1) -> Config:
    m3ua = M3ua(
        asps=tuple(Asp(identifier=number) for number in range(1, asps + 1)),
        gateway=tuple(
            Gateway(name=f"stp{number}", addresses=("192.0.2.20",)) for number in range(gateways)
        ),
        peer=peers,
    )
    return Config(m3ua=m3ua)


def msc(number: int, *contexts: int) -> M3uaPeer:
    return M3uaPeer(
        name=f"msc{number}", addresses=(f"192.0.2.{number}",), routing_contexts=contexts
    )


def test_peers_that_we_connect_to_are_dealt_first_in_their_order() -> None:
    peers = (peer("a"), peer("dra1", connect=True), peer("b"), peer("DRA2", connect=True))
    shares = [deal.hosts for deal in deals(Config(diameter=Diameter(peer=peers)), 3)]
    assert owners(shares, ["dra1", "dra2", "a", "b"]) == [[0], [1], [2], [0]]


@given(st.text(), st.integers(1, 9))
def test_every_host_has_one_owner_and_all_workers_agree_on_it(host: str, workers: int) -> None:
    shares = [deal.hosts for deal in deals(Config(), workers)]
    ((owner,),) = owners(shares, [host])
    others = [share.elsewhere(host) for share in shares if share.worker != owner]
    assert others == [owner] * (workers - 1)


def test_the_owner_of_a_host_stays_the_same_after_a_restart() -> None:
    shares = [deal.hosts for deal in deals(Config(), 4)]
    hosts = [f"mme{number}.example.org" for number in range(4)]
    assert owners(shares, hosts) == [[2], [3], [1], [0]]


def test_the_kth_asp_is_run_by_worker_k() -> None:
    of_two = deals(asked_by(gateways=2, asps=3), 2)
    assert [[deal.has_asp(place) for deal in of_two] for place in range(3)] == [
        [True, False],
        [False, True],
        [True, False],
    ]


def test_nodes_that_serve_one_application_server_have_one_worker() -> None:
    config = asked_by(msc(1, 100), msc(2, 200), msc(3, 300), msc(4, 100, 300), msc(5), msc(6))
    shares = [deal.addresses for deal in deals(config, 4)]
    addresses = [f"192.0.2.{number}" for number in range(1, 7)]
    assert owners(shares, addresses) == [[0], [1], [0], [0], [2], [3]]


def test_nodes_that_connect_to_us_are_dealt_after_the_asps() -> None:
    config = asked_by(msc(1), msc(2), gateways=1, asps=1)
    shares = [deal.addresses for deal in deals(config, 2)]
    assert owners(shares, ["192.0.2.1", "192.0.2.2"]) == [[1], [0]]


def test_any_other_address_has_one_owner() -> None:
    shares = [deal.addresses for deal in deals(asked_by(), 3)]
    assert all(len(found) == 1 for found in owners(shares, ["198.51.100.1", "2001:db8::1"]))


@given(st.binary(max_size=20), st.integers(1, 9))
def test_messages_in_segments_are_put_together_by_workers_that_have_ss7(
    name: bytes, workers: int
) -> None:
    all_of_them = deals(asked_by(msc(1), gateways=1, asps=2), workers)
    (owner,) = [deal.worker for deal in all_of_them if deal.segments.elsewhere(name) is None]
    assert owner < 3  # two ASPs, and one node that connects to us


def test_where_anybody_may_connect_each_worker_may_have_ss7() -> None:
    config = Config(m3ua=M3ua(accept_any_peer=True))
    names = [number.to_bytes(3, "big") for number in range(64)]
    of_three = deals(config, 3)
    assert {deal.segments.owner(name) for deal in of_three for name in names} == {0, 1, 2}


@given(st.integers(0, 8), st.floats(0, 1, exclude_max=True))
def test_a_dialogue_belongs_to_who_gave_its_id(worker: int, chance: float) -> None:
    given_id = to_octets(TransactionIds(worker, lambda: chance).next(()))
    assert all(deal.dialogues.owner(given_id) == worker for deal in deals(Config(), 9))


def test_a_dialogue_of_nobody_is_whosever_it_comes_to() -> None:
    (_, second) = deals(Config(), 2)
    assert second.dialogues.elsewhere(bytes.fromhex("02000000")) is None
    assert second.dialogues.elsewhere(b"\0") is None


def test_a_connection_tells_by_its_number_whose_it_is() -> None:
    (_, second, _) = deals(Config(), 3)
    assert [second.connections.elsewhere(number) for number in (3, 4, 5, 7)] == [0, None, 2, None]
