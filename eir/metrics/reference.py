"""The page docs/metrics.md: `python -m eir.metrics.reference`."""

import sys
from collections.abc import Iterable, Sequence

from eir.alarms.collector import ALARM_FAMILIES
from eir.metrics.checks import CHECK_FAMILIES, CHECK_FAMILIES_OF_PEERS
from eir.metrics.exposition import HOLDS
from eir.metrics.family import Family, Kind
from eir.metrics.lane import LANE_FAMILIES
from eir.metrics.links import LINK_FAMILIES
from eir.metrics.lists import LIST_FAMILIES
from eir.metrics.node import NODE_FAMILIES
from eir.metrics.paths import PATH_FAMILIES
from eir.metrics.processes import PROCESS_FAMILIES
from eir.metrics.records import RECORD_FAMILIES
from eir.metrics.syncs import SYNC_FAMILIES
from eir.metrics.traffic import TRAFFIC_FAMILIES, TRAFFIC_FAMILIES_OF_PEERS

SECTIONS: Sequence[tuple[str, Iterable[Family]]] = (
    ("Checks", (*CHECK_FAMILIES_OF_PEERS, HOLDS, *CHECK_FAMILIES)),
    ("Messages and connections", TRAFFIC_FAMILIES),
    ("Links", (*LINK_FAMILIES, *TRAFFIC_FAMILIES_OF_PEERS, *PATH_FAMILIES)),
    ("The fast lane", LANE_FAMILIES),
    ("Lists", LIST_FAMILIES),
    ("Registries", SYNC_FAMILIES),
    ("Check records", RECORD_FAMILIES),
    ("Alarms", ALARM_FAMILIES),
    ("The node", NODE_FAMILIES),
    ("Processes", PROCESS_FAMILIES),
)
FAMILIES = tuple(family for _, families in SECTIONS for family in families)

_HEAD = """\
# Metrics

What `/metrics` of the admin endpoint tells Prometheus. Times are in seconds, sizes in octets
(`bytes`), and counters end in `_total`: they grow from the start of the server and are not set
back when one of its processes dies. A label has few values, known beforehand: `peer` is the name
of a configured peer (a Diameter peer's Origin-Host, an M3UA peer or gateway), always of the node
at the other end of the link, never of who stands behind it; whoever is not configured is `other`.
Nothing here tells of an equipment or a subscriber.

Every check that is taken up becomes one thing, of each peer and so in all:

    eir_checks_received_total = sum of eir_checks_total over its verdicts
        = permitted + prohibited + tracking + unknown + refused + failed + shed

Each worker looks at its own counters between two batches; `eir_check_identity_holds` is 1 while
they agree. A scrape in the middle of a batch may see it counted by half: one that adds up
for itself is a batch off at times.

This page is written by `python -m eir.metrics.reference`, and a test compares the two.
"""
_KINDS = {
    Kind.COUNTER: "counter",
    Kind.SECONDS: "counter",
    Kind.HISTOGRAM: "histogram",
}


def page() -> str:
    """Write the whole page, in Markdown."""
    return _HEAD + "".join(_section(title, families) for title, families in SECTIONS)


def name_of(family: Family) -> str:
    """Give the name under which Prometheus stores it; a histogram has `_bucket` and so on too."""
    kind = _KINDS.get(family.kind, "gauge")
    return f"{family.name}_total" if kind == "counter" else family.name


def labels_of(family: Family) -> Sequence[str]:
    """Give the labels that are shown."""
    hidden = family.kind in {Kind.HISTOGRAM, Kind.MAXIMUM}
    return family.labels[:-1] if hidden else family.labels


def _section(title: str, families: Iterable[Family]) -> str:
    head = "| Metric | Type | Labels | Meaning |\n| --- | --- | --- | --- |\n"
    return f"\n## {title}\n\n{head}{''.join(map(_row, families))}"


def _row(family: Family) -> str:
    labels = ", ".join(f"`{label}`" for label in labels_of(family))
    cells = (f"`{name_of(family)}`", _KINDS.get(family.kind, "gauge"), labels, family.help)
    return f"| {' | '.join(cells)} |\n"


if __name__ == "__main__":
    sys.stdout.write(page())
