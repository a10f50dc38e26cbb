"""What a change of the lists comes to: how much of what, on which phones, against whose word.

It is counted while the differences go by; what is held does not grow with them.
"""

from collections.abc import Hashable, Iterable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from eir.lists.guarded import Guarded
from eir.lists.lines import imei_of
from eir.lists.names import ListName
from eir.lists.subjects import ANY, TAC_SPAN, digits_of
from eir.store.catalog import Difference
from eir.store.rows import Entry

SHOWN = 20  # groups, contradictions and samples of a report
_HELD = 200_000  # groups held while counting
_BLOCKING = frozenset((ListName.PROHIBITED, ListName.TAC_BARRED))

Key = TypeVar("Key", bound=Hashable)


@dataclass(slots=True)
class Moved:
    """How many entries, or IMEIs, came, went, or have other data."""

    added: int = 0
    removed: int = 0
    updated: int = 0

    @property
    def total(self) -> int:
        """All of them."""
        return self.added + self.removed + self.updated

    def take(self, difference: Difference, count: int = 1) -> None:
        """Count one."""
        if difference.before is None:
            self.added += count
        elif difference.after is None:
            self.removed += count
        else:
            self.updated += count


@dataclass(frozen=True, slots=True)
class Group(Generic[Key]):
    """Entries that have something in common, and what."""

    key: Key
    moved: Moved


class Groups(Generic[Key]):
    """Counts by group, of which only so many are held.

    Attributes:
        exact: False once small groups had to be forgotten: counts may then be too low.
    """

    def __init__(self, held: int = _HELD) -> None:
        self.exact = True
        self._held = held
        self._moved: dict[Key, Moved] = {}

    def take(self, key: Key, difference: Difference) -> None:
        """Count one."""
        moved = self._moved.get(key)
        if moved is None:
            self._make_room()
            moved = self._moved[key] = Moved()
        moved.take(difference)

    def largest(self, count: int) -> list[Group[Key]]:
        """Give the groups with the most entries, the largest first."""
        ordered = sorted(self._moved.items(), key=lambda item: -item[1].total)
        return [Group(key, moved) for key, moved in ordered[:count]]

    def _make_room(self) -> None:
        """Forget the smaller half of too many."""
        if len(self._moved) >= self._held:
            self.exact = False
            self._moved = {group.key: group.moved for group in self.largest(self._held // 2)}


class Samples:
    """Some of many, evenly spread, and always the same ones."""

    def __init__(self, count: int) -> None:
        """Keep at most `count`, an even number."""
        self.kept: list[Difference] = []
        self._count = count
        self._seen = 0
        self._step = 1

    def take(self, difference: Difference) -> None:
        """Keep it, or let it go."""
        if self._seen % self._step == 0:
            if len(self.kept) == self._count:
                self.kept = self.kept[::2]
                self._step *= 2
            self.kept.append(difference)
        self._seen += 1


@dataclass(frozen=True, slots=True)
class Impact:
    """What a change comes to.

    Attributes:
        entries: all of them.
        lists: by list, in the order of lists.
        reasons: the largest groups by reason; what was removed counts under what it had.
        reasons_exact: whether those counts are all of them.
        tacs: the largest groups by TAC.
        tacs_exact: whether those counts are all of them.
        spanned: how many IMEIs the ranges and types cover.
        contradictions: how many entries block what the protected list protects.
        contradicting: the first of them.
        samples: a few of all, evenly spread.
    """

    entries: Moved
    lists: dict[ListName, Moved]
    reasons: list[Group[str]]
    reasons_exact: bool
    tacs: list[Group[str]]
    tacs_exact: bool
    spanned: Moved
    contradictions: int
    contradicting: list[Difference] = field(repr=False)
    samples: list[Difference] = field(repr=False)


def impact_of(differences: Iterable[Difference], guarded: Guarded) -> Impact:
    """Count differences, given what is protected."""
    counting = _Counting(guarded)
    for difference in differences:
        counting.take(difference)
    return counting.impact()


class _Counting:
    """What is known so far."""

    def __init__(self, guarded: Guarded) -> None:
        self._guarded = guarded
        self._entries, self._spanned = Moved(), Moved()
        self._lists: dict[ListName, Moved] = {}
        self._reasons = Groups[str]()
        self._tacs = Groups[int]()
        self._contradictions = 0
        self._contradicting: list[Difference] = []
        self._samples = Samples(SHOWN)

    def take(self, difference: Difference) -> None:
        """Count one."""
        subject, entry = difference.subject, difference.entry
        self._entries.take(difference)
        self._lists.setdefault(entry.list, Moved()).take(difference)
        self._reasons.take(entry.reason, difference)
        if tac := _tac_of(difference):
            self._tacs.take(tac, difference)
        if extent := subject.extent:
            self._spanned.take(difference, extent[1] - extent[0] + 1)
        if difference.after is not None and _blocks(difference.after):
            self._compare(difference)
        self._samples.take(difference)

    def _compare(self, difference: Difference) -> None:
        if self._guarded.meets(difference.subject):
            self._contradictions += 1
            if len(self._contradicting) < SHOWN:
                self._contradicting.append(difference)

    def impact(self) -> Impact:
        """Close the account."""
        return Impact(
            entries=self._entries,
            lists=dict(sorted(self._lists.items(), key=lambda item: item[0].rank)),
            reasons=self._reasons.largest(SHOWN),
            reasons_exact=self._reasons.exact,
            tacs=[Group(digits_of(each.key), each.moved) for each in self._tacs.largest(SHOWN)],
            tacs_exact=self._tacs.exact,
            spanned=self._spanned,
            contradictions=self._contradictions,
            contradicting=self._contradicting,
            samples=self._samples.kept,
        )


def _blocks(entry: Entry) -> bool:
    """Tell whether an entry keeps somebody out, now or later."""
    return entry.list in _BLOCKING or entry.then in _BLOCKING


def _tac_of(difference: Difference) -> int:
    """Give the number of the one type that an entry is about; `ANY` where there is none."""
    if imei := imei_of(difference.subject):
        return imei // TAC_SPAN
    first, last = difference.subject.extent or (ANY, ANY)
    return first // TAC_SPAN if first // TAC_SPAN == last // TAC_SPAN else ANY
