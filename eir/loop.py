"""The loop that a worker runs on: libuv's, which costs a third of asyncio's own.

libuv reads the clock once a pass. Budgets are of parts of a pass, so they need one that goes on.
"""

import asyncio
import time
from collections.abc import Coroutine
from typing import Any

import uvloop


class Loop(uvloop.Loop):
    """A loop of libuv, by a clock that goes on while a pass lasts."""

    def time(self) -> float:
        """Give monotonic seconds."""
        return time.monotonic()


def run(main: Coroutine[Any, Any, None]) -> None:
    """Run this to its end."""
    with asyncio.Runner(loop_factory=Loop) as runner:
        runner.run(main)
