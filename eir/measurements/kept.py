"""Five-minute rows on the disk: a file a day, a line a period, each with its checksum.

Lines are only ever added, by the one server that writes here, so that a power cut costs at most the
last one and a reader needs no lock; old days are whole files to remove. A database would have to be
locked, recovered and vacuumed for no more than that.
"""

import os
import zlib
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from pydantic import ValidationError

from eir.files import written_for_group
from eir.measurements.rows import Interval

_SUFFIX = ".rows"
_DAY = 86_400


class Kept:
    """The rows of one node."""

    def __init__(self, store: Path) -> None:
        """Find them.

        Args:
            store: `store.path`.
        """
        self.directory = store / "measurements"

    def append(self, interval: Interval) -> None:
        """Keep what was measured; when this returns it is on the disk.

        Raises:
            StoreError: it cannot be written.
        """
        with written_for_group(self.directory, next_step="make room or give rights there"):
            self.directory.mkdir(parents=True, exist_ok=True)
            path = self._file(_day(interval.begin))
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o660)
            with open(descriptor, "ab") as file:  # noqa: PTH123 - open already
                file.write(_after_a_torn_line(descriptor) + _line(interval))
                file.flush()
                os.fsync(descriptor)

    def read(self, since: float, until: float) -> Iterator[Interval]:
        """Give every interval of the periods that begin in a time; what is torn is left out.

        Args:
            since: UTC seconds.
            until: UTC seconds, exclusive.

        Raises:
            StoreError: something cannot be read.
        """
        for day in self.days():
            begin = _midnight(day)
            if begin < until and begin + _DAY > since:
                yield from (each for each in self._read(day) if since <= each.begin < until)

    def days(self) -> list[date]:
        """Name the days of which there is anything, the oldest first."""
        return sorted(
            date.fromisoformat(path.stem)
            for path in self.directory.glob(f"????????{_SUFFIX}")
            if path.stem.isdecimal()
        )

    def forget(self, before: date) -> None:
        """Remove the days before one.

        Raises:
            StoreError: one cannot be removed.
        """
        with written_for_group(self.directory, next_step="give rights there"):
            for day in self.days():
                if day < before:
                    self._file(day).unlink(missing_ok=True)

    def _read(self, day: date) -> Iterator[Interval]:
        path = self._file(day)
        with written_for_group(path, next_step="give rights there"), path.open("rb") as file:
            for line in file:
                interval = _interval(line)
                if interval is not None:
                    yield interval

    def _file(self, day: date) -> Path:
        return self.directory / f"{day:%Y%m%d}{_SUFFIX}"


def oldest_kept(now: datetime, keep_days: int) -> date:
    """Name the first of the days that are kept, beside the one that goes on."""
    return (now - timedelta(days=keep_days)).date()


def _line(interval: Interval) -> bytes:
    text = interval.model_dump_json(exclude_defaults=True).encode()
    return b"%08x %b\n" % (zlib.crc32(text), text)


def _interval(line: bytes) -> Interval | None:
    """Read a line; None: it is not as it was written."""
    checksum, _, text = line.removesuffix(b"\n").partition(b" ")
    if checksum != b"%08x" % zlib.crc32(text):
        return None
    try:
        return Interval.model_validate_json(text, strict=False)
    except ValidationError:  # of another version of eir
        return None


def _after_a_torn_line(descriptor: int) -> bytes:
    """Give what ends a line that a power cut left without its end."""
    size = os.fstat(descriptor).st_size
    return b"" if not size or os.pread(descriptor, 1, size - 1) == b"\n" else b"\n"


def _day(at: float) -> date:
    return datetime.fromtimestamp(at, UTC).date()


def _midnight(day: date) -> float:
    return datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp()
