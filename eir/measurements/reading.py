"""What measurements look at: the workers' counters, and which links are open."""

from collections.abc import Iterable, Mapping, Sequence

from eir.crew import Crew
from eir.links import INTERFACE_OF, OPEN, LinkRow
from eir.measurements.sampler import Reading, Subject, Totals
from eir.metrics.checks import BUCKETS_NS, OUTCOMES
from eir.metrics.identity import Tally
from eir.metrics.sums import InterfaceSums, Sums
from eir.pulse import Beat, Pulse


class Reader:
    """Sees what there is, each second."""

    def __init__(self, crew: Crew, pulse: Pulse) -> None:
        self._crew = crew
        self._pulse = pulse
        self._times: Mapping[str, Sequence[int]] = {}  # by interface, when it was last read

    async def next(self) -> Reading:
        """Wait for the next second, and look at everything."""
        return self._read(await self._pulse.next())

    def now(self) -> Reading:
        """Look at everything now."""
        return self._read(self._pulse.now())

    def _read(self, beat: Beat) -> Reading:
        keepers = self._crew.keepers
        return Reading(
            at=beat.at,
            clock=beat.clock,
            totals=totals(beat.sums),
            longest_ns=self._longest_ns(beat.sums.interfaces),
            available=available(row for keeper in keepers for row in keeper.links.rows()),
            restarts=sum(keeper.restarts for keeper in keepers),
        )

    def _longest_ns(self, interfaces: Mapping[str, InterfaceSums]) -> dict[Subject, int]:
        """Say than what no check since the last reading took longer.

        The histogram knows it to a bucket, and the maximum is of a minute: the smaller counts.
        """
        before, self._times = self._times, {name: of.buckets for name, of in interfaces.items()}
        found: dict[Subject, int] = {}
        for name, sums in interfaces.items():
            earlier = before.get(name, sums.buckets)
            grown = [at for at, count in enumerate(sums.buckets) if count > earlier[at]]
            if grown:
                bucket = BUCKETS_NS[grown[-1] : grown[-1] + 1]  # the last one has no end
                found[name, ""] = min([sums.longest_ns, *bucket])
        return found


def totals(sums: Sums) -> Mapping[Subject, Totals]:
    """Give what all workers have counted; how long checks took is not known of each peer."""
    of_interfaces = {
        (name, ""): {
            **_totals(each.tally),
            "timed": sum(each.buckets),
            "busy_ns": each.busy_ns,
        }
        for name, each in sums.interfaces.items()
    }
    return of_interfaces | {subject: _totals(tally) for subject, tally in sums.peers.items()}


def _totals(tally: Tally) -> dict[str, int]:
    return {"received": tally.received, **dict(zip(OUTCOMES, tally.outcomes, strict=True))}


def available(links: Iterable[LinkRow]) -> set[Subject]:
    """Name the peers that can ask, and the interfaces that one of them can ask."""
    return {
        (INTERFACE_OF[row.kind].value, name)
        for row in links
        if row.kind in INTERFACE_OF and row.state in OPEN
        for name in ("", row.name)
    }
