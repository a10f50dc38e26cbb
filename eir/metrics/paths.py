"""What `/metrics` shows of SCTP paths: the addresses of peers, as the kernel sees them."""

from collections.abc import Callable, Iterator, Sequence
from typing import get_args

from prometheus_client.core import Metric
from prometheus_client.registry import Collector

from eir.metrics.family import Family, Kind
from eir.metrics.page import Counters, configured
from eir.metrics.told import told
from eir.path_rows import PathRow, PathState

MOST = 2048  # ours: paths that are shown

_OF_PATH = ("peer", "address")
PATH_STATE = Family(
    "eir_sctp_path_state",
    "1 in the state that the path to an address of a peer is in and 0 in all others",
    Kind.GAUGE,
    (*_OF_PATH, "state"),
)
RTO = Family(
    "eir_sctp_path_rto_seconds",
    "How long an acknowledgement is waited for on a path before data is sent again",
    Kind.GAUGE,
    _OF_PATH,
)
SRTT = Family(
    "eir_sctp_path_srtt_seconds",
    "How long an acknowledgement took of late on a path",
    Kind.GAUGE,
    _OF_PATH,
)
PATH_FAMILIES = (PATH_STATE, RTO, SRTT)


class PathCollector(Collector):
    """Tells of the paths of configured peers."""

    def __init__(self, pages: Sequence[Counters], rows: Callable[[], Sequence[PathRow]]) -> None:
        """Tell of paths.

        Args:
            pages: of the workers, which have the names of configured peers.
            rows: gives what the workers say of paths.
        """
        self._pages = pages
        self._rows = rows

    def collect(self) -> Iterator[Metric]:
        """Yield every family, as prometheus-client asks; of two such paths, the later counts."""
        known = {name for _, name in configured(self._pages)}
        paths = {(row.peer, row.address): row for row in self._rows() if row.peer in known}
        shown = list(paths.items())[:MOST]
        yield told(
            PATH_STATE,
            (
                ((*labels, state), state == row.state)
                for labels, row in shown
                for state in get_args(PathState)
            ),
        )
        yield told(RTO, ((labels, row.rto_seconds) for labels, row in shown))
        yield told(SRTT, ((labels, row.srtt_seconds) for labels, row in shown))
