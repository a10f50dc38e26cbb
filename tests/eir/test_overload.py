from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eir.config import Overload
from eir.overload import (
    ASKING,
    BURST,
    LOWEST,
    PEERS,
    Bucket,
    Gate,
    Limit,
    Limits,
    Takings,
)

A, B = "mme1.example.net", "mme2.example.net"
USUAL = 10  # what a request has that names no priority
PRIORITIES = st.lists(st.integers(0, LOWEST), max_size=50)


def gate(*, peer: int = 0, node: int = 0) -> Gate:
    return Gate(limits(peer=peer, node=node))


def limits(*, peer: int = 0, node: int = 0, share: int = 1) -> Limits:
    overload = Overload(peer_checks_per_second=peer, node_checks_per_second=node)
    return Limits.of(overload, share=share)


def shared(workers: int) -> memoryview:
    return memoryview(bytearray(Takings.octets(workers)))


def taken(gate: Gate, peer: str, count: int, now: float, priority: int = USUAL) -> int:
    return count - len(gate.admit(peer, [priority] * count, now))


def test_a_worker_has_its_share_of_the_memory_and_all_of_the_rates() -> None:
    one, of_four = limits(peer=100, node=1000), limits(peer=100, node=1000, share=4)
    assert (of_four.peer_rate, of_four.node_rate) == (100, 1000)
    assert (of_four.peer_octets, of_four.node_octets * 4) == (one.peer_octets, one.node_octets)
    assert of_four.wait == one.wait == 2.0


def test_without_limits_everything_is_taken() -> None:
    assert gate().is_open
    assert taken(gate(), A, 1_000_000, 0.0) == 1_000_000
    assert not gate(peer=1).is_open
    assert not gate(node=1).is_open


def test_what_comes_faster_than_the_rate_is_shed() -> None:
    limited = gate(peer=100)
    taken(limited, A, 10_000, 0.0)  # the burst
    assert sum(taken(limited, A, 50, second / 10) for second in range(1, 101)) == 1000


def test_what_comes_no_faster_than_the_rate_is_taken() -> None:
    limited = gate(peer=100, node=100)
    assert all(taken(limited, A, 1, at / 100) == 1 for at in range(1000))


def test_a_peer_that_asks_too_much_hurts_no_other() -> None:
    limited = gate(peer=100)
    taken(limited, A, 10_000, 0.0)
    assert taken(limited, A, 1, 0.0) == 0
    assert taken(limited, B, 10, 0.0) == 10


def test_all_peers_together_meet_the_limit_of_the_node() -> None:
    limited = gate(peer=1000, node=100)
    taken(limited, A, 100, 0.0)
    assert set(limited.admit(B, [USUAL] * 30, 0.0).values()) == {Limit.NODE_RATE}
    assert taken(limited, B, 100, 1.0) > 0


@pytest.mark.parametrize("workers", [1, 3])
@pytest.mark.parametrize("rate", [50, 200, 2000])
def test_who_asks_little_finds_its_part_of_the_rate_while_others_flood(
    workers: int, rate: int
) -> None:
    memory = shared(workers)
    gates = [Gate(limits(node=rate), Takings(memory, worker=each)) for each in range(workers)]
    flooders = ["flood1", "flood2"]
    took = Counter[str]()
    for tick in range(1, 2001):  # of 10 ms
        for at, flooder in enumerate(flooders):
            took[flooder] += taken(gates[at % workers], flooder, rate, tick / 100)
        for at, calm in enumerate([A, B]):
            if tick % 20 == at:
                took[calm] += taken(gates[-1], calm, 1, tick / 100)
    assert min(took[A], took[B]) >= 98  # of 100; until they are known they have no part
    assert sum(took.values()) <= 20 * rate + rate * BURST + 4
    assert min(took[flooder] for flooder in flooders) > 4 * rate


def test_what_peers_do_not_ask_for_is_for_the_others() -> None:
    limited = gate(node=100)
    for number in range(50):
        taken(limited, f"mme{number}.example.net", 1, 0.0)
    took = sum(taken(limited, A, 10, at / 100) for at in range(1, 1001))
    assert took == pytest.approx(1000, abs=100 * BURST)


def test_peers_share_the_rate_equally_when_each_asks_for_all_of_it() -> None:
    limited = gate(node=100)
    took = Counter[str]()
    for tick in range(1, 2001):
        for peer in ("a", "b", "c", "d"):  # always in this order
            took[peer] += taken(limited, peer, 10, tick / 100)
    assert all(count > 400 for count in took.values())


def test_what_matters_more_is_taken_before_the_part_of_what_matters_less() -> None:
    limited = gate(node=100)
    took = Counter[int]()
    for tick in range(1, 1001):
        took[0] += taken(limited, A, 10, tick / 100, priority=0)
        took[LOWEST] += taken(limited, B, 10, tick / 100, priority=LOWEST)
    assert took[0] > 950
    assert took[LOWEST] < 100 * BURST


def test_who_has_not_asked_for_long_has_no_part() -> None:
    limited = gate(node=100)
    for number in range(20):
        taken(limited, f"mme{number}.example.net", 1, 0.0)
    for tick in range(1, 101):
        taken(limited, A, 1, ASKING + tick)
    assert limited._node is not None
    assert (limited._node.aside, limited._node.part) == (1, 100)


