"""Connectionless SCCP messages as octets, for programs that play a peer of the EIR.

Written straight from ITU-T Q.713. It shares nothing with `protocols.sccp`.
"""

import struct
from dataclasses import dataclass
from enum import IntEnum
from typing import Final

from tools.errors import WireError

RETURN_ON_ERROR: Final = 0x80  # ITU-T Q.713 §3.6
HOPS: Final = 15  # ITU-T Q.713 §3.18
SEGMENTATION: Final = 0x10  # ITU-T Q.713 §3.17
MOST_SEGMENTS: Final = 16


class Kind(IntEnum):
    """Message types (ITU-T Q.713 §2.1)."""

    UDT = 0x09
    UDTS = 0x0A
    XUDT = 0x11
    XUDTS = 0x12
    LUDT = 0x13
    LUDTS = 0x14


SERVICE_KINDS: Final = frozenset({Kind.UDTS, Kind.XUDTS, Kind.LUDTS})

CAUSES: Final = {  # ITU-T Q.713 §3.12
    0: "no translation for an address of such nature",
    1: "no translation for this specific address",
    2: "subsystem congestion",
    3: "subsystem failure",
    4: "unequipped user",
    5: "MTP failure",
    6: "network congestion",
    7: "unqualified",
    8: "error in message transport",
    9: "error in local processing",
    10: "destination cannot perform reassembly",
    11: "SCCP failure",
    12: "hop counter violation",
    13: "segmentation not supported",
    14: "segmentation failure",
}


@dataclass(frozen=True, slots=True)
class Title:
    """A global title (ITU-T Q.713 §3.4.2.3): of the E.164 plan, international, type 0."""

    digits: str
    indicator: int = 4

    @property
    def octets(self) -> bytes:
        """Write it as its indicator says: 1 to 4."""
        odd = len(self.digits) % 2
        nature = bytes([4])
        plan = bytes([0x10 | (1 if odd else 2)])  # E.164; BCD, odd or even
        head = {
            1: bytes([odd << 7 | 4]),
            2: bytes([0]),
            3: bytes([0]) + plan,
            4: bytes([0]) + plan + nature,
        }
        return head[self.indicator] + _bcd(self.digits)


@dataclass(frozen=True, slots=True)
class Address:
    """A party address (ITU-T Q.713 §3.4): routed on the global title where there is one."""

    ssn: int
    point_code: int | None = None
    title: Title | None = None

    @property
    def octets(self) -> bytes:
        """Write indicator, point code, subsystem number and global title."""
        indicator = 0x02 if self.title else 0x42
        octets = b""
        if self.point_code is not None:
            indicator |= 0x01
            octets += struct.pack("<H", self.point_code)
        octets += bytes([self.ssn])
        if self.title is not None:
            indicator |= self.title.indicator << 2
            octets += self.title.octets
        return bytes([indicator]) + octets


@dataclass(frozen=True, slots=True, kw_only=True)
class Unitdata:
    """What is the same in all messages of one sender.

    Attributes:
        kind: UDT, XUDT or LUDT.
        protocol_class: 0, or 1 for in sequence.
        return_on_error: whether what cannot be delivered is to come back.
        segment_octets: the most user data in one XUDT; None: all of it.
    """

    called: Address
    calling: Address
    kind: Kind = Kind.UDT
    protocol_class: int = 0
    return_on_error: bool = False
    segment_octets: int | None = None


@dataclass(frozen=True, slots=True)
class Received:
    """One message as it was received; `cause` tells why one of ours came back."""

    kind: Kind
    called: bytes
    calling: bytes
    user_data: bytes
    protocol_class: int | None
    cause: int | None


