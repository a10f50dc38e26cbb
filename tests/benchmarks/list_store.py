"""Loading, size and lookups of the list store at growing sizes.

    python -m tests.benchmarks.list_store
    python -m tests.benchmarks.list_store 1M 10M 100M 200M --directory /var/tmp/bench

For each size: a full list in no order is loaded into an empty store; then one that differs in 1 %.
The references of the same run are `sort -u` of the same file (GNU coreutils, two threads, 1 GiB),
which is the least that any load of an unordered file does, and plain `get` of LMDB in a table with
one key of six octets an equipment; both for at most 10 million, because they take long.
"""

import argparse
import os
import random
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import lmdb
import numpy as np

from eir.lists.loader import Mode, Request, load
from eir.lists.names import ListName
from eir.store.layout import Truth, lists_directory
from eir.store.reader import ListReader
from protocols.identities import Imei
from tests.benchmarks.list_files import Equipments, write_full
from tests.benchmarks.measure import Cost, cost_of, print_table

_TRUTH = Truth(ListName.PROHIBITED, "registry")
_LOOKUPS = 50_000
_REFERENCE_ENTRIES = 10_000_000
_UNITS = {"k": 10**3, "M": 10**6}


@dataclass(frozen=True, slots=True)
class Figures:
    """What was measured at one size; lookups in microseconds."""

    entries: int
    sorting: Cost | None
    first: Cost
    again: Cost
    octets: int
    present: float
    absent: float


def main() -> None:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("sizes", nargs="*", type=read_size, default=[10**6, 10**7], metavar="SIZE")
    parser.add_argument("--directory", type=Path, help="where there is room: 150 octets an entry")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=arguments.directory) as directory:
        reference = _reference(Path(directory), min(_REFERENCE_ENTRIES, max(arguments.sizes)))
        found = [measure(Path(directory), size) for size in arguments.sizes]
    headers = (
        "entries",
        "rows/s",
        "a cpu s",
        "of sort",
        "memory",
        "1 % other",
        "memory",
        "octets/entry",
    )
    rows = [_row(figures) for figures in found]
    print_table("Full load of a CSV file in no order", headers, rows)
    lookups = [
        (f"{f.entries:,}", *(f"{t:.1f} us ({t / reference:.1f})" for t in (f.present, f.absent)))
        for f in found
    ]
    title = f"Lookups (and as multiples of LMDB's get, {reference:.1f} us)"
    print_table(title, ("entries", "present", "absent"), lookups)


def _row(figures: Figures) -> tuple[str, ...]:
    return (
        f"{figures.entries:,}",
        f"{figures.entries / figures.first.seconds:,.0f}",
        f"{figures.entries / figures.first.processor:,.0f}",
        f"{figures.first.seconds / figures.sorting.seconds:.2f}" if figures.sorting else "",
        f"{figures.first.memory / 2**20:,.0f} MiB",
        f"{figures.again.seconds:,.1f} s",
        f"{figures.again.memory / 2**20:,.0f} MiB",
        f"{figures.octets / figures.entries:.1f}",
    )


def read_size(text: str) -> int:
    """Read `10M`."""
    unit = _UNITS.get(text[-1], 1)
    return int(text.rstrip("kM")) * unit


def measure(directory: Path, entries: int) -> Figures:
    """Load so many equipments, and look some of them up."""
    file, store = directory / "full.csv", directory / "store"
    shutil.rmtree(store, ignore_errors=True)
    write_full(file, entries)
    small = entries <= _REFERENCE_ENTRIES
    sorting = cost_of(lambda: _sort(file, directory)) if small else None
    first = cost_of(lambda: load_file(store, file))
    octets = (lists_directory(store) / "data.mdb").stat().st_size
    present, absent = _lookups(store, entries)
    write_full(file, entries, skip=entries // 200)  # so many go, and as many come
    again = cost_of(lambda: load_file(store, file))
    file.unlink()
    return Figures(entries, sorting, first, again, octets, present, absent)


def load_file(store: Path, file: Path, mode: Mode = Mode.FULL) -> None:
    """Load a file as `eir lists load` does."""
    request = Request(truth=_TRUTH, mode=mode, author="benchmark", file=file.name)
    with file.open("rb") as octets:
        load(store, octets, request, progress=lambda _: None)


def _sort(file: Path, directory: Path) -> None:
    command = ["sort", "-u", "-S", "1G", "--parallel=2", "-T", str(directory), "-o", os.devnull]
    subprocess.run([*command, str(file)], check=True, env={**os.environ, "LC_ALL": "C"})


def _lookups(store: Path, entries: int) -> tuple[float, float]:
    """Look up equipments that are listed, and others; return microseconds for each."""
    reader = ListReader(store)
    view = reader.begin(0.0)
    try:
        present = _time(view.row_of, _some(entries, 0, entries))
        absent = _time(view.row_of, _some(entries, 2 * entries, 3 * entries))
    finally:
        view.end()
        reader.close()
    return present, absent


def _some(entries: int, first: int, end: int) -> list[Imei]:
    """Choose equipments from a part of the sequence."""
    equipments, chance = Equipments(1), random.Random(entries)  # noqa: S311 - a benchmark
    places = [chance.randrange(first, end) for _ in range(_LOOKUPS)]
    return [Imei(f"{int(equipments.numbers(place, 1)[0]):014d}") for place in places]


def _time(look_up: Callable[[Imei], object], imeis: list[Imei]) -> float:
    for imei in imeis:  # the first touch of a block pays for its checksum and its page
        look_up(imei)
    began = time.perf_counter()
    for imei in imeis:
        look_up(imei)
    return (time.perf_counter() - began) / len(imeis) * 1e6


def _reference(directory: Path, entries: int) -> float:
    """Time LMDB's own get; return microseconds."""
    path = directory / "reference"
    numbers = np.sort(Equipments(1).numbers(0, entries))
    keys = [number.to_bytes(6, "big") for number in numbers.tolist()]
    environment = lmdb.open(str(path), map_size=1 << 34)
    with environment.begin(write=True) as transaction:
        transaction.cursor().putmulti(((key, b"0001") for key in keys), append=True)
    chosen = random.Random(0).choices(keys, k=_LOOKUPS)  # noqa: S311 - a benchmark
    with environment.begin() as transaction:
        began = time.perf_counter()
        for key in chosen:
            transaction.get(key)
        took = time.perf_counter() - began
    environment.close()
    shutil.rmtree(path)
    return took / _LOOKUPS * 1e6


if __name__ == "__main__":
    main()
