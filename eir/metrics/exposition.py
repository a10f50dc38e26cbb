"""What `/metrics` shows of the workers: the pages of all of them, added up."""

from collections.abc import Iterator, Sequence

from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)
from prometheus_client.registry import Collector

from eir.metrics.checks import IDENTITY_DIFFERENCE, SUM
from eir.metrics.families import FAMILIES, PEER_FAMILIES
from eir.metrics.family import Family, Kind
from eir.metrics.page import Counters
from eir.metrics.sums import greatest, of_peers, total

HOLDS = Family(
    "eir_check_identity_holds",
    "1 while received = permitted + prohibited + tracking + unknown + refused + failed + shed, of "
    "every peer",
    Kind.GAUGE,
)


class PageCollector(Collector):
    """Tells what the workers' pages come to."""

    def __init__(self, pages: Sequence[Counters]) -> None:
        self._pages = pages

    def collect(self) -> Iterator[Metric]:
        """Yield every family, as prometheus-client asks."""
        yield from self._of_peers()
        yield self._holds()
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
                    yield self._greatest(family, hidden=0)
                case Kind.MAXIMUM:
                    yield self._greatest(family, hidden=1)

    def _of_peers(self) -> Iterator[Metric]:
        """Yield what is counted of each peer, all workers' together."""
        for family in PEER_FAMILIES:
            samples = CounterMetricFamily(family.name, family.help, labels=family.labels)
            for row in family.rows:
                for peer, value in of_peers(self._pages, family, row).items():
                    samples.add_metric((*peer, *row), value)
            yield samples

    def _holds(self) -> Metric:
        holds = total(self._pages, IDENTITY_DIFFERENCE) == 0  # each is 0 or above
        return GaugeMetricFamily(HOLDS.name, HOLDS.help, value=holds)

    def _plain(
        self,
        family: Family,
        metric: type[CounterMetricFamily] | type[GaugeMetricFamily],
        *,
        unit: float = 1,
    ) -> Metric:
        samples = metric(family.name, family.help, labels=family.labels)
        for row in family.rows:
            samples.add_metric(row, total(self._pages, family, *row) * unit)
        return samples

    def _greatest(self, family: Family, *, hidden: int) -> Metric:
        """Show the greatest, and so many of the last labels not at all."""
        shown = len(family.labels) - hidden
        samples = GaugeMetricFamily(family.name, family.help, labels=family.labels[:shown])
        for row in dict.fromkeys(row[:shown] for row in family.rows):
            samples.add_metric(row, greatest(self._pages, family, *row) / 1e9)
        return samples

    def _histogram(self, family: Family) -> Metric:
        samples = HistogramMetricFamily(family.name, family.help, labels=family.labels[:-1])
        for row in dict.fromkeys(row[:-1] for row in family.rows):
            below = 0
            buckets = []
            for bound in (each[-1] for each in family.rows if each[:-1] == row):
                if bound != SUM:
                    below += total(self._pages, family, *row, bound)  # a bucket holds those too
                    buckets.append((bound, float(below)))
            samples.add_metric(row, buckets, total(self._pages, family, *row, SUM) / 1e9)
        return samples
