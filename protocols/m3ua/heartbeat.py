"""Is the peer alive (RFC 4666 §4.3.4.6)."""

from protocols.probes import Probes

MISSED = 2  # heartbeats: "within 2*T(beat)"


class Heartbeat:
    """The heartbeat of one association; `deadline` is when T(beat) expires."""

    def __init__(self, t_beat: float, probes: Probes) -> None:
        """Do nothing yet.

        Args:
            t_beat: seconds from one to the next; 0: there are none.
            probes: counts them.
        """
        self._probes = probes
        self.deadline: float | None = None
        self._t_beat = t_beat
        self._missed = 0

    def start(self, now: float) -> None:
        """Begin, once the peer has shown that it speaks M3UA; 0 seconds mean never."""
        if self.deadline is None and self._t_beat:
            self.deadline = now + self._t_beat

    def stop(self) -> None:
        """Send no more heartbeats."""
        self.deadline = None

    def heard(self) -> None:
        """Take note of any message: each shows that the peer is alive, as an Ack does."""
        self._missed = 0

    def acknowledged(self) -> None:
        """Take an Ack."""
        self._probes.answered += 1

    def expire(self, now: float) -> bool:
        """Tell, when T(beat) expires, whether the peer may still be alive; if so ask it."""
        self._probes.missed += self._missed > 0
        if self._missed == MISSED:
            return False
        self._missed += 1
        self._probes.sent += 1
        self.deadline = now + self._t_beat
        return True
