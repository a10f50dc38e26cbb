"""What `/metrics` shows of the lists and their journal: counted at each new version, not before."""

from collections.abc import Callable, Iterator
from datetime import datetime

from prometheus_client.core import Metric
from prometheus_client.registry import Collector

from eir.lists.summary import Summary
from eir.metrics.family import Family, Kind
from eir.metrics.told import told

BY_LIST = ("list", "source")

ENTRIES = Family("eir_list_entries", "Entries of a list, by who says so", Kind.GAUGE, BY_LIST)
LAST_VERSION = Family(
    "eir_list_change_version",
    "Version of the lists in which a source last changed a list",
    Kind.GAUGE,
    BY_LIST,
)
LAST_CHANGE = Family(
    "eir_list_change_timestamp_seconds",
    "When a source last changed a list; its age is the time since",
    Kind.GAUGE,
    BY_LIST,
)
VERSION_TIME = Family(
    "eir_list_version_timestamp_seconds",
    "When the version of the lists was made that was counted last: the newest record of the "
    "journal",
    Kind.GAUGE,
)
JOURNAL = Family(
    "eir_journal_records", "Records of the journal of the lists: one a version", Kind.GAUGE
)
LIST_OCTETS = Family(
    "eir_list_size_bytes",
    "About how much of the file of the lists a list takes, by who says so: 4,096 octets for each "
    "block of its entries, and the keys and values of what changed since. What answers checks, "
    "which is made of all lists, and the history are not in it",
    Kind.GAUGE,
    BY_LIST,
)
OCTETS = Family("eir_store_size_bytes", "Size of the file of the lists", Kind.GAUGE)
LIST_FAMILIES = (ENTRIES, LIST_OCTETS, LAST_VERSION, LAST_CHANGE, VERSION_TIME, JOURNAL, OCTETS)


class ListCollector(Collector):
    """Tells what the lists come to; nothing, until they were counted."""

    def __init__(
        self, summary: Callable[[], Summary | None], octets: Callable[[], int | None]
    ) -> None:
        """Tell of the lists.

        Args:
            summary: what they came to when they were counted last; None: never.
            octets: how large their file is; None: it cannot be said.
        """
        self._summary = summary
        self._octets = octets

    def collect(self) -> Iterator[Metric]:
        """Yield every family, as prometheus-client asks."""
        summary, octets = self._summary(), self._octets()
        lists = () if summary is None else summary.lists
        yield told(ENTRIES, (((each.list, each.source), each.entries) for each in lists))
        yield told(LIST_OCTETS, (((each.list, each.source), each.octets) for each in lists))
        changed = [each for each in lists if each.version is not None]
        yield told(
            LAST_VERSION, (((each.list, each.source), each.version or 0) for each in changed)
        )
        yield told(
            LAST_CHANGE, (((each.list, each.source), _instant(each.changed)) for each in changed)
        )
        of_version = () if summary is None or not summary.loaded else (summary,)
        yield told(VERSION_TIME, (((), _instant(each.loaded)) for each in of_version))
        yield told(JOURNAL, (((), each.version) for each in of_version))
        yield told(OCTETS, () if octets is None else [((), octets)])


def _instant(text: str) -> float:
    """Read an instant of the journal."""
    return datetime.fromisoformat(text).timestamp()
