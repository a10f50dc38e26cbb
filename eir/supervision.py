"""Keeps a worker running, and keeps a broken store from killing it over and over.

A worker that touches a damaged page of the store dies by a signal that Python cannot catch. The
next one starts without the store and answers as `[decision] on_failure` says; another process
walks the store (`eir.store.verify`), and when that ends well the worker is told to open it again.
"""

import asyncio
import contextlib
import os
import signal
import socket
import sys
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

import structlog

from eir.alarms.board import AlarmBoard
from eir.alarms.catalogue import STORE_UNREADABLE
from eir.backoff import Backoff
from eir.channel import (
    MAX_LINE,
    LaneKnown,
    LinksChanged,
    PathsChanged,
    Ready,
    Reload,
    Start,
    Stop,
    StoreState,
    ToSupervisor,
    ToWorker,
    Trace,
    Traced,
    decode_for_supervisor,
    encode,
)
from eir.config import Config
from eir.links import Changes, LinkTable
from eir.metrics import Counters
from eir.path_rows import PathChanges, PathRow
from eir.store import health
from eir.store.layout import lists_directory
from eir.trace.wanted import Wanted

STORE_SIGNALS = (signal.SIGBUS, signal.SIGSEGV, signal.SIGABRT)  # what a damaged page ends in
T_LOOK = 0.5  # seconds; ours: how often we look whether a broken store's files have changed
T_START = 120.0  # seconds; ours: longer than a worker takes to start on the slowest machine
T_SILENT = 10.0  # seconds; ours: a worker says something every second, or it hangs
T_LATE = 0.5  # seconds; ours: a wait that ends so much later was ours: the machine stood still
T_HANGS = 60.0  # seconds; ours: a worker that hangs so soon after one that hung blames the store
T_STOP = 8.0  # seconds; ours: longer than a worker takes to leave its peers


class StoreGuard:
    """Knows whether the lists are used, and finds out when they can be again."""

    def __init__(self, path: Path, alarms: AlarmBoard) -> None:
        """Begin to listen to workers.

        Args:
            path: `store.path`.
            alarms: where it tells.
        """
        self._alarms = alarms
        self._said: dict[int, tuple[str | None, int | None]] = {}  # by worker
        self.failure: str | None = None
        self.version: int | None = None  # of the lists that answer
        self.suspect = False  # a worker died of it: it must be verified before it is used
        self._path = path
        self._directory = lists_directory(path)
        self._backoff = Backoff(first=1.0, last=60.0, calm=120.0)
        self._suspected = asyncio.Event()

    def told(self, failure: str | None, version: int | None = None, *, worker: int = 0) -> None:
        """Take what a worker says about the store; it is as well as it is to the worst of them."""
        self._said[worker] = failure, version
        versions = [version for _, version in self._said.values() if version is not None]
        self.version = min(versions, default=None)
        worst = next((said for said, _ in self._said.values() if said is not None), None)
        if worst is None and not self.suspect:
            self._clear()
        elif worst is not None and not self.suspect:
            self._raise(worst)

    def forget(self, worker: int) -> None:
        """Let what a worker said that ended not count beside what others say."""
        self._said.pop(worker, None)

    def killed_a_worker(self, how: str) -> None:
        """Take the death of a worker by one of STORE_SIGNALS, or its silence."""
        self.suspect = True
        self._suspected.set()
        self._raise(f"a worker {how} while it had the store open")

    async def suspected(self) -> None:
        """Wait until a worker died of the store."""
        await self._suspected.wait()

    async def verified(self) -> None:
        """Wait until a store that is suspect has been found whole."""
        await self._suspected.wait()
        loop = asyncio.get_running_loop()
        seen = health.signature(self._directory)
        while True:
            await self._changed(seen, within=self._backoff.wait(loop.time()))
            seen = health.signature(self._directory)
            if await self._verify():
                self._suspected.clear()
                self.suspect = False
                return

    async def _changed(self, seen: health.Signature | None, *, within: float) -> None:
        """Wait, but no longer than the store's files stay as they were seen."""
        loop = asyncio.get_running_loop()
        until = loop.time() + within
        while loop.time() < until and health.signature(self._directory) == seen:  # noqa: ASYNC110 - files tell nobody
            await asyncio.sleep(min(T_LOOK, max(0.0, until - loop.time())))

    async def _verify(self) -> bool:
        """Walk the whole store in a process that may die of it; as long as that takes."""
        try:
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "eir.store.verify", os.fspath(self._path)),
                stdout=asyncio.subprocess.DEVNULL,
                stderr=asyncio.subprocess.DEVNULL,
            )
        except OSError as error:  # out of processes or descriptors: tried again
            structlog.get_logger().error("verifier_not_started", reason=str(error))
            return False
        try:
            status = await process.wait()
        finally:
            if process.returncode is None:
                process.kill()
        structlog.get_logger().info("store_verified", whole=status == 0, status=status)
        return status == 0

    def _raise(self, failure: str) -> None:
        # Another reason is said, too: who mends the first would look for what is there no more.
        if failure != self.failure:
            self._alarms.raise_(
                STORE_UNREADABLE,
                text=f"{failure}; checks are answered as [decision] on_failure says",
            )
        self.failure = failure

    def _clear(self) -> None:
        self._alarms.clear(STORE_UNREADABLE, text=STORE_UNREADABLE.cleared)
        self.failure = None


