"""What the operator decided beside the lists: the override, and each configuration that served.

An append-only journal, `policy.jsonl` under `store.path`: one JSON object a line, each with the
hash of the one before. It stands beside the lists and not in them, because the override must work
while a list loads, and when the lists are broken.

A line without its end is one whose writer died, or had no room: readers ignore it, and the next
writer cuts it off. Anything else that breaks the chain is an error that names the record.

    append, set_override, clear_override, keep_configuration    write
    records, verify                                             read
    current_override, override_at, configuration_at             ask
    standing_override                                           ask a journal that may be broken
    Reading, read_on, read_sound                                read what is new
"""

import contextlib
import errno
import fcntl
import getpass
import hashlib
import os
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from io import FileIO
from pathlib import Path
from typing import BinaryIO

from eir.decision.override import Override
from eir.errors import StoreBusyError, StoreError
from eir.files import MODE, shared_with_group, sync_directory
from eir.policy_record import (
    Change,
    Configuration,
    OverrideCleared,
    OverrideSet,
    Record,
    chain,
    encode,
    seal,
)

T_LOCK = 5.0  # seconds; ours: how long a writer waits for another, which takes milliseconds
T_TRY = 0.02  # seconds; ours


def journal(path: Path) -> Path:
    """Name the journal under `store.path`."""
    return path / "policy.jsonl"


def author() -> str:
    """Name the operating system's user that this process runs as."""
    try:
        name = getpass.getuser()
    except (KeyError, OSError):  # containers run as users that have no name
        return f"uid {os.getuid()}"
    return name.encode(errors="replace").decode()


def append(path: Path, change: Change, *, by: str, at: datetime) -> Record:
    """Add a record to the journal under `store.path`; when this returns it is on the disk.

    Raises:
        StoreBusyError: another process held the journal for too long.
        StoreError: the chain is broken, or it cannot be written.
    """
    with _writing(path) as file:
        read = read_on(file, Reading())
        record = seal(change, read.last, by=by, at=at)
        _add(file, encode(record) + b"\n", end=read.octets)
        if read.last is None:
            sync_directory(path)
    return record


def set_override(path: Path, override: Override) -> Record:
    """Switch the override on, at its `since`; it takes the place of one that is on.

    Raises:
        StoreError: it cannot be written; the switch is as it was.
    """
    change = OverrideSet(status=override.status, reason=override.reason, expires=override.expires)
    at = datetime.fromtimestamp(override.since, UTC)
    return append(path, change, by=override.author, at=at)


def clear_override(path: Path, *, reason: str, by: str, at: datetime) -> Record:
    """Switch the override off.

    Raises:
        StoreError: it cannot be written; the switch is as it was.
    """
    return append(path, OverrideCleared(reason=reason), by=by, at=at)


def keep_configuration(path: Path, text: str, *, by: str, at: datetime) -> None:
    """Note that this configuration serves from now on, unless it did before.

    Raises:
        StoreError: the journal cannot be read or written.
    """
    change = Configuration(sha256=hashlib.sha256(text.encode()).hexdigest(), text=text)
    if _latest_configuration(records(path)) != change:
        append(path, change, by=by, at=at)


def records(path: Path) -> list[Record]:
    """Read the whole journal under `store.path`; without one there are none.

    Raises:
        StoreError: it cannot be read, or the chain is broken; the message names the record.
    """
    try:
        *lines, _torn = journal(path).read_bytes().split(b"\n")
    except FileNotFoundError:
        return []
    except OSError as error:
        raise failure(path, error) from None
    return list(chain(lines))


def verify(path: Path) -> int:
    """Check the whole chain; return how many records it has.

    Raises:
        StoreError: it cannot be read, or the chain is broken; the message names the record.
    """
    return len(records(path))


def current_override(path: Path, now: float) -> Override | None:
    """Tell which override is on, as a running server sees it; `now` is UTC seconds.

    Raises:
        StoreError: the journal cannot be read, or the chain is broken.
    """
    override, broken = standing_override(path, now)
    if broken is not None:
        raise broken
    return override


def standing_override(path: Path, now: float) -> tuple[Override | None, StoreError | None]:
    """Tell which override the sound records leave on, and why others cannot be read.

    That is how a server that starts now sees it; `now` is UTC seconds.
    """
    try:
        with journal(path).open("rb") as file:
            read, broken = read_sound(file, Reading())
    except FileNotFoundError:
        return None, None
    except OSError as error:
        return None, failure(path, error)
    return read.current(now), broken


