"""Who we are to our M3UA peers, and who they are to us."""

from dataclasses import dataclass
from typing import Literal

from protocols.m3ua.codes import TrafficMode
from protocols.mtp import PointCode


@dataclass(frozen=True, slots=True, kw_only=True)
class Local:
    """Our side of every association.

    Attributes:
        point_code: ours; traffic for another is not taken.
        network_indicator: of our network; likewise.
        traffic_mode: how our ASPs share traffic, and those of a peer that does not say.
        lenient_stream: take DATA on stream 0, although nobody may send it there.
        exchange: between IPSPs, whether one ASP Up and one ASP Active serve both sides
            ("single"), or each side sends its own ("double") (RFC 4666 §4.3.4.1.2).
        accept_any_peer: let in peers that are not in the configuration.
        t_ack: T(ack) in seconds (RFC 4666 §4.3.4.1).
        heartbeat: T(beat) in seconds (RFC 4666 §4.3.4.6); 0: we send none.
    """

    point_code: PointCode
    network_indicator: int = 2
    traffic_mode: TrafficMode = TrafficMode.LOADSHARE
    lenient_stream: bool = False
    exchange: Literal["single", "double"] = "single"
    accept_any_peer: bool = False
    t_ack: float = 2.0
    heartbeat: float = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class PeerSpec:
    """What the configuration says of a peer.

    Attributes:
        name: ours for it, unique.
        addresses: where it comes from, if it connects to us: this is how it is known.
        connect: we connect to it, as its ASP.
        asp_identifier: the ASP Identifier that the side which connects sends, ours or the
            peer's; None: we send none, and take any.
        routing_contexts: the application servers of the association; empty: we name none, and
            take those that the peer names.
        network_appearance: the peer's number for our network; None: we name none, and take any.
        register: ask for the routing context (RFC 4666 §4.4.1) instead of knowing it.
        traffic_mode: of the application servers; None: ours, unless a peer's ASP says another.
    """

    name: str
    addresses: tuple[str, ...] = ()
    connect: bool = False
    asp_identifier: int | None = None
    routing_contexts: tuple[int, ...] = ()
    network_appearance: int | None = None
    register: bool = False
    traffic_mode: TrafficMode | None = None
