"""The checks that `eir check` is asked to make: from options, and from a file."""

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from typing import TextIO

from eir.config.fields import repeated
from eir.decision.verdict import Check, Interface
from eir.errors import ListFileError, UsageError
from protocols.identities import Imsi
from protocols.mtp import parse_point_code

_SVN = re.compile(r"[0-9]{2}", re.ASCII)
_MSISDN = re.compile(r"[0-9]{1,15}", re.ASCII)  # ITU-T E.164 §6
_CALLING = re.compile(
    r"[0-9a-f]*", re.ASCII
)  # a global title may hold codes 11 and 12 (Q.713 §3.4.2.3)
_COLUMNS = ("imei", "imsi", "msisdn", "svn")


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asks."""

    interface: Interface
    peer: str = ""
    point_code: int | None = None
    calling: str = ""


def asker_of(interface: Interface, peer: str) -> Asker:
    """Read who asks: an Origin-Host; over MAP a point code, and calling digits after a slash.

    Raises:
        UsageError: it is no point code, or what follows are no digits.
    """
    if interface is not Interface.MAP or not peer:
        return Asker(interface, peer)
    code, _, calling = peer.partition("/")
    try:
        return Asker(interface, peer, parse_point_code(code), _calling(calling))
    except ValueError as error:
        raise UsageError(str(error), next_step="over MAP: --peer 2-10-5/994500000001") from None


def _calling(digits: str) -> str:
    if not _CALLING.fullmatch(digits):
        raise ValueError("a calling address has digits only")
    return digits


def check_of(asker: Asker, imei: str, *, imsi: str = "", msisdn: str = "", svn: str = "") -> Check:
    """Make a check; the identity may be anything, the rest is what it should be or empty.

    Raises:
        ValueError: it is not; the message does not repeat it.
    """
    if imsi:
        Imsi(imsi)
    if msisdn and not _MSISDN.fullmatch(msisdn):
        raise ValueError("an MSISDN has 1 to 15 decimal digits")
    if svn and not _SVN.fullmatch(svn):
        raise ValueError("a software version has two digits")
    return Check(
        equipment=imei,
        software_version=svn or None,
        imsi=imsi or None,
        peer=asker.peer,
        interface=asker.interface,
        msisdn=msisdn or None,
        point_code=asker.point_code,
        calling=asker.calling,
    )


def checks_of(asker: Asker, file: TextIO) -> Iterator[Check]:
    """Read checks: one identity a line, or CSV whose first line names the columns.

    Raises:
        ListFileError: a line is wrong.
    """
    lines = _lines(file)
    first = next(lines, "").removeprefix("\ufeff")
    names = [cell.strip().casefold() for cell in first.split(",")]
    if "imei" not in names and not set(names) <= set(_COLUMNS):
        identities = (line.rstrip("\r\n") for line in chain([first], lines))
        return (check_of(asker, line) for line in identities if line)
    if wrong := _what_is_wrong(names):
        raise ListFileError(f"line 1: {wrong}", next_step=f"name {', '.join(_COLUMNS)}, each once")
    return _rows(asker, names, csv.reader(lines))


def _lines(file: TextIO) -> Iterator[str]:
    try:
        yield from file
    except UnicodeDecodeError:
        raise ListFileError("it is not UTF-8", next_step="save it as UTF-8") from None


def _what_is_wrong(names: list[str]) -> str | None:
    """Say what is wrong with a header."""
    if unknown := sorted(set(names) - set(_COLUMNS)):
        return f"no column is called {unknown[0]!r}"
    if twice := repeated(names):
        return f"two columns are called {twice[0]!r}"
    return None if "imei" in names else "no column is called imei"


def _rows(asker: Asker, names: list[str], rows: Iterator[list[str]]) -> Iterator[Check]:
    for number, row in enumerate(filter(None, rows), start=2):
        try:
            check = check_of(asker, **_cells(names, row))
        except ValueError as error:
            raise ListFileError(f"line {number}: {error}", next_step="mend that line") from None
        yield check


def _cells(names: list[str], row: list[str]) -> dict[str, str]:
    if len(row) != len(names):
        raise ValueError(f"the header names {len(names)} cells, and here are {len(row)}")
    return dict(zip(names, row, strict=True))
