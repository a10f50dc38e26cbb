"""Runs of requests of one shape, and the batch of answers that they make."""

from collections.abc import Callable, Container
from dataclasses import dataclass, field
from typing import Any, Generic, Protocol, TypeAlias, TypeVar

from protocols.lane.shape import Example, Fields, Shape
from protocols.lane.teacher import Outcome, Written


class Decided(Protocol):
    """What a request is answered: anything that tells which outcome."""

    @property
    def status(self) -> Outcome: ...  # noqa: D102 - said above


Verdict = TypeVar("Verdict", bound=Decided)
Decide: TypeAlias = Callable[[list[int], Any, list[Fields]], list[Verdict]]
"""Decides about the numbers of some identities; what `Prepare` made, and fields, say the rest."""


@dataclass(frozen=True, slots=True)
class Run:
    """Requests of one shape that came one after another."""

    shape: Shape
    fields: list[Fields] = field(repr=False)


@dataclass(slots=True)
class Batch(Generic[Verdict]):
    """What was answered, and what of it is to be told.

    Attributes:
        pieces: octets of the answers, in order.
        verdicts: one a request.
        runs: the requests.
    """

    pieces: list[bytes] = field(default_factory=list, repr=False)
    verdicts: list[Verdict] = field(default_factory=list)
    runs: list[Run] = field(default_factory=list)

    @property
    def mark(self) -> tuple[int, int, int]:
        """Where it ends now, for `cut`."""
        return len(self.pieces), len(self.verdicts), len(self.runs)

    def cut(self, mark: tuple[int, int, int]) -> None:
        """Forget what was answered since."""
        pieces, verdicts, runs = mark
        del self.pieces[pieces:]
        del self.verdicts[verdicts:]
        del self.runs[runs:]

    def at(self, place: int) -> tuple[Shape, Fields]:
        """Give one of the requests."""
        for run in self.runs:
            if place < len(run.fields):
                return run.shape, run.fields[place]
            place -= len(run.fields)
        raise IndexError(place)

    def last(self) -> Written:
        """Give the last answer."""
        run = self.runs[-1]
        return run.shape.joiners[self.verdicts[-1].status].join(run.fields[-1])


def take_run(
    shape: Shape, data: bytes, at: int, met: Container[Example]
) -> tuple[list[Fields], list[int]]:
    """Take requests of one shape apart, as far as they follow each other and are known.

    This and what follows it is all the work that each request costs.
    """
    size, literals = shape.size, shape.literals
    example, number_of = shape.example, shape.number
    fields: list[Fields] = []
    numbers: list[int] = []
    add, add_number = fields.append, numbers.append
    whole = (len(data) - at) // size * size
    for values in shape.unpack_all(memoryview(data)[at : at + whole]):
        if values[::2] != literals or example(values) not in met:
            break
        number = number_of(values)
        if not number:
            break
        add(values)
        add_number(number)
    return fields, numbers


def join_run(
    shape: Shape, fields: list[Fields], verdicts: list[Verdict], pieces: list[bytes]
) -> int:
    """Join the answers, as far as there are some; return how many they are."""
    extend, joiners = pieces.extend, shape.joiners
    for place, values in enumerate(fields):
        joiner = joiners.get(verdicts[place].status)
        if joiner is None:
            return place
        extend(joiner.pick(values + joiner.constants))
    return len(fields)
