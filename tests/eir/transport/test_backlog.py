from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eir.overload import Limit, Limits
from eir.transport.backlog import FEW, MOST_REFUSED, Backlog, Room, Waiting

LEAVE = None  # the priority of what is no check
USUAL = 10
CHECK = 300  # octets
MANY = "abcdefghijklmnopqrst"


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

    def all(self, now: float = 0.0) -> str:
        """Take all that waits."""
        return "".join(self.one.pop(now) for _ in range(len(self.one)))

    def settle(self, now: float = 0.0, is_spent: Callable[[], bool] = lambda: False) -> str:
        """Refuse what must be; give the letters."""
        self.refused.clear()
        self.room.settle(self.one, now, is_spent)
        return "".join(item for item, _ in self.refused)


def test_a_few_are_taken_in_order() -> None:
    waits = Waits()
    waits.add("abc", 15)
    waits.add("d", 0)
    waits.add("e", LEAVE)
    assert waits.all() == "abcde"
    assert (len(waits.one), waits.one.octets, waits.room.octets) == (0, 0, 0)


def test_the_oldest_are_taken_first_while_none_has_waited_for_long() -> None:
    waits = Waits(wait=1.0)
    waits.add(MANY)
    assert waits.all(0.5) == MANY


def test_the_newest_are_taken_first_once_some_have_waited_for_long() -> None:
    waits = Waits(wait=1.0)
    waits.add(MANY)
    assert waits.all(0.6) == MANY[-FEW:] + MANY[:-FEW]


@pytest.mark.spec("RFC 7944", "8")
@pytest.mark.parametrize("now", [0.0, 0.6])
def test_the_highest_priority_is_taken_first(now: float) -> None:
    waits = Waits()
    waits.add(MANY, 15)
    waits.add("0", 0)
    waits.add("1", 10)
    assert {"0", "1"} < set(waits.all(now)[:FEW])


@pytest.mark.parametrize("now", [0.0, 0.6])
def test_nobody_s_leave_overtakes_what_was_asked_before(now: float) -> None:
    waits = Waits()
    waits.add(MANY)
    waits.add("!", LEAVE)
    waits.add("0", 0)
    taken = waits.all(now)
    assert (sorted(taken[:-2]), taken[-2:]) == (sorted(MANY), "!0")


def test_what_comes_may_pass_checks_that_wait_and_nothing_else() -> None:
    waits = Waits()
    seen = []
    for message, priority in (("a", USUAL), ("!", LEAVE)):
        waits.add(message, priority)
        seen.append(waits.one.is_passable)
    assert waits.all() == "a!"
    assert [*seen, waits.one.is_passable] == [True, False, True]


def test_a_check_that_waited_too_long_is_refused_and_a_leave_is_not() -> None:
    waits = Waits(wait=1.0)
    waits.add("a", since=0.0)
    waits.add("L", LEAVE, since=0.0)
    waits.add("b", since=0.5)
    assert waits.settle(1.0) == ""
    assert waits.settle(1.25) == "a"
    assert waits.refused == [("a", Limit.WAIT)]
    assert waits.all() == "Lb"


def test_what_a_peer_has_no_room_for_is_refused_the_least_first() -> None:
    waits = Waits(peer=3 * CHECK)
    waits.add("L", LEAVE)
    waits.add("a", 15)
    waits.add("bc", 10)
    waits.add("d", 0)
    assert sorted(waits.settle()) == ["a", "b"]
    assert {limit for _, limit in waits.refused} == {Limit.OCTETS}
    assert waits.all() == "Lcd"


def test_only_what_can_t_be_refused_fills_a_backlog() -> None:
    waits = Waits(peer=2 * CHECK)
    waits.add("LM", LEAVE)
    assert waits.settle() == ""
    assert waits.room.is_full(waits.one)
    waits.one.pop(0.0)
    assert not waits.room.is_full(waits.one)


def test_room_for_all_is_made_where_most_waits() -> None:
    waits = Waits(node=4 * CHECK)
    other = waits.backlog()
    waits.add("wxyz", to=other)
    waits.add("a")
    assert waits.settle() == "w"
    assert waits.all() == "a"


def test_all_that_waits_can_be_seen() -> None:
    waits = Waits()
    waits.add("abc")
    waits.one.pop(0.0)
    waits.add("!", LEAVE)
    assert sorted(waits.one) == ["!", "b", "c"]


