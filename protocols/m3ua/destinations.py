"""What a peer says of the SS7 network behind it, by SSNM messages (RFC 4666 §3.4, §4.5).

A destination that nobody has spoken of is taken to be available (ours).
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from enum import Enum

from protocols.effects import Became
from protocols.m3ua.codec import Affected, Message, affected, unsigned32, user_cause
from protocols.m3ua.codes import MessageType, Tag, UnavailabilityCause
from protocols.m3ua.errors import M3uaError, ParameterValueError
from protocols.m3ua.messages import required
from protocols.mtp import PointCode, format_point_code

MAX_DESTINATIONS = 4096  # ours: of one peer; a network has 16384 point codes at most
MAX_POINTS = 1024  # ours: in one message
MAX_RANGES = 16  # ours: in one message; each is compared with all that is known
_BITS = 24  # of a point code on the wire (RFC 4666 §3.4.1)
_MAX_LEVEL = 3  # congestion level (RFC 4666 §3.4.4)
_CAUSES = frozenset(UnavailabilityCause)


class DestinationState(Enum):
    """What DAVA, DRST and DUNA say (RFC 4666 §3.4)."""

    AVAILABLE = "available"
    RESTRICTED = "restricted"
    UNAVAILABLE = "unavailable"


_STATES = {
    MessageType.DAVA: DestinationState.AVAILABLE,
    MessageType.DRST: DestinationState.RESTRICTED,
    MessageType.DUNA: DestinationState.UNAVAILABLE,
}


@dataclass(frozen=True, slots=True)
class Destination:
    """What is known of point codes.

    Attributes:
        state: whether they can be reached.
        congestion: level, 0 for none.
        user_part: why a user part there does not answer, None: nothing is known of that.
    """

    state: DestinationState = DestinationState.AVAILABLE
    congestion: int = 0
    user_part: str | None = None

    @property
    def is_plain(self) -> bool:
        """Tell whether traffic there and from there is like any other."""
        return self.state is not DestinationState.UNAVAILABLE and self.user_part is None

    @property
    def detail(self) -> str:
        """What else than the state there is to say."""
        congestion = f"congestion {self.congestion}" if self.congestion else ""
        return ", ".join(part for part in (congestion, self.user_part) if part)


_UNSPOKEN = Destination()


@dataclass(frozen=True, slots=True)
class Change:
    """What became of point codes, by their name.

    Attributes:
        is_gone: nothing is known of them by this name any more.
    """

    name: str
    destination: Destination
    is_gone: bool = False


class Destinations:
    """The destinations that one peer has spoken of."""

    def __init__(self) -> None:
        self._known: dict[Affected, Destination] = {}
        self._deviating = 0  # how many of them are other than plain
        self._changes = 0

    @property
    def deviation(self) -> int:
        """Tell which point codes are treated otherwise than others, by a number that stands for it.

        0: none are. Any other number is of one state of affairs, and never comes back.
        """
        return self._changes if self._deviating else 0

    def state(self, point_code: PointCode) -> DestinationState:
        """Tell whether a point code can be reached through this peer."""
        return self._of(point_code).state

    def take(self, message: Message) -> list[Change]:
        """Take an SSNM message; return what has changed, by name.

        Raises:
            M3uaError: it cannot be read, or says what it must not.
        """
        points = read_points(message)
        match message.type:
            case MessageType.SCON:
                level = _congestion(message)
                changes = [(each, replace(self._at(each), congestion=level)) for each in points]
            case MessageType.DUPU:
                cause = _user_part(message, points)
                changes = [(each, replace(self._at(each), user_part=cause)) for each in points]
            case _:
                # ours: a new state also ends a congestion that nobody else would end.
                changes = [(each, Destination(_STATES[message.type])) for each in points]
        return [change for each in changes for change in self._set(*each)]

    def is_silent(self, point_code: PointCode) -> bool:
        """Tell whether a user part there is known not to answer."""
        known = self._known.get(Affected(0, point_code))
        return known is not None and known.user_part is not None

    def heard(self, point_code: PointCode) -> list[Change]:
        """Take note of a message from a point code: its user part does answer (ours)."""
        if not self.is_silent(point_code):
            return []
        each = Affected(0, point_code)
        return list(self._set(each, replace(self._known[each], user_part=None)))

    def forget(self) -> list[Change]:
        """Forget everything: the peer is gone, and what it said may not hold any more."""
        known, self._known = self._known, {}
        self._deviating = 0
        self._changes += 1
        return [Change(_name(each), _UNSPOKEN, is_gone=True) for each in known]

    def _set(self, each: Affected, destination: Destination) -> Iterator[Change]:
        """Set what is known; what was known of parts of it is known no longer by their names."""
        mask = min(each.mask, _BITS)
        each = Affected(mask, each.point_code >> mask << mask)
        before = self._known.get(each)
        if not (self._at(each).is_plain and destination.is_plain):
            self._changes += 1
        if mask:
            for part in [part for part in self._known if part != each and is_part(part, each)]:
                self._deviating -= not self._known.pop(part).is_plain
                self._changes += 1
                yield Change(_name(part), destination, is_gone=True)
        if each not in self._known and len(self._known) == MAX_DESTINATIONS:
            return
        self._deviating += (before is None or before.is_plain) - destination.is_plain
        self._known[each] = destination
        if destination != before:
            yield Change(_name(each), destination)

    def _at(self, each: Affected) -> Destination:
        return self._known.get(each) or self._of(each.point_code)

    def _of(self, point_code: PointCode) -> Destination:
        """Find what is known of a point code: the narrowest that holds it."""
        if not self._known:
            return _UNSPOKEN
        for mask in range(_BITS + 1):
            known = self._known.get(Affected(mask, point_code >> mask << mask))
            if known is not None:
                return known
        return _UNSPOKEN


def read_points(message: Message) -> tuple[Affected, ...]:
    """Read the point codes that a message is about.

    Raises:
        M3uaError: there are none, or more than we take at once.
    """
    tag = Tag.AFFECTED_POINT_CODE
    parameter = required(message.first(tag), tag)
    count = len(parameter.value) // 4
    if count > MAX_POINTS:  # said before they are read, which is the costly part
        raise M3uaError(f"{count} point codes in one message")
    points = affected(parameter)
    ranges = sum(each.mask > 0 for each in points)
    if ranges > MAX_RANGES:
        raise M3uaError(f"{ranges} ranges of point codes in one message")
    return points


def tell(peer: str, changes: Iterable[Change]) -> list[Became]:
    """Tell what has become of point codes behind a peer."""
    return [
        Became(
            "destination",
            f"{peer} {change.name}",
            change.destination.state.name,
            change.destination.detail,
            is_gone=change.is_gone,
        )
        for change in changes
    ]


def is_part(part: Affected, whole: Affected) -> bool:
    """Tell whether point codes are among others."""
    if part.mask > whole.mask:
        return False
    return part.point_code >> whole.mask == whole.point_code >> whole.mask


def _name(each: Affected) -> str:
    """Name point codes: "2-10-4", or "2-10-0/3" for all that differ in the low 3 bits."""
    mask = f"/{each.mask}" if each.mask else ""
    return f"{format_point_code(each.point_code)}{mask}"


def _congestion(message: Message) -> int:
    """Read the level of a SCON; where the network has no levels, any SCON means congestion."""
    parameter = message.first(Tag.CONGESTION_INDICATIONS)
    if parameter is None:
        return 1
    level = unsigned32(parameter) & 0xFF  # the upper 24 bits are reserved (RFC 4666 §3.4.4)
    if level > _MAX_LEVEL:
        raise ParameterValueError(f"congestion level {level}")
    return level


def _user_part(message: Message, points: tuple[Affected, ...]) -> str:
    """Read what a DUPU says (RFC 4666 §3.4.5)."""
    if len(points) != 1 or points[0].mask:
        # §3.8.1: "e.g., a DUPU message was received with a Mask value other than "0""
        raise ParameterValueError("a DUPU is about one point code")
    cause, user = user_cause(required(message.first(Tag.USER_CAUSE), Tag.USER_CAUSE))
    name = UnavailabilityCause(cause).name.lower() if cause in _CAUSES else f"cause {cause}"
    return f"user part {user} {name}"
