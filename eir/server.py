"""The supervisor: `eir serve`. It binds, starts workers, watches them, and is looked at.

It holds what must outlive a worker: the listening sockets, so that connections wait while one is
started again; the shared memory of counters and records; the admin endpoint. It answers no check.

    serve        binds everything, or says what is missing; then runs until it is told to stop
    Supervisor   one TaskGroup: workers, store guard, admin endpoint, systemd's watchdog
"""

import asyncio
import os
import signal
import socket
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Self

import structlog
from prometheus_client import CollectorRegistry

from eir import admin, log, policy_log, sync_watch
from eir.channel import LeaveStore, Start, UseStore
from eir.config import Config, Endpoint, M3ua, Server
from eir.config import file as config_file
from eir.crew import Crew
from eir.errors import ConfigError, StoreError
from eir.lane_rows import LaneRow
from eir.links import LinkRow
from eir.node_metrics import NodeCollector, NodeState, PageCollector
from eir.override_watch import T_LOOK, OverrideTeller, OverrideWatch, sentence
from eir.reload import Reloaded, reload
from eir.supervision import StoreGuard
from eir.sync_metrics import SyncCollector
from eir.sync_watch import SyncWatch
from eir.systemd import notify, watchdog_seconds
from eir.transport.listen import listen_sctp, listen_tcp
from eir.transport.sctp_socket import local_addresses, open_socket


@dataclass(frozen=True, slots=True)
class Listeners:
    """The sockets that listen, from before the first worker until the end."""

    tcp: Sequence[socket.socket]  # Diameter's
    sctp: Sequence[socket.socket]
    m3ua_tcp: Sequence[socket.socket]
    m3ua_sctp: Sequence[socket.socket]
    admin: Sequence[socket.socket]

    @classmethod
    def bind(cls, config: Config) -> Self:
        """Listen everywhere that the configuration says.

        Raises:
            UnavailableError: a port or the kernel's SCTP cannot be had.
        """
        diameter, m3ua = config.diameter, config.m3ua if config.m3ua.enabled else M3ua()
        if any(gateway.transport == "sctp" for gateway in m3ua.gateway):
            open_socket((), config.sctp).close()
        return cls(
            tcp=[listen_tcp(endpoint) for endpoint in diameter.listen_tcp],
            sctp=[listen_sctp(endpoint, config.sctp) for endpoint in diameter.listen_sctp],
            m3ua_tcp=[listen_tcp(endpoint) for endpoint in m3ua.listen_tcp],
            m3ua_sctp=[listen_sctp(endpoint, config.sctp) for endpoint in m3ua.listen_sctp],
            admin=admin.listen(config.admin),
        )

    @property
    def of_peers(self) -> Sequence[socket.socket]:
        """Those that the worker accepts on."""
        return (*self.tcp, *self.sctp, *self.m3ua_tcp, *self.m3ua_sctp)

    def tell(self) -> None:
        """Write one line per address."""
        services = (
            ("tcp", self.tcp),
            ("sctp", self.sctp),
            ("m3ua-tcp", self.m3ua_tcp),
            ("m3ua-sctp", self.m3ua_sctp),
            ("admin", self.admin),
        )
        for service, listeners in services:
            for listener in listeners:
                address = _address(listener)
                structlog.get_logger().info("listening", service=service, address=address)


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


def _address(listener: socket.socket) -> str:
    """Write where a socket listens, as the configuration does."""
    name = listener.getsockname()
    if isinstance(name, str):
        return name
    sctp = listener.proto == socket.IPPROTO_SCTP
    addresses = local_addresses(listener) if sctp else (name[0],)
    return str(Endpoint(addresses=addresses, port=name[1]))


class Supervisor:
    """Everything that outlives a worker."""

    def __init__(self, config: Config, listeners: Listeners, file: Path | None) -> None:
        now = datetime.now(UTC)
        self._config = config
        self._file = file
        self._listeners = listeners
        self._path = config.store.path
        self._guard = StoreGuard(config.store.path)
        self._override = OverrideWatch(config.store.path)
        self._syncs = SyncWatch(config.store.path, config.registry, now)
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
        self.registry = CollectorRegistry()
        self.registry.register(PageCollector(self._crew.pages))
        self.registry.register(NodeCollector(self._state))
        self.registry.register(SyncCollector(lambda: self._syncs.states(datetime.now(UTC))))

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
        gone = asyncio.Event()
        async with asyncio.TaskGroup() as tasks:
            app = admin.application(self)
            tasks.create_task(admin.serve(app, self._listeners.admin, gone.wait))
            workers = tasks.create_task(self._crew.run())
            background = [
                tasks.create_task(work)
                for work in (
                    self._update_the_store(),
                    self._give_back_the_store(),
                    self._tell_override(),
                    self._tell_syncs(),
                    self._tell_systemd(),
                    self._reload_when_told(read_again),
                )
            ]
            await stop.wait()
            self._begin_to_stop()
            await workers
            self._crew.close()
            for task in background:
                task.cancel()
            gone.set()
        structlog.get_logger().info("stopped")

    def _begin_to_stop(self) -> None:
        structlog.get_logger().info("stopping")
        notify("STOPPING=1")
        for listener in self._listeners.of_peers:
            listener.close()
        self._crew.stop()

    async def _reload_when_told(self, told: asyncio.Event) -> None:
        """Read the configuration again, each time that somebody asks for it."""
        while True:
            await told.wait()
            told.clear()
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
        self._syncs.follow(reloaded.config.registry, datetime.now(UTC))
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
        teller = OverrideTeller(self._override)
        while True:
            teller.look(_utc_seconds())
            await asyncio.sleep(T_LOOK)

    async def _tell_syncs(self) -> None:
        """Raise and clear the alarms of registries."""
        while True:
            self._syncs.look(datetime.now(UTC))
            await asyncio.sleep(sync_watch.T_LOOK)

    async def _tell_systemd(self) -> None:
        """Say that we are ready, then that we live, as often as we were asked to."""
        await self._crew.ready.wait()
        notify("READY=1", "STATUS=answering checks")
        period = watchdog_seconds()
        while period is not None:
            notify("WATCHDOG=1")
            await asyncio.sleep(period)

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
        return [*self._crew.notes(), *notes, *self._syncs.notes()]

    def _state(self) -> NodeState:
        """Look at everything for a scrape; reads the rings."""
        override = self._override.current(_utc_seconds())
        recorded = self._crew.recorded()
        keepers = self._crew.keepers
        return NodeState(
            worker_up=[not keeper.obstacle for keeper in keepers],
            worker_restarts=[keeper.restarts for keeper in keepers],
            store_readable=self._guard.failure is None,
            list_version=self._guard.version,
            override=None if override is None else override.status,
            records_written=recorded.written,
            records_overwritten=recorded.overwritten,
        )


def _utc_seconds() -> float:
    return datetime.now(UTC).timestamp()


def _is_on_a_terminal() -> bool:
    return sys.stdin is not None and sys.stdin.isatty()


def _workers(server: Server) -> int:
    """Tell how many workers there are to be."""
    return len(os.sched_getaffinity(0)) if server.workers == "auto" else server.workers
