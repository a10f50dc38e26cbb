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
        local: our address, the first if there are several; empty: not known.
        state: as its machine calls it.
        peer: the name of who is at its other end, once it is known.
        waits: for its turn.
        ended: nothing more will come.
        closed: by us: the machine has forgotten it.
    """

    connection: Connection
    association: Association
    intake: Intake
    local: str = ""
    state: str = CLOSED
    peer: str = ""
    waits: bool = False
    ended: bool = False
    closed: bool = False

    def read_or_wait(self) -> None:
        """Read on while there is room, and close what has ended and was answered."""
        if self.closed:
            self.intake.clear()
        elif self.ended and not self.intake:
            self.association.close()
        elif self.intake.is_full:
            self.association.hold()
        else:
            self.association.release()

    def end(self) -> bool:
        """Learn that nothing more will come; tell whether what came is to be answered yet."""
        self.ended = True
        return bool(self.intake) and not self.closed
