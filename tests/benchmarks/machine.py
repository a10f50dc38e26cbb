"""The machine that measures: a core for each side, and who else used it meanwhile."""

import contextlib
import os
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

# Whatever else wants to run takes the processor from it at once (sched(7)). It yields, for even so
# it would have its share of a busy processor now and then, and keep it until the next tick.
_STAY_AWAKE = """
import os
os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))
parent = os.getppid()
while os.getppid() == parent:  # it is not left alone by one that was killed
    os.sched_yield()
"""
_TICKS = os.sysconf("SC_CLK_TCK")  # a second, in /proc


@dataclass(frozen=True, slots=True)
class Cores:
    """Where client and server run; on a machine with one core both do there."""

    client: int
    server: int

    @classmethod
    def find(cls) -> Self:
        """Choose two of those that we may use."""
        usable = sorted(os.sched_getaffinity(0))
        return cls(client=usable[-1], server=usable[0])

    @property
    def all(self) -> set[int]:
        """Both, or the only one."""
        return {self.client, self.server}


@contextlib.contextmanager
def running_on(core: int) -> Iterator[None]:
    """Let whatever is started in the block run on this core only."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {core})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


@contextlib.contextmanager
def staying_awake(cores: Iterable[int]) -> Iterator[list[int]]:
    """Let none of these processors sleep in the block; give the processes that see to it.

    A processor that sleeps is late when something comes, by milliseconds where it is a virtual one.
    Hosts that answer in time are set up so; see `idle=poll` of Linux.
    """
    with contextlib.ExitStack() as stack:
        found: list[int] = []
        for core in cores:
            with running_on(core):
                process = stack.enter_context(subprocess.Popen([sys.executable, "-c", _STAY_AWAKE]))
            stack.callback(process.kill)
            found.append(process.pid)
        yield found


@dataclass(frozen=True, slots=True)
class Use:
    """Who used how much of one processor, 1.0 being all of it.

    Attributes:
        server: by the servers' processes.
        others: by all that take no part, and by other machines beside this one.
    """

    server: float
    others: float


class Watch:
    """Looks at the use of processors from its making on."""

    def __init__(self, servers: Sequence[int], *, helpers: Sequence[int] = ()) -> None:
        """Watch the trees of processes below these ones; helpers take part, too."""
        self._servers, self._helpers = servers, helpers
        self._began = time.perf_counter()
        self._busy = _busy_seconds()
        self._server, self._helped = _seconds_of(servers), _seconds_of(helpers)

    def use(self, own: float) -> Use:
        """Say who used what; `own` are the seconds of processor that the clients took."""
        seconds = time.perf_counter() - self._began
        server = _seconds_of(self._servers) - self._server
        own += _seconds_of(self._helpers) - self._helped
        others = _busy_seconds() - self._busy - server - own
        return Use(server=server / seconds, others=max(0.0, others) / seconds)


def _busy_seconds() -> float:
    """Sum up user, nice, system and stolen time of all processors (proc(5)).

    Interrupts are left out: the kernel counts them to no process, and most of them carry our load.
    """
    first = Path("/proc/stat").read_text(encoding="ascii").partition("\n")[0]
    user, nice, system, _idle, _wait, _irq, _softirq, stolen = map(int, first.split()[1:9])
    return (user + nice + system + stolen) / _TICKS


def _seconds_of(pids: Sequence[int]) -> float:
    return sum(_tree_seconds(pid) for pid in pids)


def _tree_seconds(pid: int) -> float:
    """Sum up what a process, its children and those that ended took; one that is gone took none."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8")
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii")
    except (FileNotFoundError, ProcessLookupError):
        return 0.0
    own = sum(map(int, stat.rpartition(")")[2].split()[11:15]))  # utime, stime, cutime, cstime
    return own / _TICKS + sum(_tree_seconds(int(child)) for child in children.split())
