"""Measures in the supervisor: looks every second, keeps five-minute rows, writes files of them.

Looking never waits for a disk: what it cannot write yet waits in memory.
"""

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

import structlog

from eir.clock_watch import ClockWatch
from eir.config import Config, Measurements
from eir.errors import StoreError
from eir.measurements.export import Target, export, export_missing, remove_before
from eir.measurements.kept import Kept, oldest_kept
from eir.measurements.periods import PERIODS, begin_of
from eir.measurements.rows import Interval
from eir.measurements.sampler import Reading, Sampler
from eir.threads import in_thread

_WAITING = 288  # ours: a day of intervals wait for a disk; then the oldest are lost
_LOOK_BACK = 2 * 86_400  # seconds; ours: files that are missing of so long are written


class Readings(Protocol):
    """Who sees what there is: `eir.measurements.reading.Reader`."""

    async def next(self) -> Reading:
        """Wait for the next second, and look."""

    def now(self) -> Reading:
        """Look now."""


class Measuring:
    """What is measured of one node."""

    def __init__(self, config: Config, reader: Readings) -> None:
        """Begin with nothing measured; what is counted from now on is.

        Args:
            config: where to keep it, and which files to write.
            reader: sees what there is.
        """
        self._reader = reader
        self._sampler = Sampler()
        # The first beat may come when workers have long answered.
        self._sampler.take(reader.now())
        self._kept = Kept(config.store.path)
        self._node = config.diameter.origin_host
        self._settings = config.measurements
        self._clock = ClockWatch()
        self._made_up_for: Measurements | None = None  # no file that these want is missing
        self._waiting: asyncio.Queue[Interval] = asyncio.Queue(_WAITING)

    def follow(self, settings: Measurements) -> None:
        """Go on with another configuration."""
        self._settings = settings

    async def run(self) -> None:
        """Measure until cancelled; what was measured of the last period is kept, too."""
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._watch())
                tasks.create_task(self._write())
        finally:
            self._take(self._reader.now())
            while not self._waiting.empty():
                self._keep(self._waiting.get_nowait())
            ended = self._sampler.end()
            if ended is not None:
                self._keep(ended)

    async def _watch(self) -> None:
        """Look each second."""
        while True:
            self._take(await self._reader.next())

    def _take(self, reading: Reading) -> None:
        ended = self._sampler.take(reading)
        if ended is None:
            return
        if self._waiting.full():
            lost = self._waiting.get_nowait()
            structlog.get_logger().error("measurements_lost", begin=lost.begin)
        self._waiting.put_nowait(ended)

    async def _write(self) -> None:
        """Keep what was measured, and write files, as fast as the disk allows."""
        while True:
            interval = await self._waiting.get()
            await in_thread(self._keep, interval)
            now = datetime.now(UTC)
            await in_thread(self._export, interval.begin, now, self._settings)
            await in_thread(self._forget, self._clock.believed(), self._settings)

    def _keep(self, interval: Interval) -> None:
        try:
            self._kept.append(interval)
        except StoreError as error:
            _tell("measurements_not_kept", error)

    def _export(self, begin: int, now: datetime, settings: Measurements) -> None:
        """Write the files that have become due.

        Args:
            begin: of what was kept last, UTC seconds.
            now: aware.
            settings: which files to write.
        """
        if not settings.directory:
            return
        try:
            self._export_due(begin, now.timestamp(), settings)
        except StoreError as error:
            self._made_up_for = None
            _tell("measurements_not_exported", error)

    def _forget(self, now: datetime | None, settings: Measurements) -> None:
        """Remove what is older than it is to be kept.

        Args:
            now: aware; None: nobody can say what is old.
            settings: how long to keep it, and where files are.
        """
        if now is None:
            return
        oldest = oldest_kept(now, settings.keep_days)
        try:
            self._kept.forget(oldest)
            if settings.directory:
                remove_before(Path(settings.directory), oldest)
        except StoreError as error:
            _tell("measurements_not_removed", error)

    def _export_due(self, begin: int, until: float, settings: Measurements) -> None:
        """Write anew the periods that something was kept of; at first, others that are missing."""
        target = Target(Path(settings.directory), self._node)
        for name in settings.periods:
            seconds = PERIODS[name]
            if settings != self._made_up_for:
                since = until - _LOOK_BACK
                export_missing(self._kept, target, seconds, since=since, until=until)
            end = begin_of(begin, seconds) + seconds
            export(self._kept, target, seconds, since=begin, until=min(end, until))
        self._made_up_for = settings


def _tell(event: str, error: StoreError) -> None:
    structlog.get_logger().error(event, reason=str(error), next_step=error.next_step)
