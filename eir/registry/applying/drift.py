"""How far a delta leads away from the full list of the same run."""

from collections.abc import Iterator

import numpy as np

from eir.registry.report import Drift
from eir.store.arrays import Entries, repeats, zeros
from eir.store.changes import Changes
from eir.store.runs import merge_sorted

_ONE = np.uint64(1)


def drift_between(delta: Changes | None, full: Changes | None, keys: int) -> Drift:
    """Compare what a delta and a full list would change in one map; None: nothing.

    Args:
        delta: what it would change.
        full: what that would.
        keys: how many columns a key of the map has.
    """
    found = _Counting()
    marked = [_marked(delta, keys, place=0), _marked(full, keys, place=1)]
    for part in merge_sorted(marked, keys, lambda entries: _paired(entries, keys)):
        found.take(part[-3], part[-2], part[-1])
    return found.drift()


def _marked(changes: Changes | None, keys: int, *, place: int) -> Iterator[Entries]:
    """Give key, was, and what will be, plus one, in one of two columns; 0 where nothing is said."""
    for part in changes or ():
        columns = [zeros(part.shape[1]), zeros(part.shape[1])]
        columns[place] = part[-1] + _ONE
        yield np.concatenate((part[: keys + 1], np.stack(columns)))


def _paired(found: Entries, keys: int) -> Entries:
    """Make one of what both say of a key."""
    again = repeats(found, keys)
    second = np.flatnonzero(again)
    found[keys + 1 :, second - 1] += found[keys + 1 :, second]
    return found[:, ~again]


class _Counting:
    """Counts while they go by."""

    def __init__(self) -> None:
        self._missing = self._extra = self._different = 0

    def take(self, was: Entries, by_delta: Entries, by_full: Entries) -> None:
        """Count entries: what was, and what each says will be, plus one; 0: it stays."""
        delta, full = (np.where(said == 0, was, said - _ONE) for said in (by_delta, by_full))
        differ = delta != full
        self._missing += int((differ & (delta == 0)).sum())
        self._extra += int((differ & (full == 0)).sum())
        self._different += int((differ & (delta != 0) & (full != 0)).sum())

    def drift(self) -> Drift:
        """Close the account."""
        return Drift(self._missing, self._extra, self._different)


def total(drifts: list[Drift]) -> Drift:
    """Sum up what several maps came to."""
    return Drift(
        missing=sum(each.missing for each in drifts),
        extra=sum(each.extra for each in drifts),
        different=sum(each.different for each in drifts),
    )
