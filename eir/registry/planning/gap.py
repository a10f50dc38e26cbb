"""Why the newest run cannot be reached, and what the registry must send."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from eir.lists.names import ListName
from eir.registry.bundle import FIRST, Bundle
from eir.registry.outcome import GapError
from eir.registry.planning.paths import Node, Place, Places, ways
from eir.store.feeds import RegistryState


class _Break(NamedTuple):
    """A list of a run that nothing leads to."""

    node: Node
    name: ListName
    base: int | None  # of its delta; None: it does not say


def gap(
    state: RegistryState,
    bundles: Sequence[Bundle],
    nodes: Sequence[Node],
    goal: Node,
    start: Places,
) -> GapError:
    """Say where the chain to a run is broken.

    Args:
        state: what was refused counts.
        bundles: all, also those that cannot be used.
        nodes: those that may be applied.
        goal: it cannot be reached.
        start: where the lists are.
    """
    there = {node.place: node for node in nodes}
    breaks = (
        found
        for node in (goal, *nodes)
        for name in node.stands
        if name.is_asked and (found := _break(node, name, there, start))
    )
    found = next(breaks, None) or next(
        _Break(goal, name, _base(goal, name))
        for name in goal.stands
        if name.is_asked and not _leads(goal, name, start)
    )
    return GapError(
        f"run {goal.bundle.run} cannot be reached: {_sentence(found, state, bundles, start)}",
        next_step=_next_step(goal, start),
    )


def no_full() -> GapError:
    """Say that what was asked for, a full list, is not there."""
    return GapError(
        "no run that is here has all its full lists",
        next_step="ask the registry for full lists, or sync without --force-full",
    )


def _break(node: Node, name: ListName, there: Mapping[Place, Node], start: Places) -> _Break | None:
    """Follow the deltas of a list back to the one that builds on nothing; None: all do."""
    while not _leads(node, name, start):
        base = _base(node, name)
        earlier = None if base is None else there.get(Place(node.anew, base))
        if earlier is None or name not in earlier.stands or earlier.place >= node.place:
            return _Break(node, name, base)
        node = earlier
    return None


def _leads(node: Node, name: ListName, start: Places) -> bool:
    """Tell whether a run leads one list on from the start, or the list is there."""
    if name in start and start[name] >= node.place:
        return True
    alone = replace(node.bundle, deliveries={name: node.bundle.deliveries[name]})
    return ways(Node(alone, {name: node.stands[name]}), start, {}) is not None


def _base(node: Node, name: ListName) -> int | None:
    delta = node.bundle.deliveries[name].delta
    return None if delta is None else delta.base


def _sentence(found: _Break, state: RegistryState, bundles: Sequence[Bundle], start: Places) -> str:
    run, name, base = found.node.bundle.run, found.name, found.base
    if base is None or base == FIRST:
        return f"run {run} has no full {name} list, and nothing of that list is there to change"
    last = f"the {name} list is at run {start[name].run}" if name in start else ""
    last = last or f"nothing of the {name} list is there"
    return f"run {run} builds on run {base}{_why(base, state, bundles)}, and {last}"


def _why(base: int, state: RegistryState, bundles: Sequence[Bundle]) -> str:
    """Tell what is the matter with a run that is wanted; of one that never came, nothing."""
    for each in bundles:
        if each.run == base and each.fault is not None:
            return f" (which cannot be used: {each.fault})"
    for refusal in state.refused:
        if refusal.run == base:
            return f" (which was refused by {refusal.author}: {refusal.reason})"
    return ""


def _next_step(goal: Node, start: Places) -> str:
    full = f"the full lists of run {goal.bundle.run} or a later one"
    if goal.bundle.dated:
        return f"ask the registry for {full}"
    bases = {start[name].run if name in start else FIRST for name in goal.stands if name.is_asked}
    if goal.anew:
        bases = {FIRST}
    if len(bases) > 1:  # no delta changes lists that are at different runs
        return f"ask the registry for {full}"
    return f"ask the registry to rerun its lists with --base {bases.pop()}, or for {full}"
