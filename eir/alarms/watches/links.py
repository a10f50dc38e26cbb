"""Whether anybody can ask us: links of peers and gateways, and what gateways say of the network."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import TypeAlias

from eir.alarms.board import Finding, Undecided
from eir.alarms.catalogue import (
    DESTINATION_UNAVAILABLE,
    GATEWAYS_DOWN,
    PEER_DOWN,
    SUBSYSTEM_DOWN,
    AlarmKind,
)
from eir.config import Config
from eir.links import INTERFACE_OF, OPEN, PEER_KINDS, LinkRow, PeerKind

KINDS = (SUBSYSTEM_DOWN, PEER_DOWN, GATEWAYS_DOWN, DESTINATION_UNAVAILABLE)
NAMED = 10  # ours: of destinations in one text

_STANDBY = "ASP_INACTIVE"  # works, too, where one of several is active (RFC 4666 §4.3.4.3)
_FLAPS = ": it came up, and went down at once"  # between two looks

Peer: TypeAlias = tuple[PeerKind, str]


@dataclass(frozen=True, slots=True)
class Expected:
    """Whose links there should be.

    Attributes:
        kinds: of peers that may ask.
        peers: those that are configured.
        gateways: names of gateways.
        standby: whether an ASP that is inactive works.
    """

    kinds: tuple[PeerKind, ...]
    peers: tuple[Peer, ...]
    gateways: tuple[str, ...]
    standby: bool

    @classmethod
    def of(cls, config: Config) -> "Expected":
        """Read it from the configuration."""
        diameter, m3ua = config.diameter, config.m3ua
        peers: list[Peer] = [("peer", peer.origin_host) for peer in diameter.peer]
        if m3ua.enabled:
            peers += [("asp", name) for name in m3ua.associations()]
            peers += [("asp", peer.name) for peer in m3ua.peer]
        return cls(
            kinds=tuple(kind for kind in PEER_KINDS if INTERFACE_OF[kind] in config.served),
            peers=tuple(peers),
            gateways=tuple(gateway.name for gateway in m3ua.gateway if m3ua.enabled),
            standby=m3ua.mode == "override",
        )


class LinkWatch:
    """Says what is down for longer than it may be; pure, time comes in."""

    def __init__(self, expected: Expected) -> None:
        self._expected = expected
        self._since: dict[tuple[AlarmKind, str], float] = {}  # down without a break
        self._worked: dict[Peer, str] = {}  # until when they did that are down, at the first look

    def look(
        self, rows: Sequence[LinkRow] | None, now: float, *, patience: float
    ) -> list[Finding | Undecided]:
        """Say what is wrong.

        Args:
            rows: every link; None: no worker answers, and nobody knows them.
            now: monotonic seconds.
            patience: for how many seconds something may be down.
        """
        found: list[Finding | Undecided] = []
        down = [*self._interfaces(rows), *self._peers(rows), *self._gateways(rows)]
        kept = {(each.kind, each.about) for each in down}
        self._since = {key: since for key, since in self._since.items() if key in kept}
        for each in down:
            since = self._since.setdefault((each.kind, each.about), now)
            is_long = now - since >= patience
            found.append(each if is_long else Undecided(each.kind, each.about))
        return [*found, *_destinations(rows or ())]

    def _interfaces(self, rows: Sequence[LinkRow] | None) -> Iterator[Finding]:
        for kind in self._expected.kinds:
            name = INTERFACE_OF[kind].value
            if rows is None:
                yield Finding(SUBSYSTEM_DOWN, name, f"{name}: no worker answers")
            elif any(each[0] == kind for each in self._expected.peers) and not any(
                row.kind == kind and self._works(row) for row in rows
            ):
                yield Finding(SUBSYSTEM_DOWN, name, f"{name}: no peer has a working link")

    def _peers(self, rows: Sequence[LinkRow] | None) -> Iterator[Finding]:
        working = self._working(rows)
        worked = {(row.kind, row.name.lower()): row.worked_until for row in rows or ()}
        before, self._worked = self._worked, {}
        for kind, name in self._expected.peers:
            peer = kind, name.lower()
            if peer not in working:
                until = worked.get(peer, "")
                first = self._worked[peer] = before.get(peer, until)
                # Who never stays up is no better off: no clearing, and no notice each time.
                flaps = _FLAPS if until not in ("", first) else ""
                yield Finding(PEER_DOWN, name, f"{name} has no working link with us{flaps}")

    def _gateways(self, rows: Sequence[LinkRow] | None) -> Iterator[Finding]:
        up = {name.partition("/")[0] for kind, name in self._working(rows) if kind == "asp"}
        gateways = self._expected.gateways
        if gateways and not any(gateway.lower() in up for gateway in gateways):
            yield Finding(GATEWAYS_DOWN, text=f"no link works with {', '.join(gateways)}")

    def _working(self, rows: Sequence[LinkRow] | None) -> set[tuple[str, str]]:
        return {(row.kind, row.name.lower()) for row in rows or () if self._works(row)}

    def _works(self, row: LinkRow) -> bool:
        return row.state in OPEN or (self._expected.standby and row.state == _STANDBY)


def _destinations(rows: Sequence[LinkRow]) -> Iterator[Finding]:
    """Say what each gateway, or peer, says it does not reach (RFC 4666 §3.4.1)."""
    lost = [
        row.name.partition(" ")
        for row in rows
        if row.kind == "destination" and row.state == "UNAVAILABLE"
    ]
    for peer, points in groupby(sorted(lost), key=lambda parts: parts[0]):
        names = [name for _, _, name in points]
        more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
        text = f"{peer} does not reach {', '.join(names[:NAMED])}{more}"
        yield Finding(DESTINATION_UNAVAILABLE, peer, text)
