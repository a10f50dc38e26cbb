"""A snapshot as people see it on a terminal: what `eir status` and `eir top` share.

Each part is a table, whose lines are as wide as the terminal and never wrapped, or a sentence.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeAlias, TypeVar

from pydantic import TypeAdapter
from rich.console import Group, JustifyMethod, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from eir.cli.links import read
from eir.cli.words import duration, latency, percent, rate, since, size
from eir.config import Section
from eir.path_rows import PathRow
from eir.printable import printable
from eir.status.models import ChangeRow, InterfaceRow, ListRow, PeerRow, Snapshot, SyncRow

GAP = 2  # columns between columns
LEAST = 12  # columns of what is cut
PATHS = 20  # ours: SCTP paths that are told one by one

STATES = {"fine": "bold green", "degraded": "bold yellow", "down": "bold red"}
INTERFACES = {"s13": "S13", "map": "MAP"}

_LINKS = {"up": "green", "partial": "yellow", "down": "red", "waiting": ""}
_MIX = ("prohibited", "tracking", "unknown", "failed", "permitted")  # what matters most first
_WORDS = {"partial": "partly up", "waiting": "waiting"}
_PATHS = {
    "ACTIVE": "green",
    "POTENTIALLY_FAILED": "yellow",
    "UNCONFIRMED": "yellow",
    "INACTIVE": "red",
}
_LEVELS = {"none": "green", "minor": "yellow", "major": "red", "critical": "bold red"}
_SEVERITIES = {"critical": "bold red", "major": "red", "minor": "yellow", "warning": "yellow"}

_SNAPSHOT = TypeAdapter(Snapshot)

AnyRow = TypeVar("AnyRow", bound=Section)
Cell: TypeAlias = str | Text


@dataclass(frozen=True, slots=True)
class Column(Generic[AnyRow]):
    """A column of a table.

    Attributes:
        title: above it.
        cell: what it says of a row.
        number: whether it stands to the right.
        elastic: whether its cells may be cut where the terminal is narrow.
        spare: whether it may be left out there.
    """

    title: str
    cell: Callable[[AnyRow], Cell]
    number: bool = field(default=False, kw_only=True)
    elastic: bool = field(default=False, kw_only=True)
    spare: bool = field(default=False, kw_only=True)


def read_snapshot(octets: bytes) -> Snapshot:
    """Read what a server says of itself.

    Raises:
        UnavailableError: it is of another version.
    """
    return Snapshot.model_validate(_printable(read(_SNAPSHOT, octets).model_dump()))


def _printable(said: object) -> object:
    """Make every text in it one that moves no cursor: files and reasons have names of others."""
    match said:
        case str():
            return printable(said)
        case tuple() | list():
            return type(said)(map(_printable, said))
        case dict():
            return {name: _printable(value) for name, value in said.items()}
    return said


def headline(snapshot: Snapshot) -> Text:
    """Give the line that matters most."""
    node = snapshot.node
    return Text.assemble(
        (f" {snapshot.state.upper()} ", f"{STATES[snapshot.state]} reverse"),
        f" {node.name}  ",
        (f"{snapshot.at[11:19]} UTC, up for {duration(node.uptime)}, EIR {node.version}", "dim"),
    )


def reasons(snapshot: Snapshot) -> list[Text]:
    """Give a sentence for each reason that no alarm names."""
    return [
        Text.assemble((f"{reason.state}: ", STATES[reason.state]), reason.text)
        for reason in snapshot.reasons
        if not reason.alarm
    ]


def alarms(snapshot: Snapshot) -> list[RenderableType]:
    """Give a sentence for each alarm, and below what to do."""
    return [
        Group(line, Padding(Text(f"next: {alarm.next_step}", "dim"), (0, 0, 0, GAP), expand=False))
        for line, alarm in zip(alarm_lines(snapshot), snapshot.alarms, strict=True)
    ]


def alarm_lines(snapshot: Snapshot) -> list[Text]:
    """Give a line for each alarm."""
    return [
        Text.assemble(
            (alarm.severity, _SEVERITIES[alarm.severity]),
            (f" for {since(alarm.since, snapshot.at)}: ", "dim"),
            alarm.text,
        )
        for alarm in snapshot.alarms
    ]


def load(snapshot: Snapshot) -> Text:
    """Say how much there is to do."""
    found = snapshot.load
    return Text.assemble(
        ("overload ", "dim"),
        (found.level, _LEVELS[found.level]),
        (f", {size(found.waiting)} of {size(found.limit)} wait", "dim"),
    )


def interfaces(snapshot: Snapshot, width: int) -> RenderableType:
    """Give a line for each interface."""
    columns: list[Column[InterfaceRow]] = [
        Column("interface", lambda row: INTERFACES[row.interface]),
        Column("state", lambda row: Text(_WORDS.get(row.state, row.state), _LINKS[row.state])),
        Column("peers", _of_peers, number=True),
        Column("rate", lambda row: rate(row.rate), number=True),
        Column("p50", lambda row: latency(row.p50), number=True),
        Column("p99", lambda row: latency(row.p99), number=True),
        Column("fast lane", lambda row: percent(row.lane_share, 1), number=True),
        Column("shed", lambda row: rate(row.shed), number=True),
        Column("last check", lambda row: ago(row.last_check, snapshot.at), number=True),
    ]
    return table(columns, snapshot.interfaces, width)


def _of_peers(row: InterfaceRow) -> str:
    return f"{row.links_up} of {row.links}" if row.links else "-"


def mix(row: InterfaceRow) -> str:
    """Say what was answered over an interface in the last 5 minutes."""
    whole = sum(row.verdicts.values())
    told = [(name, row.verdicts[name]) for name in _MIX if row.verdicts[name]]
    parts = [f"{name} {percent(count, whole)}" for name, count in told]
    return ", ".join(parts) or "no check"


def peers(snapshot: Snapshot, width: int, most: int | None = None) -> RenderableType:
    """Give a line for each peer, at most so many: first those that cannot ask."""
    columns: list[Column[PeerRow]] = [
        Column("peer", lambda row: row.name or "not named yet", elastic=True),
        Column("over", lambda row: " ".join((INTERFACES[row.interface], row.transport)).strip()),
        Column("state", lambda row: Text(row.state, "green" if row.is_up else "red")),
        Column("for", lambda row: since(row.since, snapshot.at), number=True),
        Column("rate", lambda row: "" if row.rate is None else rate(row.rate), number=True),
        Column("paths", lambda row: _paths(row, snapshot), number=True),
        Column(
            "resent",
            lambda row: "" if row.resent is None else f"{row.resent:,}",
            number=True,
            spare=True,
        ),
        Column("address", lambda row: row.remote, spare=True),
        Column("last error", lambda row: row.last_error, elastic=True),
    ]
    return table(columns, snapshot.peers, width, most=most, nothing=_nobody(snapshot))


def _nobody(snapshot: Snapshot) -> str:
    """Say why there is no peer."""
    if all(worker.obstacle for worker in snapshot.workers):
        return "while no worker answers, no peer is known"
    return "no peer is connected or configured: see [[diameter.peer]], [[m3ua.gateway]]"


def _paths(peer: PeerRow, snapshot: Snapshot) -> Text:
    """Say how many of the SCTP paths to a peer are active."""
    states = [path.state for path in snapshot.paths if path.peer == peer.name]
    active = states.count("ACTIVE")
    shown = f"{active} of {len(states)}" if states else ""
    return Text(shown, "" if active == len(states) else "red")


def _state_of(path: PathRow) -> Text:
    return Text(path.state, _PATHS[path.state])


def paths(snapshot: Snapshot, width: int) -> RenderableType:
    """Give a line for each SCTP path: first those that are not active."""
    columns: list[Column[PathRow]] = [
        Column("path to", lambda row: row.peer or "not named yet", elastic=True),
        Column("address", lambda row: row.address),
        Column("state", _state_of),
        Column("RTT", lambda row: latency(row.srtt_seconds), number=True),
        Column("RTO", lambda row: latency(row.rto_seconds), number=True),
    ]
    return table(columns, snapshot.paths, width, most=PATHS)


def lists(snapshot: Snapshot, width: int, most: int | None = None) -> RenderableType:
    """Give a line for each list and source, below the version that answers."""
    found = snapshot.lists
    columns: list[Column[ListRow]] = [
        Column("list", lambda row: row.list),
        Column("source", lambda row: row.source, elastic=True),
        Column("entries", lambda row: f"{row.entries:,}", number=True),
        Column(
            "changed",
            lambda row: "" if row.age is None else f"{duration(row.age)} ago",
            number=True,
        ),
        Column(
            "version",
            lambda row: "" if row.version is None else str(row.version),
            number=True,
            spare=True,
        ),
    ]
    rows = table(
        columns, found.lists, width, most=most, nothing="no list is known: eir lists load --help"
    )
    if snapshot.node.override:
        answering = Text(snapshot.node.override, "yellow")
    elif found.failure:
        answering = Text(f"the lists cannot be read: {found.failure}", "red")
    elif found.version is None:
        answering = Text("no list answers", "red")
    else:
        age = "" if found.age is None else f", made {duration(found.age)} ago"
        answering = Text(f"the lists answer, version {found.version}{age}")
    return Group(answering, rows)


def changes(snapshot: Snapshot, width: int, most: int | None = None) -> RenderableType:
    """Give a line for each of the last changes of the lists."""
    columns: list[Column[ChangeRow]] = [
        Column("changed", lambda row: f"{since(row.at, snapshot.at)} ago", number=True),
        Column("version", lambda row: str(row.version), number=True, spare=True),
        Column("by", lambda row: row.author, spare=True),
        Column("what", lambda row: row.text, elastic=True),
    ]
    return table(columns, snapshot.changes, width, most=most)


def syncs(snapshot: Snapshot, width: int) -> RenderableType:
    """Give a line for each registry."""
    good = {None: "", 0: "green", 5: "yellow", 6: "yellow"}
    columns: list[Column[SyncRow]] = [
        Column("registry", lambda row: row.registry),
        Column(
            "last sync",
            lambda row: Text(row.outcome or "never", good.get(row.exit_code, "red")),
        ),
        Column("ago", lambda row: since(row.attempted, snapshot.at), number=True),
        Column("applied", lambda row: ago(row.applied, snapshot.at), number=True),
        Column("held", lambda row: str(row.held), number=True),
        Column("failures", lambda row: str(row.failures), number=True, spare=True),
    ]
    return table(columns, snapshot.syncs, width)


def workers(snapshot: Snapshot) -> list[Text]:
    """Give a sentence for each worker that ever died; that one does not answer is a reason."""
    return [
        Text(f"worker {row.worker} was started again {_times(row.restarts)}", "dim")
        for row in snapshot.workers
        if row.restarts
    ]


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count} times"


def table(
    columns: Sequence[Column[AnyRow]],
    rows: Iterable[AnyRow],
    width: int,
    *,
    most: int | None = None,
    nothing: str = "",
) -> RenderableType:
    """Make a table whose rows are one line each; columns that say nothing are left out.

    Args:
        columns: of it.
        rows: what they are about.
        width: of the terminal, in columns.
        most: how many rows there may be; of more, the others are counted.
        nothing: what is said where there is no row.
    """
    found = list(rows)
    if not found:
        return Text(nothing, "dim")
    kept = found if most is None or len(found) <= most else found[: max(1, most - 1)]
    # Text, because what a peer says may look like markup.
    cells = {each.title: [Text.assemble(each.cell(row)) for row in kept] for each in columns}
    used = [each for each in columns if any(cell.plain for cell in cells[each.title])]
    widths = _widths(used, cells, width)
    made = Table(box=None, pad_edge=False, padding=(0, GAP, 0, 0), header_style="dim")
    for each in used:
        if each.title in widths:
            justify: JustifyMethod = "right" if each.number else "left"
            made.add_column(each.title, justify=justify, no_wrap=True, width=widths[each.title])
    for row in zip(*(cells[title] for title in widths), strict=True):
        made.add_row(*row)
    if len(kept) == len(found):
        return made
    return Group(made, Text(f"and {len(found) - len(kept)} more", "dim"))


def _widths(
    columns: Sequence[Column[AnyRow]], cells: Mapping[str, Sequence[Text]], width: int
) -> dict[str, int]:
    """Give each column its width; where there is not enough, some are left out, others cut."""
    widths = {
        each.title: max(len(each.title), *(cell.cell_len for cell in cells[each.title]))
        for each in columns
    }
    for each in reversed(columns):
        if each.spare and _sum(widths) > width:
            del widths[each.title]
    elastic = [each.title for each in columns if each.elastic]
    while elastic and _sum(widths) > width:
        widest = max(elastic, key=widths.__getitem__)
        if widths[widest] <= LEAST:
            break
        widths[widest] -= 1
    return widths


def _sum(widths: Mapping[str, int]) -> int:
    return sum(widths.values()) + GAP * (len(widths) - 1)


def ago(instant: str, now: str) -> str:
    """Say how long an instant is ago."""
    if not instant:
        return "never"
    told = since(instant, now)
    return "now" if told in {"0 s", "1 s"} else f"{told} ago"
