"""What each verdict counts as, found once for each object that is a verdict."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from eir.decision.verdict import Interface, Reason, Verdict
from eir.metrics import outcome_of, slots_of_check
from eir.sampling import is_usual

MOST = 4096  # ours: verdicts known of an interface


@dataclass(frozen=True, slots=True)
class Tally:
    """What a verdict counts as.

    Attributes:
        verdict: held, so that no other object has its identity.
        slots: that count it (`eir.metrics`).
        outcome: where in the row of a peer it counts.
        is_usual: its class, for records.
        is_unclassed: whether it says that the identity is malformed, but not in what way.
    """

    verdict: Verdict
    slots: tuple[int, ...]
    outcome: int
    is_usual: bool
    is_unclassed: bool


class Tallies:
    """The verdicts met on one interface."""

    def __init__(self, interface: Interface) -> None:
        self._interface = interface
        self._known: dict[int, Tally] = {}

    def count(self, verdicts: Sequence[Verdict]) -> list[tuple[Tally, int]]:
        """Say what a batch counts as, and how often."""
        known = self._known
        if len(verdicts) == 1:  # as where little is asked
            (verdict,) = verdicts
            return [(known.get(id(verdict)) or self._meet(verdict), 1)]
        return [
            (known.get(key) or self._meet(next(v for v in verdicts if id(v) == key)), count)
            for key, count in Counter(map(id, verdicts)).items()
        ]

    def _meet(self, verdict: Verdict) -> Tally:
        if len(self._known) >= MOST:
            self._known.clear()
        tally = Tally(
            verdict,
            slots_of_check(self._interface, verdict),
            outcome_of(verdict),
            is_usual=is_usual(verdict),
            is_unclassed=verdict.reason == Reason.MALFORMED,
        )
        self._known[id(verdict)] = tally
        return tally
