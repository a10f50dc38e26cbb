"""Where a trace is asked for: on the local socket only, because whole identities are told."""

from collections.abc import AsyncIterator
from contextlib import aclosing

from pydantic import ValidationError
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route

from eir.errors import UnavailableError
from eir.trace.desk import TraceDesk
from eir.trace.wanted import Question

PATH = "/trace"
MOST_OCTETS = 4_096  # ours: of a question


def trace_route(desk: TraceDesk) -> Route:
    """Make the page that tells what matches, one JSON object a line, as it comes."""

    async def trace(request: Request) -> Response:
        try:
            question = Question.model_validate_json((await request.body())[:MOST_OCTETS])
        except ValidationError as error:  # its text repeats what was asked
            reasons = "; ".join(each["msg"] for each in error.errors(include_input=False))
            return PlainTextResponse(f"{reasons}\n", status_code=400)
        try:
            desk.check()
        except UnavailableError as error:
            return PlainTextResponse(f"{error}\n", status_code=503)
        return StreamingResponse(_lines(desk, question), media_type="application/x-ndjson")

    return Route(PATH, trace, methods=["POST"])


async def _lines(desk: TraceDesk, question: Question) -> AsyncIterator[bytes]:
    async with aclosing(desk.trace(question)) as told:
        async for each in told:
            yield each.model_dump_json().encode() + b"\n"
