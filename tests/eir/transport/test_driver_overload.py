"""More checks than there is time for, or than may be asked: what is answered, and when."""

import asyncio
from collections import Counter
from dataclasses import replace

import pytest

from eir import metrics
from eir.overload import Limits
from eir.transport import turns
from eir.transport.backlog import FEW, MOST_REFUSED
from eir.transport.driver import T_PENDING
from eir.transport.turns import TURN
from protocols.diameter.link import PeerSpec
from tests.eir.transport.memory import NO_LIMITS, Bench, MemoryAssociation, ShiftedLoop, run
from tests.harness import DPR, DWR, ECR, MME, SUCCESS, avp, cer, ecr, identity, message

IMEI = "35209900000001"
OTHER = "mme2.example.org"
TOO_BUSY, UNABLE_TO_DELIVER = 3004, 3002
PEERS = [
    PeerSpec(origin_host=host, addresses=(), connect=False, tw_init=30.0) for host in (MME, OTHER)
]


def drmp(priority: int) -> bytes:
    return avp(301, priority)


def requests(count: int, more: bytes = b"", *, first: int = 0) -> list[bytes]:
    return [ecr(IMEI, number=first + number, more=more) for number in range(count)]


def results(association: MemoryAssociation) -> Counter[int]:
    return Counter(answer.result for answer in association.messages[1:])


def shed(bench: Bench, limit: str) -> int:
    return bench.counters.value(metrics.SHED, ("s13", limit))


def limits(*, rate: float = 0.0, octets: int = 1_000_000, wait: float = 1000.0) -> Limits:
    return replace(NO_LIMITS, peer_rate=rate, peer_octets=octets, wait=wait)


async def passes(count: int) -> None:
    """Let the loop go round so often."""
    for _ in range(count):
        await asyncio.sleep(0)


def open_two(bench: Bench) -> tuple[tuple[int, MemoryAssociation], tuple[int, MemoryAssociation]]:
    one, other = bench.accept(), bench.accept()
    bench.receives(one[0], [cer(MME)])
    bench.receives(other[0], [cer(OTHER)])
    return one, other


@pytest.mark.spec("RFC 6733", "7.1.3")
@pytest.mark.parametrize(
    ("host", "code"), [(b"", UNABLE_TO_DELIVER), (avp(293, "eir.example.org"), TOO_BUSY)]
)
def test_checks_beyond_the_rate_are_refused_and_each_is_answered_once(
    host: bytes, code: int
) -> None:
    async def test(_: ShiftedLoop) -> None:
        bench = Bench(limits=limits(rate=6))  # a burst of 3, and one is kept
        connection, association = bench.accept()
        bench.receives(connection, [cer()])
        bench.receives(connection, requests(10, host))
        assert sorted(each.number for each in association.messages[1:]) == list(range(10))
        refused = [each for each in association.messages if each.result == code]
        assert {each.octets[4] for each in refused} == {0x60}  # E, and P as it came
        assert shed(bench, "peer_rate") == len(refused) == 8
        name = {TOO_BUSY: "TOO_BUSY", UNABLE_TO_DELIVER: "UNABLE_TO_DELIVER"}[code]
        assert bench.counters.value(metrics.REFUSALS, ("diameter", name)) == 8
        assert bench.counters.value(metrics.MESSAGES_IN, ("tcp",)) == 11
        assert bench.counters.value(metrics.MESSAGES_OUT, ("tcp",)) == 11

    run(test)


def test_checks_are_refused_even_if_none_of_what_was_read_is_taken() -> None:
    async def test(_: ShiftedLoop) -> None:
        bench = Bench(limits=limits(rate=2))
        connection, association = bench.accept()
        bench.receives(connection, [cer()])
        bench.receives(connection, requests(1))
        bench.receives(connection, requests(5, first=1))
        await passes(1)
        assert [each.number for each in association.messages[1:]] == list(range(6))
        assert results(association) == {SUCCESS: 1, UNABLE_TO_DELIVER: 5}

    run(test)


def test_known_requests_count_against_the_rate_like_all_others() -> None:
    async def test(_: ShiftedLoop) -> None:
        bench = Bench()
        bench.driver.lanes.is_on = True
        connection, _association = bench.accept()
        bench.receives(connection, [cer()])
        for number in range(2):
            bench.receives(connection, requests(1, first=number))
            bench.study()
        bench.turns.follow(limits(rate=80))  # 40 at once, of which all may have 20
        stream = b"".join(requests(4, first=2))
        for _batch in range(100):
            bench.reads(connection, stream)
        taken = bench.counters.value(metrics.LANE_ANSWERS, ("s13",))
        assert shed(bench, "peer_rate") == 400 - taken > 0

    run(test)


def test_a_peer_that_floods_costs_no_other_its_answers() -> None:
    async def test(_: ShiftedLoop) -> None:
        bench = Bench(peers=PEERS, limits=limits(rate=6))
        (flood, flooding), (quiet, waiting) = open_two(bench)
        bench.receives(flood, requests(100))
        bench.receives(quiet, requests(2))
        await passes(2)
        assert len(flooding.messages) == 101
        assert [each.result for each in waiting.messages] == [SUCCESS] * 3

    run(test)


