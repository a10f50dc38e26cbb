"""The prohibited among the checks, against their own recent past.

With p of n checks prohibited in the last `ratio_window_seconds`, and P of N in the
`ratio_past_seconds` before, both n and N being `ratio_checks` at least:

    recent = p / n      past = P / N      limit = max((ratio_factor - 1) * past, ratio_points / 100)

    raised when recent - past >= limit;  cleared when recent - past < limit / 2

Only a rise is an alarm. It ends, too, when what is new has become the past. With fewer checks
nothing can be said, and the alarm stays as it is.
"""

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass

from eir.alarms.board import Finding, Undecided
from eir.alarms.catalogue import PROHIBITED_RATIO_JUMPED
from eir.config import Alarms

KINDS = (PROHIBITED_RATIO_JUMPED,)


@dataclass(frozen=True, slots=True)
class Counted:
    """Checks that were answered since the start, and how many of them prohibited."""

    checks: int
    prohibited: int


class RatioWatch:
    """Says on which interface the ratio jumped; pure, time comes in."""

    def __init__(self) -> None:
        self._interfaces: dict[str, _History] = {}

    def look(
        self, counted: Mapping[str, Counted], now: float, alarms: Alarms
    ) -> list[Finding | Undecided]:
        """Say what is wrong.

        Args:
            counted: by interface.
            now: monotonic seconds.
            alarms: what counts as a jump.
        """
        found: list[Finding | Undecided] = []
        for name, total in counted.items():
            history = self._interfaces.setdefault(name, _History())
            jumped = history.look(total, now, alarms)
            if jumped is None:
                found.append(Undecided(PROHIBITED_RATIO_JUMPED, name))
            elif jumped:
                found.append(Finding(PROHIBITED_RATIO_JUMPED, name, history.text(name)))
        return found


class _History:
    """One interface."""

    def __init__(self) -> None:
        self._times: list[float] = []
        self._totals: list[Counted] = []
        self._is_on = False
        self._before = self._after = 0.0  # when it was raised

    def look(self, total: Counted, now: float, alarms: Alarms) -> bool | None:
        """Tell whether it has jumped; None: there are too few checks to tell."""
        self._times.append(now)
        self._totals.append(total)
        begin = now - alarms.ratio_window_seconds
        begun = self._at(begin)
        first = self._at(begin - alarms.ratio_past_seconds)
        self._forget(begin - alarms.ratio_past_seconds)
        recent = _ratio(begun, total, alarms.ratio_checks)
        past = _ratio(first, begun, alarms.ratio_checks)
        if recent is None or past is None:
            return None
        limit = max((alarms.ratio_factor - 1) * past, alarms.ratio_points / 100)
        jumped = recent - past >= (limit / 2 if self._is_on else limit)
        if jumped and not self._is_on:
            self._before, self._after = past, recent
        self._is_on = jumped
        return jumped

    def text(self, name: str) -> str:
        """Say how it jumped."""
        before, after = 100 * self._before, 100 * self._after
        return f"{name}: {after:.3g} % of the checks are prohibited, and {before:.3g} % were before"

    def _at(self, time: float) -> Counted:
        """Give the totals of a time; of one before the first, the first."""
        return self._totals[max(0, bisect_right(self._times, time) - 1)]

    def _forget(self, time: float) -> None:
        """Drop what is older than needed, many at once."""
        old = bisect_right(self._times, time) - 1
        if old > len(self._times) // 2:
            del self._times[:old]
            del self._totals[:old]


def _ratio(before: Counted, after: Counted, least: int) -> float | None:
    checks = after.checks - before.checks
    return (after.prohibited - before.prohibited) / checks if checks >= least else None
