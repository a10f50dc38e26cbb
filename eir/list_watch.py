"""The lists as a running server tells of them: counted at each new version, and only then.

They are read in a process of its own, because a page of garbage would kill whoever reads it.
"""

import asyncio
import math
import os
import sys
from collections.abc import Callable
from pathlib import Path

import structlog

from eir.backoff import Backoff
from eir.errors import StoreError
from eir.lists.summary import Summary
from eir.store.health import DATA
from eir.store.layout import lists_directory

T_LOOK = 1.0  # seconds; ours: how often we look for a new version


class ListWatch:
    """Knows what the lists come to.

    Attributes:
        summary: as of the version that was counted last; None: none was yet.
    """

    def __init__(self, path: Path, version: Callable[[], int | None]) -> None:
        """Begin to watch.

        Args:
            path: `store.path`.
            version: gives the version that answers; None: none does.
        """
        self.summary: Summary | None = None
        self._path = path
        self._version = version
        self._counted: int | None = None
        self._backoff = Backoff(first=5.0, last=300.0, calm=600.0)
        self._not_before = -math.inf

    @property
    def octets(self) -> int | None:
        """How large the file is; None: it cannot be said."""
        try:
            return (lists_directory(self._path) / DATA).stat().st_size
        except OSError:
            return None

    async def run(self) -> None:
        """Look for ever."""
        while True:
            await self.look()
            await asyncio.sleep(T_LOOK)

    async def look(self) -> None:
        """Count if there is something new; what could not be counted is tried again later."""
        version, now = self._version(), asyncio.get_running_loop().time()
        if version in (None, self._counted) or now < self._not_before:
            return
        try:
            self.summary = Summary.load(await self._count())
        except (OSError, StoreError) as error:  # of the first: out of processes or descriptors
            self._not_before = now + self._backoff.wait(now)
            structlog.get_logger().warning("lists_not_counted", reason=str(error))
        else:
            self._counted = version

    async def _count(self) -> bytes:
        """Let the lists be read.

        Raises:
            OSError: no process can be started.
            StoreError: they cannot be read.
        """
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "eir.lists.summary", os.fspath(self._path)),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        try:
            octets, said = await process.communicate()
        finally:
            if process.returncode is None:
                process.kill()
        if process.returncode:
            reason = said.decode(errors="replace").strip()
            raise StoreError(reason or f"who read the lists ended with {process.returncode}")
        return octets
