from eir.config import Config
from eir.decision.verdict import Check, Rule, Status, Verdict
from eir.nodes import diameter_node

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
    return Verdict(Status.PERMITTED, Rule.UNLISTED, "unlisted")


def test_a_diameter_peer_is_reached_where_and_from_where_the_configuration_says() -> None:
    node = diameter_node(Config.model_validate(PEERS), decide, started_at=1)
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
    node = diameter_node(Config.model_validate(PEERS), decide, started_at=1)
    assert node.admission.admits("192.0.2.7")
    assert not node.admission.admits("192.0.2.77")
