from eir.overload import Gate, Limit, Limits
from eir.transport.backlog import FEW, Room
from eir.transport.intake import LEAST, Intake
from eir.transport.machine import Incoming, Restarted, Whole

USUAL = 10


class Refusals(list[tuple[Incoming, Limit]]):
    def add(self, incoming: Incoming, limit: Limit, /) -> None:
        self.append((incoming, limit))


def check(text: str) -> Whole:
    return Whole(text.encode())


def leave(text: str) -> Whole:
    return Whole(text.upper().encode())


def priority_of(octets: bytes) -> int | None:
    """Take small letters for checks; `a` matters most."""
    if octets.isupper():
        return None
    return 0 if octets.startswith(b"a") else USUAL


def intake(refused: Refusals, *, rate: float = 0.0, octets: int = 1000) -> Intake:
    limits = Limits(peer_rate=rate, node_rate=0.0, peer_octets=octets, node_octets=10_000, wait=1.0)
    return Intake(
        Gate(limits), Room(limits), peer="mme1", priority_of=priority_of, refuse=refused.add
    )


def test_what_is_read_is_not_looked_at_while_any_number_is_taken() -> None:
    taken = intake(Refusals())
    batch: list[Incoming] = [check("x"), leave("y"), Restarted()]
    taken.take_in(batch, 0.0)
    assert list(taken.fresh) == list(taken) == batch
    assert (bool(taken), taken.has_waiting, taken.is_full) == (True, False, True)


def test_checks_that_come_too_fast_are_refused_and_nothing_else_is() -> None:
    refused = Refusals()
    taken = intake(refused, rate=4)
    taken.take_in([check("x"), leave("y"), check("a"), Restarted(), check("z")], 0.0)
    assert [each for each, _ in refused] == [check("x"), check("z")]
    assert {limit for _, limit in refused} == {Limit.PEER_RATE}
    assert list(taken.fresh) == [leave("y"), check("a"), Restarted()]


def test_far_from_a_limit_nothing_is_looked_at() -> None:
    def priority_of_nothing(octets: bytes) -> int | None:
        raise AssertionError(octets)

    limits = Limits(peer_rate=40.0, node_rate=0.0, peer_octets=9, node_octets=9, wait=1.0)
    gate, refused = Gate(limits), Refusals()
    room = Room[Incoming](limits)
    taken = Intake(gate, room, peer="mme1", priority_of=priority_of_nothing, refuse=refused.add)
    taken.take_in([check("x")] * 10, 0.0)
    assert (len(taken.fresh), gate.allows("mme1", 1, 0.0)) == (10, False)


def test_what_waits_keeps_within_its_room_and_time() -> None:
    refused = Refusals()
    taken = intake(refused, octets=4)
    taken.take_in([check("xx"), check("aa"), check("yy"), leave("z")], 0.0)
    while taken.fresh:
        taken.let_wait()
    taken.settle(0.0)
    assert refused == [(check("xx"), Limit.OCTETS), (check("yy"), Limit.OCTETS)]
    taken.settle(2.0)
    assert refused[2:] == [(check("aa"), Limit.WAIT)]
    assert taken.pop(2.0) == leave("z")
    assert not taken


def test_what_comes_may_pass_checks_that_wait_and_nothing_else() -> None:
    taken = intake(Refusals())
    seen = []
    taken.take_in([check("x"), Restarted()], 0.0)
    while taken.fresh:
        taken.let_wait()
        seen.append(taken.is_passable)
    assert seen == [True, False]


def test_what_is_given_up_is_refused_whether_it_waits_or_was_not_looked_at() -> None:
    refused = Refusals()
    taken = intake(refused)
    taken.take_in([check("x"), leave("y"), check("z")], 0.0)
    taken.let_wait()
    taken.give_up()
    assert refused == [(check("x"), Limit.WAIT), (check("z"), Limit.WAIT)]
    assert list(taken) == [leave("y")]


def test_when_time_is_spent_the_rest_is_refused_later() -> None:
    refused = Refusals()
    taken = intake(refused)
    taken.take_in([check("x")] * 2 * FEW, 0.0)
    while taken.fresh:
        taken.let_wait()
    taken.settle(2.0, lambda: True)
    assert len(refused) == FEW


def test_the_time_that_nobody_looked_at_what_was_read_counts() -> None:
    refused = Refusals()
    taken = intake(refused)
    taken.take_in([check("x")], 0.0)
    taken.take_in([check("y")], 0.5)
    taken.let_wait()
    taken.take_in([check("z")], 0.7)
    taken.settle(1.1)
    assert refused == [(check("x"), Limit.WAIT)]


def test_what_is_allowed_by_its_octets_is_counted_by_its_checks() -> None:
    taken = intake(Refusals(), rate=40)
    assert taken.allows(10 * LEAST, 0.0)
    assert not taken.allows(11 * LEAST, 0.0)
    taken.spend(10, 0.0)
    assert not taken.allows(LEAST, 0.0)
    assert taken.allows(LEAST, 0.1)


def test_an_intake_that_is_closed_leaves_its_room() -> None:
    limits = Limits(peer_rate=0.0, node_rate=0.0, peer_octets=9, node_octets=9, wait=1.0)
    room: Room[Incoming] = Room(limits)
    taken = Intake(Gate(limits), room, peer="mme1", priority_of=priority_of, refuse=Refusals().add)
    taken.take_in([check("x"), check("y"), check("z")], 0.0)
    taken.let_wait()
    taken.let_wait()
    taken.pop(0.0)
    assert (room.octets, taken.is_full) == (1, True)
    taken.clear()
    assert (room.octets, bool(taken)) == (0, False)
    taken.take_in([check("x")], 0.0)
    taken.let_wait()
    taken.close()
    assert (room.octets, bool(taken)) == (0, False)
