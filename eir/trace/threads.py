"""Which messages of SS7 belong together: those of a dialogue, and the segments of a message.

Who asks about an equipment may open the dialogue first, or cut the question up. What came before
it is kept for a while, so that it is told with the question.
"""

from collections import deque
from collections.abc import Hashable, Iterable

from eir.trace.exchange import Exchange, Octets
from protocols.m3ua.errors import M3uaError
from protocols.m3ua.layout import find_values
from protocols.sccp import codec
from protocols.sccp.errors import SccpError
from protocols.sccp.layout import read_layout
from protocols.tcap.portions import outline

KEPT = 256  # ours: messages that may turn out to belong to what is traced
MOST_OCTETS = 65_536  # ours: of them together


def knots(octets: bytes, *, came: bool) -> set[Hashable]:
    """Name what an M3UA message shares with others that belong to it; nothing, if it is no DATA.

    Args:
        octets: the message.
        came: whether it came, or went.
    """
    try:
        _, place = find_values(octets)
        user_data = octets[place]
        layout = read_layout(user_data)
        message = codec.decode(user_data)
    except (M3uaError, SccpError):
        return set()
    if message.segmentation is not None:
        return {(layout.calling, message.segmentation.reference)}
    found = outline(user_data[layout.user_data])
    ours = found.destination_id if came else found.originating_id  # the id that we gave
    return set() if ours is None else {ours}


class Threads:
    """What came of late and asked nothing that could be read."""

    def __init__(self) -> None:
        self._kept: deque[tuple[frozenset[Hashable], Exchange]] = deque()
        self._octets = 0

    def keep(self, exchange: Exchange) -> None:
        """Keep an exchange that nobody wants yet, if anything can belong to it."""
        names = _knots_of(exchange.messages)
        if not names or exchange.size > MOST_OCTETS:
            return
        self._kept.append((frozenset(names), exchange))
        self._octets += exchange.size
        while len(self._kept) > KEPT or self._octets > MOST_OCTETS:
            self._octets -= self._kept.popleft()[1].size

    def before(self, exchanges: Iterable[Exchange]) -> list[Exchange]:
        """Take out what belongs to one of some exchanges and came before them."""
        names = {name for exchange in exchanges for name in _knots_of(exchange.messages)}
        found = [kept for knotted, kept in self._kept if knotted & names]
        if found:
            self._kept = deque(each for each in self._kept if not each[0] & names)
            self._octets = sum(kept.size for _, kept in self._kept)
        return found


def _knots_of(messages: Iterable[Octets]) -> set[Hashable]:
    return {
        knot
        for message in messages
        for knot in knots(bytes.fromhex(message.hex), came=message.way == "in")
    }
