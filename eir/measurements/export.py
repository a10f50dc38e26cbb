"""Which files there are to be: written where they are missing, removed when they are old."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from eir.files import write_whole, written_for_group
from eir.measurements.files import KINDS, Kind, begin_of_file, name_of, text_of
from eir.measurements.kept import Kept
from eir.measurements.periods import Period, begin_of, periods

_NEXT_STEP = "make room or give rights there, then export again: eir measurements export"


@dataclass(frozen=True, slots=True)
class Target:
    """Where files go, and whose they are.

    Attributes:
        directory: which is made if need be.
        node: our name, a part of theirs.
    """

    directory: Path
    node: str

    def file(self, kind: Kind, begin: int, end: int) -> Path:
        """Name the file of a period."""
        return self.directory / name_of(kind, begin, end, self.node)


def export(kept: Kept, target: Target, seconds: int, *, since: float, until: float) -> list[Path]:
    """Write the files of all periods that end within a time; those that are there anew.

    Args:
        kept: what was measured.
        target: where they go.
        seconds: how long a period is.
        since: UTC seconds; the period that it is in counts from its beginning.
        until: UTC seconds.

    Raises:
        StoreError: something cannot be read or written.
    """
    first, last = begin_of(since, seconds), begin_of(until, seconds)
    written: list[Path] = []
    for period in periods(kept.read(first, last), seconds):
        written += _write(target, period)
    return written


def export_missing(
    kept: Kept, target: Target, seconds: int, *, since: float, until: float
) -> list[Path]:
    """Write the files that are not there of the periods that are wholly within a time.

    Raises:
        StoreError: something cannot be read or written.
    """
    first, last = begin_of(since, seconds), begin_of(until, seconds)
    written: list[Path] = []
    for period in periods(kept.read(first, last), seconds):
        if not all(target.file(kind, period.begin, period.end).exists() for kind in KINDS):
            written += _write(target, period)
    return written


def remove_before(directory: Path, day: date) -> None:
    """Remove the files of earlier days; what has no name of ours stays.

    Raises:
        StoreError: one cannot be removed.
    """
    with written_for_group(directory, next_step="give rights there"):
        for path in _files(directory):
            begin = begin_of_file(path.name)
            if begin is not None and begin.date() < day:
                path.unlink(missing_ok=True)


def _write(target: Target, period: Period) -> Iterator[Path]:
    with written_for_group(target.directory, next_step=_NEXT_STEP):
        target.directory.mkdir(parents=True, exist_ok=True)
        for kind in KINDS:
            path = target.file(kind, period.begin, period.end)
            write_whole(path, text_of(kind, period))
            yield path


def _files(directory: Path) -> list[Path]:
    return list(directory.iterdir()) if directory.is_dir() else []
