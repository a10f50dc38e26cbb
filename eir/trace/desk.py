"""In the supervisor: who traces what, and until when.

A trace ends when its time is over, when whoever asked goes away, or when the server stops. What
they do not read in time is dropped and counted: nobody waits for a terminal. What the workers tell
waits for each other a moment, so that it is told in the order of its time.
"""

import asyncio
import hashlib
import math
import os
from collections.abc import AsyncGenerator, Callable, Iterator, Sequence
from contextlib import contextmanager
from heapq import heappop, heappush
from itertools import count
from typing import Annotated, Literal, Protocol, TypeAlias

import structlog
from pydantic import Field, TypeAdapter

from eir.channel import Traced
from eir.config import Section
from eir.errors import UnavailableError
from eir.trace.exchange import Exchange
from eir.trace.wanted import TAC_DIGITS, Question, Wanted

MOST = 8  # ours: traces at a time
WAITING = 1_000  # ours: exchanges that somebody has not read yet
T_ORDER = 0.25  # seconds; ours: longer than what matches takes from a worker to us

_HASH_OCTETS = 6
_KEY = os.urandom(16)  # of the hashes in the log, which tell one subscriber from another


class Begun(Section):
    """The trace is on.

    Attributes:
        seconds: how long it goes on.
        workers: how many take part.
    """

    kind: Literal["begun"] = "begun"
    seconds: int
    workers: int


class Message(Section):
    """Something matched."""

    kind: Literal["message"] = "message"
    exchange: Exchange


class Dropped(Section):
    """So many exchanges matched that were too many to be told."""

    kind: Literal["dropped"] = "dropped"
    count: int


class Ended(Section):
    """The trace is over; nothing follows."""

    kind: Literal["ended"] = "ended"
    reason: str


Told: TypeAlias = Begun | Message | Dropped | Ended

TOLD: TypeAdapter[Told] = TypeAdapter(Annotated[Told, Field(discriminator="kind")])


class Tracers(Protocol):
    """The workers."""

    def trace(self, wanted: Sequence[Wanted]) -> None:
        """Trace this, and nothing else."""

    def give_traced(self, taker: Callable[[Traced], None]) -> None:
        """Give what matches to somebody."""


class _Trace:
    """One that is on."""

    def __init__(self, wanted: Wanted) -> None:
        self.wanted = wanted
        self.news: asyncio.Queue[Exchange | None] = asyncio.Queue()  # None: it ends
        self.dropped = 0
        self.reason = ""  # of its end
        self._held: list[tuple[int, int, Exchange]] = []  # a heap, by time and then as they came
        self._numbers = count()

    def take_in(self, exchange: Exchange) -> None:
        if len(self._held) + self.news.qsize() < WAITING:
            heappush(self._held, (exchange.at_ns, next(self._numbers), exchange))
        else:
            self.dropped += 1

    def release(self, until_ns: float = math.inf) -> None:
        """Let those be told that are not of a later time than this."""
        while self._held and self._held[0][0] <= until_ns:
            self.news.put_nowait(heappop(self._held)[-1])

    def end(self, reason: str) -> None:
        """Let all be told, then the reason of the end."""
        self.reason = reason
        self.release()
        self.news.put_nowait(None)


class TraceDesk:
    """All traces of the node."""

    def __init__(self, tracers: Tracers, *, workers: int) -> None:
        """Trace nothing.

        Args:
            tracers: the workers.
            workers: how many they are.
        """
        self._tracers = tracers
        self._workers = workers
        self._numbers = count(1)
        self._traces: dict[int, _Trace] = {}
        tracers.give_traced(self._take)

    def check(self) -> None:
        """See whether there may be another trace.

        Raises:
            UnavailableError: there are too many.
        """
        if len(self._traces) >= MOST:
            raise UnavailableError(f"{MOST} traces are on already: wait, or end one")

    async def trace(self, question: Question) -> AsyncGenerator[Told, None]:
        """Tell what matches, until the end.

        Raises:
            UnavailableError: there are too many traces.
        """
        self.check()
        with self._tracing(question) as trace:
            yield Begun(seconds=question.seconds, workers=self._workers)
            while True:
                exchange = await trace.news.get()
                if trace.dropped:
                    dropped, trace.dropped = trace.dropped, 0
                    yield Dropped(count=dropped)
                if exchange is None:
                    yield Ended(reason=trace.reason)
                    return
                yield Message(exchange=exchange)

    def close(self) -> None:
        """End all traces, after what they have not told yet."""
        for number in tuple(self._traces):
            self._end(number, "the server stops")

    def _end(self, number: int, reason: str) -> None:
        """End a trace that is on; whoever asked may read slowly, and the workers match no more."""
        trace = self._traces.pop(number, None)
        if trace is not None:
            trace.end(reason)
            self._follow()

    @contextmanager
    def _tracing(self, question: Question) -> Iterator[_Trace]:
        number = next(self._numbers)
        trace = _Trace(Wanted(number=number, kind=question.kind, value=question.value))
        about = {"kind": question.kind, "about": _unnamed(question), "by": question.by}
        log = structlog.get_logger()
        log.info("trace_begun", **about, seconds=question.seconds)
        self._traces[number] = trace
        self._follow()
        timer = asyncio.get_running_loop().call_later(
            question.seconds, self._end, number, "its time is over"
        )
        try:
            yield trace
        finally:
            timer.cancel()
            self._end(number, "nobody listens")
            log.info("trace_ended", **about)

    def _follow(self) -> None:
        self._tracers.trace([trace.wanted for trace in self._traces.values()])

    def _take(self, traced: Traced) -> None:
        """Give what matched to those who want it."""
        for match in traced.matches:
            for number in match.traces:
                if number in self._traces:
                    self._traces[number].take_in(match.exchange)
        for number, dropped in traced.dropped.items():
            if number in self._traces:
                self._traces[number].dropped += dropped
        latest = max((match.exchange.at_ns for match in traced.matches), default=0)
        asyncio.get_running_loop().call_later(T_ORDER, self._release, latest)

    def _release(self, until_ns: int) -> None:
        for trace in self._traces.values():
            trace.release(until_ns)


def _unnamed(question: Question) -> str:
    """Say what is traced without personal data: a type of equipment, a keyed hash, a peer."""
    match question.kind:
        case "imei":
            return question.value[:TAC_DIGITS]
        case "imsi":
            octets = question.value.encode()
            return hashlib.blake2b(octets, key=_KEY, digest_size=_HASH_OCTETS).hexdigest()
        case "peer":
            return question.value
