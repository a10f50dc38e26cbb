"""A small world of everything that lists can say, changed in dictionaries and in a store alike."""

from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypeAlias, TypeVar

from hypothesis import strategies as st

from eir.lists.lines import WITH_ONE_IMEI
from eir.lists.names import ListName, Lock
from eir.lists.subjects import Kind, Opaque, Subject, number_of, opaque_columns
from eir.lists.tac import TacInfo
from eir.store.arrays import Entries
from eir.store.changes import Tally
from eir.store.journal import Record
from eir.store.layout import SUBSCRIBERS, TACS, Truth
from eir.store.rows import Entry, Scope
from eir.store.session import writing
from eir.store.writer import ListWriter
from tests.eir.store.made import Table, pages_of

IMEIS = [f"0010019900000{n}" for n in range(1, 5)] + ["35209900000000", "35209900999999"]
BALLAST = [f"001001990001{n:02d}" for n in range(60)]
IMSIS = ["001010000000001", "001010000000002", "00101000000003"]
MSISDNS = ["15550001", "15550002"]
TAC_CODES = ["00100199", "35209900", "35209901"]
OPAQUES = [Opaque("NULL"), Opaque("ABCDEF0123456789"), Opaque("12345")]

START = datetime(2026, 1, 1, tzinfo=UTC)
SCOPES = {Kind.RANGE: Scope.RANGE, Kind.TAC: Scope.TAC, Kind.PAIR: Scope.PAIR}
TRUTHS = [
    Truth(name, source)
    for name in (ListName.BINDING, ListName.PROHIBITED, ListName.PERMITTED)
    for source in ("a", "b", "ballast")
]


@dataclass(frozen=True, slots=True)
class Said:
    """What a line says of its subject."""

    reason: str = ""
    effective: int | None = None
    lock: Lock = Lock.MUTUAL

    def entry(self, truth: Truth, subject: Subject) -> Entry:
        """Give what the store is to keep."""
        is_pair = subject.kind is Kind.PAIR
        return Entry(
            truth.list,
            truth.source,
            self.reason,
            self.effective,
            svn=subject.fields.get("svn", ""),
            lock=self.lock if is_pair and truth.list is ListName.BINDING else None,
            scope=SCOPES.get(subject.kind, Scope.EQUIPMENT),
        )


Named = TypeVar("Named")
Kept = TypeVar("Kept")
Lines: TypeAlias = Mapping[Subject, Said | None]  # None: it is removed


@dataclass(slots=True)
class World:
    """What all sources say."""

    lists: dict[Truth, dict[Subject, Said]] = field(default_factory=dict)
    phones: dict[Truth, dict[str, str]] = field(default_factory=dict)  # by IMEI
    subscribers: dict[str, str] = field(default_factory=dict)
    tacs: dict[str, TacInfo] = field(default_factory=dict)

    def entries(self) -> Iterator[tuple[Subject, Entry]]:
        """Give everything on all lists."""
        for truth, held in self.lists.items():
            for subject, said in held.items():
                yield subject, said.entry(truth, subject)

    def lines(self) -> list[tuple[Subject, Entry, str]]:
        """Give everything with the names of phones, in the order of an export."""
        return [
            (named, held[named].entry(truth, named), self._phone_of(truth, named))
            for truth, held in sorted(self.lists.items(), key=lambda item: _by_rank(item[0]))
            for named in sorted(held)
        ]

    def _phone_of(self, truth: Truth, named: Subject) -> str:
        imei = named.fields.get("imei", "") if named.kind in WITH_ONE_IMEI else ""
        return self.phones.get(truth, {}).get(imei, "")


def _by_rank(truth: Truth) -> tuple[int, str]:
    return truth.list.rank, truth.source


