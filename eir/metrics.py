"""Counters in shared memory: a page of 64-bit integers per worker, and who reads it.

Each worker adds to its own page and nobody else writes there, so counting takes no lock and no
call out of the process. `eir.node_metrics` sums the pages when `/metrics` is asked. A page outlives
its worker: totals go on, and `forget_gauges` clears what ended with it.

`FAMILIES` names every slot. Labels come from closed sets; nothing personal is one.
"""

from bisect import bisect_left
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum, IntEnum
from itertools import product
from typing import Literal, TypeAlias, get_args

from eir.decision.verdict import ON_FAILURE, Interface, Status, Verdict
from eir.overload import Limit
from protocols.diameter.codes import ResultCode
from protocols.diameter.peer_table import PeerState
from protocols.effects import Layer
from protocols.gsm_map import codes as gsm_map
from protocols.m3ua import codes as m3ua
from protocols.m3ua.asp_table import AspState
from protocols.sccp import codes as sccp
from protocols.tcap import codes as tcap

Transport = Literal["tcp", "sctp"]
Given = Literal["connection", "message"]  # to another worker
Row: TypeAlias = tuple[str, ...]


class Kind(Enum):
    """How a family is read."""

    COUNTER = "counter"
    GAUGE = "gauge"
    SECONDS = "seconds"  # a counter of nanoseconds, shown in seconds
    LATEST = "latest"  # a gauge of nanoseconds since 1970; of several pages, the newest; 0: never
    HISTOGRAM = "histogram"  # the last label is the bucket


@dataclass(frozen=True, slots=True)
class Family:
    """One metric: every row of its labels' values is a slot of the page."""

    name: str
    help: str
    kind: Kind = Kind.COUNTER
    labels: tuple[str, ...] = ()
    rows: tuple[Row, ...] = ((),)


BUCKETS_NS = (  # from 50 us up
    50_000,
    100_000,
    250_000,
    500_000,
    1_000_000,
    2_500_000,
    5_000_000,
    10_000_000,
    25_000_000,
    50_000_000,
    100_000_000,
)
BOUNDS = (*(f"{bound / 1e9:g}" for bound in BUCKETS_NS), "+Inf")
SUM = "sum"  # nanoseconds

_ERROR = "error"  # the verdict that is no status: `[decision] on_failure = "error"`
_OTHER = "OTHER"  # a code that we have no name for
_INTERFACES = (Interface.S13.value, Interface.MAP.value)
_VERDICTS = (*(status.value for status in Status), _ERROR)
_TRANSPORTS = get_args(Transport)
_LAYERS = get_args(Layer)
_CODES: Mapping[Layer, type[IntEnum]] = {
    "diameter": ResultCode,
    "m3ua": m3ua.ErrorCode,
    "sccp": sccp.ReturnCause,
    "tcap": tcap.Refusal,
    "map": gsm_map.ErrorCode,
}
_CODE_NAMES = {
    layer: {code.value: code.name for code in codes if code is not ResultCode.SUCCESS}
    for layer, codes in _CODES.items()
}
_BY_TRANSPORT = tuple(product(_TRANSPORTS))
STATES = (
    "WAIT_CER",  # nobody yet
    *(state.name for state in PeerState if state is not PeerState.CLOSED),
    *(state.name for state in AspState),
)
SCTP_EVENTS = (
    "COMM_UP",
    "COMM_LOST",
    "RESTART",
    "SHUTDOWN_COMP",
    "CANT_STR_ASSOC",
    "SHUTDOWN_EVENT",
    "ADDR_AVAILABLE",
    "ADDR_UNREACHABLE",
    "ADDR_REMOVED",
    "ADDR_ADDED",
    "ADDR_MADE_PRIM",
    "ADDR_CONFIRMED",
)

