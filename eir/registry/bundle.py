"""What all formats give: the runs of a registry, and what each says of each list.

A run has a number from the registry; of registries that number nothing, the instant in the names
of the files stands for it. What a run says of one list is a `Delivery`: the whole list, or what
changed since an earlier run, or both.
"""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import BinaryIO

from eir.lists.names import ListName
from eir.registry.outcome import BundleError

FIRST = -1  # the base of a delta that is the whole list: there was no run before


class Does(StrEnum):
    """What the lines of a part do."""

    PUT = "put"  # they were not there before
    CHANGE = "change"  # they were there, and say something else now
    REMOVE = "remove"
    SAID = "said"  # each line says it, in its op column


@dataclass(frozen=True, slots=True)
class Delivered:
    """A file as it was fetched, whole.

    Attributes:
        name: as the source calls it, without directories.
        path: where it is.
        sha256: of its octets, hex.
        octets: its size.
        fetched: when we had it whole, UTC.
    """

    name: str
    path: Path
    sha256: str
    octets: int
    fetched: datetime


@dataclass(frozen=True, slots=True)
class Part:
    """Lines of one list, in the columns of `eir.lists.columns`.

    Attributes:
        name: of the file, and of the member inside it, for messages.
        does: what its lines do; of a full list, PUT.
        octets: about how many, to choose the cheaper way.
        open: gives the lines from the start; a header first; line N here is line N of the file.
        rows: how many lines of data a manifest says it has; None: nobody says.
        selects: lines of the file that say nothing here are blank, so there may be fewer lines of
            data than a manifest counts.
    """

    name: str
    does: Does
    octets: int
    open: Callable[[], BinaryIO]
    rows: int | None = None
    selects: bool = False


@dataclass(frozen=True, slots=True)
class Delta:
    """What changed since a run.

    Attributes:
        base: that run; FIRST: since there was nothing; None: the registry does not say, and
            whatever is older than this run is its base.
        parts: the lines; no key stands in two of them.
        unordered: a key may stand there with several operations in no order (GL): such a key is
            left alone until the next full list.
        tells_all: it also tells of what was never on the list (LSDS: of what is pending), so to
            take off what is not there is nothing unusual.
    """

    base: int | None
    parts: tuple[Part, ...]
    unordered: bool = False
    tells_all: bool = False

    @property
    def octets(self) -> int:
        """About how many."""
        return sum(part.octets for part in self.parts)


@dataclass(frozen=True, slots=True)
class Delivery:
    """What a run says of one list.

    Attributes:
        list: ours.
        full: the whole list; None: not delivered.
        delta: what changed; None: not delivered.
        files: what it was read from.
        content: a hash over what these hold, however it is packed; empty: they are not packed.
    """

    list: ListName
    full: Part | None
    delta: Delta | None
    files: tuple[Delivered, ...]
    content: str = ""

    @property
    def sha256(self) -> str:
        """Over what it was read from: the same content, the same hash."""
        return self.content or hash_of(self.files)


@dataclass(frozen=True, slots=True)
class Bundle:
    """One run.

    Attributes:
        run: its number.
        stamp: the registry's wall clock, as its files are named; sorts as time does.
        deliveries: by list.
        missing: lists that the format always delivers together with these, and that are not here.
        fetched: when the first of its files was here, UTC.
        fault: why nothing of it may be used; None: nothing is known against it.
        dated: its number is an instant: a delta that comes late is applied where nothing newer
            spoke of the same key.
        announced: how many blocks and unblocks a signed manifest announced, if it did.
        vouchers: the manifests of its files, and their signatures; they are no part of its hash.
        signed_by: the keys or certificates that signed those.
    """

    run: int
    stamp: str
    deliveries: Mapping[ListName, Delivery]
    fetched: datetime
    missing: tuple[ListName, ...] = ()
    fault: BundleError | None = None
    dated: bool = False
    announced: "Announced | None" = None
    vouchers: tuple[Delivered, ...] = ()
    signed_by: tuple[str, ...] = ()

    @property
    def files(self) -> tuple[Delivered, ...]:
        """Everything it was read from, each once."""
        files = {file for each in self.deliveries.values() for file in each.files}
        return tuple(sorted(files, key=lambda file: (file.name, file.sha256)))

    @property
    def sha256(self) -> str:
        """Over the hashes of its files."""
        return hash_of(self.files)


@dataclass(frozen=True, slots=True)
class Announced:
    """What a signed manifest says will happen."""

    blocks: int = 0
    unblocks: int = 0


@dataclass(frozen=True, slots=True)
class Reading:
    """What a format made of files.

    Attributes:
        bundles: in the order of runs.
        faults: by file name, why files are in no bundle.
        waiting: names of files that lack another one which may still come (a signature, the other
            half of a pair).
        replaced: files that do not count, because a newer one has the same name.
    """

    bundles: tuple[Bundle, ...]
    faults: Mapping[str, BundleError] = field(default_factory=dict)
    waiting: tuple[str, ...] = ()
    replaced: tuple[Delivered, ...] = ()


def hash_of(files: tuple[Delivered, ...]) -> str:
    """Hash the hashes of files, in hex; the order does not matter."""
    return hashlib.sha256("".join(sorted(file.sha256 for file in files)).encode()).hexdigest()
