"""What holds a run until somebody accepts it: too much at once, too little left, too strange.

Each guard is a sentence; a run without one is applied. Registries do block a million phones in one
night, so a guard asks, and never drops anything (docs/registry.md, cases 14, 17 to 19).
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from eir.config.registry import Guard
from eir.lists.subjects import Kind
from eir.registry.applying.compared import Circumstances, Compared
from eir.registry.outcome import BundleError
from eir.registry.planning.chain import Step, Way
from eir.store.feeds import RegistryState


def holds(found: Compared, at: Circumstances, *, predicted: int, is_first: bool) -> Iterator[str]:
    """Say why somebody must accept what a run does to one list.

    Args:
        found: what it does.
        at: the policy and the time.
        predicted: how many of the new entries the registry announced before.
        is_first: nothing of this registry was ever applied to the list: there is nothing to compare
            with.
    """
    if not found.truth.list.is_asked:
        return
    guard = at.registry.guard
    name = found.truth.list
    if not is_first:
        yield from _surges(found, guard, predicted)
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


def _surges(found: Compared, guard: Guard, predicted: int) -> Iterator[str]:
    name, tally = found.truth.list, found.tally
    added = max(tally.added - predicted, 0)
    if _exceeds(added, guard.surge_blocks, guard.surge_blocks_percent, found.before):
        announced = f" ({predicted:,} more were announced)" if predicted else ""
        yield (
            f"{added:,} entries{announced} are new on the {name} list, which has {found.before:,}"
        )
    if _exceeds(tally.removed, guard.surge_unblocks, guard.surge_unblocks_percent, found.before):
        yield f"{tally.removed:,} of {found.before:,} entries go from the {name} list"


def _exceeds(count: int, most: int, percent: float, of: int) -> bool:
    """Tell whether it is more than a number and more than a share."""
    return count > most and count * 100 > percent * of


def _too_early(found: Compared, at: Circumstances) -> Iterator[str]:
    """Hold what blocks from a day that has not come: the registry's clock, or the wrong file."""
    days = at.registry.guard.days_ahead
    limit = at.now.astimezone(at.registry.zone).date() + timedelta(days=days)
    if found.latest is not None:
        latest = datetime.fromtimestamp(found.latest, UTC).astimezone(at.registry.zone).date()
        if latest > limit:
            yield (
                f"the {found.truth.list} list names the day {latest}, more than {days} ahead"
                " of our clock"
            )
