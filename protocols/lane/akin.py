"""What stood in requests that were learned, and need not be asked about in the next one.

Most of a request is as in others: it is literal there, or an example because not all values are
legal. To take a value for either is never wrong, it only makes a form narrower than it could be,
so that of values like those before nothing is asked.
"""

from dataclasses import dataclass, field
from typing import TypeAlias

from protocols.lane.form import Form
from protocols.lane.syntax import Leaf

Place: TypeAlias = tuple[bytes, bytes]  # a value, and what stands before it

MAX_PLACES = 4_096  # ours: remembered; then they are found anew
MAX_VALUE = 64  # octets; ours: of a value that is remembered
_BEFORE = 2  # octets before a value that tell it from others: a tag and a length, as a rule


@dataclass(frozen=True, slots=True)
class Akin:
    """Values that were not free in other requests."""

    literals: set[Place] = field(default_factory=set, repr=False)
    examples: set[Place] = field(default_factory=set, repr=False)

    def is_literal(self, octets: bytes, leaf: Leaf) -> bool:
        """Tell whether such a value was literal."""
        return _place(octets, leaf) in self.literals

    def is_example(self, octets: bytes, leaf: Leaf) -> bool:
        """Tell whether such a value was an example."""
        return _place(octets, leaf) in self.examples

    def add(self, form: Form) -> None:
        """Remember what is not free in a form."""
        free = set(form.free)
        for place, leaf in enumerate(form.leaves):
            if leaf.end - leaf.start > MAX_VALUE:
                continue
            if place in form.examples:
                _remember(self.examples, form, leaf)
            elif place not in free:
                _remember(self.literals, form, leaf)


def _remember(places: set[Place], form: Form, leaf: Leaf) -> None:
    if len(places) >= MAX_PLACES:
        places.clear()
    places.add(_place(form.octets, leaf))


def _place(octets: bytes, leaf: Leaf) -> Place:
    return octets[max(0, leaf.start - _BEFORE) : leaf.start], octets[leaf.start : leaf.end]
