"""The lane inside a driver: what was learned is answered, and tells what the slow path tells."""

import asyncio
from collections.abc import Callable

import pytest

from eir import metrics
from eir.config import Config, Decision
from eir.decision.decider import Decider
from eir.decision.policy import policies_of
from eir.decision.verdict import Status
from eir.metrics.identity import by_peer
from eir.transport import lanes, turns
from eir.transport.machine import Whole
from eir.transport.tallies import Tallies
from eir.transport.teaching import ConnectionTeacher
from protocols.diameter.link import PeerSpec
from protocols.errors import FramingError
from protocols.framing import Framer
from protocols.lane import shelf
from protocols.lane.lane import Lane
from protocols.lane.standing import Standing
from tests.eir.transport.memory import WIRE, Bench, MemoryAssociation, ShiftedLoop, StillLoop, run
from tests.harness import (
    DPR,
    DWR,
    MME,
    PERMITTED,
    REALM,
    SUCCESS,
    TRACKING,
    UNABLE_TO_COMPLY,
    avp,
    cer,
    ecr,
    identity,
)
from tests.harness import message as diameter

IMEI = "35209900176148"
EQUIPMENT_STATUS = 1445
OTHER = "other.example.org"
PEERS = [
    PeerSpec(origin_host=name, addresses=(), connect=False, tw_init=30.0) for name in (MME, OTHER)
]


def bench_with_lane(*, decider: Decider | None = None) -> Bench:
    bench = Bench(peers=PEERS, decider=decider)
    bench.driver.lanes.is_on = True
    return bench


def taught(bench: Bench) -> tuple[int, MemoryAssociation]:
    """Let a peer connect, and ask until the lane knows its requests."""
    connection, association = bench.accept()
    bench.receives(connection, [cer()])
    for number in (1, 2):
        bench.receives(connection, [ecr(IMEI, number=number)])
        bench.study()
    before = by_lane(bench)
    bench.reads(connection, ecr(IMEI, number=3))
    assert by_lane(bench) == before + 1
    association.writes.clear()
    return connection, association


def by_lane(bench: Bench) -> int:
    return bench.counters.value(metrics.LANE_ANSWERS, ("s13",))


def questions(*numbers: int) -> bytes:
    return b"".join(ecr(f"{35209900000000 + n:014d}", number=n) for n in numbers)


def numbers_of(association: MemoryAssociation) -> list[int]:
    return [answer.number for answer in association.messages]


def test_a_batch_of_known_requests_is_one_write() -> None:
    async def test(_: ShiftedLoop) -> None:
        bench = bench_with_lane()
        connection, association = taught(bench)
        before = by_lane(bench)
        bench.reads(connection, questions(1, 2, 3))
        ((write,),) = association.writes
        octets = write.octets
        assert by_lane(bench) == before + 3
        slow = Bench(peers=PEERS)
        slow.driver.lanes.is_on = False
        link, expected = slow.accept()
        slow.receives(link, [cer()])
        expected.writes.clear()
        slow.reads(link, questions(1, 2, 3))
        assert octets == b"".join(answer.octets for answer in expected.messages)

    run(test)


def test_requests_that_wait_are_answered_too_in_one_write() -> None:
    async def test(_: ShiftedLoop) -> None:
        bench = bench_with_lane()
        connection, association = taught(bench)
        before = by_lane(bench)
        bench.receives(connection, [ecr(IMEI, number=n) for n in (1, 2)])
        assert by_lane(bench) == before + 2
        assert [numbers_of(association), len(association.writes)] == [[1, 2], 1]

    run(test)


