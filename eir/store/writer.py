"""One change of the store: entries, serving maps, history, journal and state in one transaction."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

import lmdb
import numpy as np
import numpy.typing as npt

from eir.lists.subjects import Kind
from eir.store import health, history, journal
from eir.store.arrays import Entries, latest
from eir.store.catalog import Difference, differences_of
from eir.store.catalog_file import (
    read_catalog,
    read_record,
    read_registries,
    write_catalog,
    write_registries,
)
from eir.store.changes import Changes, Tally, amend, replace_all
from eir.store.environment import open_tables
from eir.store.feeds import RegistryState
from eir.store.interning import RowTable
from eir.store.journal import CREATED, Record
from eir.store.layout import (
    VERSION_OCTETS,
    Catalog,
    MapState,
    is_kept,
    keys_of,
    truth_of,
)
from eir.store.map_writer import MapWriter
from eir.store.rows import Entry, encode_row
from eir.store.runs import Sorter
from eir.store.scanning import MapScan
from eir.store.serving import Serving
from eir.store.texts import Texts
from eir.store.view import Contents, ListView


class ListWriter:
    """One write transaction.

    The order of use: `intern` for what lines say; `replace_all`, `amend` or `roll_back` for each
    map; then `commit`.
    """

    def __init__(
        self, environment: lmdb.Environment, scratch: Path, history_days: int | None
    ) -> None:
        self._directory = Path(environment.path())
        self._history_days = history_days
        self.scratch = scratch
        self._transaction = environment.begin(write=True)
        health.refuse_foreign_lock(self._directory, self._transaction.id() - 1)
        self._tables = open_tables(environment, self._transaction)
        self.catalog: Catalog = read_catalog(self._transaction, self._tables)
        self._state = self.catalog.state
        self._maps = dict(self.catalog.maps)
        self._rows = RowTable(self._transaction, self._tables)
        self._changed: dict[str, Changes] = {}
        self._compared = 0
        self.registries: dict[str, RegistryState] = read_registries(self._transaction, self._tables)

    @property
    def version(self) -> int:
        """The version that serves; 0 before the first."""
        return self.catalog.state.version

    def intern(self, entry: Entry) -> int:
        """Return the number under which a line says this."""
        return self._rows.id_of((entry,))

    def intern_all(self, entries: Sequence[Entry]) -> list[int]:
        """Return the numbers under which lines say these."""
        return self._rows.ids_of_texts([encode_row((entry,)) for entry in entries])

    def intern_text(self, text: str) -> int:
        """Return the number that stands for a text."""
        return self._rows.id_of_text(text.encode())

    def intern_texts(self, texts: Sequence[str]) -> list[int]:
        """Return the numbers that stand for texts."""
        return self._rows.ids_of_texts([text.encode() for text in texts])

    def replace_all(self, name: str, lines: Iterable[Entries], tally: Tally) -> None:
        """Note what changes when a map becomes just these sorted, distinct lines."""
        self.note(name, self.compare_all(name, lines, tally))

    def amend(self, name: str, lines: Iterable[Entries], tally: Tally) -> None:
        """Note what changes when sorted, distinct lines are put into a map, or removed with 0."""
        self.note(name, self.compare(name, lines, tally))

    def compare_all(self, name: str, lines: Iterable[Entries], tally: Tally) -> Changes:
        """Give what would change if a map became just these sorted, distinct lines."""
        return self.kept(name, replace_all(lines, self._held(name), keys_of(name), tally))

    def compare(self, name: str, lines: Iterable[Entries], tally: Tally) -> Changes:
        """Give what would change if sorted, distinct lines were put into a map; 0 removes."""
        return self.kept(name, amend(lines, self._scan(name).values, keys_of(name), tally))

    def note(self, name: str, changes: Changes) -> None:
        """Note what changes in a map; it takes the place of what was noted of it before."""
        self._changed.pop(name, None)
        if changes.count:
            self._changed[name] = changes

    def values(self, name: str, keys: Entries) -> Entries:
        """Look up sorted keys in a map as it is; 0 where there is no entry."""
        return self._scan(name).values(keys)

    def held(self, name: str) -> Iterator[Entries]:
        """Give the sorted entries of a map as it is."""
        return self._held(name)

    def begins(self, numbers: Entries, *, always: int) -> npt.NDArray[np.int64]:
        """Tell since when entries are in force, UTC seconds; `always` for those without an instant.

        Each different one is read once.
        """
        unique, places = np.unique(numbers, return_inverse=True)
        instants = (self.texts.entry(number).effective for number in unique.tolist())
        found = np.array([always if i is None else i for i in instants], np.int64)
        return found[places]

    def entries(self, name: str) -> int:
        """Tell how many entries a map has as it is."""
        return self._maps[name].entries if name in self._maps else 0

    def roll_back(self, target: int) -> Tally:
        """Note what changes when everything becomes what version `target` had.

        Raises:
            StoreError: the history does not reach back that far.
        """
        tally = Tally()
        undone = [self.record(version) for version in range(self.version, target, -1)]
        for name in sorted({name for record in undone for name in record.changes}):
            counted = tally if truth_of(name) else Tally()
            found, created = self._before(name, undone)
            if created:
                self.replace_all(name, (part[:, part[-1] != 0] for part in found), counted)
            else:
                self.amend(name, found, counted)
        return tally

    def record(self, version: int) -> Record:
        """Read the journal's record of a version."""
        return read_record(self._transaction, self._tables, version)

    def commit(self, record: Record) -> Record:
        """Write what was noted as the next version, and switch to it.

        Args:
            record: what the journal shall say; version, changes and hashes are filled in.
        """
        changes = self.apply()
        sealed = self._write_journal(replace(record, version=self.version + 1, changes=changes))
        oldest = self._forget(sealed)
        self._state = replace(
            self._state, version=sealed.version, loaded=sealed.at, history_from=oldest
        )
        write_catalog(self._transaction, self._tables, self._now)
        moved = {name: RegistryState.load(said) for name, said in sealed.registries.items()}
        write_registries(self._transaction, self._tables, moved)
        health.reserve(self._directory)
        self._transaction.commit()
        health.seal(self._directory, sealed.version)
        return sealed

    def apply(self) -> dict[str, int]:
        """Change the maps as was noted, in this transaction only; return what the journal says."""
        counts = {name: self._write(name, changes) for name, changes in self._changed.items()}
        self._follow()
        return counts

    @property
    def changed(self) -> dict[str, Changes]:
        """What was noted, by map."""
        return self._changed

    def view(self) -> ListView:
        """Look at the lists as they are in this transaction; to be used before it ends."""
        contents = Contents(self._tables)
        contents.follow(self._transaction, self._now)
        return ListView(contents, self._transaction, lambda _: None)

    @property
    def texts(self) -> Texts:
        """Read what numbers stand for."""
        return Texts(self._transaction, self._tables)

    @property
    def _now(self) -> Catalog:
        """Where everything is in this transaction."""
        return Catalog(self._state, self._maps)

    def end(self) -> None:
        """End the transaction; what was not committed is gone."""
        self._transaction.abort()

    def kept(self, name: str, changes: Iterator[Entries]) -> Changes:
        """Keep sorted changes of a map: key, was, will."""
        self._compared += 1
        kept = Changes(self.scratch / f"changes:{self._compared}:{name}", keys_of(name))
        kept.write(changes)
        return kept

    def _scan(self, name: str) -> MapScan:
        state = self._maps.get(name) or MapState(name, 0)
        return MapScan(self._transaction, self._tables, state)

    def _held(self, name: str) -> Iterator[Entries]:
        return iter(self._scan(name)) if name in self._maps else iter(())

    def _before(self, name: str, undone: list[Record]) -> tuple[Iterator[Entries], bool]:
        """Give what a map had before all of these versions, the newest first, changed it.

        Returns:
            The entries that they found, 0 for those that were not there, and whether there was
            nothing beside them.
        """
        found, created = self._latest_of(name), False
        for record in undone:
            if record.changes.get(name) == CREATED:
                found, created = self._latest_of(name), True
            elif name in record.changes:
                owner = history.owner_of(record.version, self._maps[name].number)
                keys = keys_of(name)
                for part in history.read(self._transaction, self._tables, owner, keys):
                    found.add(part)
        return iter(found), created

    def _latest_of(self, name: str) -> Sorter:
        """Sort by key; what comes last, so from the oldest version, counts."""
        keys = keys_of(name)
        return Sorter(self.scratch, f"was:{name}", keys=keys, settle=partial(latest, keys=keys))

    def _state_of(self, name: str) -> MapState:
        """Give where a map is; a new one gets its number."""
        if name not in self._maps:
            self._state = replace(self._state, maps=self._state.maps + 1)
            self._maps[name] = MapState(name, self._state.maps)
        return self._maps[name]

    def _next_owner(self) -> int:
        self._state = replace(self._state, tables=self._state.tables + 1)
        return self._state.tables

    @property
    def _map_writer(self) -> MapWriter:
        return MapWriter(self._transaction, self._tables, next_owner=self._next_owner)

    def _write(self, name: str, changes: Changes) -> int:
        """Change a map, and keep the way back; return what the journal says of it."""
        state = self._state_of(name)
        created = not state.entries
        written = self._map_writer.put(state, changes.after, changes.count, changes.grown)
        msisdns = state.msisdns or (name.endswith(f":{Kind.PAIR}") and changes.names_last)
        self._maps[name] = replace(written, msisdns=msisdns)
        if created:
            return CREATED
        owner = history.owner_of(self.version + 1, state.number)
        if is_kept(name):
            history.write(self._transaction, self._tables, owner, changes.before, changes.keys)
        return changes.count

    def _follow(self) -> None:
        """Bring up to date what follows from the changed maps."""
        serving = Serving(
            self._transaction,
            self._tables,
            rows=self._rows,
            writer=self._map_writer,
            scratch=self.scratch,
            state_of=self._state_of,
        )
        for state in serving.follow(self._now, self._changed):
            self._maps[state.name] = state

    def _forget(self, record: Record) -> int:
        """Forget history that is too old; return the oldest version that can be asked about.

        The version that this one takes the place of stays: there is always a way back.
        """
        oldest = self._state.history_from
        if self._history_days is None:
            return oldest
        limit = datetime.fromisoformat(record.at) - timedelta(days=self._history_days)
        while oldest < self.version and self._ended(oldest) <= limit:
            oldest += 1
        if oldest > self._state.history_from:
            history.forget(self._transaction, self._tables, before=oldest)
        return oldest

    def _ended(self, version: int) -> datetime:
        """When the next version took over."""
        return datetime.fromisoformat(self.record(version + 1).at)

    def _write_journal(self, record: Record) -> Record:
        previous = self.record(self.version) if self.version else None
        sealed = journal.seal(record, previous)
        key = sealed.version.to_bytes(VERSION_OCTETS, "big")
        self._transaction.put(key, journal.encode(sealed), db=self._tables.journal)
        return sealed


def noted_differences(writer: ListWriter) -> Iterator[Difference]:
    """Give every entry that what was noted changes."""
    texts = writer.texts
    for name, changes in writer.changed.items():
        if found := truth_of(name):
            for part in changes:
                yield from differences_of(found[1], part, texts)
