from typing import Literal

import pytest

from eir.config import Config, Diameter
from eir.deal import Deal
from eir.decision.verdict import Check, Status, Verdict
from eir.nodes import CongestionResult, Places, diameter_node, ss7_node
from eir.transport.service import Node
from protocols.diameter.codec import Message
from protocols.effects import Connect, Moved, Send
from protocols.mtp import Transfer
from protocols.sccp.codes import MessageType
from protocols.sccp.primitives import GlobalTitle, PartyAddress, Unitdata
from protocols.tcap.primitives import Invocation, Reply
from tests.protocols.diameter.messages import cer, ecr, parse, result_code

PEERS = {
    "diameter": {
        "listen_sctp": ["192.0.2.1,198.51.100.1:3868"],
        "peer": [
            {"origin_host": "mme.example.org", "addresses": ["192.0.2.7"]},
            {
                "origin_host": "dra.example.org",
                "addresses": ["192.0.2.8", "198.51.100.8"],
                "connect": True,
                "port": 3869,
            },
            {
                "origin_host": "lab.example.org",
                "addresses": ["192.0.2.9"],
                "connect": True,
                "transport": "tcp",
            },
        ],
    }
}


def decide(check: Check) -> Verdict:
    del check
    return Verdict(Status.PERMITTED, "unlisted", "unlisted")


def diameter(config: Config, *, worker: int = 0, workers: int = 1) -> Node[Message, bytes]:
    deal = Deal(config, worker=worker, workers=workers)
    return diameter_node(config, decide, deal, CongestionResult(config.diameter), started_at=1)


def ss7_of(config: Config, *, worker: int = 0, workers: int = 1) -> Node[Invocation, Reply] | None:
    deal = Deal(config, worker=worker, workers=workers)
    return ss7_node(config, decide, deal, Places(config.map))


def test_a_diameter_peer_is_reached_where_and_from_where_the_configuration_says() -> None:
    node = diameter(Config.model_validate(PEERS))
    dials = {dial.peer: dial for dial in node.dials}
    dra, lab = dials["dra.example.org"], dials["lab.example.org"]
    assert (dra.transport, dra.addresses, dra.port) == (
        "sctp",
        ("192.0.2.8", "198.51.100.8"),
        3869,
    )
    assert dra.local_addresses == ("192.0.2.1", "198.51.100.1")
    assert (lab.transport, lab.local_addresses, lab.local_port) == ("tcp", (), 0)


def test_only_the_addresses_of_diameter_peers_are_let_in() -> None:
    node = diameter(Config.model_validate(PEERS))
    assert node.admission.admits("192.0.2.7")
    assert not node.admission.admits("192.0.2.77")


def ss7(**changes: object) -> Config:
    m3ua = {
        "enabled": True,
        "point_code": "2-10-4",
        "listen_sctp": ["192.0.2.1,198.51.100.1:2905"],
        "gateway": [
            {"name": "stp1", "addresses": ["192.0.2.20", "198.51.100.20"], "port": 2906},
            {"name": "lab", "addresses": ["192.0.2.21"], "transport": "tcp"},
        ],
        "peer": [{"name": "msc1", "addresses": ["192.0.2.30"]}],
    }
    return Config.model_validate({"m3ua": m3ua | changes.pop("m3ua", {}), **changes})  # type: ignore[operator]


def test_no_ss7_node_is_made_unless_it_is_enabled() -> None:
    assert ss7_of(Config()) is None
    assert ss7_of(ss7(m3ua={"enabled": False})) is None


def test_a_gateway_is_reached_where_and_from_where_the_configuration_says() -> None:
    node = ss7_of(ss7())
    assert node is not None
    stp1, lab = node.dials
    assert (stp1.peer, stp1.transport, stp1.port) == ("stp1", "sctp", 2906)
    assert stp1.addresses == ("192.0.2.20", "198.51.100.20")
    assert stp1.local_addresses == ("192.0.2.1", "198.51.100.1")
    assert (lab.peer, lab.transport, lab.port, lab.local_addresses) == ("lab", "tcp", 2905, ())


def test_each_asp_connects_to_each_gateway_under_a_name_of_its_own() -> None:
    asps = [{"identifier": 1}, {"identifier": 7, "local_port": 5000}]
    node = ss7_of(ss7(m3ua={"asps": asps}))
    assert node is not None
    found = [(dial.peer, dial.local_port) for dial in node.dials]
    assert found == [("stp1/1", 0), ("stp1/7", 5000), ("lab/1", 0), ("lab/7", 5000)]
    assert list(node.known) == ["stp1/1", "stp1/7", "lab/1", "lab/7", "msc1"]


def test_the_machine_asks_for_every_gateway_and_names_the_asp() -> None:
    node = ss7_of(ss7(m3ua={"asps": [{"identifier": 0x0102}]}))
    assert node is not None
    effects = node.path.machine.start(0.0)
    assert effects == [Connect("stp1"), Connect("lab")]
    done = node.path.machine.connected(1, "stp1", local=(), now=0.0)
    (up,) = [effect.octets for effect in done if isinstance(effect, Send)]
    assert up == bytes.fromhex("01000301 00000010 00110008 00000102")


