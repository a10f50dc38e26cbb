"""Work in threads that nobody leaves behind: whoever is cancelled waits until it is done.

`asyncio.to_thread` lets it run on, so that what its caller does at the end may overtake it.
"""

import asyncio
from collections.abc import Callable
from typing import TypeVar

Result = TypeVar("Result")


async def in_thread(work: Callable[..., Result], *arguments: object) -> Result:
    """Do some work in a thread, and wait for it also when cancelled."""
    running = asyncio.get_running_loop().run_in_executor(None, work, *arguments)
    try:
        return await asyncio.shield(running)
    except asyncio.CancelledError:
        await asyncio.wait([running])
        raise
