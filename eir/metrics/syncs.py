"""What `/metrics` tells of registries: how their syncs went, and what they have on the lists.

Labels are the names of registries, as configured, of lists and of results.
"""

from collections.abc import Callable, Iterator, Sequence
from operator import attrgetter

from prometheus_client.core import Metric
from prometheus_client.registry import Collector

from eir.metrics.family import Family, Kind, Row
from eir.metrics.told import told
from eir.sync_watch import SyncState

_NUMBERS = {  # of a registry, by where each stands in `SyncState`
    "age": Family(
        "eir_sync_age_seconds",
        "Time since a run of a registry was applied; since the start of this node where none was",
        Kind.GAUGE,
        ("registry",),
    ),
    "attempted": Family(
        "eir_sync_last_attempt_timestamp_seconds",
        "When the last sync ended",
        Kind.GAUGE,
        ("registry",),
    ),
    "exit_code": Family(
        "eir_sync_exit_code", "How the last sync ended; 0: well", Kind.GAUGE, ("registry",)
    ),
    "held": Family(
        "eir_sync_held", "Runs that somebody must accept or refuse", Kind.GAUGE, ("registry",)
    ),
    "failures": Family(
        "eir_sync_failures", "Syncs in a row that failed", Kind.GAUGE, ("registry",)
    ),
}
_BY_LIST = {  # likewise, of each of its lists
    "last_runs": Family(
        "eir_sync_last_run", "Number of the run that serves", Kind.GAUGE, ("registry", "list")
    ),
    "entries": Family(
        "eir_sync_entries",
        "Entries of a registry after its last sync",
        Kind.GAUGE,
        ("registry", "list"),
    ),
}
_ROWS = Family(
    "eir_sync_rows",
    "Entries, or lines, that the last sync applied or left out, by what became of them",
    Kind.GAUGE,
    ("registry", "list", "result"),
)
SYNC_FAMILIES = (*_NUMBERS.values(), *_BY_LIST.values(), _ROWS)


class SyncCollector(Collector):
    """Tells how syncs went; without a registry, nothing."""

    def __init__(self, states: Callable[[], Sequence[SyncState]]) -> None:
        self._states = states

    def collect(self) -> Iterator[Metric]:
        """Yield every family, as prometheus-client asks."""
        states = self._states()
        for field, family in _NUMBERS.items():
            yield told(family, _numbers(states, field))
        for field, family in _BY_LIST.items():
            yield told(family, _by_list(states, field))
        yield told(_ROWS, _by_list(states, "rows"))


def _numbers(states: Sequence[SyncState], field: str) -> Iterator[tuple[Row, float]]:
    for state in states:
        value = attrgetter(field)(state)
        if value is not None:
            yield (state.registry,), value


def _by_list(states: Sequence[SyncState], field: str) -> Iterator[tuple[Row, float]]:
    for state in states:
        for key, value in attrgetter(field)(state).items():
            labels = (key,) if isinstance(key, str) else key
            yield (state.registry, *labels), value
