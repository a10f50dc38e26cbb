from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st

from protocols.timers import Timers, earliest


@dataclass(eq=False)
class Target:
    deadline: float | None = None


def test_the_earliest_is_of_those_that_there_are() -> None:
    assert earliest(None, 3.0, 2.0, None) == 2.0
    assert earliest(0.0, 1.0) == 0.0
    assert earliest() is earliest(None) is None


def test_a_target_is_due_once() -> None:
    timers: Timers[Target] = Timers()
    target = Target(1.0)
    timers.arm(target)
    assert timers.deadline == 1.0
    assert timers.due(0.9) == []
    assert timers.due(1.0) == [target]
    assert timers.deadline is None


def test_a_deadline_that_moved_back_is_waited_for() -> None:
    timers: Timers[Target] = Timers()
    target = Target(1.0)
    timers.arm(target)
    target.deadline = 2.0
    timers.arm(target)
    assert timers.due(1.0) == []
    assert timers.deadline == 2.0
    assert timers.due(2.0) == [target]


def test_a_deadline_that_moved_forward_is_not_missed() -> None:
    timers: Timers[Target] = Timers()
    target = Target(3.0)
    timers.arm(target)
    target.deadline = 1.0
    timers.arm(target)
    assert timers.due(1.0) == [target]
    target.deadline = None
    assert timers.due(3.0) == []


def test_a_target_that_is_gone_is_not_due_and_not_kept() -> None:
    timers: Timers[Target] = Timers()
    one, other = Target(1.0), Target(2.0)
    timers.arm(one)
    timers.arm(other)
    timers.disarm(one)
    timers.disarm(one)
    assert timers.deadline == 2.0
    assert timers.due(5.0) == [other]


def test_a_target_without_a_deadline_is_not_armed() -> None:
    timers: Timers[Target] = Timers()
    timers.arm(Target())
    assert timers.deadline is None


@given(st.lists(st.tuples(st.integers(0, 3), st.none() | st.integers(0, 9)), max_size=20))
def test_whatever_moves_every_target_is_due_in_time(moves: list[tuple[int, int | None]]) -> None:
    timers: Timers[Target] = Timers()
    targets = [Target() for _ in range(4)]
    for which, deadline in moves:
        targets[which].deadline = deadline
        timers.arm(targets[which])
        wanted = [target.deadline for target in targets if target.deadline is not None]
        if wanted:
            assert timers.deadline is not None
            assert timers.deadline <= min(wanted)
    waiting = [target for target in targets if target.deadline is not None]
    assert {id(target) for target in timers.due(9.0)} == {id(target) for target in waiting}
