"""Whether the time of day may be believed by who deletes what is old.

A clock that was set wrong makes everything look old. So nothing goes for its age until the clock
went on for an hour as time does: a jump that is mended within that costs nothing. That the newest
file is old, too, would be no better sign: with a wrong clock, what is written next is of that time.
"""

import time
from datetime import UTC, datetime

T_BELIEVED = 3600.0  # seconds; ours: how long a clock goes on steadily before files go by it
T_STEP = 30.0  # seconds; ours: more than a clock is corrected by while it goes on


class ClockWatch:
    """Tells whether the clock may be believed: whether it goes on as time does for long."""

    def __init__(self) -> None:
        self._ahead: float | None = None  # of the clock that nobody can set, seconds
        self._since = 0.0

    def believed(self) -> datetime | None:
        """Look at the clock now; None: nobody can say what is too old."""
        now = datetime.now(UTC)
        passed = time.clock_gettime(time.CLOCK_BOOTTIME)
        return now if self.is_believed(now.timestamp(), passed) else None

    def is_believed(self, now: float, passed: float) -> bool:
        """Tell whether the clock has gone on steadily.

        Args:
            now: what it says, UTC seconds.
            passed: what a clock says that nobody can set, seconds.
        """
        before, self._ahead = self._ahead, now - passed
        if before is None or abs(self._ahead - before) > T_STEP:
            self._since = passed
        return passed - self._since >= T_BELIEVED
