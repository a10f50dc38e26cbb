"""Finds entries by what they say and by what they name, in a whole version of the lists.

Whole stretches are compared at once, and each different entry is looked at once, so that what is
not found costs little.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np

from eir.lists.lines import WITH_ONE_IMEI, imei_of
from eir.lists.names import ListName
from eir.lists.subjects import (
    ANY,
    TAC_SPAN,
    Equipment,
    Kind,
    Subject,
    digits_of,
    equipment_subject,
    number_of,
)
from eir.store.arrays import Entries, Mask
from eir.store.catalog import Line, Lists
from eir.store.rows import Entry, Scope
from protocols.identities import Imei

# Tells which entries of an array of some kind are wanted.
Wanted: TypeAlias = Callable[[Kind, Entries], Mask]


@dataclass(frozen=True, slots=True)
class Query:
    """What an entry must be; all that is given must fit.

    Attributes:
        name: its list; None: any.
        source: who says so; None: anybody.
        tac: the type of the equipment, or a type that its range reaches; empty: any.
        reason: a part of its reason, in any case; empty: any.
        effective_after: UTC seconds; it has been in force since then or later.
        effective_before: UTC seconds; it has been in force since before then.
        expiring_before: UTC seconds; it ends before then.
    """

    name: ListName | None = None
    source: str | None = None
    tac: str = ""
    reason: str = ""
    effective_after: int | None = None
    effective_before: int | None = None
    expiring_before: int | None = None

    def admits(self, entry: Entry) -> bool:
        """Tell whether an entry says what is wanted; one without an instant has always been."""
        began = float("-inf") if entry.effective is None else entry.effective
        ends = float("inf") if entry.expires is None else entry.expires
        return (
            self.reason.casefold() in entry.reason.casefold()
            and (self.effective_after is None or began >= self.effective_after)
            and (self.effective_before is None or began < self.effective_before)
            and (self.expiring_before is None or ends < self.expiring_before)
        )


def search(lists: Lists, query: Query) -> Iterator[Line]:
    """Give the entries that fit, by list, source, kind and subject."""
    admitted = _Admitted(lists, query)

    def wanted(kind: Kind, part: Entries) -> Mask:
        return _of_type(kind, part, query.tac) & admitted.among(part[-1])

    return _lines(lists, wanted, query.name, query.source)


def naming_equipment(lists: Lists, equipment: Equipment) -> list[Line]:
    """Give the entries that name an equipment, and those of ranges and types around it."""
    lines = lists.lines_about(equipment_subject(equipment))
    if isinstance(equipment, Imei):
        lines += map(_around, lists.view().ranges_of(equipment))
    return lines


def _around(entry: Entry) -> Line:
    """Name the range or the type that an entry of a segment is about."""
    first, last = map(number_of, entry.span or ("", ""))
    if entry.scope is Scope.TAC:
        subject = Subject(Kind.TAC, (first // TAC_SPAN,))
    else:
        version = number_of(entry.svn) if entry.svn else ANY
        subject = Subject(Kind.RANGE, (first, last, version))
    return Line(subject, replace(entry, span=None))


def siblings_of(lists: Lists, subject: Subject) -> list[Subject]:
    """Give the other equipments of a phone that a subject names, whoever says that it is one."""
    imei = imei_of(subject)
    if not imei:
        return []
    truths = {truth for truth, _, _ in lists.catalog.truths(*WITH_ONE_IMEI, empty=True)}
    found = {other for truth in truths for other in lists.siblings_of(truth, digits_of(imei))}
    return [equipment_subject(Imei(digits)) for digits in sorted(found)]


def naming_subscriber(lists: Lists, *, imsi: str = "", msisdn: str = "") -> Iterator[Line]:
    """Give the entries that name a subscriber by all of what is given."""
    columns = [(place, number_of(text)) for place, text in ((1, imsi), (2, msisdn)) if text]

    def wanted(kind: Kind, part: Entries) -> Mask:
        found = np.full(part.shape[1], kind is Kind.PAIR)
        for place, number in columns if kind is Kind.PAIR else ():
            found &= part[place] == np.uint64(number)
        return found

    return _lines(lists, wanted)


def naming_type(lists: Lists, tac: str) -> Iterator[Line]:
    """Give the entries of a TAC, and of ranges that reach into it."""

    def wanted(kind: Kind, part: Entries) -> Mask:
        if kind not in (Kind.TAC, Kind.RANGE):
            return np.zeros(part.shape[1], np.bool_)
        return _of_type(kind, part, tac)

    return _lines(lists, wanted)


def _lines(
    lists: Lists, wanted: Wanted, name: ListName | None = None, source: str | None = None
) -> Iterator[Line]:
    for truth, kind, state in lists.catalog.truths(*Kind, empty=True):
        if name in (None, truth.list) and source in (None, truth.source):
            for part in lists.past.scan(state):
                for column in part[:, wanted(kind, part)].T.tolist():
                    yield lists.line(truth, Subject(kind, tuple(column[:-1])), column[-1])


class _Admitted:
    """Which numbers stand for entries that a query admits."""

    def __init__(self, lists: Lists, query: Query) -> None:
        self._entry = lists.entry
        self._admits = query.admits
        self._known: dict[int, bool] = {}

    def among(self, numbers: Entries) -> Mask:
        distinct, places = np.unique(numbers, return_inverse=True)
        return np.array([self._is_one(number) for number in distinct.tolist()], np.bool_)[places]

    def _is_one(self, number: int) -> bool:
        known = self._known.get(number)
        if known is None:
            known = self._known[number] = self._admits(self._entry(number))
        return known


def _of_type(kind: Kind, part: Entries, tac: str) -> Mask:
    """Tell which entries are about equipment of a type; all of them where none is given."""
    if not tac:
        return np.ones(part.shape[1], np.bool_)
    number, span = np.uint64(number_of(tac)), np.uint64(TAC_SPAN)
    found: Mask = np.zeros(part.shape[1], np.bool_)
    if kind is Kind.TAC:
        found = part[0] == number
    elif kind is Kind.RANGE:
        found = (part[0] // span <= number) & (number <= part[1] // span)
    elif kind in WITH_ONE_IMEI:
        found = part[0] // span == number
    return found
