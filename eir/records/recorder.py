"""The process that writes records: `python -m eir.records.recorder DESCRIPTOR`.

The supervisor starts it and tells it what to do (`eir.records.orders`). It reads the ring of each
worker and writes files. Whatever a disk does to it, no worker notices: what it does not read in
time is overwritten, and counted. Answers come first, so it asks for little of the processor.
"""

import os
import select
import signal
import socket
import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import structlog

from eir import log
from eir.config import Config
from eir.errors import EirError
from eir.records.account import Account, AccountPage
from eir.records.files import Files
from eir.records.names import directory_of
from eir.records.orders import Orders, decode
from eir.records.ring import CheckRecord, RecordReader
from eir.shared_memory import attach

T_LOOK = 0.1  # seconds; ours: how long records wait at most where a processor is idle
T_AGAIN = 1.0  # seconds; ours: between two tries when the disk takes none
T_TELL = 10.0  # seconds; ours: between two lines about records that are lost
T_QUIET = 1.0  # seconds; ours: workers that outlive the supervisor write something meanwhile
BATCH = 16  # ours: records of one ring that are read at a time; then others may have the processor
NICE = 10
HURRY = 0.25  # ours: of a ring that is full of records; from then on they cannot wait

_log = structlog.get_logger()


class Recorder:
    """Reads rings, writes files, and keeps the account."""

    def __init__(
        self,
        rings: Sequence[memoryview],
        account: memoryview,
        config: Config,
        now: float,
        rest: Callable[[float], None] = lambda _: os.sched_yield(),
    ) -> None:
        """Go on where the last recorder stopped.

        Args:
            rings: of the workers.
            account: memory that outlives this process.
            config: says where files are, and what they are like.
            now: the time in UTC seconds.
            rest: lets others have the processor; told how full of records the fullest ring is.
        """
        self._page = AccountPage(account, len(rings))
        self.account = self._page.load()
        self._rings = [
            RecordReader(ring, position)
            for ring, position in zip(rings, self.account.positions, strict=True)
        ]
        self._config = config
        self._rest = rest
        self._files: Files | None = None
        self._failure = ""
        self._again = now
        self._losses = _Losses(self.account, now)

    @property
    def left(self) -> int:
        """How many records the workers have left."""
        return sum(ring.written for ring in self._rings)

    def follow(self, config: Config, now: float) -> None:
        """Go on with another configuration, and another file."""
        if (config.records, config.store) != (self._config.records, self._config.store):
            self.look(now)
            self._let_go()
            self._again = now
        self._config = config

    def look(self, now: float) -> None:
        """Write what came since; `now` is UTC seconds."""
        if now >= self._again or self._again > now + T_AGAIN:  # or the clock was set back
            try:
                self._write(now)
            except (OSError, EirError) as error:
                self._fail(error)
                self._again = now + T_AGAIN
        if self._failure:
            self._give_up()
        self._losses.tell(self.account, now)

    def close(self, now: float) -> None:
        """Write what is left, and finish the file; somebody waits for that."""
        self._rest(1.0)
        self._rest = lambda _: None
        self._again = now
        self.look(now)
        self._let_go()

    def _write(self, now: float) -> None:
        directory = directory_of(self._config)
        if directory is not None and self._files is None:
            self._rest(1.0)  # nobody reads the rings while it reads what the last one left
            self._files = Files(directory, self._config.records, self.account, self._keep)
        while self._write_batch():
            self._rest(max(ring.fullness for ring in self._rings))
        if self._files is not None:
            self._files.look_after(now)
        self.account.failing = False
        self._keep()
        if self._failure:
            _log.info("records_written_again", lost=self.account.refused)
        self._failure = ""

    def _write_batch(self) -> bool:
        """Write some of what waits; tell whether that was a whole batch, so that more may wait."""
        records: list[CheckRecord] = []
        late = 0
        is_whole = False
        for ring in self._rings:
            read, overwritten = ring.read(BATCH)
            records += read
            late += overwritten
            is_whole |= len(read) == BATCH
        records.sort(key=_time)
        if self._files is not None:
            if records:
                self._files.add(records)
            self._lose(late)
        self.account.positions = [ring.position for ring in self._rings]
        self._keep()
        return is_whole

    def _lose(self, count: int) -> None:
        if self._failure:
            self.account.refused += count
        else:
            self.account.late += count

    def _fail(self, error: OSError | EirError) -> None:
        """Let the records wait; the account says where they begin."""
        reason, next_step = _said(error, directory_of(self._config))
        self.account.failing = True
        self._keep()  # before the line: who has read it looks at the metric
        if reason != self._failure:
            _log.error("records_not_written", reason=reason, next_step=next_step)
        self._failure = reason
        for ring, position in zip(self._rings, self.account.positions, strict=True):
            ring.position = position
        if self._files is not None:
            self._files.close()
            self._files = None

    def _give_up(self) -> None:
        """Count what was overwritten while the disk takes none."""
        self._lose(sum(ring.skip() for ring in self._rings))
        self.account.positions = [ring.position for ring in self._rings]
        self._keep()

    def _let_go(self) -> None:
        """Finish the file and leave the directory."""
        files, self._files = self._files, None
        if files is None:
            return
        try:
            files.finish()
        except OSError as error:
            self._fail(error)
        files.close()
        self._keep()

    def _keep(self) -> None:
        self._page.save(self.account)


