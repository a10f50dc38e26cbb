"""What the driver knows of a connection."""

from collections import deque
from dataclasses import dataclass, field

from eir.links import CLOSED
from eir.transport.machine import Association, Incoming
from protocols.effects import Connection


@dataclass(slots=True)
class Link:
    """One connection.

    Attributes:
        connection: its number.
        association: its sockets.
        state: as its machine calls it.
        peer: the name of who is at its other end, once it is known.
        pending: what was read and is not answered.
        closed: by us: the machine has forgotten it.
    """

    connection: Connection
    association: Association
    state: str = CLOSED
    peer: str = ""
    pending: deque[Incoming] = field(default_factory=deque)
    closed: bool = False
