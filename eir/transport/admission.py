"""Whose connections we take: the first of two tests, by address.

The second, by the Origin-Host of the capabilities exchange, is the node's. What an address may
do is decided nowhere else.
"""

from collections.abc import Iterable

from eir.config import Peer
from protocols.addresses import plain


class Admission:
    """The addresses of all peers."""

    def __init__(self, peers: Iterable[Peer], *, accept_any_peer: bool) -> None:
        peers = tuple(peers)
        # A peer without addresses may come from any.
        self._open = accept_any_peer or any(not peer.addresses for peer in peers)
        self._known = {plain(address) for peer in peers for address in peer.addresses}

    def admits(self, remote: str) -> bool:
        """Tell whether a connection from this IP address may stay."""
        return self._open or plain(remote) in self._known
