"""What the supervisor knows, for who finds what is wrong."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Self

from eir.alarms.watches.overload import Load
from eir.alarms.watches.ratio import Counted
from eir.crew import Crew
from eir.decision.verdict import Status
from eir.links import LinkRow
from eir.metrics.identity import Tally
from eir.metrics.sums import Sums
from eir.records.keeper import Recorded


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known at one moment.

    Attributes:
        links: every link; None: no worker answers, and nobody knows them.
        deaths: of each worker since the start.
        counted: checks that were answered, by interface.
        differences: checks of which nothing became, or the other way round, by interface.
        load: what the node has to do.
        recorded: what became of check records.
    """

    links: Sequence[LinkRow] | None
    deaths: Sequence[int]
    counted: Mapping[str, Counted]
    differences: Mapping[str, int]
    load: Load
    recorded: Recorded

    @classmethod
    def of(cls, sums: Sums, crew: Crew, recorded: Recorded) -> Self:
        """Put together what workers have counted, what their keepers know, and the recorder's."""
        interfaces = sums.interfaces
        return cls(
            links=None if crew.obstacle else crew.links(),
            deaths=[keeper.restarts for keeper in crew.keepers],
            counted={name: _counted(each.tally) for name, each in interfaces.items()},
            differences={name: each.difference for name, each in interfaces.items()},
            load=Load(
                came=sum(each.tally.received for each in interfaces.values()),
                shed=sum(each.shed for each in interfaces.values()),
                waiting=sums.waiting,
            ),
            recorded=recorded,
        )


def _counted(tally: Tally) -> Counted:
    return Counted(tally.answered, tally.of(Status.PROHIBITED.value))
