"""M3UA messages as octets, for programs that play a peer of the EIR.

Written straight from RFC 4666 with `struct`. It shares nothing with `protocols.m3ua`, so that what
one side encodes is read by other eyes.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum
from typing import Final

from tools.errors import WireError
from tools.link import Protocol

HEADER_OCTETS: Final = 8  # RFC 4666 §3.1
SCCP: Final = 3  # service indicator (RFC 4666 §3.3.1)


class Kind(IntEnum):
    """Message class and type in one number (RFC 4666 §3.1.2)."""

    ERROR = 0x0000
    NOTIFY = 0x0001
    DATA = 0x0101
    DUNA = 0x0201
    DAVA = 0x0202
    DAUD = 0x0203
    SCON = 0x0204
    DUPU = 0x0205
    DRST = 0x0206
    ASP_UP = 0x0301
    ASP_DOWN = 0x0302
    HEARTBEAT = 0x0303
    ASP_UP_ACK = 0x0304
    ASP_DOWN_ACK = 0x0305
    HEARTBEAT_ACK = 0x0306
    ASP_ACTIVE = 0x0401
    ASP_INACTIVE = 0x0402
    ASP_ACTIVE_ACK = 0x0403
    ASP_INACTIVE_ACK = 0x0404
    REG_REQ = 0x0901
    REG_RSP = 0x0902


class Tag(IntEnum):
    """The parameters that we read or write (RFC 4666 §3.2)."""

    ROUTING_CONTEXT = 0x0006
    HEARTBEAT_DATA = 0x0009
    TRAFFIC_MODE = 0x000B
    ERROR_CODE = 0x000C
    STATUS = 0x000D
    ASP_IDENTIFIER = 0x0011
    AFFECTED_POINT_CODE = 0x0012
    NETWORK_APPEARANCE = 0x0200
    ROUTING_KEY = 0x0207
    REGISTRATION_RESULT = 0x0208
    LOCAL_KEY_IDENTIFIER = 0x020A
    DESTINATION_POINT_CODE = 0x020B
    PROTOCOL_DATA = 0x0210
    REGISTRATION_STATUS = 0x0212


class TrafficMode(IntEnum):
    """How the ASPs of an application server share (RFC 4666 §3.7.1)."""

    OVERRIDE = 1
    LOADSHARE = 2
    BROADCAST = 3


ERROR_WORDS: Final = {  # RFC 4666 §3.8.1
    0x01: "invalid version",
    0x03: "unsupported message class",
    0x04: "unsupported message type",
    0x05: "unsupported traffic mode type",
    0x06: "unexpected message",
    0x07: "protocol error",
    0x09: "invalid stream identifier",
    0x0D: "refused: management blocking",
    0x0E: "ASP identifier required",
    0x0F: "invalid ASP identifier",
    0x11: "invalid parameter value",
    0x12: "parameter field error",
    0x13: "unexpected parameter",
    0x14: "destination status unknown",
    0x15: "invalid network appearance",
    0x16: "missing parameter",
    0x19: "invalid routing context",
    0x1A: "no configured AS for ASP",
}


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter as it was received."""

    tag: int
    value: bytes

    @property
    def number(self) -> int:
        """Read a 32-bit number; of a list, the first."""
        if len(self.value) < 4:
            raise WireError(f"parameter {self.tag:#06x} is no number: {len(self.value)} octets")
        return int.from_bytes(self.value[:4], "big")

    @property
    def members(self) -> tuple["Parameter", ...]:
        """Read the parameters inside of this one."""
        return tuple(_parameters(self.value))


@dataclass(frozen=True, slots=True)
class Message:
    """One message as it was received; `kind` may be one that `Kind` does not know."""

    kind: int
    parameters: tuple[Parameter, ...]

    def first(self, tag: Tag) -> Parameter | None:
        """Find the first parameter with this tag."""
        return find(self.parameters, tag)


