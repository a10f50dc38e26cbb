"""A form made ready: requests taken apart, and what they ask read, a call each."""

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from functools import lru_cache
from operator import itemgetter
from struct import Struct
from typing import TypeAlias

from protocols.lane.digits import Packing, Part, swapped
from protocols.lane.family import (
    Example,
    Family,
    Fields,
    joiners_of,
    picker,
    shared,
    values_of,
)
from protocols.lane.form import Form, Number
from protocols.lane.layout import layout_of
from protocols.lane.teacher import Inputs

_Number: TypeAlias = Callable[[Fields], int]
_Numbers: TypeAlias = Callable[[list[Fields]], list[int]]


Side: TypeAlias = tuple[bytes, bytes]
"""Octets on one side of the middle, and others that are 0 where these are free."""

MAX_SIZES = 2  # ours: sizes of one shape that runs are taken of without preparing

SUBJECT_DIGITS = 14  # of an IMEI, without check digit and software version (TS 23.003 §6.2.1)
_BASE: int = 10**SUBJECT_DIGITS  # a 1 before the digits, so that leading zeros count

_PREFIX = 3  # digits that tell what a number is, such as a mobile country code (ITU-T E.212)


class Sized:
    """Requests of one shape that are of one size, too.

    Attributes:
        unpack_all: takes requests apart that fill a buffer.
        fixed: gives the fields that are the same in all of them; `literals` are these.
    """

    __slots__ = ("fixed", "literals", "unpack_all")

    def __init__(self, widths: tuple[int, ...], places: tuple[int, ...], literals: Example) -> None:
        struct = _struct(widths)
        self.unpack_all: Callable[[memoryview], Iterator[Fields]] = struct.iter_unpack
        self.fixed = picker(places)
        self.literals = literals


