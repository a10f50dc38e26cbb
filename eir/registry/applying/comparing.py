"""The rows of a run on one list, compared with what is there; nothing is changed here."""

from collections.abc import Sequence
from datetime import UTC, datetime

from eir.lists.names import ListName
from eir.lists.sorted_lines import UNORDERED, Resolve, refuse
from eir.lists.subjects import Kind
from eir.registry.applying.compared import Circumstances, Compared
from eir.registry.applying.reading import Reading
from eir.registry.bundle import FIRST, Bundle, Delivery, Does, Part
from eir.registry.outcome import BundleError
from eir.registry.planning.chain import Way
from eir.store.changes import Tally
from eir.store.layout import Truth, truth_of
from eir.store.writer import ListWriter

_FIRST_YEAR = 1970  # instants are counted from then on


def compare(
    writer: ListWriter, bundle: Bundle, name: ListName, way: Way, at: Circumstances
) -> Compared:
    """Read what a run says of a list by one way, and compare it with what is there.

    Raises:
        BundleError: the rows are wrong, and more of them than is tolerated.
    """
    delivery = bundle.deliveries[name]
    found = Compared(delivery, way, Truth(name, at.registry.name))
    found.before = _entries(writer, found.truth)
    reading = Reading(writer, found, at, _resolve_of(writer, delivery, way, at))
    reading.take(_parts(delivery, way))
    _refuse_foreign(found, at)
    said_before = instant_of(bundle) if way is Way.LATE else None
    for map_name in reading.names():
        lines = reading.lines_of(map_name, said_before)
        if bundle.dated and way is not Way.FULL and truth_of(map_name):
            lines = found.remember(map_name, lines, writer.scratch)
        tally = found.tally if truth_of(map_name) else Tally()
        judge = writer.compare_all if way is Way.FULL else writer.compare
        found.changes[map_name] = judge(map_name, lines, tally)
    reading.close()
    if way is not Way.FULL:
        found.changing = _changing(writer, found, at)
    return found


def instant_of(bundle: Bundle) -> int:
    """Give the instant that the number of a dated run stands for, in UTC seconds.

    Raises:
        BundleError: there is none, or it is before 1970: the store cannot write that.
    """
    digits = f"{bundle.run:08}".ljust(14, "0")
    try:
        moment = datetime.strptime(digits, "%Y%m%d%H%M%S").replace(tzinfo=UTC)
    except ValueError:
        moment = None
    if moment is None or moment.year < _FIRST_YEAR:
        raise BundleError(
            f"{', '.join(file.name for file in bundle.files)}: {bundle.run} is no date since 1970",
            next_step="ask the registry for a file with its right date, and refuse this one",
        )
    return int(moment.timestamp())


def _entries(writer: ListWriter, truth: Truth) -> int:
    return sum(writer.entries(truth.map(kind)) for kind in Kind)


def _parts(delivery: Delivery, way: Way) -> Sequence[Part]:
    """Choose what is read; a delta since there was nothing is a whole list, too."""
    if way is Way.FULL and delivery.full is not None:
        return (delivery.full,)
    assert delivery.delta is not None  # noqa: S101 - the plan says so
    if way is Way.FULL:
        assert delivery.delta.base == FIRST  # noqa: S101 - likewise
        return [part for part in delivery.delta.parts if part.does is not Does.REMOVE]
    return delivery.delta.parts


def _resolve_of(writer: ListWriter, delivery: Delivery, way: Way, at: Circumstances) -> Resolve:
    """Choose what becomes of one subject with different data."""
    if way is not Way.FULL and delivery.delta is not None and delivery.delta.unordered:
        return lambda _one, _other: UNORDERED
    if at.registry.guard.conflicts == "refuse":
        return refuse

    def earliest(one: int, other: int) -> int | None:
        if not one or not other:  # both on the list and off it: no date decides that
            return None
        return min((one, other), key=lambda number: (_begins(writer, number), number))

    return earliest


def _begins(writer: ListWriter, number: int) -> float:
    effective = writer.texts.entry(number).effective
    return float("inf") if effective is None else effective


def _changing(writer: ListWriter, found: Compared, at: Circumstances) -> Tally:
    """Count what lines that change something come to by themselves."""
    delta = found.delivery.delta
    changing = [part for part in delta.parts if part.does is Does.CHANGE] if delta else []
    tally = Tally()
    if not changing:
        return tally
    other = Compared(found.delivery, found.way, found.truth)
    reading = Reading(writer, other, at, lambda one, _other: one)
    reading.take(changing)
    for map_name in reading.names():
        if truth_of(map_name):
            writer.compare(map_name, reading.lines_of(map_name, None), tally)
    return tally


def _refuse_foreign(found: Compared, at: Circumstances) -> None:
    """Refuse a file of which most subscribers are another country's."""
    if found.foreign * 100 > at.registry.guard.foreign_imsis_percent * max(found.imsis, 1):
        files = ", ".join(file.name for file in found.delivery.files)
        raise BundleError(
            f"{files}: {found.foreign:,} of {found.imsis:,} IMSIs are not of"
            f" {', '.join(at.registry.home_imsi_prefixes)}",
            next_step="it may be another operator's, or country's; else see home_imsi_prefixes",
        )
