"""What became of a request, whatever the interface."""

from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from eir.decision.verdict import Check, Status, Verdict
from protocols.effects import Layer

Reply = TypeVar("Reply")


@dataclass(frozen=True, slots=True)
class Refusal:
    """A request was answered with an error.

    Attributes:
        layer: whose error it is.
        code: its number there.
        reason: why, for the log; never a whole identity.
    """

    layer: Layer
    code: int
    reason: str


@dataclass(frozen=True, slots=True)
class Answer(Generic[Reply]):
    """What became of a request.

    Attributes:
        reply: what the machine that delivered the request is to send.
        check: what was asked; None when the request was refused before that.
        verdict: what was decided; None when the request was refused before that.
        refusal: the error that it was answered with; None when it was none. Unknown equipment is
            a verdict, not a refusal.
        ignored: a subscriber whom the request names where nobody looks for one.
        manner: how it was read, where that depends on who asks.
    """

    reply: Reply
    check: Check | None = None
    verdict: Verdict | None = None
    refusal: Refusal | None = None
    ignored: str | None = field(default=None, repr=False)
    manner: Hashable = None


@dataclass(frozen=True, slots=True)
class Asked(Generic[Reply]):
    """A request that was read and is not answered.

    Attributes:
        check: what it asks.
        write: writes the reply that a status makes; None: the error that `on_failure` asks for.
        ignored: a subscriber whom the request names where nobody looks for one.
    """

    check: Check
    write: Callable[[Status | None], Reply]
    ignored: str | None = field(default=None, repr=False)
