"""The rules of a policy, prepared for one version of the lists: what a check runs through."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TypeAlias

from eir.decision import rules
from eir.decision.facts import Facts
from eir.decision.policy import Policies, Policy
from eir.decision.rule import Basis, NotNeeded, Run
from eir.decision.rules import override
from eir.decision.verdict import Status, Verdict

Plans: TypeAlias = Mapping[str | None, "Plan"]  # by the name of the policy


@dataclass(frozen=True, slots=True)
class Plan:
    """What decides a check.

    Attributes:
        policy: whose plan it is.
        steps: every rule in its order, those that cannot say anything too.
        runs: those that can, which `decide` asks.
        audits: whether a verdict is only kept, and everything permitted.
    """

    policy: Policy
    steps: tuple[tuple[str, Run | NotNeeded], ...]
    runs: tuple[Run, ...]
    audits: bool

    def decide(self, facts: Facts) -> Verdict:
        """Answer one check.

        Raises:
            StoreError: the lists cannot be read.
        """
        for run in self.runs:
            verdict = run(facts)
            if verdict is not None:
                return _audited(verdict) if self.audits else verdict
        raise AssertionError("the last rule always answers")


def plan_of(policy: Policy, basis: Basis) -> Plan:
    """Prepare the rules of a policy."""
    settings = policy.settings
    steps = tuple((name, rules.named(name)(settings, basis)) for name in settings.order)
    runs = tuple(run for _, run in steps if not isinstance(run, NotNeeded))
    return Plan(policy, steps, runs, settings.audit)


def plans_of(policies: Policies, basis: Basis) -> Plans:
    """Prepare the rules of every policy."""
    return {policy.name: plan_of(policy, basis) for policy in policies.all}


def _audited(verdict: Verdict) -> Verdict:
    """Permit, and keep what would have been answered; the operator's own word stands."""
    if verdict.rule == override.NAME:
        return verdict
    return replace(verdict, status=Status.PERMITTED, would_be=verdict.status)