class _Losses:
    """Tells that records were lost: a line each time, but not many."""

    def __init__(self, account: Account, now: float) -> None:
        self._told = account.late, account.refused
        self._next = now

    def tell(self, account: Account, now: float) -> None:
        """Tell of what was lost since the last line, if it is time for one."""
        lost = account.late, account.refused
        if lost == self._told or self._next - T_TELL <= now < self._next:
            return
        late, refused = (new - old for new, old in zip(lost, self._told, strict=True))
        _log.warning(
            "records_lost",
            late=late,
            refused=refused,
            next_step="see records_not_written, or a disk that is slow; [records] waiting_records",
        )
        self._told, self._next = lost, now + T_TELL


def _time(record: CheckRecord) -> int:
    return record.time_ns


def _said(error: OSError | EirError, directory: Path | None) -> tuple[str, str]:
    if isinstance(error, EirError):
        return str(error), error.next_step
    return (
        f"{error.filename or directory}: {error.strerror}",
        "make room or give rights there; meanwhile records wait in memory",
    )


class _Channel:
    """Takes what the supervisor says."""

    def __init__(self, sock: socket.socket) -> None:
        self.is_open = True
        self._socket = sock
        self._octets = b""

    def wait(self, seconds: float | None = None) -> Orders | None:
        """Wait for orders, for so long at most; of several the last count."""
        if not select.select([self._socket], [], [], seconds)[0]:
            return None
        octets = self._socket.recv(1 << 16)
        self.is_open = bool(octets)
        *lines, self._octets = (self._octets + octets).split(b"\n")
        return decode(lines[-1]) if lines else None


def record(sock: socket.socket) -> None:
    """Write records until the supervisor says that these were the last, or is gone."""
    channel = _Channel(sock)
    orders = None
    while orders is None and channel.is_open:
        orders = channel.wait()
    if orders is None:
        return
    log.serve(orders.config.log.format, orders.config.log.level)
    processor = Processor()
    rings = [attach(ring) for ring in orders.rings]
    recorder = Recorder(rings, attach(orders.account), orders.config, _now(), processor.rest)
    while channel.is_open and not orders.last:
        recorder.look(_now())
        processor.rest(0.0)
        news = channel.wait(T_LOOK)
        if news is not None:
            log.set_level(news.config.log.level)
            recorder.follow(news.config, _now())
            orders = news
    if not orders.last:
        _log.error("supervisor_gone")
        _outlast_workers(recorder)
    recorder.close(_now())


class Processor:
    """Lets answers come first.

    This thread takes what nobody else wants of the processor (SCHED_IDLE, sched(7)), so that it
    keeps no worker waiting, and when records pile up its share, as a process of NICE.
    """

    def __init__(self) -> None:
        try:
            os.nice(NICE)
        except PermissionError:
            _log.warning(
                "recorder_not_nice",
                reason="this process may not call setpriority",
                next_step="allow it, as systemd/eir.service does; else records may slow answers",
            )
        self._may_idle = _may_come_back()
        self._policy = os.SCHED_OTHER

    def rest(self, fullness: float) -> None:
        """Let others have the processor; `fullness` is that of the ring with most records."""
        wanted = os.SCHED_IDLE if fullness < HURRY and self._may_idle else os.SCHED_OTHER
        if wanted != self._policy:
            _schedule(wanted)
            self._policy = wanted
        os.sched_yield()


def _may_come_back() -> bool:
    """Tell whether a thread may leave SCHED_IDLE again: who may not must not go there.

    RLIMIT_NICE, a capability that root has not in a container, or a sandbox decides (sched(7)).
    """

    def go_and_come_back() -> None:
        _schedule(os.SCHED_IDLE)
        _schedule(os.SCHED_OTHER)

    with ThreadPoolExecutor(1) as trial:
        return trial.submit(go_and_come_back).exception() is None


def _schedule(policy: int) -> None:
    """Schedule this thread so."""
    os.sched_setscheduler(0, policy, os.sched_param(0))


def _outlast_workers(recorder: Recorder) -> None:
    """Go on while workers, which take leave of their peers, answer some more checks."""
    left = -1
    while left != recorder.left:
        left = recorder.left
        recorder.look(_now())
        time.sleep(T_QUIET)


def _now() -> float:
    return datetime.now(UTC).timestamp()


def main() -> None:
    """Run a recorder. Whoever stops the node stops the supervisor; a recorder obeys that alone."""
    for number in (signal.SIGHUP, signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    record(socket.socket(fileno=int(sys.argv[1])))


if __name__ == "__main__":
    main()
