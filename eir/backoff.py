"""How long to wait before trying again."""

from dataclasses import dataclass, field


@dataclass(slots=True)
class Backoff:
    """Doubles the wait from `first` to `last` seconds, and starts over after `calm` quiet ones."""

    first: float
    last: float
    calm: float
    _next: float = field(init=False, default=0.0)
    _asked_at: float = field(init=False, default=float("-inf"))

    def wait(self, now: float) -> float:
        """Return how long to wait after a failure at `now`: nothing after the first."""
        if now - self._asked_at > self.calm:
            self._next = 0.0
        delay = self._next
        self._next = min(max(self.first, delay * 2), self.last)
        self._asked_at = now + delay
        return delay
