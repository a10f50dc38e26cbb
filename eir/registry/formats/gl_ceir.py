"""GL CEIR: a black list and a grey list, each whole or what changed, named by their date.

A list without entries comes as a text that says so. A deployment with a broken database writes the
same text, so an empty whole list is nothing to be believed: the guards hold it.
"""

import io
import re
from collections.abc import Sequence

from eir.lists.names import ListName
from eir.registry.bundle import Delivered, Delivery, Delta, Does, Part
from eir.registry.formats.format import Format
from eir.registry.formats.gathering import ByName, Said, parse_moment
from eir.registry.formats.lines import Open, blanking, header_of, opening
from eir.registry.outcome import BundleError

_NAME = re.compile(
    r"(?P<list>black|grey)list_(?P<kind>full|incremental)_(?P<day>\d{8})\.csv",
    re.ASCII | re.IGNORECASE,
)
_LISTS = {"black": ListName.PROHIBITED, "grey": ListName.TRACKING}
_FULL = ("device_id",)
_DELTA = ("device_id", "operation")
_EMPTY = ("message",)  # the column of the text that says so
_SENTINEL = re.compile(
    rb"\s*no data available in (?P<list>black|grey)list\.?\s*", re.ASCII | re.IGNORECASE
)
_SENTINEL_OCTETS = 200  # longer is not that text

# Where the database has no identity, `null` is printed: such a line says nothing.
_NULL = re.compile(
    rb'(?:^|(?<=\r))[ \t]*"?null"?[ \t]*(?:,[^\r\n]*)?(?=[\r\n]|\Z)',
    re.MULTILINE | re.IGNORECASE,
)


def _say(file: Delivered, match: re.Match[str]) -> Said:
    """Read the header of a file, and what its name says.

    Raises:
        BundleError: one of them is wrong.
    """
    day = match["day"]
    parse_moment(day, "%Y%m%d")
    kind, is_full = match["list"].casefold(), match["kind"].casefold() == "full"
    columns = _FULL if is_full else _DELTA
    source = opening(file.path)
    if header_of(source, file.name, columns, _EMPTY) == _EMPTY:
        _check_sentinel(file, source, kind)
        source = _header_only(columns)
    else:
        source = blanking(source, _NULL, b"null")
    part = Part(file.name, Does.PUT if is_full else Does.SAID, file.octets, source, selects=True)
    full = part if is_full else None
    delta = None if is_full else Delta(None, (part,), unordered=True)
    return Said(int(day), day, Delivery(_LISTS[kind], full, delta, (file,)))


def _check_sentinel(file: Delivered, source: Open, kind: str) -> None:
    """See that a file without entries says so, and of its own list."""
    with source() as lines:
        octets = lines.read(_SENTINEL_OCTETS + 1)
    match = _SENTINEL.fullmatch(octets.partition(b"\n")[2])
    is_ours = match is not None and match["list"].decode().casefold() == kind
    if not is_ours or len(octets) > _SENTINEL_OCTETS:
        raise BundleError(
            f"{file.name} has a message, which is not that there are no data in the {kind} list",
            next_step="read the file, and ask the registry for the right one",
        )


def _header_only(columns: Sequence[str]) -> Open:
    return lambda: io.BytesIO(",".join(columns).encode() + b"\n")


FORMAT: Format = ByName(_NAME, _say)
