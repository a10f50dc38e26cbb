"""`binding`: equipment and subscribers that are locked to each other.

    lock          ties
    mutual        equipment and subscriber to each other
    equipment     this equipment to these subscribers, who may use others too
    subscriber    this subscriber to this equipment, which others may use too

A lock that is kept says nothing more: a stolen phone in its bound SIM is still stolen. An equipment
is with somebody else only if none of its locks could mean this subscriber: where one names what is
not known of ours, nobody can tell, and `binding.no_imsi` answers.
"""

from dataclasses import dataclass

from eir.config.decision import Decision
from eir.decision.facts import Facts
from eir.decision.rule import Basis, NotNeeded, Run
from eir.decision.verdict import Status, Verdict
from eir.lists.names import ListName, Lock
from eir.lists.subjects import Kind
from eir.store.rows import Entry, Row

_EQUIPMENT = (Lock.MUTUAL, Lock.EQUIPMENT)  # what ties the equipment
_SUBSCRIBER = (Lock.MUTUAL, Lock.SUBSCRIBER)  # what ties the subscriber


def prepare(settings: Decision, basis: Basis) -> Run | NotNeeded:
    """Prepare the rule."""
    if Kind.PAIR not in basis.kinds(ListName.BINDING):
        return NotNeeded("nothing is on the binding list")
    return _Binding(settings.binding.violated, settings.binding.no_imsi, basis.version)


@dataclass(frozen=True, slots=True)
class _Binding:
    """The rule, with its two answers; `no_imsi` None: pass."""

    violated: Status
    no_imsi: Status | None
    version: int

    def __call__(self, facts: Facts) -> Verdict | None:
        locks = _locks(facts, facts.row, _EQUIPMENT)
        is_kept = _is_with_its_subscriber(facts, locks)
        if is_kept is False:
            return self._verdict(self.violated, "binding_equipment", facts.digits, locks)
        verdict = self._subscriber(facts)
        if verdict is None and is_kept is None and self.no_imsi is not None:
            return self._verdict(self.no_imsi, "binding_no_imsi", facts.digits, locks)
        return verdict

    def _subscriber(self, facts: Facts) -> Verdict | None:
        """Look at what ties this subscriber to equipment."""
        tied = [(m.imei, lock) for m in facts.members for lock in _locks(facts, m.row, _SUBSCRIBER)]
        if not tied:
            facts.note("no lock ties this subscriber")
            return None
        if any(imei == facts.digits for imei, _ in tied):
            facts.note("this subscriber is tied to this equipment")
            return None
        facts.note("this subscriber is tied to other equipment")
        locks = [lock for _, lock in tied]
        matched = facts.imsi or facts.msisdn
        return self._verdict(self.violated, "binding_subscriber", matched, locks)

    def _verdict(self, status: Status, reason: str, matched: str, locks: list[Entry]) -> Verdict:
        return Verdict(
            status=status,
            rule="binding",
            reason=reason,
            list=ListName.BINDING,
            matched=matched,
            source=min(lock.source for lock in locks),
            version=self.version,
        )


def _is_with_its_subscriber(facts: Facts, locks: list[Entry]) -> bool | None:
    """Tell whether the locks of this equipment are kept; None: nobody can tell."""
    if not locks:
        facts.note("no lock ties this equipment")
        return True
    if any(m.imei == facts.digits and _locks(facts, m.row, _EQUIPMENT) for m in facts.members):
        facts.note("this equipment is tied to this subscriber")
        return True
    if _can_judge_all(facts):
        facts.note("this equipment is tied to other subscribers")
        return False
    unknown = "MSISDN" if facts.imsi else "IMSI"
    facts.note(f"locks tie this equipment, but the subscriber's {unknown} is not known")
    return None


def _can_judge_all(facts: Facts) -> bool:
    """Tell whether we know of the subscriber what each lock of this equipment names of its own.

    That is the IMSI, or the MSISDN where a lock names no IMSI. It is read only if it matters.
    """
    if not facts.imsi and not facts.msisdn:
        return False
    if facts.imsi and (facts.msisdn or not facts.view.names_msisdns):
        return True
    members = () if facts.imei is None else facts.view.members_of_equipment(facts.imei)
    locking = [m for m in members if _locks(facts, m.row, _EQUIPMENT)]
    return all(facts.imsi if m.imsi else facts.msisdn for m in locking)


def _locks(facts: Facts, row: Row, kinds: tuple[Lock, ...]) -> list[Entry]:
    """Choose the locks of these kinds that are in force."""
    return [e for e in facts.on_list(row, ListName.BINDING) if e.lock in kinds]
