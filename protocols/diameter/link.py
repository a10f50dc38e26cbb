"""A peer as the configuration knows it, its connections, and the identifiers on them."""

from collections.abc import Callable
from dataclasses import dataclass

from protocols.diameter.codec import Message
from protocols.effects import Connection


@dataclass(frozen=True, slots=True, kw_only=True)
class PeerSpec:
    """What the configuration says of a peer.

    Attributes:
        origin_host: its name.
        addresses: where it may come from; empty: anywhere.
        connect: we connect to it.
        tw_init: Twinit in seconds (RFC 3539 §3.4.1).
    """

    origin_host: str
    addresses: tuple[str, ...] = ()
    connect: bool = False
    tw_init: float = 30.0


@dataclass(slots=True, eq=False)
class Link:
    """One connection of a peer.

    Attributes:
        connection: the driver's number for it.
        addresses: our addresses on it.
        cer: the peer's CER, until it is answered.
        proven: the peer has sent something since the connection is open (RFC 6733 §2.1.1).
        gone: the transport has ended by itself.
    """

    connection: Connection
    addresses: tuple[str, ...]
    cer: Message | None = None
    proven: bool = False
    gone: bool = False


class Identifiers:
    """Hop-by-Hop and End-to-End Identifiers of the requests that we make (RFC 6733 §3)."""

    def __init__(self, *, origin_state_id: int, random: Callable[[], float]) -> None:
        self._hop_by_hop = int(random() * 0xFFFFFFFF)
        # §3: the time in the high 12 bits, a random value in the low 20.
        self._end_to_end = (origin_state_id & 0xFFF) << 20 | int(random() * 0xFFFFF)

    def next(self) -> dict[str, int]:
        """Give the next pair, as the keywords that the makers of requests take."""
        self._hop_by_hop = self._hop_by_hop + 1 & 0xFFFFFFFF
        self._end_to_end = self._end_to_end + 1 & 0xFFFFFFFF
        return {"hop_by_hop": self._hop_by_hop, "end_to_end": self._end_to_end}


class OwnRequests:
    """The requests that we made to one peer and that it has not answered."""

    def __init__(self, identifiers: Identifiers) -> None:
        self._identifiers = identifiers
        self._awaited: set[int] = set()  # Hop-by-Hop Identifiers

    def next(self) -> dict[str, int]:
        """Give the identifiers of a request whose answer is awaited from now on."""
        identifiers = self._identifiers.next()
        self._awaited.add(identifiers["hop_by_hop"])
        return identifiers

    def are_answered_by(self, hop_by_hop: int) -> bool:
        """Tell whether an answer is to one of them, which then is answered."""
        if hop_by_hop not in self._awaited:
            return False
        self._awaited.discard(hop_by_hop)
        return True

    def forget(self) -> None:
        """Await no answer any more: the connection is gone."""
        self._awaited.clear()
