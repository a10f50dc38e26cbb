"""How the messages of each protocol travel."""

from dataclasses import dataclass

from eir.config import Diameter
from protocols.diameter import framing as diameter_framing
from protocols.framing import Head

PPID_DIAMETER = 46  # in clear (RFC 6733 §2.1.1, §11.4)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wire:
    """What connections of a protocol have in common.

    Attributes:
        head: how a stream is cut into messages.
        ppid: the payload protocol identifier of our SCTP messages; those of others are not read.
        max_octets: of a message; a longer one ends its connection.
        unordered: SCTP may deliver in any order what the machine does not want ordered.
    """

    head: Head
    ppid: int
    max_octets: int
    unordered: bool


def diameter_wire(diameter: Diameter) -> Wire:
    """Say how Diameter travels."""
    return Wire(
        head=diameter_framing.HEAD,
        ppid=PPID_DIAMETER,
        max_octets=diameter.max_message_octets,
        unordered=diameter.sctp_unordered,
    )
