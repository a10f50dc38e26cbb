"""Work in threads that nobody leaves behind."""

import asyncio
import threading

import pytest

from eir.threads import in_thread


def test_what_was_done_is_given() -> None:
    assert asyncio.run(in_thread(divmod, 7, 2)) == (3, 1)


def test_what_fails_is_raised() -> None:
    with pytest.raises(ZeroDivisionError):
        asyncio.run(in_thread(divmod, 7, 0))


def test_who_is_cancelled_waits_for_what_was_begun() -> None:
    begun, may_end, done = threading.Event(), threading.Event(), []

    def work() -> None:
        begun.set()
        assert may_end.wait(30)
        done.append(1)

    async def cancel() -> None:
        async with asyncio.TaskGroup() as tasks:
            working = tasks.create_task(in_thread(work))
            await asyncio.to_thread(begun.wait, 30)
            working.cancel()
            await asyncio.wait([working], timeout=0.05)
            assert not working.done()
            may_end.set()
        assert working.cancelled()

    asyncio.run(cancel())
    assert done
