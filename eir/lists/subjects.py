"""What a list entry is about: an equipment, a range, a type, a subscriber, or a combination.

Every number of digits is kept as the integer of "1" and its digits: leading zeros stay, numbers
sort as their digits do, and 0 is free to mean "none".

    kind        columns
    equipment   imei
    software    imei, svn
    range       first, last, svn          svn 0: any
    tac         tac
    pair        imei, imsi, msisdn        0: not named; a subscriber alone is a pair without imei
    opaque      high, low                 an identity that is no IMEI: 16 octets of UTF-8
"""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeAlias

from protocols.identities import Imei

OPAQUE_OCTETS = 16
ANY = 0  # in a column: not named
TAC_SPAN = 10**6  # serial numbers of a type (TS 23.003 §6.2.1)


class Kind(StrEnum):
    """The kinds of subjects; see above."""

    EQUIPMENT = "equipment"
    SOFTWARE = "software"
    RANGE = "range"
    TAC = "tac"
    PAIR = "pair"
    OPAQUE = "opaque"

    @property
    def width(self) -> int:
        """How many columns its key has."""
        return _WIDTHS[self]

    @property
    def fields(self) -> tuple[str, ...]:
        """The cells of a line that its key columns are read from."""
        return _FIELDS.get(self, ())


_WIDTHS = {
    Kind.EQUIPMENT: 1,
    Kind.SOFTWARE: 2,
    Kind.RANGE: 3,
    Kind.TAC: 1,
    Kind.PAIR: 3,
    Kind.OPAQUE: 2,
}


@dataclass(frozen=True, slots=True, order=True)
class Opaque:
    """An identity that is no IMEI, as registries list malformed ones: upper case, 1 to 16 octets.

    Its repr is without personal data.
    """

    text: str = field(repr=False)

    def __post_init__(self) -> None:
        if not 1 <= len(self.text.encode()) <= OPAQUE_OCTETS or "\0" in self.text:
            raise ValueError("a malformed identity that is listed has 1 to 16 octets")


Equipment: TypeAlias = Imei | Opaque


def normalise(text: str) -> Equipment | None:
    """Read an identity as registries and lists compare it; None: too long or empty to be listed.

    What begins with 14 digits is that IMEI, whatever follows; anything else is itself, in upper
    case, without blanks around it.
    """
    text = text.strip()
    try:
        return Imei(text[:14])
    except ValueError:
        return _opaque(text.upper())


def _opaque(text: str) -> Opaque | None:
    try:
        return Opaque(text)
    except ValueError:  # UnicodeEncodeError is one too
        return None


def number_of(digits: str) -> int:
    """Keep digits as a number."""
    return int("1" + digits)


def digits_of(number: int) -> str:
    """Give the digits back; empty for `ANY`."""
    return str(number)[1:]


def opaque_columns(opaque: Opaque) -> tuple[int, int]:
    """Keep 16 octets as two numbers, which sort as the octets do."""
    octets = opaque.text.encode().ljust(OPAQUE_OCTETS, b"\0")
    return int.from_bytes(octets[:8], "big"), int.from_bytes(octets[8:], "big")


def opaque_of(columns: tuple[int, ...]) -> Opaque:
    """Give the identity back."""
    return Opaque(b"".join(c.to_bytes(8, "big") for c in columns).rstrip(b"\0").decode())


@dataclass(frozen=True, slots=True, order=True)
class Subject:
    """What one entry is about; its repr is without personal data."""

    kind: Kind
    columns: tuple[int, ...] = field(repr=False)

    @property
    def fields(self) -> dict[str, str]:
        """The cells of a line that names it: imei, imei_to, svn, tac, imsi, msisdn."""
        if self.kind is Kind.OPAQUE:
            return {"imei": opaque_of(self.columns).text}
        cells = zip(_FIELDS[self.kind], map(digits_of, self.columns), strict=True)
        return {name: digits for name, digits in cells if digits}

    @property
    def key(self) -> str:
        """The same in one piece, for people: `35209900176148`, `35209900000000-…`, `imei+imsi`."""
        cells = self.fields
        if self.kind is Kind.RANGE:
            svn = f"/{cells['svn']}" if "svn" in cells else ""
            return f"{cells['imei']}-{cells['imei_to']}{svn}"
        if self.kind is Kind.SOFTWARE:
            return f"{cells['imei']}/{cells['svn']}"
        return "+".join(cells.values())

    @property
    def extent(self) -> tuple[int, int] | None:
        """The first and last IMEI that a range or a type covers, as numbers; None: no range."""
        match self.kind:
            case Kind.RANGE:
                return self.columns[0], self.columns[1]
            case Kind.TAC:
                first = self.columns[0] * TAC_SPAN
                return first, first + TAC_SPAN - 1
            case _:
                return None


_FIELDS = {
    Kind.EQUIPMENT: ("imei",),
    Kind.SOFTWARE: ("imei", "svn"),
    Kind.RANGE: ("imei", "imei_to", "svn"),
    Kind.TAC: ("tac",),
    Kind.PAIR: ("imei", "imsi", "msisdn"),
}


def equipment_subject(equipment: Equipment) -> Subject:
    """Name one equipment."""
    if isinstance(equipment, Opaque):
        return Subject(Kind.OPAQUE, opaque_columns(equipment))
    return Subject(Kind.EQUIPMENT, (number_of(equipment.digits),))
