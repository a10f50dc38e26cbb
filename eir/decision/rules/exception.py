"""`exception`: who may go on although the equipment is prohibited.

Registries pair a prohibited equipment with the subscribers who may use it. A request that does not
say who the subscriber is cannot be told from one of theirs: `exception.no_imsi` answers it.
"""

from eir.config.decision import Decision
from eir.decision.facts import Facts
from eir.decision.listed import by_list, rule_finder
from eir.decision.matching import finder
from eir.decision.rule import Basis, NotNeeded, Run
from eir.decision.verdict import Status, Verdict
from eir.lists.names import ListName


def prepare(settings: Decision, basis: Basis) -> Run | NotNeeded:
    """Prepare the rule."""
    find = finder(ListName.EXCEPTION, basis)
    if find is None:
        return NotNeeded("nothing is on the exception list")
    is_one = by_list(ListName.EXCEPTION, Status.PERMITTED, find, basis)
    may_be_one = _may_be_one(settings, basis)
    return lambda facts: is_one(facts) or may_be_one(facts)


def _may_be_one(settings: Decision, basis: Basis) -> Run:
    """Prepare what is said of a prohibited equipment with exceptions, of which this may be one."""
    no_imsi = settings.exception.no_imsi
    prohibited = rule_finder(ListName.PROHIBITED, settings, basis)

    def run(facts: Facts) -> Verdict | None:
        if no_imsi is None or prohibited is None or facts.imsi or facts.check.msisdn:
            return None
        # An exception for the equipment by itself has been found before: these name subscribers.
        pairs = facts.on_list(facts.row, ListName.EXCEPTION)
        if not pairs or prohibited(facts) is None:
            return None
        facts.note("it is prohibited, has exceptions, and the request carries no IMSI")
        return Verdict(
            status=no_imsi,
            rule="exception",
            reason="exception_no_imsi",
            list=ListName.EXCEPTION,
            matched=facts.digits,
            source=min(pair.source for pair in pairs),
            version=basis.version,
        )

    return run
