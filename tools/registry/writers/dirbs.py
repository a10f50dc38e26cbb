"""What `dirbs-listgen` writes: zips of full lists, and a delta file for each event."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from tools.registry.changes import Does, Window
from tools.registry.parcel import Archive, Delivery, File, Parcel, Sort, table
from tools.registry.variants import Variant, with_check_digit
from tools.registry.world import Block, Day, Pair, Snapshot

_EVENTS: Final[Mapping[Sort, Mapping[str, Does]]] = {
    Sort.BLACK: {"blocked": Does.PUT, "changed": Does.CHANGE, "unblocked": Does.REMOVE},
    Sort.EXCEPTIONS: {"added": Does.PUT, "removed": Does.REMOVE},
    Sort.NOTICES: {
        "new": Does.PUT,
        "resolved": Does.REMOVE,
        "blacklisted": Does.REMOVE,
        "no_longer_seen": Does.REMOVE,
        "changed": Does.CHANGE,
    },
}


@dataclass(frozen=True, slots=True)
class Told:
    """A line of a delta: its event, and its cells."""

    event: str
    cells: Sequence[str]


@dataclass(frozen=True, slots=True)
class Listing:
    """One list of a run, as it goes into one zip.

    Attributes:
        name: of the list in the file names, with the operator's id.
        sort: of the list.
        header: of the full list and of the deltas.
        full: the lines of the whole list.
        delta: the lines of the deltas.
    """

    name: str
    sort: Sort
    header: Sequence[str]
    full: Iterable[Sequence[str]]
    delta: Sequence[Told]


@dataclass(frozen=True, slots=True)
class Dirbs:
    """Writes the bundles of one operator."""

    operator: str
    variants: frozenset[Variant] = frozenset()

    def deliver(self, history: Sequence[Snapshot], day: Day) -> Delivery:
        """Write the last run."""
        window = Window.of(history, day.reach)
        stamp = window.now.stamp
        parcels: list[Parcel] = []
        for listing in self._listings(window):
            files = tuple(self._files(listing, window, day))
            if Variant.UNZIPPED in self.variants:
                parcels.extend(files)
            else:
                parcels.append(Archive(f"{stamp}_{listing.name}.zip", files))
        return Delivery(window.now.run, window.base, stamp, tuple(parcels))

    def _listings(self, window: Window) -> Iterator[Listing]:
        yield self._blacklist(window)
        yield self._exceptions(window)
        if Variant.NO_NOTIFICATIONS not in self.variants:
            yield self._notifications(window)

    def _files(self, listing: Listing, window: Window, day: Day) -> Iterator[File]:
        name, sort, header = f"{window.now.stamp}_{listing.name}", listing.sort, listing.header
        if day.has_full:
            octets, rows = table(header, listing.full)
            yield File(f"{name}.csv", octets, sort, Does.FULL, rows)
        name = f"{name}_delta_{window.base}_{window.now.run}"
        if Variant.SINGLE_FILE in self.variants:
            lines = ((*told.cells, told.event) for told in listing.delta)
            octets, rows = table((*header, "change_type"), lines)
            yield File(f"{name}.csv", octets, sort, Does.SAID, rows)
            return
        for event, does in _EVENTS[sort].items():
            of_event = [told.cells for told in listing.delta if told.event == event]
            octets, rows = table(header, of_event)
            yield File(f"{name}_{event}.csv", octets, sort, does, rows)

    def _blacklist(self, window: Window) -> Listing:
        words = {does: event for event, does in _EVENTS[Sort.BLACK].items()}
        return Listing(
            "blacklist",
            Sort.BLACK,
            ("imei", "block_date", "reasons"),
            (self._black(*item) for item in window.now.blacklist.items()),
            [
                Told(words[change.does], self._black(change.key, change.value))
                for change in window.folded(lambda snapshot: snapshot.blacklist)
            ],
        )

    def _exceptions(self, window: Window) -> Listing:
        words = {does: event for event, does in _EVENTS[Sort.EXCEPTIONS].items()}
        width = 2 if Variant.TWO_COLUMNS in self.variants else 3

        def view(snapshot: Snapshot) -> Mapping[tuple[str, ...], None]:
            return dict.fromkeys(
                self._pair(pair)[:width] for pair in snapshot.exceptions(self.operator)
            )

        return Listing(
            f"exceptions_{self.operator}",
            Sort.EXCEPTIONS,
            ("imei", "imsi", "msisdn")[:width],
            view(self._restricted(window.now)),
            [Told(words[change.does], change.key) for change in window.folded(view)],
        )

    def _restricted(self, snapshot: Snapshot) -> Snapshot:
        """Leave out exceptions that a full list may lack, though its deltas have them."""
        if Variant.RESTRICTED not in self.variants:
            return snapshot
        pairs = {pair: None for pair in snapshot.pairs if pair.imei in snapshot.blacklist}
        return replace(snapshot, pairs=pairs)

    def _notifications(self, window: Window) -> Listing:
        amnesty = ("amnesty_granted",) if Variant.AMNESTY in self.variants else ()
        return Listing(
            f"notifications_{self.operator}",
            Sort.NOTICES,
            ("imei", "imsi", "msisdn", "block_date", "reasons", *amnesty),
            (self._notice(*item) for item in window.now.notifications(self.operator).items()),
            [
                Told(
                    _event_of_notice(change.does, change.key, window.now),
                    self._notice(change.key, change.value),
                )
                for change in window.folded(lambda each: each.notifications(self.operator))
            ],
        )

    def _black(self, imei: str, block: Block) -> tuple[str, ...]:
        return self._imei(imei), f"{block.since:%Y%m%d}", "|".join(block.reasons)

    def _pair(self, pair: Pair) -> tuple[str, ...]:
        return self._imei(pair.imei), pair.imsi, pair.msisdn

    def _notice(self, pair: Pair, block: Block) -> tuple[str, ...]:
        amnesty = ("True",) if Variant.AMNESTY in self.variants else ()
        return *self._pair(pair), f"{block.since:%Y%m%d}", "|".join(block.reasons), *amnesty

    def _imei(self, imei: str) -> str:
        return with_check_digit(imei) if Variant.CHECK_DIGIT in self.variants else imei


def _event_of_notice(does: Does, pair: Pair, now: Snapshot) -> str:
    """Say why a notice is gone: blocked, paired, or not seen any more."""
    if does is not Does.REMOVE:
        return "new" if does is Does.PUT else "changed"
    if pair.imei in now.blacklist:
        return "blacklisted"
    return "resolved" if pair in now.pairs else "no_longer_seen"
