"""What people ask of the lists: entries, versions, what differs between two, how many there are."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from eir.errors import HistoryError
from eir.lists.lines import WITH_ONE_IMEI, beginning_with, imei_of
from eir.lists.names import ListName
from eir.lists.subjects import Kind, Subject, digits_of, number_of
from eir.store import journal
from eir.store.arrays import Entries
from eir.store.block import damaged
from eir.store.catalog_file import read_catalog
from eir.store.environment import Tables, Transaction, open_tables, reading
from eir.store.health import DATA
from eir.store.journal import Record
from eir.store.layout import (
    SUBSCRIBERS,
    TACS,
    Catalog,
    MapState,
    State,
    Truth,
    lists_directory,
)
from eir.store.past import Past
from eir.store.rows import Entry
from eir.store.sizes import octets_of
from eir.store.texts import Texts
from eir.store.view import Contents, ListView


@dataclass(frozen=True, slots=True)
class Line:
    """One entry with what it is about; its repr is without personal data.

    Attributes:
        subject: what it is about.
        entry: what is said.
        device: the name of the phone that the equipment is part of; empty where none is given.
    """

    subject: Subject
    entry: Entry
    device: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Difference:
    """One entry that is not the same in two versions.

    Attributes:
        subject: what it is about.
        before: what was said; None: nothing.
        after: what is said; None: nothing.
    """

    subject: Subject
    before: Entry | None
    after: Entry | None

    @property
    def entry(self) -> Entry:
        """What is said, or else was."""
        found = self.after or self.before
        assert found is not None  # noqa: S101 - there is one of them
        return found


@dataclass(frozen=True, slots=True)
class Stats:
    """The store in numbers.

    Attributes:
        state: the version that serves, and when it was made.
        last: the journal's record of that version.
        entries: how many each source put on each list, by kind.
        subscribers: how many the map of IMSI to MSISDN has.
        tacs: how many types the TAC database has.
        octets: size of the file.
        age: seconds since the version that serves was made.
    """

    state: State
    last: Record
    entries: dict[tuple[Truth, Kind], int]
    subscribers: int
    tacs: int
    octets: int
    age: float


def differences_of(kind: Kind, changes: Entries, texts: Texts) -> Iterator[Difference]:
    """Read what changed in a map: key, value that was, value that is, 0 for none."""
    for column in changes.T.tolist():
        was, will = column[-2:]
        yield Difference(
            Subject(kind, tuple(column[:-2])),
            texts.entry(was) if was else None,
            texts.entry(will) if will else None,
        )


class Lists:
    """One version of the lists, open to be read whole."""

    def __init__(self, transaction: Transaction, tables: Tables, version: int | None) -> None:
        self._transaction = transaction
        self._tables = tables
        self.catalog: Catalog = read_catalog(transaction, tables)
        self._texts = Texts(transaction, tables)
        self.past = Past(transaction, tables, self.catalog, version)
        self.version = self.past.version

    def lines(self, name: ListName | None = None, source: str | None = None) -> Iterator[Line]:
        """Give the entries of a list, or all; by list, source, kind and subject."""
        for truth, kind, state in self._chosen(name, source):
            devices = self.past.state(truth.devices)
            for part in self.past.scan(state):
                names = self._devices(devices, kind, part)
                for column, device in zip(part.T.tolist(), names, strict=True):
                    entry = self._texts.entry(column[-1])
                    text = self._texts.text(device) if device else ""
                    yield Line(Subject(kind, tuple(column[:-1])), entry, text)

    def lines_about(self, subject: Subject) -> list[Line]:
        """Give what names this very subject: an equipment with all that begins with it."""
        kinds = beginning_with(subject)
        found = []
        for truth, kind, state in self._chosen(None, None):
            if kind in kinds:
                for key, number in self.past.starting_with(state, subject.columns):
                    found.append(self.line(truth, Subject(kind, key), number))
        return found

    def line(self, truth: Truth, subject: Subject, number: int) -> Line:
        """Read what a source says of a subject, given the number that stands for it."""
        imei = imei_of(subject)
        device = self.device_of(truth, imei) if imei else ""
        return Line(subject, self._texts.entry(number), device)

    def entry(self, number: int) -> Entry:
        """Read what a number stands for."""
        return self._texts.entry(number)

    def text(self, number: int) -> str:
        """Read a text that a number stands for."""
        return self._texts.text(number)

    def device_of(self, truth: Truth, imei: int) -> str:
        """Name the phone of an equipment; empty where the source does not say."""
        number = self.past.value(truth.devices, (imei,))
        return self._texts.text(number) if number else ""

    def siblings_of(self, truth: Truth, imei: str) -> list[str]:
        """Give the other IMEIs of the same phone, 14 digits each, as the source has them now."""
        own = number_of(imei)
        number = self.past.value(truth.devices, (own,))
        state = self.catalog.maps.get(truth.siblings)
        if not number or state is None:
            return []
        entries = self.past.current(state).starting_with(np.array([number], np.uint64))
        return [digits_of(other) for other in entries[1].tolist() if other != own]

    def view(self) -> ListView:
        """Look at the version that serves as the rules do; the view ends with these lists."""
        contents = Contents(self._tables)
        contents.follow(self._transaction, self.catalog)
        return ListView(contents, self._transaction, lambda _: None)

    def subscribers(self) -> Iterator[tuple[str, str]]:
        """Give every IMSI and its MSISDN."""
        state = self.past.state(SUBSCRIBERS)
        for part in self.past.scan(state):
            for imsi, msisdn in part.T.tolist():
                yield digits_of(imsi), digits_of(msisdn)

    def differences(self, since: int) -> Iterator[Difference]:
        """Give the entries that changed after version `since`, up to this one.

        Raises:
            StoreError: the history does not reach back that far.
        """
        earlier = Past(self._transaction, self._tables, self.catalog, since)
        for _, kind, state in self._every():
            if not (set(self.past.changed(state)) ^ set(earlier.changed(state))):
                continue
            for part in earlier.against(self.past, state):
                yield from differences_of(kind, part, self._texts)

    def octets_of(self, truth: Truth) -> int:
        """Estimate what a source's part of a list takes in the file, as it is now."""
        owned = (state for name, state in self.catalog.maps.items() if truth.owns(name))
        return sum(octets_of(self._transaction, self._tables, state) for state in owned)

    def record(self, version: int) -> Record:
        """Read the journal's record of a version."""
        return self.past.record(version)

    def records(self) -> Iterator[Record]:
        """Give the journal, the newest version first."""
        cursor = self._transaction.cursor(self._tables.journal)
        for octets in cursor.iterprev(keys=False):
            yield journal.decode(octets)

    def _every(self) -> list[tuple[Truth, Kind, MapState]]:
        return self.catalog.truths(*Kind, empty=True)

    def _chosen(
        self, name: ListName | None, source: str | None
    ) -> list[tuple[Truth, Kind, MapState]]:
        return [
            (truth, kind, state)
            for truth, kind, state in self._every()
            if name in (None, truth.list) and source in (None, truth.source)
        ]

    def _devices(self, state: MapState, kind: Kind, part: Entries) -> list[int]:
        """Give the numbers of the phones that entries name; 0 where they name none."""
        if kind not in WITH_ONE_IMEI or not self.past.holds(state):
            return [0] * part.shape[1]
        imeis, places = np.unique(part[0], return_inverse=True)
        found: list[int] = self.past.values(state, imeis[None])[places].tolist()
        return found