def test_who_comes_from_the_address_of_a_gateway_is_not_taken_for_it() -> None:
    node = ss7_of(ss7(m3ua={"accept_any_peer": True}))
    assert node is not None
    done = node.path.machine.accepted(1, local=(), remote="192.0.2.20", now=0.0)
    assert [effect.peer for effect in done if isinstance(effect, Moved)] == ["192.0.2.20"]


def test_only_the_addresses_of_those_who_connect_to_us_are_let_in() -> None:
    node = ss7_of(ss7())
    assert node is not None
    assert node.admission.admits("192.0.2.30")
    assert not node.admission.admits("192.0.2.20")
    assert not node.admission.admits("192.0.2.31")


@pytest.mark.parametrize(
    ("opc", "peer", "imsi"),
    [
        (4180, "2-10-4/994501", None),
        (4180, "2-10-4/994551", "724340300385763"),
        (4181, "2-10-5/994501", "724340300385763"),
        (4182, "2-10-6/123", None),
    ],
)
def test_the_imsi_is_looked_for_where_the_first_peer_that_fits_puts_it(
    opc: int, peer: str, imsi: str | None
) -> None:
    peers = [
        {"point_code": 4180, "calling": "99450", "imsi_places": []},
        {"point_code": 4182, "imsi_places": ["extension-container"]},
        {"point_code": 4182, "imsi_places": ["v2-tag0"]},
    ]
    asked: list[Check] = []

    def remember(check: Check) -> Verdict:
        asked.append(check)
        return decide(check)

    config = ss7(map={"peer": peers})
    deal = Deal(config, worker=0, workers=1)
    node = ss7_node(config, remember, deal, Places(config.map))
    assert node is not None
    node.path.interface.answer(huawei(opc, peer.partition("/")[2]))
    assert (asked[0].peer, asked[0].imsi) == (peer, imsi)


def huawei(opc: int, digits: str) -> Invocation:
    """Ask as Huawei's MSCs do, with the IMSI after the IMEI."""
    address = PartyAddress(
        octets=b"", route_on_ssn=False, ssn=8, global_title=GlobalTitle(4, digits)
    )
    transfer = Transfer(
        connection=1,
        opc=opc,
        dpc=4180,
        service_indicator=3,
        network_indicator=2,
        priority=0,
        sls=0,
        user_data=b"",
    )
    unitdata = Unitdata(
        transfer=transfer,
        kind=MessageType.UDT,
        called=address,
        calling=address,
        protocol_class=0,
        return_on_error=False,
        user_data=b"",
    )
    return Invocation(
        dialogue=1,
        unitdata=unitdata,
        version=2,
        invoke_id=0,
        operation=43,
        parameter=bytes.fromhex("0408 53467640949819f0 0008 27340403305867f3"),
    )


@pytest.mark.parametrize(
    ("result", "code"), [("", 3004), ("UNABLE_TO_DELIVER", 3002), ("UNABLE_TO_COMPLY", 5012)]
)
def test_a_request_too_many_is_answered_what_the_configuration_says_by_now(
    result: Literal["", "UNABLE_TO_DELIVER", "UNABLE_TO_COMPLY"], code: int
) -> None:
    at_first = Diameter(accept_any_peer=True, congestion_result="TOO_BUSY")
    says = CongestionResult(at_first)
    config = Config(diameter=at_first)
    deal = Deal(config, worker=0, workers=1)
    machine = diameter_node(config, decide, deal, says, started_at=1).path.machine
    machine.accepted(1, local=("192.0.2.1",), remote="192.0.2.9", now=0.0)
    machine.receive(1, cer(), 0.0)
    for expected in (3004, code):
        (send,) = [each for each in machine.shed(1, ecr(), 1.0) if isinstance(each, Send)]
        assert result_code(parse(send.octets)) == expected
        says.follow(Diameter(congestion_result=result))


def test_each_diameter_peer_is_one_workers_and_all_let_it_in() -> None:
    config = Config.model_validate(PEERS)
    nodes = [diameter(config, worker=worker, workers=2) for worker in range(2)]
    assert [list(node.known) for node in nodes] == [
        ["mme.example.org", "dra.example.org"],
        ["lab.example.org"],
    ]
    assert [[dial.peer for dial in node.dials] for node in nodes] == [
        list(node.known) for node in nodes
    ]
    assert [node.path.machine.start(0.0) for node in nodes] == [
        [Connect("dra.example.org")],
        [Connect("lab.example.org")],
    ]
    assert all(node.admission.admits("192.0.2.7") for node in nodes)


def test_each_asp_is_one_workers_with_all_its_gateways() -> None:
    config = ss7(m3ua={"asps": [{"identifier": 1}, {"identifier": 2}]})
    nodes = [ss7_of(config, worker=worker, workers=3) for worker in range(3)]
    assert [list(node.known) for node in nodes if node is not None] == [
        ["stp1/1", "lab/1"],
        ["stp1/2", "lab/2"],
        ["msc1"],
    ]
    assert [node.path.machine.start(0.0) for node in nodes if node is not None] == [
        [Connect("stp1/1"), Connect("lab/1")],
        [Connect("stp1/2"), Connect("lab/2")],
        [],
    ]
