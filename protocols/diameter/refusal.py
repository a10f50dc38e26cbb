"""How a request is refused: each in the grammar of its own command, where that can be met."""

from protocols.diameter import base, capabilities, s13
from protocols.diameter.codec import Message
from protocols.diameter.codes import APPLICATION_S13, Command
from protocols.diameter.errors import DiameterError, ElectionLostError
from protocols.diameter.link import Link
from protocols.diameter.local import Local
from protocols.effects import Close, Connection, Effect, Moved, Refused, Send


def refuse(request: Message, error: DiameterError, local: Local) -> bytes:
    """Answer a request with an error."""
    header = request.header
    if header.application == APPLICATION_S13 and header.command == Command.ME_IDENTITY_CHECK:
        return s13.refuse(request, error, local)
    return base.refuse(request, error, local)


def refused(connection: Connection, error: DiameterError, peer: str, *, checks: int = 0) -> Refused:
    """Tell that a request was refused, and whether it was a check."""
    return Refused(connection, error.result_code, error.reason, peer, checks=checks)


def reject(link: Link, peer: str, reason: str, local: Local) -> list[Effect[Message]]:
    """Send a newcomer away (R-Reject of RFC 6733 §5.6), and tell it why (§7.1.4, 4003)."""
    closed: list[Effect[Message]] = [
        Close(link.connection),
        Moved(link.connection, peer, "CLOSED"),
    ]
    if link.cer is None:
        return closed
    error = ElectionLostError(reason)
    return [
        Send(link.connection, capabilities.refuse_cer(link.cer, error, local, link.addresses)),
        refused(link.connection, error, peer),
        *closed,
    ]
