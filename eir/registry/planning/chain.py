"""Which runs are applied, in which order: the cheapest legal path to the newest one.

A delta may only be applied to the very run that it builds on. Lists of one run become visible
together, so all lists of a registry take every step together, each by its delta or its full list.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from eir.lists.names import ListName
from eir.registry.bundle import Bundle
from eir.registry.outcome import SyncError
from eir.registry.planning.gap import gap, no_full
from eir.registry.planning.paths import (
    Leg,
    Node,
    Path,
    Place,
    Places,
    Way,
    explore,
    farthest,
    recent,
)
from eir.registry.planning.sorting import Asked, sort_out
from eir.registry.planning.standing import Standing, by_clock, from_first, is_of_old_count
from eir.registry.report import Ignored
from eir.store.feeds import Feed, RegistryState

__all__ = ["Asked", "Plan", "Step", "Way", "plan"]


@dataclass(frozen=True, slots=True)
class Step:
    """One run to apply.

    Attributes:
        bundle: the run.
        ways: of each list that it has.
        held: why somebody must accept it first, whatever is in it (a reset, a missing list).
    """

    bundle: Bundle
    ways: Mapping[ListName, Way]
    held: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Plan:
    """What to do.

    Attributes:
        steps: in this order; each makes a version of the lists.
        ignored: what is not needed.
        waiting: names of files of runs that still wait for another list.
        stop: why the newest run is not reached; None: it is, or there is none.
        wrong: the runs that contradict what was applied, or each other, where that is why.
    """

    steps: tuple[Step, ...]
    ignored: tuple[Ignored, ...] = ()
    waiting: tuple[str, ...] = ()
    stop: SyncError | None = None
    wrong: tuple[Bundle, ...] = ()


def plan(state: RegistryState, bundles: Sequence[Bundle], asked: Asked, now: datetime) -> Plan:
    """Find the way from where a registry is to its newest run.

    What nobody must accept is planned first, then the first run that somebody must; nothing after
    that. What is passed over is ignored once newer lists serve, not before: they may be refused.

    Args:
        state: where its lists are, and what was refused.
        bundles: those that were not dealt with, in any order.
        asked: by the operator.
        now: aware.
    """
    if asked.force_full:
        return _forced(state, bundles, asked, now)
    found = sort_out(state, bundles, asked, now)
    start = {ListName(name): Place(anew=False, run=feed.run) for name, feed in state.feeds.items()}
    waiting = _waiting(found.nodes, start)
    if found.error is not None:
        return Plan((), found.ignored, waiting, found.error, found.wrong)
    goal = found.goal
    nodes = recent(found.nodes)
    path = _safe(nodes, start)
    if goal and not goal.is_reached(path.at) and not _may_be_reached(goal, nodes, start):
        nodes = found.nodes
        if not _may_be_reached(goal, nodes, start):
            return Plan((), found.ignored, waiting, gap(state, bundles, nodes, goal, start))
        path = _safe(nodes, start)
    legs = _with_late(found.nodes, (*path.legs, *_to_first_held(nodes, path)))
    steps = tuple(Step(leg.node.bundle, leg.ways, leg.node.held) for leg in legs)
    return Plan(steps, found.ignored, _waiting(found.nodes, path.at))


def _may_be_reached(goal: Node, nodes: Sequence[Node], start: Places) -> bool:
    """Tell whether there is a way once all is accepted, or the lists came that runs still lack."""
    return _is_reached(goal, nodes, start) or (
        any(node.lacks for node in nodes)
        and _is_reached(goal, [_whole(node) for node in nodes], start)
    )


def _is_reached(goal: Node, nodes: Sequence[Node], start: Places) -> bool:
    return any(goal.is_reached(path.at) for path in explore(nodes, start))


def _whole(node: Node) -> Node:
    """Let the lists that a run lacks be as those that it has."""
    one, stands = next(iter(node.bundle.deliveries.values())), next(iter(node.stands.values()))
    more = dict.fromkeys(node.lacks, one)
    bundle = replace(node.bundle, deliveries={**node.bundle.deliveries, **more})
    return replace(node, bundle=bundle, stands={**node.stands, **dict.fromkeys(more, stands)})


def _safe(nodes: Sequence[Node], start: Places) -> Path:
    """Go as far as nobody must accept anything."""
    safe = [node for node in nodes if not node.held and not node.waits]
    return farthest(explore(safe, start), safe)


def _to_first_held(nodes: Sequence[Node], path: Path) -> Sequence[Leg]:
    """Go on from there to the first run that somebody must accept."""
    here = path.leg.node.place if path.leg else None
    rest = [node for node in nodes if not node.waits and (here is None or node.place > here)]
    if not any(node.held for node in rest):
        return ()
    legs = farthest(explore(rest, path.at), rest).legs
    held = next((count for count, leg in enumerate(legs, 1) if leg.node.held), 0)
    return legs[:held]


def _with_late(nodes: Sequence[Node], legs: Sequence[Leg]) -> list[Leg]:
    """Add what dated runs say that are not ahead; a newer full list outweighs them."""
    ways = {leg.node.place: leg.ways for leg in legs}
    whole = {name for leg in legs for name, way in leg.ways.items() if way is Way.FULL}
    for node in reversed(nodes):
        late = {name: way for name, way in _late(node) if name not in whole}
        whole |= {name for name, way in late.items() if way is Way.FULL}
        if late:
            ways[node.place] = {**ways.get(node.place, {}), **late}
    return [Leg(node, ways[node.place]) for node in nodes if node.place in ways]


def _late(node: Node) -> Iterator[tuple[ListName, Way]]:
    for name, delivery in node.bundle.deliveries.items():
        if node.stands[name] is Standing.AGAIN:
            yield name, Way.DELTA if delivery.full is None else Way.FULL
        elif node.stands[name] is Standing.LATE:
            yield name, Way.LATE


def _waiting(nodes: Sequence[Node], at: Places) -> tuple[str, ...]:
    waiting = (node.bundle for node in nodes if node.waits and not node.is_reached(at))
    return tuple(file.name for bundle in waiting for file in bundle.files)


def _forced(state: RegistryState, bundles: Sequence[Bundle], asked: Asked, now: datetime) -> Plan:
    """Go to the newest full list there is, or the accepted one, and on from there as always."""
    found = sort_out(state, bundles, asked, now)
    waiting = _waiting(found.nodes, {})
    if found.error is not None:
        return Plan((), found.ignored, waiting, found.error, found.wrong)
    candidates = [found.goal] if asked.accepted else _newest_first(state, found.nodes)
    node = next((each for each in candidates if each and _is_whole(each)), None)
    if node is None:
        return Plan((), found.ignored, waiting, no_full())
    whole = (name for name, each in node.bundle.deliveries.items() if each.full or from_first(each))
    step = Step(node.bundle, dict.fromkeys(whole, Way.FULL), node.held)
    if node.held or asked.accepted:
        return Plan((step,), found.ignored, waiting)
    others = [each for each in bundles if each is not node.bundle]
    after = plan(_stepped(state, node.bundle), others, replace(asked, force_full=False), now)
    return replace(after, steps=(step, *after.steps))


def _newest_first(state: RegistryState, nodes: Sequence[Node]) -> list[Node]:
    """Order runs by their clock; those from before the registry began anew are none of them."""
    counted = [node for node in nodes if not _is_of_old_count(state, node)]
    return sorted(counted, key=lambda n: (by_clock(n.bundle.stamp), n.place), reverse=True)


def _is_of_old_count(state: RegistryState, node: Node) -> bool:
    return any(
        is_of_old_count(state.feeds[name], node.bundle, delivery)
        for name, delivery in node.bundle.deliveries.items()
        if name in state.feeds
    )


def _is_whole(node: Node) -> bool:
    """Tell whether a run can be applied whatever is there."""
    asked = (each for each in node.bundle.deliveries.values() if each.list.is_asked)
    return not node.waits and all(each.full or from_first(each) for each in asked)


def _stepped(state: RegistryState, bundle: Bundle) -> RegistryState:
    """Tell where a registry is once the full lists of a run are applied."""
    return state.with_feeds(
        {
            name: Feed(bundle.run, bundle.stamp, Way.FULL, 0, delivery.sha256, "", 0, bundle.run)
            for name, delivery in bundle.deliveries.items()
        }
    )
