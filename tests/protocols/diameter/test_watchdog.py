"""RFC 3539 Appendix A, row by row; the rows stand above what proves them.

Failover, Failback and Throwaway have nothing to act on in a node that sends no requests.
"""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols.diameter.watchdog import Action, Watchdog, WatchdogState
from protocols.probes import Probes

OKAY, SUSPECT, DOWN = WatchdogState.OKAY, WatchdogState.SUSPECT, WatchdogState.DOWN
REOPEN, INITIAL = WatchdogState.REOPEN, WatchdogState.INITIAL
SEND = [Action.SEND_WATCHDOG]
CLOSE = [Action.CLOSE_CONNECTION]
OPEN = [Action.ATTEMPT_OPEN]
NOTHING: list[Action] = []

pytestmark = pytest.mark.spec("RFC 3539", "Appendix A")


def watchdog(state: WatchdogState, *, pending: bool = False, num_dwa: int = 0) -> Watchdog:
    """Make a watchdog in a state; Tw is 30 s without jitter, last set at 0."""
    made = Watchdog(tw_init=30.0, random=lambda: 0.5)
    made.state, made.deadline = state, 30.0
    made._pending, made._num_dwa = pending, num_dwa
    return made


def check(
    tested: Watchdog,
    state: WatchdogState,
    *,
    tw: float = 31.0,  # SetWatchdog() at 1
    pending: bool = False,
) -> None:
    assert (tested.state, tested.deadline, tested._pending) == (state, tw, pending)


# | OKAY          Receive DWA          Pending = FALSE
# |                                    SetWatchdog()        OKAY
def test_okay_receives_dwa() -> None:
    tested = watchdog(OKAY, pending=True)
    tested.received(1.0, is_dwa=True)
    check(tested, OKAY, pending=False)


# | OKAY          Receive non-DWA      SetWatchdog()        OKAY
@pytest.mark.parametrize("pending", [False, True])
def test_okay_receives_non_dwa(*, pending: bool) -> None:
    tested = watchdog(OKAY, pending=pending)
    tested.received(1.0, is_dwa=False)
    check(tested, OKAY, pending=pending)


# | SUSPECT       Receive DWA          Pending = FALSE
# |                                    Failback()
# |                                    SetWatchdog()        OKAY
def test_suspect_receives_dwa() -> None:
    tested = watchdog(SUSPECT, pending=True)
    tested.received(1.0, is_dwa=True)
    check(tested, OKAY, pending=False)


# | SUSPECT       Receive non-DWA      Failback()
# |                                    SetWatchdog()        OKAY
def test_suspect_receives_non_dwa() -> None:
    tested = watchdog(SUSPECT, pending=True)
    tested.received(1.0, is_dwa=False)
    check(tested, OKAY, pending=True)


# | REOPEN        Receive DWA &        Pending = FALSE
# |               NumDWA == 2          NumDWA++
# |                                    Failback()           OKAY
def test_reopen_receives_the_third_dwa() -> None:
    tested = watchdog(REOPEN, pending=True, num_dwa=2)
    tested.received(1.0, is_dwa=True)
    check(tested, OKAY, tw=30.0, pending=False)


# | REOPEN        Receive DWA &        Pending = FALSE
# |               NumDWA < 2           NumDWA++             REOPEN
@pytest.mark.parametrize("num_dwa", [-1, 0, 1])
def test_reopen_receives_an_earlier_dwa(num_dwa: int) -> None:
    tested = watchdog(REOPEN, pending=True, num_dwa=num_dwa)
    tested.received(1.0, is_dwa=True)
    check(tested, REOPEN, tw=30.0, pending=False)
    assert tested._num_dwa == num_dwa + 1


# | REOPEN        Receive non-DWA      Throwaway()          REOPEN
# | INITIAL       Receive non-DWA      Throwaway()          INITIAL
# | DOWN          Receive non-DWA      Throwaway()          DOWN
@pytest.mark.parametrize("state", [REOPEN, INITIAL, DOWN])
def test_reopen_initial_and_down_learn_nothing_from_non_dwa(state: WatchdogState) -> None:
    tested = watchdog(state, pending=True, num_dwa=2)
    tested.received(1.0, is_dwa=False)
    check(tested, state, tw=30.0, pending=True)
    assert tested._num_dwa == 2


# | INITIAL       Receive DWA          Pending = FALSE
# |                                    Throwaway()          INITIAL
# | DOWN          Receive DWA          Pending = FALSE
# |                                    Throwaway()          DOWN
# Pending means nothing in these states, and `Connection up` sets it: it is not looked at.
@pytest.mark.parametrize("state", [INITIAL, DOWN])
def test_initial_and_down_stay_when_they_receive_dwa(state: WatchdogState) -> None:
    tested = watchdog(state)
    tested.received(1.0, is_dwa=True)
    check(tested, state, tw=30.0)


# | OKAY          Timer expires &      SendWatchdog()
# |               !Pending             SetWatchdog()
# |                                    Pending = TRUE       OKAY
def test_okay_expires_and_asks() -> None:
    tested = watchdog(OKAY)
    assert tested.expire(1.0) == SEND
    check(tested, OKAY, pending=True)


# | OKAY          Timer expires &      Failover()
# |               Pending              SetWatchdog()        SUSPECT
def test_okay_expires_unanswered() -> None:
    tested = watchdog(OKAY, pending=True)
    assert tested.expire(1.0) == [Action.FAILOVER]
    check(tested, SUSPECT, pending=True)


# | SUSPECT       Timer expires        CloseConnection()
# |                                    SetWatchdog()        DOWN
def test_suspect_expires() -> None:
    tested = watchdog(SUSPECT, pending=True)
    assert tested.expire(1.0) == CLOSE
    check(tested, DOWN, pending=True)


