"""What is counted and shown to Prometheus.

family      what a metric is
families    every metric that workers count
checks      of them, what is counted of checks
traffic     of messages and connections
lane        of the fast lanes
page        the counters of a worker, in shared memory
peers       what of them is each peer's
identity    whether they agree with themselves
sums        all workers' pages, added up
exposition  the same, for Prometheus
told        what the supervisor tells beside them
node        its own state
links       peers, application servers, destinations
lists       what the lists come to
syncs       how syncs of registries went
paths       addresses of peers over SCTP
processes   what our processes use
reference   the page docs/metrics.md
records     what became of check records

This package gives what is needed to count; what shows it stands in its modules.
"""

from eir.metrics.checks import (
    AUDITED,
    BOUNDS,
    CHECK_MAXIMUM,
    CHECK_SECONDS,
    CHECKS,
    DECISION_SECONDS,
    FAILED,
    FAILURE_ANSWERS,
    IDENTITY_DIFFERENCE,
    LAST_CHECK,
    MALFORMED_CHECKS,
    MAP_VERSIONS,
    MATCHES,
    OUTCOMES,
    REASON_COUNTS,
    RECEIVED,
    REFUSED,
    RULES,
    SHED,
    SHED_OUTCOME,
)
from eir.metrics.families import FAMILIES, PEER_FAMILIES
from eir.metrics.family import Family
from eir.metrics.lane import (
    LANE_ANSWERS,
    LANE_DROPPED,
    LANE_MISSES,
    LANE_STUDIES,
    LANE_STUDY_SECONDS,
)
from eir.metrics.page import SIZE, Counters, outcome_of, slot_of, slots_of_check
from eir.metrics.traffic import (
    CONNECTIONS,
    DISCARDED,
    FAILED_HANDOVERS,
    FRAMING_ERRORS,
    HANDOVERS,
    INTERNAL_ERRORS,
    MESSAGES_IN,
    MESSAGES_OUT,
    OCTETS_IN,
    OCTETS_OUT,
    PROBES,
    REFUSALS,
    REFUSED_CONNECTIONS,
    RETRANSMITTED,
    SCTP_EVENTS,
    SCTP_NOTIFICATIONS,
    STATES,
    TRANSPORTS,
    WAITING,
    Given,
    Transport,
)

__all__ = [
    "AUDITED",
    "BOUNDS",
    "CHECKS",
    "CHECK_MAXIMUM",
    "CHECK_SECONDS",
    "CONNECTIONS",
    "DECISION_SECONDS",
    "DISCARDED",
    "FAILED",
    "FAILED_HANDOVERS",
    "FAILURE_ANSWERS",
    "FAMILIES",
    "FRAMING_ERRORS",
    "HANDOVERS",
    "IDENTITY_DIFFERENCE",
    "INTERNAL_ERRORS",
    "LANE_ANSWERS",
    "LANE_DROPPED",
    "LANE_MISSES",
    "LANE_STUDIES",
    "LANE_STUDY_SECONDS",
    "LAST_CHECK",
    "MALFORMED_CHECKS",
    "MAP_VERSIONS",
    "MATCHES",
    "MESSAGES_IN",
    "MESSAGES_OUT",
    "OCTETS_IN",
    "OCTETS_OUT",
    "OUTCOMES",
    "PEER_FAMILIES",
    "PROBES",
    "REASON_COUNTS",
    "RECEIVED",
    "REFUSALS",
    "REFUSED",
    "REFUSED_CONNECTIONS",
    "RETRANSMITTED",
    "RULES",
    "SCTP_EVENTS",
    "SCTP_NOTIFICATIONS",
    "SHED",
    "SHED_OUTCOME",
    "SIZE",
    "STATES",
    "TRANSPORTS",
    "WAITING",
    "Counters",
    "Family",
    "Given",
    "Transport",
    "outcome_of",
    "slot_of",
    "slots_of_check",
]