def test_many_requests_that_wait_are_taken_together_and_answered_each(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(lanes, "MOST_NS", 0)  # however busy we are, each look takes some

    async def test(_: ShiftedLoop) -> None:
        bench = bench_with_lane()
        connection, association = taught(bench)
        before = by_lane(bench)
        numbers = list(range(10, 10 + 3 * lanes.MOST + 1))
        bench.receives(connection, [ecr(IMEI, number=n) for n in numbers])
        assert by_lane(bench) == before + len(numbers)
        assert sorted(numbers_of(association)) == numbers

    run(test)


def test_parts_that_only_together_are_a_known_request_are_not_taken_for_one() -> None:
    async def test(_: ShiftedLoop) -> None:
        bench = bench_with_lane()
        connection, association = taught(bench)
        before = by_lane(bench)
        octets = ecr(IMEI, number=4)
        bench.receives(connection, [octets[:200], octets[200:]])
        assert by_lane(bench) == before
        assert all(EQUIPMENT_STATUS not in answer.avps for answer in association.messages)

    run(test)


def test_known_requests_wait_for_no_other_and_all_are_answered_in_one_write() -> None:
    async def test(_: ShiftedLoop) -> None:
        bench = bench_with_lane()
        connection, association = taught(bench)
        odd = ecr("no imei", number=2)
        before = by_lane(bench)
        bench.receives(connection, [ecr(IMEI, number=1), odd, ecr(IMEI, number=3)])
        assert sorted(numbers_of(association)) == [1, 2, 3]
        assert len(association.writes) == 1
        assert by_lane(bench) == before + 2

    run(test)


def test_a_watchdog_between_requests_is_answered() -> None:
    async def test(_: ShiftedLoop) -> None:
        bench = bench_with_lane()
        connection, association = taught(bench)
        dwr = diameter(DWR, identity(), number=7)
        bench.reads(connection, ecr(IMEI, number=1) + dwr + ecr(IMEI, number=2))
        assert numbers_of(association) == [1, 7, 2]

    run(test)


def test_the_lane_is_shut_before_capabilities_are_exchanged() -> None:
    async def test(_: ShiftedLoop) -> None:
        bench = bench_with_lane()
        taught(bench)
        connection, association = bench.accept()
        bench.reads(connection, ecr(IMEI))
        assert association.messages == []
        assert association.closings == 1

    run(test)


def test_what_was_learned_of_one_peer_counts_for_another() -> None:
    async def test(_: ShiftedLoop) -> None:
        bench = bench_with_lane()
        taught(bench)
        connection, association = bench.accept()
        bench.receives(connection, [cer(OTHER)])
        before = by_lane(bench)
        dwr = diameter(DWR, avp(264, OTHER) + avp(296, REALM), number=7)
        bench.reads(connection, dwr)  # until the peer has said more, its answers are in order
        bench.reads(connection, ecr(IMEI, number=9))
        assert by_lane(bench) == before + 1
        assert association.messages[-1].result == SUCCESS

    run(test)


def test_the_lane_is_shut_while_a_second_connection_of_the_peer_waits() -> None:
    async def test(_: ShiftedLoop) -> None:
        bench = bench_with_lane()
        connection, association = taught(bench)
        second, newcomer = bench.accept()
        bench.receives(second, [cer()])
        assert newcomer.messages == []  # the old connection is watched first
        before = by_lane(bench)
        bench.reads(connection, ecr(IMEI, number=5))
        assert by_lane(bench) == before
        assert newcomer.closings == 1  # the old one lives
        bench.reads(connection, ecr(IMEI, number=6))
        assert by_lane(bench) == before + 1
        assert association.messages[-1].number == 6

    run(test)


def test_the_lane_is_shut_once_we_leave() -> None:
    async def test(_: ShiftedLoop) -> None:
        bench = bench_with_lane()
        connection, _association = taught(bench)
        bench.driver.stop()
        assert bench.driver.answer_known(connection, ecr(IMEI)) == 0

    run(test)


def test_the_lane_is_shut_once_the_peer_leaves() -> None:
    async def test(_: ShiftedLoop) -> None:
        bench = bench_with_lane()
        connection, _association = taught(bench)
        bench.receives(connection, [diameter(DPR, identity() + avp(273, 0))])
        assert bench.driver.answer_known(connection, ecr(IMEI)) == 0

    run(test)


def test_traffic_that_the_lane_answers_keeps_the_watchdog_quiet() -> None:
    async def test(loop: ShiftedLoop) -> None:
        bench = bench_with_lane()
        connection, association = taught(bench)
        for _ in range(4):
            await loop.advance(25.0)
            bench.reads(connection, ecr(IMEI, number=1))
        assert {answer.command for answer in association.messages} == {324}
        await loop.advance(40.0)
        assert association.messages[-1].command == DWR

    run(test)


def test_a_lane_that_is_off_neither_answers_nor_learns() -> None:
    async def test(_: ShiftedLoop) -> None:
        bench = bench_with_lane()
        connection, association = taught(bench)
        bench.driver.lanes.switch(is_on=False)
        before = by_lane(bench), bench.counters.value(metrics.LANE_MISSES, ("s13",))
        bench.reads(connection, ecr(IMEI, number=4) + ecr(IMEI, number=5, imsi="") * 3)
        assert numbers_of(association) == [4, 5, 5, 5]
        assert not bench.driver.lanes.has_studies
        assert (by_lane(bench), bench.counters.value(metrics.LANE_MISSES, ("s13",))) == before
        assert not list(bench.driver.lanes.known())

    run(test)


def test_what_was_learned_stays_true_when_others_are_decided_about_otherwise() -> None:
    async def test(_: ShiftedLoop) -> None:
        strict = {"match": {"origin_hosts": [MME]}, "on_failure": Status.TRACKING}
        config = Config.model_validate({"policy": [{"name": "strict", **strict}]})
        decider = Decider(None, policies_of(Config()), lambda: 0.0, lambda _: None)
        bench = bench_with_lane(decider=decider)
        connection, association = taught(bench)
        before = by_lane(bench)
        bench.reads(connection, ecr(IMEI, number=4))
        decider.follow(policies_of(config))
        bench.driver.lanes.switch(is_on=True)
        bench.reads(connection, ecr(IMEI, number=5))
        assert [answer.status for answer in association.messages] == [PERMITTED, TRACKING]
        assert by_lane(bench) == before + 2

    run(test)


def test_lanes_that_learn_anew_know_nothing_and_learn_again() -> None:
    async def test(_: ShiftedLoop) -> None:
        bench = bench_with_lane()
        connection, _association = taught(bench)
        bench.driver.lanes.learn_anew()
        assert not list(bench.driver.lanes.known())
        bench.receives(connection, [ecr(IMEI, number=4), ecr(IMEI, number=5)])
        assert bench.driver.lanes.has_studies

    run(test)


def test_a_name_is_not_met_that_has_its_padding_in_its_length() -> None:
    async def test(_: ShiftedLoop) -> None:
        bench = bench_with_lane()
        connection, association = taught(bench)
        before = by_lane(bench)
        known = ecr(IMEI, number=4)
        at = known.index(avp(264, MME)) + 7  # the last octet of its length
        padded = known[:at] + bytes((known[at] + 1,)) + known[at + 1 :]
        assert padded[at + 1 + len(MME)] == 0
        bench.reads(connection, padded)
        assert [answer.result for answer in association.messages] == [5004]  # RFC 6733 §7.1.5
        assert by_lane(bench) == before

    run(test)


def test_examples_that_are_not_kept_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shelf, "MAX_EXAMPLE_OCTETS", 8)  # shorter than any Origin-Host here

    async def test(_: ShiftedLoop) -> None:
        bench = bench_with_lane()
        connection, _association = bench.accept()
        dropped = []
        bench.receives(connection, [cer()])
        for number in (1, 2, 3):
            bench.receives(connection, [ecr(IMEI, number=number)])
            bench.study()
            dropped.append(bench.counters.value(metrics.LANE_DROPPED, ("s13",)))
        assert dropped == [0, 1, 2]

    run(test)


