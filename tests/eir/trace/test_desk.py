import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

import pytest
import structlog

from eir.channel import Traced
from eir.errors import UnavailableError
from eir.trace.desk import (
    MOST,
    T_ORDER,
    WAITING,
    Begun,
    Dropped,
    Ended,
    Message,
    Told,
    TraceDesk,
)
from eir.trace.exchange import Exchange, Match
from eir.trace.wanted import Question, Wanted
from tests.eir.trace.exchanges import IMEI, exchange
from tests.eir.transport.memory import ShiftedLoop, run

QUESTION = Question(kind="imei", value=IMEI, seconds=60, by="anna")


class Tracers:
    """Workers that remember what they were told last."""

    def __init__(self) -> None:
        self.wanted: list[Wanted] = []

    def trace(self, wanted: Sequence[Wanted]) -> None:
        self.wanted = list(wanted)

    def give_traced(self, taker: Callable[[Traced], None]) -> None:
        self.take = taker

    def match(self, *numbers: int, found: Exchange | None = None) -> None:
        self.take(Traced(matches=(Match(traces=numbers, exchange=found or exchange()),)))


@dataclass(frozen=True, slots=True)
class Office:
    """A desk with all that is around it."""

    loop: ShiftedLoop
    tracers: Tracers
    desk: TraceDesk


def at_desk(test: Callable[[Office], Awaitable[None]]) -> None:
    async def body(loop: ShiftedLoop) -> None:
        tracers = Tracers()
        await test(Office(loop, tracers, TraceDesk(tracers, workers=2)))

    run(body)


def test_workers_trace_from_the_question_to_the_end_of_its_time() -> None:
    async def test(office: Office) -> None:
        told: list[Told] = []

        async def listen() -> None:
            told.extend([each async for each in office.desk.trace(QUESTION)])

        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(listen())
            await office.loop.advance(1.0)
            assert office.tracers.wanted == [Wanted(number=1, kind="imei", value=IMEI)]
            office.tracers.match(1)
            office.tracers.match(2)
            await office.loop.advance(1.0)
            await office.loop.advance(60.0)
        assert told == [
            Begun(seconds=60, workers=2),
            Message(exchange=exchange()),
            Ended(reason="its time is over"),
        ]
        assert office.tracers.wanted == []

    at_desk(test)


def test_what_two_workers_tell_is_told_in_the_order_of_its_time() -> None:
    async def test(office: Office) -> None:
        first, second, third = (
            exchange().model_copy(update={"at_ns": number, "worker": number % 2})
            for number in (10, 11, 12)
        )
        told = office.desk.trace(QUESTION)
        await anext(told)
        for found in (second, first):
            office.tracers.match(1, found=found)
        await office.loop.advance(T_ORDER)
        assert [await anext(told) for _ in range(2)] == [
            Message(exchange=first),
            Message(exchange=second),
        ]
        office.tracers.match(1, found=third)
        office.desk.close()
        assert await anext(told) == Message(exchange=third)
        await told.aclose()

    at_desk(test)


def test_whoever_goes_away_ends_the_trace() -> None:
    async def test(office: Office) -> None:
        told = office.desk.trace(QUESTION)
        await anext(told)
        assert office.tracers.wanted
        await told.aclose()
        assert office.tracers.wanted == []

    at_desk(test)


def test_who_reads_slowly_does_not_trace_for_longer() -> None:
    async def test(office: Office) -> None:
        told = office.desk.trace(QUESTION)
        await anext(told)
        office.tracers.match(1)
        await office.loop.advance(60.0)
        assert office.tracers.wanted == []
        office.tracers.match(1)
        await office.loop.advance(T_ORDER)
        assert [each async for each in told] == [
            Message(exchange=exchange()),
            Ended(reason="its time is over"),
        ]

    at_desk(test)


def test_the_stop_of_the_server_comes_behind_what_matched() -> None:
    async def test(office: Office) -> None:
        told = office.desk.trace(QUESTION)
        await anext(told)
        office.tracers.match(1)
        office.desk.close()
        assert [each async for each in told] == [
            Message(exchange=exchange()),
            Ended(reason="the server stops"),
        ]

    at_desk(test)


def test_what_nobody_reads_is_dropped_and_counted_with_what_workers_dropped() -> None:
    async def test(office: Office) -> None:
        told = office.desk.trace(QUESTION)
        await anext(told)
        for _ in range(WAITING + 3):
            office.tracers.match(1)
        office.tracers.take(Traced(dropped={1: 4, 9: 5}))
        await office.loop.advance(T_ORDER)
        assert await anext(told) == Dropped(count=7)
        assert isinstance(await anext(told), Message)
        await told.aclose()

    at_desk(test)


def test_there_are_only_so_many_at_a_time() -> None:
    async def test(office: Office) -> None:
        traces = [office.desk.trace(QUESTION) for _ in range(MOST)]
        for trace in traces:
            await anext(trace)
        assert len(office.tracers.wanted) == MOST
        with pytest.raises(UnavailableError):
            await anext(office.desk.trace(QUESTION))
        await traces[0].aclose()
        office.desk.check()
        for trace in traces:
            await trace.aclose()

    at_desk(test)


@pytest.mark.parametrize(("kind", "value"), [("imei", IMEI), ("imsi", "001010000000001")])
def test_the_log_says_who_traces_without_the_identity(kind: str, value: str) -> None:
    async def test(office: Office) -> None:
        question = Question.model_validate({"kind": kind, "value": value, "by": "anna"})
        told = office.desk.trace(question)
        await anext(told)
        await told.aclose()

    with structlog.testing.capture_logs() as lines:
        at_desk(test)
    assert [line["event"] for line in lines] == ["trace_begun", "trace_ended"]
    assert "anna" in str(lines)
    assert value not in str(lines)
