import pytest

from protocols.diameter.node import NodeMachine
from protocols.diameter.peer import Effect
from protocols.effects import Send
from tests import vectors
from tools.fuzz import diameter
from tools.fuzz.diameter import DiameterTarget
from tools.fuzz.engine import BrokenInvariantError, play


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
        if connection != diameter.FUZZED:
            return []
        return super().receive(connection, octets, now, stream=stream)


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


def test_conversations_reach_the_answers_behind_the_capabilities_exchange() -> None:
    did = DiameterTarget().play(CONVERSATION)

    assert {"Deliver", "send 00000101", "send 00000118", "send 40000144"} <= did


@pytest.mark.parametrize(
    ("broken", "why"),
    [
        (RaisingNode, "KeyError: 'bug'"),
        (ForgetfulNode, "a good request was not served"),
        (ConfusedNode, "does not carry its request's identifiers"),
    ],
)
def test_a_node_that_breaks_the_invariant_is_found(broken: type[NodeMachine], why: str) -> None:
    def make(good_host: str) -> NodeMachine:
        del good_host
        return broken(diameter.LOCAL, [], random=lambda: 0.5)

    with pytest.raises(BrokenInvariantError, match=why):
        play(DiameterTarget(make), CONVERSATION)
