"""Octets to Diameter messages and back: the one module that knows pycrate.

A message is decoded one level deep, as pycrate's generic AVPs: what an unknown AVP holds can
then break nothing. The value of an AVP that we read is decoded when it is read, by the pycrate
type of its data format (RFC 6733 §4.2 and §4.3). A group is decoded one level at a time.

Before pycrate sees a message its AVP lengths are walked, because where the next AVP begins is
the one thing that must be right for anything else to be.
"""

import contextlib
import struct
from collections.abc import Container, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import NamedTuple

from pycrate_core.base import UTF8String
from pycrate_core.elt import Sequence
from pycrate_core.utils import PycrateErr
from pycrate_diameter.Diameter import (
    Address,
    AVPGeneric,
    DiameterGeneric,
    DiameterIdentity,
    Unsigned32,
)

from protocols.addresses import plain
from protocols.diameter.codes import AvpFlag, Flag
from protocols.diameter.errors import (
    DiameterError,
    HeaderError,
    InvalidAvpBitsError,
    InvalidAvpLengthError,
    InvalidAvpValueError,
    InvalidMessageLengthError,
    UnsupportedVersionError,
)
from protocols.diameter.framing import HEADER_OCTETS
from protocols.octets import OctetReader

VERSION = 1  # RFC 6733 §3
MAX_AVPS = 256  # ours: no check has fifty; a decode costs 0.1 ms an AVP
_AVP_HEADER_OCTETS = 8
_VENDOR_OCTETS = 4
_AVP_HEADER = struct.Struct(">II").unpack_from  # code; flags and length (RFC 6733 §4.1)
_AVP_FLAGS = int(AvpFlag.VENDOR | AvpFlag.MANDATORY | AvpFlag.PROTECTED)
_VENDOR = int(AvpFlag.VENDOR)  # an IntFlag takes a microsecond to test
_FAMILIES = {4: 1, 6: 2}  # address family numbers of IANA (RFC 6733 §4.3.1)


@dataclass(frozen=True, slots=True)
class Header:
    """The header of a message without version and length (RFC 6733 §3)."""

    flags: int
    command: int
    application: int
    hop_by_hop: int
    end_to_end: int

    @property
    def is_request(self) -> bool:
        """Tell a request from an answer."""
        return bool(self.flags & Flag.REQUEST)


@dataclass(frozen=True, slots=True)
class Avp:
    """One AVP; `data` is its value without header and padding (RFC 6733 §4.1)."""

    code: int
    data: bytes
    vendor: int = 0
    flags: int = AvpFlag.MANDATORY

    @property
    def octets(self) -> bytes:
        """The AVP whole, padded: what a Failed-AVP shows (RFC 6733 §7.5)."""
        return _encode_avps([self])


class Span(NamedTuple):
    """Where an AVP without vendor stands in a message, from its header to before its padding."""

    code: int
    start: int
    stop: int

    def value(self, octets: bytes) -> bytes:
        """Take its value out of the message."""
        return octets[self.start + _AVP_HEADER_OCTETS : self.stop]

    def copy(self, octets: bytes) -> bytes:
        """Take it whole: padded with zeros, without the reserved flags (RFC 6733 §4.1)."""
        head, flags = octets[self.start : self.start + 4], octets[self.start + 4] & _AVP_FLAGS
        rest = octets[self.start + 5 : self.stop]
        return b"%b%c%b%b" % (head, flags, rest, bytes(-(self.stop - self.start) % 4))


@dataclass(frozen=True, slots=True)
class Message:
    """A message; AVPs in the order in which they came."""

    header: Header
    avps: tuple[Avp, ...]

    def first(self, code: int, vendor: int = 0) -> Avp | None:
        """Return the first AVP of this code and vendor."""
        return first(self.avps, code, vendor)

    def every(self, code: int, vendor: int = 0) -> list[Avp]:
        """Return all AVPs of this code and vendor, in order."""
        return [avp for avp in self.avps if avp.code == code and avp.vendor == vendor]


def first(avps: Iterable[Avp], code: int, vendor: int = 0) -> Avp | None:
    """Return the first AVP of this code and vendor."""
    for avp in avps:
        if avp.code == code and avp.vendor == vendor:
            return avp
    return None


def decode(octets: bytes) -> Message:
    """Decode one whole message.

    Raises:
        HeaderError: it is too short to have a header.
        DiameterError: it has one, and something after it is wrong.
    """
    header = read_header(octets)
    if octets[0] != VERSION:
        raise UnsupportedVersionError(f"version {octets[0]}")
    length = int.from_bytes(octets[1:4], "big")
    if length != len(octets) or length % 4:
        raise InvalidMessageLengthError(f"message length {length}, {len(octets)} octets came")
    for count, _ in enumerate(_walk(octets, HEADER_OCTETS)):
        if count == MAX_AVPS:
            raise DiameterError(f"more than {MAX_AVPS} AVPs")
    message = DiameterGeneric()
    try:
        message.from_bytes(octets)
        avps = _avps(message[1].get_val())
    except PycrateErr as error:
        raise DiameterError("the message cannot be decoded") from error
    return Message(header, avps)


