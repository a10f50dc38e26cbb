"""All workers together: the memory and sockets they share, and what they come to as one node."""

import asyncio
from collections.abc import Callable, Sequence

from eir import metrics
from eir.channel import Start, ToWorker, Traced
from eir.config import Config
from eir.errors import UnavailableError
from eir.lane_rows import LaneRow
from eir.links import LinkRow, in_order
from eir.metrics import Counters
from eir.overload import Takings
from eir.path_rows import PathRow
from eir.records import ring_size
from eir.shared_memory import share
from eir.supervision import StoreGuard, WorkerKeeper
from eir.trace.wanted import Wanted
from eir.transport.neighbours import socket_pair

# seconds; ours: longer than one that hangs is killed and another started, even a few times
T_HANG = 30.0


class Crew:
    """The workers of a node.

    Attributes:
        pages: the counters of each.
        rings: descriptors of the memory where each leaves its records.
        keepers: who keeps each of them running.
        ready: set when the first of them accepted connections.
    """

    def __init__(self, start: Start, guard: StoreGuard, *, workers: int) -> None:
        """Make what outlives a worker.

        Args:
            start: what all of them are made of.
            guard: knows whether the lists may be used.
            workers: how many there are.
        """
        self.ready = asyncio.Event()
        self.pages: list[Counters] = []
        self.keepers: list[WorkerKeeper] = []
        self.rings: list[int] = []
        # Kept open here: what waits in one outlives its worker.
        self._inboxes = [socket_pair() for _ in range(workers)] if workers > 1 else []
        takings = share("eir-takings", Takings.octets(workers))[0] if workers > 1 else None
        common = {"workers": workers, "takings": takings}
        for worker in range(workers):
            self._add(start.model_copy(update={"worker": worker, **common}), guard)

    def _add(self, start: Start, guard: StoreGuard) -> None:
        counters, page = share("eir-counters", metrics.SIZE)
        ring, _ = share("eir-records", ring_size(start.config.records.waiting_records))
        own = {
            "counters": counters,
            "records": ring,
            "inbox": self._inboxes[start.worker][0].fileno() if self._inboxes else None,
            "outboxes": tuple(writer.fileno() for _, writer in self._inboxes),
        }
        self.pages.append(Counters(page))
        self.rings.append(ring)
        keeper = WorkerKeeper(start.model_copy(update=own), guard, self.pages[-1], ready=self.ready)
        self.keepers.append(keeper)

    def close(self) -> None:
        """Close what outlives a worker, after the last one."""
        for end in (end for pair in self._inboxes for end in pair):
            end.close()

    async def run(self) -> None:
        """Keep all of them running until `stop`."""
        async with asyncio.TaskGroup() as tasks:
            for keeper in self.keepers:
                tasks.create_task(keeper.run())

    def stop(self) -> None:
        """Let them take leave of their peers; `run` returns when they have."""
        for keeper in self.keepers:
            keeper.stop()

    def reload(self, config: Config) -> None:
        """Let them go on with another configuration."""
        for keeper in self.keepers:
            keeper.reload(config)

    def trace(self, wanted: Sequence[Wanted]) -> None:
        """Let them trace this, and nothing else."""
        for keeper in self.keepers:
            keeper.trace(wanted)

    def give_traced(self, taker: Callable[[Traced], None]) -> None:
        """Give what matches to somebody from now on."""
        for keeper in self.keepers:
            keeper.traced = taker

    def tell(self, message: ToWorker) -> None:
        """Say something to each that runs."""
        for keeper in self.keepers:
            keeper.tell(message)

    @property
    def obstacle(self) -> str:
        """Why nobody answers; empty while one does."""
        obstacles = [keeper.obstacle for keeper in self.keepers]
        return obstacles[0] if all(obstacles) else ""

    def hang(self, now: float) -> str:
        """Say that no worker gives a sign of life; empty: one does, or none has started yet.

        Args:
            now: seconds of the running loop.
        """
        heard = [keeper.heard_at for keeper in self.keepers if keeper.heard_at is not None]
        silent = now - max(heard, default=now)
        return f"no worker has said anything for {silent:.0f} s" if silent > T_HANG else ""

    def notes(self) -> list[str]:
        """Say which workers do not answer, although others do."""
        if self.obstacle:
            return []
        down = [(n, keeper.obstacle) for n, keeper in enumerate(self.keepers) if keeper.obstacle]
        return [f"worker {number} of {len(self.keepers)}: {why}" for number, why in down]

    def links(self) -> list[LinkRow]:
        """Give every link of those that run.

        Raises:
            UnavailableError: none does, and so there is no link.
        """
        if self.obstacle:
            raise UnavailableError(self.obstacle)
        return self.known_links()

    def known_links(self) -> list[LinkRow]:
        """Give every link of those that run; without any, none."""
        return in_order(row for keeper in self.keepers for row in keeper.links.rows())

    def lane(self) -> list[LaneRow]:
        """Give what the fast lanes of those that run know.

        Raises:
            UnavailableError: none runs.
        """
        if self.obstacle:
            raise UnavailableError(self.obstacle)
        return [
            row.model_copy(update={"worker": number})
            for number, keeper in enumerate(self.keepers)
            for row in keeper.lane
        ]

    def paths(self) -> list[PathRow]:
        """Give the SCTP paths of those that run."""
        return [row for keeper in self.keepers for row in keeper.paths.values()]

    def pids(self) -> dict[str, int]:
        """Give the process of each that runs, by a name for people."""
        running = ((number, keeper.pid) for number, keeper in enumerate(self.keepers))
        return {f"worker-{number}": pid for number, pid in running if pid is not None}
