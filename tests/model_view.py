"""A world of the model as the rules of the program may ask for it."""

from collections.abc import Iterator
from dataclasses import replace

from eir.decision.view import Member
from eir.lists.names import ListName
from eir.lists.subjects import Equipment, Kind, Opaque
from eir.lists.tac import TacInfo
from eir.store.rows import Entry, Row, Scope
from protocols.identities import Imei
from tests.model import Said, Subject, World, is_imei
from tests.numbered import Numbered

SCOPES = {
    Kind.PAIR: Scope.PAIR,
    Kind.TAC: Scope.TAC,
    Kind.RANGE: Scope.RANGE,
}

BY_IMSI = (ListName.PROTECTED, ListName.EXCEPTION, ListName.BINDING)


class ModelView(Numbered):
    """Answers from dictionaries what `eir.decision.view.View` asks."""

    def __init__(self, world: World, version: int) -> None:
        self.version = version
        self._world = world
        self._entries = [
            (subject, entry_of(on, source, subject, said))
            for (on, source), entries in world.lists.items()
            for subject, said in entries.items()
        ]

    @property
    def holds(self) -> frozenset[tuple[ListName, Kind]]:
        return frozenset((entry.list, kind_of(subject)) for subject, entry in self._entries)

    @property
    def has_tacs(self) -> bool:
        return self._world.tacs is not None

    @property
    def has_subscribers(self) -> bool:
        return self._world.subscribers is not None

    @property
    def names_msisdns(self) -> bool:
        # Where these lists say an IMSI, they do not ask for the number beside it.
        return any(
            subject.msisdn and not (subject.imsi and entry.list in BY_IMSI)
            for subject, entry in self._entries
        )

    def row_of(self, equipment: Equipment) -> Row:
        identity = equipment.text if isinstance(equipment, Opaque) else equipment.digits
        row = set()
        for subject, entry in self._entries:
            if subject.imei == identity and kind_of(subject) is not Kind.RANGE:
                # A pair is told without its subscriber, and without what is said of that.
                row.add(replace(entry, reason="") if entry.scope is Scope.PAIR else entry)
        return tuple(sorted(row, key=order_of_row))

    def ranges_of(self, imei: Imei) -> Row:
        row = [
            entry
            for _, entry in self._entries
            if entry.span is not None and entry.span[0] <= imei.digits <= entry.span[1]
        ]
        return tuple(sorted(row, key=order_of_ranges))

    def members_of_equipment(self, imei: Imei) -> tuple[Member, ...]:
        return self._members(
            subject
            for subject, _ in self._entries
            if subject.imei == imei.digits and kind_of(subject) is Kind.PAIR
        )

    def members_of_imsi(self, imsi: str) -> tuple[Member, ...]:
        return self._members(subject for subject, _ in self._entries if subject.imsi == imsi)

    def members_of_msisdn(self, msisdn: str) -> tuple[Member, ...]:
        return self._members(
            subject for subject, _ in self._entries if subject.msisdn == msisdn and not subject.imsi
        )

    def msisdn_of(self, imsi: str) -> str | None:
        return (self._world.subscribers or {}).get(imsi)

    def tac_info(self, tac: str) -> TacInfo | None:
        tacs = self._world.tacs or {}
        return TacInfo(tac, device_type=tacs[tac]) if tac in tacs else None

    def end(self) -> None:
        """Nothing is held."""

    def _members(self, subjects: Iterator[Subject]) -> tuple[Member, ...]:
        return tuple(
            Member(named.imei, named.imsi, named.msisdn, self._row_on(named))
            for named in sorted(set(subjects))
        )

    def _row_on(self, named: Subject) -> Row:
        row = [entry for subject, entry in self._entries if subject == named]
        return tuple(sorted(row, key=order_of_row))


def kind_of(subject: Subject) -> Kind:
    """Name the kind of a subject by what it fills."""
    if subject.imsi or subject.msisdn:
        return Kind.PAIR
    if subject.tac:
        return Kind.TAC
    if subject.imei_to:
        return Kind.RANGE
    if not is_imei(subject.imei):
        return Kind.OPAQUE
    return Kind.SOFTWARE if subject.svn else Kind.EQUIPMENT


def entry_of(on: ListName, source: str, subject: Subject, said: Said) -> Entry:
    """Say it as a row does."""
    kind = kind_of(subject)
    span = {
        Kind.TAC: (subject.tac + "000000", subject.tac + "999999"),
        Kind.RANGE: (subject.imei, subject.imei_to),
    }
    return Entry(
        list=on,
        source=source,
        reason=said.reason,
        effective=said.effective,
        expires=said.expires,
        svn=subject.svn,
        lock=said.lock,
        then=said.then,
        scope=SCOPES.get(kind, Scope.EQUIPMENT),
        span=span.get(kind),
    )


def order_of_row(entry: Entry) -> tuple[int, bool, bool, str, str, str]:
    """Put a row in its order: by list, pairs first, with software version first, by source."""
    rank = list(ListName).index(entry.list)
    return rank, entry.scope is not Scope.PAIR, not entry.svn, entry.source, entry.svn, repr(entry)


def order_of_ranges(entry: Entry) -> tuple[int, int, str, str]:
    """Put ranges in their order: by list, the narrowest first."""
    assert entry.span is not None
    width = int(entry.span[1]) - int(entry.span[0])
    return list(ListName).index(entry.list), width, entry.source, entry.reason
