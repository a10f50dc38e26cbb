"""One process that answers: `python -m eir.worker DESCRIPTOR [NUMBER]`, started by the supervisor.

It is made of what the first line on its channel says (`eir.channel.Start`), runs one event loop,
and lives no longer than its supervisor.
"""

import asyncio
import contextlib
import signal
import socket
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import Any

import structlog

from eir import garbage, log, loop
from eir.channel import (
    MAX_LINE,
    LaneKnown,
    LeaveStore,
    LinksChanged,
    PathsChanged,
    Ready,
    Reload,
    Start,
    Stop,
    StoreState,
    ToSupervisor,
    Trace,
    Traced,
    UseStore,
    decode_for_worker,
    tell,
)
from eir.config import Config
from eir.deal import Deal
from eir.decision.decider import Decider
from eir.decision.policy import policies_of
from eir.decision.verdict import Check, Verdict
from eir.interfaces.answer import Reply
from eir.lane_rows import LaneRow, most_used, rows_of
from eir.links import Board, PeerKind
from eir.metrics import Counters, identity
from eir.nodes import CongestionResult, Places, diameter_node, ss7_node
from eir.overload import Limits, Takings
from eir.override_watch import OverrideWatch
from eir.path_rows import PathChanges, PathRow
from eir.records import RecordWriter
from eir.sampling import Recorder
from eir.shared_memory import attach
from eir.store.reader import ListReader
from eir.survey import Survey
from eir.trace.tracer import Tracer
from eir.trace.wanted import Wanted
from eir.transport.neighbours import Inbox, Neighbours
from eir.transport.parcel import Connected, PassedOn
from eir.transport.reporter import Reporter
from eir.transport.service import AnyService, Node, Service
from eir.transport.turns import Turns
from protocols.effects import Request

T_LANE = 2.0  # seconds; ours: how old news of the fast lanes may be
T_LOOK = 1.0  # seconds; ours: how often we look at the lists when nobody asks
T_GARBAGE = 60.0  # seconds; ours: how often we see whether there is time to look for garbage
BUSY = 60  # ours: that so many times there was none, before we look all the same
T_MAXIMUM = 60.0  # seconds; ours: how long a maximum counts at least
T_PATHS = 2.0  # seconds; ours: how old news of SCTP paths and watchdogs may be
T_LINKS = 0.1  # seconds; ours: how old news of links may be
T_TRACED = 0.1  # seconds; ours: how old news of what is traced may be
ROWS = 50  # ours: of links or paths in one line of the channel, whose lines are bounded
T_PASSED = 0.1  # seconds; ours: longer than a message takes from one worker to another
T_LEAVE = 4.0  # seconds; ours: longer than a peer may take to let us go

Tell = Callable[[ToSupervisor], None]


