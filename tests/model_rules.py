"""What the lists decide, as anyone would write it down: a loop over everything for each question.

Like `tests.model` it shares names with the program, and no code.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

from eir.decision.override import Override
from eir.decision.verdict import Status
from eir.lists.names import ListName, Lock
from tests.model import Said, Subject, World, identity_of, is_imei
from tests.model_settings import Asked, Settings, settings_for

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


def check(world: World, settings: Settings, asked: Asked, override: Override | None) -> Answer:
    """Answer a check."""
    settings = settings_for(asked, settings)
    case = case_of(world, settings, asked, override)
    for rule in settings.order:
        answer = RULES[rule](case)
        if answer is not None:
            if settings.audit and rule != "override":
                return answer._replace(status=Status.PERMITTED, would_be=answer.status)
            return answer
    raise AssertionError("the last rule always answers")


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


def override(case: Case) -> Answer | None:
    """Answer what the operator's switch says."""
    switch, at = case.override, case.asked.at
    if switch is None or at < switch.since:
        return None
    if switch.expires is not None and at >= switch.expires:
        return None
    return Answer(switch.status, "override", switch.reason)


def protected(case: Case) -> Answer | None:
    """Permit what no list may block."""
    return decide(case, Status.PERMITTED, ListName.PROTECTED)


def exception(case: Case) -> Answer | None:
    """Permit what may go on although prohibited."""
    answer = decide(case, Status.PERMITTED, ListName.EXCEPTION)
    if answer is not None or case.asked.imsi is not None or case.asked.msisdn is not None:
        return answer
    paired = [
        subject
        for subject, _, _ in in_force(case, ListName.EXCEPTION)
        if subject.imei and subject.imei == case.imei and (subject.imsi or subject.msisdn)
    ]
    # Alone or in a range: without a subscriber no combination can match.
    if not paired or not matches(case, ListName.PROHIBITED):
        return None
    return unexplained(case.settings.exception_no_imsi, "exception", "exception_no_imsi")


def unexplained(status: Status | None, rule: str, reason: str) -> Answer | None:
    """Answer without saying which entry explains it; None skips."""
    return None if status is None else Answer(status, rule, reason, UNSAID, UNSAID, UNSAID)


def binding(case: Case) -> Answer | None:
    """Hold equipment and subscriber to their locks."""
    return locked_equipment(case) or locked_subscriber(case)


def locked_equipment(case: Case) -> Answer | None:
    """Hold the equipment to its subscribers."""
    locks = [
        subject
        for subject, said, _ in in_force(case, ListName.BINDING)
        if said.lock in (Lock.MUTUAL, Lock.EQUIPMENT) and subject.imei == case.imei
    ]
    if not locks:
        return None
    settings = case.settings
    if case.asked.imsi is None:
        return unexplained(settings.binding_no_imsi, "binding", UNSAID)
    if any(names_subscriber(case, lock, ListName.BINDING) for lock in locks):
        return None
    if case.msisdn is None and not any(lock.imsi for lock in locks):
        return unexplained(settings.binding_no_imsi, "binding", UNSAID)  # we cannot tell
    return violated(case, "binding_equipment", case.imei)


def locked_subscriber(case: Case) -> Answer | None:
    """Hold the subscriber to its equipment."""
    locks = [
        subject
        for subject, said, _ in in_force(case, ListName.BINDING)
        if said.lock in (Lock.MUTUAL, Lock.SUBSCRIBER)
        and names_subscriber(case, subject, ListName.BINDING)
    ]
    if not locks or any(lock.imei == case.imei for lock in locks):
        return None
    return violated(case, "binding_subscriber", case.asked.imsi or UNSAID)


def violated(case: Case, reason: str, matched: str | None) -> Answer:
    """Answer that a lock is violated."""
    status = case.settings.binding_violated
    return Answer(status, "binding", reason, ListName.BINDING, matched, UNSAID)


class Ordinary(NamedTuple):
    """What the three ordinary lists say."""

    prohibited: list[Match]
    tracking: list[Match]
    permitted: list[Match]


def ordinary(case: Case) -> Ordinary:
    """Find what the three ordinary lists say; ranges may count only where nothing is single."""
    found = [
        matches(case, wanted)
        for wanted in (ListName.PROHIBITED, ListName.TRACKING, ListName.PERMITTED)
    ]
    individual_first = case.settings.individual_first or case.settings.response_type != 0
    if individual_first and any(match.place in (3, 4) for each in found for match in each):
        found = [[match for match in each if match.place != 5] for each in found]
    return Ordinary(*found)


