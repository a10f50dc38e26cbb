"""What all shapes of one form share: who was met, and how they are answered."""

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from operator import itemgetter
from typing import TypeAlias
from weakref import WeakValueDictionary

from protocols.lane.form import AnswerForm, Form
from protocols.lane.layout import Layout
from protocols.lane.syntax import Syntax
from protocols.lane.teacher import Inputs, Outcome, Written

Fields: TypeAlias = tuple[bytes, ...]  # of a request, one after the other
Example: TypeAlias = bytes | tuple[bytes, ...]

MAX_ANSWERS = 1_024  # ours: lengths of one family whose answers are remembered
MAX_JOINERS = 1_024  # ours: kinds of answers that are shared
MAX_SHARED = 16_384  # ours: octets that are shared
MAX_SHARED_OCTETS = 256  # ours: of each; what is longer is kept by whoever has it


@dataclass(frozen=True, slots=True, eq=False)
class Joiner:
    """Joins one answer out of what is the same in all of them and fields of the request.

    Attributes:
        template: `template % pick(fields)` is the answer.
        pick: gives what is copied.
        ordered: as `Written` has it.
        stream: of the answer; added to that of the field, if there is one.
        stream_field: the field whose first octet moves the stream.
    """

    template: bytes = field(repr=False)
    pick: Callable[[Fields], Example]
    ordered: bool
    stream: int
    stream_field: int | None

    def join(self, fields: Fields) -> Written:
        """Give the answer to a request of these fields."""
        return self.written(self.template % self.pick(fields), fields)

    def written(self, octets: bytes, fields: Fields) -> Written:
        """Say how an answer goes that was joined."""
        if self.stream_field is None:
            return Written(octets, self.ordered, self.stream)
        return Written(octets, self.ordered, self.stream + fields[self.stream_field][0])


Joiners: TypeAlias = Mapping[Outcome, Joiner]
_joiner = lru_cache(maxsize=MAX_JOINERS)(Joiner)  # those of equal arguments are one


def joiners_of(form: Form, layout: Layout) -> Joiners:
    """Prepare the answers to requests of some lengths; where they are alike, so are these."""
    return _joiners(tuple((o, _joiner_of(each, layout)) for o, each in form.answers.items()))


@lru_cache(maxsize=MAX_JOINERS)
def _joiners(joiners: tuple[tuple[Outcome, Joiner], ...]) -> Joiners:
    return dict(joiners)


def _joiner_of(answer: AnswerForm, layout: Layout) -> Joiner:
    copied: list[int] = []
    template, at = b"", 0
    for target, leaf in sorted(answer.copies, key=lambda copy: copy[0].start):
        template += answer.written.octets[at : target.start].replace(b"%", b"%%")
        if leaf not in layout.led:
            template += b"%b"
            copied.append(layout.fields[leaf])
        at = target.end
    template += answer.written.octets[at:].replace(b"%", b"%%")
    leaf_of_stream = answer.stream_leaf
    stream_field = None if leaf_of_stream is None else layout.fields[leaf_of_stream]
    written = answer.written
    return _joiner(template, picker(tuple(copied)), written.ordered, written.stream, stream_field)


class Examples:
    """What was met of a family, in values of the same lengths.

    Values of other lengths are met by themselves: with what stands around it, a value that ends
    earlier may be the same octets. What is in the middle has its lengths with it.

    Attributes:
        inputs: what examples are read as, by their octets.
        met: the examples that count, under each state of what depends on them.
    """

    __slots__ = ("__weakref__", "inputs", "met")

    def __init__(self) -> None:
        self.inputs: dict[Example, Inputs] = {}
        self.met: dict[Hashable, set[Example]] = {}

    def meet(self, partners: Hashable, example: Example, inputs: Inputs) -> None:
        """Let an example count, in this state of what depends on it."""
        example = shared(example)
        self.inputs[example] = inputs
        self.met.setdefault(partners, set()).add(example)


class Family:
    """What all shapes of one form share, whatever their lengths.

    Attributes:
        form: as it was learned.
        subject: the input that is the identity asked about.
        prefixes: leaf and first digits of numbers that were met.
        manner: how its requests are read, where that depends on who sends them.
        examples: what was met, by lengths outside the middle that there is a shape of.
        hits: how many requests were answered.
        kept: how many examples were met, in whichever state, since all were forgotten.
    """

    __slots__ = (
        "_answers",
        "examples",
        "form",
        "hits",
        "kept",
        "manner",
        "prefixes",
        "subject",
    )

    def __init__(
        self, form: Form, subject: str, prefixes: set[tuple[int, str]], manner: Hashable = None
    ) -> None:
        self.form = form
        self.subject = subject
        self.prefixes = prefixes
        self.manner = manner
        self.examples: WeakValueDictionary[tuple[int, ...], Examples] = WeakValueDictionary()
        self.hits = 0
        self.kept = 0
        self._answers: dict[tuple[int, ...], Mapping[Outcome, AnswerForm]] = {}

    def examples_of(self, form: Form) -> Examples:
        """Give what was met in the lengths of a form."""
        leaves = [form.leaves[place] for place in form.examples if place in form.lengths]
        lengths = tuple(leaf.end - leaf.start for leaf in leaves)
        return self.examples.setdefault(lengths, Examples())

    def stretched(self, lengths: Mapping[int, int], syntax: Syntax) -> Form:
        """Give the form for other lengths; those that are not copied are answered alike."""
        form = self.form
        copied = {leaf for answer in form.answers.values() for _, leaf in answer.copies}
        key = tuple(length for leaf, length in lengths.items() if leaf in copied)
        if len(self._answers) >= MAX_ANSWERS:
            self._answers.clear()
        if key not in self._answers:
            self._answers[key] = form.stretched_answers(lengths, syntax)
        return form.stretched(lengths, syntax, self._answers[key])

    def forget(self) -> None:
        """Let no example count any more."""
        for each in self.examples.values():
            each.inputs.clear()
            each.met.clear()
        self.kept = 0


def values_of(example: Example) -> tuple[bytes, ...]:
    """Give the values of an example."""
    return (example,) if isinstance(example, bytes) else example


def shared(values: Example) -> Example:
    """Give equal values as the same objects, whoever keeps them: these stay at hand."""
    return _same(values) if isinstance(values, bytes) else tuple(map(_same, values))


def _same(octets: bytes) -> bytes:
    return _kept(octets) if len(octets) <= MAX_SHARED_OCTETS else octets


@lru_cache(maxsize=MAX_SHARED)
def _kept(octets: bytes) -> bytes:
    return octets


def forget_shared() -> None:
    """Keep nothing for others any more, such as names of who asked; what they have, they keep."""
    for cache in (_kept, _joiner, _joiners):
        cache.cache_clear()


@lru_cache(maxsize=1024)
def picker(places: tuple[int, ...]) -> Callable[[Fields], Example]:
    """Make what gives some fields: one by itself, several together."""
    return itemgetter(*places) if places else _nothing


def _nothing(fields: Fields) -> Example:
    del fields
    return ()
