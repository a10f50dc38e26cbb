"""What a decision costs: of a message whose shape is known, and of a whole check.

    python -m tests.benchmarks.decision
    python -m tests.benchmarks.decision 10k 1M --directory /var/tmp/bench

Batches of 64 checks are decided by `Decider.decide_quickly`, with all that a batch costs: its view
of the lists, and in the second column its counters and records. Beside it, as the reference of the
same run, `Decider.decide` of the same checks; neither includes reading them from a message. Plain
lists of the sizes named, then 10,000 equipments with ranges, with changes since the last full
list, and with bindings and exceptions that name 1 % and all of the subscribers who ask.
"""

import argparse
import random
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from eir import metrics, records
from eir.config import Config
from eir.decision.decider import Decider
from eir.decision.policy import policies_of
from eir.decision.verdict import Check, Interface, Verdict
from eir.links import Board
from eir.lists.loader import Mode, Request, load
from eir.lists.names import ListName
from eir.lists.subjects import number_of
from eir.metrics import Counters
from eir.records import RecordWriter
from eir.sampling import Recorder
from eir.store.layout import Truth
from eir.store.reader import ListReader
from eir.transport.reporter import Reporter
from tests.benchmarks.list_files import Equipments, write_full
from tests.benchmarks.list_store import read_size
from tests.benchmarks.measure import busy_share, print_table

BATCH = 64
CHECKS = 160 * BATCH
RUNS = 12
LISTED = 10_000  # equipments, but for plain lists of a size
SUBSCRIBERS = 50_000  # who ask, each with an equipment
_IMSI = "00101{:010d}"
_EQUIPMENTS = Equipments(1)


@dataclass(frozen=True, slots=True)
class Case:
    """Lists, and who asks: subscribers by number, each with the equipment of that place.

    Attributes:
        name: in the table.
        listed: how many equipments are prohibited, from the first place on.
        ask: the places that are asked about, from and to.
        more: loads what else is on lists.
    """

    name: str
    listed: int
    ask: tuple[int, int]
    more: Callable[[Path], None] = lambda _: None


class Messages:
    """Requests of one shape: 14 digits of the equipment, 15 of the subscriber."""

    interface = Interface.S13

    def check(self, octets: bytes, /) -> Check:
        """Read the whole check."""
        text = octets.decode()
        return Check(text[:14], imsi=text[14:], peer="mme1", interface=Interface.S13)

    def imsi(self, octets: bytes, /) -> int:
        """Read the IMSI."""
        return int(b"1" + octets[14:])


def main() -> None:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("sizes", nargs="*", type=read_size, default=[10**4, 10**7], metavar="SIZE")
    parser.add_argument("--directory", type=Path, help="where there is room: 150 octets an entry")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=arguments.directory) as directory:
        rows = [
            row
            for place, store in enumerate(_stores(arguments.sizes))
            for row in _measure(Path(directory) / str(place), store)
        ]
    headers = ("microseconds a check", "quickly", "and counted", "whole", "times")
    print_table(f"Decisions, others keep the machine {busy_share():.0%} busy", headers, rows)


def _stores(sizes: Sequence[int]) -> list[list[Case]]:
    """Name the cases, those together that ask the same store."""
    plain = [
        [
            Case(f"plain {size:,}: hits", size, (0, size)),
            Case(f"plain {size:,}: misses", size, (size, 3 * size)),
        ]
        for size in sizes
    ]
    everybody = (0, SUBSCRIBERS)
    return [
        *plain,
        [Case("with ranges", LISTED, everybody, _load_ranges)],
        [Case("with changes", LISTED, everybody, _load_changes)],
        [Case("tied: 1 %", LISTED, everybody, partial(_load_ties, 100))],
        [Case("tied: all", LISTED, everybody, partial(_load_ties, 1))],
    ]


def _measure(directory: Path, cases: Sequence[Case]) -> Iterator[tuple[str, ...]]:
    directory.mkdir()
    store, file = directory / "store", directory / "full.csv"
    write_full(file, cases[0].listed)
    _load(store, ListName.PROHIBITED, file)
    cases[0].more(store)
    with closing(ListReader(store)) as reader:
        for case in cases:
            quick, counted, whole = _times(reader, case)
            yield case.name, *(f"{t:.2f}" for t in (quick, counted, whole)), f"{whole / quick:.1f}"