def test_studies_are_put_off_by_address_whatever_connections_come_from_there() -> None:
    async def test(_: ShiftedLoop) -> None:
        bench = bench_with_lane()
        for name, remote in ((MME, "192.0.2.1"), (OTHER, "192.0.2.1"), (MME, "192.0.2.2")):
            connection, _association = bench.accept(remote)
            bench.receives(connection, [cer(name), ecr(IMEI)])
            bench.driver.lost(connection, "gone")
        (lane,) = bench.driver.lanes._lanes.values()
        assert list(lane._senders._kinds) == ["192.0.2.1", "192.0.2.2"]

    run(test)


def test_a_lane_is_counted() -> None:
    async def test(_: ShiftedLoop) -> None:
        bench = bench_with_lane()
        taught(bench)
        value = bench.counters.value
        assert value(metrics.LANE_MISSES, ("s13",)) == 2
        assert value(metrics.LANE_STUDIES, ("s13", "learned")) == 1
        assert value(metrics.LANE_STUDIES, ("s13", "unlearnable")) == 0
        assert value(metrics.LANE_STUDY_SECONDS, ("s13",)) > 0
        (known,) = bench.driver.lanes.known()
        assert (known.hits, known.examples, known.reason) == (1, 1, None)

    run(test)


def test_everybody_else_has_a_turn_between_studies(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lanes, "STUDY_NS", 1)

    async def test(_: ShiftedLoop) -> None:
        bench = bench_with_lane()
        connection, _association = bench.accept()
        bench.receives(connection, [cer(), ecr(IMEI), ecr(IMEI)])
        passes = 0
        while bench.driver.lanes.has_studies:
            await asyncio.sleep(0)
            passes += 1
        assert passes > 20
        before = by_lane(bench)
        bench.reads(connection, ecr(IMEI))
        assert by_lane(bench) == before + 1

    run(test)


