"""The ids of what lines say, asked for many at once, and once as long as they are remembered."""

from collections.abc import Callable, Sequence
from typing import TypeAlias

from eir.lists.meanings import Said
from eir.store.rows import Entry

# Gives ids, from 1, in the order of what is asked; the same may be asked twice.
Intern: TypeAlias = Callable[[Sequence[Entry]], Sequence[int]]
InternTexts: TypeAlias = Callable[[Sequence[str]], Sequence[int]]

_KEPT = 1 << 18  # names of devices held in memory


def no_ids(said: Sequence[object]) -> list[int]:
    """Give 1 for everything, where it matters only that lines say something."""
    return [1] * len(said)


class Ids:
    """Gives the ids of what lines say."""

    def __init__(self, intern: Intern, intern_texts: InternTexts, *, most: int = _KEPT) -> None:
        """Ask these for ids, and remember those of so many devices at most."""
        self._intern = intern
        self._intern_texts = intern_texts
        self._most = most
        self._devices: dict[str, int] = {"": 0}

    def of(self, said: Sequence[Said]) -> tuple[list[int], list[int]]:
        """Give the ids of the entries, 0 for removals, and of the devices, 0 for none."""
        new = [s.saying for s in said if not s.saying.id and s.saying.entry]
        if new:
            sayings = list(dict.fromkeys(new))
            entries = [saying.entry for saying in sayings if saying.entry]
            for saying, number in zip(sayings, self._intern(entries), strict=True):
                saying.id = number
        return [s.saying.id for s in said], self._ids_of([s.device for s in said])

    def _ids_of(self, devices: list[str]) -> list[int]:
        known = self._devices
        new = list(dict.fromkeys(device for device in devices if device not in known))
        if new:
            known.update(zip(new, self._intern_texts(new), strict=True))
        ids = [known[device] for device in devices]
        if len(known) > self._most:
            self._devices = {"": 0}
        return ids
