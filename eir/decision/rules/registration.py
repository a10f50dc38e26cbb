"""`registration`: where the law wants equipment registered, what is not registered is answered.

Registered is what the registration list or the permitted list names.
"""

from eir.config.decision import Decision
from eir.decision.facts import Facts
from eir.decision.matching import finder
from eir.decision.rule import Basis, NotNeeded, Run
from eir.decision.verdict import Verdict
from eir.lists.names import ListName

_LISTS = (ListName.PERMITTED, ListName.REGISTRATION)


def prepare(settings: Decision, basis: Basis) -> Run | NotNeeded:
    """Prepare the rule."""
    if settings.registration.unregistered is None:
        return NotNeeded("registration.unregistered is off")
    finders = [find for name in _LISTS if (find := finder(name, basis)) is not None]
    status = settings.registration.unregistered
    verdict = Verdict(status, "registration", "unregistered", version=basis.version)

    def run(facts: Facts) -> Verdict | None:
        if any(find(facts) for find in finders):
            facts.note("it is registered")
            return None
        facts.note("neither the registration list nor the permitted list names it")
        return verdict

    return run
