"""The message that a driver has in hand, and the account of the checks that it asks.

Each check is counted when it is taken up, and again when something became of it: a verdict, a
refusal, or a failure of ours (`eir.metrics.identity`).
"""

import time
from collections.abc import Sequence
from typing import Any, TypeAlias

from eir.interfaces.answer import Answer, Reply
from eir.metrics import FAILED, REFUSED
from eir.transport.link import Link
from eir.transport.machine import Incoming, Whole
from eir.transport.parcel import PassedOn
from eir.transport.reporter import Reporter
from protocols.effects import (
    Became,
    Connection,
    Deliver,
    Dropped,
    Effect,
    Note,
    PassOn,
    Refused,
    Request,
)

Report: TypeAlias = Refused | Dropped | Became | Note | PassOn


class Hand:
    """One message at a time.

    Attributes:
        incoming: it; None: it came by another worker.
        link: which brought it; None: it came by another worker.
        passed: what another worker gave us; None: it came by a link of ours.
        by: the peer whose link brought it; empty: one that nobody knows yet.
        answers: what became of the checks that were delivered.
        reports: what its machine wanted told, while somebody traces.
        is_told: whether another worker tells of it whoever traces.
    """

    def __init__(self, reporter: Reporter) -> None:
        self.incoming: Incoming | None = None
        self.link: Link | None = None
        self.passed: PassedOn | None = None
        self.by = ""
        self.answers: list[Answer[Any]] = []
        self.reports: list[Report] = []
        self.is_told = False
        self._reporter = reporter
        self._started_ns = 0  # when it was taken
        self._taken_up = 0  # checks that it asks
        self._ended = 0  # of which something became

    @property
    def message(self) -> Whole | None:
        """The message, if it is a whole one that a link brought."""
        return self.incoming if isinstance(self.incoming, Whole) else None

    def take(self, link: Link, incoming: Incoming) -> None:
        """Take what a link brought next."""
        self.link, self.incoming, self.passed = link, incoming, None
        self._begin(link.peer)

    def take_passed(self, passed: PassedOn) -> None:
        """Take what came by another worker."""
        self.link, self.incoming, self.passed = None, None, passed
        self._begin(passed.by)

    def _begin(self, by: str) -> None:
        self.by = by
        self.answers, self.reports = [], []
        self.is_told = False
        self._started_ns = time.perf_counter_ns()
        self._taken_up = self._ended = 0

    def asks(self, effects: Sequence[Effect[Request]]) -> None:
        """Count the checks among what a machine wants done about it."""
        checks = sum(isinstance(effect, Deliver) for effect in effects)
        self._taken_up += checks
        if checks:
            self._reporter.received(checks, by=self.by)

    def tell(self, report: Report) -> None:
        """Keep what a machine wants told, for whoever traces."""
        if self._reporter.tracer.is_on:
            self.reports.append(report)

    @property
    def duration_ns(self) -> int:
        """How long ago it was taken."""
        return time.perf_counter_ns() - self._started_ns

    def keep(self, answer: Answer[Reply]) -> Answer[Reply]:
        """Keep what became of a check that was delivered, for whoever traces; return it."""
        self.answers.append(answer)
        return answer

    def answered(self, connection: Connection, answer: Answer[Reply], *, remote: str) -> None:
        """Count what became of a check that was delivered; tell of it if it was refused.

        Args:
            connection: where it came.
            answer: what became of it.
            remote: the address of who asked.
        """
        refusal = answer.refusal
        if refusal is not None:
            code, reason, layer = refusal.code, refusal.reason, refusal.layer
            refused = Refused(connection, code, reason, self.by, layer)
            self._reporter.refused(refused, remote=remote)
        if answer.check is None or answer.verdict is None:
            self._reporter.ended(REFUSED, 1, by=self.by)
        else:
            self._reporter.answered(
                answer.check, answer.verdict, duration_ns=self.duration_ns, by=self.by
            )
        self._ended += 1

    def failed(self, *, is_check: bool) -> None:
        """Count what a bug of ours kept from being answered.

        Args:
            is_check: whether the message itself looks like one; it counts where the bug was met
                before anything could be delivered.
        """
        if is_check and not self._taken_up:
            self._taken_up = 1
            self._reporter.received(1, by=self.by)
        self._reporter.ended(FAILED, self._taken_up - self._ended, by=self.by)
        self._ended = self._taken_up
