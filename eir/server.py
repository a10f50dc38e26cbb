"""The supervisor: `eir serve`. It binds, starts workers, watches them, and is looked at.

It holds what must outlive a worker: the listening sockets, so that connections wait while one is
started again; the shared memory of counters and records; the admin endpoint. It answers no check.

    serve        binds everything, or says what is missing; then runs until it is told to stop
    Supervisor   one TaskGroup: workers, store guard, admin endpoint, systemd's watchdog
"""

import asyncio
import contextlib
import os
import signal
import sys
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import structlog
from prometheus_client import CollectorRegistry

from eir import admin, log, policy_log, sync_watch
from eir.alarms.collector import AlarmCollector
from eir.alarms.desk import AlarmDesk
from eir.alarms.watches.overload import level_of
from eir.channel import LeaveStore, Start, UseStore
from eir.config import Config, Server
from eir.config import file as config_file
from eir.crew import Crew
from eir.errors import ConfigError, StoreError
from eir.health import status_line
from eir.lane_rows import LaneRow
from eir.lasting import lasting
from eir.links import LinkRow
from eir.list_watch import ListWatch
from eir.listeners import Listeners
from eir.measurements.measuring import Measuring
from eir.measurements.reading import Reader
from eir.metrics.exposition import PageCollector
from eir.metrics.links import LinkCollector
from eir.metrics.lists import ListCollector
from eir.metrics.node import NodeCollector, NodeState
from eir.metrics.paths import PathCollector
from eir.metrics.processes import ProcessCollector
from eir.metrics.records import RecordCollector
from eir.metrics.syncs import SyncCollector
from eir.override_watch import T_LOOK, OverrideTeller, OverrideWatch, sentence
from eir.pulse import Pulse
from eir.records.keeper import RecorderKeeper
from eir.reload import Reloaded, reload
from eir.status.watch import StatusWatch, Watched
from eir.supervision import StoreGuard
from eir.sync_watch import SyncWatch
from eir.systemd import feed_watchdog, notify, reloading, tell_status
from eir.trace.desk import TraceDesk


def serve(config: Config, text: str, file: Path | None) -> None:
    """Serve until SIGTERM or SIGINT; at SIGHUP, read the file again.

    A terminal sends SIGHUP when it closes: who serves on one ends then.

    Args:
        config: what to serve with.
        text: what the file says.
        file: which it is; None: there is none.

    Raises:
        UnavailableError: a port or the kernel's SCTP cannot be had; nothing was started.
    """
    log.serve(config.log.format, config.log.level)
    listeners = Listeners.bind(config)
    _keep_configuration(config, text)
    try:
        asyncio.run(Supervisor(config, listeners, file).run())
    finally:
        config.admin.socket.unlink(missing_ok=True)


def _keep_configuration(config: Config, text: str) -> None:
    """Note what serves; that it cannot be noted keeps nobody from being served."""
    by, at = policy_log.author(), datetime.now(UTC)
    try:
        policy_log.keep_configuration(config.store.path, text, by=by, at=at)
    except StoreError as error:
        structlog.get_logger().warning(
            "configuration_not_kept", reason=str(error), next_step=error.next_step
        )


