"""The supervisor's own state, as metrics."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from eir.decision.verdict import Status


@dataclass(slots=True)
class NodeState:
    """What the supervisor knows, at the moment of a scrape.

    Attributes:
        worker_up: whether the worker answers.
        worker_restarts: how often one died.
        store_readable: whether checks are answered from the lists.
        list_version: the version of the lists that answer; None when none does.
        override: what the operator has every check answered with; None: the lists answer.
        records_written: records that workers wrote since the start.
        records_overwritten: those that nobody had read before.
    """

    worker_up: bool
    worker_restarts: int
    store_readable: bool
    list_version: int | None
    override: Status | None
    records_written: int
    records_overwritten: int


class NodeCollector(Collector):
    """Tells the supervisor's own state."""

    def __init__(self, state: Callable[[], NodeState]) -> None:
        self._state = state

    def collect(self) -> Iterator[Metric]:
        """Yield every family, as prometheus-client asks."""
        state = self._state()
        yield GaugeMetricFamily("eir_worker_up", "1 while a worker answers", state.worker_up)
        yield CounterMetricFamily("eir_worker_restarts", "Workers that died", state.worker_restarts)
        yield GaugeMetricFamily(
            "eir_store_readable", "1 while checks are answered from the lists", state.store_readable
        )
        if state.list_version is not None:
            yield GaugeMetricFamily(
                "eir_list_version", "Version of the lists that answer", state.list_version
            )
        override = GaugeMetricFamily(
            "eir_override", "1 while the operator has every check answered so", labels=["status"]
        )
        for status in Status:
            override.add_metric([status], status is state.override)
        yield override
        yield CounterMetricFamily(
            "eir_check_records", "Check records written", state.records_written
        )
        yield CounterMetricFamily(
            "eir_overwritten_check_records",
            "Check records lost before they were read",
            state.records_overwritten,
        )
