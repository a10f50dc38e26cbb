"""What operators do to lists, drawn so that files meet what is there; and the files that say so."""

import csv
import io
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TypeAlias

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy, composite

from eir.lists.names import ListName
from tests import model_strategies as strategies
from tests.model import Line, Model, Subject, World, instant, subject_of
from tests.model_strategies import (
    BUSY,
    DEVICE_TYPES,
    IMEIS,
    SOURCES,
    TACS,
    imsis,
    msisdns,
)

PHONES = ("phone 1", "phone 2")
COLUMNS = (
    *("imei", "imei_to", "svn", "tac", "imsi", "msisdn", "lock", "device", "source"),
    *("reason", "effective", "expires", "op", "then"),
)
BAD_LINES: tuple[Line, ...] = (
    {"imei": "352099000000"},
    {"imei": "35209900999999", "imei_to": "35209900000000"},
    {"imei": IMEIS[0], "expires": "tomorrow"},
    {"imei": IMEIS[0], "effective": instant(300), "expires": instant(100)},
    {"imei": IMEIS[0], "then": "prohibited"},
    {"imei": IMEIS[0], "svn": "7"},
    {"imei": IMEIS[0], "source": "two words"},
    {"imei": IMEIS[0], "tac": TACS[0]},
    {"reason": "lost"},
)


@dataclass(frozen=True, slots=True)
class Full:
    """A full load."""

    on: ListName
    source: str
    lines: list[Line]


@dataclass(frozen=True, slots=True)
class Delta:
    """A delta; a line with `op` = remove takes off."""

    on: ListName
    source: str
    lines: list[Line]


@dataclass(frozen=True, slots=True)
class Removal:
    """A delta that takes off what is there, as `met` finds it."""

    list_place: int
    places: list[int]


@dataclass(frozen=True, slots=True)
class Refused:
    """A load that is refused: of a bad line, of lines that contradict each other, of no line."""

    of: Full | Delta


@dataclass(frozen=True, slots=True)
class Rollback:
    """Back to one of the versions there are."""

    place: int


@dataclass(frozen=True, slots=True)
class Subscribers:
    """A map of IMSI to MSISDN, or what changes in it."""

    lines: list[Line]
    is_delta: bool


@dataclass(frozen=True, slots=True)
class Tacs:
    """A TAC database."""

    lines: list[Line]


@dataclass(frozen=True, slots=True)
class Compact:
    """The store is made as small as it can be."""


Operation: TypeAlias = Full | Delta | Removal | Refused | Rollback | Subscribers | Tacs | Compact


@dataclass(frozen=True, slots=True)
class Palette:
    """What a story is about: few lists, sources and lines, so that its operations meet."""

    sources: list[str]
    lines: dict[ListName, list[Line]]


@composite
def stories(draw: st.DrawFn) -> list[Operation]:
    """Draw operations, of a few kinds, one after the other."""
    names = draw(st.lists(NAMES, min_size=1, max_size=3, unique=True))
    sources = draw(st.lists(st.sampled_from(SOURCES), min_size=1, max_size=2, unique=True))
    palette = Palette(sources, {on: draw(_variants(on)) for on in names})
    kinds = draw(st.lists(st.sampled_from(KINDS), min_size=1, max_size=4))
    steps = st.one_of(fulls(palette), *(kind(palette) for kind in kinds))
    return [draw(fulls(palette)), *draw(st.lists(steps, min_size=1, max_size=8))]


@composite
def _variants(draw: st.DrawFn, on: ListName) -> list[Line]:
    """Draw lines of a list, and others that say something else of the same subjects."""
    drawn = draw(st.lists(strategies.lines(on), min_size=2, max_size=8))
    return [*drawn, *({**line, "reason": "other"} for line in drawn)]


@composite
def files(draw: st.DrawFn, palette: Palette, on: ListName) -> list[Line]:
    """Draw the lines of a file; some files say for each line who says so, and which phone it is."""
    drawn = draw(st.lists(st.sampled_from(palette.lines[on]), unique_by=subject_of, max_size=8))
    if draw(st.booleans()):
        sources = st.sampled_from(("", *palette.sources))
        drawn = [{**line, "source": draw(sources)} for line in drawn]
    if draw(st.booleans()):
        phones = draw(st.dictionaries(st.sampled_from(IMEIS), st.sampled_from(PHONES)))
        drawn = [{**line, "device": phones.get(subject_of(line).imei, "")} for line in drawn]
    return drawn


NAMES = st.sampled_from((*ListName, *BUSY))


@composite
def fulls(draw: st.DrawFn, palette: Palette) -> Full:
    """Draw a full load."""
    on = draw(st.sampled_from(list(palette.lines)))
    return Full(on, draw(st.sampled_from(palette.sources)), draw(files(palette, on)))


@composite
def deltas(draw: st.DrawFn, palette: Palette) -> Delta:
    """Draw a delta."""
    full = draw(fulls(palette))
    drawn = [{**line, "op": draw(st.sampled_from(OPERATIONS))} for line in full.lines]
    removed = {
        _owner(line, full.source)
        for line in drawn
        if line["op"] == "remove" and subject_of(line) == Subject(subject_of(line).imei)
    }
    # What goes as an equipment is of no phone: no other line may say that it is.
    kept: list[Line] = [
        {**line, "device": ""} if _owner(line, full.source) in removed else line for line in drawn
    ]
    return Delta(full.on, full.source, kept)


