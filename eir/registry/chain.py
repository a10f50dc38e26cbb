"""Which runs are applied, in which order: the cheapest legal path to the newest one.

A delta may only be applied to the very run that it builds on. Lists of one run become visible
together, so all lists of a registry take every step together, each by its delta or its full list.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from eir.lists.names import ListName
from eir.registry.bundle import Bundle
from eir.registry.outcome import SyncError
from eir.registry.report import Ignored
from eir.store.feeds import RegistryState


class Way(StrEnum):
    """How a list comes to a run."""

    FULL = "full"
    DELTA = "delta"
    LATE = "late"  # a delta older than what is there: it counts where nothing newer spoke


@dataclass(frozen=True, slots=True)
class Step:
    """One run to apply.

    Attributes:
        bundle: the run.
        ways: of each list that it has.
        held: why somebody must accept it first, whatever is in it (a reset, a missing list).
    """

    bundle: Bundle
    ways: Mapping[ListName, Way]
    held: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Plan:
    """What to do.

    Attributes:
        steps: in this order; each makes a version of the lists.
        ignored: what is not needed.
        waiting: names of files of runs that still wait for another list.
        stop: why the newest run is not reached; None: it is, or there is none.
    """

    steps: tuple[Step, ...]
    ignored: tuple[Ignored, ...] = ()
    waiting: tuple[str, ...] = ()
    stop: SyncError | None = None


@dataclass(frozen=True, slots=True)
class Asked:
    """What the operator asked for.

    Attributes:
        force_full: go to the newest full list, even an older one than what serves.
        allow_unpaired: apply a run although a list is missing that belongs to it.
        pair_wait: how long a run waits for that list.
        accepted: (run, sha256 of its bundle) that somebody accepted: nothing holds it.
    """

    force_full: bool = False
    allow_unpaired: bool = False
    pair_wait: timedelta = timedelta(hours=1)
    accepted: tuple[int, str] | None = None


def plan(state: RegistryState, bundles: Sequence[Bundle], asked: Asked, now: datetime) -> Plan:
    """Find the way from where a registry is to its newest run."""
    raise NotImplementedError
