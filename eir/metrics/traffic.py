"""What is counted of messages and connections."""

from collections.abc import Mapping
from enum import IntEnum
from itertools import product
from typing import Literal, get_args

from eir.metrics.family import Family, Kind
from protocols.diameter.codes import ResultCode
from protocols.diameter.peer_table import PeerState
from protocols.effects import Layer
from protocols.gsm_map import codes as gsm_map
from protocols.m3ua import codes as m3ua
from protocols.m3ua.asp_table import AspState
from protocols.sccp import codes as sccp
from protocols.tcap import codes as tcap

Transport = Literal["tcp", "sctp"]
Given = Literal["connection", "message"]  # to another worker

OTHER_CODE = "OTHER"  # a code that we have no name for
TRANSPORTS = get_args(Transport)
_LAYERS = get_args(Layer)
_CODES: Mapping[Layer, type[IntEnum]] = {
    "diameter": ResultCode,
    "m3ua": m3ua.ErrorCode,
    "sccp": sccp.ReturnCause,
    "tcap": tcap.Refusal,
    "map": gsm_map.ErrorCode,
}
CODE_NAMES = {
    layer: {code.value: code.name for code in codes if code is not ResultCode.SUCCESS}
    for layer, codes in _CODES.items()
}
_BY_TRANSPORT = tuple(product(TRANSPORTS))
STATES = (
    "WAIT_CER",  # nobody yet
    *(state.name for state in PeerState if state is not PeerState.CLOSED),
    *(state.name for state in AspState),
)
SCTP_EVENTS = (
    "COMM_UP",
    "COMM_LOST",
    "RESTART",
    "SHUTDOWN_COMP",
    "CANT_STR_ASSOC",
    "SHUTDOWN_EVENT",
    "ADDR_AVAILABLE",
    "ADDR_UNREACHABLE",
    "ADDR_REMOVED",
    "ADDR_ADDED",
    "ADDR_MADE_PRIM",
    "ADDR_CONFIRMED",
)

REFUSALS = Family(
    "eir_refusals",
    "Messages answered with an error, by the layer whose error it is",
    Kind.COUNTER,
    ("layer", "code"),
    tuple(
        (layer, name)
        for layer in _LAYERS
        for name in (*CODE_NAMES.get(layer, {}).values(), OTHER_CODE)
    ),
)
DISCARDED = Family(
    "eir_discarded_messages",
    "Messages that got no answer, because their specification says so",
    Kind.COUNTER,
    ("layer",),
    tuple(product(_LAYERS)),
)
CONNECTIONS = Family(
    "eir_connections",
    "Connections and associations by state",
    Kind.GAUGE,
    ("transport", "state"),
    tuple(product(TRANSPORTS, STATES)),
)
REFUSED_CONNECTIONS = Family(
    "eir_refused_connections",
    "Connections closed unheard: no peer has their address, or there are too many",
    Kind.COUNTER,
    ("transport",),
    _BY_TRANSPORT,
)
MESSAGES_IN = Family(
    "eir_received_messages", "Whole messages", Kind.COUNTER, ("transport",), _BY_TRANSPORT
)
MESSAGES_OUT = Family(
    "eir_sent_messages", "Whole messages", Kind.COUNTER, ("transport",), _BY_TRANSPORT
)
OCTETS_IN = Family(
    "eir_received_bytes", "Octets of messages", Kind.COUNTER, ("transport",), _BY_TRANSPORT
)
OCTETS_OUT = Family(
    "eir_sent_bytes", "Octets of messages", Kind.COUNTER, ("transport",), _BY_TRANSPORT
)
FRAMING_ERRORS = Family(
    "eir_framing_errors",
    "Connections whose message boundaries were lost",
    Kind.COUNTER,
    ("transport",),
    _BY_TRANSPORT,
)
SCTP_NOTIFICATIONS = Family(
    "eir_sctp_notifications",
    "Association and path events of the kernel",
    Kind.COUNTER,
    ("event",),
    tuple(product(SCTP_EVENTS)),
)
HANDOVERS = Family(
    "eir_handovers",
    "Connections and messages given to the worker that they belong to",
    Kind.COUNTER,
    ("what",),
    tuple(product(get_args(Given))),
)
FAILED_HANDOVERS = Family(
    "eir_failed_handovers",
    "Those that it did not take: a connection is closed, a message discarded",
    Kind.COUNTER,
    ("what",),
    tuple(product(get_args(Given))),
)
INTERNAL_ERRORS = Family("eir_internal_errors", "Messages that met a bug of ours")
WAITING = Family(
    "eir_waiting_bytes", "Messages that were read and wait until there is time for them", Kind.GAUGE
)

# Of each peer: their labels are the interface, the peer, and these.

PROBES = Family(
    "eir_watchdogs",
    "How often a peer was asked whether it lives (Diameter DWR, M3UA BEAT), and what came: "
    "answered: its answer; missed: nothing at all in time",
    Kind.COUNTER,
    ("interface", "peer", "result"),
    (("sent",), ("answered",), ("missed",)),
)
RETRANSMITTED = Family(
    "eir_sctp_retransmitted_chunks",
    "SCTP chunks that were sent again to a peer",
    Kind.COUNTER,
    ("interface", "peer"),
)
TRAFFIC_FAMILIES_OF_PEERS = (PROBES, RETRANSMITTED)

TRAFFIC_FAMILIES = (
    REFUSALS,
    DISCARDED,
    CONNECTIONS,
    REFUSED_CONNECTIONS,
    MESSAGES_IN,
    MESSAGES_OUT,
    OCTETS_IN,
    OCTETS_OUT,
    FRAMING_ERRORS,
    SCTP_NOTIFICATIONS,
    HANDOVERS,
    FAILED_HANDOVERS,
    INTERNAL_ERRORS,
    WAITING,
)
