"""The configuration made into nodes: everything that one protocol brings into service."""

import random
from collections.abc import Callable

from eir.config import Config, Endpoint
from eir.decision.verdict import Check, Verdict
from eir.interfaces.s13 import S13Interface
from eir.metrics import Transport
from eir.transport.admission import Admission
from eir.transport.service import Dial, Node
from eir.transport.wire import diameter_wire
from protocols.diameter.codec import Message
from protocols.diameter.link import PeerSpec
from protocols.diameter.local import Local
from protocols.diameter.node import NodeMachine

Decide = Callable[[Check], Verdict]

_random = random.SystemRandom().random


def diameter_node(config: Config, decide: Decide, *, started_at: int) -> Node[Message, bytes]:
    """Make the Diameter node; `started_at` grows with each start (RFC 6733 §8.16)."""
    diameter = config.diameter
    local = Local(
        origin_host=diameter.origin_host,
        origin_realm=diameter.origin_realm,
        host_aliases=diameter.host_aliases,
        realms=diameter.realms,
        accept_any_peer=diameter.accept_any_peer,
        origin_state_id=started_at,
    )
    specs = [
        PeerSpec(
            origin_host=peer.origin_host,
            addresses=peer.addresses,
            connect=peer.connect,
            tw_init=peer.tw_init_seconds,
        )
        for peer in diameter.peer
    ]
    return Node(
        machine=NodeMachine(local, specs, random=_random),
        interface=S13Interface(local, decide),
        wire=diameter_wire(diameter),
        admission=Admission(
            [peer.addresses for peer in diameter.peer], accept_any_peer=diameter.accept_any_peer
        ),
        dials=[
            Dial(
                peer=peer.origin_host,
                transport=peer.transport,
                addresses=peer.addresses,
                port=peer.port,
                local_addresses=_first_addresses(diameter.listen_sctp, peer.transport),
            )
            for peer in diameter.peer
        ],
    )


def _first_addresses(listening: tuple[Endpoint, ...], transport: Transport) -> tuple[str, ...]:
    """Connect from the addresses that we listen on, so that a peer knows us by the same ones."""
    return listening[0].addresses if listening and transport == "sctp" else ()
