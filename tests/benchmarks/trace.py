"""What a trace costs that finds nothing: checks a second with it and without.

    python -m tests.benchmarks.trace

Two servers answer in turns, side by side, as fast as they can; on one of them `eir trace` looks for
an equipment that nobody asks about. The median of the ratios counts.
"""

import argparse
import contextlib
import os
import subprocess
import sys
from collections.abc import Iterator
from statistics import median

from tests.benchmarks.cases import CASES, USUAL
from tests.benchmarks.checks import say
from tests.benchmarks.machine import Cores, running_on
from tests.benchmarks.measuring import Bench
from tests.benchmarks.programs import build_or_end
from tests.benchmarks.servers import Server, run_ours
from tests.harness import COMMAND

NOBODY = "99999999999999"

_LEARNING = 120.0  # seconds


def main() -> None:
    """Measure, and print ratios."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("cases", nargs="*", default=["s13", "map"], choices=[*CASES])
    parser.add_argument("--seconds", type=float, default=2.0, help="of each measurement")
    parser.add_argument("--rounds", type=int, default=7)
    arguments = parser.parse_args()
    build_or_end()
    bench = Bench(Cores.find(), arguments.seconds, _LEARNING, 3, say)
    for name in arguments.cases:
        compare(bench, name, arguments.rounds)


def compare(bench: Bench, name: str, rounds: int) -> None:
    """Ask in turns without a trace and with one."""
    ratios, core = [], bench.cores.server
    with run_ours(USUAL, core) as one, run_ours(USUAL, core) as other, tracing(other, bench.cores):
        for plain, traced in bench.in_turns(CASES[name], one, other, rounds):
            ratios.append(traced.rate / plain.rate)
            say(f"{name}: {plain.rate:,.0f} checks a second, traced {traced.rate:,.0f}")
    sys.stdout.write(f"{name}: checks a second with a trace to without: {median(ratios):.2f}\n")


@contextlib.contextmanager
def tracing(server: Server, cores: Cores) -> Iterator[None]:
    """Trace an equipment that nobody asks about."""
    config = os.fspath(server.config or "")
    words = [*COMMAND, "--config", config, "trace", "imei", NOBODY, "--for", "1h", "--json"]
    with (
        running_on(cores.client),
        subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as prompt,
    ):
        assert prompt.stdout is not None
        assert b"begun" in prompt.stdout.readline()
        try:
            yield
        finally:
            prompt.kill()


if __name__ == "__main__":
    main()
