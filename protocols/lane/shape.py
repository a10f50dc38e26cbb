"""A form made ready: requests of one length taken apart, and answers joined, a call each."""

from collections.abc import Callable, Hashable, Iterator, Mapping
from operator import itemgetter
from struct import Struct
from typing import TypeAlias

from protocols.lane.digits import Packing, Part, swapped
from protocols.lane.form import AnswerForm, Form, Number
from protocols.lane.teacher import Inputs, Written

Fields: TypeAlias = tuple[bytes, ...]  # what is fixed and what is free, in turns
Example: TypeAlias = bytes | tuple[bytes, ...]

MAX_EXAMPLES = 16_384  # ours: of one family, each in all states; then they are met anew
MAX_EXAMPLE_OCTETS = 1_024  # ours: of one example; names and addresses are shorter
MAX_PARTNERS = 1_024  # ours: states that examples are remembered for; the oldest are forgotten

SUBJECT_DIGITS = 14  # of an IMEI, without check digit and software version (TS 23.003 §6.2.1)
_BASE: int = 10**SUBJECT_DIGITS  # a 1 before the digits, so that leading zeros count

_PREFIX = 3  # digits that tell what a number is, such as a mobile country code (ITU-T E.212)


class Joiner:
    """Joins one answer out of what is the same in all of them and fields of the request."""

    __slots__ = ("constants", "ordered", "pick", "stream", "stream_field")

    def __init__(self, answer: AnswerForm, fields: Mapping[int, int], count: int) -> None:
        """Prepare an answer.

        Args:
            answer: what is joined.
            fields: the field that holds each free leaf.
            count: how many fields a request has.
        """
        constants: list[bytes] = []
        order: list[int] = []
        at = 0
        for target, leaf in sorted(answer.copies, key=lambda copy: copy[0].start):
            order += [count + len(constants), fields[leaf]]
            constants.append(answer.written.octets[at : target.start])
            at = target.end
        order.append(count + len(constants))
        constants.append(answer.written.octets[at:])
        if len(order) == 1:  # itemgetter gives a tuple for two or more
            order.append(count + 1)
            constants.append(b"")
        self.constants = tuple(constants)
        self.pick: Callable[[Fields], Fields] = itemgetter(*order)
        self.ordered = answer.written.ordered
        self.stream = answer.written.stream
        self.stream_field = None if answer.stream_leaf is None else fields[answer.stream_leaf]

    def join(self, fields: Fields) -> Written:
        """Give the answer to a request of these fields."""
        octets = b"".join(self.pick(fields + self.constants))
        return Written(octets, self.ordered, self.stream_of(fields))

    def stream_of(self, fields: Fields) -> int:
        """Tell on which stream the answer goes."""
        if self.stream_field is None:
            return self.stream
        return self.stream + fields[self.stream_field][0]


class Family:
    """What all shapes of one form share, whatever their lengths.

    Attributes:
        form: as it was learned.
        subject: the input that is the identity asked about.
        prefixes: leaf and first digits of numbers that were met.
        inputs: what examples are read as, by their octets.
        met: the examples that count, under each state of what depends on them.
        hits: how many requests were answered.
    """

    __slots__ = ("_kept", "form", "hits", "inputs", "met", "prefixes", "subject")

    def __init__(self, form: Form, subject: str, prefixes: set[tuple[int, str]]) -> None:
        self.form = form
        self.subject = subject
        self.prefixes = prefixes
        self.inputs: dict[Example, Inputs] = {}
        self.met: dict[Hashable, set[Example]] = {}
        self.hits = 0
        self._kept = 0  # since `met` was empty

    def meet(self, partners: Hashable, example: Example, inputs: Inputs) -> None:
        """Let an example count, in this state of what depends on it, unless it is too long."""
        if sum(map(len, _values(example))) > MAX_EXAMPLE_OCTETS:
            return
        if self._kept >= MAX_EXAMPLES:
            self.forget()
        if partners not in self.met and len(self.met) >= MAX_PARTNERS:
            del self.met[next(iter(self.met))]
        self.inputs[example] = inputs
        self.met.setdefault(partners, set()).add(example)
        self._kept += 1

    def forget(self) -> None:
        """Let no example count any more."""
        self.inputs.clear()
        self.met.clear()
        self._kept = 0


