"""What a run comes to on one list, and what that depends on."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import TypeAlias

from eir.config import Registry
from eir.lists.guarded import Guarded
from eir.lists.names import ListName
from eir.registry.bundle import Delivery
from eir.registry.planning.chain import Way
from eir.store.array_file import ArrayFile
from eir.store.arrays import Entries
from eir.store.changes import Changes, Tally
from eir.store.layout import Truth

# Told the name of a part, and how many octets of it have been read.
Progress: TypeAlias = Callable[[str, int], None]


BLOCKING = frozenset((ListName.PROHIBITED, ListName.TAC_BARRED))


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

    @property
    def horizon(self) -> int:
        """The first second, UTC, of the day that is further ahead than the policy lets pass."""
        local = self.now.astimezone(self.registry.zone).date()
        local += timedelta(days=self.registry.guard.days_ahead + 1)
        midnight = datetime(local.year, local.month, local.day, tzinfo=self.registry.zone)
        return int(midnight.timestamp())


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
        ordinary = delta is not None and (delta.tells_all or delta.unordered)
        return 0 if ordinary else self.tally.absent

    @property
    def restored(self) -> int:
        """Changes of what was not there."""
        return self.changing.added

    def is_wrong_beyond(self, percent: float) -> bool:
        """Tell whether more rows are wrong than so many of a hundred."""
        return self.bad * 100 > percent * max(self.rows, 1)

    @property
    def after(self) -> int:
        """Entries that the registry would have."""
        return self.before + self.tally.added - self.tally.removed
