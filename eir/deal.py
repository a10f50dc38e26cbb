"""Which worker runs what: decided by the configuration and the number of workers alone.

So every worker knows it without asking, a restart changes nothing, and what a peer must know of
us never depends on how many processors we have.

    ASPs                     the k-th with all its gateways: worker k
    nodes that connect to us by M3UA
                             those that serve one application server: one worker, after the ASPs
    Diameter peers           those that we connect to in their order, then the others in theirs
    everybody else           by a checksum of the name, or of the address
    messages in segments     by a checksum of what names them, among the workers that have SS7
"""

from collections.abc import Iterable, Sequence
from zlib import crc32

from eir.config import Config, Diameter, M3ua, M3uaPeer
from protocols.addresses import plain
from protocols.share import Share
from protocols.tcap.transactions import worker_of


class Deal:
    """What one worker runs.

    Attributes:
        worker: its number, from 0 up.
        workers: how many there are.
        hosts: which Diameter peers are its own, by Origin-Host in lower case.
        addresses: which nodes that connect to us by M3UA are, by address.
        segments: which messages in segments it puts together.
        connections: which connections are its own; they are numbered so that this can be told.
        dialogues: which dialogues are its own, by their transaction ids; one that was never given
            is whosever it comes to.
    """

    def __init__(self, config: Config, *, worker: int, workers: int) -> None:
        self.worker = worker
        self.workers = workers
        hosts = _hosts(config.diameter)
        groups = _groups(config.m3ua.peer)
        first = len(config.m3ua.asps) if config.m3ua.gateway else 0
        addresses = {
            str(plain(address)): first + place
            for place, group in enumerate(groups)
            for peer in group
            for address in peer.addresses
        }
        of_ss7 = _of_ss7(config.m3ua, first + len(groups), workers)
        self.hosts: Share[str] = Share(worker, lambda host: _dealt(host, hosts) % workers)
        self.addresses: Share[str] = Share(worker, lambda at: _dealt(at, addresses) % workers)
        self.segments: Share[bytes] = Share(worker, lambda name: of_ss7[crc32(name) % len(of_ss7)])
        self.connections: Share[int] = Share(worker, lambda number: number % workers)
        self.dialogues: Share[bytes] = Share(worker, self._owner_of_dialogue)

    def has_asp(self, place: int) -> bool:
        """Tell whether the ASP at this place of `[m3ua] asps` is ours."""
        return place % self.workers == self.worker

    def _owner_of_dialogue(self, transaction_id: bytes) -> int:
        owner = worker_of(transaction_id)
        return owner if owner is not None and owner < self.workers else self.worker


def _dealt(name: str, places: dict[str, int]) -> int:
    """Tell where somebody stands, in the configuration or by a checksum."""
    place = places.get(name)
    return crc32(name.encode()) if place is None else place


def _hosts(diameter: Diameter) -> dict[str, int]:
    """Give peers their places: first those that we connect to, who make the most work."""
    peers = sorted(diameter.peer, key=lambda peer: not peer.connect)
    return {peer.origin_host.lower(): place for place, peer in enumerate(peers)}


def _groups(peers: Iterable[M3uaPeer]) -> list[Sequence[M3uaPeer]]:
    """Put peers together that serve one application server, for it has one state.

    They name the same routing context, straight or by others between them; a peer that names none
    has application servers of its own.
    """
    groups: list[list[M3uaPeer]] = []
    for peer in peers:
        shared = [group for group in groups if _shares(peer, group)]
        groups = [group for group in groups if group not in shared]
        groups.append([*(member for group in shared for member in group), peer])
    places = {peer.name: place for place, peer in enumerate(peers)}
    return sorted(groups, key=lambda group: min(places[peer.name] for peer in group))


def _shares(peer: M3uaPeer, group: Iterable[M3uaPeer]) -> bool:
    contexts = set(peer.routing_contexts)
    return any(contexts & set(member.routing_contexts) for member in group)


def _of_ss7(m3ua: M3ua, dealt: int, workers: int) -> Sequence[int]:
    """Name the workers that have associations, or may have some."""
    return range(workers) if m3ua.accept_any_peer else range(max(1, min(dealt, workers)))
