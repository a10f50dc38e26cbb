from prometheus_client import CollectorRegistry

from eir.alarms.board import Notice
from eir.alarms.catalogue import LIST_STALE, SYNC_FAILED
from eir.alarms.collector import AlarmCollector
from eir.alarms.outlets.outlet import Outlet
from tests.alarms import board


def test_every_kind_is_there_and_says_how_many_are_on() -> None:
    alarms = board()
    registry = CollectorRegistry()
    registry.register(AlarmCollector(alarms.active, list))

    def on(alarm: str, severity: str) -> float | None:
        labels = {"alarm": alarm, "severity": severity}
        return registry.get_sample_value("eir_alarm_active", labels)

    alarms.raise_(LIST_STALE, "a", text="old")
    alarms.raise_(LIST_STALE, "b", text="old")
    alarms.raise_(SYNC_FAILED, "b", text="late", severity="minor")
    assert on("list_stale", "major") == 2
    assert (on("sync_failed", "major"), on("sync_failed", "minor")) == (0, 1)
    assert on("store_unreadable", "critical") == 0


def test_what_became_of_notices_is_there_for_everybody_who_is_told() -> None:
    async def deliver(_notice: Notice, _lost: int) -> None: ...

    outlet = Outlet("webhook", deliver)
    outlet.delivered, outlet.lost = 3, 1
    registry = CollectorRegistry()
    registry.register(AlarmCollector(list, lambda: [outlet]))

    def notices(result: str) -> float | None:
        labels = {"outlet": "webhook", "result": result}
        return registry.get_sample_value("eir_alarm_notices_total", labels)

    assert (notices("delivered"), notices("lost")) == (3, 1)
