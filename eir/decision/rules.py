"""The rules, in their order: one pure function over one view of the lists."""

from dataclasses import dataclass
from typing import Protocol

from eir.config import Decision
from eir.decision.verdict import Check, Reason, Rule, Status, Verdict
from eir.lists.names import ListName
from eir.store.rows import Entry, Row
from protocols.identities import Imei

_ANSWERS = {
    ListName.PROHIBITED: (Status.PROHIBITED, Rule.PROHIBITED),
    ListName.TRACKING: (Status.TRACKING, Rule.TRACKING),
    ListName.PERMITTED: (Status.PERMITTED, Rule.PERMITTED),
}


@dataclass(frozen=True, slots=True)
class Policy:
    """What the operator chose.

    Attributes:
        unlisted: the answer for equipment that no list names, and for malformed identities.
        on_failure: the answer while the lists cannot be read; None asks for the interface's own
            error.
    """

    unlisted: Status
    on_failure: Status | None


def policy_of(decision: Decision) -> Policy:
    """Take the policy from the configuration."""
    on_failure = None if decision.on_failure == "error" else Status(decision.on_failure)
    return Policy(unlisted=decision.unlisted, on_failure=on_failure)


class View(Protocol):
    """One version of the lists."""

    @property
    def version(self) -> int:
        """Its number."""

    def row_of(self, imei: Imei) -> Row | None:
        """Return what the lists say about an equipment.

        Raises:
            StoreError: it cannot be read.
        """


def decide(check: Check, view: View, policy: Policy, at: float) -> Verdict:
    """Answer one check from the lists.

    Args:
        check: what is asked.
        view: the lists.
        policy: what to answer where they say nothing.
        at: the instant for which entries must be in force, in UTC seconds.

    Raises:
        StoreError: the lists cannot be read.
    """
    try:
        imei = Imei.parse(check.equipment)
    except ValueError:
        # TS 29.272 has no error for an IMEI of the wrong form: to the network it is one more
        # equipment that nobody listed.
        return Verdict(policy.unlisted, Rule.UNLISTED, Reason.MALFORMED, version=view.version)
    entry = _strongest(view.row_of(imei) or (), at)
    if entry is None:
        return Verdict(policy.unlisted, Rule.UNLISTED, Reason.UNLISTED, version=view.version)
    status, rule = _ANSWERS[entry.list]
    return Verdict(
        status=status,
        rule=rule,
        reason=entry.reason or Reason.LISTED,
        list=entry.list,
        matched=imei.digits,
        source=entry.source,
        version=view.version,
    )


def fail(policy: Policy) -> Verdict:
    """Answer while the lists cannot be read: our fault, so never as if nobody listed it."""
    return Verdict(policy.on_failure, Rule.ON_FAILURE, Reason.STORE_UNREADABLE)


def _strongest(row: Row, at: float) -> Entry | None:
    """Find the entry that decides: a row has the strongest list first (TS 22.016 §5)."""
    return next((entry for entry in row if entry.in_force(at)), None)