@dataclass(frozen=True, slots=True)
class Full:
    """A whole list of a source."""

    truth: Truth
    lines: Mapping[Subject, Said]
    phones: Mapping[str, str] = field(default_factory=dict)

    def change(self, world: World) -> None:
        """Change a world."""
        world.lists[self.truth] = dict(self.lines)
        world.phones[self.truth] = dict(self.phones)

    def note(self, writer: ListWriter) -> None:
        """Note the same in a store."""
        for kind in Kind:
            table = _numbered(writer, self.truth, kind, self.lines)
            writer.replace_all(self.truth.map(kind), _pages(table, kind.width), Tally())
        devices = _devices(writer, self.phones)
        writer.replace_all(self.truth.devices, _pages(devices, 1), Tally())


@dataclass(frozen=True, slots=True)
class Delta:
    """Some lines of a source."""

    truth: Truth
    lines: Lines
    phones: Mapping[str, str | None] = field(default_factory=dict)

    def change(self, world: World) -> None:
        """Change a world."""
        _amend(world.lists.setdefault(self.truth, {}), self.lines)
        _amend(world.phones.setdefault(self.truth, {}), self.phones)

    def note(self, writer: ListWriter) -> None:
        """Note the same in a store."""
        for kind in Kind:
            table = _numbered(writer, self.truth, kind, self.lines)
            writer.amend(self.truth.map(kind), _pages(table, kind.width), Tally())
        devices = _devices(writer, self.phones)
        writer.amend(self.truth.devices, _pages(devices, 1), Tally())


@dataclass(frozen=True, slots=True)
class Subscribers:
    """The whole map of IMSI to MSISDN."""

    numbers: Mapping[str, str]

    def change(self, world: World) -> None:
        """Change a world."""
        world.subscribers = dict(self.numbers)

    def note(self, writer: ListWriter) -> None:
        """Note the same in a store."""
        table: Table = {
            (number_of(imsi),): number_of(msisdn) for imsi, msisdn in self.numbers.items()
        }
        writer.replace_all(SUBSCRIBERS, _pages(table, 1), Tally())


@dataclass(frozen=True, slots=True)
class Tacs:
    """The whole TAC database; models by type."""

    models: Mapping[str, str]

    def change(self, world: World) -> None:
        """Change a world."""
        world.tacs = {tac: TacInfo(tac, model=model) for tac, model in self.models.items()}

    def note(self, writer: ListWriter) -> None:
        """Note the same in a store."""
        table: Table = {
            (number_of(tac),): writer.intern_text(f'{{"tac":"{tac}","model":"{model}"}}')
            for tac, model in self.models.items()
        }
        writer.replace_all(TACS, _pages(table, 1), Tally())


@dataclass(frozen=True, slots=True)
class Undo:
    """Back to what was so many versions ago, as far as history goes."""

    steps: int


@dataclass(frozen=True, slots=True)
class Heavy:
    """Many entries of each kind that has an overlay, so that few changes go there."""

    reason: str = ""

    @property
    def _list(self) -> Full:
        return Full(Truth(ListName.PROHIBITED, "ballast"), dict.fromkeys(_MANY, Said(self.reason)))

    def change(self, world: World) -> None:
        """Change a world."""
        self._list.change(world)

    def note(self, writer: ListWriter) -> None:
        """Note the same in a store."""
        self._list.note(writer)


Step: TypeAlias = Full | Delta | Subscribers | Tacs | Undo | Heavy


class Story:
    """A store, and what every version of it should say."""

    def __init__(self, path: Path, history_days: int | None = None) -> None:
        self.path = path
        self.versions: list[World] = [World()]  # by number; there is no version 0
        self.history_from = 1
        self._history_days = history_days

    @property
    def now(self) -> World:
        return self.versions[-1]

    @property
    def version(self) -> int:
        return len(self.versions) - 1

    def take(self, step: Step) -> None:
        """Make a version, unless nothing changes; each is made a day after the one before."""
        with writing(self.path, history_days=self._history_days) as writer:
            if isinstance(step, Undo):
                target = max(self.version - step.steps, self.history_from)
                if target > self.version:
                    return
                after = self.versions[target]
                writer.roll_back(target)
            else:
                after = deepcopy(self.now)
                step.change(after)
                step.note(writer)
            if writer.changed:
                at = (START + timedelta(days=self.version)).isoformat()
                record = Record(0, at, "tester", None, "", "", "", "")
                assert writer.commit(record).version == self.version + 1
                self.versions.append(after)
                self._forget()
            else:
                assert after.lines() == self.now.lines()

    def _forget(self) -> None:
        if self._history_days is not None:
            # Version n was made on day n - 1, and served until the next one was. What a version
            # takes the place of can always be asked about.
            self.history_from = max(self.version - max(self._history_days, 1), 1)


