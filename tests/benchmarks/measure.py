"""What the benchmarks share: figures of child processes, machine noise, tables."""

import os
import resource
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from rich.console import Console
from rich.table import Table

Found = TypeVar("Found")


@dataclass(frozen=True, slots=True)
class Cost:
    """What something took.

    Attributes:
        seconds: by the clock.
        processor: seconds of processor time, of all its processes.
        memory: octets, the most that its process had resident, files that it mapped included.
    """

    seconds: float
    processor: float
    memory: int


def cost_of(work: Callable[[], None]) -> Cost:
    """Do something in a process of its own, and say what it took.

    Raises:
        RuntimeError: it failed.
    """
    began = time.perf_counter()
    child = os.fork()
    if not child:
        status = 1
        try:
            work()
            status = 0
        finally:
            os._exit(status)
    _, status, usage = os.wait4(child, 0)
    if status:
        raise RuntimeError("the measured work failed")
    seconds = time.perf_counter() - began
    return Cost(seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024)


def busy_share() -> float:
    """Say which share of this machine's processors others used in the last minute, about."""
    return os.getloadavg()[0] / (os.cpu_count() or 1)


def own_memory() -> int:
    """The most octets that this process had resident."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def print_table(title: str, headers: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print figures, one row a line."""
    table = Table(*headers, title=title, box=None, pad_edge=False)
    for column in table.columns[1:]:
        column.justify = "right"
    for row in rows:
        table.add_row(*row)
    Console(width=160).print(table)


def percentile(values: Sequence[float], share: float) -> float:
    """Give the value below which a share of them lies."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]