@pytest.mark.spec("RFC 7944", "8")
def test_of_too_many_the_highest_priority_is_answered_and_the_lowest_refused() -> None:
    async def test(_: ShiftedLoop) -> None:
        bench = Bench(limits=limits(rate=20))
        connection, association = bench.accept()
        bench.receives(connection, [cer()])
        bench.receives(connection, [*requests(5, drmp(15)), *requests(5, drmp(0), first=5)])
        answered = {each.number: each.result for each in association.messages[1:]}
        assert {answered[number] for number in range(5)} == {UNABLE_TO_DELIVER}
        assert {answered[number] for number in range(5, 10)} == {SUCCESS}

    run(test)


def test_what_waits_is_answered_by_priority() -> None:
    async def test(_: ShiftedLoop) -> None:
        bench = Bench(limits=limits())
        connection, association = bench.accept()
        bench.receives(connection, [cer()])
        low, high = requests(2 * TURN, drmp(15)), requests(TURN, drmp(0), first=100)
        bench.receives(connection, [*low, *high])
        assert [each.number for each in association.messages[1:]] == list(range(100, 100 + TURN))
        await passes(2)
        assert results(association) == {SUCCESS: 3 * TURN}

    run(test)


def test_a_check_that_has_waited_too_long_is_refused() -> None:
    async def test(loop: ShiftedLoop) -> None:
        bench = Bench(limits=limits(wait=1.0))
        connection, association = bench.accept()
        bench.receives(connection, [cer()])
        bench.receives(connection, requests(3 * TURN))
        loop.shift += 2.0
        await passes(2)
        assert results(association) == {SUCCESS: TURN, UNABLE_TO_DELIVER: 2 * TURN}
        assert shed(bench, "waiting_time") == 2 * TURN

    run(test)


def test_what_there_is_no_room_for_is_refused_at_once_the_oldest_first() -> None:
    async def test(_: ShiftedLoop) -> None:
        room = 2 * TURN * len(ecr(IMEI, number=100))
        bench = Bench(limits=limits(octets=room))
        connection, association = bench.accept()
        bench.receives(connection, [cer()])
        bench.receives(connection, requests(5 * TURN, first=100))
        refused = [each.number for each in association.messages if each.result == UNABLE_TO_DELIVER]
        assert refused == list(range(100, 100 + 3 * TURN))
        assert bench.turns.room.octets <= room
        assert shed(bench, "waiting_octets") == 3 * TURN
        await passes(3)
        assert results(association) == {SUCCESS: 2 * TURN, UNABLE_TO_DELIVER: 3 * TURN}
        assert bench.turns.room.octets == 0

    run(test)


def test_a_flood_is_read_on_and_never_grows_the_memory() -> None:
    async def test(_: ShiftedLoop) -> None:
        room = TURN * len(ecr(IMEI, number=1000))
        bench = Bench(limits=limits(octets=room))
        connection, association = bench.accept()
        bench.receives(connection, [cer()])
        for batch in range(20):
            bench.receives(connection, requests(5 * TURN, first=1000 + batch * 100))
            assert not association.held
            assert bench.turns.room.octets <= room
        await passes(20)
        numbers = Counter(each.number for each in association.messages[1:])
        assert (len(numbers), set(numbers.values())) == (20 * 5 * TURN, {1})

    run(test)


def test_a_watchdog_in_a_flood_is_answered_and_a_leave_overtakes_nothing() -> None:
    async def test(_: ShiftedLoop) -> None:
        bench = Bench(limits=limits(rate=6))
        connection, association = bench.accept()
        bench.receives(connection, [cer()])
        watchdog, leave = (
            message(DWR, identity(), number=777),
            message(DPR, identity(), avp(273, 0)),
        )
        bench.receives(connection, [*requests(20), watchdog, *requests(20, first=20), leave])
        await passes(5)
        commands = [each.command for each in association.messages[1:]]
        assert (commands.count(DWR), commands[-1], len(commands)) == (1, DPR, 42)

    run(test)


def test_nothing_more_is_read_while_what_waits_can_t_be_refused() -> None:
    async def test(_: ShiftedLoop) -> None:
        watchdogs = [message(DWR, identity(), number=number) for number in range(3 * TURN)]
        bench = Bench(limits=limits(octets=2 * len(watchdogs[0])))
        connection, association = bench.accept()
        bench.receives(connection, [cer()])
        bench.receives(connection, watchdogs)
        assert association.held
        await passes(4)
        assert (len(association.messages), association.held) == (1 + 3 * TURN, False)

    run(test)


def test_room_for_all_is_made_on_the_connection_where_most_waits() -> None:
    async def test(_: ShiftedLoop) -> None:
        whole = len(ecr(IMEI, number=100))
        bench = Bench(peers=PEERS, limits=replace(NO_LIMITS, node_octets=6 * TURN * whole))
        (flood, flooding), (quiet, waiting) = open_two(bench)
        bench.receives(flood, requests(7 * TURN, first=100))
        assert results(flooding) == {UNABLE_TO_DELIVER: TURN, SUCCESS: TURN}
        bench.receives(quiet, requests(2 * TURN, first=100))
        await passes(1)
        assert results(flooding)[UNABLE_TO_DELIVER] == 2 * TURN
        await passes(9)
        assert results(waiting) == {SUCCESS: 2 * TURN}
        assert sum(results(flooding).values()) == 7 * TURN

    run(test)


