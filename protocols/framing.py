"""Whole messages out of a TCP stream, however the stream is cut.

Every protocol here says the length of a message in a header of fixed size; `Head` says where.
"""

from dataclasses import dataclass

from protocols.errors import FramingError


@dataclass(frozen=True, slots=True)
class Head:
    """Where a protocol's header says how long its message is.

    Attributes:
        octets: of the header, which the length includes.
        length: where the length stands in it, big-endian.
        multiple: of how many octets every length is one.
    """

    octets: int
    length: slice
    multiple: int = 1

    def size_at(self, data: bytes, at: int) -> int:
        """Tell how long the message is that begins in a buffer; 0: it is not all there."""
        if len(data) - at < self.octets:
            return 0
        length = int.from_bytes(data[at + self.length.start : at + self.length.stop], "big")
        return length if self.octets <= length <= len(data) - at else 0


class Framer:
    """Cuts a stream into messages by the length in each header.

    After a length that cannot be right there is no next message to find: `error` says why and
    `feed` gives nothing more; the connection must be closed.
    """

    def __init__(self, head: Head, max_octets: int) -> None:
        self._head = head
        self._max_octets = max_octets
        self._pending = bytearray()  # grows in place: a great message comes in many pieces
        self.error: FramingError | None = None

    @property
    def waiting(self) -> int:
        """How many octets wait for the rest of their message."""
        return len(self._pending)

    def withdraw(self) -> bytes:
        """Give back the octets that wait; they are to be fed again, with what follows them."""
        octets = bytes(self._pending)
        self._pending.clear()
        return octets

    def feed(self, octets: bytes) -> list[bytes]:
        """Take what was read; return the messages that are complete now, in order."""
        if self.error is not None:
            return []
        stream = self._pending
        stream += octets
        messages: list[bytes] = []
        start = 0
        # A length is trusted before its body is here, so it is checked before it is awaited.
        while len(stream) - start >= self._head.octets:
            header = bytes(stream[start : start + self._head.octets])
            length = int.from_bytes(header[self._head.length], "big")
            if not self._is_possible(length):
                where = self._head.length.start
                self.error = FramingError(f"message length {length}", offset=where, header=header)
                start = len(stream)
                break
            if len(stream) - start < length:
                break
            messages.append(bytes(stream[start : start + length]))
            start += length
        del stream[:start]
        return messages

    def _is_possible(self, length: int) -> bool:
        head = self._head
        return head.octets <= length <= self._max_octets and length % head.multiple == 0