def _times(reader: ListReader, case: Case) -> tuple[float, float, float]:
    """Decide the same checks in three ways; microseconds for each check."""
    chance = random.Random(case.listed)  # noqa: S311 - a benchmark
    places = [chance.randrange(*case.ask) for _ in range(CHECKS)]
    octets = [(_imei(place) + _IMSI.format(place % 10**10)).encode() for place in places]
    batches = [
        [(number_of(each[:14].decode()), each) for each in octets[start : start + BATCH]]
        for start in range(0, CHECKS, BATCH)
    ]
    decider = Decider(reader, policies_of(Config()), lambda: 1e9, lambda _: None)
    reporter = Reporter(
        Counters(memoryview(bytearray(metrics.SIZE))),
        Recorder(RecordWriter(memoryview(bytearray(records.SIZE))), Config().records),
        Board(lambda: (_ for _ in ()).throw(AssertionError), lambda: None),
        peers="peer",
        clock=time.monotonic,
    )
    messages = Messages()

    def quickly() -> Iterator[list[Verdict]]:
        for batch in batches:
            with decider:
                yield [decider.decide_quickly(n, messages, each) for n, each in batch]

    def counted() -> None:
        for batch, verdicts in zip(batches, quickly(), strict=True):
            reporter.answered_quickly(
                verdicts,
                lambda place, batch=batch: messages.check(batch[place][1]),  # type: ignore[misc]
                duration_ns=300_000,
            )

    checks = [[messages.check(each) for _, each in batch] for batch in batches]

    def whole() -> None:
        for batch in checks:
            with decider:
                for check in batch:
                    decider.decide(check)

    return _time(lambda: list(quickly())), _time(counted), _time(whole)


def _imei(place: int) -> str:
    return f"{int(_EQUIPMENTS.numbers(place, 1)[0]):014d}"


def _time(work: Callable[[], object]) -> float:
    """Take the best of some runs; the first touches pages, checks blocks and learns."""
    took = []
    for _ in range(RUNS):
        began = time.process_time()
        work()
        took.append(time.process_time() - began)
    return min(took[1:]) / CHECKS * 1e6


def _load_ranges(store: Path) -> None:
    """Prohibit 2,000 types and 2,000 ranges."""
    types = [f"{place:08d},," for place in range(35_000_000, 35_002_000)]
    starts = [f"{place:08d}" for place in range(36_000_000, 36_002_000)]
    ranges = [f",{start}000000,{start}499999" for start in starts]
    _write(store, ListName.TRACKING, "tac,imei,imei_to", types + ranges)


def _load_changes(store: Path) -> None:
    """Prohibit some more by a delta."""
    lines = [_imei(place) for place in range(LISTED, LISTED + 500)]
    _write(store, ListName.PROHIBITED, "imei", lines, mode=Mode.DELTA)


def _load_ties(one_in: int, store: Path) -> None:
    """Tie subscribers to their equipment, and let them go on with what is prohibited."""
    pairs = [f"{_imei(n)},{_IMSI.format(n)}" for n in range(0, SUBSCRIBERS, one_in)]
    _write(store, ListName.BINDING, "imei,imsi", pairs)
    _write(store, ListName.EXCEPTION, "imei,imsi", pairs[: LISTED // one_in])


def _write(
    store: Path, name: ListName, header: str, lines: Sequence[str], mode: Mode = Mode.FULL
) -> None:
    file = store.parent / "more.csv"
    file.write_text("\n".join((header, *lines, "")))
    _load(store, name, file, mode)


def _load(store: Path, name: ListName, file: Path, mode: Mode = Mode.FULL) -> None:
    request = Request(truth=Truth(name, "registry"), mode=mode, author="benchmark", file=file.name)
    with file.open("rb") as octets:
        load(store, octets, request, progress=lambda _: None)


if __name__ == "__main__":
    main()
