"""`override`: while the operator's switch is on, everybody gets its answer."""

from eir.config.decision import Decision
from eir.decision.facts import Facts
from eir.decision.override import Override
from eir.decision.rule import Basis, NotNeeded, Run
from eir.decision.verdict import Verdict

NAME = "override"


def prepare(settings: Decision, basis: Basis) -> Run | NotNeeded:
    """Prepare the rule."""
    del settings
    if basis.override is None:
        return NotNeeded("no override is set")
    verdict = answer(basis.override, basis.version)

    def run(facts: Facts) -> Verdict | None:
        del facts
        return verdict

    return run


def answer(override: Override, version: int | None) -> Verdict:
    """Answer as the operator said; also while the lists cannot be read: then without a version."""
    return Verdict(override.status, NAME, override.reason, version=version)
