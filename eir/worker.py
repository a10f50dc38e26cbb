"""One process that answers: `python -m eir.worker DESCRIPTOR [NUMBER]`, started by the supervisor.

It is made of what the first line on its channel says (`eir.channel.Start`), runs one event loop,
and lives no longer than its supervisor.
"""

import asyncio
import contextlib
import gc
import mmap
import signal
import socket
import sys
from collections.abc import Callable
from datetime import UTC, datetime

import structlog

from eir import log, metrics, records
from eir.channel import (
    MAX_LINE,
    LaneKnown,
    LeaveStore,
    LinksChanged,
    Ready,
    Reload,
    Start,
    Stop,
    StoreState,
    ToSupervisor,
    UseStore,
    decode_for_worker,
    encode,
)
from eir.config import Config
from eir.deal import Deal
from eir.decision.decider import Decider
from eir.decision.policy import policies_of
from eir.interfaces.answer import Reply
from eir.lane_rows import LaneRow, most_used, rows_of
from eir.links import Board, PeerKind
from eir.metrics import Counters
from eir.nodes import Places, diameter_node, ss7_node
from eir.overload import Limits
from eir.override_watch import OverrideWatch
from eir.records import RecordWriter
from eir.sampling import Recorder
from eir.store.reader import ListReader
from eir.transport.neighbours import Inbox, Neighbours
from eir.transport.parcel import Connected
from eir.transport.reporter import Reporter
from eir.transport.service import AnyService, Node, Service
from eir.transport.turns import Turns
from protocols.effects import Request
from protocols.passing import Passed

T_LANE = 2.0  # seconds; ours: how old news of the fast lanes may be
T_LOOK = 1.0  # seconds; ours: how often we look at the lists when nobody asks
T_LINKS = 0.1  # seconds; ours: how old news of links may be
ROWS = 50  # ours: of links in one line of the channel, whose lines are bounded
T_PASSED = 0.1  # seconds; ours: longer than a message takes from one worker to another
T_LEAVE = 4.0  # seconds; ours: longer than a peer may take to let us go

Tell = Callable[[ToSupervisor], None]


