"""The daily cap on new blocks: what is beyond it comes into force on a later day.

The order is that of the day from which the registry blocks, then that of the identities; an entry
keeps its day, whatever later runs say, until it comes. The count is of this node and this registry.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from itertools import repeat
from zoneinfo import ZoneInfo

import numpy as np

from eir.lists.names import ListName
from eir.lists.subjects import Kind
from eir.registry.applying.compared import Compared
from eir.store.arrays import Entries, Mask, latest, sort, zeros
from eir.store.changes import Changes, Tally
from eir.store.layout import keys_of
from eir.store.writer import ListWriter

PACED = (Kind.EQUIPMENT, Kind.SOFTWARE, Kind.PAIR, Kind.OPAQUE)  # each entry blocks one phone
_WIDEST = 3  # columns of a key
_LAST = date(9999, 12, 30)  # that every zone can write; what is beyond it comes into force then


@dataclass(frozen=True, slots=True)
class Pace:
    """How many new blocks a day, and whose day it is now.

    Attributes:
        most: a day.
        zone: whose days.
        now: the instant.
    """

    most: int
    zone: ZoneInfo
    now: datetime

    def day(self, number: int) -> int:
        """Give the first second of a day, UTC: 0 is today; no day comes after the last one."""
        return self._begin(self._today + timedelta(days=min(number, (_LAST - self._today).days)))

    def days(self) -> Iterator[int]:
        """Give the first seconds of the days from today on; in the end of the last one for ever."""
        for ordinal in range(self._today.toordinal(), _LAST.toordinal()):
            yield self._begin(date.fromordinal(ordinal))
        yield from repeat(self.last)

    @property
    def last(self) -> int:
        """The first second of the last day, UTC."""
        return self._begin(_LAST)

    @property
    def _today(self) -> date:
        return self.now.astimezone(self.zone).date()

    def _begin(self, day: date) -> int:
        return int(datetime.combine(day, time.min, self.zone).timestamp())


def is_paced(found: Compared) -> bool:
    """Tell whether the cap is on this list."""
    return found.truth.list is ListName.PROHIBITED


def keep_days(writer: ListWriter, found: Compared, now: datetime) -> None:
    """Let entries that were put off keep their day, in what would change."""
    for kind in PACED:
        changes = found.changes.get(found.truth.map(kind))
        if changes is not None and writer.entries(found.truth.paced(kind)):
            kept = _keeping(writer, found.truth.paced(kind), changes, int(now.timestamp()))
            name = found.truth.map(kind)
            found.changes[name] = writer.kept(name, kept)
            dropped = changes.count - found.changes[name].count
            found.tally.updated -= dropped
            found.tally.unchanged += dropped


def tend(writer: ListWriter, found: Compared, pace: Pace) -> None:
    """Without a cap: forget the days of what goes, of what is new, and those that have passed."""
    for kind in PACED:
        paced, changes = found.truth.paced(kind), found.changes.get(found.truth.map(kind))
        if changes is not None and writer.entries(paced):
            days = zeros(changes.count)  # at least as many as are new
            noted = _noted(writer, paced, changes, days, today=pace.day(0))
            writer.amend(paced, (noted,) if noted.shape[1] else (), Tally())


def put_off(writer: ListWriter, found: Compared, pace: Pace) -> int:
    """Put off what is beyond the cap; return how many entries that are."""
    changed = {
        kind: found.changes[name]
        for kind in PACED
        if (name := found.truth.map(kind)) in found.changes
    }
    begins = {kind: _begins(writer, changes) for kind, changes in changed.items()}
    given = _Days(writer, found, pace).give(begins)
    late = 0
    for kind, changes in changed.items():
        name, days = found.truth.map(kind), given[kind]
        found.changes[name] = writer.kept(
            name, _putting_off(writer, changes, days, tomorrow=pace.day(1))
        )
        late += int((days >= pace.day(1)).sum())
        paced = found.truth.paced(kind)
        noted = _noted(writer, paced, changes, days, today=pace.day(0))
        writer.amend(paced, (noted,) if noted.shape[1] else (), Tally())
    return late


class _Days:
    """How many places each day still has."""

    def __init__(self, writer: ListWriter, found: Compared, pace: Pace) -> None:
        self._pace = pace
        self._used: dict[int, int] = {}
        for kind in PACED:
            for part in writer.held(found.truth.paced(kind)):
                days, counts = np.unique(part[-1], return_counts=True)
                for day, count in zip(days.tolist(), counts.tolist(), strict=True):
                    self._used[day] = self._used.get(day, 0) + count

    def give(self, begins: Mapping[Kind, Entries]) -> dict[Kind, Entries]:
        """Give each new block the first second of a day.

        Args:
            begins: by kind, of new blocks when they begin, and their keys, in the order of keys.
        """
        if not begins:
            return {}
        order = np.lexsort(np.concatenate(list(begins.values()), axis=1)[::-1])  # first row first
        days = zeros(len(order))
        days[order] = self._days(len(order))
        ends = np.cumsum([part.shape[1] for part in begins.values()])
        return dict(zip(begins, np.split(days, ends[:-1]), strict=True))

    def _days(self, count: int) -> Entries:
        """Give the days of so many new blocks, the next one first; the last day has no end."""
        days, places = [], []
        last = self._pace.last
        for day in self._pace.days():
            free = count if day == last else max(self._pace.most - self._used.get(day, 0), 0)
            days.append(day)
            places.append(min(free, count))
            count -= places[-1]
            if not count:
                break
        return np.repeat(np.array(days, np.uint64), places)


def _new(part: Entries) -> Mask:
    found: Mask = (part[-2] == 0) & (part[-1] != 0)
    return found


def _begins(writer: ListWriter, changes: Changes) -> Entries:
    """Give of each new block when it begins, UTC seconds, and its key; 0 for always."""
    parts = [np.empty((1 + _WIDEST, 0), np.uint64)]
    for part in changes:
        new = part[:, _new(part)]
        column = np.maximum(writer.begins(new[-1], always=0), 0).astype(np.uint64)
        keys = np.zeros((_WIDEST, new.shape[1]), np.uint64)
        keys[: changes.keys] = new[: changes.keys]
        parts.append(np.concatenate((column[None], keys)))
    return np.concatenate(parts, axis=1)


def _putting_off(
    writer: ListWriter, changes: Changes, days: Entries, *, tomorrow: int
) -> Iterator[Entries]:
    """Give the changes, in which new blocks of a later day begin on that day."""
    done = 0
    for part in changes:
        new = np.flatnonzero(_new(part))
        given = days[done : done + len(new)]
        done += len(new)
        later = given >= tomorrow
        put = part.copy()
        put[-1, new[later]] = _from(writer, part[-1, new[later]], given[later])
        yield put


def _keeping(writer: ListWriter, paced: str, changes: Changes, now: int) -> Iterator[Entries]:
    for part in changes:
        days = writer.values(paced, part[: changes.keys])
        later = (days > now) & (part[-2] != 0) & (part[-1] != 0)
        later[later] = _begins_late(writer, part[-2, later], days[later])
        kept = part.copy()
        kept[-1, later] = _from(writer, part[-1, later], days[later])
        yield kept[:, kept[-1] != kept[-2]]


def _begins_late(writer: ListWriter, numbers: Entries, days: Entries) -> Mask:
    """Tell which entries, as they are, do not come before these days."""
    found: Mask = writer.begins(numbers, always=0) >= days.astype(np.int64)
    return found


def _from(writer: ListWriter, numbers: Entries, days: Entries) -> Entries:
    """Give the numbers of the same entries, which begin on these days."""
    if not len(numbers):
        return numbers
    pairs, places = np.unique(np.stack((numbers, days)), axis=1, return_inverse=True)
    said = [(writer.texts.entry(number), day) for number, day in pairs.T.tolist()]
    entries = [replace(entry, effective=max(entry.effective or 0, day)) for entry, day in said]
    return np.array(writer.intern_all(entries), np.uint64)[places.reshape(-1)]


def _noted(
    writer: ListWriter, paced: str, changes: Changes, days: Entries, *, today: int
) -> Entries:
    """Give the days of new blocks; those that have passed, or whose entry goes, go: 0."""
    keys = keys_of(paced)
    lines = [np.empty((keys + 1, 0), np.uint64)]
    for part in writer.held(paced):
        past = part[:, part[-1] < today].copy()
        past[-1] = 0
        lines.append(past)
    done = 0
    for part in changes:
        gone = part[:keys, part[-1] == 0]
        lines.append(np.concatenate((gone, zeros(gone.shape[1])[None])))
        new = part[:keys, _new(part)]
        lines.append(np.concatenate((new, days[None, done : done + new.shape[1]])))
        done += new.shape[1]
    return latest(sort(np.concatenate(lines, axis=1), keys), keys)
