"""What a conversation with a node is made of, whatever it speaks.

A step lets something happen, and `does` says what the node did about it, whole and in order. A
step without `does` does nothing; the last step of a conversation says so, by `does()`. Timers are
never forgotten: whatever would expire between two steps expires, and must do nothing, unless
`expires` asks for it.
"""

import difflib
from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any, Generic, Protocol, Self, TypeAlias, TypeVar

from protocols.effects import Effect

Effects: TypeAlias = Sequence[Effect[Any]]
LOCAL = ("192.0.2.9",)  # our address


class Talker(Protocol):
    """What nodes of all protocols have in common."""

    @property
    def deadline(self) -> float | None: ...

    def start(self, now: float) -> Effects: ...

    def stop(self, now: float) -> Effects: ...

    def accepted(
        self, connection: int, *, local: tuple[str, ...], remote: str, now: float
    ) -> Effects: ...

    def connected(
        self, connection: int, peer: str, *, local: tuple[str, ...], now: float
    ) -> Effects: ...

    def connect_failed(self, peer: str, reason: str, now: float) -> Effects: ...

    def receive(
        self, connection: int, octets: bytes, now: float, *, stream: int | None = None
    ) -> Effects: ...

    def lost(self, connection: int, reason: str, now: float) -> Effects: ...

    def expire(self, now: float) -> Effects: ...


Node = TypeVar("Node", bound=Talker)


class Conversation(ABC, Generic[Node]):
    """A conversation with one node; every method continues it."""

    def __init__(self, node: Node) -> None:
        self.node = node
        self.effects: Effects = []
        self._now = 0.0
        self._unsaid: Effects = []

    @staticmethod
    @abstractmethod
    def say(effect: Effect[Any]) -> str:
        """Write an effect as one line."""

    def at(self, now: float) -> Self:
        """Let time pass; what expires on the way must have nothing to do."""
        while self.node.deadline is not None and self.node.deadline < now:
            self._happens(self.node.expire(self.node.deadline)).does()
        self._now = now
        return self

    def starts(self) -> Self:
        return self._happens(self.node.start(self._now))

    def stops(self) -> Self:
        return self._happens(self.node.stop(self._now))

    def accepts(self, connection: int, remote: str = "192.0.2.1") -> Self:
        return self._happens(
            self.node.accepted(connection, local=LOCAL, remote=remote, now=self._now)
        )

    def connects(self, connection: int, peer: str) -> Self:
        return self._happens(self.node.connected(connection, peer, local=LOCAL, now=self._now))

    def fails_to_connect(self, peer: str) -> Self:
        return self._happens(self.node.connect_failed(peer, "refused", self._now))

    def receives(self, connection: int, octets: bytes, *, stream: int | None = None) -> Self:
        return self._happens(self.node.receive(connection, octets, self._now, stream=stream))

    def loses(self, connection: int) -> Self:
        return self._happens(self.node.lost(connection, "reset", self._now))

    def expires(self) -> Self:
        """Let the timer expire that is due now."""
        assert self.node.deadline == self._now, f"the next timer is at {self.node.deadline}"
        return self._happens(self.node.expire(self._now))

    def does(self, *expected: str) -> Self:
        """Compare what the last step did."""
        self._unsaid = []
        self._compare(self.effects, list(expected))
        return self

    def quietly(self) -> Self:
        """Go on without saying what the last step did."""
        self._unsaid = []
        return self

    def _happens(self, effects: Effects) -> Self:
        self._compare(self._unsaid, [])
        self.effects = self._unsaid = effects
        return self

    def _compare(self, effects: Effects, expected: list[str]) -> None:
        done = [self.say(effect) for effect in effects]
        assert done == expected, "\n" + "\n".join(difflib.ndiff(expected, done))
