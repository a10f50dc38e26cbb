"""Ways from run to run: what a step may be, what it costs, and where steps lead.

A list is at a place: a run, before or after the registry began anew. Steps only go forward, and
a list that is already at a place, or beyond it, stays there while the others of a run follow.
"""

import heapq
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import islice
from typing import NamedTuple, TypeAlias

from eir.lists.names import ListName
from eir.registry.bundle import Bundle, Delivery
from eir.registry.planning.standing import NEW, Standing, from_first

_MOST = 60  # ours: runs that are looked at together, two months of nights


class Way(StrEnum):
    """How a list comes to a run."""

    FULL = "full"  # its full list; where there is none, the delta from FIRST, which is as much
    DELTA = "delta"
    LATE = "late"  # a delta older than what is there: it counts where nothing newer spoke


class Place(NamedTuple):
    """Where a list is; places compare as they follow on each other."""

    anew: bool  # after the registry began anew
    run: int


Places: TypeAlias = Mapping[ListName, Place]


@dataclass(frozen=True, slots=True)
class Node:
    """A run that may be applied.

    Attributes:
        bundle: the run.
        stands: by list.
        held: why somebody must accept it first.
        waits: for a list that belongs to it, and still may come.
        lacks: such lists, while it waits for them or is held because of them.
    """

    bundle: Bundle
    stands: Mapping[ListName, Standing]
    held: tuple[str, ...] = ()
    waits: bool = False
    lacks: tuple[ListName, ...] = ()

    @property
    def anew(self) -> bool:
        """Tell whether the registry began anew with it, or before it."""
        return Standing.RESET in self.stands.values()

    @property
    def place(self) -> Place:
        """Where its lists are when it is applied."""
        return Place(self.anew, self.bundle.run)

    @property
    def is_new(self) -> bool:
        """Tell whether all of it is newer than what serves."""
        return NEW.issuperset(self.stands.values())

    def is_reached(self, at: Places) -> bool:
        """Tell whether all its lists are there, or beyond; what is only shown keeps none back."""
        asked = (name for name in self.stands if name.is_asked)
        return all(name in at and at[name] >= self.place for name in asked)


class Cost(NamedTuple):
    """What a path costs; the smallest is the cheapest."""

    held: int = 0  # steps that somebody must accept
    behind: int = 0  # lists that are only shown, and stay behind at a step
    octets: int = 0
    full: int = 0  # full lists: of two ways of one size the delta is better
    steps: int = 0


# What leads on in the same ways: where the lists are that rules ask about, and the last step.
_Key: TypeAlias = tuple[tuple[Place | None, ...], int]


class Leg(NamedTuple):
    """One step of a path."""

    node: Node
    ways: Mapping[ListName, Way]


@dataclass(frozen=True, slots=True)
class Path:
    """A way from the start to some places.

    Attributes:
        at: where the lists are at its end.
        leg: its last step; None: it is the start.
        before: what leads there; None: it is the start.
        last: the index of the run of its last step; -1: it is the start.
        cost: of all of it.
    """

    at: Places
    leg: Leg | None = None
    before: "Path | None" = None
    last: int = -1
    cost: Cost = field(default_factory=Cost)

    def __lt__(self, other: "Path") -> bool:
        """Let the cheaper one be the first."""
        return self.cost < other.cost

    @property
    def legs(self) -> tuple[Leg, ...]:
        """Its steps, in their order."""
        found = []
        path: Path | None = self
        while path is not None and path.leg is not None:
            found.append(path.leg)
            path = path.before
        return tuple(reversed(found))


def explore(nodes: Sequence[Node], start: Places) -> list[Path]:
    """Find the cheapest path to everything that can be reached, also by standing still (Dijkstra).

    Lists that are only shown make no places of their own: of paths that differ only there one is
    kept, as a rule the one that leaves fewer of them behind.

    Args:
        nodes: in the order of their places, no place twice.
        start: where the lists are.
    """
    known = _known_before(nodes)
    asked = sorted({name for node in nodes for name in node.stands if name.is_asked})

    def key(path: Path) -> _Key:
        return tuple(map(path.at.get, asked)), path.last

    best = {key(Path(start)): Path(start)}
    ahead = list(best.values())
    while ahead:
        path = heapq.heappop(ahead)
        if best[key(path)] is not path:
            continue  # a cheaper one was found since
        for longer in _continued(path, nodes, known):
            there = key(longer)
            if there not in best or longer < best[there]:
                best[there] = longer
                heapq.heappush(ahead, longer)
    return list(best.values())


