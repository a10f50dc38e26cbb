"""What the subsystems of DIRBS export, which an EIR may be given directly: LSDS and DPS."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from tools.registry.changes import Change, Does, Window
from tools.registry.parcel import Delivery, File, Sort, table
from tools.registry.variants import Variant
from tools.registry.world import Block, Day, Snapshot

Line = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Lsds:
    """Writes stolen lists: what will be blocked is pending, what was unblocked is recovered."""

    operator: str
    variants: frozenset[Variant] = frozenset()

    def deliver(self, history: Sequence[Snapshot], day: Day) -> Delivery:
        """Write the last run."""
        window = Window.of(history, day.reach)
        moment = window.now.moment
        dated = f"{moment:%m-%d-%Y}T{moment:%H%M%S}"
        header = ("imei", "reporting_date", "status")
        files = []
        if day.has_full:
            octets, rows = table(header, _stolen(window.now), line_end="\n")
            files.append(File(f"StolenFullList{dated}.csv", octets, Sort.BLACK, Does.FULL, rows))
        octets, rows = table((*header, "change_type"), _stolen_changes(window), line_end="\n")
        files.append(File(f"StolenDeltaList{dated}.csv", octets, Sort.BLACK, Does.SAID, rows))
        return Delivery(int(f"{moment:%Y%m%d%H%M%S}"), None, window.now.stamp, tuple(files))


@dataclass(frozen=True, slots=True)
class Dps:
    """Writes pair lists; a delta is two files, one of additions and one of removals."""

    operator: str
    variants: frozenset[Variant] = frozenset()

    def deliver(self, history: Sequence[Snapshot], day: Day) -> Delivery:
        """Write the last run."""
        window = Window.of(history, day.reach)
        moment = window.now.moment
        name = f"Pair_List_{moment:%Y-%m-%d_%H-%M-%S}.csv"
        files = []
        if day.has_full:
            octets, rows = table(("imei", "imsi"), self._pairs(window.now), line_end="\n")
            complete = name.replace("List_", "List_Complete_")
            files.append(File(complete, octets, Sort.EXCEPTIONS, Does.FULL, rows))
        changes = window.folded(self._pairs)
        for does, word in ((Does.PUT, "add"), (Does.REMOVE, "remove")):
            lines = [(*change.key, word) for change in changes if change.does is does]
            octets, rows = table(("imei", "imsi", "change_type"), lines, line_end="\n")
            named = f"{word.upper()}_{name}"
            files.append(File(named, octets, Sort.EXCEPTIONS, does, rows))
        return Delivery(int(f"{moment:%Y%m%d%H%M%S}"), None, window.now.stamp, tuple(files))

    def _pairs(self, snapshot: Snapshot) -> Mapping[Line, None]:
        """Give the pairs without numbers: two numbers of one SIM are one pair."""
        return dict.fromkeys(pair[:2] for pair in snapshot.exceptions(self.operator))


def _stolen(snapshot: Snapshot) -> Iterator[Line]:
    for imei, (block, status) in _statuses(snapshot).items():
        yield imei, f"{block.since:%Y%m%d}", status


def _stolen_changes(window: Window) -> Iterator[Line]:
    """Tell everything in the order in which it happened: a key may come several times."""
    for changes in window.steps(_statuses):
        for change in changes:
            yield from _stolen_change(change)


def _stolen_change(change: Change[str, tuple[Block, str]]) -> Iterator[Line]:
    block, status = change.value
    cells = (change.key, f"{block.since:%Y%m%d}")
    if change.does is Does.REMOVE:
        yield *cells, "recovered", "remove"
    elif change.does is Does.CHANGE:
        yield *cells, status, "update"
    else:
        yield *cells, "pending", "add"
        if status != "pending":  # reported and confirmed between two runs
            yield *cells, status, "update"


def _statuses(snapshot: Snapshot) -> Mapping[str, tuple[Block, str]]:
    """Give the status of each IMEI that is one; the form has no other identities."""
    pending = {imei: (block, "pending") for imei, block in snapshot.greylist.items()}
    stolen = {imei: (block, "blacklist") for imei, block in snapshot.blacklist.items()}
    return {
        imei: stated
        for imei, stated in (pending | stolen).items()
        if len(imei) == 14 and imei.isdecimal()
    }
