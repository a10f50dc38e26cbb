"""`prohibited`: what this list names is prohibited; tracking entries may come here in time."""

from eir.config.decision import Decision
from eir.decision.listed import listed
from eir.decision.rule import Basis, NotNeeded, Run
from eir.decision.verdict import Status
from eir.lists.names import ListName


def prepare(settings: Decision, basis: Basis) -> Run | NotNeeded:
    """Prepare the rule."""
    return listed(ListName.PROHIBITED, Status.PROHIBITED, settings, basis)
