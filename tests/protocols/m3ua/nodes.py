"""Nodes in the states that conversations begin in."""

from protocols.m3ua.codes import TrafficMode
from protocols.m3ua.local import Local, PeerSpec
from protocols.m3ua.node import M3uaNode
from protocols.mtp import Transfer
from tests.protocols.m3ua.playbook import Playbook
from tests.protocols.m3ua.wire import EIR, MSC, NATIONAL, SCCP, ack, asp_active, asp_up

QUIET = Local(point_code=EIR, network_indicator=NATIONAL, heartbeat=0.0)  # no heartbeats
STP = PeerSpec(name="stp", connect=True, routing_contexts=(100,))
STP2 = PeerSpec(name="stp2", connect=True, routing_contexts=(200,))
PAIR = PeerSpec(name="stp", connect=True, routing_contexts=(100, 101))
OPEN = PeerSpec(name="stp", connect=True)
ASP1, ASP2 = "192.0.2.1", "192.0.2.2"
MSCS = PeerSpec(name="msc", addresses=(ASP1, ASP2), routing_contexts=(100,))
LONE = PeerSpec(name="msc", addresses=(ASP1,))


def node(*specs: PeerSpec, local: Local = QUIET) -> Playbook:
    return Playbook(M3uaNode(local, specs, random=lambda: 0.5))


def mode(name: str) -> PeerSpec:
    """Give the ASPs of one application server a traffic mode."""
    return PeerSpec(
        name="msc",
        addresses=(ASP1, ASP2),
        routing_contexts=(100,),
        traffic_mode=TrafficMode[name],
    )


def connected(spec: PeerSpec = STP, *, local: Local = QUIET) -> Playbook:
    """Let our ASP be connected, its ASP Up sent."""
    return node(spec, local=local).connects(1, spec.name).quietly()


def inactive(spec: PeerSpec = STP, *, local: Local = QUIET) -> Playbook:
    """Let our ASP be inactive, its ASP Active sent."""
    return connected(spec, local=local).receives(1, ack("ASP_UP")).quietly()


def active(spec: PeerSpec = STP, *, local: Local = QUIET) -> Playbook:
    """Let our ASP be active on connection 1."""
    acknowledged = ack("ASP_ACTIVE", *spec.routing_contexts, mode=2)
    return inactive(spec, local=local).receives(1, acknowledged).quietly()


def accepted(spec: PeerSpec = MSCS, *, local: Local = QUIET) -> Playbook:
    """Let a peer be connected, and its ASP down."""
    return node(spec, local=local).accepts(1).quietly()


def risen(spec: PeerSpec = MSCS, *, local: Local = QUIET) -> Playbook:
    """Let a peer's ASP be inactive on connection 1."""
    return accepted(spec, local=local).receives(1, asp_up(1)).quietly()


def serving(spec: PeerSpec = MSCS, *, local: Local = QUIET) -> Playbook:
    """Let a peer's ASP be active on connection 1."""
    return risen(spec, local=local).receives(1, asp_active(100)).quietly()


def both(spec: PeerSpec = MSCS, *, local: Local = QUIET) -> Playbook:
    """Let one ASP be active on connection 1, and another be inactive on 2."""
    book = serving(spec, local=local).accepts(2, ASP2).quietly()
    return book.receives(2, asp_up(2)).quietly()


def answer(
    *,
    connection: int = 1,
    dpc: int = MSC,
    context: int | None = None,
    appearance: int | None = None,
    sls: int = 5,
) -> Transfer:
    """Make our answer to a DATA of the MSC."""
    return Transfer(
        connection=connection,
        opc=EIR,
        dpc=dpc,
        service_indicator=SCCP,
        network_indicator=NATIONAL,
        priority=0,
        sls=sls,
        user_data=b"world",
        routing_context=context,
        network_appearance=appearance,
    )
