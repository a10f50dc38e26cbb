"""Our own simple files: for hand work, and for registries that have no format of their own.

    <list>_full_<run>.csv                 the whole list
    <list>_delta_<base>_<run>.csv         what changed since an earlier run; -1: since nothing
    <anything>_<run>.zip                  several of these

The columns are those that `eir lists load` reads. What changed has a column `op`, or is added.
"""

import re
from collections.abc import Sequence
from pathlib import Path

from eir.config.registry import Registry
from eir.errors import ListFileError
from eir.lists.csv_file import CsvFile
from eir.lists.names import ListName
from eir.registry.bundle import Delivered, Delivery, Delta, Does, Part, Reading
from eir.registry.formats.format import Format
from eir.registry.formats.gathering import Said, check_base, gathered
from eir.registry.formats.lines import Open, opening
from eir.registry.inbox.unpacking import opened
from eir.registry.outcome import BundleError

_NUMBER = r"\d{1,18}"
_LIST = re.compile(
    rf"(?P<list>[a-z_ -]{{1,40}})_(?:full|delta_(?P<base>-1|{_NUMBER}))_(?P<run>{_NUMBER})\.csv",
    re.ASCII | re.IGNORECASE,
)
_ARCHIVE = re.compile(rf".*_(?P<run>{_NUMBER})\.zip", re.ASCII | re.IGNORECASE)


class Csv:
    """Reads files of ours."""

    def wants(self, name: str, _registry: Registry, /) -> bool:
        """See `Format`."""
        return bool(_LIST.fullmatch(name) or _ARCHIVE.fullmatch(name))

    def read(self, files: Sequence[Delivered], registry: Registry, scratch: Path) -> Reading:
        """See `Format`."""
        gathering = gathered(files)
        for number, file in enumerate(gathering.current):
            with gathering.blaming(file):
                if match := _ARCHIVE.fullmatch(file.name):
                    into = scratch / str(number)
                    into.mkdir()
                    gathering.said += _unpack(file, int(match["run"]), registry, into)
                else:
                    gathering.said.append(_say(file, file.name, file.name, file.path, file.octets))
        return gathering.reading()


FORMAT: Format = Csv()


def _unpack(file: Delivered, run: int, registry: Registry, into: Path) -> list[Said]:
    with opened(file, max_octets=registry.fetch.max_unpacked_octets) as archive:
        if not archive.names:
            raise BundleError(f"{file.name} is empty", next_step="ask the registry for it again")
        members = archive.unpack(into)
    said = [
        _say(file, each.name, f"{file.name}: {each.name}", each.path, each.octets)
        for each in members
    ]
    if others := sorted({each.run for each in said} - {run}):
        raise BundleError(
            f"{file.name} has lists of run {', '.join(map(str, others))}",
            next_step=f"name the archive for its run, or send only those of run {run}",
        )
    return said


def _say(file: Delivered, name: str, place: str, path: Path, octets: int) -> Said:
    """Read the name and the header of a list.

    Raises:
        BundleError: one of them is wrong.
    """
    match = _LIST.fullmatch(name)
    if match is None:
        raise BundleError(
            f"{place} is not named as a list is",
            next_step="name it <list>_full_<run>.csv or <list>_delta_<base>_<run>.csv",
        )
    of_list = _list_named(match["list"], place)
    run = int(match["run"])
    source = opening(path)
    has_operations = _has_operations(source, place)
    part = Part(place, Does.SAID if has_operations else Does.PUT, octets, source)
    if match["base"] is None:
        if has_operations:
            raise BundleError(
                f"{place} is a whole list, and has a column of operations",
                next_step="leave that column out, or name the file delta",
            )
        return Said(run, _stamp(run), Delivery(of_list, part, None, (file,)))
    check_base(base := int(match["base"]), run)
    return Said(run, _stamp(run), Delivery(of_list, None, Delta(base, (part,)), (file,)))


def _list_named(text: str, place: str) -> ListName:
    try:
        name = ListName.parse(text)
    except ValueError as error:
        raise BundleError(f"{place}: {error}", next_step="name it for one of them") from None
    if name is ListName.PROTECTED:
        raise BundleError(
            f"{place}: a registry protects nobody from being blocked, only the operator does",
            next_step="leave that list out; the operator keeps it with eir lists",
        )
    return name


def _stamp(run: int) -> str:
    """Write a run so that it sorts as a text, too."""
    return f"{run:018d}"


def _has_operations(source: Open, place: str) -> bool:
    """Read the header, and tell whether each line says what to do."""
    try:
        with source() as lines:
            columns = CsvFile(lines, read=lambda _: None).columns
    except OSError as error:
        raise BundleError(f"{place} cannot be read: {error.strerror}") from None
    except ListFileError as error:
        raise BundleError(f"{place}: {error}", next_step=error.next_step) from None
    if "source" in columns.names:
        raise BundleError(
            f"{place} has a column for who says it, and a registry speaks for itself only",
            next_step="leave the column source out",
        )
    return columns.has_operations
