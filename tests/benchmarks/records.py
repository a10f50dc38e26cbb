"""What records cost: the answers beside them, and the recorder itself.

    python -m tests.benchmarks.records

At 10,000 checks a second, on four connections and four at a time, two servers answer in turns, side
by side: one writes no records, the other a whole record of every check; recorder and worker share
one core. The median of the ratios counts. Above stands what the recorder spends on a record,
without sockets.
"""

import argparse
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from statistics import median

from eir.config import parse
from eir.records import RecordWriter, account, ring_size
from eir.records.identities import Shown
from eir.records.recorder import Recorder
from tests.benchmarks.cases import CASES
from tests.benchmarks.checks import say
from tests.benchmarks.machine import Cores
from tests.benchmarks.measuring import Bench
from tests.benchmarks.programs import build_or_end
from tests.benchmarks.servers import Setup, run_ours
from tests.eir.records.made import BEGAN, leave

ASKED = {"rate": 10_000, "connections": 4, "together": 4}
TARGET = 1.20  # of p99, with records to without
RECORDS = 100_000  # that the recorder is given at once
SHOWN: tuple[Shown, ...] = ("tac", "hashed", "whole")

_LEARNING = 120.0  # seconds


def main() -> None:
    """Measure, and print ratios."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--seconds", type=float, default=2.0, help="of each measurement")
    parser.add_argument("--rounds", type=int, default=15)
    arguments = parser.parse_args()
    build_or_end()
    for shown in SHOWN:
        say(f"the recorder takes {cost(shown):.1f} us a record, identities = {shown}")
    bench = Bench(Cores.find(), arguments.seconds, _LEARNING, 3, say)
    compare(bench, arguments.rounds)


def compare(bench: Bench, rounds: int) -> None:
    """Ask in turns without records and with them."""
    paced = replace(CASES["s13"], name="records", settings=ASKED)
    core, ratios = bench.cores.server, []
    with (
        run_ours(Setup(one_in=1_000_000_000, identities=None), core) as without,
        run_ours(Setup(one_in=1, identities="whole"), core) as full,
    ):
        for plain, recorded in bench.in_turns(paced, without, full, rounds):
            ratios.append(recorded.times.p99 / plain.times.p99)
            say(
                f"p99 {plain.times.p99} us without records, {recorded.times.p99} us with all: "
                f"{ratios[-1]:.2f}; {plain.server:.0%} and {recorded.server:.0%} of the core"
            )
    sys.stdout.write(
        f"p99 with records to without: {median(ratios):.2f} in {len(ratios)} rounds,"
        f" target {TARGET:.2f}\n"
    )


def cost(shown: Shown) -> float:
    """Tell what the recorder spends on a record, in microseconds."""
    ring = memoryview(bytearray(ring_size(RECORDS)))
    writer = RecordWriter(ring)
    for number in range(RECORDS):
        leave(writer, number)
    with tempfile.TemporaryDirectory() as name:
        key = Path(name) / "key"
        key.write_text("a key of sixteen")
        key.chmod(0o600)
        config = parse(
            f'[store]\npath = "{name}"\n[records]\nidentities = "{shown}"\nkey_file = "{key}"\n'
            "keep_days = 36500\nleave_free_octets = 0",
            None,
        )
        recorder = Recorder([ring], memoryview(bytearray(account.size(1))), config, BEGAN)
        began = time.process_time()
        recorder.look(BEGAN)
        taken = time.process_time() - began
        recorder.close(BEGAN)
    return taken / RECORDS * 1e6


if __name__ == "__main__":
    main()