def test_known_requests_do_not_wait_for_the_time_that_a_study_takes_of_the_slow_path() -> None:
    async def test(loop: ShiftedLoop) -> None:
        bench = bench_with_lane()
        connection, association = taught(bench)
        await asyncio.sleep(0)
        bench.turns.study(lambda: None)
        bench.turns.is_spent()
        loop.shift += turns.BUDGET * turns.STUDYING
        bench.reads(connection, ecr(IMEI, number=1))
        bench.receives(connection, [ecr(IMEI, number=2), ecr("no imei", number=3)])
        assert numbers_of(association) == [1, 2]
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        assert numbers_of(association) == [1, 2, 3]

    run(test, kind=StillLoop)


def test_nothing_is_studied_while_we_leave() -> None:
    async def test(loop: ShiftedLoop) -> None:
        bench = bench_with_lane()
        connection, _association = bench.accept()
        bench.receives(connection, [cer(), ecr(IMEI), ecr(IMEI)])
        bench.driver.stop()
        await loop.advance(1.0)
        assert bench.counters.value(metrics.LANE_STUDY_SECONDS, ("s13",)) == 0

    run(test)


def test_a_study_of_a_connection_that_has_ended_comes_to_nothing() -> None:
    async def test(_: ShiftedLoop) -> None:
        bench = bench_with_lane()
        connection, _association = bench.accept()
        bench.receives(connection, [cer(), ecr(IMEI), ecr(IMEI)])
        bench.driver.lost(connection, "closed")
        bench.study()
        assert list(bench.driver.lanes.known()) == []
        taught(bench)

    run(test)


# Bugs in it


def broken(*_: object) -> None:
    raise ZeroDivisionError


def fails_at(bench: Bench, patch: pytest.MonkeyPatch, place: str) -> None:
    """Let the lane of a bench break."""
    (lane,) = bench.driver.lanes._lanes.values()
    if place == "decide":
        patch.setattr(bench.driver.lanes._decider, "decide_run", broken)
    elif place == "answer":
        patch.setattr(lane, "answer", broken)
    elif place == "find":
        patch.setattr(lane._finder, "take", broken)


def as_stream(bench: Bench, connection: int) -> None:
    bench.reads(connection, questions(1, 2, 3))


def as_messages(bench: Bench, connection: int) -> None:
    bench.receives(connection, [ecr(IMEI, number=number) for number in (1, 2, 3)])


@pytest.mark.parametrize("way", [as_stream, as_messages])
@pytest.mark.parametrize("place", ["decide", "answer", "find"])
def test_a_bug_in_the_lane_costs_no_answer(
    monkeypatch: pytest.MonkeyPatch, place: str, way: Callable[[Bench, int], None]
) -> None:
    async def test(_: ShiftedLoop) -> None:
        bench = bench_with_lane()
        connection, association = taught(bench)
        fails_at(bench, monkeypatch, place)
        if place == "find":  # asked about what does not begin like the last one
            bench.reads(connection, ecr("352099", number=9))
            association.writes.clear()
        way(bench, connection)
        assert [numbers_of(association), association.closings] == [[1, 2, 3], 0]
        assert {answer.result for answer in association.messages} == {SUCCESS}
        assert bench.counters.value(metrics.INTERNAL_ERRORS) >= 1
        assert by_peer([bench.counters])["s13", MME].missing == 0

    run(test)


