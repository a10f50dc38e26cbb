"""Whose connections we take: the first of two tests, by address.

The second, by the Origin-Host of the capabilities exchange, is the node's. What an address may
do is decided nowhere else.
"""

from collections.abc import Iterable
from ipaddress import IPv4Address, IPv6Address, ip_address

from eir.config import Peer


class Admission:
    """The addresses of all peers."""

    def __init__(self, peers: Iterable[Peer], *, accept_any_peer: bool) -> None:
        peers = tuple(peers)
        # A peer without addresses may come from any.
        self._open = accept_any_peer or any(not peer.addresses for peer in peers)
        self._known = {_plain(address) for peer in peers for address in peer.addresses}

    def admits(self, remote: str) -> bool:
        """Tell whether a connection from this IP address may stay."""
        return self._open or _plain(remote) in self._known


def _plain(address: str) -> IPv4Address | IPv6Address:
    """Read an address; IPv4 that arrives on an IPv6 socket is IPv4 (RFC 4291 §2.5.5.2)."""
    parsed = ip_address(address.partition("%")[0])
    if isinstance(parsed, IPv6Address) and parsed.ipv4_mapped is not None:
        return parsed.ipv4_mapped
    return parsed
