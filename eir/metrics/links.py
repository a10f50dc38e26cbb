"""What `/metrics` shows of links: peers, application servers, destinations."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from prometheus_client.core import Metric
from prometheus_client.registry import Collector

from eir.links import DOWN, INTERFACE_OF, LinkRow
from eir.metrics.family import Family, Kind, Row
from eir.metrics.page import Counters, configured
from eir.metrics.told import told
from protocols.diameter.peer_table import PeerState
from protocols.m3ua.application_server import AsState
from protocols.m3ua.asp_table import AspState

MOST = 512  # ours: application servers that are shown

_STATES: Mapping[str, Sequence[str]] = {
    "peer": (DOWN, *(state.name for state in PeerState if state is not PeerState.CLOSED)),
    "asp": (
        DOWN,
        *(state.name for state in AspState if state is not AspState.ASP_DOWN),
        "ASP_DOWN",
    ),
    "as": tuple(state.name for state in AsState),
}
_KIND_OF = {interface.value: kind for kind, interface in INTERFACE_OF.items()}

LINK_STATE = Family(
    "eir_link_state",
    "1 in the state that a link is in and 0 in all others. peer: a Diameter peer; asp: an M3UA "
    "association; as: an application server. DOWN: no connection",
    Kind.GAUGE,
    ("kind", "name", "state"),
)
DESTINATIONS = Family(
    "eir_destinations",
    "Point codes, and subsystems of them, that the network has told us about, by state",
    Kind.GAUGE,
    ("kind", "state"),
)
LINK_FAMILIES = (LINK_STATE, DESTINATIONS)


class LinkCollector(Collector):
    """Tells the states of the links that are configured, connected or not."""

    def __init__(self, pages: Sequence[Counters], rows: Callable[[], Iterable[LinkRow]]) -> None:
        """Tell of links.

        Args:
            pages: of the workers, which have the names of configured peers.
            rows: gives what the workers say of links.
        """
        self._pages = pages
        self._rows = rows

    def collect(self) -> Iterator[Metric]:
        """Yield every family, as prometheus-client asks."""
        rows = list(self._rows())
        known = {(_KIND_OF[interface], name) for interface, name in configured(self._pages)}
        links = dict.fromkeys(sorted(known), DOWN)
        servers = [
            (("as", row.name), row.state)
            for row in rows
            if row.kind == "as" and ("asp", row.name.partition(" ")[0]) in known
        ]
        links |= servers[:MOST]
        links |= {key: row.state for row in rows if (key := (row.kind, row.name)) in known}
        yield told(LINK_STATE, _states(links))
        counts = Counter(
            (row.kind, row.state) for row in rows if row.kind in {"destination", "subsystem"}
        )
        yield told(DESTINATIONS, counts.items())


def _states(links: Mapping[tuple[str, str], str]) -> Iterator[tuple[Row, float]]:
    for (kind, name), now in links.items():
        for state in _STATES[kind]:
            yield (kind, name, state), state == now
