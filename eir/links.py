"""What is connected, and how it is: connections, peers, and what they say of the network.

The worker keeps a `Board` and tells the supervisor what changed on it; the supervisor keeps a
`LinkTable`, which `eir links` is shown. Each row has a key that stays its own.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, TypeAlias, get_args

from eir.config import Section
from eir.decision.verdict import Interface
from eir.metrics import Transport
from protocols.effects import Became, Connection, Moved

PeerKind = Literal["peer", "asp"]  # Diameter's, M3UA's
Kind = Literal["connection", "path", PeerKind, "as", "destination", "subsystem"]
PEER_KINDS: tuple[PeerKind, ...] = get_args(PeerKind)
Key: TypeAlias = str

DOWN = "DOWN"  # the state of a peer that has no connection
CLOSED = "CLOSED"  # what machines call a connection that ended
# The states in which a peer can ask (RFC 6733 §5.6, RFC 4666 §4.3.1).
OPEN = frozenset({"R_OPEN", "I_OPEN", "ASP_ACTIVE"})
INTERFACE_OF: Mapping[str, Interface] = {"peer": Interface.S13, "asp": Interface.MAP}  # by kind
LOST = "ADDR_UNREACHABLE"  # what the kernel calls a path that is lost (RFC 6458 §6.1.2)
MAX_FACTS = 4096  # ours: rows that peers can make us keep; above it the oldest is forgotten
MAX_TEXT = 200  # ours: letters of an error

_FOUND = frozenset({"ADDR_AVAILABLE", "ADDR_CONFIRMED", "ADDR_REMOVED"})
_ORDER = {kind: place for place, kind in enumerate(get_args(Kind))}


class LinkRow(Section):
    """One line of `eir links`.

    Attributes:
        kind: what it is about.
        name: the peer's, or what its specification calls it; empty while nobody has said it.
        remote: the address that it comes from.
        transport: tcp or sctp.
        state: the word of its specification; DOWN: a peer without a connection.
        detail: what else is known, such as a traffic mode.
        since: when it came into this state, ISO 8601 in UTC.
        worked_until: of a peer, when it could last ask; empty: it can, or never could.
        last_error: the last thing that went wrong with this peer.
    """

    kind: Kind
    name: str
    remote: str = ""
    transport: Transport | Literal[""] = ""
    state: str
    detail: str = ""
    since: str
    worked_until: str = ""
    last_error: str = ""


@dataclass(frozen=True, slots=True)
class Changes:
    """What is new on a board.

    Attributes:
        rows: new ones, and the others as they are now.
        gone: keys of those that are no more.
    """

    rows: Mapping[Key, LinkRow]
    gone: Sequence[Key]


@dataclass(frozen=True, slots=True)
class _Connected:
    """What a peer's row shows of one of its connections."""

    peer: Key
    remote: str
    transport: Transport
    state: str


