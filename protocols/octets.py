"""A reader of bounded fields, for framing and for walking tags and lengths.

What a message means is decoded by pycrate; this only finds where its parts begin and end.
"""

from protocols.errors import DecodeError


class OctetReader:
    """Reads fields in order, and raises the layer's own error rather than run past the end."""

    def __init__(self, octets: bytes, error: type[DecodeError]) -> None:
        self._octets = octets
        self._error = error
        self.offset = 0

    def uint(self, width: int) -> int:
        """Read a big-endian unsigned integer of `width` octets."""
        return int.from_bytes(self.take(width), "big")

    def take(self, width: int) -> bytes:
        """Read exactly `width` octets."""
        stop = self.offset + width
        if stop > len(self._octets):
            left = len(self._octets) - self.offset
            raise self._error(f"{width} octets wanted, {left} left", offset=self.offset)
        octets = self._octets[self.offset : stop]
        self.offset = stop
        return octets
