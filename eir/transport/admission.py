"""Whose connections we take, by address.

It is the first test; the machine has the second, by what the peer says of itself. What an address
may do is decided nowhere else.
"""

from collections.abc import Iterable, Sequence

from protocols.addresses import plain


class Admission:
    """The addresses of all peers."""

    def __init__(self, peers: Iterable[Sequence[str]], *, accept_any_peer: bool) -> None:
        """Know whom to let in.

        Args:
            peers: the addresses of each; a peer without any may come from anywhere.
            accept_any_peer: everybody may come.
        """
        peers = tuple(peers)
        self._open = accept_any_peer or not all(peers)
        self._known = {plain(address) for addresses in peers for address in addresses}

    def admits(self, remote: str) -> bool:
        """Tell whether a connection from this IP address may stay."""
        return self._open or plain(remote) in self._known
