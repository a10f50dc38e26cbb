"""A form made ready: requests of one length taken apart, and answers joined, a call each."""

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from functools import lru_cache
from operator import itemgetter
from struct import Struct
from typing import TypeAlias
from weakref import WeakValueDictionary

from protocols.lane.digits import Packing, Part, swapped
from protocols.lane.form import AnswerForm, Form, Number
from protocols.lane.layout import Layout, layout_of
from protocols.lane.syntax import Syntax
from protocols.lane.teacher import Inputs, Outcome, Written

Fields: TypeAlias = tuple[bytes, ...]  # of a request, one after the other
Example: TypeAlias = bytes | tuple[bytes, ...]
_Number: TypeAlias = Callable[[Fields], int]
_Numbers: TypeAlias = Callable[[list[Fields]], list[int]]

MAX_ANSWERS = 1_024  # ours: kinds of answers of one family that are shared by shapes

SUBJECT_DIGITS = 14  # of an IMEI, without check digit and software version (TS 23.003 §6.2.1)
_BASE: int = 10**SUBJECT_DIGITS  # a 1 before the digits, so that leading zeros count

_PREFIX = 3  # digits that tell what a number is, such as a mobile country code (ITU-T E.212)


class Joiner:
    """Joins one answer out of what is the same in all of them and fields of the request.

    `template % pick(fields)` is the answer; joiners of equal `parts` are alike.
    """

    __slots__ = ("ordered", "parts", "pick", "stream", "stream_field", "template")

    def __init__(self, answer: AnswerForm, layout: Layout) -> None:
        """Prepare an answer.

        Args:
            answer: what is joined.
            layout: of requests.
        """
        copied: list[int] = []
        template, at = b"", 0
        for target, leaf in sorted(answer.copies, key=lambda copy: copy[0].start):
            template += answer.written.octets[at : target.start].replace(b"%", b"%%")
            if leaf not in layout.led:
                template += b"%b"
                copied.append(layout.fields[leaf])
            at = target.end
        self.template = template + answer.written.octets[at:].replace(b"%", b"%%")
        self.pick: Callable[[Fields], Example] = _picker(tuple(copied))
        self.ordered = answer.written.ordered
        self.stream = answer.written.stream
        leaf_of_stream = answer.stream_leaf
        self.stream_field = None if leaf_of_stream is None else layout.fields[leaf_of_stream]
        sending = self.ordered, self.stream, self.stream_field
        self.parts: Hashable = self.template, tuple(copied), sending

    def join(self, fields: Fields) -> Written:
        """Give the answer to a request of these fields."""
        return self.written(self.template % self.pick(fields), fields)

    def written(self, octets: bytes, fields: Fields) -> Written:
        """Say how an answer goes that was joined."""
        if self.stream_field is None:
            return Written(octets, self.ordered, self.stream)
        return Written(octets, self.ordered, self.stream + fields[self.stream_field][0])


