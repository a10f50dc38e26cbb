"""Rules that answer what their list names, and EAGLE's response types.

    response type    prohibited    tracking    permitted     on none of the three
    0                prohibited    tracking    permitted     [decision] unlisted
    1                prohibited    tracking    permitted     permitted
    2                prohibited    tracking    permitted     unknown
    3                as 0 if permitted too, else unknown     unknown

Types 1 to 3 look at ranges only if no list names the equipment by itself. docs/decision.md has the
whole table, and says what of it is certain.
"""

from eir.config.decision import Decision
from eir.decision.facts import Facts
from eir.decision.matching import Find, finder, individual_first
from eir.decision.rule import Basis, NotNeeded, Run
from eir.decision.verdict import Status, Verdict
from eir.lists.names import ListName

_NONE = {1: Status.PERMITTED, 2: Status.UNKNOWN, 3: Status.UNKNOWN}


def unlisted_status(settings: Decision) -> Status:
    """Give the answer for what none of the three lists names."""
    return _NONE.get(settings.response_type, settings.unlisted)


def listed(name: ListName, status: Status, settings: Decision, basis: Basis) -> Run | NotNeeded:
    """Prepare the rule of a list; it has the list's name."""
    find = rule_finder(name, settings, basis)
    if find is None:
        return NotNeeded(f"nothing is on the {name} list")
    if settings.response_type == 3:
        permitted = rule_finder(ListName.PERMITTED, settings, basis)
        return _if_permitted(name, status, find, permitted, basis)

    return by_list(name, status, find, basis)


def by_list(name: ListName, status: Status, find: Find, basis: Basis) -> Run:
    """Prepare one answer for all that a list names, in the rule of its name."""

    def run(facts: Facts) -> Verdict | None:
        match = find(facts)
        if match is None:
            facts.missed(name)
            return None
        return match.verdict(status, name.value, name, basis.version)

    return run


def rule_finder(name: ListName, settings: Decision, basis: Basis) -> Find | None:
    """Find what the rule of a list finds; None: nothing can, in this version of the lists."""
    first = settings.individual_first or settings.response_type > 0
    return individual_first(name, basis) if first else finder(name, basis)


def _if_permitted(
    name: ListName, status: Status, find: Find, permitted: Find | None, basis: Basis
) -> Run:
    """Prepare type 3: who is not on the permitted list too is unknown."""

    def run(facts: Facts) -> Verdict | None:
        match = find(facts)
        if match is None:
            facts.missed(name)
            return None
        known = permitted is not None and permitted(facts) is not None
        shown = status if known else Status.UNKNOWN
        if known:  # else the answer says so
            facts.note("it is on the permitted list")
        return match.verdict(shown, name.value, name, basis.version)

    return run
