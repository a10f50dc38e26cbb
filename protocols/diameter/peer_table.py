"""The table of the peer state machine (RFC 6733 §5.6), row by row and name by name.

I- is the connection that we opened, R- the one that the peer opened. Rows that the RFC does
not have stand under `ours` and say why.
"""

from collections.abc import Mapping
from enum import Enum, auto
from types import MappingProxyType
from typing import TypeAlias

from protocols.diameter.codec import Header
from protocols.diameter.codes import APPLICATION_BASE, Command

T_WAIT = 10.0  # seconds; ours: Timeout while a connection is being made
T_CLOSING = 3.0  # seconds; ours: Timeout in Closing


class PeerState(Enum):
    """The states, as the RFC writes them."""

    CLOSED = "Closed"
    WAIT_CONN_ACK = "Wait-Conn-Ack"
    WAIT_I_CEA = "Wait-I-CEA"
    WAIT_CONN_ACK_ELECT = "Wait-Conn-Ack/Elect"
    WAIT_RETURNS = "Wait-Returns"
    R_OPEN = "R-Open"
    I_OPEN = "I-Open"
    CLOSING = "Closing"


class Event(Enum):
    """What can happen (RFC 6733 §5.6.2)."""

    START = auto()
    STOP = auto()
    TIMEOUT = auto()
    WIN_ELECTION = auto()
    R_CONN_CER = auto()
    I_RCV_CONN_ACK = auto()
    I_RCV_CONN_NACK = auto()
    I_RCV_CEA = auto()
    I_RCV_NON_CEA = auto()
    I_PEER_DISC = auto()
    I_RCV_MESSAGE = auto()
    I_RCV_DWR = auto()
    I_RCV_DWA = auto()
    I_RCV_DPR = auto()
    I_RCV_DPA = auto()
    R_PEER_DISC = auto()
    R_RCV_MESSAGE = auto()
    R_RCV_DWR = auto()
    R_RCV_DWA = auto()
    R_RCV_DPR = auto()
    R_RCV_DPA = auto()


class Action(Enum):
    """What is done about it (RFC 6733 §5.6.3)."""

    I_SND_CONN_REQ = auto()
    CLEANUP = auto()
    ERROR = auto()
    ELECT = auto()
    R_ACCEPT = auto()
    R_REJECT = auto()
    PROCESS_CER = auto()
    PROCESS_CEA = auto()
    PROCESS_DWR = auto()
    PROCESS_DWA = auto()
    PROCESS = auto()
    I_SND_CER = auto()
    R_SND_CEA = auto()
    I_SND_DWA = auto()
    R_SND_DWA = auto()
    I_SND_DPR = auto()
    R_SND_DPR = auto()
    I_SND_DPA = auto()
    R_SND_DPA = auto()
    I_DISC = auto()
    R_DISC = auto()
    HOLD_AND_PROBE = auto()  # ours
    HOLD = auto()  # ours


Row: TypeAlias = tuple[tuple[Action, ...], PeerState]

_S, _E, _A = PeerState, Event, Action

