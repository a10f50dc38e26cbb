"""One way out for notices: a bounded queue, and a task that delivers what is in it, in order.

A notice is tried until it is delivered or refused. What the queue has no room for is lost, the
oldest first: what is newer says better how things are. What is lost is counted, and the log and
the next delivery say so.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Coroutine
from typing import Any, TypeAlias

import structlog

from eir.alarms.board import Notice
from eir.backoff import Backoff

QUEUE = 1000  # ours: notices that wait


class UndeliveredError(Exception):
    """A notice was not taken.

    Attributes:
        next_step: what to do.
        is_final: nobody needs to try again.
    """

    def __init__(self, reason: str, *, next_step: str = "", is_final: bool = False) -> None:
        super().__init__(reason)
        self.next_step = next_step
        self.is_final = is_final


# A notice, and how many were lost since the last delivery. Raises UndeliveredError.
Deliver: TypeAlias = Callable[[Notice, int], Coroutine[Any, Any, None]]


class Outlet:
    """Delivers notices to one who wants them.

    Attributes:
        name: of whom, for people.
        delivered: notices that were taken.
        lost: notices that were not, and never will be.
        close: gives back what it took.
    """

    def __init__(
        self, name: str, deliver: Deliver, close: Callable[[], None] = lambda: None
    ) -> None:
        """Open the way.

        Args:
            name: of whom we tell, for people.
            deliver: delivers one notice.
            close: gives back what it took, when nobody runs it any more.
        """
        self.name = name
        self.delivered = 0
        self.lost = 0
        self.close = close
        self._deliver = deliver
        self._waiting: deque[Notice] = deque()
        self._news = asyncio.Event()
        self._backoff = Backoff(first=1.0, last=60.0, calm=120.0)
        self._told_lost = 0
        self._is_failing = False  # and the log has it

    def tell(self, notice: Notice) -> None:
        """Take a notice; never wait."""
        if len(self._waiting) == QUEUE:
            self._waiting.popleft()
            self._lose("it has taken none for too long")
        self._waiting.append(notice)
        self._news.set()

    async def run(self) -> None:
        """Deliver until cancelled."""
        while True:
            await self._news.wait()
            self._news.clear()
            while self._waiting:
                await self._deliver_one(self._waiting.popleft())

    async def _deliver_one(self, notice: Notice) -> None:
        """Try until it is taken, or refused."""
        while True:
            lost = self.lost - self._told_lost
            try:
                await self._deliver(notice, lost)
            except UndeliveredError as error:
                if error.is_final:
                    self._lose(str(error), next_step=error.next_step)
                    return
                self._fail(error)
                await asyncio.sleep(self._backoff.wait(asyncio.get_running_loop().time()))
            else:
                self._told_lost += lost
                self.delivered += 1
                self._is_failing = False
                return

    def _lose(self, reason: str, next_step: str = "") -> None:
        self.lost += 1
        structlog.get_logger().warning(
            "alarm_notice_lost",
            outlet=self.name,
            reason=reason,
            lost=self.lost,
            next_step=next_step or "see what is on: eir alarms",
        )

    def _fail(self, error: UndeliveredError) -> None:
        if not self._is_failing:
            structlog.get_logger().warning(
                "alarm_notice_waits",
                outlet=self.name,
                reason=str(error),
                next_step=error.next_step or "none: it is tried again",
            )
        self._is_failing = True
