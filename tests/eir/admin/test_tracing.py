import asyncio
import json

import httpx
import pytest
from starlette.applications import Starlette

from eir import admin
from eir.admin.tracing import PATH
from eir.trace.desk import MOST, Ended, TraceDesk
from eir.trace.wanted import Question
from tests.eir.trace.exchanges import IMEI
from tests.eir.trace.test_desk import Tracers
from tests.eir.transport.memory import ShiftedLoop, run

BRIEF: dict[str, object] = {"kind": "imei", "value": IMEI, "seconds": 1, "by": "anna"}


async def ask(desk: TraceDesk, question: dict[str, object]) -> httpx.Response:
    app = Starlette(routes=[admin.trace_route(desk)])
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
        return await client.post(PATH, json=question)


def test_what_matches_is_one_object_a_line_until_the_end() -> None:
    async def test(loop: ShiftedLoop) -> None:
        tracers = Tracers()
        async with asyncio.TaskGroup() as tasks:
            asked = tasks.create_task(ask(TraceDesk(tracers, workers=2), BRIEF))
            await loop.advance(0.0)
            await loop.advance(0.0)
            assert tracers.wanted
            await loop.advance(1.0)
        answer = asked.result()
        assert answer.status_code == 200
        begun, ended = (json.loads(line) for line in answer.text.splitlines())
        assert begun == {"kind": "begun", "seconds": 1, "workers": 2}
        assert ended == Ended(reason="its time is over").model_dump()

    run(test)


@pytest.mark.parametrize("change", [{"value": IMEI + "1"}, {"seconds": 3601}, {"kind": "tac"}])
def test_a_question_without_sense_is_refused_without_repeating_it(
    change: dict[str, object],
) -> None:
    async def test(_: ShiftedLoop) -> None:
        answer = await ask(TraceDesk(Tracers(), workers=2), BRIEF | change)
        assert answer.status_code == 400
        assert IMEI not in answer.text

    run(test)


def test_one_trace_too_many_is_refused() -> None:
    async def test(_: ShiftedLoop) -> None:
        desk = TraceDesk(Tracers(), workers=2)
        traces = [desk.trace(Question.model_validate(BRIEF)) for _ in range(MOST)]
        for trace in traces:
            await anext(trace)
        answer = await ask(desk, BRIEF)
        assert (answer.status_code, answer.text.partition(" ")[0]) == (503, str(MOST))
        for trace in traces:
            await trace.aclose()

    run(test)