# | INITIAL       Timer expires        AttemptOpen()
# |                                    SetWatchdog()        INITIAL
# | DOWN          Timer expires        AttemptOpen()
# |                                    SetWatchdog()        DOWN
@pytest.mark.parametrize("state", [INITIAL, DOWN])
def test_initial_and_down_expire(state: WatchdogState) -> None:
    tested = watchdog(state)
    assert tested.expire(1.0) == OPEN
    check(tested, state)


# | REOPEN        Timer expires &      SendWatchdog()
# |               !Pending             SetWatchdog()
# |                                    Pending = TRUE       REOPEN
def test_reopen_expires_and_asks() -> None:
    tested = watchdog(REOPEN, num_dwa=1)
    assert tested.expire(1.0) == SEND
    check(tested, REOPEN, pending=True)
    assert tested._num_dwa == 1


# | REOPEN        Timer expires &      CloseConnection()
# |               Pending &            SetWatchdog()
# |               NumDWA < 0                                DOWN
def test_reopen_expires_unanswered_again() -> None:
    tested = watchdog(REOPEN, pending=True, num_dwa=-1)
    assert tested.expire(1.0) == CLOSE
    check(tested, DOWN, pending=True)


# | REOPEN        Timer expires &      NumDWA = -1
# |               Pending &            SetWatchdog()
# |               NumDWA >= 0                               REOPEN
@pytest.mark.parametrize("num_dwa", [0, 1, 2])
def test_reopen_expires_unanswered(num_dwa: int) -> None:
    tested = watchdog(REOPEN, pending=True, num_dwa=num_dwa)
    assert tested.expire(1.0) == NOTHING
    check(tested, REOPEN, pending=True)
    assert tested._num_dwa == -1


# | INITIAL       Connection up        SetWatchdog()        OKAY
def test_initial_connects() -> None:
    tested = watchdog(INITIAL)
    assert tested.connection_up(1.0) == NOTHING
    check(tested, OKAY)


# | DOWN          Connection up        NumDWA = 0
# |                                    SendWatchdog()
# |                                    SetWatchdog()
# |                                    Pending = TRUE       REOPEN
def test_down_connects() -> None:
    tested = watchdog(DOWN, num_dwa=2)
    assert tested.connection_up(1.0) == SEND
    check(tested, REOPEN, pending=True)
    assert tested._num_dwa == 0


# | OKAY          Connection down      CloseConnection()
# |                                    Failover()
# |                                    SetWatchdog()        DOWN
# | SUSPECT       Connection down      CloseConnection()
# |                                    SetWatchdog()        DOWN
# | REOPEN        Connection down      CloseConnection()
# |                                    SetWatchdog()        DOWN
@pytest.mark.parametrize("state", [OKAY, SUSPECT, REOPEN])
def test_a_connection_that_goes_down_is_down(state: WatchdogState) -> None:
    tested = watchdog(state)
    tested.connection_down(1.0)
    check(tested, DOWN)


# ours: no failure, so the next connection is like the first.
@pytest.mark.parametrize("state", WatchdogState)
def test_an_orderly_end_is_followed_by_a_first_connection(state: WatchdogState) -> None:
    tested = watchdog(state, pending=True)
    tested.disconnected(1.0)
    check(tested, INITIAL)


def test_a_peer_that_is_called_for_the_first_time_is_called_again_after_tw() -> None:
    tested = Watchdog(tw_init=30.0, random=lambda: 0.5)
    assert tested.deadline is None
    tested.start(1.0)
    check(tested, INITIAL)


@pytest.mark.spec("RFC 3539", "3.4.1")
@pytest.mark.parametrize(("random", "tw"), [(0.0, 28.0), (0.25, 29.0), (0.5, 30.0), (1.0, 32.0)])
def test_tw_has_a_jitter_of_two_seconds_either_way(random: float, tw: float) -> None:
    tested = Watchdog(tw_init=30.0, random=lambda: random)
    tested.start(0.0)
    assert tested.deadline == tw


EVENTS = st.lists(st.sampled_from(["up", "down", "end", "dwa", "message", "expire"]))


@given(st.sampled_from(WatchdogState), EVENTS, st.floats(0.0, 1.0))
def test_any_history_leaves_a_timer_within_its_jitter(
    state: WatchdogState, events: list[str], random: float
) -> None:
    tested = watchdog(state)
    tested._random = lambda: random
    for now, event in enumerate(events, start=1):
        before = tested.state
        happen(tested, event, float(now))
        assert tested.deadline is not None
        assert tested.deadline <= now + 32.0
        if event in {"up", "down", "end", "expire"}:
            assert tested.deadline >= now + 28.0
        if event == "expire":
            assert tested.state is not OKAY or before is OKAY


def happen(tested: Watchdog, event: str, now: float) -> None:
    match event:
        case "up":
            tested.connection_up(now)
        case "down":
            tested.connection_down(now)
        case "end":
            tested.disconnected(now)
        case "expire":
            tested.expire(now)
        case _:
            tested.received(now, is_dwa=event == "dwa")


def test_what_was_asked_answered_and_missed_is_counted() -> None:
    watchdog = Watchdog(tw_init=30.0, random=lambda: 0.5)
    watchdog.connection_up(0.0)
    watchdog.expire(30.0)
    watchdog.received(31.0, is_dwa=True)
    watchdog.expire(61.0)
    watchdog.received(62.0, is_dwa=False)  # it lives, but has not answered
    assert watchdog.probes == Probes(sent=2, answered=1, missed=0)
    watchdog.expire(92.0)
    watchdog.expire(122.0)
    assert watchdog.probes == Probes(sent=2, answered=1, missed=1)
    watchdog.ask()
    assert watchdog.probes.sent == 3
