"""What was decided before, by what it was decided from, so that it need not be decided again.

A verdict follows from what the rules read of a check and of the lists. So a decision is run once
with somebody listening to what it reads, and is kept as a path: first question and its answer,
second question and its answer, and so on to the verdict. The next check is asked the same
questions, which cost a look-up each; where its answers are known, so is its verdict, and no check,
row or verdict is built. No rule is written twice: all of them are asked by the plan.

    question     answer                                      read by the rules as
    row          number of the row on this IMEI              `row_of`
    ranges       number of the row of ranges around it       `ranges_of`
    subscriber   no IMSI; or what names it: this equipment,  `imsi`, `members_of_imsi`
                 others or any, whether with an MSISDN, row
    type         the TAC                                     `tac_info`, `tac`
    form         the IMEI, if it is one digit 14 times       `equipment`
    interface    the interface                               `interface`
    prefix       the first digits of the IMSI                `imsi`, to choose a policy

What rules read beside these (a software version, an MSISDN, a peer) is no question: such checks
are decided in full each time. What is kept holds for one basis and until the next instant at which
an entry that was read comes into force or ends.
"""

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from math import inf
from typing import Any, Protocol, TypeAlias, TypeVar, cast

from eir.decision.facts import Facts
from eir.decision.plan import Plans
from eir.decision.policy import Policies
from eir.decision.verdict import Check, Interface, Verdict
from eir.decision.view import Member, NumberedView
from eir.lists.subjects import TAC_SPAN, Equipment, digits_of, number_of
from eir.lists.tac import TacInfo
from eir.store.rows import Row
from protocols.identities import Imei

MOST = 65_536  # outcomes kept, and different verdicts; beyond, all are learned anew
_UNIFORM = frozenset(number_of(digit * 14) for digit in "0123456789")
_THIS, _OTHER, _ANY = 1, 2, 0  # which equipment a combination names

Found = TypeVar("Found")


class Asked(Protocol):
    """What the messages of a known shape ask; their identities are 14 to 16 digits.

    No message carries an MSISDN.
    """

    @property
    def interface(self) -> Interface:
        """Where they come from."""

    def check(self, octets: bytes, /) -> Check:
        """Read the whole check."""

    def imsi(self, octets: bytes, /) -> int:
        """Read the IMSI, as `eir.lists.subjects.number_of` has it; 0: there is none."""


Question: TypeAlias = Callable[[NumberedView, int, Asked, bytes], Hashable]


@dataclass(slots=True)
class _Fork:
    """A question, and what follows each answer that was met."""

    ask: Question
    known: "dict[Hashable, Node]" = field(default_factory=dict)


class _InFull:
    """In the place of a verdict: it depends on more than questions ask."""


_IN_FULL = _InFull()
_DECIDED = {Verdict}
Node: TypeAlias = _Fork | Verdict | _InFull