class Board:
    """The worker's view, and what of it nobody was told yet."""

    def __init__(self, clock: Callable[[], datetime], changed: Callable[[], None]) -> None:
        """Begin empty.

        Args:
            clock: the time of day in UTC.
            changed: called when there is something to `take` and there was nothing before.
        """
        self._clock = clock
        self._changed = changed
        self._rows: dict[Key, LinkRow] = {}
        self._configured: dict[Key, LinkRow] = {}
        self._connected: dict[Connection, _Connected] = {}
        self._lost: dict[Connection, dict[str, None]] = {}  # addresses that are not reached
        self._facts: dict[Key, None] = {}  # the oldest first
        self._new: dict[Key, None] = {}  # keys to tell about

    def expect(self, kind: PeerKind, name: str) -> None:
        """Show a configured peer, connected or not."""
        row = LinkRow(kind=kind, name=name, state=DOWN, since=self._now())
        self._configured[_key(kind, name)] = row
        self._put(_key(kind, name), row)

    def moved(self, kind: PeerKind, change: Moved, *, remote: str, transport: Transport) -> None:
        """Show the new state of a connection, and of the peer that it belongs to."""
        number = change.connection
        before = self._connected.pop(number, None)
        peer = _key(kind, change.peer) if change.peer else ""
        if change.state == CLOSED:
            self._remove(_key("connection", str(number)))
            self.restarted(number)
        else:
            self._connected[number] = _Connected(peer, remote, transport, change.state)
            row = LinkRow(
                kind="connection",
                name=change.peer,
                remote=remote,
                transport=transport,
                state=change.state,
                since=self._now(),
            )
            self._put(_key("connection", str(number)), row)
        for known in {peer, "" if before is None else before.peer} - {""}:
            self._show_peer(kind, known)

    def path_event(self, number: Connection, event: str, address: str) -> None:
        """Show an address that an association does not reach, until it does."""
        key = _key("path", f"{number} {address}")
        link = self._connected.get(number)
        if event == LOST and link is not None:
            self._lost.setdefault(number, {})[address] = None
            row = LinkRow(
                kind="path",
                name=link.peer.partition(" ")[2],
                remote=address,
                transport="sctp",
                state=LOST,
                since=self._now(),
            )
            self._put(key, row)
        elif event in _FOUND:
            self._lost.get(number, {}).pop(address, None)
            self._remove(key)

    def restarted(self, number: Connection) -> None:
        """Know no more of the addresses of an association: it begins anew, or is no more."""
        for address in self._lost.pop(number, ()):
            self._remove(_key("path", f"{number} {address}"))

    def became(self, change: Became) -> None:
        """Show the new state of something that is no connection."""
        key = _key(change.kind, change.name)
        if change.is_gone:
            self._facts.pop(key, None)
            self._remove(key)
            return
        self._facts[key] = None
        if len(self._facts) > MAX_FACTS:
            oldest = next(iter(self._facts))
            del self._facts[oldest]
            self._remove(oldest)
        row = LinkRow(
            kind=change.kind,
            name=change.name,
            state=change.state,
            detail=change.detail,
            since=self._now(),
        )
        self._put(key, row)

    def failed(self, kind: PeerKind, name: str, error: str) -> None:
        """Show what went wrong with a peer, if it has a row."""
        key = _key(kind, name)
        row = self._rows.get(key)
        if row is not None:
            self._put(key, row.model_copy(update={"last_error": error[:MAX_TEXT]}))

    def take(self) -> Changes:
        """Tell what is new since the last call."""
        new, self._new = self._new, {}
        rows = {key: self._rows[key] for key in new if key in self._rows}
        return Changes(rows, [key for key in new if key not in rows])

    def _show_peer(self, kind: PeerKind, key: Key) -> None:
        """Show a peer in the state of the newest of its connections."""
        links = [link for link in self._connected.values() if link.peer == key]
        if not links and key not in self._configured:
            self._remove(key)
            return
        before = self._rows.get(key)
        state = links[-1].state if links else DOWN
        row = LinkRow(
            kind=kind,
            name=key.removeprefix(f"{kind} "),
            remote=links[-1].remote if links else "",
            transport=links[-1].transport if links else "",
            state=state,
            since=self._now(),
            worked_until="" if state in OPEN else self._worked_until(before),
            last_error="" if before is None else before.last_error,
        )
        self._put(key, row)

    def _worked_until(self, before: LinkRow | None) -> str:
        """Say when a peer could last ask that cannot now; `before` is how it was."""
        if before is None:
            return ""
        return self._now() if before.state in OPEN else before.worked_until

    def _now(self) -> str:
        return self._clock().strftime("%Y-%m-%dT%H:%M:%SZ")

    def _put(self, key: Key, row: LinkRow) -> None:
        before = self._rows.get(key)
        if before is not None and before.state == row.state:
            row = row.model_copy(update={"since": before.since})
        if row != before:
            self._rows[key] = row
            self._tell(key)

    def _remove(self, key: Key) -> None:
        if self._rows.pop(key, None) is not None:
            self._tell(key)

    def _tell(self, key: Key) -> None:
        was_told = not self._new
        self._new[key] = None
        if was_told:
            self._changed()


class LinkTable:
    """The supervisor's copy of a worker's board."""

    def __init__(self) -> None:
        self._rows: dict[Key, LinkRow] = {}

    def apply(self, changes: Changes) -> None:
        """Take what changed."""
        self._rows.update(changes.rows)
        for key in changes.gone:
            self._rows.pop(key, None)

    def clear(self) -> None:
        """Forget everything: the worker ended, and its connections with it."""
        self._rows.clear()

    def rows(self) -> list[LinkRow]:
        """Give every row, in the order of kinds, then by name and address."""
        return in_order(self._rows.values())


def in_order(rows: Iterable[LinkRow]) -> list[LinkRow]:
    """Sort rows as `eir links` shows them."""
    return sorted(rows, key=lambda row: (_ORDER[row.kind], row.name, row.remote))


def _key(kind: Kind, name: str) -> Key:
    return f"{kind} {name}"