CHECKS = Family(
    "eir_checks",
    "Answered checks",
    Kind.COUNTER,
    ("interface", "verdict"),
    tuple(product(_INTERFACES, _VERDICTS)),
)
AUDITED = Family(
    "eir_audited_checks",
    "Checks permitted because of [decision] audit, by what would have been answered",
    Kind.COUNTER,
    ("interface", "verdict"),
    tuple(product(_INTERFACES, (status.value for status in Status))),
)
FAILURE_ANSWERS = Family(
    "eir_failure_answers",
    "Checks answered as [decision] on_failure says, because the lists could not be read",
    Kind.COUNTER,
    ("interface",),
    tuple(product(_INTERFACES)),
)
CHECK_SECONDS = Family(
    "eir_check_duration_seconds",
    "From a whole request to its answer",
    Kind.HISTOGRAM,
    ("interface", "le"),
    tuple(product(_INTERFACES, (*BOUNDS, SUM))),
)
LAST_CHECK = Family(
    "eir_last_check_timestamp_seconds",
    "When a check was answered; 0: never",
    Kind.LATEST,
    ("interface",),
    tuple(product(_INTERFACES)),
)
REFUSALS = Family(
    "eir_refusals",
    "Messages answered with an error, by the layer whose error it is",
    Kind.COUNTER,
    ("layer", "code"),
    tuple(
        (layer, name)
        for layer in _LAYERS
        for name in (*_CODE_NAMES.get(layer, {}).values(), _OTHER)
    ),
)
DISCARDED = Family(
    "eir_discarded_messages",
    "Messages that got no answer, because their specification says so",
    Kind.COUNTER,
    ("layer",),
    tuple(product(_LAYERS)),
)
SHED = Family(
    "eir_shed_checks",
    "Checks refused or discarded because there were too many, by the limit of [overload]",
    Kind.COUNTER,
    ("interface", "limit"),
    tuple(product(_INTERFACES, (limit.value for limit in Limit))),
)
CONNECTIONS = Family(
    "eir_connections",
    "Connections and associations by state",
    Kind.GAUGE,
    ("transport", "state"),
    tuple(product(_TRANSPORTS, STATES)),
)
REFUSED_CONNECTIONS = Family(
    "eir_refused_connections",
    "Connections closed unheard: no peer has their address, or there are too many",
    Kind.COUNTER,
    ("transport",),
    _BY_TRANSPORT,
)
MESSAGES_IN = Family(
    "eir_received_messages", "Whole messages", Kind.COUNTER, ("transport",), _BY_TRANSPORT
)
MESSAGES_OUT = Family(
    "eir_sent_messages", "Whole messages", Kind.COUNTER, ("transport",), _BY_TRANSPORT
)
OCTETS_IN = Family(
    "eir_received_octets", "Octets of messages", Kind.COUNTER, ("transport",), _BY_TRANSPORT
)
OCTETS_OUT = Family(
    "eir_sent_octets", "Octets of messages", Kind.COUNTER, ("transport",), _BY_TRANSPORT
)
FRAMING_ERRORS = Family(
    "eir_framing_errors",
    "Connections whose message boundaries were lost",
    Kind.COUNTER,
    ("transport",),
    _BY_TRANSPORT,
)
SCTP_NOTIFICATIONS = Family(
    "eir_sctp_notifications",
    "Association and path events of the kernel",
    Kind.COUNTER,
    ("event",),
    tuple(product(SCTP_EVENTS)),
)
HANDOVERS = Family(
    "eir_handovers",
    "Connections and messages given to the worker that they belong to",
    Kind.COUNTER,
    ("what",),
    tuple(product(get_args(Given))),
)
FAILED_HANDOVERS = Family(
    "eir_failed_handovers",
    "Those that it did not take: a connection is closed, a message discarded",
    Kind.COUNTER,
    ("what",),
    tuple(product(get_args(Given))),
)
INTERNAL_ERRORS = Family("eir_internal_errors", "Messages that met a bug of ours")

