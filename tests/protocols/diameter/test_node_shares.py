"""Connections of peers that belong to other workers."""

from protocols.diameter.link import PeerSpec
from protocols.diameter.local import Local
from protocols.diameter.node import NodeMachine
from protocols.effects import HandOver
from protocols.share import Share
from tests.protocols.diameter.messages import AMF, EIR, LOCAL, MME, REALM, cer, ecr, origin
from tests.protocols.diameter.playbook import Playbook

OPEN_TO_ALL = Local(origin_host=EIR, origin_realm=REALM, accept_any_peer=True)
LET_IN = ("note capabilities_exchanged", "1: CEA 2001", "1: mme1 R_OPEN")
KNOWN = PeerSpec(origin_host=MME)


def one_of_two(*specs: PeerSpec, local: Local = LOCAL, owner: int = 1) -> Playbook:
    """Let worker 0 of 2 have a connection; every peer is of the worker `owner`."""
    share: Share[str] = Share(0, lambda host: owner if host == MME.lower() else 0)
    machine = NodeMachine(local, specs, random=lambda: 0.5, share=share)
    return Playbook(machine).accepts(1).does("1: WAIT_CER")


def test_a_connection_of_a_peer_of_another_worker_is_handed_over_before_it_is_answered() -> None:
    book = one_of_two(KNOWN).receives(1, cer(origin(MME.upper())))
    book.does("1: CLOSED", "1: hand over to 1")
    assert book.node.deadline is None
    book.receives(1, ecr()).at(99.0)


def test_the_other_worker_gets_the_cer_as_it_came() -> None:
    node = one_of_two(local=OPEN_TO_ALL).node
    assert HandOver(1, 1, cer()) in node.receive(1, cer(), 0.0)


def test_a_peer_that_is_not_let_in_is_refused_where_it_arrives() -> None:
    (
        one_of_two()
        .receives(1, cer())
        .does("1: CEA 3010 E", "1: refused 3010", "1: close", "1: CLOSED")
    )  # fmt: skip


def test_a_peer_of_this_worker_is_taken() -> None:
    one_of_two(KNOWN, owner=0).receives(1, cer()).does(*LET_IN)


def test_only_the_connections_of_this_workers_peers_are_opened() -> None:
    specs = [PeerSpec(origin_host=host, connect=True) for host in (MME, AMF)]
    share: Share[str] = Share(0, lambda host: int(host == AMF))
    machine = NodeMachine(LOCAL, specs, random=lambda: 0.5, share=share)
    Playbook(machine).starts().does("connect mme1")
