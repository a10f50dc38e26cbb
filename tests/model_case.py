"""Which entries of the lists name a check, as anyone would write it down: a loop over all of them.

Like `tests.model` it shares names with the program, and no code.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from eir.decision.override import Override
from eir.decision.verdict import Status
from eir.lists.names import ListName
from tests.model import Said, Subject, World, identity_of, is_imei
from tests.model_settings import Asked, Settings

DIGITS = "0123456789"
UNSAID = "?"  # in an answer: the model does not say


class Answer(NamedTuple):
    """A verdict; `UNSAID` where the model does not say."""

    status: Status
    rule: str
    reason: str
    list: str | None = None
    matched: str | None = None
    source: str | None = None
    would_be: Status | None = None


class Match(NamedTuple):
    """An entry that names the check; the least of them explains the verdict."""

    place: int  # combinations with the equipment, single, ranges, subscribers alone
    width: int  # how many IMEIs a range holds
    source: str
    reason: str
    matched: str


@dataclass(frozen=True, slots=True)
class Case:
    """A check, with what can be known of it from a world."""

    world: World
    settings: Settings
    asked: Asked
    override: Override | None
    identity: str | None
    imei: str | None
    svn: str | None
    msisdn: str | None


def case_of(world: World, settings: Settings, asked: Asked, override: Override | None) -> Case:
    """Find out what can be known of a check."""
    identity = identity_of(asked.text)
    svn = asked.svn
    if svn is None and len(asked.text) == 16 and all(each in DIGITS for each in asked.text):
        svn = asked.text[14:]
    msisdn = asked.msisdn
    if msisdn is None and asked.imsi is not None and world.subscribers is not None:
        msisdn = world.subscribers.get(asked.imsi)
    return Case(
        world=world,
        settings=settings,
        asked=asked,
        override=override,
        identity=identity,
        imei=identity if is_imei(identity) else None,
        svn=None if svn == "99" else svn,
        msisdn=msisdn,
    )


def in_force(case: Case, wanted: ListName) -> Iterator[tuple[Subject, Said, str]]:
    """Give every entry that is on a list at the instant of the check, with its source."""
    for (on, source), entries in case.world.lists.items():
        for subject, said in entries.items():
            if said.list_at(on, case.asked.at) is wanted:
                yield subject, said, source


def matches(case: Case, wanted: ListName) -> list[Match]:
    """Give the entries of a list that name the check, the one that explains first."""
    found = []
    for subject, said, source in in_force(case, wanted):
        named = match_subject(case, subject, wanted)
        if named is not None:
            place, width, matched = named
            found.append(Match(place, width, source, said.reason, matched))
    return sorted(found)


def match_subject(case: Case, subject: Subject, wanted: ListName) -> tuple[int, int, str] | None:
    """Tell whether an entry names the check: its place, its width, and how it is shown."""
    if subject.imsi or subject.msisdn:
        return match_combination(case, subject, wanted)
    if subject.svn and subject.svn != case.svn:
        return None
    if subject.tac:
        if case.imei is None or case.imei[:8] != subject.tac:
            return None
        return 5, 10**6, subject.tac
    if subject.imei_to:
        if case.imei is None or not subject.imei <= case.imei <= subject.imei_to:
            return None
        width = int(subject.imei_to) - int(subject.imei) + 1
        return 5, width, f"{subject.imei}-{subject.imei_to}"
    if subject.imei != case.identity:
        return None
    if subject.svn:
        return 3, 1, f"{subject.imei}/{subject.svn}"
    return 4, 1, subject.imei


def match_combination(
    case: Case, subject: Subject, wanted: ListName
) -> tuple[int, int, str] | None:
    """Tell whether an entry with a subscriber names the check."""
    if subject.imei and subject.imei != case.imei:
        return None
    if not names_subscriber(case, subject, wanted):
        return None
    names = (bool(subject.imei), bool(subject.imsi), bool(subject.msisdn))
    parts = [part for part in (subject.imei, subject.imsi, subject.msisdn) if part]
    return PLACES[names], 0, "+".join(parts)


PLACES = {  # imei, imsi, msisdn
    (True, True, True): 0,
    (True, True, False): 1,
    (True, False, True): 2,
    (False, True, True): 6,
    (False, True, False): 7,
    (False, False, True): 8,
}


def names_subscriber(case: Case, subject: Subject, wanted: ListName) -> bool:
    """Tell whether an entry names the subscriber of the check.

    Where it may only help the subscriber, the IMSI is enough: the MSISDN is a note.
    """
    if subject.imsi and subject.imsi != case.asked.imsi:
        return False
    if subject.imsi and wanted in (ListName.EXCEPTION, ListName.BINDING, ListName.PROTECTED):
        return True
    return not subject.msisdn or subject.msisdn == case.msisdn


def decide(case: Case, status: Status, wanted: ListName) -> Answer | None:
    """Answer a status if the list names the check."""
    found = matches(case, wanted)
    return from_match(status, wanted.value, wanted, found[0]) if found else None


def from_match(
    status: Status, rule: str, wanted: ListName, found: Match, reason: str = "listed"
) -> Answer:
    """Answer with the entry that explains; the reason is its own, if it has one."""
    return Answer(
        status=status,
        rule=rule,
        reason=found.reason or reason,
        list=wanted,
        matched=found.matched,
        source=found.source,
    )