class Shape:
    """Requests that differ in free values of fixed length only.

    Attributes:
        form: what was learned.
        size: octets of a request.
        opening: what it begins with.
        unpack: takes a request apart that begins at some octet of a buffer.
        unpack_all: takes requests apart that fill a buffer.
        literals: the fields that are the same in all requests: each second one.
        number: gives the number of the identity that is asked about, a 1 before its first 14
            digits; 0: a value that should be digits is none that the slow path would take.
        example: gives the values that must have been met before.
        joiners: by outcome.
        asked: what `prepare` made of it, for whoever decides.
        used: when it was used last, in the units of whoever uses it.
    """

    __slots__ = (
        "_fields",
        "asked",
        "example",
        "family",
        "form",
        "joiners",
        "literals",
        "number",
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
        layout, self._fields = _layout(form)
        struct = Struct(layout)
        self.form = form
        self.size = struct.size
        self.unpack: Callable[[bytes, int], Fields] = struct.unpack_from
        self.unpack_all: Callable[[memoryview], Iterator[Fields]] = struct.iter_unpack
        self.literals: Fields = struct.unpack(form.octets)[::2]
        self.opening = self.literals[0]
        self.family = family
        self.number = self._reader(family)
        examples = [self._fields[leaf] for leaf in form.examples]
        self.example: Callable[[Fields], Example] = itemgetter(*examples) if examples else _nothing
        count = len(self.literals) + len(self._fields)
        self.joiners = {
            outcome: Joiner(answer, self._fields, count) for outcome, answer in form.answers.items()
        }
        self.asked: object = None
        self.used = 0

    def fields(self, octets: bytes) -> Fields | None:
        """Take a whole request apart; None: it is not of this shape."""
        if len(octets) != self.size:
            return None
        fields = self.unpack(octets, 0)
        return fields if fields[::2] == self.literals else None

    def inputs(self, fields: Fields, known: Inputs) -> Inputs | None:
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

    def _reader(self, family: Family) -> Callable[[Fields], int]:
        """Make `number`: what every request goes through, so the common case has its own."""
        numbers = self.form.numbers
        asked = next(number for number in numbers if family.subject in number.inputs)
        at = self._fields[asked.leaf]
        plain = [n for n in numbers if n.digits.packing is Packing.TEXT and not n.by_prefix]
        if len(plain) == len(numbers):
            return _text_reader(at, [self._fields[number.leaf] for number in numbers])
        checks = [_checker(n, self._fields[n.leaf], family.prefixes) for n in numbers]
        return _reader_of(asked, at, checks)


def _digits_reader(number: Number, at: int, part: Part) -> Callable[[Fields], str]:
    count, start, stop = number.digits.count, part.start, part.stop
    if number.digits.packing is Packing.TEXT:
        return lambda fields: fields[at].decode()[:count][start:stop]
    return lambda fields: swapped(fields[at])[:count][start:stop]


def _text_reader(at: int, fields: list[int]) -> Callable[[Fields], int]:
    """Read a number where all numbers are text: they are digits all together, or not."""
    pick = itemgetter(*fields, fields[0])  # one more, so that it is a tuple always
    join = b"".join

    def number(values: Fields) -> int:
        if not join(pick(values)).isdigit():
            return 0
        return _BASE + int(values[at][:SUBJECT_DIGITS])

    return number


def _reader_of(
    asked: Number, at: int, checks: list[Callable[[Fields], bool]]
) -> Callable[[Fields], int]:
    is_swapped = asked.digits.packing is Packing.SWAPPED

    def number(values: Fields) -> int:
        for check in checks:
            if not check(values):
                return 0
        text = swapped(values[at]) if is_swapped else values[at]
        return _BASE + int(text[:SUBJECT_DIGITS])

    return number


def _checker(number: Number, at: int, prefixes: set[tuple[int, str]]) -> Callable[[Fields], bool]:
    """See that a value is such digits, and begins like one that was met where that counts."""
    count, leaf = number.digits.count, number.leaf
    is_swapped = number.digits.packing is Packing.SWAPPED
    filler = "f" if is_swapped and count % 2 else ""

    def check(values: Fields) -> bool:
        text = swapped(values[at]) if is_swapped else values[at].decode("latin-1")
        if not (text[:count].isdigit() and text.isascii() and text[count:] == filler):
            return False
        return not number.by_prefix or (leaf, text[:_PREFIX]) in prefixes

    return check


def _layout(form: Form) -> tuple[str, dict[int, int]]:
    """Say how a request is taken apart: fixed and free in turns, fixed at both ends."""
    layout, fields, at = ">", dict[int, int](), 0
    for leaf in form.free:
        where = form.leaves[leaf]
        fields[leaf] = 2 * len(fields) + 1
        layout += f"{where.start - at}s{where.end - where.start}s"
        at = where.end
    return layout + f"{len(form.octets) - at}s", fields


def _values(example: Example) -> tuple[bytes, ...]:
    return (example,) if isinstance(example, bytes) else example


def _nothing(fields: Fields) -> Example:
    del fields
    return ()