def test_all_workers_together_meet_the_limit_of_the_node() -> None:
    memory = shared(3)
    workers = [Gate(limits(node=100), Takings(memory, worker=worker)) for worker in range(3)]
    rounds = [[taken(worker, A, 5, at / 100) for worker in workers] for at in range(1, 2001)]
    took = sum(map(sum, rounds))
    assert 2000 <= took <= 2000 + 100 * BURST + len(workers)
    assert Takings(memory, worker=0).taken == took


def test_one_worker_may_take_all_that_the_node_takes() -> None:
    memory = shared(2)
    busy, idle = (Gate(limits(node=100), Takings(memory, worker=worker)) for worker in range(2))
    assert all(taken(busy, A, 1, at / 100) == 1 for at in range(1000))
    assert taken(idle, B, 5, 0.0) == 5


def test_a_worker_that_begins_owes_nothing_for_what_others_took_before() -> None:
    memory = shared(2)
    Takings(memory, worker=1).add(10**6)
    assert taken(Gate(limits(node=100), Takings(memory, worker=0)), A, 10, 0.0) == 10


def test_the_limit_that_was_met_is_named() -> None:
    limited = gate(peer=10, node=1000)
    assert set(limited.admit(A, [USUAL] * 100, 0.0).values()) == {Limit.PEER_RATE}


def test_of_equals_the_oldest_are_shed() -> None:
    shed = gate(peer=100).admit(A, [USUAL] * 100, 0.0)
    assert 0 < len(shed) < 100
    assert sorted(shed) == list(range(len(shed)))


@pytest.mark.spec("RFC 7944", "8")
def test_the_highest_priority_is_taken_first_wherever_it_stands() -> None:
    priorities = [15, 0, 10] * 20
    shed = gate(peer=100).admit(A, priorities, 0.0)
    counts = {p: sum(priorities[at] == p for at in shed) for p in (0, 10, 15)}
    assert counts[0] == 0
    assert 0 < counts[10] < counts[15]


def test_a_flood_leaves_room_for_what_matters_more() -> None:
    limited = gate(peer=100)
    for at in range(1000):
        taken(limited, A, 10, at / 100)
    assert taken(limited, A, 10, 10.0, priority=0) == 10


def test_a_limit_of_one_check_a_second_takes_one_of_any_priority() -> None:
    assert taken(gate(node=1), A, 5, 0.0, priority=LOWEST) == 1


def test_after_a_silence_no_more_than_a_burst_is_taken() -> None:
    limited = gate(peer=100)
    assert taken(limited, A, 1000, 0.0, priority=0) == taken(limited, A, 1000, 60.0, priority=0)


@pytest.mark.parametrize("before", [limits(peer=1), limits(node=1)])
def test_new_limits_count_at_once(before: Limits) -> None:
    limited = Gate(before)
    taken(limited, A, 10, 0.0)
    limited.follow(limits(peer=1000, node=1000))
    assert taken(limited, A, 10, 0.0) == 10


def test_a_clock_that_stands_still_gives_nothing_and_one_that_steps_back_takes_nothing() -> None:
    bucket = Bucket(100.0, 5.0)
    bucket.take(40)
    assert bucket.available(0, 5.0) == bucket.available(0, 4.0) == 10


def test_what_is_allowed_whatever_its_priority_is_taken_without_looking_at_each() -> None:
    limited = gate(peer=100, node=1000)
    assert limited.allows(A, 25, 0.0)
    assert not limited.allows(A, 26, 0.0)
    limited.spend(A, 25, 0.0)
    assert taken(limited, A, 100, 0.0, priority=0) == 25
    assert gate().allows(A, 1_000_000, 0.0)


def test_peers_that_come_and_go_are_forgotten() -> None:
    limited = gate(peer=1)
    for number in range(PEERS + 10):
        limited.admit(f"mme{number}.example.net", [USUAL], 0.0)
    assert len(limited._peers) == PEERS


@given(
    st.lists(st.tuples(st.floats(0, 2), st.sampled_from([A, B]), PRIORITIES), max_size=20),
    st.integers(1, 200),
    st.integers(1, 200),
)
def test_never_more_is_taken_than_the_rate_and_a_burst(
    batches: list[tuple[float, str, list[int]]], peer_rate: int, node_rate: int
) -> None:
    limited = gate(peer=peer_rate, node=node_rate)
    now, counts = 0.0, {A: 0, B: 0}
    for pause, peer, priorities in batches:
        now += pause
        counts[peer] += len(priorities) - len(limited.admit(peer, priorities, now))
    assert max(counts.values()) <= peer_rate * now + max(peer_rate * BURST, 2) + 1e-6
    most = node_rate * now + max(node_rate * BURST, 2)
    assert sum(counts.values()) <= most + len(counts) + 1e-6  # one of each is set aside


@given(PRIORITIES, st.integers(1, 60))
def test_nothing_is_shed_that_matters_more_than_what_is_taken(
    priorities: list[int], rate: int
) -> None:
    shed = gate(peer=rate).admit(A, priorities, 0.0)
    kept = [(priority, -at) for at, priority in enumerate(priorities) if at not in shed]
    lost = [(priorities[at], -at) for at in shed]
    assert not kept or not lost or max(kept) < min(lost)
