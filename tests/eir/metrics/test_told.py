from prometheus_client import CollectorRegistry
from prometheus_client.core import Metric
from prometheus_client.registry import Collector

from eir.metrics.family import Family, Kind
from eir.metrics.told import told
from tests.eir.metrics.scraping import samples


class One(Collector):
    def __init__(self, metric: Metric) -> None:
        self._metric = metric

    def collect(self) -> list[Metric]:
        return [self._metric]


def shown(metric: Metric) -> dict[str, float]:
    registry = CollectorRegistry()
    registry.register(One(metric))
    return samples(registry)


def test_a_counter_has_its_ending_and_a_gauge_has_none() -> None:
    assert shown(told(Family("eir_things", "Things"), [((), 2)])) == {"eir_things_total": 2}
    level = Family("eir_level", "Level", Kind.GAUGE, ("of",))
    assert shown(told(level, [(("water",), 3)])) == {'eir_level{of="water"}': 3}


def test_of_what_is_not_known_nothing_is_told() -> None:
    assert shown(told(Family("eir_things", "Things"), [])) == {}
