"""Addresses of peers that an SCTP association does not reach any more (RFC 9260 §8.2)."""

from collections.abc import Iterable

from eir.alarms.board import Finding
from eir.alarms.catalogue import PATH_LOST
from eir.links import LOST, LinkRow

KINDS = (PATH_LOST,)


def look(rows: Iterable[LinkRow]) -> list[Finding]:
    """Say which paths are lost; their associations go on by other addresses."""
    lost = {(row.name, row.remote) for row in rows if row.kind == "path" and row.state == LOST}
    return [
        Finding(
            PATH_LOST,
            f"{name} {address}".strip(),
            f"{name or 'a peer'} is not reached at {address}",
        )
        for name, address in sorted(lost)
    ]
