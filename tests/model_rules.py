"""What the lists decide, as anyone would write it down: one rule after the other.

Like `tests.model` it shares names with the program, and no code.
"""

from collections.abc import Callable
from typing import NamedTuple, TypeAlias

from eir.decision.override import Override
from eir.decision.verdict import Status
from eir.lists.names import ListName, Lock
from tests.model import Subject, World
from tests.model_case import (
    DIGITS,
    UNSAID,
    Answer,
    Case,
    Match,
    case_of,
    decide,
    from_match,
    in_force,
    matches,
    names_subscriber,
)
from tests.model_settings import Asked, Settings, settings_for


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
        source
        for subject, _, source in in_force(case, ListName.EXCEPTION)
        if subject.imei and subject.imei == case.imei and (subject.imsi or subject.msisdn)
    ]
    # Without a subscriber no combination can match: alone or in a range.
    if not paired or not ordinary(case).prohibited:
        return None
    return no_imsi(case.settings.exception_no_imsi, ListName.EXCEPTION, case.imei, paired)


def no_imsi(
    status: Status | None, rule: ListName, imei: str | None, sources: list[str]
) -> Answer | None:
    """Answer that we cannot tell who it is; None skips."""
    if status is None:
        return None
    return Answer(status, rule.value, f"{rule}_no_imsi", rule, imei, min(sources))


def binding(case: Case) -> Answer | None:
    """Hold equipment and subscriber to their locks; who cannot be judged violates nothing."""
    tied = [
        (lock, source)
        for lock, source in locks(case, Lock.MUTUAL, Lock.EQUIPMENT)
        if lock.imei == case.imei
    ]
    tying = [
        (lock, source)
        for lock, source in locks(case, Lock.MUTUAL, Lock.SUBSCRIBER)
        if names_subscriber(case, lock, ListName.BINDING)
    ]
    is_kept = any(names_subscriber(case, lock, ListName.BINDING) for lock, _ in tied)
    if tied and not is_kept and all(can_be_judged(case, lock) for lock, _ in tied):
        return violated(case, "binding_equipment", case.imei, tied)
    if tying and not any(lock.imei == case.imei for lock, _ in tying):
        return violated(case, "binding_subscriber", case.asked.imsi or case.msisdn, tying)
    if tied and not is_kept:
        sources = [source for _, source in tied]
        return no_imsi(case.settings.binding_no_imsi, ListName.BINDING, case.imei, sources)
    return None


def locks(case: Case, *kinds: Lock) -> list[tuple[Subject, str]]:
    """Give the locks of these kinds that are in force, with their sources."""
    return [
        (subject, source)
        for subject, said, source in in_force(case, ListName.BINDING)
        if said.lock in kinds
    ]


def can_be_judged(case: Case, lock: Subject) -> bool:
    """Tell whether we know the part by which a lock names its subscriber."""
    return (case.asked.imsi if lock.imsi else case.msisdn) is not None


def violated(
    case: Case, reason: str, matched: str | None, concerned: list[tuple[Subject, str]]
) -> Answer:
    """Answer that a lock is violated."""
    source = min(source for _, source in concerned)
    status = case.settings.binding_violated
    return Answer(status, "binding", reason, ListName.BINDING, matched, source)


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
    """Answer an identity of the wrong form: the first class that is on and applies."""
    for kind, applies in MALFORMED.items():
        status = case.settings.malformed.get(kind)
        if status is not None and applies(case.asked.text):
            return Answer(status, "malformed", f"malformed_{kind}")
    return None


HEX = "ABCDEFabcdef"
OTHER_LETTERS = "GHIJKLMNOPQRSTUVWXYZghijklmnopqrstuvwxyz"


def is_all_of(text: str, characters: str) -> bool:
    """Tell whether there is something, and nothing else than these characters."""
    return text != "" and all(character in characters for character in text)


def has_one_of(text: str, characters: str) -> bool:
    """Tell whether one of these characters is there."""
    return any(character in characters for character in text)


def is_special(character: str) -> bool:
    """Tell what is neither a letter of ASCII, nor a digit, nor blank."""
    return character not in DIGITS + HEX + OTHER_LETTERS and not character.isspace()


MALFORMED: dict[str, Callable[[str], bool]] = {
    "empty": lambda text: text == "",
    "null": lambda text: text.casefold() == "null" or is_all_of(text, "\0"),
    "blanks": lambda text: any(character.isspace() for character in text),
    "special": lambda text: any(is_special(character) for character in text),
    "hex": lambda text: is_all_of(text, DIGITS + HEX) and has_one_of(text, HEX),
    "letters": lambda text: has_one_of(text, OTHER_LETTERS),
    "too_short": lambda text: is_all_of(text, DIGITS) and len(text) < 14,
    "too_long": lambda text: is_all_of(text, DIGITS) and len(text) > 16,
    "all_zeros": lambda text: is_imei_of(text, "0"),
    "same_digit": lambda text: any(is_imei_of(text, digit) for digit in DIGITS[1:]),
}


def is_imei_of(text: str, digit: str) -> bool:
    """Tell 14 to 16 digits, of which the first 14 are the same one."""
    return is_all_of(text, DIGITS) and len(text) <= 16 and text[:14] == 14 * digit


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
