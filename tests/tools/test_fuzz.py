from pathlib import Path
from random import Random

import pytest

from protocols.diameter.node import NodeMachine
from protocols.diameter.peer import Effect
from protocols.effects import Send
from tests import vectors
from tools import fuzz
from tools.fuzz import BrokenInvariantError, Mutator, Player, Seeds

SEEDS = Seeds.load()


class RaisingNode(NodeMachine):
    """A node that a watchdog request brings down."""

    def receive(
        self, connection: int, octets: bytes, now: float, *, stream: int | None = None
    ) -> list[Effect]:
        if octets[5:8] == (280).to_bytes(3, "big"):
            raise KeyError("bug")
        return super().receive(connection, octets, now, stream=stream)


class ForgetfulNode(NodeMachine):
    """A node that serves one connection, and nobody after it."""

    def receive(
        self, connection: int, octets: bytes, now: float, *, stream: int | None = None
    ) -> list[Effect]:
        return (
            super().receive(connection, octets, now, stream=stream)
            if connection == fuzz.FUZZED
            else []
        )


class ConfusedNode(NodeMachine):
    """A node that answers with identifiers of its own."""

    def receive(
        self, connection: int, octets: bytes, now: float, *, stream: int | None = None
    ) -> list[Effect]:
        effects = super().receive(connection, octets, now, stream=stream)
        return [
            Send(effect.connection, effect.octets[:12] + bytes(8) + effect.octets[20:])
            if isinstance(effect, Send)
            else effect
            for effect in effects
        ]


def recorded(name: str) -> bytes:
    return next(vector.octets for vector in vectors.load("diameter") if vector.name == name)


CONVERSATION = (recorded("otp_cer"), recorded("otp_dwr"), recorded("otp_ecr"))


def test_a_second_of_fuzzing_finds_nothing(tmp_path: Path) -> None:
    played, found = fuzz.fuzz(1.0, seed=1, corpus=tmp_path)

    assert found == []
    assert played > 10
    assert list(tmp_path.glob("seed-*.txt"))


def test_conversations_reach_the_answers_behind_the_capabilities_exchange() -> None:
    did = Player(SEEDS).play(CONVERSATION)

    assert {"Deliver", "send 00000101", "send 00000118", "send 40000144"} <= did


def test_a_kept_conversation_is_read_back_and_not_kept_twice(tmp_path: Path) -> None:
    fuzz.fuzz(0.5, seed=1, corpus=tmp_path)
    kept = {path: fuzz.load(path) for path in tmp_path.glob("seed-*.txt")}

    fuzz.fuzz(0.0, seed=1, corpus=tmp_path)

    assert {path: fuzz.load(path) for path in tmp_path.glob("seed-*.txt")} == kept
    assert Player(SEEDS).play(kept[tmp_path / "seed-1.txt"])


@pytest.mark.parametrize(
    ("broken", "why"),
    [
        (RaisingNode, "KeyError: 'bug'"),
        (ForgetfulNode, "a good request was not served"),
        (ConfusedNode, "does not carry its request's identifiers"),
    ],
)
def test_a_node_that_breaks_the_invariant_is_found(broken: type[NodeMachine], why: str) -> None:
    def make(seeds: Seeds) -> NodeMachine:
        del seeds
        return broken(fuzz.LOCAL, [], random=lambda: 0.5)

    with pytest.raises(BrokenInvariantError, match=why):
        Player(SEEDS, make).play(CONVERSATION)


def test_the_same_seed_makes_the_same_conversations() -> None:
    one, other = (Mutator(SEEDS, Random(7)) for _ in range(2))  # noqa: S311 - repeatable

    assert [one.conversation() for _ in range(20)] == [other.conversation() for _ in range(20)]
