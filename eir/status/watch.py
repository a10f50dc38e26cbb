"""What the supervisor asks for a snapshot: it feeds the trends, and gathers the facts."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version

from eir.alarms.board import AlarmBoard
from eir.config import Config
from eir.crew import Crew
from eir.list_watch import ListWatch
from eir.metrics import WAITING
from eir.metrics.sums import Sums, total
from eir.override_watch import OverrideWatch, sentence
from eir.pulse import Pulse
from eir.status.facts import Facts
from eir.status.models import Snapshot, WorkerRow
from eir.status.snapshot import snapshot
from eir.status.tallies import last_checks, tallies_of
from eir.status.trends import Span, Trends
from eir.supervision import StoreGuard
from eir.sync_watch import SyncWatch


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """Who knows what.

    Attributes:
        config: gives the configuration that counts.
        crew: the workers, their counters and links.
        pulse: what they count, each second.
        guard: whether the lists can be read.
        lists: what is on them.
        override: what every check is answered with.
        syncs: how those of registries went.
        alarms: those that are on.
    """

    config: Callable[[], Config]
    crew: Crew
    pulse: Pulse
    guard: StoreGuard
    lists: ListWatch
    override: OverrideWatch
    syncs: SyncWatch
    alarms: AlarmBoard


class StatusWatch:
    """Gives snapshots."""

    def __init__(self, watched: Watched, started: datetime) -> None:
        self._watched = watched
        self._started = started
        self._program = version("eir")
        self._trends = Trends()

    async def run(self) -> None:
        """Feed the trends for ever."""
        while True:
            beat = await self._watched.pulse.next()
            self.feed(beat.sums, beat.clock)

    def feed(self, sums: Sums, now: float) -> None:
        """Let the trends see what was counted, at `now` in monotonic seconds."""
        self._trends.feed(tallies_of(sums), now)
        answered = {peer: tally.answered for peer, tally in sums.peers.items()}
        self._trends.answered.feed(answered, now)
        self._trends.resent.feed(sums.resent, now)

    def snapshot(self, spans: Collection[Span]) -> Snapshot:
        """Take one now, with these trends."""
        return snapshot(self._facts(datetime.now(UTC)), self._trends, spans)

    def _facts(self, now: datetime) -> Facts:
        watched = self._watched
        crew, config = watched.crew, watched.config()
        override = watched.override.current(now.timestamp())
        return Facts(
            now=now,
            name=config.diameter.origin_host,
            program=self._program,
            started=self._started,
            obstacle=crew.obstacle,
            workers=[
                WorkerRow(worker=number, obstacle=keeper.obstacle, restarts=keeper.restarts)
                for number, keeper in enumerate(crew.keepers)
            ],
            served=config.served,
            links=crew.known_links(),
            paths=crew.paths(),
            waiting=total(crew.pages, WAITING),
            waiting_limit=config.overload.node_waiting_octets,
            last_checks=last_checks(crew.pages),
            version=watched.guard.version,
            failure=watched.guard.failure,
            summary=watched.lists.summary,
            octets=watched.lists.octets,
            override="" if override is None else sentence(override),
            syncs=watched.syncs.states(now),
            alarms=watched.alarms.active(),
        )
