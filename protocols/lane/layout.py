"""How requests of a form are taken apart: into few fields, because each of them costs time.

Leaves that only travel into answers, side by side here and there, are one field. So are values
that must have been met, with what is fixed around them: who was met, was met with it. What is
in the middle (`protocols.lane.middle`) is one field, and the length of the message is another then.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum

from protocols.lane.form import Form

MOST_FIXED = 128  # octets; ours: more are compared faster than they are looked up


@dataclass(frozen=True, slots=True)
class Layout:
    """The fields of a request.

    Attributes:
        widths: how many octets each has.
        fields: the field that each free leaf is in.
        led: the leaves that follow another one in its field, and wherever that is copied to.
        fixed: the fields that are the same in all requests.
        examples: the fields that must have been met.
        middle: the field that may be of any length; None: there is none.
        length: the field that says how long the message is then.
    """

    widths: tuple[int, ...]
    fields: Mapping[int, int]
    led: frozenset[int]
    fixed: tuple[int, ...]
    examples: tuple[int, ...]
    middle: int | None = None
    length: int | None = None


class _Kind(Enum):
    """What is in a field."""

    FIXED = "the same octets in all requests"
    EXAMPLE = "what must have been met, and is not wanted by itself"
    COPY = "what is only copied"
    VALUE = "any other value"
    MIDDLE = "values that must have been met, in whatever lengths"
    LENGTH = "how long the message is"


@dataclass(slots=True)
class _Field:
    """One field, and the leaves in it; `stretches` if one of them does."""

    kind: _Kind
    start: int
    end: int
    leaves: list[int] = field(default_factory=list)
    stretches: bool = False

    def add(self, other: "_Field") -> None:
        """Take in the field behind this one."""
        self.end = other.end
        self.leaves += other.leaves
        self.stretches |= other.stretches


def layout_of(form: Form) -> Layout:
    """Say how requests of a form are taken apart."""
    fields = _merged(form)
    examples = frozenset(form.examples)
    copies = (each.leaves for each in fields if each.kind is _Kind.COPY)
    places = {each.kind: place for place, each in enumerate(fields)}
    return Layout(
        widths=tuple(each.end - each.start for each in fields),
        fields={leaf: place for place, each in enumerate(fields) for leaf in each.leaves},
        led=frozenset(leaf for leaves in copies for leaf in leaves[1:]),
        fixed=tuple(n for n, each in enumerate(fields) if each.kind is _Kind.FIXED),
        examples=tuple(n for n, each in enumerate(fields) if examples.intersection(each.leaves)),
        middle=places.get(_Kind.MIDDLE),
        length=places.get(_Kind.LENGTH),
    )


def _merged(form: Form) -> list[_Field]:
    """Give the fields, as few as they can be."""
    merged: list[_Field] = []
    for each in _single(form):
        if merged and (_is_led(form, merged[-1], each) or _is_met_with(merged[-1], each)):
            merged[-1].add(each)
        elif each.kind is _Kind.EXAMPLE and _begins_with(merged):
            merged[-1].kind = _Kind.EXAMPLE
            merged[-1].add(each)
        else:
            merged.append(each)
    return merged


def _single(form: Form) -> Iterator[_Field]:
    """Give each free leaf as a field, and what is fixed before, between and behind them."""
    at = 0
    for each in _free(form):
        if at < each.start:
            yield _Field(_Kind.FIXED, at, each.start)
        yield each
        at = each.end
    if at < len(form.octets):
        yield _Field(_Kind.FIXED, at, len(form.octets))


def _free(form: Form) -> Iterator[_Field]:
    """Give each free leaf as a field, all that are in the middle as one."""
    copied = {leaf for answer in form.answers.values() for _, leaf in answer.copies}
    moving = {answer.stream_leaf for answer in form.answers.values()}
    examples = frozenset(form.examples)
    middle = form.middle
    inside = [leaf for leaf in form.free if middle and middle.first <= leaf < middle.after]
    if middle:
        yield _Field(_Kind.LENGTH, middle.length.start, middle.length.stop)
    for leaf in form.free:
        where = form.leaves[leaf]
        if middle and leaf in inside:
            if leaf == middle.first:
                yield _Field(_Kind.MIDDLE, *middle.bounds(form.leaves), inside)
            continue
        kind = _Kind.VALUE
        if leaf not in moving and leaf in examples and leaf not in copied:
            kind = _Kind.EXAMPLE
        elif leaf not in moving and leaf in form.copied:
            kind = _Kind.COPY
        yield _Field(kind, where.start, where.end, [leaf], leaf in form.stretching)


def _is_led(form: Form, before: _Field, each: _Field) -> bool:
    """Tell whether a leaf stands behind another one here and in every answer."""
    if before.kind is not _Kind.COPY or each.kind is not _Kind.COPY:
        return False
    first, second = before.leaves[-1], each.leaves[0]
    for answer in form.answers.values():
        ends = {target.end for target, leaf in answer.copies if leaf == first}
        if ends != {target.start for target, leaf in answer.copies if leaf == second}:
            return False
    return True


def _is_met_with(before: _Field, each: _Field) -> bool:
    """Tell whether what stands behind an example may be met with it."""
    is_example = before.kind is _Kind.EXAMPLE
    return is_example and (each.kind is _Kind.EXAMPLE or _is_short(each))


def _is_short(each: _Field) -> bool:
    return each.kind is _Kind.FIXED and each.end - each.start <= MOST_FIXED


def _begins_with(merged: list[_Field]) -> bool:
    """Tell whether the last field may be met with the example behind it.

    What a message begins with has its length, and what stands behind a value that stretches has
    its padding: with these the same example would have to be met again.
    """
    match merged:
        case [*_, before, last]:
            return _is_short(last) and not before.stretches
    return False