def outline(octets: bytes) -> Message:
    """Find what an error answer copies from a message that does not decode: undecoded parts.

    Raises:
        HeaderError: it is too short to have a header.
    """
    avps: list[Avp] = []
    header = read_header(octets)
    try:
        for start, stop in _walk(octets, HEADER_OCTETS):
            avps.append(_cut(octets[start:stop]))
            if len(avps) == MAX_AVPS:
                break
    except InvalidAvpLengthError:
        pass  # what stands before it was found, and that is all there is to find
    return Message(header, tuple(avps))


def pick(octets: bytes, codes: Container[int]) -> list[Span]:
    """Find the AVPs of these codes, without vendor, in a message that nobody decodes.

    What stands behind a wrong length is not found.
    """
    found: list[Span] = []
    with contextlib.suppress(InvalidAvpLengthError):
        for start, stop in islice(_walk(octets, HEADER_OCTETS), MAX_AVPS):
            code, flags_and_length = _AVP_HEADER(octets, start)
            if code in codes and not flags_and_length >> 31:
                found.append(Span(code, start, stop))
    return found


def read_header(octets: bytes) -> Header:
    """Read the header (RFC 6733 §3).

    Raises:
        HeaderError: there are fewer than 20 octets.
    """
    reader = OctetReader(octets, HeaderError)
    reader.take(4)  # version and length
    flags, command = reader.uint(1), reader.uint(3)
    return Header(flags, command, reader.uint(4), reader.uint(4), reader.uint(4))


def encode(header: Header, avps: Iterable[Avp]) -> bytes:
    """Encode one message; the length is computed."""
    message = DiameterGeneric(
        val={
            "DiameterHdr": {
                "R": header.flags >> 7 & 1,
                "P": header.flags >> 6 & 1,
                "E": header.flags >> 5 & 1,
                "T": header.flags >> 4 & 1,
                "Cmd": header.command,
                "AppID": header.application,
                "HHID": header.hop_by_hop,
                "EEID": header.end_to_end,
            },
            "AVPs": [_value(avp) for avp in avps],
        }
    )
    encoded: bytes = message.to_bytes()
    return encoded


def unsigned32(avp: Avp) -> int:
    """Read an Unsigned32 or Enumerated (RFC 6733 §4.2)."""
    if len(avp.data) != 4:
        raise InvalidAvpLengthError(f"AVP {avp.code}: 4 octets wanted", failed_avp=avp.octets)
    element = Unsigned32()
    element.from_bytes(avp.data)
    value: int = element.get_val()
    return value


def text(avp: Avp) -> str:
    """Read a UTF8String (RFC 6733 §4.3.1)."""
    element = UTF8String()
    try:
        element.from_bytes(avp.data)
        value: str = element.get_val()
    except PycrateErr:
        raise InvalidAvpValueError(f"AVP {avp.code}: not UTF-8", failed_avp=avp.octets) from None
    return value


def identity(avp: Avp) -> str:
    """Read a DiameterIdentity: a name in ASCII (RFC 6733 §4.3.1)."""
    element = DiameterIdentity()
    element.from_bytes(avp.data)
    octets: bytes = element.get_val()
    name = octets.decode("ascii", "replace")
    if not octets or not octets.isascii() or not name.isprintable():
        raise InvalidAvpValueError(f"AVP {avp.code}: no name", failed_avp=avp.octets)
    return name


def group(avp: Avp, *, at_most: int = MAX_AVPS) -> tuple[Avp, ...]:
    """Read a Grouped AVP of so many AVPs at most, one level deep (RFC 6733 §4.4).

    Raises:
        InvalidAvpLengthError: an AVP inside has a length that cannot be right; Failed-AVP shows
            the group that holds the header of the offending one (RFC 6733 §7.5).
    """
    try:
        for count, _ in enumerate(_walk(avp.data, 0)):
            if count == at_most:
                raise DiameterError(f"more than {at_most} AVPs in one group")
    except InvalidAvpLengthError as error:
        raise within(avp, error) from None
    element = Sequence("Grouped", GEN=AVPGeneric())
    # ours: who forgets the padding of the last AVP inside (RFC 6733 §4.1) leaves no doubt about
    # what is meant, while pycrate would pass that AVP over in silence.
    padded = avp.data + bytes(-len(avp.data) % 4)
    try:
        element.from_bytes(padded)
        return _avps(element.get_val())
    except PycrateErr as error:
        raise DiameterError(f"AVP {avp.code} cannot be decoded") from error


def within(group_avp: Avp, error: DiameterError) -> DiameterError:
    """Show where in a group an error is: Failed-AVP holds the group with it (RFC 6733 §7.5)."""
    if not error.failed_avp:
        return error
    shown = Avp(group_avp.code, error.failed_avp, group_avp.vendor, group_avp.flags)
    return type(error)(error.reason, failed_avp=shown.octets)


