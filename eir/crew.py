"""All workers together: the memory and sockets they share, and what they come to as one node."""

import asyncio
import mmap
import os
from dataclasses import dataclass

from eir import metrics, records
from eir.channel import Start, ToWorker
from eir.config import Config
from eir.errors import UnavailableError
from eir.lane_rows import LaneRow
from eir.links import LinkRow, in_order
from eir.metrics import Counters
from eir.records import RecordReader
from eir.supervision import StoreGuard, WorkerKeeper
from eir.transport.neighbours import socket_pair


@dataclass(frozen=True, slots=True)
class Recorded:
    """How many records all workers have written, and how many of them nobody had read before."""

    written: int
    overwritten: int


class Crew:
    """The workers of a node.

    Attributes:
        pages: the counters of each.
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
        self._rings: list[RecordReader] = []
        self._overwritten = 0
        # Kept open here: what waits in one outlives its worker.
        self._inboxes = [socket_pair() for _ in range(workers)] if workers > 1 else []
        for worker in range(workers):
            self._add(start.model_copy(update={"worker": worker, "workers": workers}), guard)

    def _add(self, start: Start, guard: StoreGuard) -> None:
        counters, page = _share("eir-counters", metrics.SIZE)
        ring, ring_memory = _share("eir-records", records.SIZE)
        own = {
            "counters": counters,
            "records": ring,
            "inbox": self._inboxes[start.worker][0].fileno() if self._inboxes else None,
            "outboxes": tuple(writer.fileno() for _, writer in self._inboxes),
        }
        self.pages.append(Counters(page))
        self._rings.append(RecordReader(ring_memory))
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

    def tell(self, message: ToWorker) -> None:
        """Say something to each that runs."""
        for keeper in self.keepers:
            keeper.tell(message)

    @property
    def obstacle(self) -> str:
        """Why nobody answers; empty while one does."""
        obstacles = [keeper.obstacle for keeper in self.keepers]
        return obstacles[0] if all(obstacles) else ""

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

    def recorded(self) -> Recorded:
        """Read the records that are new."""
        for ring in self._rings:
            _, overwritten = ring.read()
            self._overwritten += overwritten
        return Recorded(sum(ring.written for ring in self._rings), self._overwritten)


def _share(name: str, octets: int) -> tuple[int, memoryview]:
    """Make memory that a worker inherits by descriptor; it lives as long as we do."""
    descriptor = os.memfd_create(name)
    os.ftruncate(descriptor, octets)
    return descriptor, memoryview(mmap.mmap(descriptor, octets))
