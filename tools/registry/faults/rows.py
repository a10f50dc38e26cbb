"""Faults in the lines of files: the packages are whole, and what they say is not to be believed."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final

from tools.registry.changes import Does
from tools.registry.faults.fault import (
    Fault,
    FaultError,
    Scene,
    adds,
    changed,
    is_sort,
    without_delta,
)
from tools.registry.parcel import Delivery, File, Sort
from tools.registry.sheet import DAY, IMEI, IMSI, Sheet
from tools.registry.variants import with_check_digit
from tools.registry.world import NEVER_LISTED, PROTECTED, Day
from tools.registry.writers.gl import sentinel

Row = tuple[str, ...]

_LISTED: Final = is_sort(Sort.BLACK, Sort.EXCEPTIONS)
_BLACK: Final = is_sort(Sort.BLACK)
_GREY: Final = is_sort(Sort.GREY, Sort.NOTICES)
_STRAYS: Final = 50  # far above any ratio that is let pass, and few enough for small lists


def _is_gl(file: File) -> bool:
    return file.name.startswith(("BlackList_", "GreyList_"))


def _blocks(file: File) -> bool:
    return _BLACK(file) and adds(file)


def _duplicate_lines(delivery: Delivery, _scene: Scene) -> Delivery:
    def repeat(file: File) -> File:
        sheet = Sheet.of(file)
        twice = [row for row in sheet.rows[:3] for _ in range(2)]
        return replace(sheet, rows=(*twice, *sheet.rows[3:])).written(file)

    return changed(delivery, lambda file: bool(file.rows), repeat)


def _conflicting_lines(delivery: Delivery, _scene: Scene) -> Delivery:
    """Say something else of the first IMEI, which is written with another number of digits."""

    def contradict(file: File) -> File:
        sheet = Sheet.of(file)
        news = [row for row in sheet.adding() if row[sheet.place(IMEI)].isdecimal()]
        if not news:
            return file
        imei = news[0][sheet.place(IMEI)]
        other = imei[:14] if len(imei) == 15 else with_check_digit(imei)
        row = sheet.with_cell(sheet.with_cell(news[0], IMEI, other), DAY, "20240101")
        return replace(sheet, rows=(*sheet.rows, row)).written(file)

    return changed(delivery, _blocks, contradict)


def _blocked_and_unblocked(delivery: Delivery, _scene: Scene) -> Delivery:
    """Let a delta take off what it puts on."""
    if any(file.name.startswith("Stolen") for file in delivery.files):
        raise FaultError("an LSDS delta may say several things of one IMEI: the last counts")
    return _with_removals(delivery, lambda sheet: sheet.adding()[:1])


def _unknown_removals(count: int) -> Callable[[Delivery, Scene], Delivery]:
    def remove(delivery: Delivery, _scene: Scene) -> Delivery:
        def strays(sheet: Sheet) -> list[Row]:
            made_up = [f"{NEVER_LISTED}{number:06}" for number in range(count)]
            like = sheet.adding()[:1]
            return [sheet.with_cell(row, IMEI, imei) for row in like for imei in made_up]

        return _with_removals(delivery, strays)

    return remove


def _with_removals(delivery: Delivery, rows: Callable[[Sheet], Sequence[Row]]) -> Delivery:
    """Make removals like new lines of the first list that has some."""
    news = [file for file in delivery.files if file.does in {Does.PUT, Does.SAID}]
    source = next((file for file in news if file.rows and Sheet.of(file).adding()), None)
    if source is None:
        raise FaultError("the delta has no new line to make a removal of")
    sheet = Sheet.of(source)
    more = [sheet.removal(row) for row in rows(sheet)]

    def extend(file: File) -> File:
        there = Sheet.of(file)
        return replace(there, rows=(*there.rows, *more)).written(file)

    does = Does.SAID if source.does is Does.SAID else Does.REMOVE
    names = [each.name for each in delivery.files if (each.does, each.sort) == (does, source.sort)]
    return changed(delivery, lambda file: file.name in names[:1], extend)


def _known_additions(delivery: Delivery, _scene: Scene) -> Delivery:
    """Say once more that something is blocked that was, and still is."""
    full = next((file for file in delivery.files if _BLACK(file) and file.does is Does.FULL), None)
    news = [file for file in delivery.files if _blocks(file) and file.does is not Does.FULL]
    said = b"".join(file.octets for file in delivery.files if file.does is not Does.FULL)
    rows = () if full is None else Sheet.of(full).rows
    known = next((row for row in rows if row[0][:14].encode() not in said), None)
    if known is None or not news:
        raise FaultError("this takes an old block in the full list, and a new one in the delta")
    sheet = Sheet.of(news[0])
    row = (*known, *sheet.adding()[0][len(known) :])
    more = replace(sheet, rows=(*sheet.rows, row))
    return changed(delivery, lambda file: file.name == news[0].name, more.written)


def _changed_absent(delivery: Delivery, _scene: Scene) -> Delivery:
    """Call a new block a change: the first line goes from one event file to the other."""
    source = next(
        (each for each in delivery.files if _blocks(each) and each.does is Does.PUT), None
    )
    if source is None:
        raise FaultError("only DIRBS has a file of changes beside one of new blocks")
    sheet = Sheet.of(source)

    def move(file: File) -> File:
        if file.does is Does.PUT:
            return replace(sheet, rows=sheet.rows[1:]).written(file)
        there = Sheet.of(file)
        return replace(there, rows=(*there.rows, sheet.rows[0])).written(file)

    return changed(
        delivery, lambda file: _BLACK(file) and file.does in {Does.PUT, Does.CHANGE}, move
    )


def _drift(delivery: Delivery, _scene: Scene) -> Delivery:
    def forget(file: File) -> File:
        sheet = Sheet.of(file)
        return replace(sheet, rows=sheet.rows[1:]).written(file)

    return changed(delivery, lambda file: _blocks(file) and file.does is not Does.FULL, forget)


def _replay_altered(_delivery: Delivery, scene: Scene) -> Delivery:
    """Run the job before once more, with a line less in the blacklist."""
    if len(scene.world.history) < 2:
        raise FaultError("there was no run before the first one")
    earlier = scene.writer.deliver(scene.world.history[:-1], Day())
    first = next(file for file in earlier.files if file.rows)
    sheet = Sheet.of(first)
    fewer = replace(sheet, rows=sheet.rows[:-1])
    return changed(earlier, lambda file: file.name == first.name, fewer.written)


def _protected(delivery: Delivery, _scene: Scene) -> Delivery:
    def block(file: File) -> File:
        sheet = Sheet.of(file)
        like = sheet.adding()[:1]
        rows = [sheet.with_cell(row, IMEI, PROTECTED) for row in like]
        return replace(sheet, rows=(*sheet.rows, *rows)).written(file)

    return changed(delivery, _blocks, block)


def _future_block_date(delivery: Delivery, _scene: Scene) -> Delivery:
    def postpone(file: File) -> File:
        sheet = Sheet.of(file)
        first = sheet.with_cell(sheet.rows[0], DAY, "20991231")
        return replace(sheet, rows=(first, *sheet.rows[1:])).written(file)

    return changed(delivery, _blocks, postpone)


def _shrunken_full(delivery: Delivery, _scene: Scene) -> Delivery:
    def halve(file: File) -> File:
        sheet = Sheet.of(file)
        return replace(sheet, rows=sheet.rows[::2]).written(file)

    return changed(without_delta(delivery, delivery.base), _is_full, halve)


def _empty_full(delivery: Delivery, _scene: Scene) -> Delivery:
    def empty(file: File) -> File:
        return sentinel(file) if _is_gl(file) else replace(Sheet.of(file), rows=()).written(file)

    return changed(without_delta(delivery, delivery.base), _is_full, empty)


def _is_full(file: File) -> bool:
    return _LISTED(file) and file.does is Does.FULL


def _sentinel(delivery: Delivery, _scene: Scene) -> Delivery:
    return changed(delivery, _is_gl, sentinel)


def _grey_as_black(delivery: Delivery, _scene: Scene) -> Delivery:
    """Put what is grey into the files of the blacklist, event by event where there are events."""
    grey = {file.does: file.octets for file in delivery.files if _GREY(file)}

    def swap(file: File) -> File:
        return replace(file, octets=grey.get(file.does, file.octets), rows=None)

    if not grey:
        raise FaultError("this delivery has no grey list")
    return changed(delivery, _BLACK, swap)


def _foreign_imsis(delivery: Delivery, _scene: Scene) -> Delivery:
    def emigrate(file: File) -> File:
        sheet = Sheet.of(file)
        place = sheet.place(IMSI)
        rows = (sheet.with_cell(row, IMSI, f"99999{row[place][5:]}") for row in sheet.rows)
        return replace(sheet, rows=tuple(rows)).written(file)

    return changed(delivery, is_sort(Sort.EXCEPTIONS), emigrate)


def _wrong_header(delivery: Delivery, _scene: Scene) -> Delivery:
    def rename(file: File) -> File:
        sheet = Sheet.of(file)
        return replace(sheet, header=("serial", *sheet.header[1:])).written(file)

    return changed(delivery, _LISTED, rename)


def _truncated_csv(delivery: Delivery, _scene: Scene) -> Delivery:
    """Cut the last line of the full list, and of what is new, in its middle."""

    def cut(file: File) -> File:
        whole = file.octets.rstrip()
        start = whole.rindex(b"\n") + 1
        return replace(file, octets=whole[: start + min(12, (len(whole) - start) // 2)])

    return changed(delivery, lambda file: _LISTED(file) and adds(file), cut)


FAULTS: Final = (
    Fault(
        name="duplicate-lines",
        help="The first lines of every file stand there twice.",
        content=_duplicate_lines,
    ),
    Fault(
        name="conflicting-lines",
        help="An IMEI is blocked twice, from different days, with 14 digits and with 15.",
        content=_conflicting_lines,
    ),
    Fault(
        name="blocked-and-unblocked",
        help="A delta puts an IMEI on the list and takes it off.",
        content=_blocked_and_unblocked,
    ),
    Fault(
        name="unknown-removal",
        help="One IMEI is taken off a list on which it never was.",
        content=_unknown_removals(1),
    ),
    Fault(
        name="unknown-removals",
        help=f"{_STRAYS} IMEIs are taken off a list on which they never were.",
        content=_unknown_removals(_STRAYS),
    ),
    Fault(
        name="known-additions",
        help="A delta blocks an IMEI that was blocked before.",
        content=_known_additions,
    ),
    Fault(
        name="changed-absent",
        help="A new block is called a change of one.",
        content=_changed_absent,
    ),
    Fault(
        name="drift",
        help="The delta lacks a new block that the full list has.",
        content=_drift,
    ),
    Fault(
        name="replay-altered",
        help="The run before comes once more, instead of this one, and says something else.",
        content=_replay_altered,
    ),
    Fault(
        name="protected-in-list",
        help=f"{PROTECTED} is blocked, which the operator may have protected.",
        content=_protected,
    ),
    Fault(
        name="future-block-date",
        help="An IMEI on the blacklist is blocked from a day far in the future.",
        content=_future_block_date,
    ),
    Fault(
        name="shrunken-full",
        help="The full lists have lost every second line, and no delta can be used.",
        content=_shrunken_full,
    ),
    Fault(
        name="empty-full",
        help="The full lists are empty, and no delta can be used.",
        content=_empty_full,
    ),
    Fault(
        name="sentinel",
        help="GL: every file says that no data are available.",
        content=_sentinel,
    ),
    Fault(
        name="grey-as-black",
        help="The files of the blacklist hold what is grey.",
        content=_grey_as_black,
    ),
    Fault(
        name="foreign-imsis",
        help="All exceptions are of another country's subscribers.",
        content=_foreign_imsis,
    ),
    Fault(
        name="wrong-header",
        help="The first column has a name that nobody knows.",
        content=_wrong_header,
    ),
    Fault(
        name="truncated-csv",
        help="The last line is cut in its middle.",
        content=_truncated_csv,
    ),
)
