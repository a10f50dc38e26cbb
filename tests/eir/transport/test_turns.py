"""Turns alone, and two drivers that share one loop; one driver's crowd is in test_driver."""

import asyncio
import socket
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial

from eir.config import Config, Decision
from eir.decision.decider import Decider
from eir.decision.policy import policies_of
from eir.decision.verdict import Status
from eir.transport import turns
from eir.transport.turns import CROWD, TURN, Turns
from tests.eir.transport.memory import NO_LIMITS, Bench, ShiftedLoop, run
from tests.harness import cer, ecr

IMEI = "35609101685355"


def new_turns() -> Turns:
    policies = policies_of(Config(decision=Decision(on_failure=Status.TRACKING)))
    return Turns(Decider(None, policies, datetime.now(UTC).timestamp, lambda _: None), NO_LIMITS)


def test_connections_are_numbered_and_counted_over_all_protocols() -> None:
    async def test(_: ShiftedLoop) -> None:
        shared = new_turns()
        shared.most = 2
        assert (shared.join(), shared.is_full) == (1, False)
        assert (shared.join(), shared.is_full) == (2, True)
        shared.leave()
        assert not shared.is_full
        assert shared.join() == 3

    run(test)


def test_a_pass_is_spent_after_its_budget_and_the_next_has_one_of_its_own() -> None:
    async def test(loop: ShiftedLoop) -> None:
        shared = new_turns()
        assert not shared.is_spent()
        loop.shift += turns.BUDGET
        assert shared.is_spent()
        await asyncio.sleep(0)
        assert not shared.is_spent()

    run(test)


def test_those_who_wait_have_their_turns_in_order_and_the_known_first() -> None:
    async def test(_: ShiftedLoop) -> None:
        shared = new_turns()
        served: list[str] = []
        shared.is_spent()
        shared.wait(lambda: served.append("stranger"), known=False)
        shared.wait(lambda: served.append("first"), known=True)
        shared.wait(lambda: served.append("second"), known=True)
        assert served == []
        await asyncio.sleep(0)
        assert served == ["first", "second", "stranger"]

    run(test)


def test_a_turn_is_shorter_the_more_peers_wait_and_never_nothing() -> None:
    async def test(_: ShiftedLoop) -> None:
        shared = new_turns()
        lengths = []
        for _waiting in range(40 * CROWD):
            lengths.append(shared.length)
            shared.wait(lambda: None, known=True)
        assert lengths[:CROWD] == [TURN] * CROWD
        assert lengths[CROWD] == TURN // 2
        assert lengths[-1] == 1

    run(test)


def test_a_flood_in_one_protocol_spends_the_budget_of_the_other() -> None:
    async def test(loop: ShiftedLoop) -> None:
        def spend() -> None:
            loop.shift += turns.BUDGET + 0.01

        flooded = Bench(slow=spend)
        quiet = Bench(turns=flooded.turns)
        one, _ = flooded.accept()
        other, waiting = quiet.accept()
        assert one != other
        flooded.receives(one, [cer()])
        quiet.receives(other, [cer()])
        await asyncio.sleep(0)
        flooded.receives(one, [ecr(IMEI)])
        quiet.receives(other, [ecr(IMEI)])
        assert len(waiting.messages) == 1
        await asyncio.sleep(0)
        assert len(waiting.messages) == 2

    run(test)


def test_each_pass_has_one_turn_at_studying_whoever_studies() -> None:
    async def test(_: ShiftedLoop) -> None:
        shared = new_turns()
        studied: list[str] = []

        def study(name: str) -> None:
            studied.append(name)
            shared.study(partial(study, name))

        shared.study(partial(study, "one"))
        shared.study(partial(study, "other"))
        for passed in range(6):
            await asyncio.sleep(0)
            assert len(studied) == passed
        assert studied == ["one", "other", "one", "other", "one"]

    run(test)


def test_what_was_read_is_answered_before_anything_is_studied() -> None:
    async def test(loop: ShiftedLoop) -> None:
        done: list[str] = []
        ours, theirs = socket.socketpair()
        loop.add_reader(ours, done.append, "answered")
        theirs.send(b"question")
        new_turns().study(partial(done.append, "studied"))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        assert done == ["answered", "studied"]
        ours.close()
        theirs.close()

    run(test)


def test_the_slow_path_has_less_of_the_budget_while_something_is_studied() -> None:
    async def test(loop: ShiftedLoop) -> None:
        shared = new_turns()
        shared.study(lambda: None)
        assert not shared.is_spent()
        loop.shift += turns.BUDGET * turns.STUDYING
        assert shared.is_spent()
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        assert not shared.is_spent()
        loop.shift += turns.BUDGET * turns.STUDYING
        assert not shared.is_spent()

    run(test)


def test_what_is_known_has_the_whole_budget_while_something_is_studied() -> None:
    async def test(loop: ShiftedLoop) -> None:
        shared = new_turns()
        shared.study(lambda: None)
        assert not shared.is_over()
        loop.shift += turns.BUDGET * turns.STUDYING
        assert shared.is_spent()
        assert not shared.is_over()
        loop.shift += turns.BUDGET * (1 - turns.STUDYING)
        assert shared.is_over()
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        assert not shared.is_over()

    run(test)


def test_new_limits_count_from_now_on() -> None:
    async def test(_: ShiftedLoop) -> None:
        turns = new_turns()
        turns.follow(replace(NO_LIMITS, peer_rate=2.0, wait=0.5))
        assert len(turns.gate.admit("mme1", [10] * 5, 0.0)) == 4
        assert turns.room.is_slow(0.3)

    run(test)
