"""`malformed`: identities that are no IMEI, by what is wrong with them.

The classes are those that registries test networks with; the first that applies and is not off
counts. A malformed identity that a list names is answered by that list, which is asked before.
"""

import re

from eir.config.decision import Decision
from eir.decision.facts import Facts
from eir.decision.rule import Basis, NotNeeded, Run
from eir.decision.verdict import Verdict

NAME = "malformed"

_WELL_FORMED = re.compile(r"(?!(.)\1{13})[0-9]{14,16}")  # TS 23.003 §6.2
# In the order in which they are tried. Letters and digits are those of ASCII.
_CLASSES = {
    name: re.compile(pattern, re.DOTALL)
    for name, pattern in {
        "empty": r"",
        "null": r"[Nn][Uu][Ll][Ll]|\0+",
        "blanks": r".*\s.*",
        "special": r".*[^A-Za-z0-9\s].*",
        "hex": r"[0-9]*[A-Fa-f][0-9A-Fa-f]*",
        "letters": r".*[G-Zg-z].*",
        "too_short": r"[0-9]{1,13}",
        "too_long": r"[0-9]{17,}",
        "all_zeros": r"0{14}[0-9]{0,2}",
        "same_digit": r"([1-9])\1{13}[0-9]{0,2}",
    }.items()
}


def prepare(settings: Decision, basis: Basis) -> Run | NotNeeded:
    """Prepare the rule."""
    verdicts = {
        name: Verdict(status, NAME, f"malformed_{name}", version=basis.version)
        for name, status in settings.malformed
        if status is not None
    }
    if not verdicts:
        return NotNeeded("every class of malformed identities is off")

    def run(facts: Facts) -> Verdict | None:
        if _WELL_FORMED.fullmatch(facts.check.equipment):
            facts.note("it is well-formed")
            return None
        found = classes_of(facts.check.equipment)
        facts.note(f"it is malformed: {', '.join(found)}")
        return next((verdicts[name] for name in found if name in verdicts), None)

    return run


def classes_of(text: str) -> tuple[str, ...]:
    """Name all that is wrong with an identity, in order."""
    return tuple(name for name, form in _CLASSES.items() if form.fullmatch(text))
