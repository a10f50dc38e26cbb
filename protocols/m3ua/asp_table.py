"""The states of an ASP and the tables of their changes (RFC 4666 §4.3.1, §4.3.4).

`HERE` is our own ASP, whose state at the peer we keep; `REMOTE` is the peer's, whose state we
give. What is not in a table cannot happen there: the caller refuses it as unexpected.
"""

from collections.abc import Mapping
from enum import Enum, auto
from types import MappingProxyType
from typing import TypeAlias


class AspState(Enum):
    """The states of an ASP (RFC 4666 §4.3.1)."""

    ASP_DOWN = "ASP-DOWN"
    ASP_INACTIVE = "ASP-INACTIVE"
    ASP_ACTIVE = "ASP-ACTIVE"


class Event(Enum):
    """What can happen to an ASP; the names of messages are theirs."""

    ASP_UP = auto()
    ASP_DOWN = auto()
    ASP_ACTIVE = auto()
    ASP_INACTIVE = auto()
    ASP_UP_ACK = auto()
    ASP_DOWN_ACK = auto()
    ASP_ACTIVE_ACK = auto()
    ASP_INACTIVE_ACK = auto()
    ALTERNATE_ASP_ACTIVE = auto()
    AS_IDLE = auto()  # a Notify says that the application server could do with us
    RESTART = auto()  # SCTP-RESTART indication


class Action(Enum):
    """What is done about it, in order."""

    RISE = auto()  # send ASP Up
    ACTIVATE = auto()  # send ASP Active, after the registration if there is one
    ACKNOWLEDGE = auto()
    REFUSE = auto()  # send Error (Unexpected Message)


Row: TypeAlias = tuple[tuple[Action, ...], AspState]
Table: TypeAlias = Mapping[AspState, Mapping[Event, Row]]

_S, _E, _A = AspState, Event, Action

HERE: Table = MappingProxyType(
    {
        _S.ASP_DOWN: {
            _E.ASP_UP_ACK: ((_A.ACTIVATE,), _S.ASP_INACTIVE),
            _E.ASP_DOWN_ACK: ((), _S.ASP_DOWN),
            _E.ALTERNATE_ASP_ACTIVE: ((), _S.ASP_DOWN),
            _E.AS_IDLE: ((), _S.ASP_DOWN),
            _E.RESTART: ((_A.RISE,), _S.ASP_DOWN),
        },
        _S.ASP_INACTIVE: {
            # §4.3.4.1: "the ASP should consider itself in the ASP-INACTIVE state"; it is.
            _E.ASP_UP_ACK: ((), _S.ASP_INACTIVE),
            # §4.3.4.2: without an ASP Down, "return itself to its previous state".
            _E.ASP_DOWN_ACK: ((_A.RISE,), _S.ASP_DOWN),
            _E.ASP_ACTIVE_ACK: ((), _S.ASP_ACTIVE),
            _E.ASP_INACTIVE_ACK: ((), _S.ASP_INACTIVE),
            _E.ALTERNATE_ASP_ACTIVE: ((), _S.ASP_INACTIVE),
            # ours: §4.3.4.5 leaves it to the ASP, and this one is here to serve.
            _E.AS_IDLE: ((_A.ACTIVATE,), _S.ASP_INACTIVE),
            _E.RESTART: ((_A.RISE,), _S.ASP_DOWN),
        },
        _S.ASP_ACTIVE: {
            # §4.3.4.1: "it SHOULD send an Error message and then initiate procedures to return
            # itself to its previous state".
            _E.ASP_UP_ACK: ((_A.REFUSE, _A.ACTIVATE), _S.ASP_INACTIVE),
            _E.ASP_DOWN_ACK: ((_A.RISE,), _S.ASP_DOWN),  # §4.3.4.2
            _E.ASP_ACTIVE_ACK: ((), _S.ASP_ACTIVE),  # §4.3.4.3: one Ack for some contexts each
            _E.ASP_INACTIVE_ACK: ((_A.ACTIVATE,), _S.ASP_INACTIVE),  # §4.3.4.4, likewise
            # §4.3.4.3: it "MUST consider itself now in the ASP-INACTIVE state".
            _E.ALTERNATE_ASP_ACTIVE: ((), _S.ASP_INACTIVE),
            # ours: one of several contexts was taken over, and is free again.
            _E.AS_IDLE: ((_A.ACTIVATE,), _S.ASP_ACTIVE),
            _E.RESTART: ((_A.RISE,), _S.ASP_DOWN),
        },
    }
)

REMOTE: Table = MappingProxyType(
    {
        _S.ASP_DOWN: {
            _E.ASP_UP: ((_A.ACKNOWLEDGE,), _S.ASP_INACTIVE),
            _E.ASP_DOWN: ((_A.ACKNOWLEDGE,), _S.ASP_DOWN),  # §4.3.4.2: "even if" it is down
            _E.RESTART: ((), _S.ASP_DOWN),
        },
        _S.ASP_INACTIVE: {
            _E.ASP_UP: ((_A.ACKNOWLEDGE,), _S.ASP_INACTIVE),  # §4.3.4.1
            _E.ASP_DOWN: ((_A.ACKNOWLEDGE,), _S.ASP_DOWN),
            _E.ASP_ACTIVE: ((_A.ACKNOWLEDGE,), _S.ASP_ACTIVE),
            _E.ASP_INACTIVE: ((_A.ACKNOWLEDGE,), _S.ASP_INACTIVE),  # §4.3.4.4
            _E.RESTART: ((), _S.ASP_DOWN),
        },
        _S.ASP_ACTIVE: {
            # §4.3.4.1: "an ASP Up Ack message is returned, as well as an Error message
            # ("Unexpected Message")", and it is ASP-INACTIVE everywhere.
            _E.ASP_UP: ((_A.ACKNOWLEDGE, _A.REFUSE), _S.ASP_INACTIVE),
            _E.ASP_DOWN: ((_A.ACKNOWLEDGE,), _S.ASP_DOWN),
            _E.ASP_ACTIVE: ((_A.ACKNOWLEDGE,), _S.ASP_ACTIVE),  # §4.3.4.3
            _E.ASP_INACTIVE: ((_A.ACKNOWLEDGE,), _S.ASP_INACTIVE),
            _E.ALTERNATE_ASP_ACTIVE: ((), _S.ASP_INACTIVE),  # §4.3.4.3: overridden
            _E.RESTART: ((), _S.ASP_DOWN),
        },
    }
)
