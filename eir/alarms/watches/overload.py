"""How near the limits of `[overload]` are: what comes, what waits, and what is shed."""

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, TypeAlias, get_args

from eir.alarms.board import Alarm, Finding
from eir.alarms.catalogue import OVERLOADED
from eir.config import Alarms, Overload
from eir.log import Severity

Level: TypeAlias = Literal["none", "minor", "major", "critical"]

KINDS = (OVERLOADED,)
LEVELS: tuple[Level, ...] = get_args(Level)
WINDOW = 5.0  # seconds; ours: of which rates are


@dataclass(frozen=True, slots=True)
class Load:
    """What the node has to do.

    Attributes:
        came: checks since the start, those that were shed among them.
        shed: checks that were too many.
        waiting: octets of requests that wait for their turn now.
    """

    came: int
    shed: int
    waiting: int


def level_of(active: Iterable[Alarm]) -> Level:
    """Say how overloaded the node is, given the alarms that are on."""
    severities = [alarm.severity for alarm in active if alarm.kind == OVERLOADED.name]
    return next((level for level in LEVELS if level in severities), "none")


class OverloadWatch:
    """Says how overloaded we are; pure, time comes in."""

    def __init__(self, begun: float) -> None:
        """Begin when the node does; what comes before the first look counts, too.

        Args:
            begun: monotonic seconds.
        """
        self._loads: deque[tuple[float, Load]] = deque([(begun, Load(0, 0, 0))])
        self._reached: dict[Severity, float] = {}  # when a level was reached last

    def look(self, load: Load, now: float, overload: Overload, alarms: Alarms) -> list[Finding]:
        """Say what is wrong.

        Args:
            load: now.
            now: monotonic seconds.
            overload: the limits.
            alarms: the levels.
        """
        self._loads.append((now, load))
        while now - self._loads[0][0] > WINDOW:
            self._loads.popleft()
        for severity, is_reached in self._levels(load, now, overload, alarms).items():
            if is_reached:
                self._reached[severity] = now
        for severity, text in _TEXTS.items():
            at = self._reached.get(severity)
            if at is not None and now - at <= alarms.overload_calm_seconds:
                return [Finding(OVERLOADED, text=text.format(alarms), severity=severity)]
        return []

    def _levels(
        self, load: Load, now: float, overload: Overload, alarms: Alarms
    ) -> dict[Severity, bool]:
        begun, before = self._loads[0]
        came, shed, seconds = load.came - before.came, load.shed - before.shed, now - begun
        used = load.waiting / overload.node_waiting_octets
        if overload.node_checks_per_second and seconds:
            used = max(used, came / seconds / overload.node_checks_per_second)
        return {
            "critical": shed > 0 and 100 * shed >= alarms.overload_critical_percent * came,
            "major": shed > 0 or 100 * used >= alarms.overload_major_percent,
            "minor": 100 * used >= alarms.overload_minor_percent,
        }


_TEXTS: dict[Severity, str] = {
    "critical": "{0.overload_critical_percent:g} % of the checks or more are shed",
    "major": "checks are shed, or {0.overload_major_percent:g} % of a limit of the node is reached",
    "minor": "{0.overload_minor_percent:g} % of a limit of the node is reached",
}
