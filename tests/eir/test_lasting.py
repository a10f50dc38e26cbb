"""Work that a bug does not end."""

import asyncio
from functools import partial

import structlog

from eir.lasting import lasting


def test_a_bug_is_told_and_the_work_begun_again() -> None:
    begun = []

    async def work() -> None:
        begun.append(1)
        if len(begun) == 1:
            raise RuntimeError("a bug")

    with structlog.testing.capture_logs() as lines:
        asyncio.run(lasting(work))
    assert len(begun) == 2
    (line,) = lines
    assert line["event"] == "internal_error"
    assert line["work"].endswith("work")
    assert line["exc_info"]


def test_work_of_which_an_argument_is_known_is_told_by_its_name() -> None:
    begun = []

    async def look_around(at: str) -> None:
        begun.append(at)
        if len(begun) == 1:
            raise LookupError

    with structlog.testing.capture_logs() as lines:
        asyncio.run(lasting(partial(look_around, "here")))
    assert begun == ["here", "here"]
    assert lines[0]["work"].endswith("look_around")


def test_work_that_is_cancelled_ends() -> None:
    async def cancel() -> bool:
        task = asyncio.create_task(lasting(asyncio.Event().wait))  # type: ignore[arg-type]  # noqa: TID251
        await asyncio.sleep(0)
        task.cancel()
        await asyncio.wait([task])
        return task.cancelled()

    assert asyncio.run(cancel())
