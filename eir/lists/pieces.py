"""A file in pieces of whole lines, hashed and counted."""

import hashlib
from collections.abc import Callable
from typing import BinaryIO

from eir.errors import ListFileError

_LONGEST_LINE = 1 << 24  # octets; more without a line break is no list
_END_OCTETS = 1 << 10


class Pieces:
    """Cuts what is read after line breaks; what is behind the last one waits for the next piece."""

    def __init__(self, file: BinaryIO, read: Callable[[int], None], size: int) -> None:
        """Read so many octets at once; `read` is told how many it were in all."""
        self.hash = hashlib.sha256()
        self.ended = False
        self.ended_with_newline = True
        self.end = b""  # the last octets that were read, not many
        self._file = file
        self._read = read
        self._size = size
        self._count = 0
        self._rest = b""

    def take(self) -> bytes:
        """Give the next piece; empty when there are no more.

        Raises:
            ListFileError: the file cannot be read, or has no lines.
        """
        while not self.ended:
            more = self._next()
            octets = self._rest + more
            cut = _after_last_break(octets) if more else len(octets)
            self._rest = octets[cut:]
            if cut:
                return octets[:cut]
            if len(octets) > _LONGEST_LINE:
                raise ListFileError("a line does not end within 16 MiB: this is no list")
        rest, self._rest = self._rest, b""
        return rest

    def put_back(self, octets: bytes) -> None:
        """Give these, the end of the last piece, again with the next."""
        self._rest = octets + self._rest

    def _next(self) -> bytes:
        try:
            octets = self._file.read(self._size)
        except OSError as error:
            raise ListFileError(f"the file cannot be read: {error.strerror}") from None
        self.ended = not octets
        if octets:
            self.hash.update(octets)
            self.ended_with_newline = octets.endswith((b"\n", b"\r"))
            self.end = (self.end + octets[-_END_OCTETS:])[-_END_OCTETS:]
            self._count += len(octets)
            self._read(self._count)
        return octets


def _after_last_break(octets: bytes) -> int:
    """Where the last line ends that surely has ended: a CR at the very end may be half a CRLF."""
    return octets.rfind(b"\n") + 1 or octets.rfind(b"\r", 0, -1) + 1
