"""Every kind of alarm there is: what it means and what to do.

The names, and the numbers that SNMP knows them by, are never given to something else.
"""

from dataclasses import dataclass
from typing import Literal, TypeAlias

from eir.log import Severity

Subject: TypeAlias = Literal[
    "", "registry", "interface", "peer", "path", "directory", "certificate", "worker"
]


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmKind:
    """One kind of alarm.

    Attributes:
        number: as SNMP knows it.
        name: as everybody else does.
        severity: unless who raises it says another.
        meaning: what is wrong while it is on.
        next_step: what to do, unless who raises it knows better.
        cleared: what is true again, unless who clears it knows better.
        subject: what tells one from another of the same kind; empty: there is one at most.
    """

    number: int
    name: str
    severity: Severity
    meaning: str
    next_step: str
    cleared: str
    subject: Subject = ""


STORE_UNREADABLE = AlarmKind(
    number=1,
    name="store_unreadable",
    severity="critical",
    meaning="The lists cannot be read; checks are answered as [decision] on_failure says.",
    next_step="restore a backup: eir store restore FILE; or load the lists again",
    cleared="checks are answered from the lists again",
)
OVERRIDE_ON = AlarmKind(
    number=2,
    name="override_on",
    severity="major",
    meaning="The operator has every check answered alike, whatever the lists say.",
    next_step="when the reason is gone: eir override clear --reason TEXT",
    cleared="checks are answered from the lists again",
)
OVERRIDE_UNREADABLE = AlarmKind(
    number=3,
    name="override_unreadable",
    severity="major",
    meaning="The policy journal cannot be read; the override stays as it was known last.",
    next_step="bring it back, or set or clear the override again",
    cleared="the policy journal can be read again",
)
LIST_STALE = AlarmKind(
    number=4,
    name="list_stale",
    severity="major",
    meaning="No run of a registry was applied for longer than its stale_hours.",
    next_step="see why: eir sync status; then ask the registry",
    cleared="a run was applied",
    subject="registry",
)
SYNC_HELD = AlarmKind(
    number=5,
    name="sync_held",
    severity="major",
    meaning="A run of a registry is strange, and waits for somebody to accept or refuse it.",
    next_step="look at it: eir sync status; then eir sync accept or refuse",
    cleared="no run is held any more",
    subject="registry",
)
SYNC_FAILED = AlarmKind(
    number=6,
    name="sync_failed",
    severity="major",
    meaning="The last sync with a registry did not go well.",
    next_step="see eir sync status",
    cleared="the last sync went well",
    subject="registry",
)
PROTECTED_LISTED = AlarmKind(
    number=7,
    name="protected_listed",
    severity="major",
    meaning="A registry would block equipment that is on the protected list.",
    next_step="ask the registry to take it off, or take it off the protected list",
    cleared="nothing is left out any more because it is protected",
    subject="registry",
)
LIST_DRIFT = AlarmKind(
    number=8,
    name="list_drift",
    severity="major",
    meaning="The deltas of a registry led elsewhere than its full list.",
    next_step="let the full list count: eir sync --force-full",
    cleared="deltas and full lists say the same again",
    subject="registry",
)

