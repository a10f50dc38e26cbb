"""What rules should be told of a world: every entry is looked at, for every question."""

from dataclasses import dataclass, replace
from pathlib import Path

from eir.decision.view import View
from eir.lists.names import ListName
from eir.lists.subjects import Equipment, Kind, Opaque, Subject, digits_of, opaque_of
from eir.lists.tac import TacInfo
from eir.store.reader import open_now
from eir.store.rows import Entry, Member, Row, sort_row
from protocols.identities import Imei
from tests.eir.store.worlds import BALLAST, IMEIS, IMSIS, MSISDNS, OPAQUES, TAC_CODES, World


@dataclass(frozen=True, slots=True)
class Told:
    """Everything that a view answers about the numbers that occur."""

    holds: frozenset[tuple[ListName, Kind]]
    has: tuple[bool, bool]
    rows: dict[Equipment, Row]
    ranges: dict[Imei, Row]
    of_equipment: dict[Imei, tuple[Member, ...]]
    of_imsi: dict[str, tuple[Member, ...]]
    of_msisdn: dict[str, tuple[Member, ...]]
    msisdns: dict[str, str | None]
    tacs: dict[str, TacInfo | None]


ASKED = [Imei(digits) for digits in (*IMEIS, *BALLAST[:2], "35209901555555", "99999999999999")]
IDENTITIES: list[Equipment] = [*ASKED, *OPAQUES]


def told_by(view: View) -> Told:
    """Ask a view everything."""
    return Told(
        holds=view.holds,
        has=(view.has_tacs, view.has_subscribers),
        rows={each: view.row_of(each) for each in IDENTITIES},
        ranges={imei: view.ranges_of(imei) for imei in ASKED},
        of_equipment={imei: view.members_of_equipment(imei) for imei in ASKED},
        of_imsi={imsi: view.members_of_imsi(imsi) for imsi in (*IMSIS, "99")},
        of_msisdn={msisdn: view.members_of_msisdn(msisdn) for msisdn in (*MSISDNS, "99")},
        msisdns={imsi: view.msisdn_of(imsi) for imsi in (*IMSIS, "99")},
        tacs={tac: view.tac_info(tac) for tac in (*TAC_CODES, "99999999")},
    )


def told_now(path: Path) -> Told:
    """Ask what serves under `store.path`."""
    with open_now(path) as view:
        return told_by(view)


def told_of(world: World) -> Told:
    """Say what a view of a world should answer."""
    entries = list(world.entries())
    every = _members(entries)

    def members(part: str, digits: str) -> tuple[Member, ...]:
        return tuple(member for member in every if getattr(member, part) == digits)

    return Told(
        holds=frozenset((entry.list, subject.kind) for subject, entry in entries),
        has=(bool(world.tacs), bool(world.subscribers)),
        rows={each: _row(entries, each) for each in IDENTITIES},
        ranges={imei: _ranges(entries, imei) for imei in ASKED},
        of_equipment={imei: members("imei", imei.digits) for imei in ASKED},
        of_imsi={imsi: members("imsi", imsi) for imsi in (*IMSIS, "99")},
        of_msisdn={
            msisdn: tuple(m for m in members("msisdn", msisdn) if not m.imsi)
            for msisdn in (*MSISDNS, "99")
        },
        msisdns={imsi: world.subscribers.get(imsi) for imsi in (*IMSIS, "99")},
        tacs={tac: world.tacs.get(tac) for tac in (*TAC_CODES, "99999999")},
    )


Said = list[tuple[Subject, Entry]]


def _row(entries: Said, equipment: Equipment) -> Row:
    if isinstance(equipment, Opaque):
        named = (
            e for s, e in entries if s.kind is Kind.OPAQUE and opaque_of(s.columns) == equipment
        )
        return sort_row(list(named))
    found = set()
    for subject, entry in entries:
        if subject.kind in {Kind.EQUIPMENT, Kind.SOFTWARE} and _imei(subject) == equipment.digits:
            found.add(entry)
        if subject.kind is Kind.PAIR and _imei(subject) == equipment.digits:
            found.add(replace(entry, reason=""))
    return sort_row(list(found))


def _imei(subject: Subject) -> str:
    return digits_of(subject.columns[0])


def _ranges(entries: Said, imei: Imei) -> Row:
    covering = []
    for subject, entry in entries:
        if subject.extent:
            first, last = (digits_of(number) for number in subject.extent)
            if first <= imei.digits <= last:
                covering.append((int(last) - int(first), replace(entry, span=(first, last))))
    return sort_row([entry for _, entry in sorted(covering, key=lambda item: item[0])])


def _members(entries: Said) -> tuple[Member, ...]:
    rows: dict[tuple[str, str, str], list[Entry]] = {}
    for subject, entry in entries:
        if subject.kind is Kind.PAIR:
            imei, imsi, msisdn = map(digits_of, subject.columns)
            rows.setdefault((imei, imsi, msisdn), []).append(entry)
    members = [Member(*names, sort_row(said)) for names, said in rows.items()]
    return tuple(sorted(members, key=_by_subscriber))


def _by_subscriber(member: Member) -> list[tuple[int, str]]:
    """Shorter numbers first."""
    return [(len(digits), digits) for digits in (member.imsi, member.imei, member.msisdn)]


def in_any_order(told: Told) -> Told:
    """Leave out in which order ranges of the same extent are told: by number, in a store."""
    ranges = {
        imei: tuple(sorted(row, key=lambda entry: (entry.list.rank, _width(entry), repr(entry))))
        for imei, row in told.ranges.items()
    }
    return replace(told, ranges=ranges)


def _width(entry: Entry) -> int:
    assert entry.span is not None
    return int(entry.span[1]) - int(entry.span[0])