class Worker:
    """The nodes, their connections and the view of the lists that they share."""

    def __init__(self, start: Start, tell: Tell, tasks: asyncio.TaskGroup) -> None:
        self.counters = Counters(_map(start.counters, metrics.SIZE))
        ring = _map(start.records, records.SIZE)
        self._recorder = Recorder(RecordWriter(ring), start.config.records)
        self._board = Board(_utc, self._tell_links_soon)
        self._start = start
        self._config = start.config
        self._tell = tell
        self._decider = Decider(
            None,
            policies_of(start.config),
            _utc_seconds,
            self._store_changed,
            override=OverrideWatch(start.config.store.path).current,
        )
        self._tasks = tasks
        limits = Limits.of(start.config.overload, share=start.workers)
        outboxes = [socket.socket(fileno=descriptor) for descriptor in start.outboxes]
        self._turns = Turns(self._decider, limits, Neighbours(outboxes, worker=start.worker))
        decide = self._decider.decide
        deal = Deal(start.config, worker=start.worker, workers=start.workers)
        diameter = diameter_node(start.config, decide, deal, started_at=start.started_at)
        self._places = Places(start.config.map)
        ss7 = ss7_node(start.config, decide, deal, self._places)
        self._services: dict[PeerKind, AnyService] = {"peer": self._service(diameter)}
        if ss7 is not None:
            self._services["asp"] = self._service(ss7)
        self._inbox: Inbox | None = None

    def _service(self, node: Node[Request, Reply]) -> Service[Request, Reply]:
        for name in node.known:
            self._board.expect(node.peers, name)
        reporter = Reporter(
            self.counters,
            self._recorder,
            self._board,
            peers=node.peers,
            clock=asyncio.get_running_loop().time,
        )
        service = Service(
            node,
            reporter=reporter,
            turns=self._turns,
            sctp=self._config.sctp,
            tasks=self._tasks,
        )
        service.driver.lanes.is_on = self._config.server.lane
        return service

    async def open(self) -> None:
        """Accept connections, and open those that are ours to open."""
        if self._start.use_store:
            self.use_store()
        self._look_at_store()
        self._tell_lane(())
        await self._services["peer"].open(tcp=self._start.tcp, sctp=self._start.sctp)
        if "asp" in self._services:
            tcp, sctp = self._start.m3ua_tcp, self._start.m3ua_sctp
            await self._services["asp"].open(tcp=tcp, sctp=sctp)
        if self._start.inbox is not None:
            reader = socket.socket(fileno=self._start.inbox)
            self._inbox = Inbox(reader, take_over=self._take_over, passed=self._passed)
        self._tell(Ready())

    def _take_over(self, connected: Connected, sock: socket.socket) -> None:
        self._services[connected.peers].take_over(connected, sock)

    def _passed(self, message: Passed) -> None:
        self._services["asp"].driver.passed(message)

    async def close(self) -> None:
        """Take leave of every peer, and wait for the last answers to leave."""
        if self._inbox is not None:  # what others have accepted for us is on its way
            await asyncio.sleep(T_PASSED)
            self._inbox.close()
        for service in self._services.values():
            service.leave()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(T_LEAVE):
                for service in self._services.values():
                    await service.driver.drained.wait()

    def reload(self, config: Config) -> None:
        """Go on with another configuration, from the next batch on."""
        log.set_level(config.log.level)
        self._decider.follow(policies_of(config))
        self._recorder.follow(config.records)
        self._places.follow(config.map)
        if config.map != self._config.map and "asp" in self._services:
            self._services["asp"].driver.lanes.learn_anew()
        self._turns.follow(Limits.of(config.overload, share=self._start.workers))
        for service in self._services.values():
            service.driver.lanes.switch(is_on=config.server.lane)
        self._config = config

    def leave_store(self) -> None:
        """Answer without the lists, which may kill us, until `use_store`."""
        self._decider.use(None)

    def use_store(self) -> None:
        """Open the lists, at the first start or after the supervisor verified them."""
        self._decider.use(ListReader(self._config.store.path))

    def _look_at_store(self) -> None:
        """Learn that the lists broke, or are well again, when nobody asks about equipment."""
        with self._decider:
            asyncio.get_running_loop().call_later(T_LOOK, self._look_at_store)
        self._store_changed(self._decider.failure)

    def _tell_links_soon(self) -> None:
        """Tell what is new on the board, all that comes within a moment at once."""
        asyncio.get_running_loop().call_later(T_LINKS, self._tell_links)

    def _tell_links(self) -> None:
        changes = self._board.take()
        rows, gone = list(changes.rows.items()), tuple(changes.gone)
        for start in range(0, max(1, len(rows), len(gone)), ROWS):
            stop = start + ROWS
            self._tell(LinksChanged(rows=dict(rows[start:stop]), gone=gone[start:stop]))

    def _tell_lane(self, told: tuple[LaneRow, ...]) -> None:
        """Tell what the fast lanes know, if that is other than what was told."""
        rows = [
            row
            for service in self._services.values()
            for row in rows_of(service.driver.lanes.name, service.driver.lanes.known())
        ]
        known = most_used(rows)
        if known != told:
            self._tell(LaneKnown(rows=known))
        asyncio.get_running_loop().call_later(T_LANE, self._tell_lane, known)

    def _store_changed(self, failure: str | None) -> None:
        self._tell(StoreState(failure=failure, version=self._decider.version))


def _utc() -> datetime:
    return datetime.now(UTC)


def _utc_seconds() -> float:
    return _utc().timestamp()


def _map(descriptor: int, octets: int) -> memoryview:
    """Map shared memory that the supervisor made."""
    return memoryview(mmap.mmap(descriptor, octets))


async def obey(reader: asyncio.StreamReader, worker: Worker) -> None:
    """Do what the supervisor says, until it says stop or is gone."""
    while line := await reader.readline():
        match decode_for_worker(line):
            case UseStore():
                worker.use_store()
            case LeaveStore():
                worker.leave_store()
            case Reload(config=config):
                worker.reload(config)
            case Stop():
                return
    structlog.get_logger().error("supervisor_gone")


async def serve(channel: socket.socket) -> None:
    """Answer until the supervisor says stop."""
    reader, writer = await asyncio.open_connection(sock=channel, limit=MAX_LINE)
    start = decode_for_worker(await reader.readline())
    if not isinstance(start, Start):
        raise TypeError(f"{start.kind} before start")
    log.serve(start.config.log.format, start.config.log.level)
    if start.workers > 1:
        structlog.contextvars.bind_contextvars(worker=start.worker)
    async with asyncio.TaskGroup() as tasks:
        worker = Worker(start, lambda message: writer.write(encode(message)), tasks)
        await worker.open()
        # What is here now stays: looking through it for garbage would hold checks up for long.
        gc.collect()
        gc.freeze()
        await obey(reader, worker)
        await worker.close()


def main() -> None:
    """Run a worker. Whoever stops the node stops the supervisor; a worker obeys that alone."""
    for number in (signal.SIGHUP, signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    asyncio.run(serve(socket.socket(fileno=int(sys.argv[1]))))


if __name__ == "__main__":
    main()
