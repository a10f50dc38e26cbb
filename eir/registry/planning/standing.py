"""How what a run says of a list stands to what was applied last."""

from enum import StrEnum

from eir.registry.bundle import FIRST, Bundle, Delivery, hash_of
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
    if is_of_old_count(feed, bundle, delivery):
        return Standing.OLD
    if bundle.run > feed.run:
        return Standing.RESET if from_first(delivery) else Standing.AHEAD
    if _later(bundle.stamp, feed.stamp):
        return Standing.RESET
    return Standing.CONTRADICTS if bundle.run == feed.run else Standing.OLD


def from_first(delivery: Delivery) -> bool:
    """Tell whether a delta is the whole list, because there was no run before."""
    return delivery.delta is not None and delivery.delta.base == FIRST


def hashes(bundle: Bundle, delivery: Delivery) -> tuple[str, str, str]:
    """Give what a run is known by: other lists of it may come later, and change its own hash."""
    return delivery.sha256, hash_of(delivery.files), bundle.sha256


def is_named(bundle: Bundle, run: int, sha256: str) -> bool:
    """Tell whether a run and a hash, of it all or of one of its lists, mean this one."""
    return bundle.run == run and any(
        sha256 in hashes(bundle, delivery) for delivery in bundle.deliveries.values()
    )


def is_of_old_count(feed: Feed, bundle: Bundle, delivery: Delivery) -> bool:
    """Tell whether a run with a higher number is from before the registry began anew.

    Ours: its stamp is of an earlier day, as no change of the clock explains, and it does not build
    on what serves.
    """
    if bundle.dated or bundle.run <= feed.run:
        return False
    follows = delivery.delta is not None and delivery.delta.base == feed.run
    return not follows and _later(day_of(feed.stamp), day_of(bundle.stamp))


def _dated(feed: Feed, bundle: Bundle, delivery: Delivery) -> Standing:
    """Ours: what came after a full list of a later instant is unknown, so that one outweighs."""
    if bundle.run > feed.run:
        return Standing.AHEAD
    after_delta = feed.kind == "delta"
    if bundle.run == feed.run:
        return Standing.AGAIN if delivery.full or after_delta else Standing.OLD
    is_late = delivery.delta is not None and after_delta and bundle.run > feed.full
    return Standing.LATE if is_late else Standing.OLD


def day_of(stamp: str) -> str:
    """Give the day of a stamp that begins with one, YYYYMMDD."""
    return stamp[:_DAY]


def by_clock(stamp: str) -> tuple[int, str]:
    """Give what sorts stamps of one registry; of one without a clock they are its numbers."""
    return len(stamp), stamp


def _later(stamp: str, than: str) -> bool:
    return by_clock(stamp) > by_clock(than)
