"""What is loaded and has no effect, because the configuration or another file is missing."""

from collections.abc import Iterator

from eir.config import Config, Decision
from eir.decision.matching import BY_IMSI_ALONE
from eir.lists.names import ListName
from eir.lists.subjects import Kind
from eir.store.catalog import Lists
from eir.store.layout import SUBSCRIBERS

_RULES = {
    ListName.PERMITTED: ("permitted", "registration"),
    ListName.TAC_BARRED: ("tac",),
    ListName.TAC_PERMITTED: ("tac",),
}


def without_effect(config: Config, lists: Lists, name: ListName) -> Iterator[str]:
    """Say what must be set or loaded so that the entries of a list count."""
    if not name.is_asked:
        return
    decisions = (config.decision, *config.policy)
    rules = _RULES.get(name, (name.value,))
    reading = [decision for decision in decisions if set(rules) & set(decision.order)]
    if not reading:
        yield f"no rule reads the {name} list: put {' or '.join(rules)} into [decision] order"
    elif not any(_heeds(decision, name) for decision in reading):
        yield f"the {name} list changes no answer: set {_SETTINGS[name]}"
    if _wants_numbers(lists, name) and not lists.past.holds(lists.past.state(SUBSCRIBERS)):
        yield (
            f"the {name} list names MSISDNs, and no request carries one: load the map from IMSI to"
            " MSISDN with eir subscribers load"
        )


_REGISTRATION = '[decision.registration] unregistered, for example unregistered = "prohibited"'
_SETTINGS = {
    ListName.PERMITTED: _REGISTRATION,
    ListName.REGISTRATION: _REGISTRATION,
    ListName.TAC_BARRED: '[decision.tac] barred, for example barred = "prohibited"',
    ListName.TAC_PERMITTED: '[decision.tac] permitted, for example permitted = "permitted"',
}


def _heeds(decision: Decision, name: ListName) -> bool:
    """Tell whether a list counts for a decision that has its rule."""
    match name:
        case ListName.TAC_BARRED:
            return decision.tac.barred is not None
        case ListName.TAC_PERMITTED:
            return decision.tac.permitted is not None
        case ListName.REGISTRATION:
            return decision.registration.unregistered is not None
        case ListName.PERMITTED:
            return "permitted" in decision.order or decision.registration.unregistered is not None
        case _:
            return True


def _wants_numbers(lists: Lists, name: ListName) -> bool:
    """Tell whether entries of a list can only be found by the MSISDN."""
    for truth, _, state in lists.catalog.truths(Kind.PAIR):
        if truth.list is name and state.msisdns:
            for _imei, imsi, msisdn, _entry in lists.past.scan(state):
                compared = msisdn[imsi == 0] if name in BY_IMSI_ALONE else msisdn
                if compared.any():
                    return True
    return False
