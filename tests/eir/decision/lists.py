"""Lists that are a tuple of lines, as rules may ask for them; they count what is read."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from eir.config import Decision
from eir.decision.explain import Explanation, explain
from eir.decision.facts import Facts
from eir.decision.override import Override
from eir.decision.plan import Plan, plan_of
from eir.decision.policy import Policy
from eir.decision.rule import Basis
from eir.decision.verdict import Check, Verdict
from eir.decision.view import Member
from eir.errors import StoreError
from eir.lists.names import ListName, Lock
from eir.lists.subjects import Equipment, Kind, Opaque, normalise
from eir.lists.tac import TacInfo
from eir.store.rows import Entry, Row, Scope, sort_row
from protocols.identities import Imei
from tests.numbered import Numbered

IMEI = "35209900176148"
OTHER = "35209900176149"
IMSI = "001010000000001"
MSISDN = "994500000001"
NOW = 1_000.0


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a list: what it is about, and what it says."""

    entry: Entry
    kind: Kind
    imei: str = ""
    imsi: str = ""
    msisdn: str = ""


def on(
    name: str, imei: str = "", imei_to: str = "", *, tac: str = "", imsi: str = "",
    msisdn: str = "", svn: str = "", source: str = "registry", reason: str = "",
    effective: int | None = None, expires: int | None = None, then: str = "", lock: str = "",
) -> Line:  # fmt: skip
    """Write a line of a list as a file would."""
    kind, scope, span = _kind(imei, imei_to, tac, svn, imsi + msisdn)
    if name == ListName.BINDING:
        lock = lock or Lock.MUTUAL
    entry = Entry(
        list=ListName(name),
        source=source,
        reason=reason,
        effective=effective,
        expires=expires,
        svn=svn,
        lock=Lock(lock) if lock else None,
        then=ListName(then) if then else None,
        scope=scope,
        span=span,
    )
    return Line(entry, kind, imei, imsi, msisdn)


def _kind(
    imei: str, imei_to: str, tac: str, svn: str, subscriber: str
) -> tuple[Kind, Scope, tuple[str, str] | None]:
    if subscriber:
        return Kind.PAIR, Scope.PAIR, None
    if tac:
        return Kind.TAC, Scope.TAC, (f"{tac}000000", f"{tac}999999")
    if imei_to:
        return Kind.RANGE, Scope.RANGE, (imei, imei_to)
    if isinstance(normalise(imei), Opaque):
        return Kind.OPAQUE, Scope.EQUIPMENT, None
    return Kind.SOFTWARE if svn else Kind.EQUIPMENT, Scope.EQUIPMENT, None


class Lists(Numbered):
    """A view, and a store that has only this one."""

    def __init__(
        self,
        *lines: Line,
        subscribers: Mapping[str, str] | None = None,
        tacs: Mapping[str, str] | None = None,
        version: int = 7,
    ) -> None:
        """Lay the lists out.

        Args:
            lines: what they say.
            subscribers: the MSISDN of each IMSI; None: no map is loaded.
            tacs: the device type of each TAC; None: no TAC database is loaded.
            version: its number.
        """
        self.version = version
        self.holds = frozenset((line.entry.list, line.kind) for line in lines)
        self.has_tacs = tacs is not None
        self.has_subscribers = subscribers is not None
        self.names_msisdns = any(line.msisdn for line in lines)
        self.reads: Counter[str] = Counter()
        self.broken: set[str] = set()
        self._lines = lines
        self._subscribers = subscribers or {}
        self._tacs = tacs or {}

    def begin(self, at: float) -> "Lists":
        del at
        self._read("begin")
        return self

    def end(self) -> None:
        self._read("end")

    def row_of(self, equipment: Equipment) -> Row:
        self._read("row_of")
        text = equipment.text if isinstance(equipment, Opaque) else equipment.digits
        named = [x for x in self._lines if x.imei == text and x.kind is not Kind.RANGE]
        return sort_row([_marked(line.entry) for line in named])

    def ranges_of(self, imei: Imei) -> Row:
        self._read("ranges_of")
        entries = [line.entry for line in self._lines]
        around = [e for e in entries if e.span and e.span[0] <= imei.digits <= e.span[1]]
        return sort_row(sorted(around, key=_width))

    def members_of_equipment(self, imei: Imei) -> tuple[Member, ...]:
        self._read("members_of_equipment")
        return tuple(_member(x) for x in self._pairs() if x.imei == imei.digits)

    def members_of_imsi(self, imsi: str) -> tuple[Member, ...]:
        self._read("members_of_imsi")
        return tuple(_member(x) for x in self._pairs() if x.imsi == imsi)

    def members_of_msisdn(self, msisdn: str) -> tuple[Member, ...]:
        self._read("members_of_msisdn")
        return tuple(_member(x) for x in self._pairs() if x.msisdn == msisdn and not x.imsi)

    def msisdn_of(self, imsi: str) -> str | None:
        self._read("msisdn_of")
        return self._subscribers.get(imsi)

    def tac_info(self, tac: str) -> TacInfo | None:
        self._read("tac_info")
        found = self._tacs.get(tac)
        return None if found is None else TacInfo(tac, device_type=found)

    def _pairs(self) -> list[Line]:
        return [line for line in self._lines if line.kind is Kind.PAIR]

    def _read(self, what: str) -> None:
        self.reads[what] += 1
        if what in self.broken:
            raise StoreError("the list store is damaged")


def _marked(entry: Entry) -> Entry:
    """A combination is told without its subscriber, and without what is said of that."""
    return replace(entry, reason="") if entry.scope is Scope.PAIR else entry


def _width(entry: Entry) -> int:
    first, last = entry.span or ("0", "0")
    return int(last) - int(first)


def _member(line: Line) -> Member:
    return Member(line.imei, line.imsi, line.msisdn, (line.entry,))


def plan(lists: Lists, override: Override | None = None, **settings: Any) -> Plan:
    """Prepare a decision; the settings are written as in the configuration."""
    policy = Policy(None, Decision.model_validate(settings))
    return plan_of(policy, Basis.of(lists, override))


def ask(lists: Lists, check: Check | str = IMEI, at: float = NOW, **settings: Any) -> Verdict:
    """Answer a check by these settings."""
    return plan(lists, **settings).decide(Facts(_check(check), lists, at))


def why(lists: Lists, check: Check | str = IMEI, at: float = NOW, **settings: Any) -> Explanation:
    """Answer a check by these settings, and say why."""
    return explain(plan(lists, **settings), _check(check), lists, at)


def said(rule: str, explanation: Explanation) -> str:
    """Give what a rule found."""
    return next(finding.found for finding in explanation.findings if finding.rule == rule)


def _check(check: Check | str) -> Check:
    return Check(check) if isinstance(check, str) else check
