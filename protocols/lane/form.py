"""What was learned of a kind of request: which of its values go where.

A form says it for one length of every value. Where a leaf stretches, `stretched` gives the form
for other lengths without asking the slow path again: that this is right was seen when the form
was learned.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from protocols.lane.changes import put
from protocols.lane.digits import Digits, Part
from protocols.lane.middle import Middle
from protocols.lane.syntax import Leaf, Syntax
from protocols.lane.teacher import Inputs, Outcome, Written


@dataclass(frozen=True, slots=True)
class Number:
    """A leaf whose digits are inputs of the decision.

    Attributes:
        leaf: which one.
        digits: how it is read.
        inputs: which inputs come of it, and of which of its digits each.
        by_prefix: whether the slow path takes it for digits only after some first three, so that
            these must have been met.
    """

    leaf: int
    digits: Digits
    inputs: Mapping[str, Part]
    by_prefix: bool = False


@dataclass(frozen=True, slots=True)
class AnswerForm:
    """What one outcome is answered.

    Attributes:
        written: the answer to the request that the form was learned from.
        copies: the leaves of the answer that are copied, each with the leaf of the request.
        stream_leaf: the leaf whose one octet moves the stream; None: the stream is fixed.
    """

    written: Written
    copies: tuple[tuple[Leaf, int], ...]
    stream_leaf: int | None = None


@dataclass(frozen=True, slots=True)
class Form:
    """One kind of request; its repr is without the octets, which are personal data.

    Attributes:
        octets: the request that it was learned from.
        leaves: of that request.
        copied: the leaves that only travel into the answer.
        numbers: the leaves that are digits to decide about.
        examples: the leaves whose values are inputs otherwise: values that the slow path has read.
        by_example: the inputs that come of examples.
        stretching: those among copied and examples that may have other lengths.
        inputs: what was decided about; what no leaf gives is the same in all such requests.
        answers: by outcome; one that is not here is left to the slow path.
        middle: the part that may be of any length, if there is one.
    """

    octets: bytes = field(repr=False)
    leaves: tuple[Leaf, ...] = field(repr=False)
    copied: frozenset[int]
    numbers: tuple[Number, ...]
    examples: tuple[int, ...]
    by_example: frozenset[str]
    stretching: tuple[int, ...]
    inputs: Inputs = field(repr=False)
    answers: Mapping[Outcome, AnswerForm] = field(repr=False)
    middle: Middle | None = None

    @property
    def lengths(self) -> tuple[int, ...]:
        """The stretching leaves whose every length is another shape: those not in the middle."""
        middle = self.middle
        inside = range(middle.first, middle.after) if middle else ()
        return tuple(leaf for leaf in self.stretching if leaf not in inside)

    @property
    def free(self) -> tuple[int, ...]:
        """The leaves whose values may differ."""
        numbers = {number.leaf for number in self.numbers}
        return tuple(sorted(self.copied | numbers | set(self.examples)))

    @property
    def inner(self) -> frozenset[int]:
        """The leaves that may be in the middle: they stretch, and no answer follows them."""
        copied = {leaf for answer in self.answers.values() for _, leaf in answer.copies}
        moving = {answer.stream_leaf for answer in self.answers.values()}
        return frozenset(self.examples).intersection(self.stretching) - copied - moving

    @property
    def are_examples_copied(self) -> bool:
        """Whether a value that must have been met also stands in answers."""
        return any(
            leaf in self.examples for answer in self.answers.values() for _, leaf in answer.copies
        )

    def is_like(self, octets: bytes, leaves: tuple[Leaf, ...]) -> bool:
        """Tell whether a request may differ from this form's in free values only."""
        if len(leaves) != len(self.leaves):
            return False
        pairs = list(zip(self.leaves, leaves, strict=True))
        if any(
            own.end - own.start != other.end - other.start
            for place, (own, other) in enumerate(pairs)
            if place not in self.stretching
        ):
            return False  # as nearly always, before anything is looked at
        free = set(self.free)
        return all(
            self.octets[own.start : own.end] == octets[other.start : other.end]
            for place, (own, other) in enumerate(pairs)
            if place not in free
        )

    def has(self, octets: bytes, leaves: tuple[Leaf, ...], syntax: Syntax) -> bool:
        """Tell whether a request differs from this form's in free values and their lengths only."""
        if not self.is_like(octets, leaves):
            return False
        lengths = {place: leaves[place].end - leaves[place].start for place in self.stretching}
        own = self.stretched(lengths, syntax, self.answers)
        values = {
            leaves[place]: octets[leaves[place].start : leaves[place].end] for place in self.free
        }
        return own.leaves == leaves and put(own.octets, values) == octets

    def stretched(
        self,
        lengths: Mapping[int, int],
        syntax: Syntax,
        answers: Mapping[Outcome, AnswerForm] | None = None,
    ) -> "Form":
        """Give the same form for other lengths of stretching leaves.

        Args:
            lengths: of each of them.
            syntax: of question and answers.
            answers: what `stretched_answers` gives, if that is known.
        """
        octets, leaves = self.octets, self.leaves
        if answers is None:
            answers = self.stretched_answers(lengths, syntax)
        for place, length in lengths.items():
            leaf = leaves[place]
            if leaf.end - leaf.start != length:
                octets = syntax.resize(octets, place, bytes(length))
                leaves = syntax.leaves(octets)
        return replace(self, octets=octets, leaves=leaves, answers=answers)

    def stretched_answers(
        self, lengths: Mapping[int, int], syntax: Syntax
    ) -> Mapping[Outcome, AnswerForm]:
        """Give the answers for other lengths of leaves; what is not copied counts for nothing."""
        answers = dict(self.answers)
        for place, length in lengths.items():
            leaf = self.leaves[place]
            if leaf.end - leaf.start != length:
                for outcome, answer in answers.items():
                    answers[outcome] = _stretch(answer, place, bytes(length), syntax)
        return answers


def _stretch(answer: AnswerForm, place: int, value: bytes, syntax: Syntax) -> AnswerForm:
    """Make room in an answer for another length of a leaf that is copied into it."""
    if place not in {source for _, source in answer.copies}:
        return answer
    octets = answer.written.octets
    before = [(leaf.start, leaf.end) for leaf in syntax.leaves(octets)]
    places = [(before.index((copy.start, copy.end)), source) for copy, source in answer.copies]
    for target, source in places:
        if source == place:
            octets = syntax.resize(octets, target, value)
    after = syntax.leaves(octets)
    copies = tuple((after[target], source) for target, source in places)
    return replace(answer, written=replace(answer.written, octets=octets), copies=copies)
