"""What is counted of checks: what became of them, why, and how fast.

A check is a question that an interface was asked: an ME-Identity-Check-Request on an open Diameter
connection, an Invoke in a TCAP message. Each is counted when it is taken up and when it is done
with, so that what is counted can be checked against itself (`eir.metrics.identity`).
"""

from itertools import product

from eir.config.decision import Malformed
from eir.decision import rules
from eir.decision.verdict import ON_FAILURE, Interface, Reason, Status
from eir.lists.names import ListName
from eir.metrics.family import Family, Kind
from eir.overload import Limit

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
DECISION_BUCKETS_NS = (1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 100_000, 1_000_000, 10_000_000)
DECISION_BOUNDS = (*(f"{bound / 1e9:g}" for bound in DECISION_BUCKETS_NS), "+Inf")
SUM = "sum"  # nanoseconds
WINDOWS = ("now", "before")  # of maxima: this minute, and the one before

INTERFACES = (Interface.S13.value, Interface.MAP.value)
_STATUSES = tuple(status.value for status in Status)
REFUSED = "refused"
FAILED = "failed"
SHED_OUTCOME = "shed"
OUTCOMES = (*_STATUSES, REFUSED, FAILED, SHED_OUTCOME)

MALFORMED = tuple(Malformed.model_fields)  # classes
ENTRY = "entry"  # the words of a list's entry, or of whoever set the override
REASONS = (
    *(reason.value for reason in Reason),
    *(f"malformed_{name}" for name in MALFORMED),
    "binding_equipment",
    "binding_no_imsi",
    "binding_subscriber",
    "exception_no_imsi",
    "tac_barred",
    "tac_device_types",
    "tac_permitted",
    "tac_test",
    "tac_unallocated",
    "unregistered",
    ENTRY,
)
VERSIONS = ("1", "2", "3")
_BY_INTERFACE = tuple(product(INTERFACES))

# Of each peer: their labels are the interface, the peer, and these.

RECEIVED = Family(
    "eir_checks_received",
    "Checks that were taken up. Equals the sum of eir_checks over all verdicts",
    Kind.COUNTER,
    ("interface", "peer"),
)
CHECKS = Family(
    "eir_checks",
    "Checks by what became of them: the verdict that was answered; refused: the request was wrong "
    "or not for this node; failed: answered with an error of this node, or lost with a process of "
    "its; shed: too many came",
    Kind.COUNTER,
    ("interface", "peer", "verdict"),
    tuple(product(OUTCOMES)),
)
CHECK_FAMILIES_OF_PEERS = (RECEIVED, CHECKS)

# Of all peers together

IDENTITY_DIFFERENCE = Family(
    "eir_check_identity_difference",
    "Checks that were taken up and of which nothing became, or the other way round. Not 0: the "
    "counters are not to be trusted, or checks get no answer",
    Kind.GAUGE,
    ("interface",),
    _BY_INTERFACE,
)
RULES = Family(
    "eir_decisions",
    "Answered checks by the rule of [decision] order that decided; on_failure: the lists could "
    "not be read",
    Kind.COUNTER,
    ("interface", "rule"),
    tuple(product(INTERFACES, (*rules.names(), ON_FAILURE))),
)
REASON_COUNTS = Family(
    "eir_decision_reasons",
    "Answered checks by reason; entry: words that stand in a list, or that the override was set "
    "with",
    Kind.COUNTER,
    ("interface", "reason"),
    tuple(product(INTERFACES, REASONS)),
)
MATCHES = Family(
    "eir_list_matches",
    "Answered checks that were decided by an entry of a list",
    Kind.COUNTER,
    ("interface", "list"),
    tuple(product(INTERFACES, (name.value for name in ListName))),
)
MALFORMED_CHECKS = Family(
    "eir_malformed_checks",
    "Answered checks of an identity that is no IMEI and on no list, by what is wrong with it",
    Kind.COUNTER,
    ("interface", "class"),
    tuple(product(INTERFACES, MALFORMED)),
)
MAP_VERSIONS = Family(
    "eir_map_checks",
    "Checks over MAP that were answered, by the version of the application context",
    Kind.COUNTER,
    ("version",),
    tuple(product(VERSIONS)),
)
AUDITED = Family(
    "eir_audited_checks",
    "Checks permitted because of [decision] audit, by what would have been answered",
    Kind.COUNTER,
    ("interface", "verdict"),
    tuple(product(INTERFACES, _STATUSES)),
)
FAILURE_ANSWERS = Family(
    "eir_failure_answers",
    "Checks answered as [decision] on_failure says, because the lists could not be read",
    Kind.COUNTER,
    ("interface",),
    _BY_INTERFACE,
)
SHED = Family(
    "eir_shed_checks",
    "Checks refused or discarded because there were too many, by the limit of [overload]",
    Kind.COUNTER,
    ("interface", "limit"),
    tuple(product(INTERFACES, (limit.value for limit in Limit))),
)
CHECK_SECONDS = Family(
    "eir_check_duration_seconds",
    "From a whole request to its answer, within this node",
    Kind.HISTOGRAM,
    ("interface", "le"),
    tuple(product(INTERFACES, (*BOUNDS, SUM))),
)
CHECK_MAXIMUM = Family(
    "eir_check_duration_max_seconds",
    "The longest that a check took from a whole request to its answer, within the last minute or "
    "two",
    Kind.MAXIMUM,
    ("interface", "window"),
    tuple(product(INTERFACES, WINDOWS)),
)
DECISION_SECONDS = Family(
    "eir_decision_duration_seconds",
    "Looking into the lists and deciding, of each check; of a batch its mean",
    Kind.HISTOGRAM,
    ("interface", "le"),
    tuple(product(INTERFACES, (*DECISION_BOUNDS, SUM))),
)
LAST_CHECK = Family(
    "eir_last_check_timestamp_seconds",
    "When a check was answered; 0: never",
    Kind.LATEST,
    ("interface",),
    _BY_INTERFACE,
)

CHECK_FAMILIES = (
    IDENTITY_DIFFERENCE,
    RULES,
    REASON_COUNTS,
    MATCHES,
    MALFORMED_CHECKS,
    MAP_VERSIONS,
    AUDITED,
    FAILURE_ANSWERS,
    SHED,
    CHECK_SECONDS,
    CHECK_MAXIMUM,
    DECISION_SECONDS,
    LAST_CHECK,
)
