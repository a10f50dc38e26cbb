"""Wakes up what waits for deadlines that move."""

import asyncio
from collections.abc import Callable
from math import inf


class Waking:
    """Calls at the next deadline, or before it: one that moved back costs nothing until then."""

    def __init__(self, wake: Callable[[], None]) -> None:
        """Begin without a deadline; `wake` says the next one once it has acted."""
        self._loop = asyncio.get_running_loop()
        self._wake = wake
        self._timer: asyncio.Handle | None = None
        self._at = inf

    def by(self, deadline: float | None) -> None:
        """Call at this deadline at the latest; None: there is none."""
        if deadline is not None and deadline < self._at:
            if self._timer is not None:
                self._timer.cancel()
            self._timer = self._loop.call_at(deadline, self._call)
            self._at = deadline

    def _call(self) -> None:
        self._timer, self._at = None, inf
        self._wake()