SUBSYSTEM_DOWN = AlarmKind(
    number=9,
    name="subsystem_down",
    severity="critical",
    meaning="Nobody can ask over an interface: no worker answers, or no peer has a working link.",
    next_step="see eir links and the log; restart if no worker comes back: systemctl restart eir",
    cleared="somebody can ask again",
    subject="interface",
)
PEER_DOWN = AlarmKind(
    number=10,
    name="peer_down",
    severity="major",
    meaning="A configured peer, or an association with a gateway, has had no working link for"
    " [alarms] down_seconds.",
    next_step="see eir links for its last error; then the peer, and the network in between",
    cleared="it has a working link again",
    subject="peer",
)
GATEWAYS_DOWN = AlarmKind(
    number=11,
    name="gateways_down",
    severity="critical",
    meaning="No signalling gateway has a working link: nobody asks over SS7.",
    next_step="see eir links for their last errors; then the gateways, and the network in between",
    cleared="a gateway has a working link again",
)
DESTINATION_UNAVAILABLE = AlarmKind(
    number=12,
    name="destination_unavailable",
    severity="major",
    meaning="A gateway says that it does not reach point codes (DUNA, RFC 4666): answers to them"
    " are lost.",
    next_step="ask who runs the gateway; see eir links for every destination",
    cleared="all destinations are reached again, as far as anybody says",
    subject="peer",
)
PATH_LOST = AlarmKind(
    number=13,
    name="path_lost",
    severity="minor",
    meaning="An SCTP association does not reach one of its peer's addresses; others serve it.",
    next_step="look at the network towards that address: cable, VLAN, route, firewall",
    cleared="the address is reached again, or is not used any more",
    subject="path",
)
DISK_NEARLY_FULL = AlarmKind(
    number=14,
    name="disk_nearly_full",
    severity="minor",
    meaning="Less of a disk is free than [alarms] disk_minor_percent, or disk_critical_percent:"
    " critical.",
    next_step="make room or a larger disk; [store] history_days keeps less of the past",
    cleared="there is room again",
    subject="directory",
)
COUNTER_IDENTITY_BROKEN = AlarmKind(
    number=15,
    name="counter_identity_broken",
    severity="major",
    meaning="What became of checks does not add up to those that came: a bug of ours.",
    next_step="answers are not affected; report it with the log and /metrics",
    cleared="the counters add up again",
    subject="interface",
)
PROHIBITED_RATIO_JUMPED = AlarmKind(
    number=16,
    name="prohibited_ratio_jumped",
    severity="major",
    meaning="Many more of the checks are prohibited than a while ago: perhaps a wrong list.",
    next_step="see what changed: eir lists versions; go back with eir lists rollback, or answer"
    " otherwise for now: eir override set",
    cleared="as many checks are prohibited as before, or it has become usual",
    subject="interface",
)
OVERLOADED = AlarmKind(
    number=17,
    name="overloaded",
    severity="minor",
    meaning="More comes than is well: near a limit of [overload] is minor; at it, or with checks"
    " shed, major; with many shed, critical.",
    next_step="see eir_shed_checks in /metrics for the limit; then take load away, add workers or"
    " raise the limit",
    cleared="no more comes than is well",
)
CERTIFICATE_EXPIRING = AlarmKind(
    number=18,
    name="certificate_expiring",
    severity="minor",
    meaning="A certificate or key that the configuration names expires within [alarms]"
    " certificate_days; critical: it has expired.",
    next_step="get a new one, and put it in its place; of several roots, take out the old one",
    cleared="it is valid for long enough",
    subject="certificate",
)
WORKER_RESTARTING = AlarmKind(
    number=19,
    name="worker_restarting",
    severity="major",
    meaning="A worker died [alarms] worker_deaths times within worker_seconds.",
    next_step="see worker_died in the log for the cause; report it with the log",
    cleared="it has not died so often lately",
    subject="worker",
)
RECORDS_NOT_WRITTEN = AlarmKind(
    number=20,
    name="records_not_written",
    severity="major",
    meaning="Check records come to no file: the disk takes none, or who writes them hangs. Answers"
    " go on; records wait in memory, and the oldest are lost when there are too many.",
    next_step="see records_not_written in the log for the cause; make room or give rights there",
    cleared="check records are written again",
)

CATALOGUE = (
    STORE_UNREADABLE,
    OVERRIDE_ON,
    OVERRIDE_UNREADABLE,
    LIST_STALE,
    SYNC_HELD,
    SYNC_FAILED,
    PROTECTED_LISTED,
    LIST_DRIFT,
    SUBSYSTEM_DOWN,
    PEER_DOWN,
    GATEWAYS_DOWN,
    DESTINATION_UNAVAILABLE,
    PATH_LOST,
    DISK_NEARLY_FULL,
    COUNTER_IDENTITY_BROKEN,
    PROHIBITED_RATIO_JUMPED,
    OVERLOADED,
    CERTIFICATE_EXPIRING,
    WORKER_RESTARTING,
    RECORDS_NOT_WRITTEN,
)
KINDS = {kind.name: kind for kind in CATALOGUE}
