"""Where the parts of a message and of an address begin and end (ITU-T Q.713 §1.3 to §1.8, §2).

What they mean is decoded by pycrate. It follows pointers and lengths wherever they lead, so they
are walked here before it sees them.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from protocols.octets import OctetReader
from protocols.sccp.codes import MessageType, Parameter
from protocols.sccp.errors import SccpError

MAX_USER_DATA = 3952  # octets, of a LUDT or of all segments together (ITU-T Q.713 §4.20)
MAX_PARAMETERS = 16  # ours: an XUDT has three optional parameters, the last one included
_CONNECTION_ORIENTED = {*range(1, 17)} - {*MessageType}  # CR to IT (ITU-T Q.713 §2.1)
_LENGTHS: dict[int, int] = {  # ITU-T Q.713 §3.17, §3.19
    Parameter.SEGMENTATION: 4,
    Parameter.IMPORTANCE: 1,
}


@dataclass(frozen=True, slots=True)
class Layout:
    """What a message is made of.

    Attributes:
        called: the value of the called party address.
        calling: the value of the calling party address.
        parameters: which optional parameters there are.
        user_data: where the user's message stands.
        values: where every other value stands, those of fixed length after the type included.
    """

    type: MessageType
    called: bytes
    calling: bytes
    parameters: frozenset[int]
    user_data: slice
    values: tuple[slice, ...]


def read_layout(octets: bytes) -> Layout:
    """Find the parts of a message.

    Raises:
        SccpError: it is no connectionless message; a pointer or a length leads out of it or into
            another part; an optional parameter is repeated, or has a length that it cannot have.
    """
    kind = _read_type(octets)
    pointers = _read_pointers(octets, kind)
    after = _fixed_octets(kind) + len(pointers) * _width(kind)
    called = _variable(octets, pointers[0], 1)
    calling = _variable(octets, pointers[1], 1)
    data = _variable(octets, pointers[2], _width(kind))
    # ITU-T Q.713 §2.3: the last pointer is zero if there is no optional part.
    optional = [_optional(octets, at) for at in pointers[3:] if at >= after]
    _refuse_overlap([slice(0, after), called, calling, data, *optional])
    _refuse_too_long(data, kind)
    parameters = {n: at for part in optional for n, at in _read_parameters(octets, part.start)}
    called, calling = (slice(part.start + 1, part.stop) for part in (called, calling))
    fixed = (slice(at, at + 1) for at in range(1, _fixed_octets(kind)))
    return Layout(
        type=kind,
        called=octets[called],
        calling=octets[calling],
        parameters=frozenset(parameters),
        user_data=slice(data.start + _width(kind), data.stop),
        values=(*fixed, called, calling, *parameters.values()),
    )


def check_address(octets: bytes) -> None:
    """See that an address has all that its indicator promises, and no more (ITU-T Q.713 §3.4).

    Raises:
        SccpError: it has not, or it is of a national format, as ANSI's are.
    """
    reader = OctetReader(octets, SccpError)
    indicator = reader.uint(1)
    if indicator & 0x80:  # ITU-T Q.713 §3.4.1: bit 8 is for national use
        raise SccpError("an address for national use, such as ANSI's: not supported", offset=0)
    reader.take(2 * (indicator & 1))  # point code
    reader.take(indicator >> 1 & 1)  # subsystem number
    title = indicator >> 2 & 0xF
    reader.take({1: 1, 2: 1, 3: 2, 4: 3}.get(title, 0))  # ITU-T Q.713 §3.4.2.3
    if not title and reader.offset < len(octets):
        raise SccpError("an address longer than its indicator says", offset=reader.offset)


def _read_type(octets: bytes) -> MessageType:
    number = OctetReader(octets, SccpError).uint(1)
    if number in _CONNECTION_ORIENTED:
        raise SccpError(f"message type {number}: connection-oriented, not supported", offset=0)
    try:
        return MessageType(number)
    except ValueError:
        raise SccpError(f"message type {number}", offset=0) from None


def _width(kind: MessageType) -> int:
    return 2 if kind.is_long else 1


def _fixed_octets(kind: MessageType) -> int:
    """Count the octets before the pointers: type, class or cause, hop counter."""
    return 3 if kind.is_extended else 2


def _read_pointers(octets: bytes, kind: MessageType) -> list[int]:
    """Find where each pointer leads (ITU-T Q.713 §2.3).

    A pointer counts from its own last octet, in which one of two octets has its most significant
    bits. Pointer zero leads to itself: it is no part, and none but the last may be that.
    """
    reader = OctetReader(octets, SccpError)
    reader.take(_fixed_octets(kind))
    width = _width(kind)
    return [
        int.from_bytes(reader.take(width), "little") + reader.offset - 1
        for _ in range(4 if kind.is_extended else 3)
    ]


def _variable(octets: bytes, start: int, width: int) -> slice:
    """Find where a part with a length indicator ends; long data has two octets of it, low first."""
    length = octets[start : start + width]
    stop = start + width + int.from_bytes(length, "little")
    if len(length) < width or stop > len(octets):
        raise SccpError("a part reaches beyond the message", offset=start)
    return slice(start, stop)


def _optional(octets: bytes, start: int) -> slice:
    if start >= len(octets):
        raise SccpError("the optional part begins beyond the message", offset=start)
    return slice(start, len(octets))


def _refuse_overlap(parts: list[slice]) -> None:
    parts.sort(key=lambda part: (part.start, part.stop))
    for before, part in pairwise(parts):
        if part.start < before.stop:
            raise SccpError("a part lies inside another", offset=part.start)


def _refuse_too_long(data: slice, kind: MessageType) -> None:
    if data.stop - data.start - _width(kind) > MAX_USER_DATA:
        raise SccpError(f"more than {MAX_USER_DATA} octets of user data", offset=data.start)


def _read_parameters(octets: bytes, start: int) -> Iterator[tuple[int, slice]]:
    """Walk the optional part: name, length, value, until the name that ends it (§1.6, §1.7).

    Give the name of each parameter, and where its value stands.
    """
    reader = OctetReader(octets[start:], SccpError)
    seen: set[int] = set()
    # ours: without the octet that ends it, the end of the message leaves no doubt either.
    while start + reader.offset < len(octets):
        name = reader.uint(1)
        if name == Parameter.END_OF_OPTIONAL_PARAMETERS:
            return
        length = len(reader.take(reader.uint(1)))
        if name in seen or len(seen) == MAX_PARAMETERS:
            raise SccpError(f"optional parameter {name} repeated, or too many", offset=start)
        if length != _LENGTHS.get(name, length):
            raise SccpError(f"optional parameter {name} of {length} octets", offset=start)
        seen.add(name)
        yield name, slice(start + reader.offset - length, start + reader.offset)
