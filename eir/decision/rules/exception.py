"""`exception`: who may go on although the equipment is prohibited.

Registries pair a prohibited equipment with the subscribers who may use it. A request that does not
say who the subscriber is cannot be told from one of theirs: `exception.no_imsi` answers it.
"""

from eir.config.decision import Decision
from eir.decision.facts import Facts
from eir.decision.matching import Find, equipment_finder, finder
from eir.decision.rule import Basis, NotNeeded, Run
from eir.decision.verdict import Status, Verdict
from eir.lists.names import ListName


def prepare(settings: Decision, basis: Basis) -> Run | NotNeeded:
    """Prepare the rule."""
    find = finder(ListName.EXCEPTION, basis)
    if find is None:
        return NotNeeded("nothing is on the exception list")
    no_imsi = settings.exception.no_imsi
    prohibited = equipment_finder(ListName.PROHIBITED, basis)

    def run(facts: Facts) -> Verdict | None:
        match = find(facts)
        if match is not None:
            return match.verdict(Status.PERMITTED, "exception", ListName.EXCEPTION, basis.version)
        facts.missed(ListName.EXCEPTION)
        if no_imsi is None or prohibited is None or not _may_be_one(facts, prohibited):
            return None
        return Verdict(no_imsi, "exception", "exception_no_imsi", version=basis.version)

    return run


def _may_be_one(facts: Facts, prohibited: Find) -> bool:
    """Tell whether a prohibited equipment has exceptions, of which this may be one."""
    if facts.imsi or facts.check.msisdn:
        return False
    # An exception for the equipment by itself has been found before: these name subscribers.
    if not facts.on_list(facts.row, ListName.EXCEPTION) or prohibited(facts) is None:
        return False
    facts.note("it is prohibited, has exceptions, and the request carries no IMSI")
    return True
