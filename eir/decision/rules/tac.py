"""`tac`: types of equipment: barred, permitted, test, not allocated, or of some kind of device."""

from collections.abc import Callable
from functools import partial
from typing import TypeAlias

from eir.config.decision import Decision
from eir.decision.facts import Facts
from eir.decision.rule import Basis, NotNeeded, Run
from eir.decision.verdict import Status, Verdict
from eir.lists.names import ListName
from protocols.identities import Imei

# Test equipment of the reporting bodies (GSMA TS.06): TAC 00 1001 to 00 1017, and 00 with the code
# of the body that gave the number.
_TEST = (*(f"0010{number:02d}" for number in range(1, 18)), "0044", "0086", "0091")

Look: TypeAlias = Callable[[Facts, Imei], Verdict | None]


def prepare(settings: Decision, basis: Basis) -> Run | NotNeeded:
    """Prepare the rule."""
    looks = tuple(_looks(settings, basis))
    if not looks:
        return NotNeeded("every class of types is off, or has no list and no TAC database")

    def run(facts: Facts) -> Verdict | None:
        if facts.imei is None:
            facts.note("it is no IMEI, so it has no type")
            return None
        for look in looks:
            verdict = look(facts, facts.imei)
            if verdict is not None:
                return verdict
        facts.note(f"nothing is said of the type {facts.imei.tac}")
        return None

    return run


def _looks(settings: Decision, basis: Basis) -> list[Look]:
    """Choose what is looked at, in order."""
    tac, looks = settings.tac, list[Look]()
    if tac.barred is not None and basis.kinds(ListName.TAC_BARRED):
        looks.append(partial(_listed, ListName.TAC_BARRED, tac.barred, "tac_barred"))
    if tac.permitted is not None and basis.kinds(ListName.TAC_PERMITTED):
        looks.append(partial(_listed, ListName.TAC_PERMITTED, tac.permitted, "tac_permitted"))
    if tac.test is not None:
        looks.append(partial(_test, tac.test))
    if basis.has_tacs and (tac.unallocated is not None or tac.device_types):
        looks.append(partial(_database, tac.unallocated, tac.device_types))
    return looks


def _listed(
    name: ListName, status: Status, reason: str, facts: Facts, imei: Imei
) -> Verdict | None:
    """Look at a list of types."""
    found = facts.on_list(facts.ranges, name)
    if not found:
        return None
    entry = min(found, key=lambda e: (e.source, e.reason))
    return Verdict(
        status=status,
        rule="tac",
        reason=entry.reason or reason,
        list=name,
        matched=imei.tac,
        source=entry.source,
        version=facts.view.version,
    )


def _test(status: Status, facts: Facts, imei: Imei) -> Verdict | None:
    """Look for test equipment."""
    return _verdict(status if imei.tac.startswith(_TEST) else None, "tac_test", facts, imei)


def _database(
    unallocated: Status | None, device_types: dict[str, Status], facts: Facts, imei: Imei
) -> Verdict | None:
    """Look into the TAC database."""
    info = facts.view.tac_info(imei.tac)
    if info is None:
        facts.note(f"the type {imei.tac} is not in the TAC database")
        return _verdict(unallocated, "tac_unallocated", facts, imei)
    facts.note(f"the type {imei.tac} is a {info.device_type or 'device of no stated type'}")
    status = device_types.get(info.device_type.casefold())
    return _verdict(status, "tac_device_types", facts, imei)


def _verdict(status: Status | None, reason: str, facts: Facts, imei: Imei) -> Verdict | None:
    """Answer, where the class is not off."""
    if status is None:
        return None
    return Verdict(status, "tac", reason, matched=imei.tac, version=facts.view.version)