class WorkerKeeper:
    """Runs one worker after the other."""

    def __init__(
        self, start: Start, guard: StoreGuard, counters: Counters, *, ready: asyncio.Event
    ) -> None:
        """Keep a worker.

        Args:
            start: what each of them is made of.
            guard: knows whether the lists may be used.
            counters: its page.
            ready: set when it has accepted connections.
        """
        self.restarts = 0
        self.heard_at: float | None = None  # when one that answers last said something
        self.obstacle = "the worker is starting"  # why nothing answers; empty when one does
        self.links = LinkTable()  # of the worker that runs
        self.lane = LaneKnown(rows=()).rows  # what it has learned
        self.paths: dict[str, PathRow] = {}  # over SCTP
        self.traced: Callable[[Traced], None] = lambda _: None  # takes what matched
        self._start = start
        self._guard = guard
        self._counters = counters
        self._backoff = Backoff(first=0.5, last=15.0, calm=60.0)
        self._stopping = asyncio.Event()
        self._process: asyncio.subprocess.Process | None = None
        self._channel: asyncio.StreamWriter | None = None
        self._hung_at: float | None = None  # when a worker was last killed for its silence
        self._ready = ready
        about = {"worker": start.worker} if start.workers > 1 else {}
        self._log = structlog.get_logger(**about)

    async def run(self) -> None:
        """Keep a worker running until `stop`."""
        loop = asyncio.get_running_loop()
        while not self._stopping.is_set():
            try:
                status = await self._run_one()
            except OSError as error:  # out of processes or descriptors: tried again
                self.obstacle = f"the worker cannot be started: {error}"
                self._log.error("worker_not_started", reason=str(error))
            else:
                self._counters.forget_gauges()
                self.links.clear()
                self.lane, self.paths = (), {}
                self._guard.forget(self._start.worker)
                if self._stopping.is_set():
                    return
                self._mourn(status)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._backoff.wait(loop.time())):
                    await self._stopping.wait()

    @property
    def pid(self) -> int | None:
        """The process of the worker that runs; None: none does."""
        process = self._process
        return None if process is None or process.returncode is not None else process.pid

    def stop(self) -> None:
        """Let the worker take leave of its peers; `run` returns when it has."""
        self._stopping.set()
        self.obstacle = "stopping"
        self.tell(Stop())
        asyncio.get_running_loop().call_later(T_STOP, self._kill, f"not gone after {T_STOP:g} s")

    def reload(self, config: Config) -> None:
        """Let the worker, and each after it, go on with another configuration."""
        self._start = self._start.model_copy(update={"config": config})
        self.tell(Reload(config=config))

    def trace(self, wanted: Sequence[Wanted]) -> None:
        """Let the worker, and each after it, trace this and nothing else."""
        self._start = self._start.model_copy(update={"traces": tuple(wanted)})
        self.tell(Trace(traces=tuple(wanted)))

    def tell(self, message: ToWorker) -> None:
        """Say something to the worker, if there is one: the next one starts with what it needs."""
        if self._channel is not None:
            self._channel.write(encode(message))

    def _kill(self, reason: str) -> None:
        if self._process is not None and self._process.returncode is None:
            self._log.error("worker_killed", reason=reason)
            self._process.kill()

    async def _run_one(self) -> int:
        """Run a worker to its end; return its exit status, negative for a signal."""
        with contextlib.ExitStack() as stack:
            ours, theirs = socket.socketpair()
            stack.callback(ours.close)
            with theirs:
                self._process = await asyncio.create_subprocess_exec(
                    *(sys.executable, "-m", "eir.worker", str(theirs.fileno())),
                    str(self._start.worker),  # for who looks at the list of processes
                    pass_fds=(theirs.fileno(), *self._inherited()),
                    process_group=0,  # Ctrl-C is for us; we tell the worker
                )
            reader, self._channel = await asyncio.open_connection(sock=ours, limit=MAX_LINE)
            stack.pop_all()  # the channel closes it
        use_store = not self._guard.suspect
        self.tell(self._start.model_copy(update={"use_store": use_store}))
        if self._stopping.is_set():  # since before there was a channel to say it on
            self.tell(Stop())
        try:
            await self._listen(reader)
            return await self._process.wait()
        finally:
            self._channel.close()
            self._channel = None
            if self._process.returncode is None:
                self._process.kill()

    def _inherited(self) -> tuple[int, ...]:
        start = self._start
        listeners = (*start.tcp, *start.sctp, *start.m3ua_tcp, *start.m3ua_sctp)
        inbox = () if start.inbox is None else (start.inbox,)
        takings = () if start.takings is None else (start.takings,)
        own = (start.counters, start.records, *takings)
        return (*listeners, *own, *inbox, *start.outboxes)

    async def _listen(self, reader: asyncio.StreamReader) -> None:
        """Take what the worker says until it is gone."""
        patience = T_START
        loop = asyncio.get_running_loop()
        while message := await self._next_message(reader, patience):
            if not self.obstacle:
                self.heard_at = loop.time()
            match message:
                case Ready():
                    patience = T_SILENT
                    self.obstacle = ""
                    self.heard_at = loop.time()
                    self._ready.set()
                    self._log.info("ready")
                case StoreState(failure=failure, version=version):
                    self._guard.told(failure, version, worker=self._start.worker)
                case LinksChanged(rows=rows, gone=gone):
                    self.links.apply(Changes(rows, gone))
                case LaneKnown(rows=rows):
                    self.lane = rows
                case PathsChanged(rows=rows, gone=gone):
                    PathChanges(rows, gone).apply(self.paths)
                case Traced():
                    self.traced(message)

    async def _next_message(
        self, reader: asyncio.StreamReader, patience: float
    ) -> ToSupervisor | None:
        """Wait for what the worker says; None: it is gone, or goes now.

        What one worker says may cost that worker, never us.
        """
        try:
            line = await self._next_line(reader, patience)
            # A worker that was killed may leave the beginning of a line.
            return decode_for_supervisor(line) if line.endswith(b"\n") else None
        except ConnectionError:
            return None
        except ValueError as error:  # asyncio's: too long; pydantic's, which repeats the line
            self._kill(f"a line that cannot be read: {type(error).__name__}")
            return None

    async def _next_line(self, reader: asyncio.StreamReader, patience: float) -> bytes:
        """Wait for a line; kill a worker that says none.

        When the machine itself stood still, our wait ends late and the worker had no more time
        than we: it gets the same time again, once.
        """
        loop = asyncio.get_running_loop()
        began = loop.time()
        try:
            return await _within(patience, reader.readline)
        except TimeoutError:
            late = loop.time() - began > patience + T_LATE
        if late:
            began = loop.time()
            with contextlib.suppress(TimeoutError):
                return await _within(patience, reader.readline)
        self._hung(patience, began)
        return b""

    def _hung(self, patience: float, began: float) -> None:
        """Kill a worker that hangs; if the one before it hung too, suspect the store.

        Once may be anything. Garbage in the store may end in a loop, but it does so each time.
        """
        if self._hung_at is not None and began - self._hung_at < T_HANGS:
            self._guard.killed_a_worker(f"was silent for {patience:g} s")
        self._hung_at = asyncio.get_running_loop().time()
        self._kill(f"silent for {patience:g} s")

    def _mourn(self, status: int) -> None:
        """Tell why a worker died, and draw the conclusion about the store."""
        self.restarts += 1
        name = signal.Signals(-status).name if status < 0 else f"exit status {status}"
        self.obstacle = f"the worker died of {name} and is started again"
        self._log.error("worker_died", cause=name, restarts=self.restarts)
        if -status in STORE_SIGNALS:
            self._guard.killed_a_worker(f"was killed by {name}")


async def _within(seconds: float, read: Callable[[], Awaitable[bytes]]) -> bytes:
    async with asyncio.timeout(seconds):
        return await read()
