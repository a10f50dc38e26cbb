"""How files of records are called: by the times of their records, so that names sort by time.

    checks_20260131T090000.000000Z_20260131T095959.999999Z.csv.gz    whole
    checks_20260131T100000.000000Z.csv.part                          being written

Both times are those of records: the earliest, and the latest.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal, Self, TypeAlias, cast

from eir.config import Config

Format: TypeAlias = Literal["csv", "jsonl"]

_STAMP = r"[0-9]{8}T[0-9]{6}\.[0-9]{6}Z"
_NAME = re.compile(
    rf"checks_(?P<first>{_STAMP})(_(?P<last>{_STAMP}))?\.(?P<form>csv|jsonl)(?P<end>\.gz|\.part)?",
    re.ASCII,
)
_FORM = "%Y%m%dT%H%M%S.%fZ"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True, order=True)
class FileName:
    """What the name of a file says. Names sort by time.

    Attributes:
        first: of the earliest record, microseconds since 1970 UTC.
        last: of the latest; None: it is being written.
        form: of its lines.
        is_packed: whether it is compressed.
    """

    first: int
    last: int | None
    form: Format
    is_packed: bool = False

    @classmethod
    def parse(cls, name: str) -> Self | None:
        """Read one; None: it is no name of ours."""
        found = _NAME.fullmatch(name)
        if found is None or (found["last"] is None) != (found["end"] == ".part"):
            return None
        try:
            first = _read_stamp(found["first"])
            last = None if found["last"] is None else _read_stamp(found["last"])
        except ValueError:  # no such day
            return None
        return cls(first, last, cast("Format", found["form"]), is_packed=found["end"] == ".gz")

    @property
    def packed(self) -> Self:
        """The same file once it is compressed."""
        return replace(self, is_packed=True)

    def __str__(self) -> str:
        """Write it as the file is called."""
        last = "" if self.last is None else f"_{_stamp(self.last)}"
        end = ".part" if self.last is None else ".gz" if self.is_packed else ""
        return f"checks_{_stamp(self.first)}{last}.{self.form}{end}"


def directory_of(config: Config) -> Path | None:
    """Tell where files of records are; None: none are written."""
    name = config.records.directory
    return config.store.path / name if name else None


def files_in(directory: Path) -> Iterator[tuple[FileName, Path]]:
    """Give files of records, the oldest first; none twice, though it is just being compressed.

    Raises:
        OSError: the directory cannot be read.
    """
    found = {}
    for path in directory.iterdir():
        name = FileName.parse(path.name)
        if name is not None:
            found[name] = path
    for name in sorted(found, key=lambda name: (name.first, str(name))):
        if name.is_packed or name.packed not in found:
            yield name, found[name]


def octets_of(path: Path) -> int:
    """Tell how long a file is; 0: it was deleted, or has another name, since it was found."""
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0


def microseconds(instant: datetime) -> int:
    """Give an instant as microseconds since 1970 UTC."""
    return (instant - _EPOCH) // _MICROSECOND


def _read_stamp(stamp: str) -> int:
    return microseconds(datetime.strptime(stamp, _FORM).replace(tzinfo=UTC))


def _stamp(microseconds: int) -> str:
    return (_EPOCH + microseconds * _MICROSECOND).strftime(_FORM)