class Outcomes:
    """What is known of one set of plans.

    Attributes:
        by_row: what follows the number of the row, where that is the first question, as nearly
            always; mostly a verdict. Whoever looks here first saves most of the way.
    """

    def __init__(self, policies: Policies, plans: Plans) -> None:
        self._policies = policies
        self._plans = plans
        self._prefix: Question = partial(_prefix, policies.imsi_digits)
        self._at = self._since = self._until = 0.0
        self._first: dict[Hashable, Node] = {}
        self._verdicts: dict[Verdict, Verdict] = {}
        self.by_row: dict[Hashable, Node] = {}
        self._kept = 0

    def begin(self, at: float) -> None:
        """Answer for this instant from now on, in UTC seconds."""
        self._at = at
        if not self._since <= at < self._until:
            self._forget()

    def verdict(
        self, node: "Node | None", view: NumberedView, number: int, asked: Asked, octets: bytes
    ) -> Verdict:
        """Answer one check, without `Verdict.matched`; equal verdicts are the same object.

        Args:
            node: what `by_row` has for its row; None: nothing.
            view: the lists.
            number: the first 14 digits of the identity, as `eir.lists.subjects.number_of` has it.
            asked: reads the rest.
            octets: the message.

        Raises:
            StoreError: the lists cannot be read.
        """
        if node is None:
            node = self._first.get(None)
        while node.__class__ is _Fork:
            node = node.known.get(node.ask(view, number, asked, octets))
        if node.__class__ is Verdict:
            return node
        if node is None:
            return self._learn(view, number, asked, octets)
        check = asked.check(octets)
        plan = self._plans[self._policies.of(check).name]
        return self.same(plan.decide(Facts(check, view, self._at)))

    def verdicts(
        self,
        view: NumberedView,
        numbers: Sequence[int],
        askers: Sequence[Asked],
        requests: Sequence[Any],
    ) -> list[Verdict]:
        """Answer some checks as `verdict` does; what most of them come to is looked up at once.

        Raises:
            StoreError: the lists cannot be read.
        """
        known = self.by_row.get
        nodes = list(map(known, view.row_numbers(numbers)))
        if set(map(type, nodes)) == _DECIDED:  # as nearly always
            return cast("list[Verdict]", nodes)
        return [
            node if node.__class__ is Verdict else self.verdict(node, view, number, asked, request)
            for node, number, asked, request in zip(nodes, numbers, askers, requests, strict=True)
        ]

    def same(self, verdict: Verdict) -> Verdict:
        """Give the one object for this verdict, without the key that matched."""
        if verdict.matched is not None:
            verdict = replace(verdict, matched=None)
        if len(self._verdicts) >= MOST:
            self._verdicts.clear()
        return self._verdicts.setdefault(verdict, verdict)

    def _learn(self, view: NumberedView, number: int, asked: Asked, octets: bytes) -> Verdict:
        """Decide, and keep the outcome under what it was decided from."""
        check = asked.check(octets)
        notes = _Notes(self._at)
        policy = self._policies.of(_noted(check, notes, self._prefix))
        verdict = self.same(self._plans[policy.name].decide(_NotedFacts(check, view, notes)))
        if self._kept >= MOST:
            self._forget()
        self._kept += 1
        self._since = max(self._since, notes.since)
        self._until = min(self._until, notes.until)
        known, answer = self._first, cast("Hashable", None)
        for question in notes.questions:
            fork = known.setdefault(answer, _Fork(question))
            # The same answers, the same next question: rules read nothing else.
            assert isinstance(fork, _Fork) and fork.ask is question  # noqa: S101, PT018
            known, answer = fork.known, question(view, number, asked, octets)
        known[answer] = _IN_FULL if notes.is_beyond else verdict
        first = self._first.get(None)
        if isinstance(first, _Fork) and first.ask is _row:
            self.by_row = first.known
        return verdict

    def _forget(self) -> None:
        self._first, self._verdicts, self.by_row = {}, {}, {}
        self._kept = 0
        self._since, self._until = -inf, inf


def _row(view: NumberedView, number: int, _asked: Asked, _octets: bytes) -> int:
    return view.row_number(number)


def _ranges(view: NumberedView, number: int, _asked: Asked, _octets: bytes) -> int:
    return view.ranges_number(number)


def _subscriber(view: NumberedView, number: int, asked: Asked, octets: bytes) -> Hashable:
    imsi = asked.imsi(octets)
    if not imsi:
        return None
    named = view.member_numbers(imsi)
    if not named:  # as most are
        return ()
    return tuple([
        ((_THIS if imei == number else _OTHER) if imei else _ANY, msisdn > 0, row)
        for imei, msisdn, row in named
    ])  # fmt: skip


def _type(_view: NumberedView, number: int, _asked: Asked, _octets: bytes) -> int:
    return number // TAC_SPAN


def _form(_view: NumberedView, number: int, _asked: Asked, _octets: bytes) -> int:
    return number if number in _UNIFORM else 0


def _interface(_view: NumberedView, _number: int, asked: Asked, _octets: bytes) -> Interface:
    return asked.interface


