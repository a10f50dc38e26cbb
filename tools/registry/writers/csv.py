"""Our own simple files: `<list>_full_<run>.csv`, `<list>_delta_<base>_<run>.csv`."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from tools.registry.changes import Does, Window
from tools.registry.parcel import Archive, Delivery, File, Sort, table
from tools.registry.variants import Variant, with_check_digit
from tools.registry.world import Block, Day, Snapshot

_OPS: Final = {Does.PUT: "add", Does.CHANGE: "update", Does.REMOVE: "remove"}
_HEADERS: Final = {
    Sort.BLACK: ("imei", "reason", "effective"),
    Sort.EXCEPTIONS: ("imei", "imsi", "msisdn"),
    Sort.GREY: ("imei", "reason", "effective"),
}
_NAMES: Final = {
    Sort.BLACK: "prohibited",
    Sort.EXCEPTIONS: "exception",
    Sort.GREY: "tracking",
}


@dataclass(frozen=True, slots=True)
class Csv:
    """Writes the prohibited, the exception and the tracking list of one operator."""

    operator: str
    variants: frozenset[Variant] = frozenset()

    def deliver(self, history: Sequence[Snapshot], day: Day) -> Delivery:
        """Write the last run."""
        window = Window.of(history, day.reach)
        files = tuple(file for sort in _NAMES for file in self._files(sort, window, day))
        if Variant.ZIPPED in self.variants:
            parcels: tuple[File | Archive, ...] = (Archive(f"lists_{window.now.run}.zip", files),)
        else:
            parcels = files
        return Delivery(window.now.run, window.base, window.now.stamp, parcels)

    def _files(self, sort: Sort, window: Window, day: Day) -> Iterator[File]:
        name, header, run = _NAMES[sort], _HEADERS[sort], window.now.run

        def view(snapshot: Snapshot) -> Mapping[tuple[str, ...], tuple[str, ...]]:
            return self._rows(snapshot, sort)

        if day.has_full:
            octets, rows = table(header, view(window.now).values(), line_end="\n")
            yield File(f"{name}_full_{run}.csv", octets, sort, Does.FULL, rows)
        lines = [(*change.value, _OPS[change.does]) for change in window.folded(view)]
        octets, rows = table((*header, "op"), lines, line_end="\n")
        yield File(f"{name}_delta_{window.base}_{run}.csv", octets, sort, Does.SAID, rows)

    def _rows(self, snapshot: Snapshot, sort: Sort) -> Mapping[tuple[str, ...], tuple[str, ...]]:
        """Give the lines of a whole list by their keys."""
        if sort is Sort.EXCEPTIONS:
            pairs = snapshot.exceptions(self.operator)
            return {pair: (self._imei(pair.imei), pair.imsi, pair.msisdn) for pair in pairs}
        blocks: Mapping[str, Block] = (
            snapshot.blacklist if sort is Sort.BLACK else snapshot.greylist
        )
        return {
            (imei,): (self._imei(imei), "|".join(block.reasons), f"{block.since:%Y-%m-%d}")
            for imei, block in blocks.items()
        }

    def _imei(self, imei: str) -> str:
        return with_check_digit(imei) if Variant.CHECK_DIGIT in self.variants else imei
