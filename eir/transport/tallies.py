"""What each verdict counts as, found once for each object that is a verdict."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from eir.decision.verdict import Interface, Verdict
from eir.metrics import slots_of_check
from eir.sampling import is_usual

MOST = 4096  # ours: verdicts known of an interface


@dataclass(frozen=True, slots=True)
class Tally:
    """What a verdict counts as.

    Attributes:
        verdict: held, so that no other object has its identity.
        slots: that count it (`eir.metrics`).
        is_usual: its class, for records.
    """

    verdict: Verdict
    slots: tuple[int, ...]
    is_usual: bool


class Tallies:
    """The verdicts met on one interface."""

    def __init__(self, interface: Interface) -> None:
        self._interface = interface
        self._known: dict[int, Tally] = {}

    def count(self, verdicts: Sequence[Verdict]) -> list[tuple[Tally, int]]:
        """Say what a batch counts as, and how often."""
        known = self._known
        return [
            (known.get(key) or self._meet(next(v for v in verdicts if id(v) == key)), count)
            for key, count in Counter(map(id, verdicts)).items()
        ]

    def _meet(self, verdict: Verdict) -> Tally:
        if len(self._known) >= MOST:
            self._known.clear()
        tally = Tally(verdict, slots_of_check(self._interface, verdict), is_usual(verdict))
        self._known[id(verdict)] = tally
        return tally