@contextmanager
def reading_lists(path: Path, version: int | None = None) -> Iterator[Lists]:
    """Open the lists under `store.path`, as they are or as a version had them.

    Raises:
        StoreError: they cannot be read.
        HistoryError: there is no such version, or its history is gone.
    """
    with reading(path) as environment:
        tables = open_tables(environment)
        with environment.begin() as transaction:
            yield Lists(transaction, tables, version)


def stats(path: Path, now: datetime) -> Stats:
    """Count what is in the lists under `store.path`, as of `now`.

    Raises:
        StoreError: they cannot be read.
    """
    with reading_lists(path) as lists:
        catalog = lists.catalog
        if not catalog.state.version:
            raise damaged("it has no version")
        entries = {(truth, kind): state.entries for truth, kind, state in catalog.truths()}
        counts = {name: state.entries for name, state in catalog.maps.items()}
        last = lists.record(catalog.state.version)
    octets = (lists_directory(path) / DATA).stat().st_size
    age = (now - datetime.fromisoformat(catalog.state.loaded)).total_seconds()
    return Stats(
        state=catalog.state,
        last=last,
        entries=entries,
        subscribers=counts.get(SUBSCRIBERS, 0),
        tacs=counts.get(TACS, 0),
        octets=octets,
        age=age,
    )


def version_at(path: Path, instant: datetime) -> int:
    """Find the version that served at an instant.

    Raises:
        HistoryError: there was none yet.
    """
    first = "never"
    with reading_lists(path) as lists:
        for record in lists.records():
            if datetime.fromisoformat(record.at) <= instant.astimezone(UTC):
                return record.version
            first = record.at
    raise HistoryError(
        f"no list was loaded then: the first version was made {first}",
        next_step="ask about a later time: eir lists versions",
    )
