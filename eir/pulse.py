"""One look a second at what the workers count, for everybody who wants one.

Measurements, trends and alarms wait for the same beat, so that the pages are read once. Each of
them is work of its own: a bug in one of them is not the others'.
"""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from eir.metrics import Counters
from eir.metrics.sums import Sums

T_BEAT = 1.0  # seconds


@dataclass(frozen=True, slots=True)
class Beat:
    """What was counted at one moment.

    Attributes:
        at: when, UTC seconds.
        clock: the same in monotonic seconds.
        sums: what all workers have counted.
    """

    at: float
    clock: float
    sums: Sums


class Pulse:
    """Looks at each whole second of the clock, if anybody waits for it."""

    def __init__(self, pages: Sequence[Counters]) -> None:
        self._pages = pages
        self._coming: asyncio.Future[Beat] | None = None  # None: nobody waits

    async def run(self) -> None:
        """Look until cancelled."""
        while True:
            if self._coming is not None:
                self._coming.set_result(self.now())
                self._coming = None
            await asyncio.sleep(_wait(_utc_seconds()))

    def now(self) -> Beat:
        """Look out of turn."""
        return Beat(_utc_seconds(), time.monotonic(), Sums.of(self._pages))

    async def next(self) -> Beat:
        """Wait for the next beat."""
        if self._coming is None:
            self._coming = asyncio.get_running_loop().create_future()
        return await asyncio.shield(self._coming)  # who is cancelled leaves it to the others


def _wait(now: float) -> float:
    """Say how long it is to the whole second that is nearest to a second from now.

    A wait that ended a little early is not followed by another look at once.
    """
    return 1.5 * T_BEAT - (now + T_BEAT / 2) % T_BEAT


def _utc_seconds() -> float:
    return datetime.now(UTC).timestamp()
