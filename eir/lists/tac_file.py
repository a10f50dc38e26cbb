"""A TAC database as files come: GSMA's lines with pipes, and OsmoTAC's CSV.

    gsma      a header line; no quotes, or quotes that mean nothing; the header is the classic one
              (`TAC|Marketing Name|Internal Model Name|Manufacturer|...`) or the newer one in
              camel case (`tac|manufacturer|modelName|...`)
    osmotac   a line with the licence, then `tac,name,name,contributor,comment,...`, of which the
              first name is the brand and the second the model; its other columns are for those
              who keep that list

Columns stand in any order, and what we do not know is left out.
"""

import csv
import hashlib
import re
from collections.abc import Callable, Iterable, Iterator
from datetime import date
from enum import StrEnum
from typing import BinaryIO

from eir.errors import ListFileError
from eir.lists.cells import bare, is_digits, parse_tac
from eir.lists.faults import Faults
from eir.lists.tac import TacInfo

_PROGRESS_LINES = 4096  # ours: how often progress is told
_HEADER_LINES = 2  # the header is one of the first two

_GSMA = {
    "tac": "tac",
    "manufacturer": "manufacturer",
    "modelname": "model",
    "marketingname": "marketing_name",
    "brandname": "brand",
    "devicetype": "device_type",
    "bands": "bands",
    "banddetails": "bands",
    "allocationdate": "allocated",
}
_OSMOTAC = ("brand", "model")  # what its columns called `name` are, in their order
_BETWEEN_WORDS = re.compile(r"[\s_\"-]")  # of a column's name

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_GSMA_DAY = re.compile(r"([0-9]{1,2})-([A-Za-z]{3})-([0-9]{4})", re.ASCII)
_ISO_DAY = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})", re.ASCII)
_UNKNOWN = "not known"  # how GSMA's database says that it does not know


class TacFormat(StrEnum):
    """Who writes a file so."""

    GSMA = "gsma"
    OSMOTAC = "osmotac"


_NEEDED = {
    TacFormat.GSMA: frozenset(("tac", "manufacturer")),
    TacFormat.OSMOTAC: frozenset(("tac", *_OSMOTAC)),
}


class TacFile:
    """One file, read once from its start to its end.

    Attributes:
        format: as its header says, or as it was told to be.
        faults: the lines that are wrong, so far.
        duplicates: lines so far that say again what an earlier one says.
    """

    def __init__(
        self, file: BinaryIO, *, format_: TacFormat | None = None, read: Callable[[int], None]
    ) -> None:
        """Read the header.

        Args:
            file: the octets.
            format_: what the file is; None: what its header looks like.
            read: is told how many octets have been read so far.

        Raises:
            ListFileError: it has no header that we understand.
        """
        self.faults = Faults()
        self.duplicates = 0
        self._file = file
        self._read = read
        self._octets = 0
        self._line = 0
        self._is_cut_short = False
        self._hash = hashlib.sha256()
        self._lines = self._read_lines()
        self.format, self._names = self._header(format_)

    @property
    def hash(self) -> str:
        """SHA-256 of what has been read, in hex."""
        return self._hash.hexdigest()

    def infos(self) -> Iterator[TacInfo]:
        """Give each type once; lines that are wrong are in `faults` at the end.

        Raises:
            ListFileError: the file cannot be read to its end.
        """
        known: dict[str, TacInfo] = {}
        for cells in self._rows():
            try:
                info = _parse(self._names, cells)
                is_new = _is_new(info, known.get(info.tac))
            except ValueError as error:
                self.faults.add(self._line, str(error))
                continue
            if is_new:
                known[info.tac] = info
                yield info
            else:
                self.duplicates += 1
        if self._is_cut_short:
            self.faults.cut_short(self._line)
        self._read(self._octets)

    def _header(self, wanted: TacFormat | None) -> tuple[TacFormat, tuple[str, ...]]:
        """Find the header in the first lines."""
        formats = tuple(TacFormat) if wanted is None else (wanted,)
        for line, _ in zip(self._lines, range(_HEADER_LINES), strict=False):
            for format_ in formats:
                names = _names_of(format_, line)
                if _NEEDED[format_].issubset(names):
                    return format_, names
        raise ListFileError(
            "neither of the first two lines is the header of a TAC database",
            next_step="give GSMA's file with pipes, or OsmoTAC's CSV file, as it is and in UTF-8",
        )

    def _rows(self) -> Iterator[list[str]]:
        """Give the cells of each line that has as many as the header, and is not blank."""
        for cells in self._split():
            if not any(cell.strip() for cell in cells):
                continue
            if len(cells) == len(self._names):
                yield cells
            else:
                count = f"{len(cells)} cells, and the header has {len(self._names)}"
                self.faults.add(self._line, count)

    def _split(self) -> Iterator[list[str]]:
        """Give the cells of each line."""
        if self.format is TacFormat.GSMA:
            yield from (_gsma_cells(line) for line in self._lines)
            return
        reader = csv.reader(self._lines, strict=True)
        while True:
            try:
                yield from reader
            except csv.Error as error:
                self.faults.add(self._line, str(error))
            else:
                return

    def _read_lines(self) -> Iterator[str]:
        """Give each line as text; octets that are not UTF-8 become surrogates."""
        try:
            for octets in self._file:
                self._hash.update(octets)
                self._octets += len(octets)
                self._line += 1
                self._is_cut_short = not octets.endswith(b"\n")
                if self._line % _PROGRESS_LINES == 0:
                    self._read(self._octets)
                yield octets.decode("utf-8-sig" if self._line == 1 else "utf-8", "surrogateescape")
        except OSError as error:
            raise ListFileError(f"the file cannot be read: {error.strerror}") from None