def prohibited(case: Case) -> Answer | None:
    """Answer what is on the prohibited list."""
    lists = ordinary(case)
    status = Status.PROHIBITED if may_be_told(case, lists) else Status.UNKNOWN
    found = lists.prohibited
    return from_match(status, "prohibited", ListName.PROHIBITED, found[0]) if found else None


def tracking(case: Case) -> Answer | None:
    """Answer what is on the tracking list."""
    lists = ordinary(case)
    status = Status.TRACKING if may_be_told(case, lists) else Status.UNKNOWN
    found = lists.tracking
    return from_match(status, "tracking", ListName.TRACKING, found[0]) if found else None


def permitted(case: Case) -> Answer | None:
    """Answer what is on the permitted list."""
    found = ordinary(case).permitted
    return (
        from_match(Status.PERMITTED, "permitted", ListName.PERMITTED, found[0]) if found else None
    )


def may_be_told(case: Case, lists: Ordinary) -> bool:
    """Tell whether the response type lets a list answer: the third asks for a permitted one."""
    return case.settings.response_type != 3 or bool(lists.permitted)


def malformed(case: Case) -> Answer | None:
    """Answer an identity of the wrong form."""
    kind = malformed_class(case.asked.text)
    status = case.settings.malformed.get(kind) if kind is not None else None
    return None if status is None else Answer(status, "malformed", f"malformed_{kind}")


DIGITS = "0123456789"
HEX = "ABCDEFabcdef"
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


def malformed_class(text: str) -> str | None:
    """Name what is wrong with an identity: the first of the classes that applies."""
    if text == "":
        return "empty"
    if text.casefold() == "null" or text == len(text) * "\0":
        return "null"
    if any(character.isspace() for character in text):
        return "blanks"
    if any(character not in DIGITS + LETTERS for character in text):
        return "special"
    if any(character in LETTERS for character in text):
        return "hex" if all(character in DIGITS + HEX for character in text) else "letters"
    if len(text) < 14:
        return "too_short"
    if len(text) > 16:
        return "too_long"
    if text[:14] == 14 * "0":
        return "all_zeros"
    return "same_digit" if text[:14] == 14 * text[0] else None


def tac(case: Case) -> Answer | None:
    """Answer by the type of equipment: the first class that applies and is not off."""
    if case.imei is None:
        return None
    type_code, tacs = case.imei[:8], case.world.tacs
    for kind in ("barred", "permitted"):
        status = case.settings.tac.get(kind)
        found = matches(case, ListName(f"tac-{kind}"))
        if status is not None and found:
            return from_match(status, "tac", ListName(f"tac-{kind}"), found[0], f"tac_{kind}")
    status = case.settings.tac.get("test")
    if status is not None and is_test(type_code):
        return Answer(status, "tac", "tac_test", None, type_code)
    status = case.settings.tac.get("unallocated")
    if status is not None and tacs is not None and type_code not in tacs:
        return Answer(status, "tac", "tac_unallocated", None, type_code)
    if tacs is None or type_code not in tacs:
        return None
    for device_type, answer in case.settings.device_types.items():
        if device_type.casefold() == tacs[type_code].casefold():
            return Answer(answer, "tac", UNSAID, None, type_code)
    return None


def is_test(type_code: str) -> bool:
    """Tell a TAC for test equipment."""
    return type_code[:4] in ("0044", "0086", "0091") or "001001" <= type_code[:6] <= "001017"


def registration(case: Case) -> Answer | None:
    """Answer what is not registered, where the law asks for it."""
    registered = matches(case, ListName.PERMITTED) or matches(case, ListName.REGISTRATION)
    status = case.settings.unregistered
    return None if registered or status is None else Answer(status, "registration", "unregistered")


def unlisted(case: Case) -> Answer:
    """Answer what no rule has answered."""
    status = {0: case.settings.unlisted, 1: Status.PERMITTED}.get(
        case.settings.response_type, Status.UNKNOWN
    )
    return Answer(status, "unlisted", "malformed" if case.imei is None else "unlisted")


Rule: TypeAlias = Callable[[Case], Answer | None]

RULES: dict[str, Rule] = {
    rule.__name__: rule
    for rule in (
        *(override, protected, exception, binding, prohibited, tracking, permitted),
        *(malformed, tac, registration, unlisted),
    )
}
