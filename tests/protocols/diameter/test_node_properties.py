"""Whatever happens, in any order: `World` checks after each step what must always hold."""

import random
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from protocols.diameter.peer_table import PeerState
from tests.protocols.diameter.messages import AMF, MME, cer, dpr, ecr
from tests.protocols.diameter.world import MESSAGES, World

Step = Callable[[World], None]


def receive(which: int, octets: bytes) -> Step:
    return lambda world: world.receive(which, octets)


def reply(which: int) -> Step:
    return lambda world: world.reply(which)


def lose(which: int) -> Step:
    return lambda world: world.lose(which)


def fall_ill(which: int) -> Step:
    return lambda world: world.fall_ill(which)


def shed(which: int) -> Step:
    return lambda world: world.shed(which)


def garble(which: int) -> Step:
    return lambda world: world.garble(which)


def restart(which: int) -> Step:
    return lambda world: world.restart(which)


WHICH = st.integers(0, 3)
STEPS = st.one_of(
    st.sampled_from([World.accept, World.stand, World.fail, World.wait]),
    st.builds(receive, WHICH, st.sampled_from(MESSAGES[:2])),
    st.builds(receive, WHICH, st.sampled_from(MESSAGES)),
    st.builds(reply, WHICH),
    st.builds(shed, WHICH),
    st.builds(receive, WHICH, st.binary(max_size=48)),
    st.builds(lose, WHICH),
    st.builds(restart, WHICH),
    st.one_of(st.builds(fall_ill, WHICH), st.builds(garble, WHICH), st.just(World.stop)),
)


@settings(max_examples=80)
@given(st.lists(STEPS, max_size=25), st.booleans())
def test_no_history_breaks_the_node(steps: list[Step], accept_any_peer: bool) -> None:  # noqa: FBT001
    world = World(MME, AMF, accept_any_peer=accept_any_peer)
    for step in steps:
        step(world)


@settings(max_examples=40)
@given(st.lists(st.binary(max_size=64) | st.sampled_from(MESSAGES), max_size=8))
def test_no_octets_keep_another_peer_from_its_answer(garbage: list[bytes]) -> None:
    world = World(accept_any_peer=True)
    world.accept()
    world.receive(0, cer(dict.fromkeys(["odd"], b"")))
    world.accept()
    for octets in garbage:
        world.receive(1, octets)
    world.receive(0, ecr())  # `World` checks that it is answered


def test_long_histories_visit_every_state() -> None:
    visited: set[str] = set()
    for seed in range(3):
        chance = random.Random(seed)  # noqa: S311 - not a secret
        world = World(MME, AMF, accept_any_peer=True)
        for _ in range(800):
            _any_step(chance)(world)
        visited |= world.visited
    # Who waits for Conn-Ack has no connection whose state could be told.
    assert visited == {state.name for state in PeerState} - {"WAIT_CONN_ACK"} | {"WAIT_CER"}


def _any_step(chance: random.Random) -> Step:
    which = chance.randrange(4)
    steps: list[Step] = [
        World.accept,
        World.stand,
        World.fail,
        World.wait,
        receive(which, MESSAGES[chance.randrange(2)]),
        receive(which, chance.choice(MESSAGES)),
        reply(which),
        lose(which),
        chance.choice([garble(which), fall_ill(which)]),
    ]
    return chance.choices(steps, [3, 4, 1, 2, 4, 6, 6, 1, 1])[0]


# Every state, every event

REACHED: dict[PeerState, list[Step]] = {
    PeerState.CLOSED: [World.fail],
    PeerState.WAIT_CONN_ACK: [],
    PeerState.WAIT_I_CEA: [World.stand],
    PeerState.WAIT_CONN_ACK_ELECT: [World.accept, receive(0, cer())],
    PeerState.WAIT_RETURNS: [World.stand, World.accept, receive(1, cer())],
    PeerState.R_OPEN: [World.fail, World.accept, receive(0, cer())],
    PeerState.I_OPEN: [World.stand, reply(0)],
    PeerState.CLOSING: [World.stand, reply(0), receive(0, dpr())],
}
EVENTS: dict[str, list[Step]] = {
    "accept": [World.accept],
    "newcomer": [World.accept, receive(-1, cer())],
    "stand": [World.stand],
    "fail": [World.fail],
    "wait": [World.wait],
    "stop": [World.stop],
    "reply 0": [reply(0)],
    "reply 1": [reply(1)],
    "lose 0": [lose(0)],
    "lose 1": [lose(1)],
    "garble": [garble(0)],
    "fall ill": [fall_ill(0)],
    **{f"message {index}": [receive(0, octets)] for index, octets in enumerate(MESSAGES)},
    **{f"message {index} on 1": [receive(1, octets)] for index, octets in enumerate(MESSAGES[:10])},
}


@pytest.mark.parametrize("state", PeerState)
def test_every_event_may_happen_in_every_state(state: PeerState) -> None:
    for steps in EVENTS.values():
        world = World(MME)
        for step in REACHED[state]:
            step(world)
        assert world.state_of(MME) is state
        for step in (*steps, World.wait, reply(0), World.wait, World.stop, World.wait):
            step(world)
