"""A CSV file of each period: its name, its columns, and its cells.

Names are those of TS 32.432 Annex A for one node and one period, so that they sort by time:
`A20260901.0200+0000-0205+0000_-peer_eir1.example.org.csv`. All times are UTC.
"""

import csv
import io
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Literal, TypeAlias

from eir.measurements.periods import Period
from eir.measurements.rows import Row
from eir.metrics import OUTCOMES

Kind = Literal["interface", "peer"]
KINDS: tuple[Kind, ...] = ("interface", "peer")
Cell: TypeAlias = str | int | float

_COUNTS = ("received", *OUTCOMES)
_NAME = re.compile(  # also of one that a killed process left unfinished
    r"A(\d{8}\.\d{4})\+0000-(?:\d{8}\.)?\d{4}\+0000_-(?:interface|peer)_[^/]+\.csv(?:\.\w+\.new)?"
)


def _count(name: str) -> Callable[[Period, Row], Cell]:
    def cell(_: Period, row: Row) -> Cell:
        count: int = getattr(row, name)
        return count

    return cell


_CELLS: Mapping[str, Callable[[Period, Row], Cell]] = {
    "begin": lambda period, _: _instant(period.begin),
    "end": lambda period, _: _instant(period.end),
    "begun": lambda period, _: _instant(period.begun),
    "measured_seconds": lambda period, _: round(period.watched),
    "suspect": lambda period, _: "true" if period.is_suspect else "false",
    "interface": lambda _, row: row.interface,
    "peer": lambda _, row: row.peer,
    **{name: _count(name) for name in _COUNTS},
    "peak_per_second": lambda _, row: row.peak,
    "mean_ms": lambda _, row: _ms(row.busy_ns / row.timed) if row.timed else "",
    "max_ms": lambda _, row: _ms(row.longest_ns) if row.timed else "",
    "available_seconds": lambda _, row: round(row.available),
}
_ONLY_OF: Mapping[Kind, frozenset[str]] = {
    "interface": frozenset({"mean_ms", "max_ms"}),  # nobody times each peer
    "peer": frozenset({"peer"}),
}


def columns(kind: Kind) -> list[str]:
    """Name the columns of a kind of file."""
    others = {name for other, names in _ONLY_OF.items() if other != kind for name in names}
    return [name for name in _CELLS if name not in others]


def name_of(kind: Kind, begin: int, end: int, node: str) -> str:
    """Name the file of a period.

    Args:
        kind: what its rows are about.
        begin: UTC seconds.
        end: UTC seconds.
        node: our name.
    """
    first, last = _utc(begin), _utc(end)
    last_day = "" if last.date() == first.date() else f"{last:%Y%m%d}."
    return f"A{first:%Y%m%d.%H%M%z}-{last_day}{last:%H%M%z}_-{kind}_{node}.csv"


def begin_of_file(name: str) -> datetime | None:
    """Say which time a file's name begins with; None: it is none of ours."""
    found = _NAME.fullmatch(name)
    if found is None:
        return None
    try:
        return datetime.strptime(f"{found[1]}+0000", "%Y%m%d.%H%M%z")
    except ValueError:  # no day, or no time of a day
        return None


def text_of(kind: Kind, period: Period) -> str:
    """Write a period; the first line names the columns."""
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    names = columns(kind)
    writer.writerow(names)
    for row in period.rows:
        if bool(row.peer) == (kind == "peer"):
            writer.writerow(_CELLS[name](period, row) for name in names)
    return file.getvalue()


def _utc(at: float) -> datetime:
    return datetime.fromtimestamp(at, UTC)


def _instant(at: float) -> str:
    """Write an instant to the second."""
    rounded = _utc(at) + timedelta(milliseconds=500)
    return f"{rounded:%Y-%m-%dT%H:%M:%SZ}"


def _ms(nanoseconds: float) -> float:
    return round(nanoseconds / 1e6, 3)
