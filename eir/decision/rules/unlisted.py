"""`unlisted`: the answer where no rule before had one."""

from eir.config.decision import Decision
from eir.decision.facts import Facts
from eir.decision.listed import unlisted_status
from eir.decision.rule import Basis, NotNeeded, Run
from eir.decision.verdict import Reason, Verdict


def prepare(settings: Decision, basis: Basis) -> Run | NotNeeded:
    """Prepare the rule."""
    status = unlisted_status(settings)
    unlisted = Verdict(status, "unlisted", Reason.UNLISTED, version=basis.version)
    # TS 29.272 has no error for an IMEI of the wrong form: to the network it is one more equipment
    # that nobody listed.
    malformed = Verdict(status, "unlisted", Reason.MALFORMED, version=basis.version)

    def run(facts: Facts) -> Verdict:
        return malformed if facts.imei is None else unlisted

    return run
