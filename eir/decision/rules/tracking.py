"""`tracking`: what this list names may go on, and is taken note of."""

from eir.config.decision import Decision
from eir.decision.listed import listed
from eir.decision.rule import Basis, NotNeeded, Run
from eir.decision.verdict import Status
from eir.lists.names import ListName


def prepare(settings: Decision, basis: Basis) -> Run | NotNeeded:
    """Prepare the rule."""
    return listed(ListName.TRACKING, Status.TRACKING, settings, basis)
