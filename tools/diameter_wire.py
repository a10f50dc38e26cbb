"""Diameter messages as octets, for programs that play a peer of the EIR.

Written straight from RFC 6733 with `struct`. It shares nothing with `protocols.diameter`, so that
what one side encodes is read by other eyes.
"""

import ipaddress
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum, IntFlag
from typing import Final

from tools.errors import WireError

S13: Final = 16777252  # TS 29.272 §7.1.10
VENDOR_3GPP: Final = 10415
HEADER_OCTETS: Final = 20  # RFC 6733 §3


class Command(IntEnum):
    """The commands that an MME and an EIR exchange."""

    CAPABILITIES_EXCHANGE = 257
    WATCHDOG = 280
    DISCONNECT_PEER = 282
    ME_IDENTITY_CHECK = 324  # TS 29.272 §7.2.19


class CommandFlag(IntFlag):
    """The command flags of a header (RFC 6733 §3)."""

    REQUEST = 0x80
    PROXIABLE = 0x40
    ERROR = 0x20


class Code(IntEnum):
    """The AVPs that we read or write: RFC 6733 §4.5; above 1400 TS 29.272 §7.3.1, all of 3GPP."""

    USER_NAME = 1
    HOST_IP_ADDRESS = 257
    AUTH_APPLICATION_ID = 258
    VENDOR_SPECIFIC_APPLICATION_ID = 260
    SESSION_ID = 263
    ORIGIN_HOST = 264
    SUPPORTED_VENDOR_ID = 265
    VENDOR_ID = 266
    RESULT_CODE = 268
    PRODUCT_NAME = 269
    DISCONNECT_CAUSE = 273
    AUTH_SESSION_STATE = 277
    ERROR_MESSAGE = 281
    DESTINATION_REALM = 283
    DESTINATION_HOST = 293
    ORIGIN_REALM = 296
    EXPERIMENTAL_RESULT = 297
    EXPERIMENTAL_RESULT_CODE = 298
    INBAND_SECURITY_ID = 299
    TERMINAL_INFORMATION = 1401
    IMEI = 1402
    SOFTWARE_VERSION = 1403
    EQUIPMENT_STATUS = 1445


@dataclass(frozen=True, slots=True)
class Avp:
    """One AVP as it was received; a grouped one holds its members' octets in `data`."""

    code: int
    flags: int
    vendor: int
    data: bytes

    @property
    def members(self) -> tuple["Avp", ...]:
        """Read the AVPs of a grouped AVP (RFC 6733 §4.4)."""
        return tuple(_avps(self.data))

    @property
    def number(self) -> int:
        """Read an Unsigned32 or Enumerated."""
        if len(self.data) != 4:
            raise WireError(f"AVP {self.code} is no number: {len(self.data)} octets")
        return int.from_bytes(self.data, "big")

    @property
    def text(self) -> str:
        """Read a UTF8String or DiameterIdentity."""
        return self.data.decode("utf-8", "replace")


@dataclass(frozen=True, slots=True)
class Message:
    """One message as it was received."""

    command: int
    flags: int
    application: int
    hop_by_hop: int
    end_to_end: int
    avps: tuple[Avp, ...]

    @property
    def is_request(self) -> bool:
        """Tell a request from an answer."""
        return bool(self.flags & CommandFlag.REQUEST)

    def first(self, code: Code) -> Avp | None:
        """Find the first AVP with this code."""
        return find(self.avps, code)


def find(avps: tuple[Avp, ...], code: Code) -> Avp | None:
    """Find the first AVP with this code and the vendor that the code belongs to."""
    wanted = (code, _vendor_of(code))
    return next((avp for avp in avps if (avp.code, avp.vendor) == wanted), None)


def parse(octets: bytes) -> Message:
    """Read one whole message.

    Raises:
        WireError: version or lengths are wrong.
    """
    if len(octets) < HEADER_OCTETS or octets[0] != 1:
        raise WireError("not a header of Diameter version 1")
    length, command = int.from_bytes(octets[1:4], "big"), int.from_bytes(octets[5:8], "big")
    if length != len(octets):
        raise WireError(f"the header says {length} octets, the message has {len(octets)}")
    application, hop_by_hop, end_to_end = struct.unpack_from("!III", octets, 8)
    avps = tuple(_avps(octets[HEADER_OCTETS:]))
    return Message(command, octets[4], application, hop_by_hop, end_to_end, avps)


def take_messages(buffered: bytearray) -> list[bytes]:
    """Take the whole messages off the front of a TCP stream; what is incomplete stays."""
    messages = []
    while len(buffered) >= HEADER_OCTETS:
        length = int.from_bytes(buffered[1:4], "big")
        if buffered[0] != 1 or length < HEADER_OCTETS:
            raise WireError("the stream holds something that is not Diameter")
        if len(buffered) < length:
            break
        messages.append(bytes(buffered[:length]))
        del buffered[:length]
    return messages


def message(  # noqa: PLR0913 - the fields of the header
    command: Command,
    avps: list[bytes],
    *,
    flags: CommandFlag,
    hop_by_hop: int,
    end_to_end: int,
    application: int = 0,
) -> bytes:
    """Write one message (RFC 6733 §3)."""
    body = b"".join(avps)
    first = (1 << 24) | (HEADER_OCTETS + len(body))
    second = (flags << 24) | command
    return struct.pack("!IIIII", first, second, application, hop_by_hop, end_to_end) + body


def avp(code: Code, value: str | int | bytes | list[bytes]) -> bytes:
    """Write one AVP (RFC 6733 §4.1): text, a 32-bit number, octets, or the members of a group."""
    data = _data(value)
    vendor = _vendor_of(code)
    # TS 29.272 §7.3.1: the S13 AVPs are V and M; RFC 6733 §4.5: only Product-Name must not be M.
    flags = 0xC0 if vendor else 0x00 if code is Code.PRODUCT_NAME else 0x40
    vendor_id = struct.pack("!I", vendor) if vendor else b""
    length = 8 + len(vendor_id) + len(data)
    return struct.pack("!II", code, (flags << 24) | length) + vendor_id + data + bytes(-length % 4)


def address(text: str) -> bytes:
    """Write an Address (RFC 6733 §4.3.1): family 1 or 2 of the IANA registry, then its octets."""
    parsed = ipaddress.ip_address(text)
    return struct.pack("!H", 1 if parsed.version == 4 else 2) + parsed.packed


def _data(value: str | int | bytes | list[bytes]) -> bytes:
    match value:
        case str():
            return value.encode()
        case int():
            return struct.pack("!I", value)
        case bytes():
            return value
        case list():
            return b"".join(value)


def _vendor_of(code: Code) -> int:
    return VENDOR_3GPP if code >= Code.TERMINAL_INFORMATION else 0


def _avps(octets: bytes) -> Iterator[Avp]:
    offset = 0
    while offset < len(octets):
        header = octets[offset : offset + 12]
        wide = len(header) > 4 and header[4] & 0x80
        start = 12 if wide else 8
        length = int.from_bytes(header[5:8], "big")
        if len(header) < start or length < start or offset + length > len(octets):
            raise WireError(f"an AVP at octet {offset} has a wrong length")
        vendor = int.from_bytes(header[8:12], "big") if wide else 0
        code = int.from_bytes(header[:4], "big")
        yield Avp(code, header[4], vendor, octets[offset + start : offset + length])
        offset += length + -length % 4