class Examples:
    """What was met of a family, in values of the same lengths.

    Values of other lengths are met by themselves: with what stands around it, a value that ends
    earlier may be the same octets.

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
        self.inputs[example] = inputs
        self.met.setdefault(partners, set()).add(example)


Joiners: TypeAlias = Mapping[Outcome, Joiner]


class Family:
    """What all shapes of one form share, whatever their lengths.

    Attributes:
        form: as it was learned.
        subject: the input that is the identity asked about.
        prefixes: leaf and first digits of numbers that were met.
        manner: how its requests are read, where that depends on who sends them.
        examples: what was met, by lengths that there is a shape of.
        hits: how many requests were answered.
        kept: how many examples were met, in whichever state, since all were forgotten.
    """

    __slots__ = (
        "_answers",
        "_joiners",
        "_literals",
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
        self._literals: tuple[bytes, ...] = ()  # of the first shape
        self._answers: dict[tuple[int, ...], Mapping[Outcome, AnswerForm]] = {}
        self._joiners: dict[Hashable, Joiners] = {}

    def shared(self, literals: Example) -> Example:
        """Give the same octets, as the same objects in all shapes: these stay at hand."""
        if isinstance(literals, bytes):
            return literals
        kept = {each: each for each in self._literals}
        self._literals = self._literals or literals
        return tuple(kept.get(each, each) for each in literals)

    def examples_of(self, form: Form) -> Examples:
        """Give what was met in the lengths of a form."""
        leaves = [form.leaves[place] for place in form.examples]
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

    def joiners(self, form: Form, layout: Layout) -> Joiners:
        """Give the joiners of a shape, the same for all shapes that are answered alike."""
        joiners = {outcome: Joiner(each, layout) for outcome, each in form.answers.items()}
        if len(self._joiners) >= MAX_ANSWERS:
            self._joiners.clear()
        parts = tuple((outcome, joiner.parts) for outcome, joiner in joiners.items())
        return self._joiners.setdefault(parts, joiners)

    def forget(self) -> None:
        """Let no example count any more."""
        for each in self.examples.values():
            each.inputs.clear()
            each.met.clear()
        self.kept = 0


class Shape:
    """Requests that differ in free values of fixed length only.

    Attributes:
        form: what was learned.
        size: octets of a request.
        opening: what it begins with.
        unpack: takes a request apart that begins at some octet of a buffer.
        unpack_all: takes requests apart that fill a buffer.
        fixed: gives the fields that are the same in all requests; `literals` are these.
        number: gives the number of the identity that is asked about, a 1 before its first 14
            digits; 0: a value that should be digits is none that the slow path would take.
        numbers: gives those of several requests.
        example: gives the values that must have been met before; what is the same around them is
            with them, and not among `literals`.
        joiners: by outcome.
        examples: those that were met, of these lengths.
        asked: what `prepare` made of it, for whoever decides.
        used: when it was used last, in the units of whoever uses it.
    """

    __slots__ = (
        "_fields",
        "asked",
        "example",
        "examples",
        "family",
        "fixed",
        "form",
        "joiners",
        "literals",
        "number",
        "numbers",
        "opening",
        "size",
        "unpack",
        "unpack_all",
        "used",
    )

    def __init__(self, form: Form, family: Family) -> None:
        """Make a form ready.

        Args:
            form: what was learned, in these lengths.
            family: what was learned, in whatever lengths.
        """
        layout = layout_of(form)
        struct = Struct(layout.struct)
        self._fields = layout.fields
        self.form = form
        self.size = struct.size
        self.unpack: Callable[[bytes, int], Fields] = struct.unpack_from
        self.unpack_all: Callable[[memoryview], Iterator[Fields]] = struct.iter_unpack
        self.fixed: Callable[[Fields], Example] = _picker(layout.fixed)
        self.literals = family.shared(self.fixed(struct.unpack(form.octets)))
        self.opening = form.octets[: form.leaves[form.free[0]].start]
        self.family = family
        self.number, self.numbers = self._readers(family)
        self.example: Callable[[Fields], Example] = _picker(layout.examples)
        self.examples = family.examples_of(form)
        self.joiners = family.joiners(form, layout)
        self.asked: object = None
        self.used = 0

    def fields(self, octets: bytes) -> Fields | None:
        """Take a whole request apart; None: it is not of this shape."""
        if len(octets) != self.size or self._fixed(octets) != self._fixed(self.form.octets):
            return None
        return self.unpack(octets, 0)

    def _fixed(self, octets: bytes) -> list[bytes]:
        """Give all that is the same in all requests."""
        free = [self.form.leaves[leaf] for leaf in self.form.free]
        starts, ends = (
            [0, *(leaf.end for leaf in free)],
            [*(leaf.start for leaf in free), self.size],
        )
        return [octets[start:end] for start, end in zip(starts, ends, strict=True)]

    def inputs(self, fields: Fields, known: Inputs) -> dict[str, Hashable] | None:
        """Tell what a request asks, its example's inputs being known; None: digits are none."""
        inputs = {**self.form.inputs, **known}
        for number in self.form.numbers:
            digits = number.digits.read(fields[self._fields[number.leaf]])
            if digits is None:
                return None
            inputs |= {name: part.of(digits) for name, part in number.inputs.items()}
        return inputs

    def digits_of(self, name: str) -> Callable[[Fields], str] | None:
        """Give what reads an input that is digits; None: it is the same in all requests."""
        for number in self.form.numbers:
            if name in number.inputs:
                return _digits_reader(number, self._fields[number.leaf], number.inputs[name])
        return None

    def prefixes_of(self, fields: Fields) -> set[tuple[int, str]]:
        """Give the beginnings of a request's numbers that must have been met."""
        return {
            (number.leaf, digits[:_PREFIX])
            for number in self.form.numbers
            if number.by_prefix
            and (digits := number.digits.read(fields[self._fields[number.leaf]])) is not None
        }

    def _readers(self, family: Family) -> tuple[_Number, _Numbers]:
        """Make what every request goes through, so the common case has its own."""
        numbers = self.form.numbers
        asked = next(number for number in numbers if family.subject in number.inputs)
        at = self._fields[asked.leaf]
        plain = [n for n in numbers if n.digits.packing is Packing.TEXT and not n.by_prefix]
        if len(plain) == len(numbers):
            return _text_readers(at, tuple(self._fields[number.leaf] for number in numbers))
        read = _reader_of(asked, self._fields, numbers, family.prefixes)
        return read, lambda requests: list(map(read, requests))