@dataclass(frozen=True, slots=True, kw_only=True)
class ProtocolData:
    """What a DATA message carries (RFC 4666 §3.3.1)."""

    opc: int
    dpc: int
    network_indicator: int
    sls: int
    octets: bytes
    service_indicator: int = SCCP
    priority: int = 0


def find(parameters: tuple[Parameter, ...], tag: Tag) -> Parameter | None:
    """Find the first parameter with this tag."""
    return next((each for each in parameters if each.tag == tag), None)


def parse(octets: bytes) -> Message:
    """Read one whole message.

    Raises:
        WireError: version or lengths are wrong.
    """
    if len(octets) < HEADER_OCTETS or octets[0] != 1:
        raise WireError("not a header of M3UA version 1")
    kind, length = struct.unpack_from("!HI", octets, 2)
    if length != len(octets):
        raise WireError(f"the header says {length} octets, the message has {len(octets)}")
    return Message(kind, tuple(_parameters(octets[HEADER_OCTETS:])))


def take_messages(buffered: bytearray) -> list[bytes]:
    """Take the whole messages off the front of a TCP stream; what is incomplete stays."""
    messages = []
    while len(buffered) >= HEADER_OCTETS:
        length = int.from_bytes(buffered[4:8], "big")
        if buffered[0] != 1 or length < HEADER_OCTETS:
            raise WireError("the stream holds something that is not M3UA")
        if len(buffered) < length:
            break
        messages.append(bytes(buffered[:length]))
        del buffered[:length]
    return messages


M3UA: Final = Protocol(ppid=3, take_messages=take_messages)  # RFC 4666 §1.4.8, §7.1


def message(kind: Kind, *parameters: bytes) -> bytes:
    """Write one message (RFC 4666 §3.1)."""
    body = b"".join(parameters)
    return struct.pack("!BBHI", 1, 0, kind, HEADER_OCTETS + len(body)) + body


def parameter(tag: Tag, value: int | bytes) -> bytes:
    """Write one parameter (RFC 4666 §3.2): a 32-bit number, or octets."""
    octets = struct.pack("!I", value) if isinstance(value, int) else value
    return struct.pack("!HH", tag, 4 + len(octets)) + octets + bytes(-len(octets) % 4)


def protocol_data(data: ProtocolData) -> bytes:
    """Write the parameter Protocol Data (RFC 4666 §3.3.1)."""
    head = struct.pack(
        "!IIBBBB",
        data.opc,
        data.dpc,
        data.service_indicator,
        data.network_indicator,
        data.priority,
        data.sls,
    )
    return parameter(Tag.PROTOCOL_DATA, head + data.octets)


def read_data(data: Message) -> ProtocolData:
    """Read what a DATA message carries.

    Raises:
        WireError: it carries nothing, or too little.
    """
    found = data.first(Tag.PROTOCOL_DATA)
    if found is None or len(found.value) < 12:
        raise WireError("a DATA message without Protocol Data")
    opc, dpc, service, network, priority, sls = struct.unpack_from("!IIBBBB", found.value)
    return ProtocolData(
        opc=opc,
        dpc=dpc,
        network_indicator=network,
        sls=sls,
        octets=found.value[12:],
        service_indicator=service,
        priority=priority,
    )


def error_words(code: int) -> str:
    """Say what an Error means."""
    return ERROR_WORDS.get(code, f"error {code}")


def _parameters(octets: bytes) -> Iterator[Parameter]:
    offset = 0
    while offset < len(octets):
        if len(octets) - offset < 4:
            raise WireError(f"a parameter at octet {offset} is cut off")
        tag, length = struct.unpack_from("!HH", octets, offset)
        if length < 4 or offset + length > len(octets):
            raise WireError(f"a parameter at octet {offset} has a wrong length")
        yield Parameter(tag, octets[offset + 4 : offset + length])
        offset += length + -length % 4
