"""`malformed`: identities that are no IMEI, by what is wrong with them.

The classes are those that registries test networks with; the first that applies counts. A
malformed identity that a list names is answered by that list, which is asked before.
"""

from eir.config.decision import Decision
from eir.decision.facts import Facts
from eir.decision.rule import Basis, NotNeeded, Run
from eir.decision.verdict import Status, Verdict

_HEX = frozenset("0123456789abcdefABCDEF")


def prepare(settings: Decision, basis: Basis) -> Run | NotNeeded:
    """Prepare the rule."""
    answers: dict[str, Status] = {
        name: status for name, status in settings.malformed if status is not None
    }
    if not answers:
        return NotNeeded("every class of malformed identities is off")

    def run(facts: Facts) -> Verdict | None:
        found = class_of(facts.check.equipment)
        if found is None:
            facts.note("it is well-formed")
            return None
        facts.note(f"it is malformed: {found}")
        status = answers.get(found)
        if status is None:
            return None
        return Verdict(status, "malformed", f"malformed_{found}", version=basis.version)

    return run


def class_of(text: str) -> str | None:
    """Name what is wrong with an identity; None: nothing is (TS 23.003 §6.2)."""
    if text.isascii() and text.isdigit():
        return _class_of_digits(text)
    if not text:
        return "empty"
    if text.casefold() == "null" or not text.strip("\0"):
        return "null"
    if any(character.isspace() for character in text):
        return "blanks"
    if not (text.isascii() and text.isalnum()):
        return "special"
    return "hex" if _HEX.issuperset(text) else "letters"


def _class_of_digits(digits: str) -> str | None:
    if len(digits) < 14:
        return "too_short"
    if len(digits) > 16:
        return "too_long"
    if digits[:14] != digits[0] * 14:
        return None
    return "all_zeros" if digits[0] == "0" else "same_digit"