def override_at(path: Path, instant: float) -> Override | None:
    """Tell which override was in force at an instant of the past, in UTC seconds.

    Raises:
        StoreError: the journal cannot be read, or the chain is broken.
    """
    override = None
    for record in _until(records(path), instant):
        override = _switched(override, record)
    return override if override is not None and override.in_force(instant) else None


def configuration_at(path: Path, instant: float) -> str | None:
    """Give the configuration that served at an instant, in UTC seconds; None: none had yet.

    Raises:
        StoreError: the journal cannot be read, or the chain is broken.
    """
    served = _latest_configuration(_until(records(path), instant))
    return None if served is None else served.text


@dataclass(frozen=True, slots=True)
class Reading:
    """How far a process that watches the journal has read it.

    Attributes:
        octets: of the lines that it read.
        last: the last record; None: there was none.
        override: what was set and not cleared, though it may have expired.
    """

    octets: int = 0
    last: Record | None = None
    override: Override | None = None

    def current(self, now: float) -> Override | None:
        """Give the override that is on, `now` being UTC seconds.

        Its `since` does not count: a clock that was set back must not switch it off.
        """
        override = self.override
        if override is None or (override.expires is not None and now >= override.expires):
            return None
        return override


def read_on(file: BinaryIO, before: Reading) -> Reading:
    """Read what came to the journal since.

    Raises:
        StoreError: what came does not continue the chain.
    """
    read, broken = read_sound(file, before)
    if broken is not None:
        raise broken
    return read


def read_sound(file: BinaryIO, before: Reading) -> tuple[Reading, StoreError | None]:
    """Read what came to the journal since, up to a record that does not continue the chain.

    What was decided before that record still holds: a damaged line must not end an override.
    """
    file.seek(before.octets)
    *lines, _torn = file.read().split(b"\n")
    read = before
    try:
        for line, record in zip(lines, chain(lines, before.last), strict=True):
            override = _switched(read.override, record)
            read = Reading(read.octets + len(line) + 1, record, override)
    except StoreError as error:
        return read, error
    return read, None


def failure(path: Path, error: OSError) -> StoreError:
    """Say that the journal under `store.path` cannot be read or written."""
    return StoreError(
        f"{journal(path)}: {error.strerror}", next_step="make room or give rights there"
    )


def _until(found: Iterable[Record], instant: float) -> Iterator[Record]:
    """Give what had been decided at an instant, in UTC seconds."""
    return (record for record in found if record.at.timestamp() <= instant)


def _latest_configuration(found: Iterable[Record]) -> Configuration | None:
    payloads = [record.payload for record in found]
    return next((each for each in reversed(payloads) if isinstance(each, Configuration)), None)


def _switched(before: Override | None, record: Record) -> Override | None:
    """Give the override after a record, whether or not it has expired since."""
    match record.payload:
        case OverrideSet(status=status, reason=reason, expires=expires):
            since = int(record.at.timestamp())
            return Override(status, reason, record.author, since, expires)
        case OverrideCleared():
            return None
        case Configuration():
            return before


@contextlib.contextmanager
def _writing(path: Path) -> Iterator[FileIO]:
    """Hold the journal alone, open at its start."""
    try:
        with shared_with_group():
            path.mkdir(parents=True, exist_ok=True)
            with _opened(path / "policy.lock") as lock:
                _wait_for(lock)
                with _opened(journal(path)) as file:
                    yield file
    except OSError as error:
        raise failure(path, error) from None


def _opened(file: Path) -> FileIO:
    """Open a file to read and to write; it is created where there is none."""
    return FileIO(os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, MODE), "r+")


def _wait_for(lock: FileIO) -> None:
    """Take the right to write; it ends with the file.

    Raises:
        StoreBusyError: somebody else had it for too long.
    """
    until = time.monotonic() + T_LOCK
    while True:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= until:
                raise StoreBusyError(
                    "another process writes policy.jsonl", next_step="try again when it has ended"
                ) from None
        else:
            return
        time.sleep(T_TRY)


def _add(file: FileIO, line: bytes, *, end: int) -> None:
    """Put a line where the whole ones end, in one write: all of it is on the disk, or nothing."""
    file.truncate(end)
    file.seek(end)
    try:
        _write(file, line)
    except OSError:
        with contextlib.suppress(OSError):  # what cannot be cut now, the next writer cuts
            file.truncate(end)
        raise


def _write(file: FileIO, line: bytes) -> None:
    if file.write(line) < len(line):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    os.fsync(file.fileno())
