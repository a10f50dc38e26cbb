"""Files on their way from a registry to its outbox, and how they are put there."""

import csv
import io
import warnings
import zipfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import Final, TypeAlias

from tools.registry.changes import Does

_UNFINISHED: Final = ".part"
_PACKED: Final = (2025, 1, 1, 0, 0, 0)  # the same time in all archives: the same octets


class Sort(StrEnum):
    """The lists that registries deliver, by their older names, which stand in the files."""

    BLACK = "black"
    GREY = "grey"
    EXCEPTIONS = "exceptions"
    NOTICES = "notices"


@dataclass(frozen=True, slots=True)
class File:
    """A file.

    Attributes:
        name: without directories.
        octets: what is in it.
        sort: of the list it is about; None: of none (a manifest, an archive).
        does: what its lines do.
        rows: how many lines of data it has; None: that means nothing here.
    """

    name: str
    octets: bytes
    sort: Sort | None = None
    does: Does | None = None
    rows: int | None = None


@dataclass(frozen=True, slots=True)
class Archive:
    """A zip file that is not yet packed."""

    name: str
    members: tuple[File, ...]

    def packed(self) -> File:
        """Pack it as DIRBS does: stored, flat names, no password."""
        octets = io.BytesIO()
        with (
            warnings.catch_warnings(),
            zipfile.ZipFile(octets, "w") as archive,
        ):
            warnings.simplefilter("ignore")  # of a name that comes twice: a fault may want that
            for member in self.members:
                archive.writestr(zipfile.ZipInfo(member.name, _PACKED), member.octets)
        return File(self.name, octets.getvalue())


@dataclass(frozen=True, slots=True)
class Link:
    """A symbolic link, which no registry should send."""

    name: str
    target: str


Parcel: TypeAlias = File | Archive | Link


@dataclass(frozen=True, slots=True)
class Delivery:
    """What a registry puts into its outbox after a run.

    Attributes:
        run: the number by which an EIR knows it.
        base: of its deltas; FIRST: there was nothing before; None: this kind does not say.
        stamp: the wall clock, as DIRBS writes it.
        parcels: in the order in which they are put.
        late: those that are put only after the next delivery.
    """

    run: int
    base: int | None
    stamp: str
    parcels: tuple[Parcel, ...]
    late: tuple[Parcel, ...] = ()

    @property
    def files(self) -> Iterator[File]:
        """Every file, the members of archives among them."""
        for parcel in self.parcels:
            match parcel:
                case File():
                    yield parcel
                case Archive():
                    yield from parcel.members

    def mapped(self, change: Callable[[File], File | None]) -> "Delivery":
        """Change each file, the members of archives among them; None takes it away."""
        parcels: list[Parcel] = []
        for parcel in self.parcels:
            match parcel:
                case File():
                    parcels.extend(filter(None, [change(parcel)]))
                case Archive():
                    members = tuple(filter(None, map(change, parcel.members)))
                    parcels.append(replace(parcel, members=members))
                case Link():
                    parcels.append(parcel)
        return replace(self, parcels=tuple(parcels))

    def packed(self) -> "Delivery":
        """Pack its archives."""
        parcels = (each.packed() if isinstance(each, Archive) else each for each in self.parcels)
        return replace(self, parcels=tuple(parcels))


def table(
    header: Sequence[str], rows: Iterable[Sequence[str]], *, line_end: str = "\r\n"
) -> tuple[bytes, int]:
    """Write a CSV file: its octets, and how many lines of data it has."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator=line_end)
    writer.writerow(header)
    count = 0
    for count, row in enumerate(rows, start=1):  # noqa: B007 - it is wanted after the loop
        writer.writerow(row)
    return text.getvalue().encode(), count


def put(parcels: Iterable[Parcel], outbox: Path) -> None:
    """Put files into an outbox, each by a rename: nobody sees half of one."""
    outbox.mkdir(parents=True, exist_ok=True)
    for parcel in parcels:
        unfinished = outbox / f"{parcel.name}{_UNFINISHED}"
        match parcel:
            case Link():
                unfinished.symlink_to(parcel.target)
            case Archive():
                unfinished.write_bytes(parcel.packed().octets)
            case File():
                unfinished.write_bytes(parcel.octets)
        unfinished.replace(outbox / parcel.name)
