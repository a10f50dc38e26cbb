"""The file that is being written: whole lines are added, and it gets its name when it is finished.

What the last writer left is finished at the next start: what was added after the account was last
written goes, as does a line without its end.
"""

import errno
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO, Self

from eir.files import sync_directory
from eir.records.names import FileName, Format, files_in, microseconds

MODE = 0o640  # the group may read, which operators belong to
_TIME = {"csv": slice(0, 27), "jsonl": slice(9, 36)}  # where a line has its time


class Part:
    """One file.

    Attributes:
        name: until it is finished.
        first: time of its earliest record, microseconds since 1970 UTC.
        last: of its latest.
        octets: of its lines that count.
    """

    def __init__(self, path: Path, name: FileName, descriptor: int) -> None:
        self.name = name
        self.first = self.last = name.first
        self.octets = 0
        self._path = path
        self._descriptor = descriptor

    @classmethod
    def begin(cls, directory: Path, form: Format, first: int) -> Self:
        """Make a file whose first record is of this time.

        Raises:
            OSError: it cannot be made.
        """
        name = FileName(first, None, form)
        path = directory / str(name)
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND | os.O_CLOEXEC
        return cls(path, name, os.open(path, flags, MODE))

    def add(self, octets: bytes, *, first: int, last: int) -> None:
        """Add lines.

        Args:
            octets: the lines.
            first: time of the earliest, microseconds since 1970 UTC.
            last: of the latest.

        Raises:
            OSError: the disk takes not all of them; `finish_left` cuts off what it took. Or
                somebody has deleted the file.
        """
        if not os.fstat(self._descriptor).st_nlink:
            raise FileNotFoundError(errno.ENOENT, "deleted while it was written", str(self._path))
        _write(self._descriptor, octets)
        self.octets += len(octets)
        self.first, self.last = min(self.first, first), max(self.last, last)

    def close(self) -> None:
        """Leave it to `finish_left`."""
        os.close(self._descriptor)

    def sync(self) -> None:
        """See what was added on the disk.

        Raises:
            OSError: it is not.
        """
        os.fdatasync(self._descriptor)

    def finish(self) -> None:
        """Give it its name; when this returns it is on the disk.

        Raises:
            OSError: it is not; `finish_left` may try again.
        """
        try:
            os.fsync(self._descriptor)
        finally:
            os.close(self._descriptor)
        _rename(self._path, self.first, self.last, self.name.form)


def finish_left(directory: Path, part: int, octets: int) -> int:
    """Finish what other writers left; return how many files that were.

    Args:
        directory: of the files.
        part: names the one whose lines were counted, by its first record.
        octets: of its lines that count.

    Raises:
        OSError: one of them cannot be read or written.
    """
    left = [(name, path) for name, path in files_in(directory) if name.last is None]
    return sum(_finish(path, name, octets if name.first == part else None) for name, path in left)


def _finish(path: Path, name: FileName, counted: int | None) -> bool:
    """Finish one; a file without records goes."""
    with path.open("r+b") as file:
        if counted is not None:
            file.truncate(counted)
        times, whole = _look_through(file, _TIME[name.form])
        file.truncate(whole)
        os.fsync(file.fileno())
    if not times:
        path.unlink()
        return False
    _rename(path, *times, name.form)
    return True


def _look_through(file: BinaryIO, where: slice) -> tuple[tuple[int, int] | None, int]:
    """Find the earliest and the latest time of a file, and where its last whole line ends."""
    times, whole = None, 0
    for line in file:
        if not line.endswith(b"\n"):
            break
        whole += len(line)
        time = _read_time(line[where])
        if time is not None:
            first, last = times or (time, time)
            times = min(first, time), max(last, time)
    return times, whole


def _read_time(stamp: bytes) -> int | None:
    """Read the time of a line; None: it is the header, or what a power cut left of a line."""
    try:
        return microseconds(datetime.fromisoformat(stamp.decode()).replace(tzinfo=UTC))
    except ValueError:
        return None


def _write(descriptor: int, octets: bytes) -> None:
    """Write all of it."""
    rest = memoryview(octets)
    while rest:
        rest = rest[os.write(descriptor, rest) :]


def _rename(path: Path, first: int, last: int, form: Format) -> None:
    """Give a file the name with these times; where there is one so, with the next that is free."""
    while True:
        name = FileName(first, last, form)
        if not any(path.with_name(str(each)).exists() for each in (name, name.packed)):
            break
        last += 1
    path.rename(path.with_name(str(name)))
    sync_directory(path.parent)
