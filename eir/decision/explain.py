"""Why: each rule in its order, what it looked at and what it found.

The rules are those of the plan, run by the plan; here only somebody listens.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from enum import StrEnum

from eir.decision.facts import Facts
from eir.decision.plan import Plan
from eir.decision.rule import NotNeeded, Run
from eir.decision.verdict import Check, Status, Verdict
from eir.decision.view import View
from eir.lists.cells import format_instant
from eir.lists.names import ListName
from eir.store.rows import Entry, Row, Scope

# What a list's rule found where an entry alone does not decide, by rule and reason.
_WORDS = {
    ("exception", "exception_no_imsi"): (
        "it is prohibited but for some subscribers, and the request names none"
    ),
    ("binding", "binding_equipment"): "it is tied to other subscribers",
    ("binding", "binding_subscriber"): "its subscriber is tied to other equipment",
    ("binding", "binding_no_imsi"): "it is tied to subscribers, and not enough is known of its own",
}


class Outcome(StrEnum):
    """What became of a rule."""

    DECIDES = "decides"
    PASSES = "passes"
    NOT_RUN = "not run"


@dataclass(frozen=True, slots=True)
class Finding:
    """One rule; `found` says what it found, in words, or why it was not run."""

    rule: str
    outcome: Outcome
    found: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Explanation:
    """A verdict, and how it came about.

    Attributes:
        verdict: what is answered.
        policy: the `[[policy]]` that counted; None: `[decision]`.
        findings: every rule in its order; none where the lists could not be read.
    """

    verdict: Verdict
    policy: str | None
    findings: tuple[Finding, ...] = ()


def explain(plan: Plan, check: Check, view: View, at: float) -> Explanation:
    """Answer one check, and say why.

    Raises:
        StoreError: the lists cannot be read.
    """
    facts = _NotedFacts(check, view, at)
    findings = dict[str, Finding]()
    runs = tuple(
        _overheard(name, run, facts, findings)
        for name, run in plan.steps
        if not isinstance(run, NotNeeded)
    )
    verdict = replace(plan, runs=runs).decide(facts)
    said = tuple(findings.get(name) or _not_run(name, run) for name, run in plan.steps)
    return Explanation(verdict, plan.policy.name, said)


def because(verdict: Verdict, *beside: str) -> str:
    """Say why a list decided; `beside` stands in brackets with the entry's reason."""
    by = f"the {verdict.list} list of {verdict.source}"
    words = _WORDS.get((verdict.rule, verdict.reason))
    if words is not None:
        return f"{words}, by {by}{_bracketed(*beside)}"
    said = f"{verdict.matched} is on {by}"
    if (verdict.would_be or verdict.status) is Status.UNKNOWN:  # by a list, only response type 3
        said += ", but not on the permitted list"
    return said + _bracketed(verdict.reason, *beside)


def _bracketed(*said: str) -> str:
    return f" ({'; '.join(said)})" if said else ""


def _not_run(name: str, run: Run | NotNeeded) -> Finding:
    why = run.why if isinstance(run, NotNeeded) else "a rule before it decided"
    return Finding(name, Outcome.NOT_RUN, why)


def _overheard(name: str, run: Run, noted: "_NotedFacts", findings: dict[str, Finding]) -> Run:
    """Run a rule, and take down what it found."""

    def listen(facts: Facts) -> Verdict | None:
        verdict = run(facts)
        said = [*noted.notes, *_reasons(verdict)]
        noted.notes.clear()
        outcome = Outcome.PASSES if verdict is None else Outcome.DECIDES
        findings[name] = Finding(name, outcome, "; ".join(said))
        return verdict

    return listen


def _reasons(verdict: Verdict | None) -> Iterator[str]:
    """Say what a rule decided."""
    if verdict is None:
        return
    why = verdict.reason if verdict.list is None else because(verdict)
    yield f"{verdict.status}: {why}"


class _NotedFacts(Facts):
    """Facts that take down what rules say of them."""

    def __init__(self, check: Check, view: View, at: float) -> None:
        super().__init__(check, view, at)
        self.notes: list[str] = []

    def note(self, text: str) -> None:
        self.notes.append(text)

    def missed(self, name: ListName) -> None:
        """Say of the entries that were looked at why they do not count."""
        seen = [entry for entry in self._seen() if name in (entry.list, entry.then)]
        said = dict.fromkeys(f"{_named(entry)}: {self._why_not(entry, name)}" for entry in seen)
        self.notes.append("; ".join(said) or f"nothing on the {name} list names it")

    def _seen(self) -> Row:
        """Give what has been read, and read nothing more."""
        of_members = tuple(entry for member in self._members or () for entry in member.row)
        return (self._row or ()) + (self._ranges or ()) + of_members

    def _why_not(self, entry: Entry, name: ListName) -> str:
        if entry.list_at(self.at) is not name:
            return f"not on the {name} list at {format_instant(self.at)}"
        if entry.svn not in self.versions:
            return f"for software version {entry.svn}"
        if entry.scope is Scope.PAIR:
            return "together with another subscriber or equipment"
        return "a range, and it is listed by itself"


def _named(entry: Entry) -> str:
    """Name an entry without saying whom it is about."""
    since = "" if entry.effective is None else f" from {format_instant(entry.effective)}"
    until = "" if entry.expires is None else f" until {format_instant(entry.expires)}"
    then = "" if entry.then is None else f", then {entry.then}"
    # What a pair says is kept with its subscriber: beside the equipment is only a mark of it.
    reason = "" if entry.scope is Scope.PAIR else f" ({entry.reason or 'no reason'})"
    return f"an entry of {entry.source}{reason}{since}{until}{then}"
