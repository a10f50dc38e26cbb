"""What the wire asks of one version of the lists: the maps that serve, read in one transaction."""

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import wraps
from typing import Concatenate, ParamSpec, TypeVar

import lmdb

from eir.errors import StoreError
from eir.lists.lines import beginning_with
from eir.lists.subjects import (
    Equipment,
    Kind,
    Opaque,
    Subject,
    digits_of,
    equipment_subject,
    number_of,
    opaque_columns,
)
from eir.lists.tac import TacInfo
from eir.store.catalog_file import read_catalog
from eir.store.environment import Tables, Transaction, failure
from eir.store.known import KnownBlocks
from eir.store.layout import (
    EQUIPMENT,
    IMSI,
    MSISDN,
    OPAQUE,
    SEGMENTS,
    SUBSCRIBERS,
    TACS,
    Catalog,
    MapState,
    Truth,
)
from eir.store.looking import MapLookup
from eir.store.rows import Entry, Member, Row, sort_row, unseal_row
from eir.store.texts import Rows, id_octets, sealed_text
from protocols.identities import Imei

_GARBLED = (lmdb.Error, MemoryError, StoreError)  # a garbled length asks for any amount

Asked = ParamSpec("Asked")
Found = TypeVar("Found")

_KEPT = 65_536  # types held in memory