def test_nothing_is_refused_before_the_peer_has_said_who_it_is() -> None:
    async def test(_: ShiftedLoop) -> None:
        bench = Bench(limits=limits(rate=6))
        connection, association = bench.accept()
        bench.receives(connection, [cer(), *requests(10)])
        assert results(association) == {SUCCESS: 10}

    run(test)


def test_what_waits_is_forgotten_with_its_connection() -> None:
    async def test(_: ShiftedLoop) -> None:
        bench = Bench()
        connection, _association = bench.accept()
        bench.receives(connection, [cer()])
        bench.receives(connection, requests(3 * TURN))
        bench.driver.lost(connection, "closed")
        assert bench.turns.room.octets == 0

    run(test)


def test_time_that_a_busy_loop_takes_counts_as_waiting() -> None:
    async def test(loop: ShiftedLoop) -> None:
        def spend() -> None:
            loop.shift += turns.BUDGET + 1.0

        bench = Bench(peers=PEERS, slow=spend, limits=limits(wait=1.0))
        (first, _), (second, late) = open_two(bench)
        await passes(1)
        bench.receives(first, requests(1))  # this pass is spent
        bench.receives(second, requests(1))
        loop.shift += 2.0
        await passes(2)
        assert results(late) == {UNABLE_TO_DELIVER: 1}

    run(test)


def test_many_checks_that_are_late_at_once_are_refused_in_turns() -> None:
    async def test(loop: ShiftedLoop) -> None:
        bench = Bench(peers=PEERS, limits=limits(wait=1.0))
        (flood, flooding), (quiet, waiting) = open_two(bench)
        await passes(1)
        count = 3 * MOST_REFUSED
        bench.receives(flood, requests(TURN + count))
        loop.shift += 1.1
        seen = []
        for number in range(2):
            await passes(1)
            bench.receives(quiet, requests(1, first=number))
            seen.append((results(flooding)[UNABLE_TO_DELIVER], results(waiting)[SUCCESS]))
        assert seen == [(MOST_REFUSED, 1), (2 * MOST_REFUSED, 2)]
        await passes(3)
        numbers = Counter(each.number for each in flooding.messages[1:])
        assert (len(numbers), set(numbers.values())) == (TURN + count, {1})

    run(test)


def test_refusing_ends_with_the_time_of_a_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    async def test(loop: ShiftedLoop) -> None:
        bench = Bench(limits=limits(wait=1.0))
        connection, _association = bench.accept()
        bench.receives(connection, [cer()])
        bench.receives(connection, requests(TURN + 10 * FEW))
        loop.shift += 1.1
        monkeypatch.setattr(turns, "BUDGET", 0.010)
        loop.tick = 0.001
        await passes(1)
        assert shed(bench, "waiting_time") == FEW

    run(test)


def test_what_can_t_be_answered_before_a_stop_is_refused_in_turns() -> None:
    async def test(loop: ShiftedLoop) -> None:
        shifts = iter([0.0] * TURN + [T_PENDING + 0.1])

        def spend() -> None:
            loop.shift += next(shifts, 0.0)

        bench = Bench(slow=spend, limits=limits())
        connection, association = bench.accept()
        bench.receives(connection, [cer()])
        count = TURN + 2 * MOST_REFUSED
        bench.receives(connection, requests(count))
        bench.driver.stop()
        seen = [shed(bench, "waiting_time")]
        for _ in range(3):
            await passes(1)
            seen.append(shed(bench, "waiting_time"))
        assert seen[:2] == [0, MOST_REFUSED]
        answers = [each for each in association.messages if each.command == ECR]
        assert sorted(each.number for each in answers) == list(range(count))
        refused = [each for each in answers if each.result == UNABLE_TO_DELIVER]
        assert len(refused) == seen[-1] > MOST_REFUSED

    run(test)


def test_all_checks_are_answered_or_refused_before_a_leave_that_takes_too_long_ends() -> None:
    async def test(loop: ShiftedLoop) -> None:
        def spend() -> None:
            loop.shift += turns.BUDGET + 0.01

        bench = Bench(peers=PEERS, slow=spend, limits=limits())
        peers = open_two(bench)
        await passes(1)
        bench.driver.stop()
        loop.shift += 60.0  # more than a peer may take to let us go
        for connection, _ in peers:
            bench.receives(connection, [*requests(3 * TURN), message(DWR, identity())])
        bench.driver._expire()
        for _, association in peers:
            answers = [each for each in association.messages if each.command == ECR]
            assert sorted(each.number for each in answers) == list(range(3 * TURN))
            assert [each.command for each in association.messages].count(DWR) == 1  # no check
            assert association.closings == 1
        assert shed(bench, "waiting_time") > 0

    run(test)
