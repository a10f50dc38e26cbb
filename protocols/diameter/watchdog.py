"""Is the peer alive (RFC 3539 §3.4, Appendix A): the watchdog's states, table and timer.

Failover, Failback and Throwaway concern requests that a node has pending at a peer or would
send to it. An EIR sends none, so these actions have nothing to act on here; and a request that
comes in is answered in every state, REOPEN included, because who asks must get an answer.
"""

from collections.abc import Callable
from enum import Enum

from protocols.probes import Probes

JITTER = 2.0  # seconds either way (RFC 3539 §3.4.1 [1])
REOPEN_ANSWERS = 3  # watchdogs answered before a connection is in service again (§3.4.1 [5])


class WatchdogState(Enum):
    """RFC 3539 Appendix A."""

    INITIAL = "INITIAL"
    OKAY = "OKAY"
    SUSPECT = "SUSPECT"
    DOWN = "DOWN"
    REOPEN = "REOPEN"


class Action(Enum):
    """What the watchdog asks of the peer state machine."""

    SEND_WATCHDOG = "SendWatchdog()"
    FAILOVER = "Failover()"  # nothing fails over here, but somebody may want to know
    CLOSE_CONNECTION = "CloseConnection()"
    ATTEMPT_OPEN = "AttemptOpen()"


class Watchdog:
    """The watchdog of one peer; `deadline` is when Tw expires, `probes` what it came to."""

    def __init__(self, *, tw_init: float, random: Callable[[], float]) -> None:
        self.state = WatchdogState.INITIAL
        self.deadline: float | None = None
        self.probes = Probes()
        self._tw_init = tw_init
        self._random = random
        self._pending = False
        self._num_dwa = 0

    def ask(self) -> list[Action]:
        """Do `SendWatchdog()`, which somebody else may want, too."""
        self.probes.sent += 1
        return [Action.SEND_WATCHDOG]

    def start(self, now: float) -> None:
        """Arm Tw in INITIAL, so that its expiry opens the connection again."""
        self._set_watchdog(now)

    def connection_up(self, now: float) -> list[Action]:
        """Take `Connection up` (Appendix A)."""
        self._set_watchdog(now)
        match self.state:
            case WatchdogState.DOWN:
                self._num_dwa = 0
                self._pending = True
                self.state = WatchdogState.REOPEN
                return self.ask()
            case _:
                self._pending = False
                self.state = WatchdogState.OKAY
                return []

    def connection_down(self, now: float) -> None:
        """Take `Connection down` (Appendix A)."""
        self._set_watchdog(now)
        if self.state is not WatchdogState.INITIAL:
            self.state = WatchdogState.DOWN

    def disconnected(self, now: float) -> None:
        """Take an orderly end: nothing failed, so the next connection is a first one (ours)."""
        self._set_watchdog(now)
        self._pending = False
        self.state = WatchdogState.INITIAL

    def received(self, now: float, *, is_dwa: bool) -> None:
        """Take `Receive DWA` and `Receive non-DWA` (Appendix A)."""
        self.probes.answered += is_dwa
        match self.state:
            case WatchdogState.OKAY | WatchdogState.SUSPECT:
                self._pending = self._pending and not is_dwa
                self.state = WatchdogState.OKAY
                self._set_watchdog(now)
            case WatchdogState.REOPEN if is_dwa:
                self._pending = False
                self._num_dwa += 1
                if self._num_dwa == REOPEN_ANSWERS:
                    self.state = WatchdogState.OKAY

    def expire(self, now: float) -> list[Action]:
        """Take `Timer expires` (Appendix A)."""
        self._set_watchdog(now)
        match self.state:
            case WatchdogState.OKAY if not self._pending:
                self._pending = True
                return self.ask()
            case WatchdogState.OKAY:
                self.probes.missed += 1
                self.state = WatchdogState.SUSPECT
                return [Action.FAILOVER]
            case WatchdogState.SUSPECT:
                self.state = WatchdogState.DOWN
                return [Action.CLOSE_CONNECTION]
            case WatchdogState.REOPEN if not self._pending:
                self._pending = True
                return self.ask()
            case WatchdogState.REOPEN if self._num_dwa < 0:
                self.state = WatchdogState.DOWN
                return [Action.CLOSE_CONNECTION]
            case WatchdogState.REOPEN:
                self.probes.missed += 1
                self._num_dwa = -1
                return []
            case _:
                return [Action.ATTEMPT_OPEN]

    def _set_watchdog(self, now: float) -> None:
        """Set Tw: Twinit with a jitter between -2 and 2 seconds (§3.4.1 [1])."""
        self.deadline = now + self._tw_init + JITTER * (2.0 * self._random() - 1.0)
