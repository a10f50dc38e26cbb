"""The load clients and ceilings in C: built when they are older than their sources, and run."""

import contextlib
import fcntl
import json
import resource
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.benchmarks.machine import Cores, Watch, running_on

ROOT = Path(__file__).resolve().parents[2]
BUILD = ROOT / "build" / "benchmarks"
_SOURCES = Path(__file__).with_name("load")
_PROGRAMS = {  # and what each is made of
    "load_s13": ("load_s13", "s13", "load", "sockets", "settings"),
    "load_map": ("load_map", "map", "m3ua", "load", "sockets", "settings"),
    "ceiling_s13": ("ceiling_s13", "s13", "respond", "sockets", "settings"),
    "ceiling_map": ("ceiling_map", "m3ua", "respond", "sockets", "settings"),
}
_COMPILE = ("cc", "-std=gnu11", "-O2", "-Wall", "-Wextra", "-D_GNU_SOURCE")
_REFUSED = 4  # exit status of a client that was not let in
_REFUSALS = 20  # so often at most: a server that has not seen us leave refuses us for a while

Settings = Mapping[str, object]


class MissingToolError(Exception):
    """A program that is needed is not installed; its text says how to get it."""


def need(tool: str, packages: str) -> None:
    """Make sure that a program is there.

    Raises:
        MissingToolError: it is not.
    """
    if shutil.which(tool) is None:
        raise MissingToolError(f"{tool} is missing: apt-get install {packages}")


@contextlib.contextmanager
def building() -> Iterator[None]:
    """Let nobody else build something meanwhile, and have the directory for it."""
    BUILD.mkdir(parents=True, exist_ok=True)
    with (BUILD / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def build() -> None:
    """Compile what is older than its sources, into `build/benchmarks`.

    Raises:
        MissingToolError: there is no compiler.
    """
    need("cc", "gcc libc6-dev")
    newest = max(source.stat().st_mtime for source in _SOURCES.iterdir())
    with building():
        for name, parts in _PROGRAMS.items():
            program = BUILD / name
            if not program.exists() or program.stat().st_mtime < newest:
                sources = [str(_SOURCES / f"{part}.c") for part in parts]
                subprocess.run([*_COMPILE, "-o", str(program), *sources], check=True)


def build_or_end() -> None:
    """Build, or end this program with the word what to install."""
    try:
        build()
    except MissingToolError as error:
        sys.exit(str(error))


@dataclass(frozen=True, slots=True)
class Times:
    """How long answers took, in microseconds; a second and more counts as one."""

    p50: int
    p99: int
    p999: int
    longest: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What one run of a client found.

    Attributes:
        answered: answers, of the whole run.
        rate: answers a second.
        times: of the answers.
        probe: of those on the link that asks beside the load; None: there was none.
        faults: answers, of the whole run, that were wrong, by kind.
        client: share of its core that the client used.
        server: share of its core that the server used.
        others: share of one core that all others used.
    """

    answered: int
    rate: float
    times: Times
    probe: Times | None
    faults: Mapping[str, int]
    client: float
    server: float
    others: float


def command(program: str, settings: Settings) -> list[str]:
    """Write how a program is called."""
    words = [f"{name}={_word(value)}" for name, value in settings.items()]
    return [str(BUILD / program), *words]


def run_load(
    program: str,
    settings: Settings,
    cores: Cores,
    servers: Sequence[int],
    helpers: Sequence[int] = (),
) -> Figures:
    """Run a client once.

    Args:
        program: its name.
        settings: its settings, by name.
        cores: where it runs.
        servers: the processes that answer.
        helpers: processes that take part otherwise, and end after the client.

    Raises:
        RuntimeError: it failed, and says why.
    """
    called, refusals = command(program, settings), 0
    while True:
        watch, own = Watch(servers, helpers=helpers), _children_seconds()
        with running_on(cores.client):
            done = subprocess.run(called, capture_output=True, text=True, check=False)
        if not done.returncode:
            use = watch.use(_children_seconds() - own)
            return read_figures(done.stdout, server=use.server, others=use.others)
        refusals += done.returncode == _REFUSED
        if done.returncode != _REFUSED or refusals > _REFUSALS:
            raise RuntimeError(f"{program} ended with {done.returncode}: {done.stderr.strip()}")
        time.sleep(1.0)


@contextlib.contextmanager
def running_load(program: str, settings: Settings, cores: Cores) -> Iterator[None]:
    """Let a client ask while the block runs; what it finds is dropped."""
    with running_on(cores.client):
        load = subprocess.Popen(command(program, settings), stdout=subprocess.DEVNULL)
    try:
        yield
    finally:
        load.kill()
        load.wait()


def read_figures(line: str, *, server: float, others: float) -> Figures:
    """Read what a client printed, beside what it could not know."""
    found = json.loads(line)
    probe = found.get("probe")
    return Figures(
        answered=found["answered"],
        rate=found["rate"],
        times=_times(found),
        probe=None if probe is None else _times(probe),
        faults={kind: count for kind, count in found["faults"].items() if count},
        client=found["processor"],
        server=server,
        others=others,
    )


def _times(found: Mapping[str, int]) -> Times:
    return Times(*(found[f"{name}_us"] for name in ("p50", "p99", "p999", "max")))


def _word(value: object) -> str:
    return str(int(value)) if isinstance(value, bool) else str(value)


def _children_seconds() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime
