"""What `/metrics` tells of registries: how their syncs went, and what they have on the lists.

Labels are the names of registries, as configured, of lists and of results.
"""

from collections.abc import Callable, Iterator, Sequence
from operator import attrgetter

from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from eir.sync_watch import SyncState

# Numbers of a registry: what each is called, what it is, and where it stands in `SyncState`.
_NUMBERS = (
    ("eir_sync_age_seconds", "Since a run was applied, or since the start where none was", "age"),
    ("eir_sync_last_attempt_timestamp_seconds", "When the last sync ended", "attempted"),
    ("eir_sync_exit_code", "How the last sync ended", "exit_code"),
    ("eir_sync_held", "Runs that somebody must accept or refuse", "held"),
    ("eir_sync_failures", "Syncs in a row that failed", "failures"),
)
# Likewise, of each of its lists.
_BY_LIST = (
    ("eir_sync_last_run", "Number of the run that serves", "last_runs"),
    ("eir_list_entries", "Entries of a registry, after its last sync", "entries"),
)


class SyncCollector(Collector):
    """Tells how syncs went; without a registry, nothing."""

    def __init__(self, states: Callable[[], Sequence[SyncState]]) -> None:
        self._states = states

    def collect(self) -> Iterator[Metric]:
        """Yield every family, as prometheus-client asks."""
        states = self._states()
        for name, text, field in _NUMBERS:
            numbers = GaugeMetricFamily(name, text, labels=["registry"])
            for state in states:
                value = attrgetter(field)(state)
                if value is not None:
                    numbers.add_metric([state.registry], value)
            yield numbers
        for name, text, field in _BY_LIST:
            by_list = GaugeMetricFamily(name, text, labels=["registry", "list"])
            for state in states:
                for list_name, value in attrgetter(field)(state).items():
                    by_list.add_metric([state.registry, list_name], value)
            yield by_list
        yield _rows(states)


def _rows(states: Sequence[SyncState]) -> Metric:
    rows = GaugeMetricFamily(
        "eir_sync_rows",
        "What the last sync applied and left out",
        labels=["registry", "list", "result"],
    )
    for state in states:
        for labels, value in state.rows.items():
            rows.add_metric([state.registry, *labels], value)
    return rows
