"""How what a run says of a list stands to what was applied last."""

from enum import StrEnum

from eir.registry.bundle import FIRST, Bundle, Delivery
from eir.store.feeds import Feed


class Standing(StrEnum):
    """From what is needed to what is not."""

    AHEAD = "ahead"  # newer than what serves; or nothing serves
    RESET = "reset"  # the registry began anew
    AGAIN = "again"  # of the same instant, and something else: dated ones only
    LATE = "late"  # a dated delta that is older than the deltas that were applied
    CONTRADICTS = "contradicts"  # of the same run, and something else
    OLD = "old"
    APPLIED = "applied"


_DAY = 8  # digits of a stamp that say the day
NEW = frozenset({Standing.AHEAD, Standing.RESET})  # what leads to newer lists


def standing(feed: Feed | None, bundle: Bundle, delivery: Delivery) -> Standing:
    """Compare; without a feed nothing was applied yet."""
    if feed is None:
        return Standing.AHEAD
    if feed.run == bundle.run and feed.sha256 in hashes(bundle, delivery):
        return Standing.APPLIED
    if bundle.dated:
        return _dated(feed, bundle, delivery)
    if bundle.run > feed.run:
        if from_first(delivery):
            return Standing.RESET
        return Standing.OLD if _of_old_count(feed, bundle, delivery) else Standing.AHEAD
    if _later(bundle.stamp, feed.stamp):
        return Standing.RESET
    return Standing.CONTRADICTS if bundle.run == feed.run else Standing.OLD


def from_first(delivery: Delivery) -> bool:
    """Tell whether a delta is the whole list, because there was no run before."""
    return delivery.delta is not None and delivery.delta.base == FIRST


def hashes(bundle: Bundle, delivery: Delivery) -> tuple[str, str]:
    """Give what a run is known by: other lists of it may come later, and change its own hash."""
    return delivery.sha256, bundle.sha256


def is_named(bundle: Bundle, run: int, sha256: str) -> bool:
    """Tell whether a run and a hash, of it all or of one of its lists, mean this one."""
    return bundle.run == run and any(
        sha256 in hashes(bundle, delivery) for delivery in bundle.deliveries.values()
    )


def _dated(feed: Feed, bundle: Bundle, delivery: Delivery) -> Standing:
    """Ours: what came after a full list of a later instant is unknown, so that one outweighs."""
    if bundle.run > feed.run:
        return Standing.AHEAD
    after_delta = feed.kind == "delta"
    if bundle.run == feed.run:
        return Standing.AGAIN if delivery.full or after_delta else Standing.OLD
    return Standing.LATE if delivery.delta and after_delta else Standing.OLD


def _of_old_count(feed: Feed, bundle: Bundle, delivery: Delivery) -> bool:
    """Tell whether a run with a higher number is from before the registry began anew.

    Ours: its stamp is of an earlier day, as no change of the clock explains, and it does not build
    on what serves.
    """
    follows = delivery.delta is not None and delivery.delta.base == feed.run
    return not follows and _later(feed.stamp[:_DAY], bundle.stamp[:_DAY])


def _later(stamp: str, than: str) -> bool:
    """Compare two stamps of one registry; of registries without a clock they are its numbers."""
    return (len(stamp), stamp) > (len(than), than)