def recent(nodes: Sequence[Node], most: int = _MOST) -> Sequence[Node]:
    """Leave out of very many runs what comes before a full list of everything that is asked.

    Such a list is always legal, if not the cheapest way; to look for that would take too long.

    Args:
        nodes: in the order of their places.
        most: so many are looked at in any case.
    """
    if len(nodes) <= most:
        return nodes
    asked = {name for node in nodes for name in node.stands if name.is_asked}
    whole = (n for n in range(len(nodes) - 1, -1, -1) if _leads_anyway(nodes[n], asked))
    return nodes[next(whole, 0) :]


def _leads_anyway(node: Node, asked: Collection[ListName]) -> bool:
    deliveries, stands = node.bundle.deliveries, node.stands
    return not (node.held or node.waits) and all(
        name in stands and stands[name] in NEW and deliveries[name].full for name in asked
    )


def farthest(paths: Sequence[Path], nodes: Sequence[Node]) -> Path:
    """Choose the path to the newest run, with as many lists at their newest, and then the cheapest.

    Args:
        paths: at least one.
        nodes: those that were explored.
    """
    newest = {name: node.place for node in nodes for name in node.stands}

    def complete(path: Path) -> int:
        return sum(name in path.at and path.at[name] >= newest[name] for name in newest)

    return min(paths, key=lambda path: (-path.last, -complete(path), path.cost))


def ways(node: Node, at: Places, before: Places) -> Mapping[ListName, Way] | None:
    """Choose the cheapest way for each list that is not there yet; None: there is none for one.

    A list that is only shown is left behind then, until a full one comes.

    Args:
        node: the run.
        at: where the lists are.
        before: of the lists of a dated run, the last place before it that something is known of.
    """
    found = {}
    place = node.place
    for name, delivery in node.bundle.deliveries.items():
        if name in at and at[name] >= place:
            continue
        legal = list(_legal(node, delivery, at.get(name), before.get(name)))
        if not legal:
            if name.is_asked:
                return None
            continue
        if len(legal) > 1 and octets(delivery, Way.FULL) >= octets(delivery, Way.DELTA):
            legal.reverse()
        found[name] = legal[0]
    return found or None


def octets(delivery: Delivery, way: Way) -> int:
    """Tell how much there is to read."""
    if way is Way.FULL and delivery.full is not None:
        return delivery.full.octets
    return 0 if delivery.delta is None else delivery.delta.octets


def _legal(
    node: Node, delivery: Delivery, last: Place | None, before: Place | None
) -> Iterator[Way]:
    """Give the ways of a list, the full one first."""
    if delivery.full is not None or (from_first(delivery) and last is not None and node.anew):
        yield Way.FULL
    if delivery.delta is None:
        return
    if delivery.delta.base is None:
        if last is not None and _follows(delivery, last, before):
            yield Way.DELTA
    elif last == Place(node.anew, delivery.delta.base) or (last is None and from_first(delivery)):
        yield Way.DELTA


def _follows(delivery: Delivery, last: Place, before: Place | None) -> bool:
    """Tell whether a delta that names no base may be applied: ours.

    None that we know of is left out before it; and where it may name keys in no order, the full
    list beside it says what they came to.
    """
    unclear = delivery.delta is not None and delivery.delta.unordered and delivery.full is not None
    return not unclear and (before is None or last >= before)


def _known_before(nodes: Sequence[Node]) -> list[Places]:
    """Give for each run where each list was spoken of last before it."""
    found: list[Places] = []
    seen: dict[ListName, Place] = {}
    for node in nodes:
        found.append(dict(seen))
        seen |= dict.fromkeys(node.stands, node.place)
    return found


def _continued(path: Path, nodes: Sequence[Node], known: Sequence[Places]) -> Iterator[Path]:
    for index, node in islice(enumerate(nodes), path.last + 1, None):
        chosen = ways(node, path.at, known[index])
        if chosen is not None:
            at = {**path.at, **dict.fromkeys(chosen, node.place)}
            leg = Leg(node, chosen)
            behind = _behind(node, at, known[index])
            yield Path(at, leg, path, index, _added(path.cost, leg, behind))


def _behind(node: Node, at: Places, before: Places) -> int:
    """Count the lists that are only shown and not where they could be."""
    newest = {**before, **dict.fromkeys(node.stands, node.place)}
    return sum(not name.is_asked and at.get(name) != place for name, place in newest.items())


def _added(cost: Cost, leg: Leg, behind: int) -> Cost:
    deliveries = leg.node.bundle.deliveries
    return Cost(
        held=cost.held + bool(leg.node.held),
        behind=cost.behind + behind,
        octets=cost.octets + sum(octets(deliveries[name], way) for name, way in leg.ways.items()),
        full=cost.full + sum(way is Way.FULL for way in leg.ways.values()),
        steps=cost.steps + 1,
    )
