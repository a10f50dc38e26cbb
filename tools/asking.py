"""Asks many questions with a window and at a pace, and keeps the score."""

import math
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final, Generic, Protocol, TypeVar

from tools.errors import PeerError

# TS 29.272 §7.3.51, TS 29.002 §17.7.1: the same numbers
STATUS_NAMES: Final = {0: "permitted", 1: "prohibited", 2: "tracking"}
VERDICTS: Final = (*STATUS_NAMES.values(), "unknown")


class About(Protocol):
    """A question, as far as it matters here."""

    @property
    def imei(self) -> str:
        """Tell which equipment it asks about."""


Question = TypeVar("Question", bound=About)
Question_contra = TypeVar("Question_contra", contravariant=True)


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back.

    Attributes:
        key: what `ask` returned for the question that it answers.
        verdict: one of `VERDICTS`, or what went wrong in a few words.
        code: the number of the answer in its protocol.
        text: what else it says; empty when it says no more.
        received: when, on the monotonic clock, in seconds.
    """

    key: int
    verdict: str
    code: int
    text: str
    received: float

    @property
    def is_verdict(self) -> bool:
        """Tell a verdict on the equipment from an error."""
        return self.verdict in VERDICTS


class Asker(Protocol[Question_contra]):
    """Somebody who asks an EIR."""

    def ask(self, question: Question_contra) -> int:
        """Send one question; the number returned comes back as its answer's `key`."""

    def answers(self, seconds: float) -> list[Answer]:
        """Wait for answers; none when none came within `seconds`."""


@dataclass(slots=True)
class Exchange(Generic[Question]):
    """One question that was sent, and its answer when there was one; times in seconds."""

    question: Question
    sent: float
    answer: Answer | None = None

    @property
    def latency(self) -> float | None:
        """Tell how long the answer took, in seconds."""
        return None if self.answer is None else self.answer.received - self.sent


@dataclass(slots=True)
class Score(Generic[Question]):
    """All exchanges of a run, in the order of sending.

    Attributes:
        exchanges: every question that was sent.
        strays: answers to nothing that waited: they came late, twice, or for somebody else.
        failure: what ended the run early.
    """

    exchanges: list[Exchange[Question]] = field(default_factory=list)
    strays: int = 0
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

    @property
    def rate(self) -> float:
        """Tell how many answers a second came."""
        return (len(self.exchanges) - self.lost) / self.seconds if self.seconds else 0.0

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


class Run(Generic[Question]):
    """One pass over the questions."""

    def __init__(self, asker: Asker[Question], questions: Iterable[Question], pace: Pace) -> None:
        self._asker = asker
        self._questions: Iterator[Question] = iter(questions)
        self._pace = pace
        self._waiting: dict[int, Exchange[Question]] = {}  # in the order of sending
        self._score: Score[Question] = Score()
        self._next = next(self._questions, None)
        self._due = 0.0

    def finish(self) -> Score[Question]:
        """Ask everything, wait for what is outstanding, and return the score."""
        self._due = time.monotonic()
        try:
            while self._next is not None or self._waiting:
                self._send_due()
                for answer in self._asker.answers(self._patience()):
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
            self._waiting[self._asker.ask(self._next)] = exchange
            self._next = next(self._questions, None)

    def _has_room(self) -> bool:
        return len(self._waiting) < self._pace.outstanding

    def _patience(self) -> float:
        """Tell how long nothing but an answer can happen, in seconds."""
        moments = [exchange.sent + self._pace.answer_within for exchange in self._oldest()]
        if self._next is not None and self._has_room():
            moments.append(self._due)
        return min(moments, default=0.0) - time.monotonic()

    def _oldest(self) -> Sequence[Exchange[Question]]:
        return [next(iter(self._waiting.values()))] if self._waiting else []

    def _settle(self, answer: Answer) -> None:
        exchange = self._waiting.pop(answer.key, None)
        if exchange is None:  # an answer that came after we gave up stays lost
            self._score.strays += 1
        else:
            exchange.answer = answer

    def _give_up(self) -> None:
        limit = time.monotonic() - self._pace.answer_within
        for exchange in self._oldest():
            if exchange.sent <= limit:
                del self._waiting[next(iter(self._waiting))]
