import pytest
from hypothesis import given
from hypothesis import strategies as st

from eir.overload import Limit, Limits
from eir.transport.backlog import Backlog, Room, Waiting

LEAVE = None  # the priority of what is no check
USUAL = 10
CHECK = 300  # octets


class Waits:
    """A room, its backlogs, and what was refused."""

    def __init__(self, *, peer: int = 1_000_000, node: int = 10_000_000, wait: float = 1.0) -> None:
        limits = Limits(peer_rate=0.0, node_rate=0.0, peer_octets=peer, node_octets=node, wait=wait)
        self.room: Room[str] = Room(limits)
        self.refused: list[tuple[str, Limit]] = []
        self.one = self.backlog()

    def backlog(self) -> Backlog[str]:
        return self.room.open(lambda item, limit: self.refused.append((item, limit)))

    def add(
        self,
        items: str,
        priority: int | None = USUAL,
        *,
        since: float = 0.0,
        to: Backlog[str] | None = None,
    ) -> None:
        """Let one message a letter wait."""
        for item in items:
            (self.one if to is None else to).add(Waiting(item, CHECK, priority, since))

    def settle(self, now: float = 0.0) -> str:
        """Refuse what must be; give the letters."""
        self.refused.clear()
        self.room.settle(self.one, now)
        return "".join(item for item, _ in self.refused)


def test_what_can_be_taken_at_once_is_taken_in_order() -> None:
    waits = Waits()
    waits.add("abc", 15)
    waits.add("d", 0)
    waits.add("e", LEAVE)
    assert waits.one.take(10, 0.0) == list("abcde")
    assert (len(waits.one), waits.one.octets, waits.room.octets) == (0, 0, 0)


def test_the_oldest_are_taken_first_while_none_has_waited_for_long() -> None:
    waits = Waits(wait=1.0)
    waits.add("abcdef")
    assert waits.one.take(2, 0.5) == list("ab")
    assert waits.one.take(3, 0.5) == list("cde")


def test_the_newest_are_taken_first_once_some_have_waited_for_long() -> None:
    waits = Waits(wait=1.0)
    waits.add("abcdef")
    assert waits.one.take(2, 0.6) == list("ef")
    assert waits.one.take(3, 0.6) == list("bcd")


@pytest.mark.spec("RFC 7944", "8")
@pytest.mark.parametrize("now", [0.0, 0.6])
def test_the_highest_priority_is_taken_first(now: float) -> None:
    waits = Waits()
    waits.add("ab", 15)
    waits.add("cd", 0)
    waits.add("e", 10)
    assert waits.one.take(3, now) == list("cde")


@pytest.mark.parametrize("now", [0.0, 0.6])
def test_nobody_s_leave_overtakes_what_was_asked_before(now: float) -> None:
    waits = Waits()
    waits.add("abc")
    waits.add("L", LEAVE)
    waits.add("d", 0)
    first, second, third = (waits.one.take(2, now) for _ in range(3))
    assert sorted([*first, second[0]]) == list("abc")
    assert (second[1], third) == ("L", ["d"])


def test_a_check_that_waited_too_long_is_refused_and_a_leave_is_not() -> None:
    waits = Waits(wait=1.0)
    waits.add("a", since=0.0)
    waits.add("L", LEAVE, since=0.0)
    waits.add("b", since=0.5)
    assert waits.settle(1.0) == ""
    assert waits.settle(1.25) == "a"
    assert waits.refused == [("a", Limit.WAIT)]
    assert waits.one.take(9, 0.0) == ["L", "b"]


def test_what_a_peer_has_no_room_for_is_refused_the_least_first() -> None:
    waits = Waits(peer=3 * CHECK)
    waits.add("L", LEAVE)
    waits.add("a", 15)
    waits.add("bc", 10)
    waits.add("d", 0)
    assert sorted(waits.settle()) == ["a", "b"]
    assert {limit for _, limit in waits.refused} == {Limit.OCTETS}
    assert waits.one.take(9, 0.0) == ["L", "c", "d"]


def test_only_what_can_t_be_refused_fills_a_backlog() -> None:
    waits = Waits(peer=2 * CHECK)
    waits.add("LM", LEAVE)
    assert waits.settle() == ""
    assert waits.room.is_full(waits.one)
    waits.one.take(1, 0.0)
    assert not waits.room.is_full(waits.one)


def test_room_for_all_is_made_where_most_waits() -> None:
    waits = Waits(node=4 * CHECK)
    other = waits.backlog()
    waits.add("wxyz", to=other)
    waits.add("a")
    assert waits.settle() == "w"
    assert waits.one.take(1, 0.0) == ["a"]


def test_a_connection_that_ended_leaves_its_room() -> None:
    waits = Waits(node=2 * CHECK)
    other = waits.backlog()
    waits.add("xy", to=other)
    waits.room.close(other)
    waits.add("ab")
    assert waits.room.octets == 2 * CHECK
    assert waits.settle() == ""


def test_nothing_can_be_done_about_a_room_full_of_what_can_t_be_refused() -> None:
    waits = Waits(node=2 * CHECK)
    waits.add("LMN", LEAVE)
    assert waits.settle() == ""
    assert waits.room.is_full(waits.one)


MESSAGES = st.lists(st.tuples(st.none() | st.integers(0, 15), st.integers(1, 500)), max_size=40)


@given(MESSAGES, st.integers(1, 3000), st.integers(1, 10))
def test_everything_is_taken_or_refused_once_and_room_is_kept(
    messages: list[tuple[int | None, int]], peer: int, turn: int
) -> None:
    waits = Waits(peer=peer)
    for place, (priority, octets) in enumerate(messages):
        waits.one.add(Waiting(chr(place), octets, priority, 0.0))
        waits.room.settle(waits.one, 0.0)
        assert waits.one.octets <= peer or waits.one.check_octets == 0
    taken: list[str] = []
    while len(waits.one):
        taken += waits.one.take(turn, 0.0)
    assert sorted([*taken, *(item for item, _ in waits.refused)]) == [
        chr(place) for place in range(len(messages))
    ]
    leaves = [chr(place) for place, (priority, _) in enumerate(messages) if priority is None]
    assert [item for item in taken if item in leaves] == leaves
    assert waits.room.octets == 0