def test_a_connection_that_ended_leaves_its_room() -> None:
    waits = Waits(node=2 * CHECK)
    other = waits.backlog()
    waits.add("xy", to=other)
    waits.room.close(other)
    waits.add("ab")
    assert waits.room.octets == 2 * CHECK
    assert waits.settle() == ""


def test_what_is_next_is_refused_no_more() -> None:
    waits = Waits(node=CHECK)
    waits.add("abc")
    waits.one.pop(0.0)
    assert waits.settle(9.0) == ""
    assert waits.all() == "bc"


def test_nothing_can_be_done_about_a_room_full_of_what_can_t_be_refused() -> None:
    waits = Waits(node=2 * CHECK)
    waits.add("LMN", LEAVE)
    assert waits.settle() == ""
    assert waits.room.is_full(waits.one)


def test_so_many_are_refused_at_a_time_and_the_rest_counts_until_its_turn() -> None:
    waits = Waits(peer=CHECK)
    waits.add("a" * (2 * MOST_REFUSED + 1))
    seen = [(len(waits.settle(9.0)), waits.room.octets // CHECK) for _ in range(3)]
    assert seen == [(MOST_REFUSED, MOST_REFUSED + 1), (MOST_REFUSED, 1), (1, 0)]


def test_nothing_more_is_read_until_there_is_room() -> None:
    waits = Waits(peer=MOST_REFUSED * CHECK)
    waits.add("a" * (3 * MOST_REFUSED))
    seen = []
    for _ in range(2):
        waits.settle()
        seen.append(waits.room.octets // CHECK)
    assert seen == [2 * MOST_REFUSED, MOST_REFUSED]
    assert waits.room.is_full(waits.one)


def test_a_few_are_refused_when_time_is_spent_of_one_that_is_too_late_or_of_the_fullest() -> None:
    def is_spent() -> bool:
        return True

    late = Waits()
    late.add("a" * 2 * FEW)
    assert len(late.settle(9.0, is_spent)) == FEW
    full = Waits(node=0)
    full.add("a" * 2 * FEW)
    full.add("b" * FEW, to=full.backlog())
    assert full.settle(0.0, is_spent) == "a" * FEW
    assert (full.room.octets, full.one.octets) == (2 * FEW * CHECK, FEW * CHECK)


def test_where_nothing_waits_more_is_read_though_others_have_filled_the_room() -> None:
    waits = Waits(node=CHECK)
    waits.add("L", LEAVE, to=waits.backlog())
    assert not waits.room.is_full(waits.one)


def test_in_a_hurry_checks_wait_less_and_never_more() -> None:
    waits = Waits(wait=1.0)
    waits.add("a", since=0.0)
    waits.room.hurry(2.0)
    waits.add("b", since=0.5)
    assert waits.settle(1.25) == "a"
    waits.room.hurry(0.5)
    assert waits.settle(1.25) == "b"


def test_checks_that_are_given_up_are_refused_even_if_they_are_next() -> None:
    waits = Waits()
    waits.add("abc")
    assert waits.one.pop(0.0) == "a"
    waits.add("L", LEAVE)
    waits.add("d")
    waits.one.give_up()
    assert waits.refused == [(item, Limit.WAIT) for item in "bcd"]
    assert (waits.room.octets, waits.one.check_octets) == (CHECK, 0)
    assert waits.all() == "L"
    assert waits.room.octets == 0


MESSAGES = st.lists(st.tuples(st.none() | st.integers(0, 15), st.integers(1, 500)), max_size=40)


@given(MESSAGES, st.integers(1, 3000))
def test_everything_is_taken_or_refused_once_and_room_is_kept(
    messages: list[tuple[int | None, int]], peer: int
) -> None:
    waits = Waits(peer=peer)
    taken: list[str] = []
    for place, (priority, octets) in enumerate(messages):
        waits.one.add(Waiting(chr(place), octets, priority, 0.0))
        waits.room.settle(waits.one, 0.0)
        assert waits.one.octets <= peer or waits.one.check_octets == 0
        if octets % 7 == 0 and len(waits.one):
            taken.append(waits.one.pop(0.0))
    while len(waits.one):
        taken.append(waits.one.pop(0.0))
    assert sorted([*taken, *(item for item, _ in waits.refused)]) == [
        chr(place) for place in range(len(messages))
    ]
    leaves = [chr(place) for place, (priority, _) in enumerate(messages) if priority is None]
    assert [item for item in taken if item in leaves] == leaves
    assert waits.room.octets == 0
