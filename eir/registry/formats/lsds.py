"""LSDS, the subsystem of DIRBS for lost and stolen equipment: lists with a status.

An equipment is blocked while its status is blacklist, or empty; pending, recovered and whatever
else there is do not block. In a file of what changed, one equipment may go through several of them,
line after line: the last one counts.
"""

import re
from array import array
from collections import Counter
from collections.abc import Iterator, Sequence

import numpy as np

from eir.lists.cells import bare, is_digits
from eir.lists.names import ListName
from eir.registry.bundle import Delivered, Delivery, Delta, Does, Part
from eir.registry.formats.format import Format
from eir.registry.formats.gathering import ByName, Said, parse_moment
from eir.registry.formats.lines import Open, Rewrite, cells_of, header_of, opening, rewriting

_NAME = re.compile(
    r"stolen(?P<kind>full|delta)list(?P<day>\d\d-\d\d)-(?P<year>\d{4})t(?P<time>\d{6})\.csv",
    re.ASCII | re.IGNORECASE,
)
_FULL = ("imei", "reporting_date", "status")
_DELTA = (*_FULL, "change_type")
_BLOCKING = ("", "blacklist")
_CHANGES = ("add", "update", "remove")
_REASON = "stolen"


def _say(file: Delivered, match: re.Match[str]) -> Said:
    """Read the header of a file, and what its name says.

    Raises:
        BundleError: one of them is wrong.
    """
    stamp = f"{match['year']}{match['day'].replace('-', '')}{match['time']}"
    parse_moment(stamp, "%Y%m%d%H%M%S")
    is_full = match["kind"].casefold() == "full"
    source = opening(file.path)
    header = header_of(source, file.name, _FULL if is_full else _DELTA)
    lines = _whole(source, header) if is_full else _changes(source, header)
    part = Part(file.name, Does.PUT if is_full else Does.SAID, file.octets, lines, selects=True)
    full = part if is_full else None
    delta = None if is_full else Delta(None, (part,), tells_all=True)
    return Said(int(stamp), stamp, Delivery(ListName.PROHIBITED, full, delta, (file,)))


def _whole(source: Open, header: Sequence[str]) -> Open:
    """Keep the lines of what is blocked."""
    imei, day, status = (header.index(column) for column in _FULL)

    def rewrite(cells: list[str]) -> Sequence[str] | None:
        if not _blocks(cells[status]):
            return None
        return [cells[imei], cells[day], _REASON]

    return rewriting(source, ("imei", "effective", "reason"), lambda: rewrite)


def _changes(source: Open, header: Sequence[str]) -> Open:
    """Say of each equipment, in the last line that names it, whether it is blocked."""
    imei, day, status, change = (header.index(column) for column in _DELTA)

    def begin() -> Rewrite:
        to_come = _repeated(source, imei)

        def rewrite(cells: list[str]) -> Sequence[str] | None:
            if (key := _key(cells[imei])) in to_come:
                to_come[key] -= 1
                if to_come[key]:
                    return None
            word = cells[change]
            if word.strip().casefold() in _CHANGES and not _blocks(cells[status]):
                word = "remove"
            return [cells[imei], cells[day], _REASON, word]

        return rewrite

    return rewriting(source, ("imei", "effective", "reason", "op"), begin)


def _blocks(status: str) -> bool:
    return status.strip().casefold() in _BLOCKING


def _repeated(source: Open, place: int) -> Counter[str]:
    """Count the keys that more than one line has; of the others hashes are kept for a while."""
    hashes = np.sort(np.frombuffer(array("q", map(hash, _keys(source, place))), np.int64))
    twice = set(hashes[1:][hashes[1:] == hashes[:-1]].tolist())
    if not twice:
        return Counter()
    return Counter(key for key in _keys(source, place) if hash(key) in twice)


def _keys(source: Open, place: int) -> Iterator[str]:
    return (_key(cells[place]) for cells in cells_of(source))


def _key(text: str) -> str:
    """Give what is the same for all ways to write an identity (DIRBS: 14 digits, else capitals)."""
    text = bare(text)
    first = text[:14]
    return first if len(first) == 14 and is_digits(first) else text.upper()


FORMAT: Format = ByName(_NAME, _say)
