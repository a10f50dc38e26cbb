"""What a metric is: its name, what it means, and which slots of a page are its."""

from dataclasses import dataclass
from enum import Enum
from typing import TypeAlias

Row: TypeAlias = tuple[str, ...]


class Kind(Enum):
    """How a family is read."""

    COUNTER = "counter"
    GAUGE = "gauge"
    SECONDS = "seconds"  # a counter of nanoseconds, shown in seconds
    LATEST = "latest"  # a gauge of nanoseconds since 1970; of several pages, the newest; 0: never
    MAXIMUM = "maximum"  # a gauge of nanoseconds; the greatest of all; the last label is the window
    HISTOGRAM = "histogram"  # the last label is the bucket


@dataclass(frozen=True, slots=True, eq=False)
class Family:
    """One metric: every row of its labels' values is a slot of a page. It equals itself alone.

    Attributes:
        name: in Prometheus, where a counter's has `_total` behind it.
        help: what it means, for a network engineer.
        kind: how it is read.
        labels: their names.
        rows: their values; of what is counted of each peer, without interface and peer.
    """

    name: str
    help: str
    kind: Kind = Kind.COUNTER
    labels: tuple[str, ...] = ()
    rows: tuple[Row, ...] = ((),)
