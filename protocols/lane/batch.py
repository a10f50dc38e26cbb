"""Requests taken apart, and the batch of answers that they make."""

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from typing import Any, Generic, Protocol, TypeAlias, TypeVar

from protocols.lane.family import Example, Fields
from protocols.lane.shape import Shape
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
        sizes: octets of each.
    """

    shapes: list[Shape] = field(default_factory=list)
    fields: list[Fields] = field(default_factory=list, repr=False)
    numbers: list[int] = field(default_factory=list, repr=False)
    sizes: list[int] = field(default_factory=list)

    def take_run(
        self, shape: Shape, size: int, data: bytes, at: int, met: Collection[Example]
    ) -> int:
        """Take requests of one shape and size that follow each other; return how many octets.

        This, deciding and `join` are all the work that each request costs.
        """
        sized = shape.of_size(size)
        fixed, literals = sized.fixed, sized.literals
        fields: list[Fields] = []
        add = fields.append
        whole = (len(data) - at) // size * size
        for values in sized.unpack_all(memoryview(data)[at : at + whole]):
            if fixed(values) != literals:
                break
            add(values)
        if not set(map(shape.example, fields)).issubset(met):
            stranger = (n for n, each in enumerate(fields) if shape.example(each) not in met)
            del fields[next(stranger) :]
        numbers = shape.numbers(fields)
        if 0 in numbers:
            del numbers[numbers.index(0) :]
        count = len(numbers)
        self.fields += fields[:count]
        self.numbers += numbers
        self.shapes += [shape] * count
        self.sizes += [size] * count
        shape.family.hits += count
        return count * size


@dataclass(slots=True)
class Batch(Generic[Verdict]):
    """What was answered, and what of it is to be told.

    Attributes:
        answers: octets of them, in order.
        verdicts: one a request.
        shapes: of each request.
        fields: of each request.
        sizes: octets of each request.
    """

    answers: list[bytes] = field(default_factory=list, repr=False)
    verdicts: list[Verdict] = field(default_factory=list)
    shapes: list[Shape] = field(default_factory=list)
    fields: list[Fields] = field(default_factory=list, repr=False)
    sizes: list[int] = field(default_factory=list)

    def join(self, taken: Taken, verdicts: list[Verdict]) -> int:
        """Join the answers, as far as there are some; return how many octets were asked."""
        add = self.answers.append
        count = 0
        for shape, values, verdict in zip(taken.shapes, taken.fields, verdicts, strict=True):
            joiner = shape.joiners.get(verdict.status)
            if joiner is None:
                break
            pick = joiner.pick
            add(joiner.template % pick(values))
            count += 1
        self.verdicts += verdicts[:count]
        self.shapes += taken.shapes[:count]
        self.fields += taken.fields[:count]
        sizes = taken.sizes[:count]
        self.sizes += sizes
        return sum(sizes)

    def keep(self, count: int) -> None:
        """Take back all but the first answers."""
        del self.answers[count:], self.verdicts[count:], self.shapes[count:], self.fields[count:]
        del self.sizes[count:]

    def answer(self, place: int) -> Written:
        """Give one of the answers, in the order of the requests."""
        joiner = self.shapes[place].joiners[self.verdicts[place].status]
        return joiner.written(self.answers[place], self.fields[place])