class Supervisor:
    """Everything that outlives a worker.

    Attributes:
        registry: what `/metrics` shows.
        alarms: those that are on.
        status: how the node is.
    """

    def __init__(self, config: Config, listeners: Listeners, file: Path | None) -> None:
        now = datetime.now(UTC)
        self._config = config
        self._file = file
        self._listeners = listeners
        self._path = config.store.path
        self._desk = AlarmDesk(config)
        self.alarms = self._desk.board
        self._guard = StoreGuard(config.store.path, self.alarms)
        self._lists = ListWatch(config.store.path, lambda: self._guard.version)
        self._override = OverrideWatch(config.store.path)
        self._syncs = SyncWatch(config.store.path, config.registry, now, self.alarms)
        start = Start(
            config=config,
            use_store=True,
            tcp=tuple(listener.fileno() for listener in listeners.tcp),
            sctp=tuple(listener.fileno() for listener in listeners.sctp),
            m3ua_tcp=tuple(listener.fileno() for listener in listeners.m3ua_tcp),
            m3ua_sctp=tuple(listener.fileno() for listener in listeners.m3ua_sctp),
            started_at=int(now.timestamp()),
        )
        self._crew = Crew(start, self._guard, workers=_workers(config.server))
        self._recorder = RecorderKeeper(config, self._crew.rings)
        self._traces = TraceDesk(self._crew, workers=len(self._crew.keepers))
        self._pulse = Pulse(self._crew.pages)
        self._measuring = Measuring(config, Reader(self._crew, self._pulse))
        watched = Watched(
            config=lambda: self._config,
            crew=self._crew,
            pulse=self._pulse,
            guard=self._guard,
            lists=self._lists,
            override=self._override,
            syncs=self._syncs,
            alarms=self.alarms,
        )
        self.status = StatusWatch(watched, now)
        self.registry = CollectorRegistry()
        for collector in (
            PageCollector(self._crew.pages),
            NodeCollector(self._state),
            RecordCollector(self._recorder.recorded),
            LinkCollector(self._crew.pages, self._crew.known_links),
            PathCollector(self._crew.pages, self._crew.paths),
            ListCollector(lambda: self._lists.summary, lambda: self._lists.octets),
            SyncCollector(lambda: self._syncs.states(datetime.now(UTC))),
            AlarmCollector(self.alarms.active, self._desk.outlets.all),
            ProcessCollector(
                lambda: {"supervisor": os.getpid(), **self._crew.pids(), **self._recorder.pids()}
            ),
        ):
            self.registry.register(collector)

    async def run(self) -> None:
        """Run until SIGTERM or SIGINT."""
        stop, read_again = asyncio.Event(), asyncio.Event()
        hang_up = stop if _is_on_a_terminal() else read_again
        for number, event in (
            (signal.SIGTERM, stop),
            (signal.SIGINT, stop),
            (signal.SIGHUP, hang_up),
        ):
            asyncio.get_running_loop().add_signal_handler(number, event.set)
        self._listeners.tell()
        gone, app = asyncio.Event(), admin.application(self)
        local = admin.application(self, admin.trace_route(self._traces))
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(admin.serve(app, self._listeners.admin, gone.wait, local=local))
            workers = tasks.create_task(self._crew.run())
            recorder = tasks.create_task(lasting(self._recorder.run))
            background = [
                tasks.create_task(lasting(work))
                for work in (
                    self._update_the_store,
                    self._give_back_the_store,
                    self._lists.run,
                    self._pulse.run,
                    self.status.run,
                    self._tell_override,
                    self._tell_syncs,
                    self._measuring.run,
                    partial(self._desk.run, self._crew, self._pulse, self._recorder.recorded),
                    self._tell_systemd,
                    self._feed_watchdog,
                    partial(self._reload_when_told, read_again),
                )
            ]
            await stop.wait()
            self._begin_to_stop()
            await workers
            self._recorder.stop()
            await recorder
            self._crew.close()
            self._traces.close()
            for task in background:
                task.cancel()
            gone.set()
        self._desk.close()
        structlog.get_logger().info("stopped")

    def _begin_to_stop(self) -> None:
        structlog.get_logger().info("stopping")
        notify("STOPPING=1")
        for listener in self._listeners.of_peers:
            listener.close()
        self._desk.leave()
        self._crew.stop()

    async def _reload_when_told(self, told: asyncio.Event) -> None:
        """Read the configuration again, each time that somebody asks for it."""
        while True:
            await told.wait()
            told.clear()
            # A manager that we have not told of being ready yet waits for that.
            with reloading() if self._crew.ready.is_set() else contextlib.nullcontext():
                await self._read_again()

    async def _read_again(self) -> None:
        """Read the configuration again; one that is wrong changes nothing."""
        try:
            text = config_file.read(self._file)
            wanted = config_file.parse(text, self._file)
        except ConfigError as error:
            structlog.get_logger().error(
                "configuration_refused", reason=str(error), next_step=error.next_step
            )
        else:
            self._follow(reload(self._config, wanted))
            # Another writer may hold the journal for a while.
            await asyncio.to_thread(_keep_configuration, self._config, text)

    def _follow(self, reloaded: Reloaded) -> None:
        """Go on with another configuration."""
        self._config = reloaded.config
        log.set_level(reloaded.config.log.level)
        self._crew.reload(reloaded.config)
        self._recorder.reload(reloaded.config)
        self._desk.follow(reloaded.config)
        self._syncs.follow(reloaded.config.registry, datetime.now(UTC))
        self._measuring.follow(reloaded.config.measurements)
        structlog.get_logger().info("configuration_reloaded", keys=list(reloaded.changed))
        if reloaded.restart_needed:
            structlog.get_logger().warning(
                "restart_needed",
                keys=list(reloaded.restart_needed),
                next_step="restart when it suits: systemctl restart eir",
            )

    async def _give_back_the_store(self) -> None:
        """Keep a store from killing all workers; let them open it again when it is found whole."""
        while True:
            await self._guard.suspected()
            self._crew.tell(LeaveStore())
            await self._guard.verified()
            self._crew.tell(UseStore())

    async def _update_the_store(self) -> None:
        """Bring lists that an older eir wrote up to date, in a process that may die of them."""
        try:
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "eir.store.update", os.fspath(self._path)),
                stderr=asyncio.subprocess.PIPE,
            )
        except OSError as error:  # out of processes or descriptors: the next load does it too
            structlog.get_logger().warning("store_not_updated", reason=str(error))
            return
        try:
            _, said = await process.communicate()
        finally:
            if process.returncode is None:
                process.kill()
        if process.returncode:
            reason = said.decode(errors="replace").strip() or f"status {process.returncode}"
            structlog.get_logger().warning("store_not_updated", reason=reason)

    async def _tell_override(self) -> None:
        """Write the lines that say whether the operator's override is on."""
        teller = OverrideTeller(self._override, self.alarms)
        while True:
            teller.look(_utc_seconds())
            await asyncio.sleep(T_LOOK)

    async def _tell_syncs(self) -> None:
        """Look how the syncs of registries went."""
        while True:
            self._syncs.look(datetime.now(UTC))
            await asyncio.sleep(sync_watch.T_LOOK)

    async def _tell_systemd(self) -> None:
        """Say that we are ready, and then how we are."""
        await self._crew.ready.wait()
        await tell_status(lambda: status_line(self.status.snapshot(())))

    async def _feed_watchdog(self) -> None:
        """Say that we live; beside the status, so that a bug in that starts nobody again."""
        await self._crew.ready.wait()
        await feed_watchdog(lambda: not self.hang())

    def hang(self) -> str:
        """Say what hangs, so that we must be started again; empty: nothing does."""
        return self._crew.hang(asyncio.get_running_loop().time())

    def lane(self) -> list[LaneRow]:
        """Give what the fast lanes know.

        Raises:
            UnavailableError: there is no worker.
        """
        return self._crew.lane()

    def links(self) -> list[LinkRow]:
        """Give every link of the workers.

        Raises:
            UnavailableError: none of them runs, and so there is no link.
        """
        return self._crew.links()

    def obstacles(self) -> list[str]:
        """Say in sentences why we are not ready."""
        failure = self._guard.failure
        store = [] if failure is None else [f"the lists cannot be read: {failure}"]
        return [obstacle for obstacle in (self._crew.obstacle, *store) if obstacle]

    def notes(self) -> list[str]:
        """Say in sentences what is not as usual, although we may be ready."""
        override, failure = self._override.current(_utc_seconds()), self._override.failure
        notes = [] if override is None else [sentence(override)]
        if failure is not None:
            notes.append(f"the override may be stale: {failure}")
        reasons = [reason.text for reason in self.status.snapshot(()).reasons]
        said = (*self._crew.notes(), *notes, *self._syncs.notes(), *reasons)
        return [note for note in dict.fromkeys(said) if note not in self.obstacles()]

    def _state(self) -> NodeState:
        """Look at everything for a scrape."""
        override = self._override.current(_utc_seconds())
        keepers = self._crew.keepers
        return NodeState(
            worker_up=[not keeper.obstacle for keeper in keepers],
            worker_restarts=[keeper.restarts for keeper in keepers],
            store_readable=self._guard.failure is None,
            list_version=self._guard.version,
            override=None if override is None else override.status,
            overload=level_of(self.alarms.active()),
        )


def _utc_seconds() -> float:
    return datetime.now(UTC).timestamp()


def _is_on_a_terminal() -> bool:
    return sys.stdin is not None and sys.stdin.isatty()


def _workers(server: Server) -> int:
    """Tell how many workers there are to be."""
    return len(os.sched_getaffinity(0)) if server.workers == "auto" else server.workers
