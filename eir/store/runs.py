"""Sorts fixed-size records of any number with bounded memory: sorted runs on disk, then a merge."""

import heapq
import os
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path

RUN_RECORDS = 1_000_000  # held in memory before they become a run: about 60 MB
_READ_RECORDS = 4_096  # read ahead for each run


def sort_records(
    records: Iterator[bytes], directory: Path, *, width: int, run_records: int = RUN_RECORDS
) -> Iterator[bytes]:
    """Sort records of `width` octets, with runs in `directory` where there are many."""
    files: list[Path] = []
    run = sorted(islice(records, run_records))
    while len(run) == run_records:
        path = directory / f"run-{len(files)}"
        write_records(path, run)
        files.append(path)
        run = sorted(islice(records, run_records))
    if not files:
        return iter(run)
    return heapq.merge(*(read_records(path, width) for path in files), run)


def write_records(path: Path, records: Iterable[bytes]) -> None:
    """Write records one after the other; only the owner may read them."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "wb", buffering=1 << 20) as file:
        file.writelines(records)


def read_records(path: Path, width: int) -> Iterator[bytes]:
    """Read records back."""
    with path.open("rb") as file:
        while octets := file.read(width * _READ_RECORDS):
            for start in range(0, len(octets), width):
                yield octets[start : start + width]