def unsigned32_avp(code: int, value: int, *, vendor: int = 0, mandatory: bool = True) -> Avp:
    """Make an Unsigned32 or Enumerated AVP."""
    return _avp(code, Unsigned32(val=value).to_bytes(), vendor=vendor, mandatory=mandatory)


def text_avp(code: int, value: str, *, vendor: int = 0, mandatory: bool = True) -> Avp:
    """Make a UTF8String or DiameterIdentity AVP."""
    return _avp(code, UTF8String(val=value).to_bytes(), vendor=vendor, mandatory=mandatory)


def group_avp(code: int, avps: Iterable[Avp], *, vendor: int = 0) -> Avp:
    """Make a Grouped AVP."""
    return _avp(code, _encode_avps(avps), vendor=vendor, mandatory=True)


def address_avp(code: int, value: str) -> Avp:
    """Make an Address AVP of an IPv4 or IPv6 address (RFC 6733 §4.3.1)."""
    parsed = plain(value)
    element = Address(val={"AddressType": _FAMILIES[parsed.version], "Value": parsed.packed})
    return _avp(code, element.to_bytes(), vendor=0, mandatory=True)


def _avp(code: int, data: bytes, *, vendor: int, mandatory: bool) -> Avp:
    flags = AvpFlag.MANDATORY if mandatory else AvpFlag(0)
    return Avp(code, data, vendor, flags | AvpFlag.VENDOR if vendor else flags)


def _walk(octets: bytes, start: int) -> Iterator[tuple[int, int]]:
    """Find where each AVP begins and ends, padding not counted (RFC 6733 §4.1)."""
    end = len(octets)
    while start < end:
        if end - start < _AVP_HEADER_OCTETS:
            raise _wrong_length(octets[start:])
        _code, flags_and_length = _AVP_HEADER(octets, start)
        length = flags_and_length & 0xFFFFFF
        if not _least(flags_and_length >> 24) <= length <= end - start:
            raise _wrong_length(octets[start:])
        yield start, start + length
        start += length + -length % 4


def _least(flags: int) -> int:
    """Say how many octets the header of an AVP with these flags has."""
    return _AVP_HEADER_OCTETS + _VENDOR_OCTETS if flags & _VENDOR else _AVP_HEADER_OCTETS


def _wrong_length(octets: bytes) -> InvalidAvpLengthError:
    """Show the offending header, padded with zeros to its minimum (RFC 6733 §7.1.5, 5014)."""
    head = octets[:_AVP_HEADER_OCTETS]
    minimum = _least(head[4]) if len(head) > 4 else _AVP_HEADER_OCTETS
    shown = octets[:minimum].ljust(minimum, b"\0")
    shown = shown[:5] + minimum.to_bytes(3, "big") + shown[8:]
    reason = f"AVP length {int.from_bytes(head[5:8], 'big')}"
    return InvalidAvpLengthError(reason, failed_avp=shown)


def _cut(octets: bytes) -> Avp:
    """Take the parts of one AVP, as octets (RFC 6733 §4.1)."""
    reader = OctetReader(octets, HeaderError)
    code, flags = reader.uint(4), reader.uint(1)
    reader.take(3)  # the length that found it
    vendor = reader.uint(4) if flags & AvpFlag.VENDOR else 0
    return Avp(code, octets[reader.offset :], vendor, flags)


def _avps(values: list[list[list[int] | bytes]]) -> tuple[Avp, ...]:
    """Take AVPs from what pycrate decoded: [[code, V, M, P, reserved, length, vendor], data, pad].

    Raises:
        InvalidAvpBitsError: a reserved flag is set: "an unrecognized bit SHOULD be considered
            an error" (RFC 6733 §4.1).
    """
    avps = []
    for (code, v, m, p, reserved, _length, *vendor), data, _pad in values:
        flags = int(v) << 7 | int(m) << 6 | int(p) << 5
        avp = Avp(int(code), bytes(data), int(vendor[0]) if vendor else 0, flags)
        if reserved:
            shown = bytearray(avp.octets)
            shown[4] |= int(reserved)
            raise InvalidAvpBitsError(f"AVP {code}: reserved flags", failed_avp=bytes(shown))
        avps.append(avp)
    return tuple(avps)


def _value(avp: Avp) -> dict[str, object]:
    """Say an AVP in pycrate's words."""
    header: dict[str, int] = {
        "Code": avp.code,
        "V": avp.flags >> 7 & 1,
        "M": avp.flags >> 6 & 1,
        "P": avp.flags >> 5 & 1,
    }
    if avp.flags & AvpFlag.VENDOR:
        header["VendorID"] = avp.vendor
    return {"AVPHdr": header, "AVPData": avp.data}


def _encode_avps(avps: Iterable[Avp]) -> bytes:
    element = Sequence("Grouped", GEN=AVPGeneric())
    element.set_val([_value(avp) for avp in avps])
    octets: bytes = element.to_bytes()
    return octets
