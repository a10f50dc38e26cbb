"""Memory of a server under hours of load, compressed in time.

    python -m tests.benchmarks.memory --checks 200M

A round is of everything that could leave something behind: checks of one shape, of 2,400 MMEs that
were never seen before, of every shape of MAP, of equipment on no list; hostile messages; lists that
change, and change back. After each round the memory that is the server's own is noted: what its
processes have written to, without files that they map. The first rounds warm up; after them the
most of the later half may be above the most of the earlier half by `BOUND` at most.
"""

import argparse
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.benchmarks.answering_lists import SWITCHING, load_switch
from tests.benchmarks.cases import MAP, S13
from tests.benchmarks.hostile import annoy_diameter, annoy_m3ua
from tests.benchmarks.list_store import read_size
from tests.benchmarks.machine import Cores
from tests.benchmarks.measure import print_table
from tests.benchmarks.measuring import is_learned
from tests.benchmarks.programs import Settings, build_or_end, run_load
from tests.benchmarks.servers import Server, Setup, run_ours

BOUND = 0.02  # ours: of the memory after warm-up
WARM_ROUNDS = 8  # then as many MMEs were met as are kept
_LEAST_ROUNDS = 4  # after those
_LEARNING = 120.0  # seconds; ours: for each load, before the first round
_GENERATIONS = 8  # of the 300 MMEs of a mix, in each round
_HOSTILE = 200  # messages over each protocol, in each round
_LOADS: tuple[tuple[str, Settings], ...] = (
    (S13, {}),
    (S13, {"connections": 16, "window": 16}),
    (S13, {"mix": 1}),
    (S13, {"misses": 100}),
    (MAP, {"mix": 1}),
    (MAP, {"mix": 1, "misses": 100}),
)


@dataclass(frozen=True, slots=True)
class Round:
    """What a round left behind: checks since the start, octets now."""

    checks: int
    octets: int


def main() -> None:
    """Run rounds; the exit status is 1 if memory grew."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--checks", type=read_size, default=read_size("200M"))
    parser.add_argument("--seconds", type=float, default=5.0, help="of each load in a round")
    arguments = parser.parse_args()
    build_or_end()
    rounds = []
    for each in run_rounds(arguments.checks, arguments.seconds):
        rounds.append(each)
        sys.stderr.write(f"{each.checks:,} checks: {each.octets / 2**20:,.1f} MiB\n")
    grown = growth([each.octets for each in rounds])
    figures = (f"{rounds[-1].checks:,}", f"{rounds[-1].octets / 2**20:,.1f} MiB", f"{grown:+.2%}")
    print_table("Memory under load", ("checks", "memory", "growth"), [figures])
    sys.exit(grown > BOUND)


def run_rounds(checks: int, seconds: float) -> Iterator[Round]:
    """Let a server answer so many checks, and a few rounds at least."""
    cores, answered = Cores.find(), 0
    with run_ours(Setup(lists=SWITCHING), cores.server) as server:
        for asker, settings in _LOADS:
            is_learned(server, asker, _told(server, asker, settings), cores, _LEARNING)
        number = 0
        while answered < checks or number < WARM_ROUNDS + _LEAST_ROUNDS:
            answered += _run_round(server, cores, number, seconds)
            number += 1
            yield Round(answered, memory_of(server.pid))


def growth(octets: Sequence[int]) -> float:
    """Say by which share the later half of the rounds after warm-up is above the earlier half."""
    warm = octets[WARM_ROUNDS:]
    middle = len(warm) // 2
    return max(warm[middle:]) / max(warm[:middle]) - 1


def memory_of(pid: int) -> int:
    """Sum up what a process and those below it have written to, in octets (proc(5), RssAnon)."""
    status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    kibibytes = int(status.partition("RssAnon:")[2].split()[0])
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii")
    return kibibytes * 1024 + sum(memory_of(int(child)) for child in children.split())


def _run_round(server: Server, cores: Cores, number: int, seconds: float) -> int:
    """Do everything once; give how many checks were answered."""
    answered = 0
    for turn, (asker, settings) in enumerate(_LOADS):
        told = _told(server, asker, settings)
        is_new = asker == S13 and "mix" in settings
        for each in range(_GENERATIONS if is_new else 1):
            more = {"generation": number * _GENERATIONS + each} if asker == S13 else {}
            share = seconds / (_GENERATIONS if is_new else 1)
            figures = run_load(asker, {**told, **more, "seconds": share}, cores, [server.pid])
            if figures.faults.keys() - {"refused", "unanswered"}:
                raise RuntimeError(f"{asker}, {settings}: {figures.faults}")
            answered += figures.answered
        _between(server, number, turn)
    return answered


def _told(server: Server, asker: str, settings: Settings) -> Settings:
    return {**server.settings, **settings, "port": server.ports[asker], "warm": 0}


def _between(server: Server, number: int, turn: int) -> None:
    """Change the lists twice in a round, so that it ends with those it began with."""
    steps: dict[int, Callable[[], None]] = {
        0: lambda: load_switch(_store(server), 0),
        2: lambda: annoy_diameter(("127.0.0.1", server.ports[S13]), number, _HOSTILE),
        3: lambda: load_switch(_store(server), 1),
        4: lambda: annoy_m3ua(("127.0.0.1", server.ports[MAP]), number, _HOSTILE),
    }
    steps.get(turn, lambda: None)()


def _store(server: Server) -> Path:
    assert server.store is not None
    return server.store


if __name__ == "__main__":
    main()
