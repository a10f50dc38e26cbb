"""What supervisor and worker say to each other: JSON lines over a socket pair.

The end of the stream means that the other process is gone.
"""

import asyncio
from typing import Annotated, Literal, TypeAlias

from pydantic import Field, TypeAdapter

from eir.config import Config, Section
from eir.lane_rows import LaneRow
from eir.links import LinkRow
from eir.path_rows import PathRow
from eir.trace.exchange import Match
from eir.trace.wanted import Wanted

MAX_LINE = 1 << 24  # octets; ours: a configuration with many peers is one line


class Start(Section):
    """Supervisor, first line: everything a worker is made of. Numbers are inherited descriptors."""

    kind: Literal["start"] = "start"
    config: Config
    use_store: bool
    tcp: tuple[int, ...]  # Diameter's
    sctp: tuple[int, ...]
    m3ua_tcp: tuple[int, ...] = ()
    m3ua_sctp: tuple[int, ...] = ()
    counters: int = -1  # each worker has its own
    records: int = -1
    worker: int = 0  # its number
    workers: int = 1  # how many there are
    takings: int | None = None  # what each has taken; None: there are no others
    inbox: int | None = None  # where the others give it what it owns; None: there are no others
    outboxes: tuple[int, ...] = ()  # theirs, and its own, by their numbers
    started_at: int  # seconds since 1970, when the supervisor started: our Origin-State-Id
    traces: tuple[Wanted, ...] = ()


class LeaveStore(Section):
    """Supervisor: the store killed another worker; answer without it until it was verified."""

    kind: Literal["leave_store"] = "leave_store"


class UseStore(Section):
    """Supervisor: the store was verified; open it anew."""

    kind: Literal["use_store"] = "use_store"


class Reload(Section):
    """Supervisor: go on with this configuration; only what may change at once is different."""

    kind: Literal["reload"] = "reload"
    config: Config


class Trace(Section):
    """Supervisor: trace this, and nothing else."""

    kind: Literal["trace"] = "trace"
    traces: tuple[Wanted, ...]


class Stop(Section):
    """Supervisor: take leave of the peers, then exit."""

    kind: Literal["stop"] = "stop"


class Ready(Section):
    """Worker: connections are accepted from now on."""

    kind: Literal["ready"] = "ready"


class StoreState(Section):
    """Worker: whether the lists can be read; said at each change, and often as a sign of life."""

    kind: Literal["store_state"] = "store_state"
    failure: str | None  # why they cannot be read
    version: int | None  # of the lists that answer


class LinksChanged(Section):
    """Worker: what is new on its board of links (`eir.links.Changes`)."""

    kind: Literal["links_changed"] = "links_changed"
    rows: dict[str, LinkRow]
    gone: tuple[str, ...]


class LaneKnown(Section):
    """Worker: what its fast lanes know; said when it is other than before, now and then."""

    kind: Literal["lane_known"] = "lane_known"
    rows: tuple[LaneRow, ...]


class PathsChanged(Section):
    """Worker: what is new of its SCTP paths (`eir.path_rows.PathChanges`), now and then."""

    kind: Literal["paths_changed"] = "paths_changed"
    rows: dict[str, PathRow]
    gone: tuple[str, ...]


class Traced(Section):
    """Worker: what matched, and by number of the trace how much more was too much to tell."""

    kind: Literal["traced"] = "traced"
    matches: tuple[Match, ...] = ()
    dropped: dict[int, int] = Field(default_factory=dict)


ToWorker: TypeAlias = Start | LeaveStore | UseStore | Reload | Trace | Stop
ToSupervisor: TypeAlias = Ready | StoreState | LinksChanged | LaneKnown | PathsChanged | Traced

_TO_WORKER: TypeAdapter[ToWorker] = TypeAdapter(Annotated[ToWorker, Field(discriminator="kind")])
_TO_SUPERVISOR: TypeAdapter[ToSupervisor] = TypeAdapter(
    Annotated[ToSupervisor, Field(discriminator="kind")]
)


def encode(message: ToWorker | ToSupervisor) -> bytes:
    """Write one line."""
    return message.model_dump_json(by_alias=True).encode() + b"\n"


def tell(writer: asyncio.StreamWriter, message: ToSupervisor) -> None:
    """Tell the supervisor, or nobody once it is gone: libuv fails where its end was closed."""
    if not writer.is_closing():
        writer.write(encode(message))


def decode_for_worker(line: bytes) -> ToWorker:
    """Read one line of the supervisor's."""
    return _TO_WORKER.validate_json(line, strict=False)


def decode_for_supervisor(line: bytes) -> ToSupervisor:
    """Read one line of a worker's."""
    return _TO_SUPERVISOR.validate_json(line, strict=False)
