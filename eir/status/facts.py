"""What a snapshot is made of: everything that the supervisor knows at one moment."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from eir.alarms.board import Alarm
from eir.decision.verdict import Interface
from eir.links import LinkRow
from eir.lists.summary import Summary
from eir.path_rows import PathRow
from eir.status.models import WorkerRow
from eir.sync_watch import SyncState


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """One moment of a node.

    Attributes:
        now: aware.
        name: its Origin-Host.
        program: its version.
        started: when the server started; aware.
        obstacle: why no worker answers; empty while one does.
        workers: each of them.
        served: the interfaces that the configuration serves.
        links: every link of the workers that run.
        paths: the SCTP paths of these.
        waiting: octets of messages that wait.
        waiting_limit: how many may.
        last_checks: when each interface answered a check last, UTC seconds; None: never.
        version: of the lists that answer; None: none do.
        failure: why checks are not answered from the lists; None: they are.
        summary: the lists as they were counted last; None: they never were.
        octets: size of their file; None: it cannot be said.
        override: what every check is answered with, in a sentence; empty: the lists answer.
        syncs: how those of each registry went.
        alarms: those that are on, the most severe first.
    """

    now: datetime
    name: str
    program: str
    started: datetime
    obstacle: str
    workers: Sequence[WorkerRow]
    served: Sequence[Interface]
    links: Sequence[LinkRow]
    paths: Sequence[PathRow]
    waiting: int
    waiting_limit: int
    last_checks: Mapping[Interface, float | None]
    version: int | None
    failure: str | None
    summary: Summary | None
    octets: int | None
    override: str
    syncs: Sequence[SyncState]
    alarms: Sequence[Alarm]