class Shape:
    """Requests that differ in free values only: of fixed length, but for what is in the middle.

    Attributes:
        form: what was learned.
        unpack: takes a request apart; a `struct.error` if it is too short.
        before: how many octets stand before the middle; where there is none, all.
        behind: how many octets stand behind the middle.
        opening: how many octets come before all that is free but for the length.
        told: what stands before the middle, and what behind it, the latter backwards; each with
            octets that are 0 where it is free.
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
        "_layout",
        "_sizes",
        "asked",
        "before",
        "behind",
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
        "told",
        "unpack",
        "used",
    )

    def __init__(self, form: Form, family: Family) -> None:
        """Make a form ready.

        Args:
            form: what was learned, in these lengths.
            family: what was learned, in whatever lengths.
        """
        layout = self._layout = layout_of(form)
        widths, middle = layout.widths, layout.middle
        self.unpack: Callable[[bytes], Fields] = _unpack(widths, middle)
        self.before = sum(widths[:middle])
        self.behind = 0 if middle is None else sum(widths[middle + 1 :])
        self._sizes: dict[int, Sized] = {}
        self.form = form
        self.family = family
        self.opening = form.leaves[form.free[0]].start
        self.fixed: Callable[[Fields], Example] = picker(layout.fixed)
        self.literals = shared(self.fixed(_struct(widths).unpack(form.octets)))
        self.number, self.numbers = self._readers(family)
        self.example: Callable[[Fields], Example] = picker(layout.examples)
        self.examples = family.examples_of(form)
        self.joiners = joiners_of(form, layout)
        self.told = self._told()
        self.asked: object = None
        self.used = 0

    def of_size(self, size: int) -> Sized:
        """Give the requests that are of one size."""
        sized = self._sizes.get(size)
        if sized is None:
            if len(self._sizes) >= MAX_SIZES:
                self._sizes.clear()
            sized = self._sizes[size] = self._of_size(size)
        return sized

    def _of_size(self, size: int) -> Sized:
        layout, literals = self._layout, values_of(self.literals)
        if layout.middle is None or layout.length is None:
            return Sized(layout.widths, layout.fixed, self.literals)
        widths = list(layout.widths)
        widths[layout.middle] = size - self.before - self.behind
        length = size.to_bytes(widths[layout.length], "big")
        # The length is the same in all of them, too.
        return Sized(tuple(widths), (*layout.fixed, layout.length), (*literals, length))

    def fields(self, octets: bytes) -> Fields | None:
        """Take a whole request apart; None: it is not of this shape."""
        form = self.form
        if form.middle is None:
            is_so_long = len(octets) == self.before
        else:
            is_so_long = len(octets) > self.before + self.behind and (
                int.from_bytes(octets[form.middle.length], "big") == len(octets)
            )
        if not is_so_long or self._fixed(octets) != self._fixed(form.octets):
            return None
        return self.unpack(octets)

    def _fixed(self, octets: bytes) -> list[bytes]:
        """Give all that is the same in all requests."""
        more = len(octets) - len(self.form.octets)
        free = [(at if at <= self.before else at + more) for each in self._free() for at in each]
        bounds = [0, *free, len(octets)]
        return [octets[a:b] for a, b in zip(bounds[::2], bounds[1::2], strict=True)]

    def tells(self, place: int) -> bool:
        """Tell whether an octet is the same in all requests; below 0 its place is from the end."""
        before, behind = self.told
        (_, fixed), at = (behind, ~place) if place < 0 else (before, place)
        return at < len(fixed) and bool(fixed[at])

    def _told(self) -> tuple[Side, Side]:
        octets = self.form.octets
        fixed = bytearray(b"\xff" * len(octets))
        for start, end in self._free():
            fixed[start:end] = bytes(end - start)
        before = octets[: self.before], bytes(fixed[: self.before])
        behind = octets[::-1][: self.behind], bytes(fixed[::-1][: self.behind])
        return before, behind

    def _free(self) -> Iterator[tuple[int, int]]:
        """Give where all that is free begins and ends, in the request that was learned."""
        form, middle = self.form, self.form.middle
        inside = range(middle.first, middle.after) if middle else ()
        if middle:
            yield middle.length.start, middle.length.stop
        for leaf in form.free:
            if middle and leaf == middle.first:
                yield middle.bounds(form.leaves)
            elif leaf not in inside:
                yield form.leaves[leaf].start, form.leaves[leaf].end

    def inputs(self, fields: Fields, known: Inputs) -> dict[str, Hashable] | None:
        """Tell what a request asks, its example's inputs being known; None: digits are none."""
        inputs = {**self.form.inputs, **known}
        for number in self.form.numbers:
            digits = number.digits.read(fields[self._layout.fields[number.leaf]])
            if digits is None:
                return None
            inputs |= {name: part.of(digits) for name, part in number.inputs.items()}
        return inputs

    def digits_of(self, name: str) -> Callable[[Fields], str] | None:
        """Give what reads an input that is digits; None: it is the same in all requests."""
        for number in self.form.numbers:
            if name in number.inputs:
                return _digits_reader(number, self._layout.fields[number.leaf], number.inputs[name])
        return None

    def prefixes_of(self, fields: Fields) -> set[tuple[int, str]]:
        """Give the beginnings of a request's numbers that must have been met."""
        return {
            (number.leaf, digits[:_PREFIX])
            for number in self.form.numbers
            if number.by_prefix
            and (digits := number.digits.read(fields[self._layout.fields[number.leaf]])) is not None
        }

    def _readers(self, family: Family) -> tuple[_Number, _Numbers]:
        """Make what every request goes through, so the common case has its own."""
        numbers = self.form.numbers
        asked = next(number for number in numbers if family.subject in number.inputs)
        at = self._layout.fields[asked.leaf]
        plain = [n for n in numbers if n.digits.packing is Packing.TEXT and not n.by_prefix]
        if len(plain) == len(numbers):
            return _text_readers(at, tuple(self._layout.fields[number.leaf] for number in numbers))
        read = _reader_of(asked, self._layout.fields, numbers, family.prefixes)
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
    others = tuple(field for field in fields if field != at)
    each_field = [itemgetter(field) for field in fields]
    asked = itemgetter(at)
    join = b"".join

    def number(values: Fields) -> int:
        digits = values[at]
        if not digits.isdigit():
            return 0
        for other in others:
            if not values[other].isdigit():
                return 0
        return _BASE + int(digits[:SUBJECT_DIGITS])

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


@lru_cache(maxsize=4096)
def _struct(widths: tuple[int, ...]) -> Struct:
    return Struct(">" + "".join(f"{width}s" for width in widths))


@lru_cache(maxsize=4096)
def _unpack(widths: tuple[int, ...], middle: int | None) -> Callable[[bytes], Fields]:
    """Give what takes requests apart, one for all shapes that have these widths."""
    if middle is None:
        return _struct(widths).unpack
    begin, end = _struct(widths[:middle]), _struct(widths[middle + 1 :])
    unpack_begin, unpack_end = begin.unpack_from, end.unpack_from
    before, behind = begin.size, end.size

    def unpack(octets: bytes) -> Fields:
        at = len(octets) - behind
        stretching = (octets[before:at],)
        return unpack_begin(octets) + stretching + unpack_end(octets, at)

    return unpack
