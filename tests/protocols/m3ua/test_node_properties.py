"""Whatever happens, in any order: `World` checks after each step what must always hold."""

import random
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from protocols.m3ua.asp_table import AspState
from tests.protocols.m3ua import wire
from tests.protocols.m3ua.wire import ack, asp_active, asp_up, data, error, registered
from tests.protocols.m3ua.world import ACTIVATING, MESSAGES, World

Step = Callable[[World], None]


def accept(which: int) -> Step:
    return lambda world: world.accept(which)


def receive(which: int, octets: bytes) -> Step:
    return lambda world: world.receive(which, octets)


def lose(which: int) -> Step:
    return lambda world: world.lose(which)


def restart(which: int) -> Step:
    return lambda world: world.restart(which)


def garble(which: int) -> Step:
    return lambda world: world.garble(which)


WHICH = st.integers(0, 3)
STEPS = st.one_of(
    st.sampled_from([World.stand, World.fail, World.wait, World.answer_again]),
    st.builds(accept, WHICH),
    st.builds(receive, WHICH, st.sampled_from(ACTIVATING)),
    st.builds(receive, WHICH, st.sampled_from(MESSAGES)),
    st.builds(receive, WHICH, st.binary(max_size=48)),
    st.one_of(st.builds(lose, WHICH), st.builds(restart, WHICH), st.builds(garble, WHICH)),
    st.just(World.stop),
)
EXCHANGES = st.sampled_from(["single", "double"])


@settings(max_examples=80)
@given(st.lists(STEPS, max_size=25), EXCHANGES)
def test_no_history_breaks_the_node(steps: list[Step], exchange: str) -> None:
    world = World("double" if exchange == "double" else "single")
    for step in steps:
        step(world)


@settings(max_examples=60)
@given(st.binary(max_size=64), EXCHANGES)
@pytest.mark.spec("RFC 4666", "3.8.1")
def test_no_error_is_ever_answered(rest: bytes, exchange: str) -> None:
    world = World("double" if exchange == "double" else "single")
    world.accept(0)
    world.receive(0, asp_up(1))
    for octets in (error(6) + rest, error(6)[:8] + rest, b"\1\0\0\0" + rest, b"\7\0\0\0" + rest):
        world.receive(0, octets)
    assert "ERROR" not in world.sent


@settings(max_examples=40)
@given(st.lists(st.binary(max_size=64) | st.sampled_from(MESSAGES), max_size=8))
def test_no_octets_keep_another_peer_from_its_answer(garbage: list[bytes]) -> None:
    world = World()
    world.accept(2)
    for octets in (asp_up(), asp_active(100)):
        world.receive(0, octets)
    world.accept(0)
    for octets in garbage:
        world.receive(1, octets)
    world.sent.clear()
    world.receive(0, data(100))
    assert "DATA" in world.sent


@pytest.mark.parametrize("exchange", ["single", "double"])
def test_long_histories_visit_every_state_and_say_everything(exchange: str) -> None:
    visited: set[str] = set()
    sent: set[str] = set()
    for seed in range(3):
        chance = random.Random(seed)  # noqa: S311 - not a secret
        world = World("double" if exchange == "double" else "single")
        for _ in range(600):
            _any_step(chance)(world)
        world.stop()
        visited |= world.visited
        sent |= world.sent
    assert visited == {state.name for state in AspState} | {"CLOSED"}
    assert {"ERROR", "NOTIFY", "DATA", "DUNA", "DAVA", "HEARTBEAT", "REG_REQ"} <= sent
    assert {kind for kind in sent if kind not in wire.TYPES} == set()


def _any_step(chance: random.Random) -> Step:
    which = chance.randrange(4)
    steps: list[Step] = [
        accept(which),
        World.stand,
        World.fail,
        World.wait,
        World.answer_again,
        receive(which, chance.choice(ACTIVATING)),
        receive(which, chance.choice(MESSAGES)),
        lose(which),
        chance.choice([garble(which), restart(which)]),
    ]
    return chance.choices(steps, [3, 4, 1, 2, 1, 12, 6, 1, 1])[0]


# Every state, every event

UP, ACTIVE = receive(0, ack("ASP_UP")), receive(0, ack("ASP_ACTIVE"))
REACHED: dict[str, list[Step]] = {
    "ours ASP_DOWN": [World.stand],
    "ours ASP_INACTIVE": [World.stand, UP],
    "ours ASP_ACTIVE": [World.stand, UP, ACTIVE],
    "ours leaving": [World.stand, UP, ACTIVE, World.stop],
    "asking ASP_DOWN": [World.fail, World.stand],
    "asking ASP_INACTIVE": [World.fail, World.stand, UP],
    "asking ASP_ACTIVE": [World.fail, World.stand, UP, receive(0, registered(77)), ACTIVE],
    "theirs ASP_DOWN": [accept(0)],
    "theirs ASP_INACTIVE": [accept(0), receive(0, asp_up(1))],
    "theirs ASP_ACTIVE": [accept(0), receive(0, asp_up(1)), receive(0, asp_active(100))],
    "stranger ASP_ACTIVE": [accept(2), receive(0, asp_up()), receive(0, asp_active(100))],
}
EVENTS: list[list[Step]] = [
    [World.wait],
    [World.stop],
    [World.answer_again],
    [restart(0)],
    [lose(0)],
    [garble(0)],
    [accept(1), receive(1, asp_up(2)), receive(1, asp_active(100, mode=1))],
    *([receive(0, octets)] for octets in MESSAGES),
]


@pytest.mark.spec("RFC 4666", "4.3.1")
@pytest.mark.parametrize("exchange", ["single", "double"])
@pytest.mark.parametrize("state", REACHED)
def test_every_event_may_happen_in_every_state(state: str, exchange: str) -> None:
    for event in EVENTS:
        world = World("double" if exchange == "double" else "single")
        for step in (*REACHED[state], *event, World.wait, receive(0, data(100)), World.stop):
            step(world)
        for _ in range(4):
            world.wait()
        assert world._open == [] or world.node.deadline is not None
