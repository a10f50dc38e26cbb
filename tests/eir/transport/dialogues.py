"""Dialogues of two nodes that are compared: each draws transaction ids of its own."""

import re
from collections import deque

# A transaction id of the EIR: where it writes it, before its peer's, and where its peer does
_AGREED = re.compile(rb"(?s)(\x65.\x48\x04)(....)(?=\x49.((?:(?!\x6b).)+))")
_GOES_ON = re.compile(rb"(?s)(?<=\x49\x04)....")


def masked(answer: bytes) -> bytes:
    """Hide what the EIR drew."""
    return _AGREED.sub(rb"\1....", answer)


class Dialogues:
    """Which dialogue of the one node is which of the other's.

    Attributes:
        agreed: those that may go on: the one node's id of each, and its peer's.
    """

    def __init__(self) -> None:
        self.agreed: deque[tuple[bytes, bytes]] = deque(maxlen=20)
        self._others: dict[bytes, bytes] = {}

    def meet(self, answer: bytes, other: bytes) -> None:
        """Learn from the answers of both to one message; they are the same when `masked`."""
        for ours, theirs in zip(_AGREED.findall(answer), _AGREED.findall(other), strict=True):
            self._others[ours[1]] = theirs[1]
            self.agreed.append((ours[1], ours[2]))

    def translated(self, message: bytes) -> bytes:
        """Write what is for the one node for the other."""
        return _GOES_ON.sub(lambda found: self._others.get(found[0], found[0]), message)