def messages(how: Unitdata, user_data: bytes, reference: int) -> list[bytes]:
    """Write the messages that carry this user data; `reference` names them when they are several.

    Raises:
        WireError: it does not fit.
    """
    size = how.segment_octets or max(1, len(user_data))
    pieces = [user_data[start : start + size] for start in range(0, len(user_data), size)] or [b""]
    if len(pieces) > MOST_SEGMENTS:
        raise WireError(f"{len(user_data)} octets do not fit into {MOST_SEGMENTS} segments")
    if len(pieces) == 1:
        return [_message(how, user_data, how.protocol_class, b"")]
    # ITU-T Q.714 §4.1.1.2.1: segments are of class 1, and say themselves which one was asked for.
    # ITU-T Q.713 §3.17: F bit, C bit, remaining segments, local reference.
    heads = [how.protocol_class << 6 | left for left in reversed(range(len(pieces)))]
    heads[0] |= 0x80
    local = struct.pack("<I", reference)[:3]
    end = bytes(1)
    return [
        _message(how, piece, 1, bytes([SEGMENTATION, 4, head]) + local + end)
        for head, piece in zip(heads, pieces, strict=True)
    ]


def _message(how: Unitdata, user_data: bytes, protocol_class: int, optional: bytes) -> bytes:
    octet = protocol_class | (RETURN_ON_ERROR if how.return_on_error else 0)
    called, calling = how.called.octets, how.calling.octets
    if how.kind is Kind.LUDT:
        return _long(bytes([how.kind, octet, HOPS]), called, calling, user_data)
    if len(user_data) > 254:
        raise WireError(f"{len(user_data)} octets do not fit into a {how.kind.name}")
    head = bytes([how.kind, octet])
    variable = [called, calling, user_data]
    pointers = 3
    if how.kind is Kind.XUDT:
        head += bytes([HOPS])
        pointers = 4
    # ITU-T Q.713 §2.3: a pointer counts from itself to the length octet.
    places, offset = [], pointers
    for number, value in enumerate(variable):
        places.append(offset - number)
        offset += 1 + len(value)
    if how.kind is Kind.XUDT:
        places.append(offset - 3 if optional else 0)
    body = b"".join(bytes([len(value)]) + value for value in variable)
    return head + bytes(places) + body + optional


def _long(head: bytes, called: bytes, calling: bytes, user_data: bytes) -> bytes:
    """Write a LUDT: two-octet pointers that count from their second octet (ITU-T Q.713 §2.3)."""
    body = bytes([len(called)]) + called + bytes([len(calling)]) + calling
    pointers = (7, 6 + len(called), 3 + len(body), 0)
    return (
        head + struct.pack("<4H", *pointers) + body + struct.pack("<H", len(user_data)) + user_data
    )


def parse(octets: bytes) -> Received:
    """Read one message.

    Raises:
        WireError: it is none of the connectionless service, or its pointers lead nowhere.
    """
    try:
        kind = Kind(octets[0])
        # A service message has its cause where the others have their class.
        class_or_cause = octets[1]
        at = 2 if kind in (Kind.UDT, Kind.UDTS) else 3  # the hop counter stands between
        wide = kind in (Kind.LUDT, Kind.LUDTS)
        called, calling, user_data = (
            _variable(octets, at, number, wide=wide) for number in range(3)
        )
    except (IndexError, ValueError):
        raise WireError(f"no message of connectionless SCCP: {octets[:24].hex()}…") from None
    if kind in SERVICE_KINDS:
        return Received(kind, called, calling, user_data, None, class_or_cause)
    return Received(kind, called, calling, user_data, class_or_cause & 0x0F, None)


def _variable(octets: bytes, at: int, number: int, *, wide: bool) -> bytes:
    if wide:
        pointer = at + 2 * number
        place = pointer + 1 + int.from_bytes(octets[pointer : pointer + 2], "little")
        long = number == 2  # addresses have a length of one octet, the data one of two
        width = 2 if long else 1
    else:
        pointer = at + number
        place, width = pointer + octets[pointer], 1
    length = int.from_bytes(octets[place : place + width], "little")
    value = octets[place + width : place + width + length]
    if place + width > len(octets) or len(value) < length:
        raise ValueError
    return value


def cause_words(cause: int) -> str:
    """Say why a message came back."""
    return CAUSES.get(cause, f"cause {cause}")


def _bcd(digits: str) -> bytes:
    """Write address signals, the first one in the low half of an octet; filler 0."""
    if len(digits) % 2:
        digits += "0"
    return bytes(int(digits[at + 1] + digits[at], 16) for at in range(0, len(digits), 2))
