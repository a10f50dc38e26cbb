"""The lists of the servers that are measured, loaded as `eir lists load` does, kept in `build`.

Equipment n is 35209900000000 + n, its subscriber 001010000000000 + n.
"""

import hashlib
import io
import shutil
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np

from eir.lists.loader import Mode, Request, load
from eir.lists.names import ListName
from eir.store.layout import Truth
from tests.benchmarks.list_files import lines_of
from tests.benchmarks.programs import BUILD, ROOT, building

EQUIPMENTS = 10_000
LARGE = 50_000_000
SWITCHED = 200_000  # entries that a switch of lists adds, which nobody asks about

_FIRST_IMEI = 35209900000000
_FIRST_SWITCHED = 35210100000000
_FIRST_IMSI = 1010000000000
_STRANGERS = 100_000_000  # so much further on are subscribers who never ask
_CHUNK = 1 << 20
_BY_STATUS = (ListName.PERMITTED, ListName.PROHIBITED, ListName.TRACKING)


@dataclass(frozen=True, slots=True)
class Lists:
    """Lists to serve with.

    Attributes:
        name: of their directory.
        equipments: how many there are on lists.
        cycle: what is answered: the digit at n modulo its length is the status of equipment n.
        write: puts them into a store.
    """

    name: str
    equipments: int
    cycle: str
    write: Callable[[Path], None]


def prepare(lists: Lists) -> Path:
    """Have the lists loaded; give their store."""
    directory = BUILD / "lists" / lists.name
    store, complete = directory / "store", directory / "complete"
    wanted = _sources_hash()
    with building():
        if not complete.exists() or complete.read_text(encoding="ascii") != wanted:
            shutil.rmtree(directory, ignore_errors=True)
            directory.mkdir(parents=True)
            lists.write(store)
            complete.write_text(wanted, encoding="ascii")
    return store


def load_switch(store: Path, turn: int) -> None:
    """Change lists by a delta: the first time add entries, then remove them, and so on."""
    operation = b",remove\n" if turn % 2 else b",add\n"
    numbers = np.arange(_FIRST_SWITCHED, _FIRST_SWITCHED + SWITCHED, dtype=np.uint64)
    file = io.BytesIO(b"imei,op\n" + lines_of(numbers, operation))
    _load(store, ListName.PROHIBITED, file, Mode.DELTA)


def _write_plain(count: int) -> Callable[[Path], None]:
    """Put equipment n on the list of status n modulo 3."""

    def write(store: Path) -> None:
        for status, name in enumerate(_BY_STATUS):
            path = store.with_name(f"{name}.csv")
            with path.open("w+b") as file:
                file.writelines(_lines(status, count))
                file.seek(0)
                _load(store, name, file, Mode.FULL)
            path.unlink()

    return write


def _lines(first: int, count: int) -> Iterator[bytes]:
    yield b"imei\n"
    for start in range(first, count, 3 * _CHUNK):
        stop = min(count, start + 3 * _CHUNK)
        yield lines_of(np.arange(start, stop, 3, dtype=np.uint64) + np.uint64(_FIRST_IMEI), b"\n")


def _write_pairs(store: Path) -> None:
    """Tie or except every equipment but a sixth of them, after `n % 6`.

    0 permitted, tied to its subscriber; 1 prohibited, its subscriber excepted; 2 tracking;
    3 permitted, tied to another subscriber; 4 prohibited, another subscriber excepted;
    5 tracking, tied to its subscriber.
    """
    _write_plain(EQUIPMENTS)(store)
    exceptions = [*_pairs(1, 0), *_pairs(4, _STRANGERS)]
    bindings = [*_pairs(0, 0), *_pairs(3, _STRANGERS), *_pairs(5, 0)]
    _load_text(store, ListName.EXCEPTION, "imei,imsi", exceptions)
    _load_text(store, ListName.BINDING, "imei,imsi,lock", [f"{pair},mutual" for pair in bindings])


def _pairs(rest: int, other: int) -> Iterator[str]:
    """Pair each equipment of these with its subscriber, or with one that is `other` further on."""
    for n in range(rest, EQUIPMENTS, 6):
        yield f"{_FIRST_IMEI + n},{_FIRST_IMSI + n + other:015d}"


def _load_text(store: Path, name: ListName, header: str, lines: Iterable[str]) -> None:
    octets = "\n".join([header, *lines, ""]).encode()
    _load(store, name, io.BytesIO(octets), Mode.FULL)


def _load(store: Path, name: ListName, file: BinaryIO, mode: Mode) -> None:
    truth = Truth(name, "benchmark")
    request = Request(truth=truth, mode=mode, author="benchmark", file=f"{name}.csv")
    load(store, file, request, progress=lambda _octets: None)


def _sources_hash() -> str:
    """Hash what writes stores: lists that another version of it wrote are made anew."""
    found = hashlib.sha256(Path(__file__).read_bytes())
    for folder in ("lists", "store"):
        for path in sorted((ROOT / "eir" / folder).glob("*.py")):
            found.update(path.read_bytes())
    return found.hexdigest()


PLAIN = Lists("plain", EQUIPMENTS, "012", _write_plain(EQUIPMENTS))
PAIRS = Lists("pairs", EQUIPMENTS, "002112", _write_pairs)
MANY = Lists("many", LARGE, "012", _write_plain(LARGE))
SWITCHING = Lists("switching", EQUIPMENTS, "012", _write_plain(EQUIPMENTS))
