"""The rules over the list store, a batch at a time, whatever state the store is in."""

from collections.abc import Callable, Sequence
from typing import Any, Protocol, Self

from eir.decision.explain import Explanation, explain
from eir.decision.facts import Facts
from eir.decision.outcomes import Asked, Outcomes
from eir.decision.override import Override
from eir.decision.plan import Plans, plans_of
from eir.decision.policy import Policies
from eir.decision.rule import Basis
from eir.decision.rules import override as override_rule
from eir.decision.verdict import ON_FAILURE, Check, Reason, Verdict
from eir.decision.view import NumberedView
from eir.errors import StoreError

_NO_STORE = "the lists are being verified"


class OpenView(NumberedView, Protocol):
    """A version of the lists that is held until `end`."""

    def end(self) -> None:
        """Let it go."""


class Lists(Protocol):
    """The list store."""

    def begin(self, now: float, /) -> OpenView:
        """Hold the version that counts now, in UTC seconds.

        Raises:
            StoreError: it cannot be read.
        """


def no_override(at: float) -> Override | None:
    """Tell that nobody has set an override."""
    del at
    return None


class Decider:
    """Answers checks; every check gets a verdict.

    `with decider:` is a batch: all of it is answered from one version of the lists, for one
    instant and under one override. An empty batch tells how the store is, in `failure`.

    Attributes:
        error: why the store cannot be read, and what to do about it; None when it can.
        version: of the lists that the last batch was answered from; None when it had none.
    """

    def __init__(
        self,
        lists: Lists | None,
        policies: Policies,
        clock: Callable[[], float],
        failure_changed: Callable[[str | None], None],
        override: Callable[[float], Override | None] = no_override,
    ) -> None:
        """Decide over a store.

        Args:
            lists: the store; None: everything is a failure until `use`.
            policies: what the operator chose.
            clock: the time in UTC seconds since the epoch.
            failure_changed: told why the store cannot be read, and None when it can again.
            override: tells which override is in force at an instant.
        """
        self.error: StoreError | None = None
        self.version: int | None = None
        self._lists = lists
        self._policies = policies
        self._clock = clock
        self._failure_changed = failure_changed
        self._override_at = override
        self._override: Override | None = None
        self._view: OpenView | None = None
        self._at = 0.0
        self._basis: Basis | None = None
        self._numbering: object = None
        self._plans: Plans = {}
        self._outcomes = Outcomes(policies, self._plans)

    @property
    def failure(self) -> str | None:
        """Why the store cannot be read, in one line; None when it can."""
        return None if self.error is None else str(self.error)

    def use(self, lists: Lists | None) -> None:
        """Read this store from the next batch on; None: none, until it was verified."""
        self._lists = lists
        self._basis = None

    def follow(self, policies: Policies) -> None:
        """Decide by these policies from the next batch on."""
        self._policies = policies
        self._basis = None

    def __enter__(self) -> Self:
        self._at = self._clock()
        self._override = self._override_at(self._at)
        if self._lists is None:
            self._report(StoreError(_NO_STORE))
            return self
        try:
            view = self._view = self._lists.begin(self._at)
            self._prepare(view)
        except StoreError as error:
            self._end()
            self._report(error)
        else:
            self.version = view.version
            if self.error is not None:
                self._report(None)
        return self

    def __exit__(self, *_: object) -> None:
        self._end()

    def decide(self, check: Check) -> Verdict:
        """Answer one check of this batch."""
        policy = self._policies.of(check)
        if self._view is None:
            return self._fail(check)
        try:
            return self._plans[policy.name].decide(Facts(check, self._view, self._at))
        except StoreError as error:
            self._report(error)
            return self._fail(check)

    def decide_quickly(self, number: int, asked: Asked, octets: bytes) -> Verdict:
        """Answer one check of this batch as `decide` does, but without `Verdict.matched`.

        Equal verdicts are the same object as long as the lists and the policies are the same, so
        they may be counted by identity.

        Args:
            number: the first 14 digits of the identity, which has 14 to 16, as
                `eir.lists.subjects.number_of` has them.
            asked: reads the rest, where it matters.
            octets: the message.
        """
        view, outcomes = self._view, self._outcomes
        if view is not None:
            try:
                node = outcomes.by_row.get(view.row_number(number))
                if node.__class__ is Verdict:
                    return node
                return outcomes.verdict(node, view, number, asked, octets)
            except StoreError as error:
                self._report(error)
        return self._outcomes.same(self._fail(asked.check(octets)))

    def decide_run(
        self, numbers: Sequence[int], askers: Sequence[Asked], requests: Sequence[Any]
    ) -> list[Verdict]:
        """Answer some checks of this batch as `decide_quickly` does, for less."""
        if self._view is not None:
            try:
                return self._outcomes.verdicts(self._view, numbers, askers, requests)
            except StoreError as error:  # of one of them: the others need not fail with it
                self._report(error)
        return [
            self.decide_quickly(number, asked, request)
            for number, asked, request in zip(numbers, askers, requests, strict=True)
        ]

    def explain(self, check: Check) -> Explanation:
        """Answer one check of this batch, and say why."""
        policy = self._policies.of(check)
        if self._view is None:
            return Explanation(self._fail(check), policy.name)
        try:
            return explain(self._plans[policy.name], check, self._view, self._at)
        except StoreError as error:
            self._report(error)
            return Explanation(self._fail(check), policy.name)

    def _prepare(self, view: NumberedView) -> None:
        """Prepare the rules anew when the lists or the override are others than before."""
        if (
            self._basis is None
            or view.version != self._basis.version
            or view.numbering is not self._numbering
            or self._override != self._basis.override
        ):
            self._basis = Basis.of(view, self._override)
            self._numbering = view.numbering
            self._plans = plans_of(self._policies, self._basis)
            self._outcomes = Outcomes(self._policies, self._plans)
        self._outcomes.begin(self._at)

    def _fail(self, check: Check) -> Verdict:
        """Answer without lists: our fault, so never as if nobody listed it.

        The operator's own word needs no lists.
        """
        if self._override is not None:
            return override_rule.answer(self._override, None)
        status = self._policies.of(check).settings.on_failure
        return Verdict(status, ON_FAILURE, Reason.STORE_UNREADABLE)

    def _end(self) -> None:
        if self._view is not None:
            self._view.end()
            self._view = None

    def _report(self, error: StoreError | None) -> None:
        """Tell of a change, once."""
        before, self.error = self.failure, error
        if error is not None:
            self.version = None
        if self.failure != before:
            self._failure_changed(self.failure)