def _names_of(format_: TacFormat, line: str) -> tuple[str, ...]:
    """Give for each column of a header the attribute of TacInfo that it is; empty: none.

    Raises:
        ListFileError: two columns are the same.
    """
    if format_ is TacFormat.GSMA:
        names = tuple(_GSMA.get(_plain(cell), "") for cell in _gsma_cells(line))
    else:
        names = _osmotac_names(line)
    known = [name for name in names if name]
    for name in set(known):
        if known.count(name) > 1:
            raise ListFileError(
                f"two columns of the header say the {name}", next_step="remove one of them"
            )
    return names


def _osmotac_names(line: str) -> tuple[str, ...]:
    names = [_plain(cell) for cell in line.split(",")]
    for attribute in _OSMOTAC:
        if "name" in names:
            names[names.index("name")] = attribute
    return tuple(name if name in _NEEDED[TacFormat.OSMOTAC] else "" for name in names)


def _plain(name: str) -> str:
    """Write a column's name as all its dialects do: `Model Name`, `model_name`, `modelName`."""
    return _BETWEEN_WORDS.sub("", name.casefold())


def _gsma_cells(line: str) -> list[str]:
    return line.rstrip("\r\n").replace('"', "").split("|")


def _parse(names: Iterable[str], cells: Iterable[str]) -> TacInfo:
    """Read one type.

    Raises:
        ValueError: why it cannot be.
    """
    said = {name: _text(cell) for name, cell in zip(names, cells, strict=True) if name}
    tac, allocated = _tac(said.pop("tac")), _day(said.pop("allocated", ""))
    return TacInfo(tac=tac, allocated=allocated, **said)


def _is_new(info: TacInfo, known: TacInfo | None) -> bool:
    """Tell whether a type is new, and not the same once more.

    Raises:
        ValueError: an earlier line says something else of it.
    """
    if known is not None and known != info:
        raise ValueError(f"an earlier line says something else of TAC {info.tac}")
    return known is None


def _tac(text: str) -> str:
    digits = bare(text)
    if is_digits(digits) and len(digits) < 8:
        raise ValueError(f"a TAC has 8 digits, not {len(digits)}; leading zeros may be lost")
    return parse_tac(digits)


def _text(cell: str) -> str:
    """Read what people read: on one line, and nothing that a terminal obeys."""
    text = " ".join(cell.split())
    if not text.isprintable():
        if any("\ud800" <= character <= "\udfff" for character in text):
            raise ValueError("not UTF-8")
        text = "".join(character for character in text if character.isprintable())
    return "" if text.casefold() == _UNKNOWN else text


def _day(text: str) -> str:
    """Read a day, written 02-Jan-2024 or 2024-01-02, as ISO 8601."""
    try:
        if found := _GSMA_DAY.fullmatch(text):
            day, month, year = found.groups()
            return date(int(year), _MONTHS.index(month.casefold()) + 1, int(day)).isoformat()
        if not text or _ISO_DAY.fullmatch(text):
            return text and date.fromisoformat(text).isoformat()
    except ValueError:
        pass
    raise ValueError("a day of allocation is written 02-Jan-2024 or 2024-01-02")
