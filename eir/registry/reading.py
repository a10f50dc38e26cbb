"""The rows of a run on one list, read, checked and compared with what is there.

Nothing is changed here. What is wrong with the rows is a BundleError that names file and line.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeAlias

import numpy as np

from eir.config import Registry
from eir.errors import ListFileError
from eir.lists.batch import DEVICE, Batch
from eir.lists.csv_file import CsvFile
from eir.lists.dialect import Dialect
from eir.lists.guarded import Guarded
from eir.lists.names import ListName
from eir.lists.sorted_lines import UNORDERED, Resolve, SortedLines, refuse
from eir.lists.subjects import Kind, Subject
from eir.registry.bundle import FIRST, Bundle, Delivery, Does, Part
from eir.registry.chain import Way
from eir.registry.outcome import BundleError
from eir.store.array_file import ArrayFile
from eir.store.arrays import Entries, Mask
from eir.store.changes import Changes, Tally
from eir.store.layout import Truth, truth_of
from eir.store.rows import Entry
from eir.store.writer import ListWriter

BLOCKING = frozenset((ListName.PROHIBITED, ListName.TAC_BARRED))
_PART_LINES = 1 << 28  # the lines of part n count from n times this, so that each has one number
_MOST_PARTS = 16  # as many as 32 bits number
_POWERS = np.array([10**n for n in range(17)], np.uint64)

# Told the name of a part, and how many octets of it have been read.
Progress: TypeAlias = Callable[[str, int], None]


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What reading depends on beside the files.

    Attributes:
        registry: whose they are.
        guarded: what the operator protects.
        now: UTC.
        progress: is told how far it has come.
    """

    registry: Registry
    guarded: Guarded
    now: datetime
    progress: Progress = field(repr=False)


@dataclass(slots=True)
class Compared:
    """What a run comes to on one list.

    Attributes:
        delivery: what it was read from.
        way: how.
        truth: whose entries of which list.
        changes: by map, what would change.
        before: entries that the registry has there now.
        tally: of entries, what would happen to them.
        rows: lines of data.
        bad: lines left out because they are wrong.
        duplicates: lines that repeat another.
        unordered: subjects left out, because nobody knows which of their lines counts.
        protected: entries left out, because the operator protects what they block.
        malformed: entries left out, because they are no IMEI.
        superseded: entries left out, because something newer spoke of the same subject.
        changing: of the lines that change what is there, what would happen to them alone.
        imsis: rows that name an IMSI.
        foreign: those of them that name one of another country.
        latest: the last instant from which an entry shall be in force, UTC seconds; None: none.
        spoken: by map, the subjects that a dated delta speaks of.
    """

    delivery: Delivery
    way: Way
    truth: Truth
    changes: dict[str, Changes] = field(default_factory=dict)
    before: int = 0
    tally: Tally = field(default_factory=Tally)
    rows: int = 0
    bad: int = 0
    duplicates: int = 0
    unordered: int = 0
    protected: int = 0
    malformed: int = 0
    superseded: int = 0
    imsis: int = 0
    foreign: int = 0
    latest: int | None = None
    changing: Tally = field(default_factory=Tally)
    spoken: dict[str, ArrayFile] = field(default_factory=dict)

    def remember(self, map_name: str, lines: Iterator[Entries], scratch: Path) -> Iterator[Entries]:
        """Let lines go by, and keep their subjects."""
        file = self.spoken[map_name] = ArrayFile(scratch / f"spoken:{map_name}")
        file.write(lines)
        return iter(file)

    @property
    def present(self) -> int:
        """New entries of what was there already."""
        if self.way is Way.FULL:
            return 0
        there = self.tally.updated + self.tally.unchanged
        return max(there - self.changing.updated - self.changing.unchanged, 0)

    @property
    def absent(self) -> int:
        """Removals of what is not there, where that is strange."""
        delta = self.delivery.delta
        return 0 if delta is not None and delta.tells_all else self.tally.absent

    @property
    def restored(self) -> int:
        """Changes of what was not there."""
        return self.changing.added

    @property
    def after(self) -> int:
        """Entries that the registry would have."""
        return self.before + self.tally.added - self.tally.removed


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
    reading = _Reading(writer, found, at, _resolve_of(writer, delivery, way, at))
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
    """Give the instant that the number of a dated run stands for, in UTC seconds."""
    digits = f"{bundle.run:08}".ljust(14, "0")
    return int(datetime.strptime(digits, "%Y%m%d%H%M%S").replace(tzinfo=UTC).timestamp())


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


