"""The examples that lanes keep: so many of each family, and so many octets of all together."""

from collections.abc import Hashable

from protocols.lane.family import Example, Family, values_of
from protocols.lane.shape import Shape
from protocols.lane.teacher import Inputs

MAX_EXAMPLES = 16_384  # ours: of one family, each in all states; then they are met anew
MAX_EXAMPLE_OCTETS = 1_024  # ours: of one example; names and addresses are shorter
MAX_PARTNERS = 1_024  # ours: states that examples are remembered for; the oldest are forgotten
MAX_OCTETS = 64 << 20  # ours: of all examples
EXAMPLE_OCTETS = 512  # ours: what one costs beside its own: its inputs, and two places in tables


class Shelf:
    """What all lanes of an interface have met."""

    def __init__(self) -> None:
        self._dropped = 0
        self._octets: dict[Family, int] = {}  # that each takes

    def meet(self, shape: Shape, partners: Hashable, example: Example, inputs: Inputs) -> None:
        """Let an example count, unless it is too long.

        Args:
            shape: of the request that it stood in.
            partners: the state of what depends on it, in which it counts.
            example: the values that were met.
            inputs: what they are read as.
        """
        family, met = shape.family, shape.examples.met
        octets = sum(map(len, values_of(example)))
        if octets > MAX_EXAMPLE_OCTETS:
            self._dropped += 1
            return
        if family.kept >= MAX_EXAMPLES:
            self._drop(family)
        if partners not in met and len(met) >= MAX_PARTNERS:
            self._dropped += len(met.pop(next(iter(met))))
        while self.octets + octets + EXAMPLE_OCTETS > MAX_OCTETS:
            self._drop(max(self._octets, key=self._octets.__getitem__))
        shape.examples.meet(partners, example, inputs)
        family.kept += 1
        self._octets[family] = self._octets.get(family, 0) + octets + EXAMPLE_OCTETS

    @property
    def octets(self) -> int:
        """How much room all of them take."""
        return sum(self._octets.values())

    def forget(self, family: Family) -> None:
        """Let no example of a family count any more, which is not wanted."""
        self._octets.pop(family, None)
        family.forget()

    def take_dropped(self) -> int:
        """Tell how many were forgotten or not kept, for want of room, since the last call."""
        dropped, self._dropped = self._dropped, 0
        return dropped

    def _drop(self, family: Family) -> None:
        self._dropped += family.kept
        self.forget(family)
