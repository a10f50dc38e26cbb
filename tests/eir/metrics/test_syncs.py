from prometheus_client import CollectorRegistry

from eir.metrics.syncs import SyncCollector
from eir.sync_watch import SyncState
from tests.eir.metrics.scraping import samples

STATE = SyncState(
    registry="national",
    age=60.0,
    attempted=1.5e9,
    exit_code=5,
    held=1,
    failures=0,
    last_runs={"prohibited": 47, "exception": 41},
    entries={"prohibited": 900},
    rows={("prohibited", "added"): 7, ("prohibited", "protected"): 1},
)


def scrape(*states: SyncState) -> dict[str, float]:
    registry = CollectorRegistry()
    registry.register(SyncCollector(lambda: states))
    return samples(registry)


def test_every_number_of_a_registry_is_exposed() -> None:
    assert scrape(STATE) == {
        'eir_sync_age_seconds{registry="national"}': 60,
        'eir_sync_last_attempt_timestamp_seconds{registry="national"}': 1.5e9,
        'eir_sync_exit_code{registry="national"}': 5,
        'eir_sync_held{registry="national"}': 1,
        'eir_sync_failures{registry="national"}': 0,
        'eir_sync_last_run{list="prohibited",registry="national"}': 47,
        'eir_sync_last_run{list="exception",registry="national"}': 41,
        'eir_sync_entries{list="prohibited",registry="national"}': 900,
        'eir_sync_rows{list="prohibited",registry="national",result="added"}': 7,
        'eir_sync_rows{list="prohibited",registry="national",result="protected"}': 1,
    }


def test_what_is_not_known_is_not_said() -> None:
    assert scrape(SyncState("new", 5.0)) == {
        'eir_sync_age_seconds{registry="new"}': 5,
        'eir_sync_held{registry="new"}': 0,
        'eir_sync_failures{registry="new"}': 0,
    }
    assert scrape() == {}
