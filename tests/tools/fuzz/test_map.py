from random import Random

import pytest

from protocols.effects import Deliver, Send
from protocols.ss7 import Effect, Ss7Node
from tests import vectors
from tools.fuzz import map as fuzz_map
from tools.fuzz.engine import BrokenInvariantError, play
from tools.fuzz.map import ASP_ACTIVE, ASP_UP, DATA, MapTarget, new_node

QUESTIONS = [vector.octets for vector in vectors.load("map") if vector.type == "Begin"]


class RepeatingNode(Ss7Node):
    """A node that gives every DATA of one association so many answers of its own."""

    connection = fuzz_map.FUZZED
    answers = 2

    def receive(
        self, connection: int, octets: bytes, now: float, *, stream: int | None = None
    ) -> list[Effect]:
        effects = super().receive(connection, octets, now, stream=stream)
        if connection != self.connection or octets[2:4] != DATA:
            return effects
        kept = [effect for effect in effects if not isinstance(effect, Deliver)]
        return [*kept, *[Send(connection, octets)] * self.answers]


class SilentNode(RepeatingNode):
    answers = 0


class ForgetfulNode(RepeatingNode):
    connection = fuzz_map.GOOD
    answers = 0


def test_conversations_reach_the_interface() -> None:
    did = MapTarget().play((ASP_UP, ASP_ACTIVE, *QUESTIONS))

    assert {"Deliver", "Moved", "send 0304", "send 0403", "send 0101"} <= did


@pytest.mark.parametrize(
    ("broken", "why"),
    [
        (RepeatingNode, "answered more than once"),
        (SilentNode, "a good check was not answered"),
        (ForgetfulNode, "a good check was not answered"),
    ],
)
def test_a_node_that_breaks_the_invariant_is_found(broken: type[Ss7Node], why: str) -> None:
    target = MapTarget(lambda: new_node(broken))

    with pytest.raises(BrokenInvariantError, match=why):
        play(target, (ASP_UP, ASP_ACTIVE, QUESTIONS[0]))


def test_most_damage_leaves_the_layers_below_whole() -> None:
    target, random = MapTarget(), Random(1)  # noqa: S311 - repeatable
    damaged = [
        target.damaged(QUESTIONS[0], lambda octets: octets + b"\0", random) for _ in range(99)
    ]
    whole = [octets for octets in damaged if int.from_bytes(octets[4:8], "big") == len(octets)]

    assert QUESTIONS[0] not in damaged
    assert len(whole) > 90


def test_damage_is_mended_around_an_element() -> None:
    target = MapTarget()
    seen = {
        target.damaged(QUESTIONS[0], lambda octets: octets, Random(seed))  # noqa: S311 - repeatable
        for seed in range(50)
    }

    assert seen == {QUESTIONS[0]}
