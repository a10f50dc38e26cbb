"""Ports that two parts of the file want: found before one of them cannot have it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations

from eir.config.fields import Endpoint
from protocols.addresses import plain


@dataclass(frozen=True, slots=True)
class Wish:
    """One place in the file that wants a port.

    Attributes:
        path: where it stands, such as `diameter.listen_tcp[0]`.
        transport: tcp, or sctp.
        endpoint: what it wants; port 0 is any, and nobody's.
    """

    path: str
    transport: str
    endpoint: Endpoint


def wishes(path: str, transport: str, endpoints: Iterable[Endpoint]) -> list[Wish]:
    """Name each entry of a list of endpoints."""
    return [Wish(f"{path}[{place}]", transport, each) for place, each in enumerate(endpoints)]


def check(wanted: Sequence[Wish]) -> None:
    """Let nobody want what somebody else has.

    Raises:
        ValueError: two cannot both be had; it names their places.
    """
    for one, other in combinations(wanted, 2):
        if one.transport == other.transport and _meet(one.endpoint, other.endpoint):
            raise ValueError(
                f"{one.path} and {other.path} both want {one.transport} port"
                f" {one.endpoint.port}: give each a port of its own"
            )


def _meet(one: Endpoint, other: Endpoint) -> bool:
    return one.port == other.port != 0 and any(
        _covers(mine, its) or _covers(its, mine)
        for mine in one.addresses
        for its in other.addresses
    )


def _covers(address: str, other: str) -> bool:
    """Tell whether a socket on one address keeps others from the other; `::` is IPv4 too."""
    mine, its = plain(address), plain(other)
    return mine == its or (mine.is_unspecified and mine.version >= its.version)
