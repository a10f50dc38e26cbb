"""How long a night takes: a full list, then a delta, then a delta beside its full list.

    python -m tests.benchmarks.registry_sync --rows 30M --changes 1M

The runs are DIRBS archives in a directory, as `dirbs-listgen` writes them (stored, not packed).
The reference of each is reading the same octets and hashing them, in the same run.
"""

import argparse
import hashlib
import tempfile
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from eir.config import Config, parse
from eir.registry.outcome import Outcome
from eir.registry.sync import Request, Watcher, sync
from tests.benchmarks.list_files import REASONS, Equipments, lines_of
from tests.benchmarks.list_store import read_size
from tests.benchmarks.measure import Cost, busy_share, cost_of, print_table

_CHUNK = 1 << 18
_BLACK = b"imei,block_date,reasons\r\n"
_PAIRS = b"imei,imsi,msisdn\r\n"
_NOBODY = Watcher(
    fetching=lambda name, octets, total: None,  # noqa: ARG005 - shown to nobody
    reading=lambda _name, _octets: None,
)


def main() -> None:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rows", type=read_size, default=read_size("30M"))
    parser.add_argument("--changes", type=read_size, default=read_size("1M"))
    parser.add_argument("--directory", type=Path)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=arguments.directory) as directory:
        rows = measure(Path(directory), arguments.rows, arguments.changes)
    headers = ("night", "rows", "s", "rows/s", "processor s", "memory MiB", "times hashing")
    print_table("eir sync", headers, rows)
    print(f"others used {busy_share():.0%} of this machine")  # noqa: T201 - a program for people


def measure(directory: Path, rows: int, changes: int) -> list[tuple[str, ...]]:
    """Live through three nights; give the rows of a table."""
    outbox = directory / "outbox"
    outbox.mkdir()
    config = _config(directory)
    half = changes // 2
    nights = {
        "full list": (1, rows, [(0, rows)], (0, 0), (0, 0)),
        "delta": (2, changes, None, (rows, half), (0, half)),
        "delta beside its full list": (
            *(3, rows + changes, [(changes, rows)]),
            *((rows + half, half), (half, half)),
        ),
    }
    found = []
    for name, (run, count, full, new, gone) in nights.items():
        deliver(outbox, run, full, new, gone)
        reference = cost_of(lambda: _hash_all(outbox))
        cost = cost_of(lambda: _night(config))
        found.append(_row(name, count, cost, reference))
        for file in outbox.iterdir():
            file.unlink()
    return found


def deliver(
    outbox: Path,
    run: int,
    full: list[tuple[int, int]] | None,
    new: tuple[int, int],
    gone: tuple[int, int],
) -> None:
    """Write what a run delivers; each stretch is where equipments begin, and how many they are."""
    stamp, step = f"202501{run:02}_000302", f"{run - 1}_{run}"
    black = {
        f"{stamp}_blacklist_delta_{step}_blocked.csv": [new],
        f"{stamp}_blacklist_delta_{step}_changed.csv": [],
        f"{stamp}_blacklist_delta_{step}_unblocked.csv": [gone],
    }
    if full is not None:
        black[f"{stamp}_blacklist.csv"] = full
    with zipfile.ZipFile(outbox / f"{stamp}_blacklist.zip", "w") as archive:
        for name, stretches in black.items():
            with archive.open(name, "w", force_zip64=True) as member:
                member.write(_BLACK)
                for lines in _lines(stretches):
                    member.write(lines)
    name = f"{stamp}_exceptions_op1"
    pairs = [f"{name}_delta_{step}_{word}.csv" for word in ("added", "removed")]
    with zipfile.ZipFile(outbox / f"{name}.zip", "w") as archive:
        for member_name in (*pairs, *([f"{name}.csv"] if full is not None else ())):
            archive.writestr(member_name, _PAIRS)


def _lines(stretches: list[tuple[int, int]]) -> Iterator[bytes]:
    equipments = Equipments(1)
    for begin, count in stretches:
        for start in range(begin - begin % _CHUNK, begin + count, _CHUNK):
            first, end = max(start, begin), min(start + _CHUNK, begin + count)
            said = (1 + start // _CHUNK % 28, REASONS[start // _CHUNK % len(REASONS)])
            numbers = equipments.numbers(first, end - first)
            yield lines_of(numbers, b",202501%02d,%s\r\n" % said)


def _config(directory: Path) -> Config:
    return parse(
        f"""
[store]
path = "{directory}/store"
[[registry]]
name = "national"
format = "dirbs"
source = "file://{directory}/outbox"
operator = "op1"
[registry.fetch]
settle_s = 0
[registry.guard]
surge_blocks_percent = 100
surge_unblocks_percent = 100
""",
        None,
    )


def _night(config: Config) -> None:
    report = sync(config, config.registry[0], Request("benchmark"), _NOBODY)
    if report.outcome is not Outcome.APPLIED or any(run.warnings for run in report.runs):
        raise RuntimeError(str(replace(report, runs=())) + str(report.runs))


def _hash_all(outbox: Path) -> None:
    for path in outbox.iterdir():
        with path.open("rb") as file:
            hashlib.file_digest(file, "sha256")


def _row(name: str, rows: int, cost: Cost, reference: Cost) -> tuple[str, ...]:
    return (
        *(name, f"{rows:,}", f"{cost.seconds:.1f}", f"{rows / cost.seconds:,.0f}"),
        *(f"{cost.processor:.1f}", f"{cost.memory / 2**20:,.0f}"),
        f"{cost.processor / max(reference.processor, 0.001):.0f}",
    )


if __name__ == "__main__":
    main()
