"""Which entry of a list names a check; of several, which one explains the verdict.

In this order: IMEI, IMSI and MSISDN together; IMEI and IMSI; IMEI and MSISDN; the identity with
its software version; the identity; ranges and types, the narrowest first; IMSI and MSISDN; IMSI;
MSISDN. Of equals, the first by source, by reason, then by key. The answer never depends on it.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import partial
from operator import itemgetter
from typing import TypeAlias

from eir.decision.facts import Facts
from eir.decision.rule import Basis
from eir.decision.verdict import Reason, Status, Verdict
from eir.decision.view import Member
from eir.lists.names import ListName
from eir.lists.subjects import Kind, Opaque
from eir.store.rows import Entry, Scope

# Of lists that let somebody go on, an entry that names IMSI and MSISDN compares the IMSI alone:
# the number is what the subscriber had when the registry wrote it down.
BY_IMSI_ALONE = frozenset({ListName.PROTECTED, ListName.EXCEPTION, ListName.BINDING})

_SINGLE = {Kind.EQUIPMENT, Kind.SOFTWARE, Kind.OPAQUE}
_RANGES = {Kind.RANGE, Kind.TAC}
_BY_THEMSELVES = (ListName.PROHIBITED, ListName.TRACKING, ListName.PERMITTED)


@dataclass(frozen=True, slots=True)
class Match:
    """An entry that names the check, and the key by which it does."""

    entry: Entry
    key: str = field(repr=False)

    def verdict(self, status: Status, rule: str, name: ListName, version: int) -> Verdict:
        """Answer by it."""
        return Verdict(
            status=status,
            rule=rule,
            reason=self.entry.reason or Reason.LISTED,
            list=name,
            matched=self.key,
            source=self.entry.source,
            version=version,
        )


Find: TypeAlias = Callable[[Facts], Match | None]


def finder(name: ListName, basis: Basis) -> Find | None:
    """Find what names a check on a list; None: nothing can, in this version of the lists."""
    return _finder(name, basis, ranges=partial(_range, name))


def individual_first(name: ListName, basis: Basis) -> Find | None:
    """Find likewise, but look at ranges only if no list names the equipment by itself."""
    return _finder(name, basis, ranges=partial(_range_of_nobody, name))


def _finder(name: ListName, basis: Basis, *, ranges: Find) -> Find | None:
    kinds = basis.kinds(name)
    steps: list[Find] = []
    if Kind.PAIR in kinds:
        steps.append(partial(_combination, name))
    if kinds & _SINGLE:
        steps.append(partial(_single, name))
    if kinds & _RANGES:
        steps.append(ranges)
    if Kind.PAIR in kinds:
        steps.append(partial(_subscriber, name))
    return _first_of(steps)


def _first_of(steps: Sequence[Find]) -> Find | None:
    if len(steps) <= 1:
        return steps[0] if steps else None

    def find(facts: Facts) -> Match | None:
        for step in steps:
            match = step(facts)
            if match is not None:
                return match
        return None

    return find


def _single(name: ListName, facts: Facts) -> Match | None:
    """Find what names this very identity, with its software version or any."""
    if not facts.row:  # by far the most checks, here and below
        return None
    named = [e for e in facts.on_list(facts.row, name) if e.scope is Scope.EQUIPMENT]
    if not named:
        return None
    entry = (
        named[0] if len(named) == 1 else min(named, key=lambda e: (not e.svn, e.source, e.reason))
    )
    text = facts.equipment.text if isinstance(facts.equipment, Opaque) else facts.digits
    return Match(entry, f"{text}/{entry.svn}" if entry.svn else text)


def _range(name: ListName, facts: Facts) -> Match | None:
    """Find the narrowest range or type."""
    if not facts.ranges:
        return None
    around = facts.on_list(facts.ranges, name)
    if not around:
        return None
    entry = min(around, key=lambda e: (_width(e), e.source, e.reason, _range_key(e)))
    return Match(entry, _range_key(entry))


def _range_key(entry: Entry) -> str:
    first, last = entry.span or ("", "")
    return first[:8] if entry.scope is Scope.TAC else f"{first}-{last}"


def _width(entry: Entry) -> int:
    first, last = entry.span or ("0", "0")
    return int(last) - int(first)


def _range_of_nobody(name: ListName, facts: Facts) -> Match | None:
    if any(_single(each, facts) for each in _BY_THEMSELVES):
        return None
    return _range(name, facts)


def _combination(name: ListName, facts: Facts) -> Match | None:
    """Find what names this equipment together with this subscriber."""
    if not facts.row or not any(e.scope is Scope.PAIR for e in facts.on_list(facts.row, name)):
        return None
    return _member(name, facts, [m for m in facts.members if m.imei == facts.digits])


def _subscriber(name: ListName, facts: Facts) -> Match | None:
    """Find what names this subscriber, whatever the equipment."""
    if not facts.members:
        return None
    return _member(name, facts, [m for m in facts.members if not m.imei])


def _member(name: ListName, facts: Facts, members: Iterable[Member]) -> Match | None:
    found = [
        ((not m.imsi, not m.msisdn, e.source, e.reason, _key(m)), e)
        for m in members
        if _names_subscriber(m, name, facts)
        for e in facts.on_list(m.row, name)
    ]
    if not found:
        return None
    (*_, key), entry = min(found, key=itemgetter(0))
    return Match(entry, key)


def _names_subscriber(member: Member, name: ListName, facts: Facts) -> bool:
    """Tell whether a member of `facts.members` names this subscriber with all its numbers."""
    if not member.msisdn or (member.imsi and name in BY_IMSI_ALONE):
        return True
    return member.msisdn == facts.msisdn


def _key(member: Member) -> str:
    return "+".join(filter(None, (member.imei, member.imsi, member.msisdn)))
