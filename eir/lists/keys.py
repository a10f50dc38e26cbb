"""The key cells of plain lines, all at once, and where the texts beside them are.

What a plain cell is, and what plain cells mean together, is asked of `cells` and `lines` by
examples, so that it is said in one place only.
"""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import product

import numpy as np
import numpy.typing as npt

from eir.lists.cells import (
    ANY_VERSION,
    parse_imei,
    parse_imsi,
    parse_msisdn,
    parse_svn,
    parse_tac,
)
from eir.lists.columns import KEYS, Columns
from eir.lists.digits import LONGEST_NUMBER, Mask, Numbers, Octets, Places
from eir.lists.lines import read_subject
from eir.lists.names import ListName
from eir.lists.subjects import ANY, Kind, number_of

KINDS = tuple(Kind)
_NO_KIND = -1
_QUOTE, _COMMA = b'",'

_PARSE: dict[str, Callable[[str], str]] = {
    "imei": lambda text: parse_imei(text).digits,
    "imei_to": lambda text: parse_imei(text).digits,
    "svn": parse_svn,
    "tac": parse_tac,
    "imsi": parse_imsi,
    "msisdn": parse_msisdn,
}
_EXAMPLES = {
    "imei": "00100199000001",
    "imei_to": "00100199000002",
    "svn": "01",
    "tac": "00100199",
    "imsi": "001010000000001",
    "msisdn": "1550000001",
}


@dataclass(frozen=True, slots=True)
class _Forms:
    """What digits a cell may hold, by how many they are; shape (17,) each.

    Attributes:
        allowed: whether so many are right; none is.
        beyond: divides away the digits that are not kept.
        unit: the one that stands before the digits that are kept.
    """

    allowed: Mask
    beyond: Numbers
    unit: Numbers

    def numbers(self, values: Numbers, lengths: Places) -> Numbers:
        """Give what is kept of digits, as `number_of` does; `ANY` for none."""
        if not np.all(self.beyond == 1):
            values = values // self.beyond[lengths]
        return values + self.unit[lengths]


def _forms_of(name: str) -> _Forms:
    allowed = np.zeros(LONGEST_NUMBER + 1, np.bool_)
    beyond = np.ones(LONGEST_NUMBER + 1, np.uint64)
    unit = np.zeros(LONGEST_NUMBER + 1, np.uint64)
    allowed[0] = True
    for length in range(1, LONGEST_NUMBER + 1):
        try:
            kept = len(_PARSE[name]("1" * length))
        except ValueError:
            continue
        allowed[length] = True
        beyond[length] = 10 ** (length - kept)
        unit[length] = 10**kept
    return _Forms(allowed, beyond, unit)


_FORMS = {name: _forms_of(name) for name in KEYS}


@dataclass(frozen=True, slots=True)
class Keys:
    """What the key cells of lines say; shape (lines,) each.

    Attributes:
        plain: whether they are plain; where not, the others mean nothing.
        numbers: of each key column of the file; `ANY` where a cell is empty.
        kinds: what the line is about, a place in `KINDS`.
        versions: the number of the software version that it names, or `ANY`.
        texts: where each run of cells beside the keys begins and ends, in the order of the lines.
    """

    plain: Mask
    numbers: dict[str, Numbers]
    kinds: npt.NDArray[np.int8]
    versions: Numbers
    texts: list[tuple[Places, Places]]


class KeyReader:
    """Reads the key cells of a file."""

    def __init__(self, columns: Columns, name: ListName) -> None:
        self._names = columns.keys
        self._runs = [(names[0], len(names)) for names in _runs_of(columns.names)]
        self._kinds = _kinds_of(columns.keys, name)

    def read(self, octets: Octets, begins: Places, ends: Places) -> Keys:
        """Read the lines that begin and end there; the octet at an end is no longer theirs."""
        plain = np.ones(begins.size, np.bool_)
        numbers, texts = {}, []
        at = begins
        for name, cells in self._runs:
            last = (name, cells) == self._runs[-1]
            if name in KEYS:
                values, lengths, behind = _digits(octets, at)
                plain &= _FORMS[name].allowed[lengths]
                numbers[name] = _FORMS[name].numbers(values, lengths)
            else:
                behind = ends if last else _behind_cells(octets, at, cells)
                texts.append((at, behind))
            plain &= behind == ends if last else (behind < ends) & (octets.at(behind) == _COMMA)
            at = behind + 1
        versions = numbers.setdefault("svn", np.full(begins.size, ANY, np.uint64))
        versions[versions == number_of(ANY_VERSION)] = ANY
        kinds = self._kinds_in(numbers, begins.size)
        plain &= kinds != _NO_KIND
        if "imei" in numbers and "imei_to" in numbers:
            plain &= (kinds != KINDS.index(Kind.RANGE)) | (numbers["imei_to"] > numbers["imei"])
        return Keys(plain, numbers, kinds, versions, texts)

    def _kinds_in(self, numbers: dict[str, Numbers], count: int) -> npt.NDArray[np.int8]:
        filled = np.zeros(count, np.int64)
        for bit, name in enumerate(self._names):
            filled |= (numbers[name] != ANY).astype(np.int64) << bit
        return self._kinds[filled]


def _digits(octets: Octets, places: Places) -> tuple[Numbers, Places, Places]:
    """Read digits, perhaps in quotes: their values, how many they are, and where the cell ends."""
    if not octets.have_quotes:
        values, lengths = octets.digits_at(places)
        return values, lengths, places + lengths
    opened = octets.at(places) == _QUOTE
    values, lengths = octets.digits_at(places + opened)
    behind = places + opened + lengths
    closed = opened & (octets.at(behind) == _QUOTE)
    # Quotes that stay open end nowhere: at the quote itself, no line ends and no comma is.
    return values, lengths, np.where(opened & ~closed, places, behind + closed)


def _behind_cells(octets: Octets, places: Places, count: int) -> Places:
    """Give the comma behind so many cells that begin there; the end of all if they are not plain.

    Quotes of plain cells hold no quotes.
    """
    behind = places - 1
    for _ in range(count):
        begins = behind + 1
        behind = octets.next(_COMMA, begins)
        if octets.have_quotes:
            opened = octets.at(begins) == _QUOTE
            closed = octets.next(_QUOTE, begins + 1) + 1
            closed[octets.at(closed) != _COMMA] = octets.end
            behind = np.where(opened, closed, behind)
    return behind


def _runs_of(names: tuple[str, ...]) -> list[list[str]]:
    """Put the columns together that stand side by side and are no keys; each key is alone."""
    runs: list[list[str]] = []
    for name in names:
        if name not in KEYS and runs and runs[-1][0] not in KEYS:
            runs[-1].append(name)
        else:
            runs.append([name])
    return runs


def _kinds_of(names: tuple[str, ...], name: ListName) -> npt.NDArray[np.int8]:
    """Ask what a line is about, for each choice of columns that it may fill, as bits."""
    kinds = []
    for filled in product((False, True), repeat=len(names)):
        # The first column is the lowest bit, which changes fastest.
        cells = {
            key: _EXAMPLES[key] for key, here in zip(names, reversed(filled), strict=True) if here
        }
        try:
            kinds.append(KINDS.index(read_subject(cells, name).kind))
        except ValueError:
            kinds.append(_NO_KIND)
    return np.array(kinds, np.int8)
