"""Whole messages out of segments (ITU-T Q.714 §4.1.1.2).

Segments travel in sequence, so a message is what came so far and the number of segments still to
come. What breaks the sequence, or takes too long, loses the message.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import TypeAlias

from protocols.mtp import PointCode
from protocols.sccp.codec import Segmentation
from protocols.sccp.codes import ReturnCause
from protocols.sccp.layout import MAX_USER_DATA
from protocols.sccp.primitives import Unitdata

T_REASS = 10.0  # seconds; 10 to 20 (ITU-T Q.714 Annex C.4)
MAX_MESSAGES = 256  # ours: 1 megaoctet in all; an EIR's questions need no segments

_Key: TypeAlias = tuple[PointCode, bytes, int]


@dataclass(frozen=True, slots=True)
class Lost:
    """A message that cannot be reassembled.

    Attributes:
        unitdata: its first segment; if that is not known, the one that cannot be placed.
        segmentation: which segment that is.
        cause: what its sender is to be told; None: nothing.
        reason: what happened.
    """

    unitdata: Unitdata
    segmentation: Segmentation
    cause: ReturnCause | None
    reason: str


@dataclass(slots=True)
class _Started:
    """A message of which some segments are here."""

    first: Unitdata
    segmentation: Segmentation
    user_data: bytes = field(repr=False)
    remaining: int
    expires: float


def name_of(unitdata: Unitdata, segmentation: Segmentation) -> bytes:
    """Write what names a message (ITU-T Q.714 §4.1.1.2), whichever ways its segments take."""
    return unitdata.calling.octets + segmentation.reference.to_bytes(3, "big")


class Reassembly:
    """The messages of which some segments are here, bounded in number and octets."""

    def __init__(self) -> None:
        self._started: dict[_Key, _Started] = {}  # the oldest first

    @property
    def deadline(self) -> float | None:
        """When to call `expire` at the latest."""
        return next((started.expires for started in self._started.values()), None)

    def add(
        self, unitdata: Unitdata, segmentation: Segmentation, now: float
    ) -> list[Unitdata | Lost]:
        """Take a segment; give the message if it is whole now, and what was lost by it."""
        # ITU-T Q.714 §4.1.1.2: the calling address and the local reference name the message; an
        # address without point code is unique at the node that sent it only.
        key = (unitdata.transfer.opc, unitdata.calling.octets, segmentation.reference)
        if segmentation.is_first:
            return [*self._supersede(key), *self._start(key, unitdata, segmentation, now)]
        if key not in self._started:
            return [Lost(unitdata, segmentation, None, "a segment whose first is not here")]
        return self._continue(key, unitdata, segmentation)

    def expire(self, now: float) -> list[Lost]:
        """Give up the messages that took too long."""
        late = [key for key, started in self._started.items() if started.expires <= now]
        return [self._give_up(key, "T(reass) expired before the last segment") for key in late]

    def _supersede(self, key: _Key) -> list[Lost]:
        if key not in self._started:
            return []
        return [self._give_up(key, "its reference was used again")]

    def _start(
        self, key: _Key, unitdata: Unitdata, segmentation: Segmentation, now: float
    ) -> Iterator[Unitdata | Lost]:
        # The user's class travels in the segmentation parameter (ITU-T Q.713 §3.17).
        first = replace(unitdata, protocol_class=int(segmentation.in_sequence))
        if not segmentation.remaining:
            yield first
            return
        yield from self._make_room()
        self._started[key] = _Started(
            first, segmentation, unitdata.user_data, segmentation.remaining, now + T_REASS
        )

    def _continue(
        self, key: _Key, unitdata: Unitdata, segmentation: Segmentation
    ) -> list[Unitdata | Lost]:
        started = self._started[key]
        started.remaining -= 1
        started.user_data += unitdata.user_data
        if segmentation.remaining != started.remaining:
            return [self._give_up(key, "a segment out of sequence")]
        if len(started.user_data) > MAX_USER_DATA:
            return [self._give_up(key, f"segments of more than {MAX_USER_DATA} octets")]
        if started.remaining:
            return []
        del self._started[key]
        return [replace(started.first, user_data=started.user_data)]

    def _give_up(
        self,
        key: _Key,
        reason: str,
        cause: ReturnCause = ReturnCause.ERROR_IN_MESSAGE_TRANSPORT,
    ) -> Lost:
        started = self._started.pop(key)
        return Lost(started.first, started.segmentation, cause, reason)

    def _make_room(self) -> Iterator[Lost]:
        """Give up the oldest message of whoever has most here, so that no other loses one.

        That is the association with most, and on it the point code. The digits of a calling
        address do not count: a sender may write as many as it likes.
        """
        if len(self._started) < MAX_MESSAGES:
            return
        ways = {key: started.first.transfer for key, started in self._started.items()}
        of_connection = Counter(way.connection for way in ways.values())
        of_origin = Counter((way.connection, way.opc) for way in ways.values())
        held = {
            key: (of_connection[way.connection], of_origin[way.connection, way.opc])
            for key, way in ways.items()
        }
        oldest = max(held, key=held.__getitem__)  # the first of those that are equal
        cause = ReturnCause.ERROR_IN_LOCAL_PROCESSING
        yield self._give_up(oldest, "too many messages in segments", cause)
