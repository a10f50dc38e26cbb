"""Workers that die again and again."""

from collections import deque
from collections.abc import Sequence

from eir.alarms.board import Finding
from eir.alarms.catalogue import WORKER_RESTARTING
from eir.config import Alarms

KINDS = (WORKER_RESTARTING,)


class WorkerWatch:
    """Says which workers died too often; pure, time comes in."""

    def __init__(self) -> None:
        self._died: dict[int, deque[float]] = {}
        self._known: dict[int, int] = {}

    def look(self, deaths: Sequence[int], now: float, alarms: Alarms) -> list[Finding]:
        """Say what is wrong.

        Args:
            deaths: of each worker since the start.
            now: monotonic seconds.
            alarms: how many in what time are too many.
        """
        found = []
        for worker, total in enumerate(deaths):
            died = self._died.setdefault(worker, deque())
            died.extend([now] * (total - self._known.get(worker, 0)))
            self._known[worker] = total
            while died and now - died[0] > alarms.worker_seconds:
                died.popleft()
            if len(died) >= alarms.worker_deaths:
                often = f"{alarms.worker_deaths} times or more in {alarms.worker_seconds} s"
                text = f"worker {worker} died {often}"
                found.append(Finding(WORKER_RESTARTING, str(worker), text))
        return found
