"""What `/metrics` shows: the pages of all workers, summed, and the supervisor's own state."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)
from prometheus_client.registry import Collector

from eir.decision.verdict import Status
from eir.metrics import BOUNDS, FAMILIES, SUM, Counters, Family, Kind


class PageCollector(Collector):
    """Sums the workers' pages."""

    def __init__(self, pages: Sequence[Counters]) -> None:
        self._pages = pages

    def collect(self) -> Iterator[Metric]:
        """Yield every family, as prometheus-client asks."""
        for family in FAMILIES:
            match family.kind:
                case Kind.HISTOGRAM:
                    yield self._histogram(family)
                case Kind.COUNTER:
                    yield self._plain(family, CounterMetricFamily)
                case Kind.GAUGE:
                    yield self._plain(family, GaugeMetricFamily)
                case Kind.SECONDS:
                    yield self._plain(family, CounterMetricFamily, unit=1e-9)
                case Kind.LATEST:
                    yield self._latest(family)

    def _sum(self, family: Family, row: tuple[str, ...]) -> int:
        return sum(page.value(family, row) for page in self._pages)

    def _plain(
        self,
        family: Family,
        metric: type[CounterMetricFamily] | type[GaugeMetricFamily],
        *,
        unit: float = 1,
    ) -> Metric:
        samples = metric(family.name, family.help, labels=family.labels)
        for row in family.rows:
            samples.add_metric(row, self._sum(family, row) * unit)
        return samples

    def _latest(self, family: Family) -> Metric:
        samples = GaugeMetricFamily(family.name, family.help, labels=family.labels)
        for row in family.rows:
            newest = max(page.value(family, row) for page in self._pages)
            samples.add_metric(row, newest / 1e9)
        return samples

    def _histogram(self, family: Family) -> Metric:
        samples = HistogramMetricFamily(family.name, family.help, labels=family.labels[:-1])
        for row in dict.fromkeys(row[:-1] for row in family.rows):
            total = 0
            buckets = []
            for bound in BOUNDS:  # a bucket counts what is in the smaller ones too
                total += self._sum(family, (*row, bound))
                buckets.append((bound, float(total)))
            samples.add_metric(row, buckets, self._sum(family, (*row, SUM)) / 1e9)
        return samples


@dataclass(slots=True)
class NodeState:
    """What the supervisor knows, at the moment of a scrape.

    Attributes:
        worker_up: whether each worker answers.
        worker_restarts: how often each died.
        store_readable: whether checks are answered from the lists.
        list_version: the version of the lists that answer; None when none does.
        override: what the operator has every check answered with; None: the lists answer.
        records_written: records that workers wrote since the start.
        records_overwritten: those that nobody had read before.
    """

    worker_up: Sequence[bool]
    worker_restarts: Sequence[int]
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
        up = GaugeMetricFamily("eir_worker_up", "1 while a worker answers", labels=["worker"])
        for worker, is_up in enumerate(state.worker_up):
            up.add_metric([str(worker)], is_up)
        yield up
        died = CounterMetricFamily(
            "eir_worker_restarts", "How often a worker died", labels=["worker"]
        )
        for worker, restarts in enumerate(state.worker_restarts):
            died.add_metric([str(worker)], restarts)
        yield died
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
