"""What a line is about: the one definition of it.

A line names one subject, by the key columns that it fills:

    imei                          an equipment; opaque where it is no IMEI
    imei, svn                     an equipment with that software version
    imei, imei_to                 a range, perhaps with svn
    tac                           a type
    imsi or msisdn or both        a subscriber, perhaps with imei: a pair

Every ValueError is a reason that may be shown: it repeats no identity.
"""

from typing import TypeAlias

from eir.lists.cells import (
    bare,
    is_digits,
    parse_identity,
    parse_imei,
    parse_imsi,
    parse_msisdn,
    parse_svn,
    parse_tac,
)
from eir.lists.columns import KEYS
from eir.lists.names import ListName
from eir.lists.subjects import ANY, Kind, Subject, equipment_subject, number_of, opaque_of

WITH_ONE_IMEI = frozenset((Kind.EQUIPMENT, Kind.SOFTWARE, Kind.PAIR))
_TAC_LISTS = (ListName.TAC_BARRED, ListName.TAC_PERMITTED)

Cells: TypeAlias = dict[str, str]  # of one line, by column


def read_subject(cells: Cells, name: ListName) -> Subject:
    """Read what a line of this list is about."""
    filled = {key: cells[key] for key in KEYS if key in cells and bare(cells[key])}
    if "svn" in filled and not parse_svn(filled["svn"]):
        del filled["svn"]
    subject = _subject(filled)
    if not may_hold(name, subject.kind, with_imei="imei" in filled):
        raise ValueError(_WANTED.get(name, _BINDS))
    return subject


def may_hold(name: ListName, kind: Kind, *, with_imei: bool) -> bool:
    """Tell which subjects a list has."""
    if name in _TAC_LISTS:
        return kind is Kind.TAC
    if name is ListName.BINDING:
        return kind is Kind.PAIR and with_imei
    return True


_BINDS = "the binding list ties an IMEI to an IMSI or an MSISDN: both are needed"
_WANTED = dict.fromkeys(_TAC_LISTS, "this list has types: a TAC is needed, and nothing beside it")


def _subject(filled: Cells) -> Subject:
    match tuple(filled):
        case ():
            raise ValueError("no IMEI, TAC or subscriber")
        case ("imei",):
            return equipment_subject(parse_identity(filled["imei"]))
        case ("imei", "svn"):
            return Subject(Kind.SOFTWARE, (_imei(filled["imei"]), number_of(filled["svn"])))
        case ("imei", "imei_to", *_) if not filled.keys() & {"tac", "imsi", "msisdn"}:
            return _range(_imei(filled["imei"]), _imei(filled["imei_to"]), filled.get("svn", ""))
        case ("tac",):
            return Subject(Kind.TAC, (number_of(parse_tac(filled["tac"])),))
        case (("imei_to" | "svn") as alone,):
            raise ValueError(f"{alone} says nothing without imei")
    if filled.keys() <= {"imei", "imsi", "msisdn"}:
        return _pair(filled)
    raise ValueError(f"no line is about {' and '.join(filled)} at once")


def _imei(text: str) -> int:
    return number_of(parse_imei(text).digits)


def _range(first: int, last: int, svn: str) -> Subject:
    if last < first:
        raise ValueError("the range ends before it begins")
    if last > first:
        return Subject(Kind.RANGE, (first, last, number_of(svn) if svn else ANY))
    if svn:
        return Subject(Kind.SOFTWARE, (first, number_of(svn)))
    return Subject(Kind.EQUIPMENT, (first,))


def _pair(filled: Cells) -> Subject:
    imei = _imei(filled["imei"]) if "imei" in filled else ANY
    imsi = number_of(parse_imsi(filled["imsi"])) if "imsi" in filled else ANY
    msisdn = number_of(parse_msisdn(filled["msisdn"])) if "msisdn" in filled else ANY
    return Subject(Kind.PAIR, (imei, imsi, msisdn))


def version_of(subject: Subject) -> int:
    """Give the number of the software version that a subject names; `ANY` where it names none."""
    match subject.kind:
        case Kind.SOFTWARE:
            return subject.columns[1]
        case Kind.RANGE:
            return subject.columns[2]
        case _:
            return ANY


def beginning_with(subject: Subject) -> frozenset[Kind]:
    """Name the kinds whose subjects may begin with an equipment."""
    return WITH_ONE_IMEI if subject.kind is Kind.EQUIPMENT else frozenset((subject.kind,))


def imei_of(subject: Subject) -> int:
    """Give the number of the one IMEI that a subject names; `ANY` where it names none or many."""
    return subject.columns[0] if subject.kind in WITH_ONE_IMEI else ANY


def refuse_cut(subject: Subject) -> None:
    """Refuse, where a file ends without the end of its line, digits that may be part of an IMEI."""
    if subject.kind is Kind.OPAQUE and is_digits(text := opaque_of(subject.columns).text):
        raise ValueError(f"an IMEI has 14 to 16 digits, not {len(text)}")
