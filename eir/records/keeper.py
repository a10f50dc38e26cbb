"""Keeps a recorder running beside the workers; they never wait for it."""

import asyncio
import contextlib
import signal
import socket
import sys
from collections.abc import Sequence
from dataclasses import dataclass

import structlog

from eir.backoff import Backoff
from eir.config import Config
from eir.records import account
from eir.records.account import Account, AccountPage
from eir.records.orders import Orders, encode
from eir.records.ring import RecordReader
from eir.shared_memory import attach, share

T_STOP = 10.0  # seconds; ours: how long a recorder may take to write what is left


@dataclass(frozen=True, slots=True)
class Recorded:
    """What became of all records.

    Attributes:
        left: those that workers wrote to their rings.
        waiting: those of them that the recorder has not taken.
        account: what it did with the others.
        restarts: how often a recorder died.
        is_up: whether one runs.
    """

    left: int
    waiting: int
    account: Account
    restarts: int
    is_up: bool


class RecorderKeeper:
    """Runs one recorder after the other."""

    def __init__(self, config: Config, rings: Sequence[int]) -> None:
        """Keep a recorder.

        Args:
            config: says where records go.
            rings: descriptors of the rings of all workers.
        """
        self._rings = [RecordReader(attach(ring)) for ring in rings]
        descriptor, memory = share("eir-recorded", account.size(len(rings)))
        self._page = AccountPage(memory, len(rings))
        self._orders = Orders(config=config, account=descriptor, rings=tuple(rings))
        self._backoff = Backoff(first=0.5, last=15.0, calm=60.0)
        self._stopping = asyncio.Event()
        self._process: asyncio.subprocess.Process | None = None
        self._channel: asyncio.StreamWriter | None = None
        self._restarts = 0
        self._log = structlog.get_logger()

    def pids(self) -> dict[str, int]:
        """Give the process that runs, if one does, by a name for people."""
        if self._channel is None or self._process is None:
            return {}
        return {"recorder": self._process.pid}

    def recorded(self) -> Recorded:
        """Tell what became of all records."""
        found = self._page.load()  # first: what is left grows
        left = sum(ring.written for ring in self._rings)
        waiting = left - sum(found.positions)
        return Recorded(left, waiting, found, self._restarts, bool(self.pids()))

    def reload(self, config: Config) -> None:
        """Let the recorder, and each after it, go on with another configuration."""
        self._orders = self._orders.model_copy(update={"config": config})
        self._tell()

    def stop(self) -> None:
        """Let the recorder write what is left; `run` returns when it has. No worker writes now."""
        self._stopping.set()
        self._orders = self._orders.model_copy(update={"last": True})
        self._tell()
        asyncio.get_running_loop().call_later(T_STOP, self._kill)

    async def run(self) -> None:
        """Keep a recorder running until `stop`; one that dies then is started once more."""
        loop = asyncio.get_running_loop()
        is_last = False
        while not is_last:
            is_last = self._stopping.is_set()
            try:
                status = await self._run_one()
            except OSError as error:  # out of processes or descriptors: tried again
                self._log.error("recorder_not_started", reason=str(error))
            else:
                if status == 0 and self._stopping.is_set():
                    return
                self._mourn(status)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._backoff.wait(loop.time())):
                    await self._stopping.wait()

    async def _run_one(self) -> int:
        """Run a recorder to its end; return its exit status, negative for a signal."""
        with contextlib.ExitStack() as stack:
            ours, theirs = socket.socketpair()
            stack.callback(ours.close)
            with theirs:
                self._process = await asyncio.create_subprocess_exec(
                    *(sys.executable, "-m", "eir.records.recorder", str(theirs.fileno())),
                    pass_fds=(theirs.fileno(), self._orders.account, *self._orders.rings),
                    process_group=0,  # Ctrl-C is for us; we tell the recorder
                )
            _, self._channel = await asyncio.open_connection(sock=ours)
            stack.pop_all()  # the channel closes it
        self._tell()
        try:
            return await self._process.wait()
        finally:
            self._channel.close()
            self._channel = None
            if self._process.returncode is None:
                self._process.kill()

    def _tell(self) -> None:
        """Say what counts now, if somebody listens: the next one starts with it."""
        if self._channel is not None:
            self._channel.write(encode(self._orders))

    def _kill(self) -> None:
        if self._process is not None and self._process.returncode is None:
            self._log.error("recorder_killed", reason=f"not gone after {T_STOP:g} s")
            self._process.kill()
        asyncio.get_running_loop().call_later(T_STOP, self._kill)  # of the one that is next

    def _mourn(self, status: int) -> None:
        self._restarts += 1
        cause = signal.Signals(-status).name if status < 0 else f"exit status {status}"
        self._log.error("recorder_died", cause=cause, restarts=self._restarts)
