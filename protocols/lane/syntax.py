"""Where the values of a message stand: each protocol brings its own walk over tags and lengths."""

from dataclasses import dataclass
from typing import Protocol

from protocols.framing import Head


@dataclass(frozen=True, slots=True)
class Leaf:
    """A value: the octets from `start` up to `end` of a message.

    Attributes:
        start: where it begins.
        end: where it has ended.
        stretches: whether `Syntax.resize` can give it another length.
    """

    start: int
    end: int
    stretches: bool = False


class Syntax(Protocol):
    """A walk that knows where values begin and end, and not what they mean."""

    @property
    def head(self) -> Head:
        """Where a message says how long it is."""

    def leaves(self, octets: bytes) -> tuple[Leaf, ...]:
        """Find the values of a whole message, question or answer, in order and apart.

        What is in none of them (tags, lengths, padding) is the same in all messages of a shape.
        Nothing is found in what cannot be walked to its end.
        """

    def resize(self, octets: bytes, leaf: int, value: bytes) -> bytes:
        """Put a value of any length in the place of a leaf that stretches; lengths follow.

        Args:
            octets: a message that has leaves.
            leaf: which of `leaves(octets)`.
            value: what is to stand there.
        """
