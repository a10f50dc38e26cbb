"""How the messages of each protocol travel."""

from dataclasses import dataclass

from eir.config import Diameter, M3ua
from protocols.diameter import framing as diameter_framing
from protocols.framing import Head
from protocols.m3ua import framing as m3ua_framing

PPID_DIAMETER = 46  # in clear (RFC 6733 §2.1.1, §11.4)
PPID_M3UA = 3  # RFC 4666 §7.1


@dataclass(frozen=True, slots=True, kw_only=True)
class Wire:
    """What connections of a protocol have in common.

    Attributes:
        head: how a stream is cut into messages.
        ppid: the payload protocol identifier of our SCTP messages; others may have any.
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


def m3ua_wire(m3ua: M3ua) -> Wire:
    """Say how M3UA travels: always ordered, or a stream would mean nothing (RFC 4666 §1.4.7)."""
    return Wire(
        head=m3ua_framing.HEAD,
        ppid=PPID_M3UA,
        max_octets=m3ua.max_message_octets,
        unordered=False,
    )
