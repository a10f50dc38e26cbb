"""Asks many questions with a window and at a pace, and keeps the score."""

import math
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from tools.diameter_client import Answer, Mme, Question
from tools.diameter_wire import PeerError


@dataclass(slots=True)
class Exchange:
    """One question that was sent, and its answer when there was one; times in seconds."""

    question: Question
    sent: float
    answer: Answer | None = None

    @property
    def latency(self) -> float | None:
        """Tell how long the answer took, in seconds."""
        return None if self.answer is None else self.answer.received - self.sent


@dataclass(slots=True)
class Score:
    """All exchanges of a run, in the order of sending; `failure` says what ended it early."""

    exchanges: list[Exchange] = field(default_factory=list)
    failure: PeerError | None = None

    @property
    def lost(self) -> int:
        """Count the questions without an answer."""
        return sum(exchange.answer is None for exchange in self.exchanges)

    @property
    def is_complete(self) -> bool:
        """Tell whether every question got a verdict."""
        verdicts = (exchange.answer and exchange.answer.is_verdict for exchange in self.exchanges)
        return self.failure is None and all(verdicts)

    @property
    def verdicts(self) -> Counter[str]:
        """Count the answers by what they say."""
        answers = (exchange.answer for exchange in self.exchanges)
        return Counter(answer.verdict for answer in answers if answer is not None)

    @property
    def seconds(self) -> float:
        """Tell the time from the first question to the last answer."""
        ends = [exchange.answer.received for exchange in self.exchanges if exchange.answer]
        return max(ends) - self.exchanges[0].sent if ends else 0.0

    def percentile(self, share: float) -> float | None:
        """Find the latency, in seconds, that `share` of the answers did not exceed."""
        times = (exchange.latency for exchange in self.exchanges)
        ordered = sorted(latency for latency in times if latency is not None)
        return ordered[max(0, math.ceil(share * len(ordered)) - 1)] if ordered else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How questions are sent.

    Attributes:
        outstanding: the most questions that wait for an answer at any time.
        rate: questions a second; None sends as soon as the window allows.
        answer_within: seconds after which a question counts as lost.
    """

    outstanding: int = 1
    rate: float | None = None
    answer_within: float = 5.0


class Run:
    """One pass over the questions on one open connection."""

    def __init__(self, mme: Mme, questions: Iterable[Question], pace: Pace) -> None:
        self._mme = mme
        self._questions: Iterator[Question] = iter(questions)
        self._pace = pace
        self._waiting: dict[int, Exchange] = {}  # in the order of sending
        self._score = Score()
        self._next = next(self._questions, None)
        self._due = 0.0

    def finish(self) -> Score:
        """Ask everything, wait for what is outstanding, and return the score."""
        self._due = time.monotonic()
        try:
            while self._next is not None or self._waiting:
                self._send_due()
                for answer in self._mme.answers(self._patience()):
                    self._settle(answer)
                self._give_up()
        except PeerError as failure:
            self._score.failure = failure
        return self._score

    def _send_due(self) -> None:
        while self._next is not None and self._has_room():
            now = time.monotonic()
            if now < self._due:
                return
            if self._pace.rate:
                self._due += 1 / self._pace.rate
            exchange = Exchange(self._next, now)
            self._score.exchanges.append(exchange)
            self._waiting[self._mme.ask(self._next)] = exchange
            self._next = next(self._questions, None)

    def _has_room(self) -> bool:
        return len(self._waiting) < self._pace.outstanding

    def _patience(self) -> float:
        """Tell how long nothing but an answer can happen, in seconds."""
        moments = [exchange.sent + self._pace.answer_within for exchange in self._oldest()]
        if self._next is not None and self._has_room():
            moments.append(self._due)
        return min(moments, default=0.0) - time.monotonic()

    def _oldest(self) -> Sequence[Exchange]:
        return [next(iter(self._waiting.values()))] if self._waiting else []

    def _settle(self, answer: Answer) -> None:
        exchange = self._waiting.pop(answer.hop_by_hop, None)
        if exchange is not None:  # an answer that came after we gave up stays lost
            exchange.answer = answer

    def _give_up(self) -> None:
        limit = time.monotonic() - self._pace.answer_within
        for exchange in self._oldest():
            if exchange.sent <= limit:
                del self._waiting[next(iter(self._waiting))]
