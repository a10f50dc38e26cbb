"""Checks over kernel SCTP, as ratios: ours to freeDiameter, and to an echo of messages.

    python -m tests.benchmarks.checks_sctp

Where this kernel has no SCTP it runs in `tools/sctp-bed`, whose one slow processor client and
server share: rates there say nothing, so none are shown. The echo is the C program that patches
identifiers and sends messages back; each round asks all of them in turn, and the median counts.
"""

import argparse
import subprocess
import sys
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from functools import partial
from statistics import median
from typing import TypeAlias

from tests.benchmarks.answering_lists import PLAIN, prepare
from tests.benchmarks.cases import CASES, MAP, S13, USUAL
from tests.benchmarks.checks import say
from tests.benchmarks.machine import Cores
from tests.benchmarks.measuring import Bench
from tests.benchmarks.programs import ROOT, build_or_end
from tests.benchmarks.servers import Server, run_ceiling, run_freediameter, run_ours
from tests.benchmarks.table import CEILING, FREEDIAMETER, OURS
from tests.interop.conversations import EIR_ADDRESSES, PEER_ADDRESSES
from tests.kernel_sctp import BED, kernel_has_sctp

Start: TypeAlias = Callable[[], AbstractContextManager[Server]]

_LEARNING = 120.0  # seconds
_LIMIT = 3600  # seconds in the bed


def main() -> None:
    """Measure, and print ratios."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--seconds", type=float, default=5.0, help="of each measurement")
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    build_or_end()
    prepare(PLAIN)
    if not kernel_has_sctp():
        module = [sys.executable, "-m", "tests.benchmarks.checks_sctp", *sys.argv[1:]]
        sys.exit(subprocess.call([str(BED), "-q", "-t", str(_LIMIT), "--", *module], cwd=ROOT))
    _add_addresses()
    measure(Bench(Cores.find(), arguments.seconds, _LEARNING, 1, say), arguments.rounds)


def measure(bench: Bench, rounds: int) -> None:
    """Ask everybody in turn, so many times, and print how they compare."""
    core = bench.cores.server
    ours = partial(run_ours, USUAL, core, "sctp")
    of_s13: Mapping[str, Start] = {
        OURS: ours,
        FREEDIAMETER: partial(run_freediameter, core, "sctp"),
        CEILING: partial(run_ceiling, "ceiling_s13", S13, core, "sctp"),
    }
    of_map: Mapping[str, Start] = {
        OURS: ours,
        CEILING: partial(run_ceiling, "ceiling_map", MAP, core, "sctp"),
    }
    for name, starts in (("s13", of_s13), ("map", of_map)):
        rates: dict[str, list[float]] = {server: [] for server in starts}
        for _ in range(rounds):
            for server, start in starts.items():
                rates[server].append(_rate(bench, name, server, start))
        found = {server: median(each) for server, each in rates.items()}
        for other in starts.keys() - {OURS}:
            print(f"{name} over SCTP: {found[OURS] / found[other]:.2f} of {other}")  # noqa: T201


def _rate(bench: Bench, case: str, name: str, start: Start) -> float:
    with start() as server:
        result = bench.measure(CASES[case], name, server, None)
    if result.figures.faults:
        raise RuntimeError(f"{case}, {name}: {result.figures.faults}")
    return result.figures.rate


def _add_addresses() -> None:
    """Have the addresses of both sides; freeDiameter refuses those of 127/8."""
    for address in (*EIR_ADDRESSES, *PEER_ADDRESSES):
        subprocess.run(["ip", "address", "replace", f"{address}/32", "dev", "lo"], check=True)


if __name__ == "__main__":
    main()
