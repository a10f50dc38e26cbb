"""How long a decision takes while a large delta is loaded; the reference is the quiet before.

    python -m tests.benchmarks.delta_latency --entries 10M --changes 1M

One process decides, a batch of one a millisecond, pinned to one processor; another one loads the
delta in one transaction, pinned to another. Whole checks cost more than decisions, so what the load
adds shows more clearly here.
"""

import argparse
import gc
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from eir.config import Config
from eir.decision.decider import Decider
from eir.decision.policy import policies_of
from eir.decision.verdict import Check
from eir.store.reader import ListReader
from tests.benchmarks.list_files import Equipments, write_delta, write_full
from tests.benchmarks.list_store import load_file, read_size
from tests.benchmarks.measure import percentile, print_table

_EVERY = 0.001  # seconds between checks
_QUIET = 20.0  # seconds
_LOAD = """
import os, sys
from pathlib import Path
from eir.lists.loader import Mode
from tests.benchmarks.list_store import load_file
os.sched_setaffinity(0, {int(sys.argv[3])})
load_file(Path(sys.argv[1]), Path(sys.argv[2]), Mode.DELTA)
"""


def main() -> None:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--entries", type=read_size, default=read_size("10M"))
    parser.add_argument("--changes", type=read_size, default=read_size("1M"))
    parser.add_argument("--directory", type=Path)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=arguments.directory) as directory:
        rows = measure(Path(directory), arguments.entries, arguments.changes, quiet=_QUIET)
    title = f"Decisions while {arguments.changes:,} of {arguments.entries:,} entries change"
    print_table(title, ("", "checks", "p50", "p99", "p99.9", "longest", "p99 of quiet"), rows)


def measure(directory: Path, entries: int, changes: int, *, quiet: float) -> list[tuple[str, ...]]:
    """Decide in peace, then while a delta is loaded, then again; give the rows of a table."""
    store, file = directory / "store", directory / "list.csv"
    write_full(file, entries)
    load_file(store, file)
    write_delta(file, changes, held=entries)
    first, second = _two_processors()
    os.sched_setaffinity(0, {first})
    checks = _Checks(store, entries)
    before = checks.decide_for(quiet)
    command = [sys.executable, "-c", _LOAD, str(store), str(file), str(second)]
    with subprocess.Popen(command) as loading:
        during = checks.decide_while(lambda: loading.poll() is None)
    after = checks.decide_for(quiet)
    if loading.returncode:
        raise RuntimeError("the delta was not loaded")
    reference = percentile(before, 0.99)
    named = {"quiet": before, "during the load": during, "after it": after}
    return [_row(name, found, reference) for name, found in named.items()]


def _row(name: str, seconds: list[float], reference: float) -> tuple[str, ...]:
    shares = [percentile(seconds, share) for share in (0.5, 0.99, 0.999)]
    figures = (f"{value * 1e6:,.0f} us" for value in (*shares, max(seconds)))
    return (name, f"{len(seconds):,}", *figures, f"{shares[1] / reference:.2f}")


def _two_processors() -> tuple[int, int]:
    """Choose two processors; where there is one, both are it."""
    every = sorted(os.sched_getaffinity(0))
    return every[0], every[-1]


class _Checks:
    """Decides about equipments of which half are listed."""

    def __init__(self, store: Path, entries: int) -> None:
        numbers = Equipments(1).numbers(entries // 2, entries).tolist()
        self._imeis = [f"{number:014d}" for number in numbers[:: max(1, entries // 50_000)]]
        self._decider = _decider(store)
        self._next = 0

    def decide_for(self, seconds: float) -> list[float]:
        """Decide for so long."""
        end = time.perf_counter() + seconds
        return self.decide_while(lambda: time.perf_counter() < end)

    def decide_while(self, more: Callable[[], bool]) -> list[float]:
        """Decide once a millisecond; give how long each decision took."""
        gc.collect()
        found: list[float] = []
        due = time.perf_counter()
        while more():
            due += _EVERY
            time.sleep(max(0.0, due - time.perf_counter()))
            check = Check(self._imeis[self._next % len(self._imeis)])
            self._next += 1
            began = time.perf_counter()
            with self._decider:
                self._decider.decide(check)
            found.append(time.perf_counter() - began)
        if self._decider.failure:
            raise RuntimeError(self._decider.failure)
        return found


def _now() -> float:
    return datetime.now(UTC).timestamp()


def _decider(store: Path) -> Decider:
    """Decide as a server without a configuration would."""
    return Decider(ListReader(store), policies_of(Config()), _now, lambda _: None)


if __name__ == "__main__":
    main()
