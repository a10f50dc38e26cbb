"""The dumps of a GL CEIR: black and grey list, dated, in no order, with its odd headers."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from tools.registry.changes import Does, Window
from tools.registry.parcel import Delivery, File, Sort, table
from tools.registry.variants import Variant, with_check_digit
from tools.registry.world import Block, Day, Snapshot

_OPS: Final = {Does.PUT: "Add", Does.CHANGE: "Update", Does.REMOVE: "Delete"}
_NAMES: Final = {Sort.BLACK: "BlackList", Sort.GREY: "GreyList"}
_FULL_HEADER: Final = ("Device ID",)
_INCREMENTAL_HEADERS: Final = {  # each its own
    Sort.BLACK: ("Device Id", "Operation"),
    Sort.GREY: ("Device ID", "Operation"),
}


@dataclass(frozen=True, slots=True)
class GlCeir:
    """Writes the national lists; there are no operators, and no exceptions in files."""

    operator: str
    variants: frozenset[Variant] = frozenset()

    def deliver(self, history: Sequence[Snapshot], day: Day) -> Delivery:
        """Write the last run, under the date of the day before."""
        window = Window.of(history, day.reach)
        dated = f"{window.now.moment - timedelta(days=1):%Y%m%d}"
        files = tuple(
            file for sort in _NAMES for file in _files(sort, window, dated=dated, day=day)
        )
        return Delivery(int(dated), None, window.now.stamp, files)


def sentinel(file: File) -> File:
    """Write what stands for an empty list, or for a database that did not answer."""
    name = _NAMES[file.sort or Sort.BLACK]
    octets = f"Message\nNo data available in {name}.".encode()
    return File(file.name, octets, file.sort, file.does)


def _files(sort: Sort, window: Window, *, dated: str, day: Day) -> Iterator[File]:
    def view(snapshot: Snapshot) -> Mapping[str, Block]:
        return snapshot.blacklist if sort is Sort.BLACK else snapshot.greylist

    if day.has_full:
        rows = [(with_check_digit(imei),) for imei in view(window.now)]
        yield _file(f"{_NAMES[sort]}_Full_{dated}.csv", sort, Does.FULL, _FULL_HEADER, rows)
    lines = sorted(  # which loses the order in which things happened to a device
        (with_check_digit(change.key), _OPS[change.does])
        for changes in window.steps(view)
        for change in changes
    )
    name = f"{_NAMES[sort]}_Incremental_{dated}.csv"
    yield _file(name, sort, Does.SAID, _INCREMENTAL_HEADERS[sort], lines)


def _file(
    name: str, sort: Sort, does: Does, header: tuple[str, ...], rows: Sequence[tuple[str, ...]]
) -> File:
    octets, count = table(header, rows, line_end="\n")
    file = File(name, octets, sort, does, count)
    return file if rows else sentinel(file)
