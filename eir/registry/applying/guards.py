"""What holds a run until somebody accepts it: too much at once, too little left, too strange.

Each guard is a sentence; a run without one is applied. Registries do block a million phones in one
night, so a guard asks, and never drops anything (docs/registry.md, cases 14, 17 to 19).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from eir.config.registry import Guard
from eir.lists.subjects import Kind
from eir.registry.applying.compared import BLOCKING, Circumstances, Compared
from eir.registry.applying.comparing import instant_of
from eir.registry.bundle import Bundle
from eir.registry.outcome import BundleError
from eir.registry.planning.chain import Step, Way
from eir.registry.planning.standing import day_of
from eir.store.feeds import Feed, RegistryState
from eir.store.segments import extents_of


@dataclass(frozen=True, slots=True)
class Surge:
    """How many entries came, and went."""

    added: int = 0
    removed: int = 0


@dataclass(frozen=True, slots=True)
class Known:
    """What a surge on one list is measured against.

    Attributes:
        predicted: how many of the new entries the registry announced before.
        predicted_gone: how many of those that go.
        earlier: what earlier runs of the same sync did to the list, where nobody announced or
            accepted it: a registry does not get around the guards by sending many small runs.
        feed: where the list was left; None: nothing of this registry was ever applied to it, so
            there is nothing to compare with.
    """

    predicted: int = 0
    predicted_gone: int = 0
    earlier: Surge = Surge()
    feed: Feed | None = None

    @property
    def is_first(self) -> bool:
        """Whether there is nothing to compare with."""
        return self.feed is None

    def with_run(self, found: Compared) -> Surge:
        """Add what a run does, where that counts."""
        if self.is_first:
            return self.earlier
        added = max(found.tally.added - self.predicted, 0)
        removed = max(found.tally.removed - self.predicted_gone, 0)
        return Surge(self.earlier.added + added, self.earlier.removed + removed)


def holds(found: Compared, at: Circumstances, known: Known) -> Iterator[str]:
    """Say why somebody must accept what a run does to one list.

    Args:
        found: what it does.
        at: the policy and the time.
        known: what surges are measured against.
    """
    if not found.truth.list.is_asked:
        return
    guard = at.registry.guard
    name = found.truth.list
    if known.feed is not None:
        yield from _surges(found, guard, known)
        if known.feed.rows != found.before:
            yield (
                f"the {name} list was changed by other means since run {known.feed.run}: it had"
                f" {known.feed.rows:,} entries, and has {found.before:,}"
            )
    if found.way is Way.FULL and found.before:
        if not found.after:
            yield f"the full {name} list is empty, and {found.before:,} entries would go"
        elif found.after * 100 < guard.shrink_floor_percent * found.before:
            yield (
                f"the full {name} list has {found.after:,} entries, less than"
                f" {guard.shrink_floor_percent:g} % of the {found.before:,} that there are"
            )
    absent = found.absent
    if _exceeds(absent, guard.unknown_removals, guard.unknown_removals_percent, found.rows):
        yield f"{absent:,} of {found.rows:,} rows remove from the {name} list what is not there"
    yield from _too_early(found, at)
    if guard.daily_new_blocks is not None and name == "prohibited":
        spans = sum(c.count for kind in _SPANS if (c := found.changes.get(found.truth.map(kind))))
        if spans:
            yield f"{spans:,} ranges or types change, and a daily cap counts single phones only"


_SPANS = (Kind.RANGE, Kind.TAC)


def refuse_strange(found: Compared, guard: Guard) -> None:
    """Refuse removals of what is not there, where the operator wants that.

    Raises:
        BundleError: there are some.
    """
    if guard.strict and found.absent:
        raise BundleError(
            f"{found.absent:,} rows remove what is not on the {found.truth.list} list",
            next_step="ask the registry for a full list; guard.strict = false lets them pass",
        )


def strange(found: Compared) -> Iterator[str]:
    """Say what is not as usual, and holds nothing (docs/registry.md, cases 14, 16, 24)."""
    name = found.truth.list
    if absent := found.tally.absent:
        yield f"{absent:,} rows remove what was not on the {name} list"
    if found.restored:
        yield (
            f"{found.restored:,} rows change what was not on the {name} list, and add it: lists of"
            " the registry and ours have drifted apart"
        )
    if found.protected:
        yield f"{found.protected:,} entries of the {name} list would block what is protected"


def left_behind(step: Step, state: RegistryState) -> Iterator[str]:
    """Name lists that are only shown, and that nothing leads on: they keep no others back."""
    for name in step.bundle.deliveries.keys() - step.ways.keys():
        feed = state.feeds.get(name)
        if not name.is_asked and (feed is None or feed.run < step.bundle.run):
            yield f"the {name} list stays as it is until a full one comes: a delta is missing"


def _surges(found: Compared, guard: Guard, known: Known) -> Iterator[str]:
    name, before, surge = found.truth.list, found.before, known.with_run(found)
    both = " with the runs before it" if known.earlier != Surge() else ""
    if _exceeds(surge.added, guard.surge_blocks, guard.surge_blocks_percent, before):
        announced = f" ({known.predicted:,} more were announced)" if known.predicted else ""
        yield (
            f"{surge.added:,} entries{announced} are new on the {name} list{both},"
            f" which has {before:,}"
        )
    if _exceeds(surge.removed, guard.surge_unblocks, guard.surge_unblocks_percent, before):
        yield f"{surge.removed:,} of {before:,} entries go from the {name} list{both}"
    if name in BLOCKING and (spanned := _newly_spanned(found)) > guard.surge_blocks:
        yield f"new ranges and types on the {name} list cover {spanned:,} IMEIs"


def _newly_spanned(found: Compared) -> int:
    """Count the IMEIs of new ranges and types; one entry may block as many as a whole surge."""
    count = 0
    for kind in _SPANS:
        for part in found.changes.get(found.truth.map(kind), ()):
            new = part[:, (part[-2] == 0) & (part[-1] != 0)]
            first, last = extents_of(kind, new[:-1])
            count += int((last - first + 1).sum())
    return count


def _exceeds(count: int, most: int, percent: float, of: int) -> bool:
    """Tell whether it is more than a number and more than a share."""
    return count > most and count * 100 > percent * of


def _too_early(found: Compared, at: Circumstances) -> Iterator[str]:
    """Hold what blocks from a day that has not come: the registry's clock, or the wrong file."""
    if found.latest is not None and found.latest >= at.horizon:
        latest = _day_there(found.latest, at.registry.zone)
        yield (
            f"the {found.truth.list} list names the day {latest}, more than"
            f" {at.registry.guard.days_ahead} ahead of our clock"
        )


def _day_there(seconds: int, zone: ZoneInfo) -> date:
    """Give the day of an instant, UTC seconds; at the end of time that of UTC."""
    instant = datetime.fromtimestamp(seconds, UTC)
    try:
        return instant.astimezone(zone).date()
    except OverflowError:
        return instant.date()


def misdated(bundle: Bundle, at: Circumstances) -> Iterator[str]:
    """Hold a run of a day that has not come: once applied, it would outdate all that is right.

    The names of files have days as they are where the registry is.
    """
    day = _day_of(bundle)
    days = at.registry.guard.days_ahead
    today = at.now.astimezone(at.registry.zone).date()
    if day is not None and (day - today).days > days:
        yield f"run {bundle.run} is dated {day}, more than {days} days ahead of our clock"


def _day_of(bundle: Bundle) -> date | None:
    """Read the day from the number or the stamp of a run; None: it names none."""
    if bundle.dated:
        return datetime.fromtimestamp(instant_of(bundle), UTC).date()
    try:
        return datetime.strptime(day_of(bundle.stamp), "%Y%m%d").replace(tzinfo=UTC).date()
    except ValueError:
        return None