class Contents:
    """What is in a store: its tables, its catalog as of one transaction, rows met so far."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables
        self.row = Rows(tables.rows).row
        self._tacs: dict[int, TacInfo] = {}
        self._sound: set[bytes] = set()
        self._known = KnownBlocks()
        self.catalog = Catalog()
        self.holds = self.catalog.holds
        self.names_msisdns = False
        self.shown: list[tuple[Truth, Kind, MapState]] = []
        self.pairs: list[tuple[Truth, Kind, MapState]] = []

    def follow(self, transaction: Transaction, catalog: Catalog | None = None) -> None:
        """Follow a switch to another version; its catalog is read where none is given."""
        self.catalog = catalog or read_catalog(transaction, self._tables)
        self.holds = self.catalog.holds
        self.names_msisdns = self.catalog.names_msisdns
        self.shown = self.catalog.shown()
        self.pairs = self.catalog.asked(Kind.PAIR)
        self._known.keep({state.table for state in self.catalog.maps.values()})

    def lookup(self, transaction: Transaction, name: str) -> MapLookup:
        """Look into a map; one that is not there has no entry."""
        state = self.catalog.maps.get(name) or MapState(name, 0)
        known = self._known.of(state)
        return MapLookup(transaction, self._tables, state, self._sound, known)

    def tac_info(self, number: int, transaction: Transaction) -> TacInfo:
        """Read what is known of a type."""
        info = self._tacs.get(number)
        if info is None:
            octets = sealed_text(transaction, self._tables.rows, number)
            text = unseal_row(id_octets(number), octets)
            info = TacInfo(**json.loads(text))
            if len(self._tacs) >= _KEPT:
                self._tacs.clear()
            self._tacs[number] = info
        return info


def _trusting(
    ask: "Callable[Concatenate[ListView, Asked], Found]",
) -> "Callable[Concatenate[ListView, Asked], Found]":
    """Condemn the store when it turns out to be garbled."""

    @wraps(ask)
    def trusting(view: "ListView", /, *asked: Asked.args, **named: Asked.kwargs) -> Found:
        try:
            return ask(view, *asked, **named)
        except _GARBLED as error:
            raise view.condemned(error) from error

    return trusting


class ListView:
    """One version of the lists: what the rules ask (`eir.decision.view`), a batch at a time."""

    __slots__ = ("_contents", "_lookups", "_transaction", "condemn", "holds", "version")

    def __init__(
        self,
        contents: Contents,
        transaction: Transaction,
        condemn: Callable[[StoreError], None],
    ) -> None:
        """Look at what is there.

        Args:
            contents: of the transaction.
            transaction: ends with the batch.
            condemn: is told when the store turns out to be garbled.
        """
        self._contents = contents
        self._transaction = transaction
        self.condemn = condemn
        self._lookups: dict[str, MapLookup] = {}
        self.version = contents.catalog.state.version
        self.holds = contents.holds

    def renew(self, transaction: Transaction) -> None:
        """Begin another batch, in a transaction that is on the same version."""
        self._transaction = transaction
        for lookup in self._lookups.values():
            lookup.renew(transaction)

    @property
    def numbering(self) -> object:
        """What the numbers of rows belong to: no id is used again in one store."""
        return self._contents

    @property
    def has_tacs(self) -> bool:
        """Whether a TAC database is loaded."""
        return self._has(TACS)

    @property
    def has_subscribers(self) -> bool:
        """Whether the map of IMSI to MSISDN is loaded."""
        return self._has(SUBSCRIBERS)

    @property
    def names_msisdns(self) -> bool:
        """Whether an entry may name an MSISDN."""
        return self._contents.names_msisdns

    @_trusting
    def row_of(self, equipment: Equipment) -> Row:
        """Return the entries on this very identity."""
        if isinstance(equipment, Opaque):
            number = self._map(OPAQUE).value(*opaque_columns(equipment))
        else:
            number = self._map(EQUIPMENT).single(number_of(equipment.digits))
        return self._row(number) if number else ()

    @_trusting
    def ranges_of(self, imei: Imei) -> Row:
        """Return the entries of ranges and types around an IMEI, the narrowest first."""
        number = number_of(imei.digits)
        found = self._map(SEGMENTS).first_from(number)
        if found is None:
            return ()
        (last, first), row_number = found
        if number < first:
            return ()
        span = (digits_of(first), digits_of(last))
        row = self._row(row_number)
        return tuple(entry if entry.span else replace(entry, span=span) for entry in row)

    @_trusting
    def members_of_equipment(self, imei: Imei) -> tuple[Member, ...]:
        """Return what names this equipment together with a subscriber."""
        number = number_of(imei.digits)
        said: dict[tuple[int, ...], list[Entry]] = {}
        for _, _, state in self._contents.pairs:
            for key, entry in self._map(state.name).starting_with(number):
                said.setdefault(key, []).extend(self._row(entry))
        return tuple(
            Member(imei.digits, digits_of(imsi), digits_of(msisdn), sort_row(entries))
            for (_, imsi, msisdn), entries in sorted(said.items())
        )

    @_trusting
    def members_of_imsi(self, imsi: str) -> tuple[Member, ...]:
        """Return what names this IMSI, with and without equipment."""
        found = self._map(IMSI).starting_with(number_of(imsi))
        return tuple(
            Member(digits_of(imei), imsi, digits_of(msisdn), self._row(number))
            for (_, imei, msisdn), number in found
        )

    @_trusting
    def members_of_msisdn(self, msisdn: str) -> tuple[Member, ...]:
        """Return what names this MSISDN and no IMSI."""
        found = self._map(MSISDN).starting_with(number_of(msisdn))
        return tuple(
            Member(digits_of(imei), "", msisdn, self._row(number)) for (_, imei), number in found
        )

    @_trusting
    def msisdn_of(self, imsi: str) -> str | None:
        """Return the subscriber's number, where it is known."""
        number = self._map(SUBSCRIBERS).single(number_of(imsi))
        return digits_of(number) if number else None

    @_trusting
    def tac_info(self, tac: str) -> TacInfo | None:
        """Return what the TAC database says of a type; None: not allocated there."""
        number = self._map(TACS).single(number_of(tac))
        return self._contents.tac_info(number, self._transaction) if number else None

    # Every check asks the following, so it is done in fewer steps than by `_trusting`.

    def row_number(self, imei: int) -> int:
        """Return the number of the row on this very IMEI; 0: nothing names it."""
        try:
            return (self._lookups.get(EQUIPMENT) or self._map(EQUIPMENT)).single(imei)
        except _GARBLED as error:
            raise self.condemned(error) from error

    def row_numbers(self, imeis: Sequence[int]) -> list[int]:
        """Return the number of the row of each of some IMEIs."""
        try:
            return (self._lookups.get(EQUIPMENT) or self._map(EQUIPMENT)).singles(imeis)
        except _GARBLED as error:
            raise self.condemned(error) from error

    def ranges_number(self, imei: int) -> int:
        """Return the number of the row of ranges and types around an IMEI; 0: there are none."""
        try:
            return (self._lookups.get(SEGMENTS) or self._map(SEGMENTS)).covering(imei)
        except _GARBLED as error:
            raise self.condemned(error) from error

    def member_numbers(self, imsi: int) -> list[tuple[int, ...]]:
        """Return what names an IMSI: IMEI and MSISDN, 0 where it names none, and its row."""
        try:
            return (self._lookups.get(IMSI) or self._map(IMSI)).rests(imsi)
        except _GARBLED as error:
            raise self.condemned(error) from error

    @_trusting
    def notices_of(self, equipment: Equipment) -> list[tuple[Subject, Row]]:
        """Return what is only for people about this very equipment, by itself or with another."""
        subject = equipment_subject(equipment)
        return [
            (Subject(kind, key), self._row(number))
            for _, kind, state in self._contents.shown
            if kind in beginning_with(subject)
            for key, number in self._map(state.name).starting_with(*subject.columns)
        ]

    def condemned(self, error: lmdb.Error | MemoryError | StoreError) -> StoreError:
        """Condemn the store, and say why."""
        why = error if isinstance(error, StoreError) else failure(error)
        self.condemn(why)
        return why

    def end(self) -> None:
        """End the batch; the view must not be used before the next one."""
        self._transaction.abort()

    def _has(self, name: str) -> bool:
        state = self._contents.catalog.maps.get(name)
        return state is not None and state.entries > 0

    def _map(self, name: str) -> MapLookup:
        lookup = self._lookups.get(name)
        if lookup is None:
            lookup = self._lookups[name] = self._contents.lookup(self._transaction, name)
        return lookup

    def _row(self, number: int) -> Row:
        return self._contents.row(number, self._transaction)
