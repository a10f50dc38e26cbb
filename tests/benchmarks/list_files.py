"""List files of any size, as a registry would write them: no order, each equipment once."""

from pathlib import Path

import numpy as np
import numpy.typing as npt

TACS = 300_000  # types in use, spread over all that there may be
SERIALS = 10**6  # of a type
REASONS = (b"stolen", b"IMEI found on local stolen list", b"Duplicate IMEI detected", b"lost")
_PART = 1 << 16  # neighbouring lines that say the same; what an equipment says never changes
_CHUNK = 1 << 18
_STEP = 618_033  # no factor in common with SERIALS: steps of it meet every serial number once
_DIGITS = 14


class Equipments:
    """Distinct IMEIs in no order: the same ones for the same seed."""

    def __init__(self, seed: int) -> None:
        random = np.random.default_rng(seed)
        self._tacs = random.choice(10**8, TACS, replace=False).astype(np.uint64)

    def numbers(self, first: int, count: int) -> npt.NDArray[np.uint64]:
        """Give the IMEIs with these places in the sequence, as numbers of 14 digits."""
        places = np.arange(first, first + count, dtype=np.uint64)
        serials = places // np.uint64(TACS) * np.uint64(_STEP) % np.uint64(SERIALS)
        return self._tacs[(places % np.uint64(TACS)).astype(np.intp)] * np.uint64(SERIALS) + serials


def write_full(path: Path, entries: int, *, seed: int = 1, skip: int = 0) -> None:
    """Write a full list: imei, reason, effective.

    Args:
        path: of the file.
        entries: how many.
        seed: which equipments.
        skip: leave out so many of the first ones, and put others at the end.
    """
    equipments = Equipments(seed)
    with path.open("wb") as file:
        file.write(b"imei,reason,effective\n")
        for start in range(skip - skip % _PART, skip + entries, _PART):
            first, end = max(start, skip), min(start + _PART, skip + entries)
            numbers = equipments.numbers(first, end - first)
            said = (REASONS[start // _PART % len(REASONS)], 1 + start // _PART % 28)
            file.write(lines_of(numbers, b",%s,202501%02d\n" % said))


def write_delta(path: Path, entries: int, *, held: int, seed: int = 1) -> None:
    """Write a delta to a full list of `held` entries: half of it removes, half adds."""
    equipments = Equipments(seed)
    with path.open("wb") as file:
        file.write(b"imei,reason,op\n")
        for start in range(0, entries // 2, _CHUNK):
            count = min(_CHUNK, entries // 2 - start)
            every = equipments.numbers(start * (held // entries), count)
            file.write(lines_of(every, b",,remove\n"))
            file.write(lines_of(equipments.numbers(held + start, count), b",lost,add\n"))


def lines_of(numbers: npt.NDArray[np.uint64], rest: bytes) -> bytes:
    """Write one line for each number, all of which end alike."""
    lines = np.empty((len(numbers), _DIGITS + len(rest)), np.uint8)
    left = numbers.copy()
    for place in range(_DIGITS - 1, -1, -1):
        lines[:, place] = left % np.uint64(10) + np.uint64(ord("0"))
        left //= np.uint64(10)
    lines[:, _DIGITS:] = np.frombuffer(rest, np.uint8)
    return lines.tobytes()
