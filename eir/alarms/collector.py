"""What `/metrics` tells of alarms."""

from collections.abc import Callable, Iterator, Sequence

from prometheus_client.core import Metric
from prometheus_client.registry import Collector

from eir.alarms.board import Alarm
from eir.alarms.catalogue import CATALOGUE
from eir.alarms.outlets.outlet import Outlet
from eir.metrics.family import Family, Kind
from eir.metrics.told import told

ACTIVE = Family("eir_alarm_active", "Alarms that are on", Kind.GAUGE, ("alarm", "severity"))
NOTICES = Family(
    "eir_alarm_notices",
    "Alarms raised and cleared that a webhook or an SNMP manager was told, or was not",
    Kind.COUNTER,
    ("outlet", "result"),
)
ALARM_FAMILIES = (ACTIVE, NOTICES)


class AlarmCollector(Collector):
    """Tells how many alarms of each kind are on, and what became of notices."""

    def __init__(
        self, active: Callable[[], Sequence[Alarm]], outlets: Callable[[], Sequence[Outlet]]
    ) -> None:
        self._active = active
        self._outlets = outlets

    def collect(self) -> Iterator[Metric]:
        """Yield the families, as prometheus-client asks; an alarm that is off is a 0."""
        counts = {(kind.name, kind.severity): 0 for kind in CATALOGUE}
        for alarm in self._active():
            key = alarm.kind, alarm.severity
            counts[key] = counts.get(key, 0) + 1
        yield told(ACTIVE, counts.items())
        outlets = self._outlets()
        delivered = (((outlet.name, "delivered"), outlet.delivered) for outlet in outlets)
        lost = (((outlet.name, "lost"), outlet.lost) for outlet in outlets)
        yield told(NOTICES, (*delivered, *lost))
