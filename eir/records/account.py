"""What became of the records: an account in shared memory, which outlives the recorder.

The recorder writes it after each batch, whole or not at all: two copies take turns. So the next
recorder goes on where a killed one stopped, and cuts off what that one wrote after that.

    head (8 octets)    how often it was written; even: the first copy counts, odd: the second
    copy 0, copy 1     what became of the records, then the position in each ring
"""

from dataclasses import dataclass
from operator import attrgetter
from struct import Struct

_HEAD = Struct("@Q")  # native: written in one piece


@dataclass(slots=True)
class Account:
    """What became of the records.

    Attributes:
        failing: whether the disk takes none now.
        positions: how far each ring was read.
        written: records in files.
        late: those that workers overwrote before they were read.
        refused: those that were lost because the disk took none.
        octets: of lines that were written, not compressed.
        files: that were finished.
        part: names the file that is being written, by its first record; 0: there is none.
        part_octets: of that file that count.
    """

    failing: bool
    positions: list[int]
    written: int = 0
    late: int = 0
    refused: int = 0
    octets: int = 0
    files: int = 0
    part: int = 0
    part_octets: int = 0


_COUNTS = ("written", "late", "refused", "octets", "files", "part", "part_octets")
_COUNTED = attrgetter(*_COUNTS)


class AccountPage:
    """The memory with the account; one process writes there, others may look."""

    def __init__(self, memory: memoryview, rings: int) -> None:
        self._memory = memory
        self._copy = _copy(rings)

    def load(self) -> Account:
        """Read it."""
        while True:
            turn = self._turn
            *numbers, failing = self._copy.unpack_from(self._memory, self._at(turn))
            if turn == self._turn:  # else it was written meanwhile
                counts, positions = numbers[: len(_COUNTS)], numbers[len(_COUNTS) :]
                return Account(failing, positions, *counts)

    def save(self, account: Account) -> None:
        """Write it."""
        turn = self._turn + 1
        numbers = *_COUNTED(account), *account.positions, account.failing
        self._copy.pack_into(self._memory, self._at(turn), *numbers)
        _HEAD.pack_into(self._memory, 0, turn)

    @property
    def _turn(self) -> int:
        (turn,) = _HEAD.unpack_from(self._memory)
        return int(turn)

    def _at(self, turn: int) -> int:
        return _HEAD.size + turn % 2 * self._copy.size


def size(rings: int) -> int:
    """Tell how many octets an account of so many rings takes."""
    return _HEAD.size + 2 * _copy(rings).size


def _copy(rings: int) -> Struct:
    return Struct(f"@{len(_COUNTS) + rings}Q?7x")
