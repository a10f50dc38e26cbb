"""What is counted of each peer: a table behind the other slots of a page.

Only peers of the configuration have a row, so the table is bounded whoever asks; all others, and
those that find no room, are counted as OTHER. Names stand in the page: the supervisor reads them
there, and a worker that is started again goes on with them.

    row    1 + the number of the interface (0: free), the name, a slot for each row of PEER_FAMILIES
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from struct import Struct

from eir.decision.verdict import Interface
from eir.metrics.checks import INTERFACES
from eir.metrics.families import PEER_FAMILIES
from eir.metrics.family import Family, Row

OTHER = "other"
ROWS = 512  # ours: of peers of one worker
NAME_OCTETS = 256  # a DiameterIdentity has at most 255 (RFC 1035 §2.3.4)

_HEAD = Struct(f"=Q{NAME_OCTETS}s")
_OFFSETS = {
    (family.name, row): _HEAD.size // 8 + place
    for place, (family, row) in enumerate(
        (family, row) for family in PEER_FAMILIES for row in family.rows
    )
}
_LENGTH = _HEAD.size // 8 + len(_OFFSETS)  # slots of a row
SIZE = ROWS * _LENGTH * 8  # octets of a table


@dataclass(frozen=True, slots=True)
class PeerRow:
    """A peer that has a row.

    Attributes:
        interface: that it asks on.
        name: as configured, or OTHER.
        place: of its row, in slots from the beginning of the page.
    """

    interface: str
    name: str
    place: int


def offset_of(family: Family, row: Row = ()) -> int:
    """Say where in a peer's row a number stands; a row that the family does not have is a bug."""
    return _OFFSETS[family.name, row]


class Places(dict[str, int]):
    """Where peers are counted, by name; whoever has no row, as OTHER."""

    def __missing__(self, name: str) -> int:
        if name == OTHER:
            raise KeyError(name)
        return self[OTHER]


class PeerTable:
    """The peers of one worker, which alone may `know` more of them."""

    def __init__(self, memory: memoryview, *, begin: int) -> None:
        """Go on with a table.

        Args:
            memory: where it stands.
            begin: its place in the page, in slots.
        """
        self._memory = memory[:SIZE]
        self._begin = begin
        self._read: list[PeerRow] = []
        self._places = {(row.interface, row.name): row.place for row in self.rows()}

    def know(self, interface: Interface, names: Iterable[str]) -> None:
        """Give these peers of an interface rows, as far as there is room."""
        for name in (OTHER, *names):
            key = interface.value, _cut(name)
            if key not in self._places and len(self._places) < ROWS:
                self._places[key] = self._claim(len(self._places), *key)

    def places(self, interface: Interface) -> "Places":
        """Tell where the row of any peer of an interface is."""
        return Places(
            {name: at for (of, name), at in self._places.items() if of == interface.value}
        )

    def rows(self) -> Sequence[PeerRow]:
        """Give every row that is taken; it stays as it is, so it is read only once."""
        for number in range(len(self._read), ROWS):
            interface, name = _HEAD.unpack_from(self._memory, number * _LENGTH * 8)
            if not interface:
                break
            text = name.rstrip(b"\0").decode(errors="ignore")
            row = PeerRow(INTERFACES[interface - 1], text, self._begin + number * _LENGTH)
            self._read.append(row)
        return self._read

    def _claim(self, number: int, interface: str, name: str) -> int:
        """Take a free row; who reads meanwhile sees all of it or nothing."""
        at = number * _LENGTH * 8
        for taken in (0, 1 + INTERFACES.index(interface)):
            _HEAD.pack_into(self._memory, at, taken, name.encode())
        return self._begin + number * _LENGTH


def _cut(name: str) -> str:
    """Cut a name to the width of its field."""
    return name.encode()[:NAME_OCTETS].decode(errors="ignore")
