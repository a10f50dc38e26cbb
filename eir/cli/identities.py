"""The checks that `eir check` is asked to make: from options, and from a file."""

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from typing import TextIO

from eir.decision.verdict import Check, Interface
from eir.errors import ListFileError, UsageError
from protocols.identities import Imsi
from protocols.mtp import parse_point_code

_SVN = re.compile(r"[0-9]{2}", re.ASCII)
_MSISDN = re.compile(r"[0-9]{1,15}", re.ASCII)  # ITU-T E.164 §6
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
        UsageError: it is no point code.
    """
    if interface is not Interface.MAP or not peer:
        return Asker(interface, peer)
    code, _, calling = peer.partition("/")
    try:
        return Asker(interface, peer, parse_point_code(code), calling)
    except ValueError as error:
        raise UsageError(str(error), next_step="over MAP: --peer 2-10-5/994500000001") from None


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
    first = file.readline().removeprefix("\ufeff")
    names = [cell.strip().casefold() for cell in first.split(",")]
    if "imei" not in names:
        lines = (line.rstrip("\r\n") for line in chain([first], file))
        return (check_of(asker, line) for line in lines if line)
    if unknown := sorted(set(names) - set(_COLUMNS)):
        raise ListFileError(
            f"line 1: no column is called {unknown[0]!r}", next_step=f"name {', '.join(_COLUMNS)}"
        )
    return _rows(asker, names, csv.reader(file))


def _rows(asker: Asker, names: list[str], rows: Iterator[list[str]]) -> Iterator[Check]:
    for number, row in enumerate(filter(None, rows), start=2):
        try:
            check = check_of(asker, **dict(zip(names, row, strict=True)))
        except ValueError as error:
            raise ListFileError(f"line {number}: {error}", next_step="mend that line") from None
        yield check
