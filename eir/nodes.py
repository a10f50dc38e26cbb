"""The configuration made into nodes: everything that one protocol brings into service."""

import random
from collections.abc import Callable

from eir.config import Asp, Config, Diameter, Endpoint, M3ua, Map, MapPeer
from eir.deal import Deal
from eir.decision.verdict import Check, Interface, Verdict
from eir.interfaces.check_imei import CheckImeiInterface
from eir.interfaces.s13 import S13Interface
from eir.metrics import Transport
from eir.transport.admission import Admission
from eir.transport.machine import SlowPath
from eir.transport.service import Dial, Node
from eir.transport.wire import diameter_wire, m3ua_wire
from protocols.addresses import plain
from protocols.diameter.codec import Message
from protocols.diameter.codes import ResultCode
from protocols.diameter.leaves import DiameterSyntax
from protocols.diameter.link import PeerSpec
from protocols.diameter.local import Local
from protocols.diameter.node import NodeMachine
from protocols.gsm_map.contexts import negotiator
from protocols.gsm_map.imsi import ImsiPlaces
from protocols.m3ua import local as m3ua_local
from protocols.m3ua.codes import TrafficMode
from protocols.m3ua.node import M3uaNode
from protocols.mtp import PointCode
from protocols.sccp.local import SccpLocal
from protocols.sccp.machine import SccpMachine
from protocols.ss7 import Ss7Node
from protocols.ss7_syntax import Ss7Syntax
from protocols.tcap.machine import TcapMachine
from protocols.tcap.primitives import Invocation, Reply

Decide = Callable[[Check], Verdict]

_random = random.Random().random  # noqa: S311 - no secrets; a jitter is drawn for each batch


class Places:
    """Says where who asks may put the IMSI: the first `[[map.peer]]` that fits counts."""

    def __init__(self, settings: Map) -> None:
        self.follow(settings)

    def follow(self, settings: Map) -> None:
        """Say what these settings say from now on."""
        self._settings = settings

    def __call__(self, invocation: Invocation) -> ImsiPlaces:
        """Say it of who sent an invocation."""
        for peer in self._settings.peer:
            if _is_about(peer, invocation):
                return peer.imsi_places
        return self._settings.imsi_places


class CongestionResult:
    """Says what a request too many is answered; None: what RFC 6733 §7.1.3 says of it."""

    def __init__(self, settings: Diameter) -> None:
        self.follow(settings)

    def follow(self, settings: Diameter) -> None:
        """Say what these settings say from now on."""
        name = settings.congestion_result
        self._result = ResultCode[name] if name else None

    def __call__(self) -> ResultCode | None:
        """Say it of every request."""
        return self._result


def diameter_node(
    config: Config,
    decide: Decide,
    deal: Deal,
    congestion_result: CongestionResult,
    *,
    started_at: int,
) -> Node[Message, bytes]:
    """Make the Diameter node of one worker; `started_at` grows with each start (RFC 6733 §8.16)."""
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
    ours = [
        peer for peer in diameter.peer if deal.hosts.elsewhere(peer.origin_host.lower()) is None
    ]
    return Node(
        peers="peer",
        known=[peer.origin_host for peer in ours],
        everybody=[peer.origin_host for peer in diameter.peer],
        path=SlowPath(
            name=Interface.S13,
            machine=NodeMachine(
                local,
                specs,
                random=_random,
                share=deal.hosts,
                congestion_result=congestion_result,
            ),
            interface=S13Interface(local, decide),
            syntax=DiameterSyntax(),
        ),
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
            for peer in ours
        ],
    )


