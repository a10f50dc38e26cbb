"""How often a peer was asked whether it lives: Diameter's watchdog, M3UA's heartbeat."""

from dataclasses import dataclass


@dataclass(slots=True)
class Probes:
    """What was asked of one peer since the start.

    Attributes:
        sent: how often it was asked.
        answered: how often it answered.
        missed: how often nothing at all had come from it when the answer was due.
    """

    sent: int = 0
    answered: int = 0
    missed: int = 0
