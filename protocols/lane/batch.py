"""Requests taken apart, and the batch of answers that they make."""

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
Decide: TypeAlias = Callable[[list[int], list[Any], list[Fields]], list[Verdict]]
"""Decides about the numbers of some identities; what `Prepare` made, and fields, say the rest."""


@dataclass(slots=True)
class Taken:
    """Requests that were taken apart, in order.

    Attributes:
        shapes: of each.
        fields: of each.
        numbers: of the identity that each asks about.
    """

    shapes: list[Shape] = field(default_factory=list)
    fields: list[Fields] = field(default_factory=list, repr=False)
    numbers: list[int] = field(default_factory=list, repr=False)

    def take_run(self, shape: Shape, data: bytes, at: int, met: Container[Example]) -> int:
        """Take requests of one shape that follow each other; return how many they are.

        This, deciding and `join` are all the work that each request costs.
        """
        size, literals = shape.size, shape.literals
        example, number_of = shape.example, shape.number
        add, add_number = self.fields.append, self.numbers.append
        begun = len(self.fields)
        whole = (len(data) - at) // size * size
        for values in shape.unpack_all(memoryview(data)[at : at + whole]):
            if values[::2] != literals or example(values) not in met:
                break
            number = number_of(values)
            if not number:
                break
            add(values)
            add_number(number)
        count = len(self.fields) - begun
        self.shapes += [shape] * count
        return count


@dataclass(slots=True)
class Batch(Generic[Verdict]):
    """What was answered, and what of it is to be told.

    Attributes:
        pieces: octets of the answers, in order.
        verdicts: one a request.
        shapes: of each request.
        fields: of each request.
    """

    pieces: list[bytes] = field(default_factory=list, repr=False)
    verdicts: list[Verdict] = field(default_factory=list)
    shapes: list[Shape] = field(default_factory=list)
    fields: list[Fields] = field(default_factory=list, repr=False)

    def join(self, taken: Taken, verdicts: list[Verdict]) -> int:
        """Join the answers, as far as there are some; return how many octets were asked."""
        extend = self.pieces.extend
        octets = count = 0
        for shape, values, verdict in zip(taken.shapes, taken.fields, verdicts, strict=True):
            joiner = shape.joiners.get(verdict.status)
            if joiner is None:
                break
            extend(joiner.pick(values + joiner.constants))
            octets += shape.size
            count += 1
        self.verdicts += verdicts[:count]
        self.shapes += taken.shapes[:count]
        self.fields += taken.fields[:count]
        return octets

    def keep(self, count: int) -> None:
        """Take back all but the first answers, of which `pieces` tell no more."""
        for each in (self.verdicts, self.shapes, self.fields):
            del each[count:]

    def last(self) -> Written:
        """Give the last answer."""
        return self.shapes[-1].joiners[self.verdicts[-1].status].join(self.fields[-1])
