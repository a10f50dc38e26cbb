"""Puts checks of a peer on a page, as a worker that took them up and was done with them."""

from eir.decision.verdict import Interface
from eir.metrics import CHECKS, RECEIVED, Counters


def count(page: Counters, interface: Interface, peer: str = "other", **outcomes: int) -> None:
    page.know(interface, [peer])
    place = page.place_of(interface, peer)
    for outcome, times in outcomes.items():
        page.add_of(place, RECEIVED, (), times)
        page.add_of(place, CHECKS, (outcome,), times)
