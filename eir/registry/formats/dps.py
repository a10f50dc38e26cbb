"""DPS, the subsystem of DIRBS for pairs: which equipment may go on with which subscriber.

What changed comes in two files, which belong together: a subscriber who changes the SIM card is in
both of them.
"""

import re
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

from eir.config.registry import Registry
from eir.lists.names import ListName
from eir.registry.bundle import Delivered, Delivery, Delta, Does, Part, Reading
from eir.registry.formats.format import Format
from eir.registry.formats.gathering import Said, gathered, match_of, parse_moment
from eir.registry.formats.lines import Open, header_of, opening, rewriting

_NAME = re.compile(
    r"(?:(?P<does>add|remove)_pair_list|pair_list_complete)"
    r"_(?P<moment>\d{4}-\d\d-\d\d_\d\d-\d\d-\d\d)\.csv",
    re.ASCII | re.IGNORECASE,
)
_FULL = ("imei", "imsi")
_CHANGE = "change_type"
_DOES = {"add": Does.PUT, "remove": Does.REMOVE}


class Dps:
    """Reads the lists of a DPS."""

    def wants(self, name: str, _registry: Registry, /) -> bool:
        """See `Format`."""
        return _NAME.fullmatch(name) is not None

    def read(self, files: Sequence[Delivered], _registry: Registry, _scratch: Path, /) -> Reading:
        """See `Format`."""
        gathering = gathered(files)
        halves = defaultdict[str, list[tuple[Delivered, Part]]](list)
        for file in gathering.current:
            with gathering.blaming(file):
                stamp, part, is_full = _read(file)
                if is_full:
                    gathering.said.append(_said(stamp, part, None, (file,)))
                else:
                    halves[stamp].append((file, part))
        for stamp, found in halves.items():
            files_of, parts = zip(*found, strict=True)
            if len({part.does for part in parts}) < len(_DOES):
                gathering.waiting += [file.name for file in files_of]
            else:
                gathering.said.append(_said(stamp, None, Delta(None, parts), files_of))
        return gathering.reading(dated=True)


FORMAT: Format = Dps()


def _said(stamp: str, full: Part | None, delta: Delta | None, files: tuple[Delivered, ...]) -> Said:
    return Said(int(stamp), stamp, Delivery(ListName.EXCEPTION, full, delta, files))


def _read(file: Delivered) -> tuple[str, Part, bool]:
    """Read the name and the header of a file: its stamp, its lines, whether it is the whole list.

    Raises:
        BundleError: one of them is wrong.
    """
    match = match_of(_NAME, file)
    parse_moment(match["moment"], "%Y-%m-%d_%H-%M-%S")
    stamp = re.sub("[-_]", "", match["moment"])
    source = opening(file.path)
    if match["does"] is None:
        header_of(source, file.name, _FULL)
        return stamp, Part(file.name, Does.PUT, file.octets, source), True
    word = match["does"].casefold()
    header = header_of(source, file.name, (*_FULL, _CHANGE))
    lines = _of_change(source, header, word)
    return stamp, Part(file.name, _DOES[word], file.octets, lines), False


def _of_change(source: Open, header: Sequence[str], word: str) -> Open:
    """Leave out the column that repeats the name of the file; a line that differs is wrong."""
    imei, imsi = (header.index(column) for column in _FULL)
    change = header.index(_CHANGE)

    def rewrite(cells: list[str]) -> Sequence[str]:
        if cells[change].strip().casefold() != word:
            raise ValueError("another change than the file has")
        return [cells[imei], cells[imsi]]

    return rewriting(source, _FULL, lambda: rewrite)
