"""How a source writes what our own files can write in one way only."""

from dataclasses import dataclass
from datetime import UTC, tzinfo


@dataclass(frozen=True, slots=True)
class Dialect:
    """What a file does not say of itself.

    Attributes:
        zone: whose days its days are, and whose instants those without a zone.
        removes: each line takes off the list, whatever else it says.
        latin_1: a text that is not UTF-8 is Latin-1, rather than wrong; identities never are.
    """

    zone: tzinfo = UTC
    removes: bool = False
    latin_1: bool = False


OURS = Dialect()
