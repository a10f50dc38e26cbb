"""`binding`: equipment and subscribers that are locked to each other.

    lock          ties
    mutual        equipment and subscriber to each other
    equipment     this equipment to these subscribers, who may use others too
    subscriber    this subscriber to this equipment, which others may use too

A lock that is kept says nothing more: a stolen phone in its bound SIM is still stolen.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from eir.config.decision import Decision
from eir.decision.facts import Facts
from eir.decision.matching import names_subscriber
from eir.decision.rule import Basis, NotNeeded, Run
from eir.decision.verdict import Status, Verdict
from eir.decision.view import Member
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
        return self._equipment(facts) or self._subscriber(facts)

    def _equipment(self, facts: Facts) -> Verdict | None:
        """Look at what ties this equipment to subscribers."""
        locks = _locks(facts, facts.row, _EQUIPMENT)
        if not locks:
            facts.note("no lock ties this equipment")
            return None
        if not facts.imsi:
            return self._cannot_tell(facts, "the request carries no IMSI")
        tied = [m for m in facts.members if m.imei == facts.digits]
        if any(
            names_subscriber(m, ListName.BINDING, facts) and _locks(facts, m.row, _EQUIPMENT)
            for m in tied
        ):
            facts.note("this equipment is tied to this subscriber")
            return None
        if not facts.msisdn and not self._names_an_imsi(facts):
            return self._cannot_tell(facts, "the subscribers are named by MSISDN, ours is unknown")
        facts.note("this equipment is tied to other subscribers")
        return self._violation("binding_equipment", facts.digits, locks[0])

    def _names_an_imsi(self, facts: Facts) -> bool:
        """Tell whether a lock of this equipment names a subscriber by IMSI."""
        members = () if facts.imei is None else facts.view.members_of_equipment(facts.imei)
        return any(m.imsi and _locks(facts, m.row, _EQUIPMENT) for m in members)

    def _cannot_tell(self, facts: Facts, why: str) -> Verdict | None:
        facts.note(f"locks tie this equipment, but {why}")
        if self.no_imsi is None:
            return None
        return Verdict(self.no_imsi, "binding", "binding_no_imsi", version=self.version)

    def _subscriber(self, facts: Facts) -> Verdict | None:
        """Look at what ties this subscriber to equipment."""
        tying = [
            (member, lock)
            for member in self._named(facts)
            for lock in _locks(facts, member.row, _SUBSCRIBER)
        ]
        if not tying:
            facts.note("no lock ties this subscriber")
            return None
        if any(member.imei == facts.digits for member, _ in tying):
            facts.note("this subscriber is tied to this equipment")
            return None
        facts.note("this subscriber is tied to other equipment")
        _, lock = tying[0]
        return self._violation("binding_subscriber", facts.imsi or facts.msisdn, lock)

    def _named(self, facts: Facts) -> Iterable[Member]:
        """Give the combinations that name this subscriber and an equipment."""
        return (m for m in facts.members if m.imei and names_subscriber(m, ListName.BINDING, facts))

    def _violation(self, reason: str, matched: str, lock: Entry) -> Verdict:
        return Verdict(
            status=self.violated,
            rule="binding",
            reason=reason,
            list=ListName.BINDING,
            matched=matched,
            source=lock.source,
            version=self.version,
        )


def _locks(facts: Facts, row: Row, kinds: tuple[Lock, ...]) -> list[Entry]:
    """Choose the locks of these kinds that are in force."""
    return [e for e in facts.on_list(row, ListName.BINDING) if e.lock in kinds]
