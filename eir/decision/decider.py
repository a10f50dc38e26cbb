"""The rules over the list store, a batch at a time, whatever state the store is in."""

from collections.abc import Callable
from typing import Self

from eir.decision.rules import Policy, decide, fail
from eir.decision.verdict import Check, Verdict
from eir.errors import StoreError
from eir.store.reader import ListReader, ListView

_NO_STORE = "the lists are being verified"


class Decider:
    """Answers checks; every check gets a verdict.

    `with decider:` is a batch: all of it is answered from one version of the lists and for one
    instant. An empty batch tells how the store is, in `failure`.

    Attributes:
        error: why the store cannot be read, and what to do about it; None when it can.
        version: of the lists that the last batch was answered from; None when it had none.
    """

    def __init__(
        self,
        reader: ListReader | None,
        policy: Policy,
        clock: Callable[[], float],
        failure_changed: Callable[[str | None], None],
    ) -> None:
        """Decide over a store.

        Args:
            reader: the store; None: everything is a failure until `use`.
            policy: what to answer where the lists say nothing, or cannot be read.
            clock: the time in UTC seconds since the epoch.
            failure_changed: told why the store cannot be read, and None when it can again.
        """
        self.error: StoreError | None = None
        self.version: int | None = None
        self._reader = reader
        self._policy = policy
        self._clock = clock
        self._failure_changed = failure_changed
        self._view: ListView | None = None
        self._at = 0.0

    @property
    def failure(self) -> str | None:
        """Why the store cannot be read, in one line; None when it can."""
        return None if self.error is None else str(self.error)

    def use(self, reader: ListReader) -> None:
        """Read this store from the next batch on."""
        self._reader = reader

    def __enter__(self) -> Self:
        self._at = self._clock()
        if self._reader is None:
            self._report(StoreError(_NO_STORE))
            return self
        try:
            self._view = self._reader.begin(self._at)
        except StoreError as error:
            self._report(error)
        else:
            self.version = self._view.version
            self._report(None)
        return self

    def __exit__(self, *_: object) -> None:
        if self._view is not None:
            self._view.end()
            self._view = None

    def decide(self, check: Check) -> Verdict:
        """Answer one check of this batch."""
        if self._view is None:
            return fail(self._policy)
        try:
            return decide(check, self._view, self._policy, self._at)
        except StoreError as error:
            self._report(error)
            return fail(self._policy)

    def _report(self, error: StoreError | None) -> None:
        """Tell of a change, once."""
        before, self.error = self.failure, error
        if error is not None:
            self.version = None
        if self.failure != before:
            self._failure_changed(self.failure)
