"""How long to wait before the next attempt: 1, 2, 4 … 30 seconds, give or take a quarter."""

from collections.abc import Callable

FIRST = 1.0  # seconds; ours, as the two below
LONGEST = 30.0  # seconds
JITTER = 0.25  # of the wait, either way: peers of one failed gateway must not return as one


class Backoff:
    """The waits between attempts that fail one after the other."""

    def __init__(self, random: Callable[[], float]) -> None:
        self._random = random
        self._wait = FIRST

    def next(self) -> float:
        """Give the wait before the next attempt, in seconds."""
        wait, self._wait = self._wait, min(2 * self._wait, LONGEST)
        return wait * (1.0 + JITTER * (2.0 * self._random() - 1.0))

    def reset(self) -> None:
        """Take note that an attempt succeeded."""
        self._wait = FIRST
