"""How a sync may end; of several ends the worst counts. Exit codes are the registry's contract."""

from enum import StrEnum
from typing import ClassVar

from eir.errors import EirError, StoreBusyError


class Outcome(StrEnum):
    """What became of a run, or of a sync; from harmless to worst."""

    APPLIED = "applied"
    UP_TO_DATE = "up-to-date"  # nothing new, or applied before
    WAITING = "waiting"  # for a file that is still written, or the exceptions of a run
    PARTIAL = "partial"  # applied, with more bad rows than is tolerated
    HELD = "held"  # somebody must accept or refuse it
    GAP = "gap"  # a delta is missing, and there is no full list
    REFUSED = "refused"  # damaged, forged, contradictory, or not for us
    UNREACHABLE = "unreachable"  # the source did not answer, or let us in
    BUSY = "busy"  # another process is at it

    @property
    def exit_code(self) -> int:
        """What a script is told."""
        return _EXIT_CODES[self]


_EXIT_CODES = {
    Outcome.APPLIED: 0,
    Outcome.UP_TO_DATE: 0,
    Outcome.WAITING: 0,
    Outcome.PARTIAL: 6,
    Outcome.HELD: 5,
    Outcome.GAP: 3,
    Outcome.REFUSED: 4,
    Outcome.UNREACHABLE: 69,
    Outcome.BUSY: 75,
}
_WORST_FIRST = (
    *(Outcome.REFUSED, Outcome.GAP, Outcome.HELD, Outcome.PARTIAL, Outcome.UNREACHABLE),
    *(Outcome.BUSY, Outcome.WAITING, Outcome.APPLIED, Outcome.UP_TO_DATE),
)


def worst(outcomes: list[Outcome]) -> Outcome:
    """Give the one that counts; without any there was nothing to do."""
    return min(outcomes, key=_WORST_FIRST.index, default=Outcome.UP_TO_DATE)


class SyncError(EirError):
    """A run, or a whole sync, that ends without being applied; the store is as it was."""

    outcome: ClassVar[Outcome]

    def __init_subclass__(cls, *, outcome: Outcome) -> None:
        cls.outcome = outcome
        cls.exit_code = outcome.exit_code


class BundleError(SyncError, outcome=Outcome.REFUSED):
    """Files that are damaged, forged, contradictory, or not for us."""


class AbsentError(BundleError, outcome=Outcome.REFUSED):
    """Files whose only fault is that another one, which belongs to them, did not come.

    They are kept until it does: to fetch them again would help nobody.
    """


class GapError(SyncError, outcome=Outcome.GAP):
    """A delta that builds on what was not applied, and no full list."""


class SourceError(SyncError, outcome=Outcome.UNREACHABLE):
    """The source cannot be reached, or does not let us in, or breaks off again and again."""


def outcome_of(error: EirError) -> Outcome:
    """Tell how a sync ends that an error stops."""
    match error:
        case StoreBusyError():
            return Outcome.BUSY
        case SyncError():
            return error.outcome
        case _:
            return Outcome.REFUSED  # the old lists serve (docs/registry.md, case 30)


def told(error: SyncError) -> str:
    """Say in one piece what is wrong and what to do, for lists of many."""
    return f"{error}; next: {error.next_step}" if error.next_step else str(error)
