"""The parts of one list, on their way from files to sorted rows that count.

What is wrong with the rows is a BundleError that names file and line.
"""

from collections.abc import Iterator, Sequence

import numpy as np

from eir.errors import ListFileError
from eir.lists.batch import DEVICE, Batch
from eir.lists.cells import lacks_end
from eir.lists.csv_file import CsvFile
from eir.lists.dialect import Dialect
from eir.lists.sorted_lines import Resolve, SortedLines
from eir.lists.subjects import Kind, Subject
from eir.registry.applying.compared import BLOCKING, Circumstances, Compared
from eir.registry.bundle import Does, Part
from eir.registry.outcome import BundleError
from eir.registry.planning.chain import Way
from eir.store.arrays import Entries, Mask
from eir.store.layout import truth_of
from eir.store.rows import Entry
from eir.store.writer import ListWriter

_PART_LINES = 1 << 28  # the lines of part n count from n times this, so that each has one number
_MOST_PARTS = 16  # as many as 32 bits number
_POWERS = np.array([10**n for n in range(17)], np.uint64)


class Reading:
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
            return sorted(truth.maps)
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
        _refuse_cut(file, part)
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
        if found.is_wrong_beyond(guard.rejects_percent) and not guard.partial:
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
        """Leave out what would block what the operator protects (docs/registry.md, case 24)."""
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


def _refuse_cut(file: CsvFile, part: Part) -> None:
    """Refuse a file that may have lost its end (docs/registry.md, case 9).

    An identity with another cell behind it is whole, however short it is.
    """
    why = ""
    if not file.ends_with_newline:
        why = "its last line has no end, so more may be missing"
    elif file.columns.names[-1] == "imei":
        cells = file.last_cells
        if len(cells) == file.columns.count and lacks_end(cells[-1]):
            why = "its last line may be cut: an IMEI has 14 to 16 digits"
    if why:
        raise BundleError(f"{part.name}: {why}", next_step="get the whole file again")


def _home(prefix: str) -> tuple[int, int]:
    """Give a prefix as numbers of digits have it, and its length."""
    return int(f"1{prefix}"), len(prefix)


def _lines(count: int) -> str:
    return "1 line" if count == 1 else f"{count:,} lines"
