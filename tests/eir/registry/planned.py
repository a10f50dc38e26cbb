"""Runs and states, as short as tests want to write them."""

import hashlib
import io
from datetime import UTC, datetime
from pathlib import Path

from eir.lists.names import ListName
from eir.registry.bundle import Bundle, Delivered, Delivery, Delta, Does, Part
from eir.registry.outcome import BundleError
from eir.store.feeds import Feed, Refusal, RegistryState

BLACK = ListName.PROHIBITED
GREY = ListName.TRACKING
PAIRS = ListName.EXCEPTION
NOTES = ListName.NOTIFICATION
NOW = datetime(2026, 1, 2, 3, 0, tzinfo=UTC)


def delivered(name: str, content: str = "", *, fetched: datetime = NOW) -> Delivered:
    octets = (name + content).encode()
    return Delivered(name, Path(name), hashlib.sha256(octets).hexdigest(), len(octets), fetched)


def part(octets: int) -> Part:
    return Part("part", Does.PUT, octets, io.BytesIO)


def delivery(
    name: ListName,
    file: Delivered,
    *,
    base: int | None = None,
    delta: int | None = None,
    full: int | None = None,
    unordered: bool = False,
) -> Delivery:
    """Say how many octets there are in the delta and in the full list, if there are these."""
    return Delivery(
        name,
        None if full is None else part(full),
        None if delta is None else Delta(base, (part(delta),), unordered),
        (file,),
    )


def run(
    number: int,
    base: int | None = None,
    *,
    lists: tuple[ListName, ...] = (BLACK, PAIRS),
    delta: int | None = 10,
    full: int | None = None,
    stamp: str | None = None,
    content: str = "",
    missing: tuple[ListName, ...] = (),
    fetched: datetime = NOW,
    fault: BundleError | None = None,
    dated: bool = False,
    unordered: bool = False,
) -> Bundle:
    """Make a run of a registry; its delta builds on `base`; without a base there is only a full."""
    if base is None and not dated:
        delta = None
    deliveries = {
        name: delivery(
            name,
            delivered(f"{number}_{name}", content, fetched=fetched),
            base=base,
            delta=delta,
            full=full,
            unordered=unordered,
        )
        for name in lists
    }
    return Bundle(
        number,
        stamp_of(number) if stamp is None else stamp,
        deliveries,
        fetched=fetched,
        missing=missing,
        fault=fault,
        dated=dated,
    )


def stamp_of(number: int) -> str:
    return f"20260101_{number:06}"


def feed(
    number: int,
    *,
    kind: str = "delta",
    sha256: str = "x",
    stamp: str | None = None,
    full: int = 0,
) -> Feed:
    at = "2026-01-01T00:00:00Z"
    return Feed(number, stamp or stamp_of(number), kind, 100, sha256, at, 1, full)


def state(
    number: int,
    *,
    lists: tuple[ListName, ...] = (BLACK, PAIRS),
    kind: str = "delta",
    refused: tuple[Refusal, ...] = (),
) -> RegistryState:
    return RegistryState(dict.fromkeys(lists, feed(number, kind=kind)), refused)


def applied(bundle: Bundle, *, before: RegistryState | None = None) -> RegistryState:
    """Say where a registry is after a run."""
    return (before or RegistryState()).with_feeds(
        {
            name: feed(bundle.run, sha256=each.sha256, stamp=bundle.stamp)
            for name, each in bundle.deliveries.items()
        }
    )


def refusal(bundle: Bundle) -> Refusal:
    return Refusal(bundle.run, bundle.sha256, "too many", "ana", "2026-01-01T08:00:00Z")
