import asyncio
import time

import uvloop

from eir import loop


def test_its_clock_goes_on_while_a_pass_lasts() -> None:
    async def body() -> None:
        running = asyncio.get_running_loop()
        assert isinstance(running, uvloop.Loop)
        began = running.time()
        until = time.monotonic() + 0.003
        while time.monotonic() < until:
            pass
        assert running.time() >= began + 0.003

    loop.run(body())


def test_a_deadline_by_its_clock_is_kept() -> None:
    async def body() -> None:
        running = asyncio.get_running_loop()
        woken: asyncio.Future[float] = running.create_future()
        due = running.time() + 0.02
        running.call_at(due, lambda: woken.set_result(running.time()))
        assert await woken >= due - 0.002  # libuv counts in milliseconds

    loop.run(body())