def _digits_reader(number: Number, at: int, part: Part) -> Callable[[Fields], str]:
    count, start, stop = number.digits.count, part.start, part.stop
    end = count if stop is None else min(stop, count)
    if number.digits.packing is Packing.TEXT:
        return lambda fields: fields[at][start:end].decode()
    return lambda fields: swapped(fields[at])[start:end]


@lru_cache(maxsize=1024)
def _text_readers(at: int, fields: tuple[int, ...]) -> tuple[_Number, _Numbers]:
    """Read numbers where all numbers are text: they are digits all together, or not."""
    pick = itemgetter(*fields, fields[0])  # one more, so that it is a tuple always
    each_field = [itemgetter(field) for field in fields]
    asked = itemgetter(at)
    join = b"".join

    def number(values: Fields) -> int:
        if not join(pick(values)).isdigit():
            return 0
        return _BASE + int(values[at][:SUBJECT_DIGITS])

    def numbers(requests: list[Fields]) -> list[int]:
        for field in each_field:
            if not join(map(field, requests)).isdigit():
                return list(map(number, requests))
        return [_BASE + int(digits[:SUBJECT_DIGITS]) for digits in map(asked, requests)]

    return number, numbers


def _reader_of(
    asked: Number,
    fields: Mapping[int, int],
    numbers: Iterable[Number],
    prefixes: set[tuple[int, str]],
) -> _Number:
    """Read the number that is asked about, and see that the others are such digits, too."""
    at, read = fields[asked.leaf], _value_reader(asked, prefixes)
    others = [(fields[n.leaf], _value_reader(n, prefixes)) for n in numbers if n is not asked]

    def number(values: Fields) -> int:
        digits = read(values[at])
        if not digits:
            return 0
        for other, read_other in others:
            if not read_other(values[other]):
                return 0
        return _BASE + int(digits[:SUBJECT_DIGITS])

    return number


def _value_reader(number: Number, prefixes: set[tuple[int, str]]) -> Callable[[bytes], str]:
    """Read digits, which begin like some that were met where that counts; "": they are none."""
    read, leaf = number.digits.reader, number.leaf
    if not number.by_prefix:
        return read

    def read_met(octets: bytes) -> str:
        digits = read(octets)
        return digits if (leaf, digits[:_PREFIX]) in prefixes else ""

    return read_met


def values_of(example: Example) -> tuple[bytes, ...]:
    """Give the values of an example."""
    return (example,) if isinstance(example, bytes) else example


@lru_cache(maxsize=1024)
def _picker(places: tuple[int, ...]) -> Callable[[Fields], Example]:
    """Make what gives some fields: one by itself, several together."""
    return itemgetter(*places) if places else _nothing


def _nothing(fields: Fields) -> Example:
    del fields
    return ()