@pytest.mark.parametrize("way", [as_stream, as_messages])
def test_a_bug_in_what_answers_leave_behind_costs_no_answer(
    monkeypatch: pytest.MonkeyPatch, way: Callable[[Bench, int], None]
) -> None:
    async def test(_: ShiftedLoop) -> None:
        bench = bench_with_lane()
        connection, association = taught(bench)
        monkeypatch.setattr(Tallies, "count", broken)
        way(bench, connection)
        octets = b"".join(answer.octets for answer in association.messages)
        answers = Framer(WIRE.head, WIRE.max_octets).feed(octets)
        assert [len(answers), association.closings] == [3, 0]
        assert bench.counters.value(metrics.INTERNAL_ERRORS) == 1

    run(test)


def test_a_bug_in_learning_costs_no_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    async def test(_: ShiftedLoop) -> None:
        bench = bench_with_lane()
        connection, association = bench.accept()
        bench.receives(connection, [cer()])
        monkeypatch.setattr(Lane, "met", broken)
        bench.receives(connection, [ecr(IMEI, number=n) for n in (1, 2)])
        results = [answer.result for answer in association.messages[1:]]
        assert results == [SUCCESS, SUCCESS]
        assert bench.counters.value(metrics.INTERNAL_ERRORS) == 2

    run(test)


def test_a_bug_in_a_study_is_told_and_costs_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    async def test(_: ShiftedLoop) -> None:
        bench = bench_with_lane()
        connection, association = bench.accept()
        bench.receives(connection, [cer(), ecr(IMEI), ecr(IMEI)])
        monkeypatch.setattr(ConnectionTeacher, "read", broken)
        bench.study()
        assert bench.counters.value(metrics.INTERNAL_ERRORS) == 1
        bench.receives(connection, [ecr(IMEI, number=5)])
        assert association.messages[-1].result == SUCCESS

    run(test)


# Failures


def test_an_error_that_the_lane_answers_is_a_refusal_as_on_the_slow_path() -> None:
    async def test(_: ShiftedLoop) -> None:
        policies = policies_of(Config(decision=Decision(on_failure=None)))
        told = []
        for is_on in (True, False):
            decider = Decider(None, policies, lambda: 0.0, lambda _: None)
            bench = Bench(peers=PEERS, decider=decider)
            bench.driver.lanes.is_on = is_on
            connection, association = bench.accept()
            bench.receives(connection, [cer()])
            for number in (1, 2, 3):
                bench.receives(connection, [ecr(IMEI, number=number)])
                bench.study()
            assert association.messages[-1].result == UNABLE_TO_COMPLY
            assert by_lane(bench) == is_on
            told.append((bench.counted(), bench.recorded()))
        assert told[0] == told[1]

    run(test)


# Bounds


def test_so_many_standings_are_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lanes, "MAX_LANES", 3)

    async def test(_: ShiftedLoop) -> None:
        bench = bench_with_lane()
        for forms in range(10):
            bench.driver.lanes._lane(Standing(forms))
            assert len(bench.driver.lanes._lanes) <= 3

    run(test)


@pytest.mark.parametrize("appendix", [ecr(IMEI, number=3), b"\0\0\0\0", ecr(IMEI)[:60]])
def test_a_message_that_holds_more_than_one_request_is_refused(appendix: bytes) -> None:
    async def test(_: ShiftedLoop) -> None:
        bench = bench_with_lane()
        connection, association = taught(bench)
        bench.recorded()
        lied = ecr(IMEI, number=2) + appendix  # on SCTP nobody cuts it
        bench.receives(connection, [ecr(IMEI, number=1), lied])
        known, refused = association.messages
        assert (known.number, known.result) == (1, SUCCESS)
        assert (refused.number, refused.result) == (2, 5015)
        assert len(bench.recorded()) == 1
        assert bench.counters.value(metrics.LANE_ANSWERS, ("s13",)) == 2

    run(test)


def test_broken_framing_behind_known_requests_ends_the_connection() -> None:
    async def test(_: ShiftedLoop) -> None:
        bench = bench_with_lane()
        connection, association = taught(bench)
        bench.receives(
            connection, [Whole(ecr(IMEI, number=1)), FramingError("?", offset=1, header=b"")]
        )
        assert numbers_of(association) == [1]
        assert association.closings == 1
        assert bench.driver.answer_known(connection, ecr(IMEI)) == 0

    run(test)
