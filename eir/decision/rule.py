"""What a rule is: prepared once for a policy and a version of the lists, then run at each check.

A rule is prepared for a basis, so that at a check nothing is asked whose answer is known before:
an empty list, a switch that is off. What is left runs in the order of the configuration, and the
first verdict counts.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Self, TypeAlias

from eir.config.decision import Decision
from eir.decision.facts import Facts
from eir.decision.override import Override
from eir.decision.verdict import Verdict
from eir.decision.view import View
from eir.lists.names import ListName
from eir.lists.subjects import Kind

Run: TypeAlias = Callable[[Facts], Verdict | None]  # None: the next rule decides


@dataclass(frozen=True, slots=True)
class NotNeeded:
    """A rule that cannot say anything, and why, for explanations."""

    why: str


@dataclass(frozen=True, slots=True)
class Basis:
    """What rules are prepared for, beside the policy.

    Attributes:
        version: of the lists.
        holds: which lists have entries of which kinds.
        has_tacs: whether a TAC database is loaded.
        override: the operator's switch, if it is on.
    """

    version: int
    holds: frozenset[tuple[ListName, Kind]] = frozenset()
    has_tacs: bool = False
    override: Override | None = None

    @classmethod
    def of(cls, view: View, override: Override | None) -> Self:
        """Take it from a version of the lists.

        Raises:
            StoreError: it cannot be read.
        """
        return cls(view.version, view.holds, view.has_tacs, override)

    def kinds(self, name: ListName) -> frozenset[Kind]:
        """Tell what kinds of entries may be on a list at some instant."""
        lists = _SOURCES.get(name, (name,))
        return frozenset(kind for listed, kind in self.holds if listed in lists)


# An entry of the tracking list may be on the prohibited list from its expiry on.
_SOURCES = {ListName.PROHIBITED: (ListName.PROHIBITED, ListName.TRACKING)}

Prepare: TypeAlias = Callable[[Decision, Basis], Run | NotNeeded]
