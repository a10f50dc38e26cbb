"""Reads what collectors expose, as Prometheus would."""

from prometheus_client import CollectorRegistry
from prometheus_client.exposition import generate_latest

from eir import metrics
from eir.metrics import Counters
from eir.metrics.exposition import PageCollector


def page() -> Counters:
    return Counters(memoryview(bytearray(metrics.SIZE)))


def scrape(*pages: Counters) -> dict[str, float]:
    registry = CollectorRegistry()
    registry.register(PageCollector(pages))
    return samples(registry)


def samples(registry: CollectorRegistry) -> dict[str, float]:
    lines = generate_latest(registry).decode().splitlines()
    pairs = (line.rsplit(" ", 1) for line in lines if not line.startswith("#"))
    return {name: float(value) for name, value in pairs}
