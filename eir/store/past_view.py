"""What the rules ask of a version that no longer serves: merged anew from what each source said."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from eir.lists.lines import beginning_with
from eir.lists.names import ListName
from eir.lists.subjects import (
    Equipment,
    Kind,
    Opaque,
    Subject,
    digits_of,
    equipment_subject,
    number_of,
)
from eir.lists.tac import TacInfo
from eir.store.catalog import Lists, reading_lists
from eir.store.layout import SUBSCRIBERS, TACS
from eir.store.rows import Entry, Member, Row, sort_row
from eir.store.segments import extents_of
from protocols.identities import Imei


class PastView:
    """One version, as rules see it (`eir.decision.view`); slower than what serves, and as right."""

    def __init__(self, lists: Lists) -> None:
        self._lists = lists
        self._past = lists.past
        self.version = lists.version
        self.holds = frozenset(self._held())

    def _held(self) -> Iterator[tuple[ListName, Kind]]:
        for truth, kind, state in self._lists.catalog.asked(*Kind, empty=True):
            if any(part.shape[1] for part in self._past.scan(state)):
                yield truth.list, kind

    @property
    def has_tacs(self) -> bool:
        """Whether a TAC database was loaded."""
        return self._has(TACS)

    @property
    def has_subscribers(self) -> bool:
        """Whether the map of IMSI to MSISDN was loaded."""
        return self._has(SUBSCRIBERS)

    @property
    def names_msisdns(self) -> bool:
        """Whether an entry may have named an MSISDN, then or since."""
        return any(s.msisdns for _, _, s in self._lists.catalog.asked(Kind.PAIR, empty=True))

    def row_of(self, equipment: Equipment) -> Row:
        """Return the entries on this very identity."""
        lines = self._lists.lines_about(equipment_subject(equipment))
        entries = [
            replace(line.entry, reason="") if line.subject.kind is Kind.PAIR else line.entry
            for line in lines
            if line.entry.list.is_asked
        ]
        if isinstance(equipment, Opaque):
            return sort_row(entries)
        return sort_row(list(dict.fromkeys(entries)))

    def ranges_of(self, imei: Imei) -> Row:
        """Return the entries of ranges and types around an IMEI, the narrowest first."""
        number = number_of(imei.digits)
        found: list[tuple[int, int, Entry]] = []
        for line_number, (first, last) in self._covering(number):
            span = (digits_of(first), digits_of(last))
            entry = replace(self._lists.entry(line_number), span=span)
            found.append((last - first, line_number, entry))
        found.sort(key=lambda item: item[:2])
        return sort_row([entry for *_, entry in found])

    def members_of_equipment(self, imei: Imei) -> tuple[Member, ...]:
        """Return what names this equipment together with a subscriber."""
        return self._members(place=0, number=number_of(imei.digits))

    def members_of_imsi(self, imsi: str) -> tuple[Member, ...]:
        """Return what names this IMSI, with and without equipment."""
        return self._members(place=1, number=number_of(imsi))

    def members_of_msisdn(self, msisdn: str) -> tuple[Member, ...]:
        """Return what names this MSISDN and no IMSI."""
        found = self._members(place=2, number=number_of(msisdn))
        return tuple(member for member in found if not member.imsi)

    def msisdn_of(self, imsi: str) -> str | None:
        """Return the subscriber's number, where it was known."""
        number = self._past.value(SUBSCRIBERS, (number_of(imsi),))
        return digits_of(number) if number else None

    def tac_info(self, tac: str) -> TacInfo | None:
        """Return what the TAC database said of a type; None: not allocated there."""
        number = self._past.value(TACS, (number_of(tac),))
        return TacInfo(**json.loads(self._lists.text(number))) if number else None

    def notices_of(self, equipment: Equipment) -> list[tuple[Subject, Row]]:
        """Return what was only for people about this very equipment, by itself or with another."""
        subject = equipment_subject(equipment)
        return [
            (Subject(kind, key), (self._lists.entry(number),))
            for _, kind, state in self._lists.catalog.shown(empty=True)
            if kind in beginning_with(subject)
            for key, number in self._past.starting_with(state, subject.columns)
        ]

    def _has(self, name: str) -> bool:
        return any(part.shape[1] for part in self._past.scan(self._past.state(name)))

    def _covering(self, number: int) -> Iterator[tuple[int, tuple[int, int]]]:
        """Give what covers an IMEI: the number of the entry, and the extent of its range."""
        for _, kind, state in self._lists.catalog.asked(Kind.RANGE, Kind.TAC, empty=True):
            for part in self._past.scan(state):
                first, last = extents_of(kind, part)
                covers = (first <= number) & (number <= last)
                rows = zip(part[-1, covers], first[covers], last[covers], strict=True)
                for entry, begin, end in rows:
                    yield int(entry), (int(begin), int(end))

    def _members(self, *, place: int, number: int) -> tuple[Member, ...]:
        """Give the combinations with this number in a column."""
        found: dict[tuple[int, ...], list[Entry]] = {}
        for _, _, state in self._lists.catalog.asked(Kind.PAIR, empty=True):
            for part in self._past.scan(state):
                for column in part[:, part[place] == number].T.tolist():
                    found.setdefault(tuple(column[:-1]), []).append(self._lists.entry(column[-1]))
        return tuple(
            Member(digits_of(key[0]), digits_of(key[1]), digits_of(key[2]), sort_row(said))
            for key, said in sorted(found.items())
        )


@contextmanager
def open_past(path: Path, version: int) -> Iterator[PastView]:
    """Open the lists under `store.path` as a version had them.

    Raises:
        StoreError: they cannot be read.
        HistoryError: there is no such version, or its history is gone.
    """
    with reading_lists(path, version) as lists:
        yield PastView(lists)
