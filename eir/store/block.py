"""A block: up to a page of neighbouring entries of one sorted map, read in place.

A map's entries are keys of one to three unsigned columns, each with one unsigned value. A block
holds them column by column, each column as its smallest number and differences to it of 0, 1, 2,
4 or 8 octets, whichever hold the largest. Little-endian:

    crc-32 (4)  owner (8)  count (2)  width of each column (1 each)  padding to a multiple of 8
    lower, upper     the keys between which this block knows all: lower < key <= upper
    smallest         of each column
    column ...       the differences, key columns first, then the value

Whoever finds a block under a key learns from it whether it is the right one: an owner, an interval
that contains the key, and a checksum. So "not there" is only ever said by a block that would know.
"""

from bisect import bisect_left, bisect_right
from struct import Struct
from typing import Literal
from zlib import crc32

from eir.errors import StoreError

MAX_NUMBER = 2**64 - 1
_CRC = Struct("<I")
_CODES: dict[int, Literal["B", "H", "I", "Q"]] = {1: "B", 2: "H", 4: "I", 8: "Q"}


def _header(columns: int) -> Struct:
    """Say where the fields before the columns stand, in a block of so many key columns."""
    fixed = 4 + 8 + 2 + columns + 1
    padding = -fixed % 8
    numbers = 2 * columns + columns + 1
    return Struct(f"<IQH{columns + 1}B{padding}x{numbers}Q")


HEADERS = tuple(_header(columns) for columns in range(4))  # by number of key columns
_SINGLE = HEADERS[1]
_KEYS = tuple(Struct(f">{1 + columns}Q") for columns in range(4))  # by number of key columns
single_key_octets = _KEYS[1].pack  # `key_octets` of an owner and a key of one column


def damaged(what: str) -> StoreError:
    """Build the error of a store that is not what was written."""
    return StoreError(f"the list store is damaged: {what}")


def seal(header_and_columns: bytes) -> bytes:
    """Put the checksum where four octets were left for it."""
    return _CRC.pack(crc32(header_and_columns[4:])) + header_and_columns[4:]


def is_sound(octets: bytes | memoryview) -> bool:
    """Tell whether a block is what was sealed."""
    return len(octets) > _CRC.size and _CRC.unpack_from(octets)[0] == crc32(octets[_CRC.size :])


def key_octets(owner: int, key: tuple[int, ...]) -> bytes:
    """Write the key under which a block, or an entry of an overlay, is found."""
    return _KEYS[len(key)].pack(owner, *key)


def find_single(octets: bytes, owner: int, number: int) -> int:
    """Return the value of a key of one column, 0 for none: what every check does, in one piece.

    Raises:
        StoreError: this is not the block that knows.
    """
    _, own, count, key_width, width, lower, upper, smallest, base = _SINGLE.unpack_from(octets)
    if own != owner or not lower < number <= upper:
        raise damaged("a block is missing")
    difference = number - smallest
    row = 0
    if key_width:
        end = _SINGLE.size + key_width * count
        column = memoryview(octets)[_SINGLE.size : end].cast(_CODES[key_width])
        row = bisect_left(column, difference)
        if row == count or column[row] != difference:
            return 0
    elif difference or not count:
        return 0
    if not width:
        return int(base)
    at = _SINGLE.size + key_width * count + width * row
    return int(base) + int.from_bytes(octets[at : at + width], "little")


class Block:
    """One sound block, ready to be asked."""

    __slots__ = ("_bases", "_columns", "below", "count", "key_columns", "lower", "owner", "upper")

    def __init__(self, octets: bytes | memoryview, columns: int) -> None:
        """Read the header; the columns stay where they are.

        Raises:
            StoreError: it is no block of so many columns.
        """
        header = HEADERS[columns]
        view = memoryview(octets)
        if len(view) < header.size:
            raise damaged("a block is too short")
        fields = header.unpack_from(view)
        self.owner: int = fields[1]
        self.count: int = fields[2]
        widths = fields[3 : 4 + columns]
        numbers = fields[4 + columns :]
        self.lower: tuple[int, ...] = numbers[:columns]
        self.upper: tuple[int, ...] = numbers[columns : 2 * columns]
        self.below: int = numbers[0]  # the first of `lower`
        self._bases: tuple[int, ...] = numbers[2 * columns :]
        self.key_columns = columns
        self._columns: list[memoryview[int] | None] = []
        at = header.size
        for width in widths:
            octets_here = width * self.count
            if at + octets_here > len(view):
                raise damaged("a block is cut short")
            column = view[at : at + octets_here].cast(_CODES[width]) if width else None
            self._columns.append(column)
            at += octets_here

    def covers(self, owner: int, key: tuple[int, ...]) -> bool:
        """Tell whether this block knows everything about a key of this owner."""
        return self.owner == owner and self.lower < key <= self.upper

    def find(self, key: tuple[int, ...]) -> int | None:
        """Return the value of a key; None: it has none."""
        low, high = self.span(key)
        return self.value(low) if low < high else None

    def find_single(self, number: int) -> int:
        """Return the value of a key of one column; 0: it has none."""
        column, values = self._columns
        base, value = self._bases
        row = 0
        if column is not None:
            difference = number - base
            row = bisect_left(column, difference)
            if row == self.count or column[row] != difference:
                return 0
        elif number != base or not self.count:
            return 0
        return value if values is None else value + values[row]

    def rests(self, number: int) -> list[tuple[int, ...]]:
        """Return what follows a number that keys begin with: their other columns, and the value."""
        column = self._columns[0]
        difference = number - self._bases[0]
        row = 0 if column is None else bisect_left(column, difference)
        found = []
        while row < self.count and (0 if column is None else column[row]) == difference:
            found.append(
                tuple([
                    base if rest is None else base + rest[row]
                    for rest, base in zip(self._columns[1:], self._bases[1:], strict=True)
                ])
            )  # fmt: skip
            row += 1
        return found

    def covering(self, number: int) -> int:
        """Return the value of the segment, last and first, that covers a number; 0: none does."""
        row = self.first_from(number)
        if row == self.count or self._number(row, 1) > number:
            return 0
        return self._number(row, 2)

    def span(self, prefix: tuple[int, ...]) -> tuple[int, int]:
        """Return the rows, from and to, whose key begins with these numbers."""
        low, high = 0, self.count
        for place, number in enumerate(prefix):
            difference = number - self._bases[place]
            column = self._columns[place]
            if column is None:
                if difference:
                    return 0, 0
                continue
            low = bisect_left(column, difference, low, high)
            high = bisect_right(column, difference, low, high)
        return low, high

    def first_from(self, number: int) -> int:
        """Return the first row whose first column is at least this number."""
        column = self._columns[0]
        if column is None:
            return 0 if number <= self._bases[0] else self.count
        return bisect_left(column, number - self._bases[0])

    def value(self, row: int) -> int:
        """Return the value in a row."""
        return self._number(row, self.key_columns)

    def key(self, row: int) -> tuple[int, ...]:
        """Return the key in a row."""
        return tuple(self._number(row, place) for place in range(self.key_columns))

    def _number(self, row: int, place: int) -> int:
        column = self._columns[place]
        return self._bases[place] + (0 if column is None else column[row])