LANE_ANSWERS = Family(
    "eir_lane_answers",
    "Checks answered by the fast lane",
    Kind.COUNTER,
    ("interface",),
    tuple(product(_INTERFACES)),
)
LANE_MISSES = Family(
    "eir_lane_misses",
    "Checks that the fast lane left to the slow path",
    Kind.COUNTER,
    ("interface",),
    tuple(product(_INTERFACES)),
)
LANE_STUDIES = Family(
    "eir_lane_studies",
    "Kinds of requests that the fast lane studied",
    Kind.COUNTER,
    ("interface", "result"),
    tuple(product(_INTERFACES, ("learned", "unlearnable"))),
)
LANE_STUDY_SECONDS = Family(
    "eir_lane_study_seconds",
    "Time that the fast lane spent studying",
    Kind.SECONDS,
    ("interface",),
    tuple(product(_INTERFACES)),
)

FAMILIES = (
    CHECKS,
    AUDITED,
    FAILURE_ANSWERS,
    CHECK_SECONDS,
    LAST_CHECK,
    REFUSALS,
    DISCARDED,
    SHED,
    CONNECTIONS,
    REFUSED_CONNECTIONS,
    MESSAGES_IN,
    MESSAGES_OUT,
    OCTETS_IN,
    OCTETS_OUT,
    FRAMING_ERRORS,
    SCTP_NOTIFICATIONS,
    HANDOVERS,
    FAILED_HANDOVERS,
    INTERNAL_ERRORS,
    LANE_ANSWERS,
    LANE_MISSES,
    LANE_STUDIES,
    LANE_STUDY_SECONDS,
)

_SLOTS = {
    key: slot
    for slot, key in enumerate((family.name, row) for family in FAMILIES for row in family.rows)
}
SIZE = len(_SLOTS) * 8  # octets of a page


class Counters:
    """A worker's own page."""

    def __init__(self, memory: memoryview) -> None:
        self._values = memory[:SIZE].cast("Q")

    def add(self, family: Family, row: tuple[str, ...] = (), amount: int = 1) -> None:
        """Add to one slot; a row that the family does not have is a bug."""
        self._values[_SLOTS[family.name, row]] += amount

    def add_at(self, slots: Iterable[int], amount: int) -> None:
        """Add to several slots, such as those of `slots_of_check`."""
        for slot in slots:
            self._values[slot] += amount

    def observe(
        self, interface: Interface, duration_ns: int, *, at_ns: int, count: int = 1
    ) -> None:
        """Add the time that each of so many checks took to their histogram.

        Args:
            interface: theirs.
            duration_ns: of each.
            at_ns: when they were answered, nanoseconds since 1970 UTC.
            count: how many they were.
        """
        name = interface.value
        bound = BOUNDS[bisect_left(BUCKETS_NS, duration_ns)]
        self.add(CHECK_SECONDS, (name, bound), count)
        self.add(CHECK_SECONDS, (name, SUM), duration_ns * count)
        self._values[_SLOTS[LAST_CHECK.name, (name,)]] = at_ns

    def count_refusal(self, layer: Layer, code: int) -> None:
        """Count a message that was answered with an error."""
        self.add(REFUSALS, (layer, _CODE_NAMES[layer].get(code, _OTHER)))

    def move(self, transport: Transport, before: str | None, after: str | None) -> None:
        """Move a connection from one state to another; None: it was not, or is no more."""
        if before is not None:
            self.add(CONNECTIONS, (transport, before), -1)
        if after is not None:
            self.add(CONNECTIONS, (transport, after))

    def forget_gauges(self) -> None:
        """Clear what ended with the process that wrote this page."""
        for row in CONNECTIONS.rows:
            self._values[_SLOTS[CONNECTIONS.name, row]] = 0

    def value(self, family: Family, row: tuple[str, ...] = ()) -> int:
        """Read one slot."""
        return self._values[_SLOTS[family.name, row]]


def slots_of_check(interface: Interface, verdict: Verdict) -> tuple[int, ...]:
    """Find every slot that counts a check with this verdict."""
    name, status, would_be = interface.value, verdict.status, verdict.would_be
    slots = [_SLOTS[CHECKS.name, (name, _ERROR if status is None else status.value)]]
    if verdict.rule == ON_FAILURE:
        slots.append(_SLOTS[FAILURE_ANSWERS.name, (name,)])
    if would_be is not None:
        slots.append(_SLOTS[AUDITED.name, (name, would_be.value)])
    return tuple(slots)