OPERATIONS = ("add", "update", "remove")


def _owner(line: Line, source: str) -> tuple[str, str]:
    return line.get("source") or source, subject_of(line).imei


@composite
def refused(draw: st.DrawFn, palette: Palette) -> Refused:
    """Draw a good file that is spoilt."""
    of: Full | Delta = draw(st.one_of(fulls(palette), deltas(palette)))
    is_delta = isinstance(of, Delta)
    spoilt = draw(st.sampled_from((*BAD_LINES, *of.lines)))
    if spoilt in of.lines:
        kept = {**spoilt, "op": "add"} if is_delta else spoilt
        lines = [kept if line == spoilt else line for line in of.lines]
        lines.append({**kept, "reason": "another"})
    elif is_delta or draw(st.booleans()):
        place = draw(st.integers(0, len(of.lines)))
        lines = [*of.lines[:place], {**spoilt, "op": "add"} if is_delta else spoilt]
        lines += of.lines[place:]
    else:
        lines = []
    return Refused(type(of)(of.on, of.source, lines))


def removals(palette: Palette) -> SearchStrategy[Removal]:
    """Draw what takes off what is there."""
    del palette
    places = st.lists(st.integers(0, 99), min_size=1, max_size=6)
    return st.builds(Removal, st.integers(0, 9), places)


def rollbacks(palette: Palette) -> SearchStrategy[Rollback]:
    """Draw a way back."""
    del palette
    return st.builds(Rollback, st.integers(0, 9))


@composite
def subscribers(draw: st.DrawFn, palette: Palette) -> Subscribers:
    """Draw subscribers."""
    del palette
    lines = draw(_each("imsi", imsis, "msisdn", msisdns))
    if not draw(st.booleans()):
        return Subscribers(lines, is_delta=False)
    changed: list[Line] = [{**line, "op": draw(st.sampled_from(OPERATIONS))} for line in lines]
    return Subscribers(changed, is_delta=True)


def tacs(palette: Palette) -> SearchStrategy[Tacs]:
    """Draw a TAC database."""
    del palette
    types = st.sampled_from(DEVICE_TYPES)
    return st.builds(Tacs, _each("tac", st.sampled_from(TACS), "device_type", types))


def compactions(palette: Palette) -> SearchStrategy[Compact]:
    """Draw nothing but itself."""
    del palette
    return st.just(Compact())


KINDS: tuple[Callable[[Palette], SearchStrategy[Operation]], ...] = (
    *(deltas, deltas, removals, removals, rollbacks, rollbacks, refused),
    *(subscribers, tacs, compactions),
)


def _each(
    key: str, keys: SearchStrategy[str], name: str, values: SearchStrategy[str]
) -> SearchStrategy[list[Line]]:
    lines = st.fixed_dictionaries({key: keys, name: values})
    return st.lists(lines, unique_by=lambda line: line[key])


def met(operation: Operation, model: Model) -> Operation:
    """Say what an operation is for the lists that it meets."""
    match operation:
        case Removal():
            return _removal(operation, model.world())
        case Rollback():
            return Rollback(1 + operation.place % max(1, model.version))
    return operation


def _removal(removal: Removal, world: World) -> Delta:
    lists = [(on, source, list(said)) for (on, source), said in world.lists.items()]
    if not lists:
        return Delta(ListName.PROHIBITED, SOURCES[0], [])
    on, source, subjects = lists[removal.list_place % len(lists)]
    gone = {subjects[place % len(subjects)] for place in removal.places}
    return Delta(on, source, [{**line_of(subject), "op": "remove"} for subject in sorted(gone)])


def line_of(subject: Subject) -> Line:
    """Name a subject as a line does."""
    return {name: cell for name, cell in subject._asdict().items() if cell}


def apply(operation: Operation, model: Model) -> None:
    """Do it to the model."""
    match operation:
        case Full():
            model.load_full(operation.on, operation.source, operation.lines)
        case Delta():
            model.load_delta(operation.on, operation.source, operation.lines)
        case Rollback() if model.version:
            model.rollback(operation.place)
        case Subscribers():
            model.load_subscribers(operation.lines, is_delta=operation.is_delta)
        case Tacs() if operation.lines:
            model.load_tacs(operation.lines)


def csv_of(lines: Iterable[Line], *needed: str) -> bytes:
    """Write lines as the file that says the same, with these columns and all that are used."""
    written = list(lines)
    used = {name for line in written for name in line}.union(needed)
    text = io.StringIO()
    columns = [name for name in COLUMNS if name in used]
    writer = csv.DictWriter(text, columns, restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(written)
    return text.getvalue().encode()


def tacs_of(lines: Iterable[Line]) -> bytes:
    """Write a TAC database as GSMA does."""
    rows = [f"{line['tac']}|maker|{line['device_type']}\n" for line in lines]
    return ("tac|manufacturer|deviceType\n" + "".join(rows)).encode()
