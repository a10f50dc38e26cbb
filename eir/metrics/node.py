"""What `/metrics` shows of the supervisor's own state."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from prometheus_client.core import Metric
from prometheus_client.registry import Collector

from eir.alarms.watches.overload import LEVELS, Level
from eir.decision.verdict import Status
from eir.metrics.family import Family, Kind
from eir.metrics.told import told

WORKER_UP = Family("eir_worker_up", "1 while a worker answers", Kind.GAUGE, ("worker",))
WORKER_RESTARTS = Family(
    "eir_worker_restarts", "How often a worker died", Kind.COUNTER, ("worker",)
)
STORE_READABLE = Family(
    "eir_store_readable", "1 while checks are answered from the lists", Kind.GAUGE
)
LIST_VERSION = Family("eir_list_version", "Version of the lists that answer", Kind.GAUGE)
OVERRIDE = Family(
    "eir_override", "1 while the operator has every check answered so", Kind.GAUGE, ("status",)
)
OVERLOAD = Family(
    "eir_overload_level",
    "1 in the level of overload that the whole node has come to and 0 in all others; critical, "
    "major and minor are the severities of the alarm overloaded",
    Kind.GAUGE,
    ("level",),
)
NODE_FAMILIES = (
    WORKER_UP,
    WORKER_RESTARTS,
    STORE_READABLE,
    LIST_VERSION,
    OVERRIDE,
    OVERLOAD,
)


@dataclass(frozen=True, slots=True)
class NodeState:
    """What the supervisor knows, at the moment of a scrape.

    Attributes:
        worker_up: whether each worker answers.
        worker_restarts: how often each died.
        store_readable: whether checks are answered from the lists.
        list_version: the version of the lists that answer; None when none does.
        override: what the operator has every check answered with; None: the lists answer.
        overload: how overloaded the node is.
    """

    worker_up: Sequence[bool]
    worker_restarts: Sequence[int]
    store_readable: bool
    list_version: int | None
    override: Status | None
    overload: Level


class NodeCollector(Collector):
    """Tells the supervisor's own state."""

    def __init__(self, state: Callable[[], NodeState]) -> None:
        self._state = state

    def collect(self) -> Iterator[Metric]:
        """Yield every family, as prometheus-client asks."""
        state = self._state()
        up, died, version = state.worker_up, state.worker_restarts, state.list_version
        yield told(WORKER_UP, (((str(worker),), is_up) for worker, is_up in enumerate(up)))
        yield told(WORKER_RESTARTS, (((str(worker),), times) for worker, times in enumerate(died)))
        yield told(STORE_READABLE, [((), state.store_readable)])
        yield told(LIST_VERSION, () if version is None else [((), version)])
        yield told(OVERRIDE, (((status,), status is state.override) for status in Status))
        yield told(OVERLOAD, (((level,), level == state.overload) for level in LEVELS))