class Worker:
    """The nodes, their connections and the view of the lists that they share."""

    def __init__(self, start: Start, tell: Tell, tasks: asyncio.TaskGroup) -> None:
        self.counters = Counters(attach(start.counters))
        self._settle()
        self._recorder = Recorder(RecordWriter(attach(start.records)), start.config.records)
        self._board = Board(_utc, self._tell_links_soon)
        self._tracer = Tracer(self._tell_traced_soon, worker=start.worker)
        self._tracer.follow(start.traces)
        self._start = start
        self._config = start.config
        self._tell = tell
        self._lists = ListReader(start.config.store.path)
        self._decider = Decider(
            None,
            policies_of(start.config),
            time.time,  # noqa: TID251 - the edge; each batch asks
            self._store_changed,
            override=OverrideWatch(start.config.store.path).current,
        )
        self._tasks = tasks
        limits = Limits.of(start.config.overload, share=start.workers)
        outboxes = [socket.socket(fileno=descriptor) for descriptor in start.outboxes]
        takings = None
        if start.takings is not None:
            takings = Takings(attach(start.takings), worker=start.worker)
        neighbours = Neighbours(outboxes, worker=start.worker)
        self._turns = Turns(self._decider, limits, neighbours, takings)
        decide = self._decide
        deal = Deal(start.config, worker=start.worker, workers=start.workers)
        self._congestion_result = CongestionResult(start.config.diameter)
        diameter = diameter_node(
            start.config, decide, deal, self._congestion_result, started_at=start.started_at
        )
        self._places = Places(start.config.map)
        ss7 = ss7_node(start.config, decide, deal, self._places)
        self._survey = Survey(self.counters, self._turns.room)
        self._services: dict[PeerKind, AnyService] = {"peer": self._service(diameter)}
        if ss7 is not None:
            self._services["asp"] = self._service(ss7)
        self._inbox: Inbox | None = None

    def _service(self, node: Node[Request, Reply]) -> Service[Request, Reply]:
        for name in node.known:
            self._board.expect(node.peers, name)
        self.counters.know(node.path.name, node.everybody)
        reporter = Reporter(
            self.counters,
            self._recorder,
            self._board,
            peers=node.peers,
            clock=asyncio.get_running_loop().time,
        )
        reporter.tracer = self._tracer
        service = Service(
            node,
            reporter=reporter,
            turns=self._turns,
            sctp=self._config.sctp,
            tasks=self._tasks,
        )
        service.driver.lanes.is_on = self._config.server.lane
        self._survey.add(node.path.name, service.driver)
        return service

    def _settle(self) -> None:
        """Count what the worker before this one had in hand when it died."""
        lost = identity.settle(self.counters)
        if lost:
            structlog.get_logger().warning("checks_lost", count=lost, reason="their worker died")

    def _look_at_counters(self) -> None:
        """See whether the counters agree with themselves: here, between two batches, they must."""
        identity.look(self.counters)
        asyncio.get_running_loop().call_later(T_LOOK, self._look_at_counters)

    def _look_at_links(self, told: Mapping[str, PathRow]) -> None:
        """Count watchdogs and what waits; tell of SCTP paths what is other than was told."""
        paths = self._survey.look()
        changes = PathChanges.between(told, paths)
        self._tell_rows(PathsChanged, changes.rows, changes.gone)
        asyncio.get_running_loop().call_later(T_PATHS, self._look_at_links, paths)

    def _begin_minute(self) -> None:
        self.counters.begin_minute()
        asyncio.get_running_loop().call_later(T_MAXIMUM, self._begin_minute)

    def _decide(self, check: Check) -> Verdict:
        """Decide on the slow path."""
        begun = time.perf_counter_ns()
        verdict = self._decider.decide(check)
        self.counters.observe_decision(check.interface, time.perf_counter_ns() - begun, 1)
        return verdict

    async def open(self) -> None:
        """Accept connections, and open those that are ours to open."""
        if self._start.use_store:
            self.use_store()
        self._look_at_store()
        self._look_at_counters()
        self._look_at_links({})
        self._begin_minute()
        self._tell_lane(())
        self._look_for_garbage()
        await self._services["peer"].open(tcp=self._start.tcp, sctp=self._start.sctp)
        if "asp" in self._services:
            tcp, sctp = self._start.m3ua_tcp, self._start.m3ua_sctp
            await self._services["asp"].open(tcp=tcp, sctp=sctp)
        if self._start.inbox is not None:
            reader = socket.socket(fileno=self._start.inbox)
            self._inbox = Inbox(reader, take_over=self._take_over, passed=self._passed)
        self._tell_links()  # who is ready knows its peers
        self._tell(Ready())

    def _take_over(self, connected: Connected, sock: socket.socket) -> None:
        self._services[connected.peers].take_over(connected, sock)

    def _passed(self, passed: PassedOn) -> None:
        self._services["asp"].driver.passed(passed)

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
        self._congestion_result.follow(config.diameter)
        self._turns.follow(Limits.of(config.overload, share=self._start.workers))
        for service in self._services.values():
            service.driver.lanes.switch(is_on=config.server.lane)
        self._config = config

    def trace(self, wanted: Sequence[Wanted]) -> None:
        """Trace this from now on, and nothing else."""
        self._tracer.follow(wanted)

    def leave_store(self) -> None:
        """Answer without the lists, which may kill us, until `use_store`."""
        self._decider.use(None)
        self._lists.close()  # what was read of them may be kept; a process opens them only once

    def use_store(self) -> None:
        """Open the lists, at the first start or after the supervisor verified them."""
        self._decider.use(self._lists)

    def _look_at_store(self) -> None:
        """Learn that the lists broke, or are well again, when nobody asks about equipment."""
        with self._decider:
            asyncio.get_running_loop().call_later(T_LOOK, self._look_at_store)
        self._store_changed(self._decider.failure)

    def _look_for_garbage(self, postponed: int = 0) -> None:
        """Look through all that was made when nobody asks, for that takes a while."""
        if garbage.is_much():
            postponed += 1
            if self._turns.is_idle or postponed > BUSY:
                garbage.sweep_all()
                postponed = 0
        asyncio.get_running_loop().call_later(T_GARBAGE, self._look_for_garbage, postponed)

    def _tell_links_soon(self) -> None:
        """Tell what is new on the board, all that comes within a moment at once."""
        asyncio.get_running_loop().call_later(T_LINKS, self._tell_links)

    def _tell_links(self) -> None:
        changes = self._board.take()
        self._tell_rows(LinksChanged, changes.rows, changes.gone)

    def _tell_rows(
        self, kind: type[LinksChanged | PathsChanged], rows: Mapping[str, Any], gone: Sequence[str]
    ) -> None:
        """Tell what changed, in as many lines as it takes; if nothing did, in none."""
        items = list(rows.items())
        for start in range(0, max(len(items), len(gone)), ROWS):
            stop = start + ROWS
            self._tell(kind(rows=dict(items[start:stop]), gone=tuple(gone[start:stop])))

    def _tell_traced_soon(self) -> None:
        """Tell what matched, all that comes within a moment at once."""
        asyncio.get_running_loop().call_later(T_TRACED, self.tell_traced)

    def tell_traced(self) -> None:
        """Tell what matched, one exchange a line, for lines are bounded."""
        taken = self._tracer.take()
        for match in taken.matches:
            self._tell(Traced(matches=(match,)))
        if taken.dropped:
            self._tell(Traced(dropped=taken.dropped))

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
            case Trace(traces=traces):
                worker.trace(traces)
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
        worker = Worker(start, partial(tell, writer), tasks)
        await worker.open()
        garbage.take_over()
        await obey(reader, worker)
        await worker.close()
        worker.tell_traced()


def main() -> None:
    """Run a worker. Whoever stops the node stops the supervisor; a worker obeys that alone."""
    for number in (signal.SIGHUP, signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    loop.run(serve(socket.socket(fileno=int(sys.argv[1]))))


if __name__ == "__main__":
    main()
