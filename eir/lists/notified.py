"""What registries announced: on some day an equipment will be blocked, unless something is done.

It is shown to people and changes no answer: a registry blocks what it announced by its own lists,
or does not.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, tzinfo
from typing import Protocol

from eir.decision.verdict import Check
from eir.lists.subjects import Equipment, Subject, normalise
from eir.store.rows import Entry, Row


@dataclass(frozen=True, slots=True)
class Notice:
    """What one source announced.

    Attributes:
        on: the day of blocking, as the source counts days; None: it names none.
        source: who says so.
        reason: why, in its words; empty where it gives none.
        is_due: that day has come.
    """

    on: date | None
    source: str
    reason: str
    is_due: bool


class Shown(Protocol):
    """One version of the lists."""

    def notices_of(self, equipment: Equipment) -> list[tuple[Subject, Row]]:
        """Return what is only for people about this very equipment.

        Raises:
            StoreError: it cannot be read.
        """


def notices(view: Shown, check: Check, at: float, zones: Mapping[str, tzinfo]) -> list[Notice]:
    """Find what was announced about an equipment, and its subscriber where the check names one.

    Args:
        view: the lists.
        check: who is asked about.
        at: UTC seconds: what has ended by then is left out.
        zones: by source, whose days its days are; those of others are UTC.

    Raises:
        StoreError: the lists cannot be read.
    """
    equipment = normalise(check.equipment)
    if equipment is None:
        return []
    found = [
        entry
        for subject, row in view.notices_of(equipment)
        if _fits(subject, check)
        for entry in row
        if entry.expires is None or at < entry.expires
    ]
    found.sort(key=lambda entry: (entry.effective or 0, entry.source, entry.reason))
    return list(dict.fromkeys(_notice(entry, at, zones) for entry in found))


def _fits(subject: Subject, check: Check) -> bool:
    """Tell whether an entry is about the subscriber, as far as both name one."""
    named = subject.fields
    asked = {"imsi": check.imsi, "msisdn": check.msisdn, "svn": check.software_version}
    return all(named.get(field, digits) == digits for field, digits in asked.items() if digits)


def _notice(entry: Entry, at: float, zones: Mapping[str, tzinfo]) -> Notice:
    if entry.effective is None:
        return Notice(None, entry.source, entry.reason, is_due=False)
    zone = zones.get(entry.source, UTC)
    on = datetime.fromtimestamp(entry.effective, zone).date()
    return Notice(on, entry.source, entry.reason, is_due=entry.effective <= at)
