"""What a peer can do wrong, whatever the protocol.

ProtocolError              the peer broke a rule
    DecodeError            octets that are not a message of their layer
        FramingError       a stream whose message boundaries are lost
    DiameterError          protocols.diameter.errors: a request that must be refused
"""

from typing import ClassVar


class ProtocolError(Exception):
    """The peer broke a rule of a protocol."""


class DecodeError(ProtocolError):
    """Octets that are not a message of this layer.

    Attributes:
        reason: what is wrong, without personal data.
        offset: where, in octets from the start of the message.
    """

    layer: ClassVar[str] = "unknown"

    def __init__(self, reason: str, *, offset: int) -> None:
        super().__init__(f"{self.layer}: {reason} at octet {offset}")
        self.reason = reason
        self.offset = offset


class FramingError(DecodeError):
    """A stream whose next message cannot be found.

    Attributes:
        header: the octets of the header that cannot be right.
    """

    layer = "framing"

    def __init__(self, reason: str, *, offset: int, header: bytes) -> None:
        super().__init__(reason, offset=offset)
        self.header = header
