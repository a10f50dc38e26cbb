"""What `/metrics` shows of our processes: the kernel's own account of them, and what runs."""

import os
import platform
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Self

from prometheus_client.core import Metric
from prometheus_client.registry import Collector

from eir.metrics.family import Family, Kind
from eir.metrics.told import told

_TICK = os.sysconf("SC_CLK_TCK")  # a second
_PAGE = os.sysconf("SC_PAGE_SIZE")  # octets
_PROC = Path("/proc")

_BY_PROCESS = ("process",)
CPU = Family(
    "eir_process_cpu_seconds",
    "Processor time of a process: supervisor, or worker and its number",
    Kind.COUNTER,
    _BY_PROCESS,
)
RESIDENT = Family(
    "eir_process_resident_memory_bytes",
    "Memory that a process holds; pages of the lists that it has touched count too",
    Kind.GAUGE,
    _BY_PROCESS,
)
DESCRIPTORS = Family(
    "eir_process_open_fds", "File descriptors that a process has open", Kind.GAUGE, _BY_PROCESS
)
MOST_DESCRIPTORS = Family(
    "eir_process_max_fds", "File descriptors that a process may have open", Kind.GAUGE, _BY_PROCESS
)
STARTED = Family(
    "eir_process_start_time_seconds",
    "When a process was started; the node runs since its supervisor was",
    Kind.GAUGE,
    _BY_PROCESS,
)
BUILD = Family("eir_build_info", "1; what runs", Kind.GAUGE, ("version", "python"))
PROCESS_FAMILIES = (CPU, RESIDENT, DESCRIPTORS, MOST_DESCRIPTORS, STARTED, BUILD)


@dataclass(frozen=True, slots=True)
class ProcessState:
    """One process, as proc(5) has it.

    Attributes:
        cpu: seconds of processor time, its own and the kernel's for it.
        resident: octets of memory.
        descriptors: how many are open.
        most_descriptors: how many may be.
        started: UTC seconds.
    """

    cpu: float
    resident: int
    descriptors: int
    most_descriptors: float
    started: float

    @classmethod
    def of(cls, pid: int, proc: Path = _PROC) -> Self:
        """Look at a process.

        Raises:
            OSError: there is none.
        """
        directory = proc / str(pid)
        # What stands before the last parenthesis is its name, which may hold anything.
        fields = (directory / "stat").read_text(encoding="utf-8").rpartition(")")[2].split()
        return cls(
            cpu=(int(fields[11]) + int(fields[12])) / _TICK,
            resident=int(fields[21]) * _PAGE,
            descriptors=sum(1 for _ in (directory / "fd").iterdir()),
            most_descriptors=_most_descriptors(directory),
            started=_booted(proc) + int(fields[19]) / _TICK,
        )


def _most_descriptors(directory: Path) -> float:
    for line in (directory / "limits").read_text(encoding="ascii").splitlines():
        if line.startswith("Max open files"):
            return float(line.split()[3].replace("unlimited", "inf"))
    raise OSError(f"{directory} has no limit of files")


def _booted(proc: Path) -> float:
    """Tell when the machine was started, UTC seconds."""
    lines = (proc / "stat").read_text(encoding="ascii").splitlines()
    return next(float(line.split()[1]) for line in lines if line.startswith("btime "))


class ProcessCollector(Collector):
    """Tells of the processes of this node that run."""

    def __init__(self, pids: Callable[[], Mapping[str, int]]) -> None:
        self._pids = pids
        self._build = (metadata.version("eir"), platform.python_version())

    def collect(self) -> Iterator[Metric]:
        """Yield every family, as prometheus-client asks."""
        states: dict[str, ProcessState] = {}
        for name, pid in self._pids().items():
            try:
                states[name] = ProcessState.of(pid)
            except OSError:  # it ended just now
                continue
        yield told(CPU, (((name,), state.cpu) for name, state in states.items()))
        yield told(RESIDENT, (((name,), state.resident) for name, state in states.items()))
        yield told(DESCRIPTORS, (((name,), state.descriptors) for name, state in states.items()))
        yield told(
            MOST_DESCRIPTORS, (((name,), state.most_descriptors) for name, state in states.items())
        )
        yield told(STARTED, (((name,), state.started) for name, state in states.items()))
        yield told(BUILD, [(self._build, 1)])
