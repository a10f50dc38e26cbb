"""The snapshot of a node, as `/api/status` gives it and `eir status --json` prints it.

Programs rely on it: a key is never taken away, nor given another meaning, without a new `format`.
Instants are ISO 8601 in UTC, durations seconds, rates per second.
"""

from typing import Literal, TypeAlias

from eir.alarms.board import Alarm
from eir.alarms.watches.overload import Level
from eir.config import Section
from eir.links import LinkRow
from eir.path_rows import PathRow

State: TypeAlias = Literal["fine", "degraded", "down"]
# up: every link is; partial: one at least; waiting: nobody is expected, and nobody there
InterfaceState: TypeAlias = Literal["up", "partial", "down", "waiting"]
InterfaceName: TypeAlias = Literal["s13", "map"]


class Reason(Section):
    """Why a node is not fine.

    Attributes:
        state: what it makes of the node.
        text: one sentence.
        alarm: the alarm that says so; empty: none does.
    """

    state: State
    text: str
    alarm: str = ""


class NodeRow(Section):
    """Who is asked.

    Attributes:
        name: its Origin-Host.
        version: of the program.
        started: since when it runs.
        uptime: likewise, in seconds.
        override: what every check is answered with, in a sentence; empty: the lists answer.
    """

    name: str
    version: str
    started: str
    uptime: float
    override: str = ""


class WorkerRow(Section):
    """A process that answers.

    Attributes:
        worker: its number.
        obstacle: why it does not answer; empty when it does.
        restarts: how often it died.
    """

    worker: int
    obstacle: str
    restarts: int


class LoadRow(Section):
    """How much there is to do.

    Attributes:
        level: of overload: none, or the severity of the alarm that says so.
        waiting: octets of messages that were read and wait until there is time for them.
        limit: of those; above it, checks are refused.
    """

    level: Level
    waiting: int
    limit: int


class InterfaceRow(Section):
    """One interface.

    Attributes:
        interface: s13 or map.
        state: whether it can be asked.
        links: how many peers are known: configured, or connected.
        links_up: how many of them can ask.
        rate: checks answered a second, now.
        p50: within which half of them were answered, in seconds, now; null: there was none.
        p99: likewise of 99 in 100.
        shed: checks refused a second because there were too many, now.
        lane_share: part of the checks that the fast lane answered, in 5 minutes; null: none came.
        verdicts: checks answered in the last 5 minutes, by verdict.
        last_check: when a check was answered last; empty: never.
    """

    interface: InterfaceName
    state: InterfaceState
    links: int
    links_up: int
    rate: float
    p50: float | None
    p99: float | None
    shed: float
    lane_share: float | None
    verdicts: dict[str, int]
    last_check: str


class PeerRow(Section):
    """One adjacent node.

    Attributes:
        interface: over which it asks.
        name: as it is configured, or as it calls itself.
        remote: the address that it comes from.
        transport: tcp, sctp or empty.
        state: the word of its specification; DOWN: not connected.
        is_up: whether it can ask.
        since: when it came into this state.
        rate: its checks answered a second, now; null: not counted by peer.
        resent: SCTP chunks that were sent to it again in the last 5 minutes; null likewise.
        last_error: the last thing that went wrong with it.
    """

    interface: InterfaceName
    name: str
    remote: str
    transport: str
    state: str
    is_up: bool
    since: str
    rate: float | None = None
    resent: int | None = None
    last_error: str = ""


class ListRow(Section):
    """What one source has on one list.

    Attributes:
        list: its name.
        source: who says so.
        entries: how many.
        octets: about how many they take in the file.
        version: in which it changed last; null: longer ago than the last 1,000.
        age: seconds since then; null likewise.
    """

    list: str
    source: str
    entries: int
    octets: int
    version: int | None
    age: float | None


class ListsRow(Section):
    """What answers.

    Attributes:
        version: of the lists that answer; null: they cannot be read, or there are none.
        loaded: when it was made; empty likewise.
        age: seconds since then.
        octets: size of the file.
        failure: why checks are not answered from the lists; empty when they are.
        lists: what is on them, as of `counted`.
        counted: the version that was counted last; null: none was yet.
    """

    version: int | None
    loaded: str
    age: float | None
    octets: int | None
    failure: str
    counted: int | None
    lists: tuple[ListRow, ...]


class ChangeRow(Section):
    """A version of the lists.

    Attributes:
        at: when it was made.
        version: its number.
        author: who made it.
        text: what was changed, in a sentence.
    """

    at: str
    version: int
    author: str
    text: str


class SyncRow(Section):
    """The syncs of one registry.

    Attributes:
        registry: its name.
        attempted: when the last one ended; empty: there was none.
        outcome: how it ended, as `eir sync` says it; empty likewise.
        exit_code: likewise; null: there was none.
        applied: when a run was applied last; empty: never.
        runs: by list, the run that serves.
        held: runs that somebody must accept or refuse.
        failures: syncs in a row that failed.
    """

    registry: str
    attempted: str
    outcome: str
    exit_code: int | None
    applied: str
    runs: dict[str, int]
    held: int
    failures: int


class TrendRow(Section):
    """One interface over time, a number a step, the oldest first, the last one just over.

    Attributes:
        interface: s13 or map.
        rates: checks answered a second, by verdict.
        p50: within which half were answered, in seconds; null: there was none.
        p99: likewise of 99 in 100.
    """

    interface: InterfaceName
    rates: dict[str, list[float]]
    p50: list[float | None]
    p99: list[float | None]


class Trend(Section):
    """One span of time.

    Attributes:
        step: how long a step is, in seconds.
        steps: how many there are at most.
        interfaces: those that are served.
    """

    step: int
    steps: int
    interfaces: tuple[TrendRow, ...]


class Snapshot(Section):
    """A node at one moment.

    Attributes:
        format: of this object; another number is another format.
        at: when it was taken.
        state: fine; degraded: checks are answered, but somebody must look; down: they are not.
        reasons: why it is not fine, the worst first.
        node: who is asked.
        alarms: those that are on, the most severe first, and of those that are alike, the newest.
        load: how much there is to do.
        interfaces: those that are served.
        peers: those that ask, or should; those that are down first.
        paths: over SCTP, those to each address of peers; those that are not ACTIVE first.
        network: what peers say of the network: application servers, destinations, subsystems.
        lists: what answers.
        changes: the last changes of the lists, the newest first.
        syncs: what registries sent.
        workers: the processes that answer.
        trends: by span, those that were asked for: 5m by seconds, 24h by minutes.
    """

    format: Literal[1] = 1
    at: str
    state: State
    reasons: tuple[Reason, ...]
    node: NodeRow
    alarms: tuple[Alarm, ...]
    load: LoadRow
    interfaces: tuple[InterfaceRow, ...]
    peers: tuple[PeerRow, ...]
    paths: tuple[PathRow, ...]
    network: tuple[LinkRow, ...]
    lists: ListsRow
    changes: tuple[ChangeRow, ...]
    syncs: tuple[SyncRow, ...]
    workers: tuple[WorkerRow, ...]
    trends: dict[str, Trend]