TABLE: Mapping[PeerState, Mapping[Event, Row]] = MappingProxyType(
    {
        _S.CLOSED: {
            _E.START: ((_A.I_SND_CONN_REQ,), _S.WAIT_CONN_ACK),
            _E.R_CONN_CER: ((_A.R_ACCEPT, _A.PROCESS_CER, _A.R_SND_CEA), _S.R_OPEN),
        },
        _S.WAIT_CONN_ACK: {
            _E.I_RCV_CONN_ACK: ((_A.I_SND_CER,), _S.WAIT_I_CEA),
            _E.I_RCV_CONN_NACK: ((_A.CLEANUP,), _S.CLOSED),
            _E.R_CONN_CER: ((_A.R_ACCEPT, _A.PROCESS_CER), _S.WAIT_CONN_ACK_ELECT),
            _E.TIMEOUT: ((_A.ERROR,), _S.CLOSED),
        },
        _S.WAIT_I_CEA: {
            _E.I_RCV_CEA: ((_A.PROCESS_CEA,), _S.I_OPEN),
            _E.R_CONN_CER: ((_A.R_ACCEPT, _A.PROCESS_CER, _A.ELECT), _S.WAIT_RETURNS),
            _E.I_PEER_DISC: ((_A.I_DISC,), _S.CLOSED),
            _E.I_RCV_NON_CEA: ((_A.ERROR,), _S.CLOSED),
            _E.TIMEOUT: ((_A.ERROR,), _S.CLOSED),
        },
        _S.WAIT_CONN_ACK_ELECT: {
            _E.I_RCV_CONN_ACK: ((_A.I_SND_CER, _A.ELECT), _S.WAIT_RETURNS),
            _E.I_RCV_CONN_NACK: ((_A.R_SND_CEA,), _S.R_OPEN),
            _E.R_PEER_DISC: ((_A.R_DISC,), _S.WAIT_CONN_ACK),
            _E.R_CONN_CER: ((_A.R_REJECT,), _S.WAIT_CONN_ACK_ELECT),
            _E.TIMEOUT: ((_A.ERROR,), _S.CLOSED),
        },
        _S.WAIT_RETURNS: {
            _E.WIN_ELECTION: ((_A.I_DISC, _A.R_SND_CEA), _S.R_OPEN),
            _E.I_PEER_DISC: ((_A.I_DISC, _A.R_SND_CEA), _S.R_OPEN),
            # Process-CEA is ours: the RFC's row forgets it, that of Wait-I-CEA has it.
            _E.I_RCV_CEA: ((_A.PROCESS_CEA, _A.R_DISC), _S.I_OPEN),
            _E.R_PEER_DISC: ((_A.R_DISC,), _S.WAIT_I_CEA),
            _E.R_CONN_CER: ((_A.R_REJECT,), _S.WAIT_RETURNS),
            _E.TIMEOUT: ((_A.ERROR,), _S.CLOSED),
            # ours: a CEA that refuses our connection leaves the peer's, as I-Peer-Disc does.
            _E.I_RCV_NON_CEA: ((_A.I_DISC, _A.R_SND_CEA), _S.R_OPEN),
        },
        _S.R_OPEN: {
            _E.R_RCV_MESSAGE: ((_A.PROCESS,), _S.R_OPEN),
            _E.R_RCV_DWR: ((_A.PROCESS_DWR, _A.R_SND_DWA), _S.R_OPEN),
            _E.R_RCV_DWA: ((_A.PROCESS_DWA,), _S.R_OPEN),
            _E.STOP: ((_A.R_SND_DPR,), _S.CLOSING),
            _E.R_RCV_DPR: ((_A.R_SND_DPA,), _S.CLOSING),
            _E.R_PEER_DISC: ((_A.R_DISC,), _S.CLOSED),
            # ours, where the RFC has R-Reject: a node that crashed comes back before its old
            # connection is known to be dead. The old one is asked first; see HOLD_AND_PROBE.
            _E.R_CONN_CER: ((_A.HOLD_AND_PROBE,), _S.R_OPEN),
        },
        _S.I_OPEN: {
            _E.I_RCV_MESSAGE: ((_A.PROCESS,), _S.I_OPEN),
            _E.I_RCV_DWR: ((_A.PROCESS_DWR, _A.I_SND_DWA), _S.I_OPEN),
            _E.I_RCV_DWA: ((_A.PROCESS_DWA,), _S.I_OPEN),
            _E.STOP: ((_A.I_SND_DPR,), _S.CLOSING),
            _E.I_RCV_DPR: ((_A.I_SND_DPA,), _S.CLOSING),
            _E.I_PEER_DISC: ((_A.I_DISC,), _S.CLOSED),
            # ours, as in R-Open.
            _E.R_CONN_CER: ((_A.HOLD_AND_PROBE,), _S.I_OPEN),
        },
        _S.CLOSING: {
            _E.I_RCV_DPA: ((_A.I_DISC,), _S.CLOSED),
            _E.R_RCV_DPA: ((_A.R_DISC,), _S.CLOSED),
            _E.TIMEOUT: ((_A.ERROR,), _S.CLOSED),
            _E.I_PEER_DISC: ((_A.I_DISC,), _S.CLOSED),
            _E.R_PEER_DISC: ((_A.R_DISC,), _S.CLOSED),
            # ours: what the peer sent before it saw our DPR is a request like any other, and
            # every request gets its answer.
            _E.I_RCV_MESSAGE: ((_A.PROCESS,), _S.CLOSING),
            _E.R_RCV_MESSAGE: ((_A.PROCESS,), _S.CLOSING),
            _E.I_RCV_DWR: ((_A.PROCESS_DWR, _A.I_SND_DWA), _S.CLOSING),
            _E.R_RCV_DWR: ((_A.PROCESS_DWR, _A.R_SND_DWA), _S.CLOSING),
            _E.I_RCV_DWA: ((_A.PROCESS_DWA,), _S.CLOSING),
            _E.R_RCV_DWA: ((_A.PROCESS_DWA,), _S.CLOSING),
            _E.I_RCV_DPR: ((_A.I_SND_DPA,), _S.CLOSING),
            _E.R_RCV_DPR: ((_A.R_SND_DPA,), _S.CLOSING),
            # ours: the peer is quick to come back; it waits until the old connection is gone.
            _E.R_CONN_CER: ((_A.HOLD,), _S.CLOSING),
        },
    }
)

_EVENTS: dict[tuple[int, bool], tuple[Event, Event]] = {
    (Command.CAPABILITIES_EXCHANGE, False): (Event.I_RCV_CEA, Event.R_RCV_MESSAGE),
    (Command.DEVICE_WATCHDOG, True): (Event.I_RCV_DWR, Event.R_RCV_DWR),
    (Command.DEVICE_WATCHDOG, False): (Event.I_RCV_DWA, Event.R_RCV_DWA),
    (Command.DISCONNECT_PEER, True): (Event.I_RCV_DPR, Event.R_RCV_DPR),
    (Command.DISCONNECT_PEER, False): (Event.I_RCV_DPA, Event.R_RCV_DPA),
}


def event_of(header: Header, *, initiated: bool) -> Event:
    """Name what came: I- or R-Rcv- and the command (RFC 6733 §5.6.2)."""
    if header.application == APPLICATION_BASE:
        events = _EVENTS.get((header.command, header.is_request))
        if events is not None:
            return events[0 if initiated else 1]
    return Event.I_RCV_MESSAGE if initiated else Event.R_RCV_MESSAGE


def timeout_of(state: PeerState, now: float) -> float | None:
    """Give the Timeout of a state (RFC 6733 §5.6); stable states have none."""
    match state:
        case PeerState.CLOSED | PeerState.I_OPEN | PeerState.R_OPEN:
            return None
        case PeerState.CLOSING:
            return now + T_CLOSING
        case _:
            return now + T_WAIT


def wins_election(ours: str, theirs: str) -> bool:
    """Compare the Origin-Hosts as octets, upper case as lower (RFC 6733 §5.6.4)."""
    return ours.lower() > theirs.lower()
