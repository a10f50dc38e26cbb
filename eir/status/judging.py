"""Fine, degraded or down, and why: what an engineer is told first."""

from collections.abc import Iterable, Iterator, Sequence
from typing import get_args

from eir.alarms.board import Alarm
from eir.alarms.catalogue import OVERLOADED, OVERRIDE_ON, PEER_DOWN, STORE_UNREADABLE
from eir.status.facts import Facts
from eir.status.models import InterfaceRow, PeerRow, Reason, State

NAMED = 3  # ours: peers that a sentence names; more are counted

_SEVERE = ("critical", "major")  # what somebody must look at
_WORDS = {"s13": "S13", "map": "MAP"}


def judge(
    facts: Facts, interfaces: Sequence[InterfaceRow], peers: Sequence[PeerRow]
) -> tuple[Reason, ...]:
    """Say everything for which a node is not fine, the worst first.

    What an alarm says is said in its words, and once.
    """
    severe = [alarm for alarm in facts.alarms if alarm.severity in _SEVERE]
    on = {alarm.kind for alarm in severe}
    silent = {alarm.about for alarm in severe if alarm.kind == PEER_DOWN.name}
    seen = [
        *_unanswered(facts, interfaces),
        *_workers(facts),
        *([] if STORE_UNREADABLE.name in on else _store(facts)),
        *([] if OVERRIDE_ON.name in on else _override(facts)),
        *_links(interfaces, [peer for peer in peers if peer.name not in silent]),
        *([] if OVERLOADED.name in on else _shed(interfaces)),
    ]
    reasons = [*seen, *map(_alarm, severe)]
    return tuple(sorted(reasons, key=lambda reason: reason.state != "down"))


def worst(reasons: Iterable[Reason]) -> State:
    """Give the state that they come to."""
    order: tuple[State, ...] = get_args(State)
    return max((reason.state for reason in reasons), key=order.index, default="fine")


def _alarm(alarm: Alarm) -> Reason:
    return Reason(state="degraded", text=alarm.text, alarm=alarm.kind)


def _unanswered(facts: Facts, interfaces: Sequence[InterfaceRow]) -> Iterator[Reason]:
    """Nobody answers, or nobody can ask."""
    if facts.obstacle:
        yield Reason(state="down", text=f"no check is answered: {facts.obstacle}")
    elif any(each.links for each in interfaces) and not any(each.links_up for each in interfaces):
        # One that waits for whoever comes helps nobody while those that are expected are away.
        yield Reason(state="down", text="nobody can ask: no peer is connected")


def _workers(facts: Facts) -> Iterator[Reason]:
    if not facts.obstacle:
        for worker in facts.workers:
            if worker.obstacle:
                text = f"worker {worker.worker} of {len(facts.workers)}: {worker.obstacle}"
                yield Reason(state="degraded", text=text)


def _store(facts: Facts) -> Iterator[Reason]:
    if facts.failure is not None:
        yield Reason(state="degraded", text=f"the lists cannot be read: {facts.failure}")


def _override(facts: Facts) -> Iterator[Reason]:
    if facts.override:
        yield Reason(state="degraded", text=facts.override)


def _links(interfaces: Sequence[InterfaceRow], peers: Sequence[PeerRow]) -> Iterator[Reason]:
    """Tell which peers cannot ask, interface by interface."""
    for interface in interfaces:
        down = [p.name for p in peers if p.interface == interface.interface and not p.is_up]
        if down:
            names = ", ".join(down[:NAMED])
            more = f" and {len(down) - NAMED} more" if len(down) > NAMED else ""
            word = _WORDS[interface.interface]
            text = f"{len(down)} of {interface.links} {word} peers cannot ask: {names}{more}"
            yield Reason(state="degraded", text=text)


def _shed(interfaces: Sequence[InterfaceRow]) -> Iterator[Reason]:
    for interface in interfaces:
        if interface.shed:
            word = _WORDS[interface.interface]
            text = f"too many checks come over {word}: {interface.shed:,.0f} a second are refused"
            yield Reason(state="degraded", text=text)