class _Reading:
    """The parts of one list, on their way from files to sorted rows."""

    def __init__(
        self, writer: ListWriter, found: Compared, at: Circumstances, resolve: Resolve
    ) -> None:
        self._writer = writer
        self._found = found
        self._at = at
        self._parts: Sequence[Part] = ()
        self._sorted = SortedLines(writer.scratch, resolve=resolve, named=self._named)
        self._homes = [_home(prefix) for prefix in at.registry.home_imsi_prefixes]

    def take(self, parts: Sequence[Part]) -> None:
        """Read all of them."""
        if len(parts) > _MOST_PARTS:
            raise BundleError(f"{len(parts)} files for one list", next_step="deliver them as one")
        self._parts = parts
        complaints: list[str] = []
        for place, part in enumerate(parts):
            complaints += self._read(place, part)
        self._tolerate(complaints)

    def names(self) -> list[str]:
        """Name the maps that are spoken of."""
        truth = self._found.truth
        if self._found.way is Way.FULL:
            return sorted([*(truth.map(kind) for kind in Kind), truth.devices])
        return self._sorted.names(truth.list)

    def lines_of(self, map_name: str, before: int | None) -> Iterator[Entries]:
        """Give the sorted rows of a map that count.

        Args:
            map_name: of the map.
            before: rows count only where nobody spoke of their subject since then, UTC seconds.
        """
        named = truth_of(map_name)
        for part in self._sorted.take(self._found.truth.list, map_name):
            kept = part
            if named is not None and before is not None:
                kept = self._without_superseded(named[1], kept, before)
            if named is not None and named[0].list in BLOCKING:
                kept = self._without_protected(named[1], kept)
            yield kept

    def close(self) -> None:
        """Take down what is known once all rows were given.

        Raises:
            BundleError: rows contradict each other.
        """
        found, lines = self._found, self._sorted
        found.duplicates, found.unordered = lines.duplicates, lines.unordered
        if lines.conflicts.total:
            shown = [f"  {self._named(f.line)}: {f.reason}" for f in lines.conflicts.shown]
            raise BundleError(
                "\n".join([f"{_lines(lines.conflicts.total)} contradict others", *shown]),
                next_step="ask the registry; or set guard.conflicts to earliest-date",
            )

    def _read(self, place: int, part: Part) -> list[str]:
        """Read one part; return what is wrong with it."""
        found = self._found
        dialect = Dialect(
            zone=self._at.registry.zone, removes=part.does is Does.REMOVE, latin_1=True
        )
        rows = 0
        try:
            with part.open() as opened:
                file = CsvFile(
                    opened,
                    read=lambda octets: self._at.progress(part.name, octets),
                    before=place * _PART_LINES,
                )
                self._refuse_operations(file, part)
                batches = file.batches(
                    found.truth, self._intern, self._writer.intern_texts, dialect
                )
                for batch in batches:
                    rows += sum(r.shape[1] for s, r in batch.items() if s.kind != DEVICE)
                    self._sorted.add(self._admitted(part, batch))
        except ListFileError as error:
            raise BundleError(f"{part.name}: {error}", next_step=error.next_step) from None
        rows += file.faults.total
        found.rows += rows
        found.bad += file.faults.total
        if not file.ends_with_newline:
            raise BundleError(
                f"{part.name}: its last line has no end, so more may be missing",
                next_step="get the whole file again",
            )
        if part.rows is not None and rows != part.rows:
            raise BundleError(
                f"{part.name}: {_lines(rows)}, and its manifest says {part.rows:,}",
                next_step="get the whole file again",
            )
        return [f"  {self._named(fault.line)}: {fault.reason}" for fault in file.faults.shown]

    def _refuse_operations(self, file: CsvFile, part: Part) -> None:
        """Refuse a list that is whole and says of its lines what they do."""
        if self._found.way is Way.FULL and file.columns.has_operations:
            raise BundleError(
                f"{part.name}: a full list has no column that says what lines do",
                next_step="deliver it as a delta, or leave the column out",
            )

    def _tolerate(self, complaints: list[str]) -> None:
        """Refuse more wrong rows than the operator tolerates."""
        found, guard = self._found, self._at.registry.guard
        if found.bad * 100 > guard.rejects_percent * max(found.rows, 1) and not guard.partial:
            raise BundleError(
                "\n".join([f"{_lines(found.bad)} of {found.rows:,} wrong", *complaints[:20]]),
                next_step="ask the registry for a right one; guard.rejects_percent tolerates some",
            )

    def _intern(self, entries: Sequence[Entry]) -> list[int]:
        """Number what lines say, and remember the latest day."""
        latest = [e.effective for e in entries if e.effective is not None]
        if self._found.latest is not None:
            latest.append(self._found.latest)
        self._found.latest = max(latest, default=None)
        return self._writer.intern_all(entries)

    def _admitted(self, part: Part, batch: Batch) -> Batch:
        """Leave out what the policy leaves out."""
        guard = self._at.registry.guard
        admitted = {}
        for stream, rows in batch.items():
            if stream.source != self._found.truth.source:
                raise BundleError(
                    f"{part.name}: it speaks for another source, {stream.source}",
                    next_step="a registry speaks for itself: leave the column out",
                )
            if stream.kind is Kind.OPAQUE and guard.malformed != "store":
                self._found.malformed += rows.shape[1]
                self._found.bad += rows.shape[1] if guard.malformed == "refuse" else 0
                continue
            if stream.kind is Kind.PAIR:
                self._count_subscribers(rows[1])
            admitted[stream] = rows
        return admitted

    def _count_subscribers(self, imsis: Entries) -> None:
        """Count IMSIs, and those that begin otherwise than those of home."""
        named = imsis[imsis != 0]
        self._found.imsis += len(named)
        if self._homes:
            digits = np.searchsorted(_POWERS, named, "right") - 1  # behind the leading 1
            home: Mask = np.zeros(len(named), np.bool_)
            for number, length in self._homes:
                long = digits >= length
                home[long] |= named[long] // _POWERS[digits[long] - length] == number
            self._found.foreign += int((~home).sum())

    def _without_superseded(self, kind: Kind, part: Entries, since: int) -> Entries:
        spoken = self._writer.values(self._found.truth.dated(kind), part[: kind.width])
        newer = spoken > since
        self._found.superseded += int(newer.sum())
        return part[:, ~newer]

    def _without_protected(self, kind: Kind, part: Entries) -> Entries:
        """Leave out what would block what the operator protects (registry-formats case 24)."""
        guarded = self._at.guarded
        if not guarded:
            return part
        if kind is Kind.EQUIPMENT:
            met = guarded.among(part[0])
        else:
            subjects = (Subject(kind, tuple(c)) for c in part[: kind.width].T.tolist())
            met = np.array([guarded.meets(subject) for subject in subjects], np.bool_)
        met &= part[-1] != 0
        self._found.protected += int(met.sum())
        return part[:, ~met]

    def _named(self, line: int) -> str:
        place, line = divmod(line, _PART_LINES)
        return f"line {line} of {self._parts[place].name}"


def _changing(writer: ListWriter, found: Compared, at: Circumstances) -> Tally:
    """Count what lines that change something come to by themselves."""
    delta = found.delivery.delta
    changing = [part for part in delta.parts if part.does is Does.CHANGE] if delta else []
    tally = Tally()
    if not changing:
        return tally
    other = Compared(found.delivery, found.way, found.truth)
    reading = _Reading(writer, other, at, lambda one, _other: one)
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


def _home(prefix: str) -> tuple[int, int]:
    """Give a prefix as numbers of digits have it, and its length."""
    return int(f"1{prefix}"), len(prefix)


def _lines(count: int) -> str:
    return "1 line" if count == 1 else f"{count:,} lines"