def _numbered(writer: ListWriter, truth: Truth, kind: Kind, lines: Lines) -> Table:
    return {
        subject.columns: 0 if said is None else writer.intern(said.entry(truth, subject))
        for subject, said in lines.items()
        if subject.kind is kind
    }


def _devices(writer: ListWriter, phones: Mapping[str, str | None]) -> Table:
    return {
        (number_of(imei),): writer.intern_text(name) if name else 0 for imei, name in phones.items()
    }


def _amend(held: dict[Named, Kept], changes: Mapping[Named, Kept | None]) -> None:
    """Put what is there, and remove what is None."""
    for named, kept in changes.items():
        if kept is None:
            held.pop(named, None)
        else:
            held[named] = kept


def _pages(table: Table, width: int) -> Iterator[Entries]:
    return pages_of(table, width, 16)


def subject(kind: Kind, *digits: str) -> Subject:
    """Name something; empty digits name nothing."""
    return Subject(kind, tuple(number_of(each) if each else 0 for each in digits))


IMEI = st.sampled_from(IMEIS)
PAIRS = st.tuples(
    st.sampled_from(["", *IMEIS[:3]]),
    st.sampled_from(["", *IMSIS]),
    st.sampled_from(["", *MSISDNS]),
)
SUBJECTS = st.one_of(
    IMEI.map(lambda imei: subject(Kind.EQUIPMENT, imei)),
    st.builds(
        lambda imei, svn: subject(Kind.SOFTWARE, imei, svn), IMEI, st.sampled_from(["01", "02"])
    ),
    st.builds(
        lambda one, other, svn: subject(Kind.RANGE, min(one, other), max(one, other), svn),
        IMEI,
        IMEI,
        st.sampled_from(["", "01"]),
    ),
    st.sampled_from(TAC_CODES).map(lambda tac: subject(Kind.TAC, tac)),
    PAIRS.filter(lambda pair: any(pair[1:])).map(lambda pair: subject(Kind.PAIR, *pair)),
    st.sampled_from(OPAQUES).map(lambda each: Subject(Kind.OPAQUE, opaque_columns(each))),
)
REASONS = st.sampled_from(["", "stolen"])
SAYINGS = st.builds(Said, REASONS, st.sampled_from([None, 100]), st.sampled_from(Lock))
PHONES = st.sampled_from(["phone 1", "phone 2"])
FULLS = st.builds(
    Full,
    st.sampled_from(TRUTHS),
    st.dictionaries(SUBJECTS, SAYINGS, max_size=6),
    st.dictionaries(IMEI, PHONES, max_size=3),
)
DELTAS = st.builds(
    Delta,
    st.sampled_from(TRUTHS),
    st.dictionaries(SUBJECTS, st.none() | SAYINGS, min_size=1, max_size=6),
    st.dictionaries(IMEI, st.none() | PHONES, max_size=3),
)
STEPS: st.SearchStrategy[Step] = st.one_of(
    DELTAS,
    DELTAS,
    FULLS,
    st.builds(Subscribers, st.dictionaries(st.sampled_from(IMSIS), st.sampled_from(MSISDNS))),
    st.builds(Tacs, st.dictionaries(st.sampled_from(TAC_CODES), st.sampled_from(["x", "y"]))),
    st.builds(Undo, st.integers(1, 4)),
)

_MANY = [
    made
    for imei in BALLAST
    for made in (
        subject(Kind.EQUIPMENT, imei),
        subject(Kind.PAIR, imei, IMSIS[0], ""),
        subject(Kind.PAIR, imei, "", MSISDNS[0]),
    )
]
