"""The slow path as the lane asks it: what would be read, what would be answered."""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Generic, Protocol, TypeAlias, TypeVar

from protocols.effects import Connection
from protocols.lane.syntax import Syntax

Outcome: TypeAlias = Hashable
Inputs: TypeAlias = Mapping[str, Hashable]  # what is decided about, by name

Question = TypeVar("Question")


@dataclass(frozen=True, slots=True)
class Written:
    """One answer: what `protocols.effects.Send` says of it."""

    octets: bytes
    ordered: bool = True
    stream: int = 0


class GoneError(Exception):
    """What was to be learned is true no more: the connection's standing is another."""


class Teacher(Protocol[Question]):
    """The slow path without its consequences: asking it changes nothing and counts nowhere."""

    @property
    def syntax(self) -> Syntax:
        """Where values stand in its messages."""

    @property
    def outcomes(self) -> Sequence[Outcome]:
        """Everything that a decision may come to."""

    def read(self, octets: bytes) -> Question | None:
        """Read a request; None: it would not be decided about, but refused or worse.

        Raises:
            GoneError: nothing can be learned here any more.
        """

    def inputs(self, question: Question) -> Inputs:
        """Tell what would be decided about."""

    def write(self, question: Question, outcome: Outcome) -> Written | None:
        """Answer a question that was read; None: not with one message."""


@dataclass(frozen=True, slots=True)
class Answered:
    """A request that the slow path has answered.

    Attributes:
        octets: the request.
        inputs: what was decided about.
        outcome: what was decided.
        written: the answer.
        manner: how the request was read, where that depends on who sent it; requests of one form
            are all read alike.
    """

    octets: bytes = field(repr=False)
    inputs: Inputs = field(repr=False)
    outcome: Outcome
    written: Written = field(repr=False)
    manner: Hashable = None


@dataclass(frozen=True, slots=True)
class Origin(Generic[Question]):
    """Where a request came from.

    Attributes:
        connection: which; each has one thing studied at a time.
        sender: who is at its other end, and stays the same when it connects again.
        partners: of its standing.
        teacher: the slow path of that connection.
    """

    connection: Connection
    sender: Hashable
    partners: Hashable
    teacher: Teacher[Question]
