from prometheus_client import CollectorRegistry

from eir.lists.summary import ListSummary, Summary
from eir.metrics.lists import ListCollector
from tests.eir.metrics.scraping import samples

LISTS = (
    ListSummary("prohibited", "national", 900, 7, "2026-01-02T03:04:05+00:00", 8192),
    ListSummary("tracking", "police", 3),
)
SUMMARY = Summary(7, "2026-01-02T03:04:05+00:00", LISTS, ())


def scrape(summary: Summary | None, octets: int | None) -> dict[str, float]:
    registry = CollectorRegistry()
    registry.register(ListCollector(lambda: summary, lambda: octets))
    return samples(registry)


def test_each_source_of_each_list_is_told() -> None:
    about = '{list="prohibited",source="national"}'
    assert scrape(SUMMARY, 4096) == {
        f"eir_list_entries{about}": 900,
        f"eir_list_change_version{about}": 7,
        f"eir_list_change_timestamp_seconds{about}": 1767323045,
        f"eir_list_size_bytes{about}": 8192,
        'eir_list_entries{list="tracking",source="police"}': 3,
        'eir_list_size_bytes{list="tracking",source="police"}': 0,
        "eir_list_version_timestamp_seconds": 1767323045,
        "eir_journal_records": 7,
        "eir_store_size_bytes": 4096,
    }


def test_what_was_not_counted_yet_is_not_told() -> None:
    assert scrape(None, None) == {}
