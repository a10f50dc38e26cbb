"""`protected`: what no list may block, such as the operator's own and emergency equipment."""

from eir.config.decision import Decision
from eir.decision.listed import by_list
from eir.decision.matching import finder
from eir.decision.rule import Basis, NotNeeded, Run
from eir.decision.verdict import Status
from eir.lists.names import ListName


def prepare(settings: Decision, basis: Basis) -> Run | NotNeeded:
    """Prepare the rule."""
    del settings
    find = finder(ListName.PROTECTED, basis)
    if find is None:
        return NotNeeded("nothing is on the protected list")
    return by_list(ListName.PROTECTED, Status.PERMITTED, find, basis)
