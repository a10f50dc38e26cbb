"""Files of records once they are whole: compressed, and kept for as long as is configured.

It may take its time, in a thread beside the recorder: what was not done is done the next time.
Nothing goes for its age while the clock is not believed; that files are too many octets no clock
can say.
"""

import contextlib
import gzip
import os
import shutil
import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import ClassVar

import structlog

from eir.clock_watch import ClockWatch
from eir.config import Records
from eir.files import sync_directory
from eir.records.names import FileName, files_in, microseconds, octets_of
from eir.records.part import MODE

T_TIDY = 60.0  # seconds; ours: how often we look for what is too old

_NEW = ".new"  # ends the name of a file that is being compressed
_LEVEL = 6
_CHUNK = 1 << 20  # octets


class Archivist:
    """Looks after a directory from time to time, and when it is told to.

    A disk that takes nothing has the recorder make one after the other. One at a time looks, so
    that no two compress the same file, and the clock is no newer to each next one.
    """

    _looking: ClassVar = threading.Lock()
    _clock: ClassVar = ClockWatch()

    def __init__(self, directory: Path, settings: Callable[[], Records]) -> None:
        """Start the thread; it ends with the process, or when it is told to.

        Args:
            directory: of the files.
            settings: that count now.
        """
        self._directory = directory
        self._settings = settings
        self._wanted = threading.Event()
        self._ends = False
        self._failure = ""
        threading.Thread(target=self._run, name="records", daemon=True).start()

    def look_soon(self) -> None:
        """Look after the directory now: there is another file."""
        self._wanted.set()

    def close(self) -> None:
        """Let the thread end after what it does now."""
        self._ends = True
        self._wanted.set()

    def _run(self) -> None:
        with contextlib.suppress(OSError):  # a sandbox may forbid it, or know no such thing
            # Of this thread alone: it can wait.
            os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))
        while not self._ends:
            with self._looking:
                self._look()
            self._wanted.wait(T_TIDY)
            self._wanted.clear()

    def _look(self) -> None:
        failure = ""
        try:
            tidy(self._directory, self._settings(), self._clock.believed())
        except OSError as error:
            failure = f"{error.filename or self._directory}: {error.strerror}"
        if failure and failure != self._failure:
            structlog.get_logger().warning(
                "records_not_tidied",
                reason=failure,
                next_step="make room or give rights there; it is tried again each minute",
            )
        self._failure = failure


def tidy(directory: Path, settings: Records, now: datetime | None) -> None:
    """Compress whole files, and delete those that are too old or too many.

    Args:
        directory: of the files.
        settings: how long they are kept, and how.
        now: None: nobody can say what is too old.

    Raises:
        OSError: a file cannot be written or deleted.
    """
    for left in directory.glob(f"checks_*{_NEW}"):
        left.unlink()
    _delete(directory, settings, now)
    if settings.compression == "gzip":
        for path in sorted(directory.iterdir()):
            name = FileName.parse(path.name)
            if name is not None and name.last is not None and not name.is_packed:
                _compress(path, directory / str(name.packed))


def _delete(directory: Path, settings: Records, now: datetime | None) -> None:
    keep = timedelta(days=settings.keep_days)
    oldest = None if now is None else microseconds(now - keep)
    files = [(name, path, octets_of(path)) for name, path in files_in(directory)]
    total = sum(octets for *_, octets in files)
    for name, path, octets in files:
        if name.last is None:
            continue
        is_old = oldest is not None and name.last < oldest
        if is_old or 0 < settings.keep_octets < total:
            path.unlink(missing_ok=True)
            total -= octets


def _compress(path: Path, packed: Path) -> None:
    """Compress one file; it is there all the time, in one form or the other."""
    if not packed.exists():  # else we ended before the last step
        _pack(path, packed)
    path.unlink()


def _pack(path: Path, packed: Path) -> None:
    new = packed.with_name(f"{packed.name}{_NEW}")
    descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, MODE)
    try:
        with (
            os.fdopen(descriptor, "wb") as raw,
            path.open("rb") as plain,
            gzip.GzipFile("", "wb", _LEVEL, raw, mtime=0) as file,
        ):
            shutil.copyfileobj(plain, file, _CHUNK)
            file.close()
            raw.flush()
            os.fsync(raw.fileno())
    except OSError:  # the room is for what comes
        new.unlink()
        raise
    new.rename(packed)
    sync_directory(packed.parent)
