"""What the MTP gives its user, and takes from it (ITU-T Q.701 §8, Q.704 §2).

M3UA stands in for the MTP, so these are the primitives at its upper boundary (RFC 4666 §1.6.1).
"""

import re
from dataclasses import dataclass, field
from typing import TypeAlias

from protocols.effects import Connection

PointCode: TypeAlias = int  # 14 bits (ITU-T Q.704 §2.2.3)

MAX_POINT_CODE = 0x3FFF
SERVICE_SCCP = 3  # service indicator of SCCP (ITU-T Q.704 §14.2.1)

_NOTATION = re.compile(r"(\d{1,5})|(\d)-(\d{1,3})-(\d)", re.ASCII)


@dataclass(frozen=True, slots=True)
class Transfer:
    """MTP-TRANSFER, indication or request.

    Attributes:
        connection: the association that it came by; in a request, the one to prefer.
        opc: the point code that it comes from.
        dpc: the point code that it goes to.
        service_indicator: the user part.
        network_indicator: 0 international, 1 spare, 2 national, 3 national spare.
        priority: message priority.
        sls: signalling link selection; messages that share it stay in sequence.
        user_data: the user part's message.
        routing_context: what the association calls the application server; None: it has one only.
        network_appearance: what the association calls the SS7 network; None: it knows one only.
    """

    connection: Connection
    opc: PointCode
    dpc: PointCode
    service_indicator: int
    network_indicator: int
    priority: int
    sls: int
    user_data: bytes = field(repr=False)  # may hold personal data, which no log may show
    routing_context: int | None = None
    network_appearance: int | None = None


def parse_point_code(text: str) -> PointCode:
    """Read an ITU point code: "4180", or "2-10-4" with 3, 8 and 3 bits (ITU-T Q.708 §2).

    Raises:
        ValueError: it is neither, or out of range.
    """
    match = _NOTATION.fullmatch(text)
    if match is None:
        raise ValueError(f'{text!r} is no point code: write "2-10-4" or 4180')
    whole, zone, area, point = match.groups()
    if whole is not None:
        code = int(whole)
        if code > MAX_POINT_CODE:
            raise ValueError(f"point code {code} has more than 14 bits: at most {MAX_POINT_CODE}")
        return code
    parts = int(zone), int(area), int(point)
    if parts[0] > 7 or parts[1] > 255 or parts[2] > 7:
        raise ValueError(f"point code {text}: at most 7-255-7")
    return parts[0] << 11 | parts[1] << 3 | parts[2]


def format_point_code(code: PointCode) -> str:
    """Write a point code as 3-8-3 (ITU-T Q.708 §2)."""
    return f"{code >> 11}-{code >> 3 & 0xFF}-{code & 7}"
