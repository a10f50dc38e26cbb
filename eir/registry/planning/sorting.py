"""What becomes of each run before any way is looked for: needed, not needed, or contradictory."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import pairwise

from eir.lists.names import ListName
from eir.registry.bundle import Bundle, Delivery
from eir.registry.outcome import BundleError, SyncError
from eir.registry.planning.paths import Node
from eir.registry.planning.standing import Standing, day_of, from_first, is_named, standing
from eir.registry.report import Ignored
from eir.store.feeds import Refusal, RegistryState

_AHEAD = timedelta(days=2)  # ours: no clock, wherever it is, is further ahead than that
_NOT_NEEDED = frozenset({Standing.APPLIED, Standing.OLD})


@dataclass(frozen=True, slots=True)
class Asked:
    """What the operator asked for.

    Attributes:
        force_full: go to the newest full list, even an older one than what serves.
        allow_unpaired: apply a run although a list is missing that belongs to it.
        pair_wait: how long a run waits for that list.
        accepted: (run, sha256 of its bundle) that somebody accepted: nothing holds it.
    """

    force_full: bool = False
    allow_unpaired: bool = False
    pair_wait: timedelta = timedelta(hours=1)
    accepted: tuple[int, str] | None = None


@dataclass(frozen=True, slots=True)
class Sorted:
    """What runs come to.

    Attributes:
        nodes: that may be applied, in the order of their places.
        goal: the one to reach; None: there is nothing newer.
        ignored: what is not needed.
        error: what forbids to go on; None: nothing does.
        wrong: the runs that it is about, if it is about any: somebody must refuse one.
    """

    nodes: tuple[Node, ...] = ()
    goal: Node | None = None
    ignored: tuple[Ignored, ...] = ()
    error: SyncError | None = None
    wrong: tuple[Bundle, ...] = ()


@dataclass(frozen=True, slots=True)
class _Judged:
    bundle: Bundle
    node: Node | None = None
    ignored: Ignored | None = None
    error: BundleError | None = None


def sort_out(
    state: RegistryState, bundles: Sequence[Bundle], asked: Asked, now: datetime
) -> Sorted:
    """Judge runs by what was applied, refused and asked; those with a fault are left out."""
    if asked.accepted is not None:
        return _accepted(state, bundles, asked, now)
    judged = [_judge(state, each, asked, now) for each in _usable(bundles)]
    nodes = _ordered(judged)
    goal = next((node for node in reversed(nodes) if node.is_new), None)
    for each in judged:
        if each.error is not None:
            return Sorted(nodes, goal, _ignored(judged), each.error, (each.bundle,))
    for one, two in pairwise(nodes):
        if one.place == two.place:
            both = one.bundle, two.bundle
            return Sorted(nodes, goal, _ignored(judged), _twice(*both), both)
    return Sorted(nodes, goal, _ignored(judged))


def _accepted(
    state: RegistryState, bundles: Sequence[Bundle], asked: Asked, now: datetime
) -> Sorted:
    """Let one run be the goal; others count only where they lead to it."""
    run, sha256 = asked.accepted or (0, "")
    wanted = _wanted(state, bundles, run, sha256)
    if wanted is None:
        return Sorted(error=_not_there(run))
    if wanted.fault is not None:
        return Sorted(error=wanted.fault)
    meant = replace(asked, accepted=(wanted.run, wanted.sha256), allow_unpaired=True)
    target = _judge(state, wanted, meant, now)
    if target.node is None:
        return Sorted(ignored=_ignored([target]), error=target.error)
    goal = replace(target.node, held=(), waits=False, lacks=())
    alone = replace(asked, accepted=None)  # what was refused of others stays so
    others = [_judge(state, each, alone, now) for each in _usable(bundles) if each is not wanted]
    places = Counter(each.node.place for each in others if each.node)
    before = [n for n in _ordered(others) if n.place < goal.place and places[n.place] == 1]
    return Sorted((*_agreed(before, goal), goal), goal, _ignored(others))


def _wanted(
    state: RegistryState, bundles: Sequence[Bundle], run: int, sha256: str
) -> Bundle | None:
    """Find the run that was accepted; of one that was undone, as it is now."""
    undone = [each for each in state.refused if (each.run, each.sha256) == (run, sha256)]
    meant = [
        each
        for each in bundles
        if is_named(each, run, sha256) or any(_undone(refusal, each, state) for refusal in undone)
    ]
    # Rather all of it than a list of another, and rather that one than what came beside it.
    meant.sort(key=lambda each: (each.sha256 != sha256, not is_named(each, run, sha256)))
    return next(iter(meant), None)


def _agreed(nodes: Iterable[Node], goal: Node) -> Iterable[Node]:
    """Take it that who accepts a run of a registry that began anew accepts that it did."""
    return (replace(node, held=()) if node.anew and goal.anew else node for node in nodes)


def _usable(bundles: Sequence[Bundle]) -> Iterable[Bundle]:
    """Give each run once, however often it is delivered."""
    return {(each.run, each.sha256): each for each in bundles if each.fault is None}.values()


def _ordered(judged: Iterable[_Judged]) -> tuple[Node, ...]:
    nodes = (each.node for each in judged if each.node is not None)
    return tuple(sorted(nodes, key=lambda node: node.place))


def _ignored(judged: Iterable[_Judged]) -> tuple[Ignored, ...]:
    return tuple(each.ignored for each in judged if each.ignored is not None)


def _judge(state: RegistryState, bundle: Bundle, asked: Asked, now: datetime) -> _Judged:
    refusal = _refusal(state, bundle)
    if refusal and not (asked.accepted and is_named(bundle, *asked.accepted)):
        return _ignore(bundle, refusal)
    stands = {
        name: _believed(standing(state.feeds.get(name), bundle, delivery), bundle, delivery, now)
        for name, delivery in bundle.deliveries.items()
    }
    found = set(stands.values())
    if not asked.force_full:
        if Standing.CONTRADICTS in found:
            return _Judged(bundle, error=_contradiction(bundle))
        if found == {Standing.APPLIED}:
            return _ignore(bundle, f"run {bundle.run} was applied before")
        if found <= _NOT_NEEDED:
            return _ignore(bundle, f"run {bundle.run} is older than what serves: {_at(state)}")
    return _Judged(bundle, _held(state, Node(bundle, stands), asked, now))


def _believed(found: Standing, bundle: Bundle, delivery: Delivery, now: datetime) -> Standing:
    """Take it for no new beginning that a run is stamped with a day that has not come: ours.

    What only another run leads to would keep back all that is right.
    """
    is_whole = delivery.full is not None or from_first(delivery)
    is_misdated = day_of(bundle.stamp) > f"{now + _AHEAD:%Y%m%d}"
    return Standing.OLD if found is Standing.RESET and is_misdated and not is_whole else found


def _held(state: RegistryState, node: Node, asked: Asked, now: datetime) -> Node:
    """Add what a run waits for, or who must accept what."""
    held = []
    missing = _missing(state, node)
    if missing and not asked.allow_unpaired:
        held.append(
            f"the {_and(missing)} list of run {node.bundle.run} did not come, so that one would"
            " count without the other: --allow-unpaired applies it all the same"
        )
    held += [
        f"run {node.bundle.run} was refused by {refusal.author}, and its {_and(same)} list is"
        " still what it was then"
        for refusal in state.refused
        if (same := _undone(refusal, node.bundle, state))
    ]
    if node.anew and not asked.force_full:
        held.append(
            f"the registry began anew: run {node.bundle.run} follows on {_at(state)}, and its full"
            " lists would replace all that the registry has said"
        )
    waits = bool(missing) and now - node.bundle.fetched < asked.pair_wait
    lacks = missing if held or waits else ()
    return replace(node, held=tuple(held), waits=waits, lacks=lacks)


def _missing(state: RegistryState, node: Node) -> tuple[ListName, ...]:
    """Name the lists that belong to a run and neither came with it nor are as far."""
    far = {name for name, feed in state.feeds.items() if feed.run >= node.bundle.run}
    return tuple(name for name in node.bundle.missing if node.anew or name not in far)


def _refusal(state: RegistryState, bundle: Bundle) -> str:
    """Tell who refused a run; empty: nobody did."""
    for each in state.refused:
        if _is_about(each, bundle, state):
            said = f"{each.author} on {each.at[:10]}: {each.reason}"
            return f"run {bundle.run} was refused by {said}"
    return ""


def _is_about(refusal: Refusal, bundle: Bundle, state: RegistryState) -> bool:
    """Tell whether a refusal means a run, or all of its lists, beside which another file came."""
    if is_named(bundle, refusal.run, refusal.sha256):
        return True
    asked = [name for name in bundle.deliveries if name.is_asked]
    return bool(asked) and _undone(refusal, bundle, state) == asked


def _undone(refusal: Refusal, bundle: Bundle, state: RegistryState) -> list[ListName]:
    """Name the lists of a run that are what they were when it was undone."""
    if refusal.run != bundle.run:
        return []
    undone = set(refusal.deliveries) - {feed.sha256 for feed in state.feeds.values()}
    asked = ((name, each) for name, each in bundle.deliveries.items() if name.is_asked)
    return [name for name, each in asked if each.sha256 in undone]


def _ignore(bundle: Bundle, reason: str) -> _Judged:
    names = tuple(file.name for file in bundle.files)
    return _Judged(bundle, ignored=Ignored(names, reason))


def _contradiction(bundle: Bundle) -> BundleError:
    return BundleError(
        f"run {bundle.run} was applied before, and now its files say something else",
        next_step="ask the registry which ones are right; then refuse these:"
        f" eir sync refuse {bundle.run} --reason TEXT",
    )


def _twice(one: Bundle, two: Bundle) -> BundleError:
    """Ours: of two that wait, decisions are about the newer one."""
    return BundleError(
        f"run {one.run} came twice, as {one.stamp} and {two.stamp}, and says different things",
        next_step=f"ask the registry which one is right: eir sync accept {one.run} --reason TEXT"
        " takes the newer one, and refuse leaves it out, so that the older one counts",
    )


def _not_there(run: int) -> BundleError:
    return BundleError(
        f"run {run}, as it was accepted, is not among the files that are here",
        next_step="fetch it again, look at it, and accept it as it is then",
    )


def _at(state: RegistryState) -> str:
    """Say which runs serve."""
    runs = sorted({feed.run for feed in state.feeds.values()})
    return f"run {_and(runs)}"


def _and(words: Iterable[object]) -> str:
    return " and ".join(str(word) for word in words)