def ss7_node(
    config: Config, decide: Decide, deal: Deal, places: Places
) -> Node[Invocation, Reply] | None:
    """Make the SS7 node of one worker: M3UA, SCCP, TCAP and MAP; None: it is not enabled."""
    m3ua, sccp, map_ = config.m3ua, config.sccp, config.map
    if not m3ua.enabled or m3ua.point_code is None:
        return None
    point_code = m3ua.point_code
    tcap = TcapMachine(
        worker=deal.worker,
        negotiate=negotiator(map_.versions),
        random=_random,
        max_dialogues=map_.max_dialogues,
        t_dialogue=map_.dialogue_seconds,
    )
    local = SccpLocal(point_code=point_code, ssn=sccp.ssn, global_title=sccp.global_title)
    dials = _dials(m3ua, deal)
    machine = Ss7Node(
        _m3ua_node(m3ua, point_code, deal),
        SccpMachine(local, share=deal.segments),
        tcap,
        associations=deal.connections,
        dialogues=deal.dialogues,
    )
    return Node(
        peers="asp",
        known=[*(dial.peer for dial in dials), *_names_of_ours(m3ua, deal)],
        everybody=[*m3ua.associations(), *(peer.name for peer in m3ua.peer)],
        path=SlowPath(
            name=Interface.MAP,
            machine=machine,
            interface=CheckImeiInterface(decide, imsi_places=places),
            syntax=Ss7Syntax(),
        ),
        wire=m3ua_wire(m3ua),
        admission=Admission(
            [peer.addresses for peer in m3ua.peer], accept_any_peer=m3ua.accept_any_peer
        ),
        dials=dials,
    )


def _names_of_ours(m3ua: M3ua, deal: Deal) -> list[str]:
    """Name those who connect to us, and whose associations come to this worker."""
    return [
        peer.name
        for peer in m3ua.peer
        if deal.addresses.elsewhere(str(plain(peer.addresses[0]))) is None
    ]


def _asps(m3ua: M3ua, deal: Deal) -> list[Asp]:
    """Give the ASPs that this worker runs."""
    return [asp for place, asp in enumerate(m3ua.asps) if deal.has_asp(place)]


def _dials(m3ua: M3ua, deal: Deal) -> list[Dial]:
    return [
        Dial(
            peer=m3ua.association(gateway, asp),
            transport=gateway.transport,
            addresses=gateway.addresses,
            port=gateway.port,
            local_addresses=_first_addresses(m3ua.listen_sctp, gateway.transport),
            local_port=asp.local_port,
        )
        for gateway in m3ua.gateway
        for asp in _asps(m3ua, deal)
    ]


def _m3ua_node(m3ua: M3ua, point_code: PointCode, deal: Deal) -> M3uaNode:
    local = m3ua_local.Local(
        point_code=point_code,
        network_indicator=m3ua.network_indicator,
        traffic_mode=TrafficMode[m3ua.mode.upper()],
        lenient_stream=m3ua.lenient_stream,
        exchange=m3ua.exchange,
        accept_any_peer=m3ua.accept_any_peer,
        heartbeat=m3ua.heartbeat_seconds,
    )
    gateways = [
        m3ua_local.PeerSpec(
            name=m3ua.association(gateway, asp),
            connect=True,  # and has no addresses here: it is not known by them if it came to us
            asp_identifier=asp.identifier,
            routing_contexts=gateway.routing_context,
            network_appearance=gateway.network_appearance,
            register=gateway.registers,
        )
        for gateway in m3ua.gateway
        for asp in _asps(m3ua, deal)
    ]
    peers = [
        m3ua_local.PeerSpec(
            name=peer.name,
            addresses=peer.addresses,
            routing_contexts=peer.routing_contexts,
            network_appearance=peer.network_appearance,
        )
        for peer in m3ua.peer
    ]
    return M3uaNode(local, [*gateways, *peers], random=_random, share=deal.addresses)


def _is_about(peer: MapPeer, invocation: Invocation) -> bool:
    unitdata = invocation.unitdata
    title = unitdata.calling.global_title
    digits = "" if title is None else title.digits
    asks_from = peer.point_code in {None, unitdata.transfer.opc}
    return asks_from and digits.startswith(peer.calling)


def _first_addresses(listening: tuple[Endpoint, ...], transport: Transport) -> tuple[str, ...]:
    """Connect from the addresses that we listen on, so that a peer knows us by the same ones."""
    return listening[0].addresses if listening and transport == "sctp" else ()
