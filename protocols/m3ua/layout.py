"""Where the parameters of an M3UA message begin and end (RFC 4666 §3.1, §3.2).

What they mean is decoded by pycrate. Their lengths are walked before it sees them, because where
the next parameter begins is the one thing that must be right for anything else to be.
"""

from collections.abc import Iterator

from protocols.m3ua.codes import VERSION, MessageClass, MessageType, Tag
from protocols.m3ua.errors import (
    M3uaError,
    MessageClassError,
    MessageTypeError,
    ParameterFieldError,
    UnexpectedMessageError,
    VersionError,
)
from protocols.m3ua.framing import HEAD

LABEL_OCTETS = 12  # of Protocol Data before the user's message (RFC 4666 §3.3.1)
_LABEL = ((0, 4), (4, 8), (8, 9), (9, 10), (10, 11), (11, 12))  # OPC, DPC, SI, NI, MP, SLS
_HEAD_OCTETS = 4  # tag and length of a parameter (RFC 4666 §3.2)
_CLASSES = frozenset(MessageClass)
_TYPES = frozenset(MessageType)


def read_type(octets: bytes) -> MessageType:
    """Read the common header: version, class and type (RFC 4666 §3.1).

    Raises:
        M3uaError: there are fewer than 8 octets, or one of the three is not ours.
    """
    if len(octets) < HEAD.octets:
        raise M3uaError(f"{HEAD.octets} octets wanted, {len(octets)} came")
    version, _reserved, group, kind = octets[:4]  # §3.1: Reserved is ignored by the receiver
    if version != VERSION:
        raise VersionError(f"version {version}")
    if group not in _CLASSES:
        raise MessageClassError(f"message class {group}", offset=2)
    if group << 8 | kind not in _TYPES:
        raise MessageTypeError(f"message type {kind} of class {group}", offset=3)
    return MessageType(group << 8 | kind)


def read_body(octets: bytes) -> bytes:
    """Cut the parameters out of a message, by its Message Length.

    "A receiver SHOULD accept the message whether or not the final parameter padding is included
    in the message length" (RFC 4666 §3.1.4).

    Raises:
        M3uaError: that is not its length.
    """
    length = int.from_bytes(octets[HEAD.length], "big")
    if len(octets) not in (length, length + -length % 4):
        raise M3uaError(f"message length {length}, {len(octets)} octets came", offset=4)
    return octets[HEAD.octets : length]


def walk(octets: bytes) -> Iterator[slice]:
    """Find the value of each parameter (RFC 4666 §3.2); the last may lack its padding.

    Raises:
        ParameterFieldError: one does not end where it must.
    """
    start = 0
    while start < len(octets):
        length = int.from_bytes(octets[start + 2 : start + _HEAD_OCTETS], "big")
        if not _HEAD_OCTETS <= length <= len(octets) - start:
            raise ParameterFieldError(f"parameter length {length}", offset=HEAD.octets + start)
        yield slice(start + _HEAD_OCTETS, start + length)
        start += length + -length % 4


def find_values(octets: bytes) -> tuple[list[slice], slice]:
    """Find the values of a DATA, and apart from them the user's message.

    The label of its Protocol Data is as many values as it has fields.

    Raises:
        M3uaError: it is no DATA, or cannot be walked to its end.
    """
    if read_type(octets) is not MessageType.DATA:
        raise UnexpectedMessageError("no DATA")
    body = read_body(octets)
    values: list[slice] = []
    user_data: slice | None = None
    for value in walk(body):
        start, stop = value.start + HEAD.octets, value.stop + HEAD.octets
        tag = int.from_bytes(body[value.start - _HEAD_OCTETS : value.start - 2], "big")
        if tag != Tag.PROTOCOL_DATA or user_data is not None:
            values.append(slice(start, stop))
        elif stop - start < LABEL_OCTETS:
            raise ParameterFieldError(f"a Protocol Data of {stop - start} octets", offset=start)
        else:
            values += [slice(start + first, start + after) for first, after in _LABEL]
            user_data = slice(start + LABEL_OCTETS, stop)
    if user_data is None:
        raise ParameterFieldError("no Protocol Data")
    return values, user_data
