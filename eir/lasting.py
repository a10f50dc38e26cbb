"""Work beside the answers: a bug in it costs that work a moment, and no check its answer."""

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial

import structlog

from eir.backoff import Backoff


async def lasting(work: Callable[[], Awaitable[None]]) -> None:
    """Do some work until it is done or cancelled; after a bug begin it again, ever later."""
    backoff = Backoff(first=1.0, last=60.0, calm=300.0)
    while True:
        try:
            await work()
        except Exception:  # noqa: BLE001 - a TaskGroup would end the server for it
            structlog.get_logger().exception("internal_error", work=_name(work))
        else:
            return
        await asyncio.sleep(backoff.wait(asyncio.get_running_loop().time()))


def _name(work: Callable[[], Awaitable[None]]) -> str:
    return _name(work.func) if isinstance(work, partial) else getattr(work, "__qualname__", "")
