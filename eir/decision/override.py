"""The operator's switch: one answer for everything, for a time and for a reason."""

from dataclasses import dataclass

from eir.decision.verdict import Status


@dataclass(frozen=True, slots=True)
class Override:
    """A switch that is set.

    Attributes:
        status: the answer for every equipment.
        reason: why, in the operator's words; never empty.
        author: the operating system's user who set it.
        since: UTC seconds.
        expires: UTC seconds from which it is off again; None: when it is cleared.
    """

    status: Status
    reason: str
    author: str
    since: int
    expires: int | None = None

    def in_force(self, at: float) -> bool:
        """Tell whether it counts at an instant, in UTC seconds."""
        return self.since <= at and (self.expires is None or at < self.expires)
