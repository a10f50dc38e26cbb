"""What the driver knows of a connection."""

from dataclasses import dataclass

from eir.links import CLOSED
from eir.transport.intake import Intake
from eir.transport.machine import Association
from protocols.effects import Connection


@dataclass(slots=True)
class Link:
    """One connection.

    Attributes:
        connection: its number.
        association: its sockets.
        intake: what was read and is not answered.
        state: as its machine calls it.
        peer: the name of who is at its other end, once it is known.
        waits: for its turn.
        ended: nothing more will come.
        closed: by us: the machine has forgotten it.
    """

    connection: Connection
    association: Association
    intake: Intake
    state: str = CLOSED
    peer: str = ""
    waits: bool = False
    ended: bool = False
    closed: bool = False
