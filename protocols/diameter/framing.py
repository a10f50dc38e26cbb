"""Whole messages out of a TCP stream, however the stream is cut (RFC 6733 §3)."""

from protocols.diameter.errors import FramingError

HEADER_OCTETS = 20


class Framer:
    """Cuts a stream into messages by the Message Length of each header.

    After a length that cannot be right there is no next message to find: `error` says why and
    `feed` gives nothing more; the connection must be closed.
    """

    def __init__(self, max_octets: int) -> None:
        self._max_octets = max_octets
        self._pending = bytearray()  # grows in place: a great message comes in many pieces
        self.error: FramingError | None = None

    def feed(self, octets: bytes) -> list[bytes]:
        """Take what was read; return the messages that are complete now, in order."""
        if self.error is not None:
            return []
        stream = self._pending
        stream += octets
        messages: list[bytes] = []
        start = 0
        # A length is trusted before its body is here, so it is checked before it is awaited.
        while len(stream) - start >= HEADER_OCTETS:
            length = int.from_bytes(stream[start + 1 : start + 4], "big")
            if not self._is_possible(length):
                header = bytes(stream[start : start + HEADER_OCTETS])
                self.error = FramingError(f"message length {length}", header=header)
                start = len(stream)
                break
            if len(stream) - start < length:
                break
            messages.append(bytes(stream[start : start + length]))
            start += length
        del stream[:start]
        return messages

    def _is_possible(self, length: int) -> bool:
        """RFC 6733 §3: the length includes the header and is a multiple of 4."""
        return HEADER_OCTETS <= length <= self._max_octets and length % 4 == 0
