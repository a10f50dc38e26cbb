"""What the supervisor tells beside the workers' pages: a family, and what it is now."""

from collections.abc import Iterable

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric

from eir.metrics.family import Family, Kind, Row


def told(family: Family, rows: Iterable[tuple[Row, float]]) -> Metric:
    """Give a counter or a gauge to prometheus-client, with a sample for each row of labels."""
    kind = CounterMetricFamily if family.kind is Kind.COUNTER else GaugeMetricFamily
    samples = kind(family.name, family.help, labels=family.labels)
    for labels, value in rows:
        samples.add_metric(labels, value)
    return samples
