"""When the lanes of a driver study: in turns of their own, while there is something to study."""

from typing import Protocol

from eir.transport.turns import Turns


class Scholar(Protocol):
    """What studies: the lanes."""

    @property
    def has_studies(self) -> bool:
        """Whether there is something to study."""

    def study(self) -> None:
        """Study for a short while."""


class Studying:
    """Gives the lanes of one driver their turns."""

    def __init__(self, lanes: Scholar, turns: Turns) -> None:
        self._lanes = lanes
        self._turns = turns
        self._is_due = False  # soon
        self._stopped = False

    def soon(self) -> None:
        """Let them study when it is their turn, if they have something to."""
        if self._lanes.has_studies and not self._is_due:
            self._is_due = True
            self._turns.study(self._study)

    def stop(self) -> None:
        """Let them study no more."""
        self._stopped = True

    def _study(self) -> None:
        self._is_due = False
        if not self._stopped:
            self._lanes.study()
            self.soon()
