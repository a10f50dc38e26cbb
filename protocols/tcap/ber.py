"""Tags and lengths of the basic encoding rules, walked before a decoder sees them.

The walk knows no meaning. It bounds how deep elements nest, and gives every length its definite
form, so that neither a thousand nested tags nor indefinite lengths without end reach anything
that recurses.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from protocols.tcap.errors import BerError

MAX_DEPTH = 16  # ours: a check with extensions nests eight deep
_END_OF_CONTENTS = b"\0\0"
_CONSTRUCTED = 0x20
_INDEFINITE = 0x80
_MAX_TAG_OCTETS = 4  # ours: no specification here has a tag number above 2^14


@dataclass(frozen=True, slots=True)
class Element:
    """One element; `tag` is its identifier octets whole, `content` is without end-of-contents."""

    tag: bytes
    content: bytes = field(repr=False)  # may hold personal data, which no log may show

    @property
    def is_constructed(self) -> bool:
        """Tell whether the content is elements too."""
        return bool(self.tag[0] & _CONSTRUCTED)

    @property
    def octets(self) -> bytes:
        """The element whole, with a definite length of the fewest octets."""
        length = len(self.content)
        if length < 0x80:
            return self.tag + bytes([length]) + self.content
        width = (length.bit_length() + 7) // 8
        return self.tag + bytes([0x80 | width]) + length.to_bytes(width, "big") + self.content


def elements(octets: bytes) -> Iterator[Element]:
    """Cut octets into the elements that they are, one level deep, one after the other.

    Raises:
        BerError: an element does not end where it must, or nests too deep.
    """
    offset = 0
    while offset < len(octets):
        element, offset = _take(octets, offset, 0)
        yield element


def definite(octets: bytes, depth: int = 0) -> bytes:
    """Give every length its definite form, at every level.

    Raises:
        BerError: some element, at any level, does not end where it must, or nests too deep.
    """
    if depth > MAX_DEPTH:
        raise BerError(f"more than {MAX_DEPTH} levels", offset=0)
    return b"".join(
        Element(element.tag, definite(element.content, depth + 1)).octets
        if element.is_constructed
        else element.octets
        for element in elements(octets)
    )


def find_values(octets: bytes) -> list[slice]:
    """Find the content of every primitive element, at every level; empty ones have none.

    Raises:
        BerError: an element does not end where it must, has an indefinite length, or nests too
            deep.
    """
    found: list[slice] = []
    ends = [len(octets)]  # of the elements that hold what is at the offset
    offset = 0
    while ends:
        if offset == ends[-1]:
            ends.pop()
            continue
        length, start = _length(octets, _after_tag(octets, offset))
        if length is None:
            raise BerError("indefinite length", offset=offset)
        stop = start + length
        if stop > ends[-1] or len(ends) > MAX_DEPTH:
            raise BerError("an element that does not end where it must", offset=offset)
        if octets[offset] & _CONSTRUCTED:
            ends.append(stop)
            offset = start
            continue
        if length:
            found.append(slice(start, stop))
        offset = stop
    return found


def _take(octets: bytes, offset: int, depth: int) -> tuple[Element, int]:
    """Take the element at an offset, and tell where the next one begins."""
    if depth > MAX_DEPTH:
        raise BerError(f"more than {MAX_DEPTH} levels", offset=offset)
    start, offset = offset, _after_tag(octets, offset)
    tag = octets[start:offset]
    length, offset = _length(octets, offset)
    if length is not None:
        stop = offset + length
        if stop > len(octets):
            raise BerError(f"{length} octets wanted, {len(octets) - offset} left", offset=offset)
        return Element(tag, octets[offset:stop]), stop
    if not tag[0] & _CONSTRUCTED:
        raise BerError("indefinite length of a primitive", offset=start)
    parts: list[bytes] = []
    while octets[offset : offset + 2] != _END_OF_CONTENTS:
        element, offset = _take(octets, offset, depth + 1)
        parts.append(element.octets)
    return Element(tag, b"".join(parts)), offset + 2


def _after_tag(octets: bytes, offset: int) -> int:
    """Tell where the identifier octets at an offset end."""
    stop = offset + 1
    if octets[offset:stop] and octets[offset] & 0x1F == 0x1F:
        while stop < len(octets) and octets[stop] & 0x80:
            stop += 1
        stop += 1
    if not offset < stop <= min(len(octets), offset + _MAX_TAG_OCTETS):
        raise BerError("no tag", offset=offset)
    return stop


def _length(octets: bytes, offset: int) -> tuple[int | None, int]:
    """Read the length at an offset, None for the indefinite one, and tell where it ends."""
    if offset >= len(octets):
        raise BerError("no length", offset=offset)
    first = octets[offset]
    if first < 0x80:
        return first, offset + 1
    if first == _INDEFINITE:
        return None, offset + 1
    stop = offset + 1 + (first & 0x7F)
    if stop > len(octets):
        raise BerError("no length", offset=offset)
    return int.from_bytes(octets[offset + 1 : stop], "big"), stop