def _prefix(digits: int, _view: NumberedView, _number: int, asked: Asked, octets: bytes) -> str:
    return digits_of(asked.imsi(octets))[:digits]


class _Notes:
    """What one decision read.

    Attributes:
        questions: in their order, each once; up to the first thing that none asks for.
        is_beyond: whether there was such a thing.
        since: the last instant up to now at which something that was read changed.
        until: the first one after now.
    """

    def __init__(self, at: float) -> None:
        self.at = at
        self.questions: list[Question] = []
        self.is_beyond = False
        self.since, self.until = -inf, inf

    def note(self, question: Question | None) -> None:
        """Take down a question; None: what was read is the answer of none."""
        if question is None:
            self.is_beyond = True
        elif not self.is_beyond and question not in self.questions:
            self.questions.append(question)

    def read(self, row: Row) -> Row:
        """Take down when entries change."""
        for entry in row:
            for instant in (entry.effective, entry.expires):
                if instant is not None and instant <= self.at:
                    self.since = max(self.since, instant)
                elif instant is not None:
                    self.until = min(self.until, instant)
        return row


class _NotedCheck:
    """A check that takes down what is read of it."""

    def __init__(self, check: Check, notes: _Notes, imsi: Question) -> None:
        self._check = check
        self._note = notes.note
        self._questions = {"equipment": _form, "imsi": imsi, "interface": _interface}

    def __getattr__(self, name: str) -> object:
        if name != "msisdn":  # no message has one
            self._note(self._questions.get(name))
        return getattr(self._check, name)


def _noted(check: Check, notes: _Notes, imsi: Question) -> Check:
    return cast("Check", _NotedCheck(check, notes, imsi))


class _NotedImei(Imei):
    """An IMEI that takes down that its type is read."""

    __slots__ = ("notes",)
    notes: _Notes

    @property
    def tac(self) -> str:
        """The type allocation code."""
        self.notes.note(_type)
        return self.digits[:8]


class _NotedFacts(Facts):
    """Facts that take down what rules read."""

    def __init__(self, check: Check, view: NumberedView, notes: _Notes) -> None:
        super().__init__(check, _NotedView(view, notes), notes.at)
        self.check = _noted(check, notes, _subscriber)
        self.imei = _NotedImei(self.digits)
        object.__setattr__(self.imei, "notes", notes)


class _NotedView:
    """A view that takes down what is read of it; what is the same for a basis need not be."""

    def __init__(self, view: NumberedView, notes: _Notes) -> None:
        self._view = view
        self._notes = notes
        self.version = view.version
        self.holds = view.holds
        self.has_tacs = view.has_tacs
        self.has_subscribers = view.has_subscribers
        self.names_msisdns = view.names_msisdns

    def row_of(self, equipment: Equipment) -> Row:
        self._notes.note(_row)
        return self._notes.read(self._view.row_of(equipment))

    def ranges_of(self, imei: Imei) -> Row:
        self._notes.note(_ranges)
        return self._notes.read(self._view.ranges_of(imei))

    def members_of_imsi(self, imsi: str) -> tuple[Member, ...]:
        self._notes.note(_subscriber)
        return self._read(self._view.members_of_imsi(imsi))

    def members_of_equipment(self, imei: Imei) -> tuple[Member, ...]:
        self._notes.note(None)
        return self._read(self._view.members_of_equipment(imei))

    def members_of_msisdn(self, msisdn: str) -> tuple[Member, ...]:
        self._notes.note(None)
        return self._read(self._view.members_of_msisdn(msisdn))

    def msisdn_of(self, imsi: str) -> str | None:
        self._notes.note(None)
        return self._view.msisdn_of(imsi)

    def tac_info(self, tac: str) -> TacInfo | None:
        self._notes.note(_type)
        return self._view.tac_info(tac)

    def _read(self, members: tuple[Member, ...]) -> tuple[Member, ...]:
        for member in members:
            self._notes.read(member.row)
        return members
