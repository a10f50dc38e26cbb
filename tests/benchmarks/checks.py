"""Checks a second beside peers and the ceiling: ours, freeDiameter, OTP diameter, a C program.

    python -m tests.benchmarks.checks                        all but the 50 million entries
    python -m tests.benchmarks.checks --all --readme         those too; the table goes into README
    python -m tests.benchmarks.checks --case s13 --case mix
    python -m tests.benchmarks.checks --seconds 10 --json build/checks.json

A client in C (`load/`, compiled into `build/benchmarks`) has one core, the server another. It
checks the identifiers, result and status of every answer. A measurement is repeated while others
use the machine. The ceiling is a C program that patches identifiers and reads nothing else; ours is
the real server with its lists on disk. Two cores are enough on a machine that does nothing else.

The table is Markdown; below it stand the targets, and what the table has no column for. Where an
answer was wrong or missing the exit status is 1, and README keeps its table.
"""

import argparse
import json
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import TypeAlias

from tests.benchmarks.cases import CASES, MAP, S13, Case, Manner, choose
from tests.benchmarks.machine import Cores
from tests.benchmarks.measuring import Bench, Result
from tests.benchmarks.programs import ROOT, Figures, MissingToolError, build_or_end
from tests.benchmarks.servers import (
    Server,
    Setup,
    run_ceiling,
    run_freediameter,
    run_otp,
    run_ours,
)
from tests.benchmarks.table import CEILING, FREEDIAMETER, OTP, OURS, Table, put_into

Start: TypeAlias = Callable[[int], AbstractContextManager[Server]]

_RUN_CEILING: Mapping[str, Start] = {
    S13: partial(run_ceiling, "ceiling_s13", S13),
    MAP: partial(run_ceiling, "ceiling_map", MAP),
}
_PEERS: tuple[tuple[str, str, Start], ...] = (
    (CEILING, S13, _RUN_CEILING[S13]),
    (CEILING, MAP, _RUN_CEILING[MAP]),
    (FREEDIAMETER, S13, run_freediameter),
    (OTP, S13, run_otp),
)


def main() -> None:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--case", action="append", choices=CASES, default=[], metavar="NAME")
    parser.add_argument("--all", action="store_true", help="every case, the largest lists too")
    parser.add_argument("--seconds", type=float, default=5.0, help="of each measurement")
    parser.add_argument("--learning", type=float, default=240.0, help="seconds at most, of a case")
    parser.add_argument("--tries", type=int, default=5, help="at most, while others interfere")
    parser.add_argument("--readme", action="store_true", help="put the table into README.md")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every figure there")
    arguments = parser.parse_args()
    bench = Bench(Cores.find(), arguments.seconds, arguments.learning, arguments.tries, say)
    build_or_end()
    results = list(measure_all(bench, choose(CASES if arguments.all else arguments.case)))
    table = Table(results)
    sys.stdout.write("\n".join([*table.lines(), "", *map(str, table.targets()), ""]))
    sys.stdout.write("\n".join([*table.remarks(), ""]))
    faulty = [f"{each.case}, {each.server}" for each in results if each.figures.faults]
    if arguments.readme and not faulty:
        readme = ROOT / "README.md"
        readme.write_text(put_into(readme.read_text("utf-8"), table.lines()), encoding="utf-8")
    if arguments.json:
        found = [asdict(result) for result in results]
        arguments.json.write_text(json.dumps(found, indent=1), encoding="utf-8")
    if faulty:
        sys.exit(f"not all answers were right: {'; '.join(faulty)}")


def measure_all(bench: Bench, cases: list[Case]) -> Iterator[Result]:
    """Measure the peers, then ours in each setup."""
    for name, asker, start in _PEERS:
        of_peer = [case for case in cases if case.peers and case.asker == asker]
        if of_peer:
            yield from _measure_peer(bench, of_peer, name, start)
    known: dict[str, Figures] = {}
    for setup in dict.fromkeys(case.setup for case in cases):
        for result in _measure_ours(bench, cases, setup, known):
            known[result.case] = result.figures
            yield result


def _measure_peer(bench: Bench, cases: list[Case], name: str, start: Start) -> Iterator[Result]:
    try:
        with start(bench.cores.server) as server:
            for case in cases:
                yield _told(bench, bench.measure(case, name, server, None))
    except MissingToolError as error:
        bench.say(f"{name} is left out: {error}")


def _measure_ours(
    bench: Bench, cases: list[Case], setup: Setup, known: dict[str, Figures]
) -> Iterator[Result]:
    start = partial(run_ours, setup, bench.cores.server)
    of_setup = [case for case in cases if case.setup == setup]
    with start() as server:
        for case in of_setup:
            if case.manner is not Manner.LEARNING:
                reference = known.get(case.reference)
                result = bench.measure(case, OURS, server, reference)
                known[case.name] = result.figures
                yield _told(bench, result)
                if case.manner is Manner.HALF_RATE:
                    with _RUN_CEILING[case.asker](bench.cores.server) as ceiling:
                        yield _told(bench, bench.measure(case, CEILING, ceiling, reference))
    for case in of_setup:
        if case.manner is Manner.LEARNING:
            yield _told(bench, bench.measure_learning(case, OURS, start))


def _told(bench: Bench, result: Result) -> Result:
    figures = result.figures
    bench.say(
        f"{result.case}, {result.server}: {figures.rate:,.0f} answers/s,"
        f" p99 {figures.times.p99:,} us, {figures.client:.0%} of a core for the client"
        f" and {figures.server:.0%} for the server"
    )
    return result


def say(words: str) -> None:
    """Tell a person how it goes."""
    sys.stderr.write(f"{words}\n")


if __name__ == "__main__":
    main()
