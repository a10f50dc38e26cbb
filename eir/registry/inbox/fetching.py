"""Takes complete files from a source into the archive: bounded, resumed, and tried again.

A file is complete when its name says no other, and when its size and date are the same after a
while, and once more when we have it. What still moves waits for the next sync.
"""

import random
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Protocol, Self, TypeVar

import structlog

from eir.config.registry import Registry
from eir.errors import StoreError
from eir.registry import sources
from eir.registry.inbox.archive import Archive, Archived, Incoming, free_octets
from eir.registry.outcome import BundleError, SourceError, SyncError
from eir.registry.sources.source import ConnectionLostError, RemoteFile, Source

UNFINISHED = (".part", ".tmp", ".filepart", ".partial", ".crdownload", ".swp", "~")
FIRST_PAUSE, LAST_PAUSE = (
    1.0,
    60.0,
)  # seconds; ours: before the first retry, and at most; half is by chance
_MOVES = 2  # ours: transfers of a file that is not the same afterwards
_GIVE_UP = 2  # ours: questions in vain, with all their retries, before we ask no more
_SPARE = 64 << 20  # ours: octets of room that a fetch leaves

_RANDOM = random.SystemRandom()
_Answer = TypeVar("_Answer")

_log = structlog.get_logger()


class Progress(Protocol):
    """Shows how far a file has come."""

    def __call__(self, name: str, octets: int, total: int | None) -> None:
        """Take the octets there are of a file, and of how many; None: nobody knows."""


@dataclass(frozen=True, slots=True)
class Fetched:
    """What a fetch brought.

    Attributes:
        new: files that were not in the archive.
        waiting: names of files that are still written.
        failed: by name, why a file did not come; one that never will is refused.
        listed: names of everything that the source has.
    """

    new: tuple[Archived, ...] = ()
    waiting: tuple[str, ...] = ()
    failed: Mapping[str, SyncError] = field(default_factory=dict)
    listed: tuple[str, ...] = ()


def is_complete(name: str) -> bool:
    """Tell by its name whether a file may be taken: those that are being written have others."""
    return not name.startswith(".") and not name.lower().endswith(UNFINISHED)


def fetch(  # noqa: PLR0913 - the clock and the way to the source are given
    registry: Registry,
    archive: Archive,
    wants: Callable[[str], bool],
    *,
    sleep: Callable[[float], None] = time.sleep,
    progress: Progress = lambda name, octets, total: None,  # noqa: ARG005 - shown to nobody
    open_source: Callable[[Registry], AbstractContextManager[Source]] = sources.opened,
) -> Fetched:
    """Take every file that is wanted, complete, and not in the archive yet.

    Args:
        registry: whose.
        archive: where they go.
        wants: tells by the name of a file.
        sleep: waits for so many seconds.
        progress: is told of octets.
        open_source: connects.

    Raises:
        SourceError: the source gives no listing. Of single files see `Fetched.failed`.
        StoreError: the archive cannot be written.
    """
    with _Line(registry, open_source, sleep) as line:
        return _Fetching(registry, archive, line, progress).run(wants, sleep)


class _Line:
    """A connection that is made anew when it breaks: so often, with growing pauses."""

    def __init__(
        self,
        registry: Registry,
        open_source: Callable[[Registry], AbstractContextManager[Source]],
        sleep: Callable[[float], None],
    ) -> None:
        self._registry = registry
        self._open = open_source
        self._sleep = sleep
        self._connection = ExitStack()
        self._source: Source | None = None
        self._lost = 0  # questions in a row that it was no use to ask again
        self._given_up: ConnectionLostError | None = None
        self.came = 0  # octets of files, in all

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *reason: object) -> None:
        self._connection.close()

    def ask(self, question: Callable[[Source], _Answer]) -> _Answer:
        """Ask until there is an answer; octets that came make the retries count from the start."""
        if self._given_up is not None:
            raise self._given_up
        failures, came = 0, self.came
        while True:
            try:
                answer = question(self._connected())
            except ConnectionLostError as error:
                self._hang_up()
                if self.came > came:
                    failures, came = 0, self.came
                if failures == self._registry.fetch.retries:
                    self._lost += 1
                    self._given_up = error if self._lost == _GIVE_UP else None
                    raise
                self._pause(failures, error)
                failures += 1
            except SourceError:
                self._hang_up()  # it may be in the middle of something
                raise
            else:
                self._lost = 0
                return answer

    def _pause(self, failures: int, error: SourceError) -> None:
        """Wait longer each time, and not as long as other nodes do that ask the same server."""
        pause = min(FIRST_PAUSE * 2**failures, LAST_PAUSE) * _RANDOM.uniform(0.5, 1.0)
        name, reason = self._registry.name, str(error)
        _log.warning("source_retried", registry=name, reason=reason, pause=round(pause, 1))
        self._sleep(pause)

    def _connected(self) -> Source:
        if self._source is None:
            self._source = self._connection.enter_context(self._open(self._registry))
        return self._source

    def _hang_up(self) -> None:
        self._source = None
        self._connection.close()


class _MovedError(Exception):
    """A file is not what it was when its transfer began."""


class _Fetching:
    """One fetch."""

    def __init__(
        self, registry: Registry, archive: Archive, line: _Line, progress: Progress
    ) -> None:
        self._settings = registry.fetch
        self._archive = archive
        self._line = line
        self._progress = progress
        self._new: list[Archived] = []
        self._waiting: list[str] = []
        self._failed: dict[str, SyncError] = {}

    def run(self, wants: Callable[[str], bool], sleep: Callable[[float], None]) -> Fetched:
        listed = self._line.ask(lambda source: source.listing())
        names = {file.name for file in listed}
        self._waiting += [name for name in names if _is_coming(name, names, wants)]
        wanted = [file for file in listed if wants(file.name) and is_complete(file.name)]
        self._failed |= {file.name: _is_link(file.name) for file in wanted if file.is_link}
        unknown = self._unknown([file for file in wanted if not file.is_link])
        if unknown and self._settings.settle_s:
            sleep(self._settings.settle_s)
        for file in unknown:
            with self._of(file.name):
                self._take(file)
        waiting = tuple(sorted(self._waiting))
        return Fetched(tuple(self._new), waiting, self._failed, tuple(sorted(names)))

    def _unknown(self, wanted: list[RemoteFile]) -> list[RemoteFile]:
        """Leave out what is in the archive.

        Each other file is asked for: a listing may tell less, or in other words.
        """
        unknown = []
        for file in wanted:
            if self._archive.knows(file):
                continue
            with self._of(file.name):
                told = self._look(file.name)
                if told is not None and not self._archive.knows(told):
                    unknown.append(told)
        return unknown

    @contextmanager
    def _of(self, name: str) -> Iterator[None]:
        """Let one bad file not keep the others from coming."""
        try:
            yield
        except SourceError as error:
            self._failed[name] = error

    def _look(self, name: str) -> RemoteFile | None:
        return self._line.ask(lambda source: source.look(name))

    def _take(self, file: RemoteFile) -> None:
        """Take a file if it has been still, and go on to be."""
        if self._settings.settle_s and self._look(file.name) != file:
            self._waiting.append(file.name)
            return
        told: RemoteFile | None = file
        for _ in range(_MOVES):
            if told is None:
                break
            try:
                self._keep(told)
            except _MovedError:
                told = self._look(file.name)
            else:
                return
        self._waiting.append(file.name)

    def _keep(self, file: RemoteFile) -> None:
        self._refuse_large(file)
        with self._archive.incoming(file, most=self._settings.max_file_octets) as incoming:
            with _thrown_away(incoming):
                self._line.ask(lambda source: self._transfer(source, file, incoming))
            now = datetime.now(UTC)
            kept = self._archive.put(incoming, now)
        if kept.fetched == now:
            self._new.append(kept)

    def _refuse_large(self, file: RemoteFile) -> None:
        size, most = file.size or 0, self._settings.max_file_octets
        if size > most:
            raise SourceError(
                f"{file.name}: it has {size} octets, more than {most}",
                next_step="if that is right, raise fetch.max_file_octets",
            )
        if size + _SPARE > (free := free_octets(self._archive.directory)):
            raise StoreError(
                f"{file.name}: it has {size} octets, and the disk has room for {free}",
                next_step="make room under store.path; the next sync tries again",
            )

    def _transfer(self, source: Source, file: RemoteFile, incoming: Incoming) -> None:
        """Take what is missing; then it must be as long as it was said, and the same still."""
        if incoming.octets != file.size:
            source.read(file, incoming.octets, _Counted(incoming, self._line, self._progress))
        if source.look(file.name) != file:
            raise _MovedError
        size = incoming.octets if file.size is None else file.size
        if incoming.octets > size:
            raise SourceError(
                f"{file.name}: {incoming.octets} octets came, and it is said to have {size}",
                next_step="ask the registry what becomes of that file on the way",
            )
        if incoming.octets < size:
            raise ConnectionLostError(
                f"{file.name}: {incoming.octets} octets came of {size}",
                next_step="the next sync goes on from there",
            )


class _Counted:
    """Tells of the octets that pass."""

    def __init__(self, incoming: Incoming, line: _Line, progress: Progress) -> None:
        self._incoming = incoming
        self._line = line
        self._progress = progress

    def begin(self, offset: int) -> None:
        self._incoming.begin(offset)

    def write(self, octets: bytes) -> None:
        self._incoming.write(octets)
        self._line.came += len(octets)
        remote = self._incoming.remote
        self._progress(remote.name, self._incoming.octets, remote.size)


@contextmanager
def _thrown_away(incoming: Incoming) -> Iterator[None]:
    """Keep the part of a file only where the connection is to blame: else it is of no use."""
    try:
        yield
    except ConnectionLostError:
        raise
    except (SourceError, StoreError, _MovedError):
        with suppress(OSError):
            incoming.discard()
        raise


def _is_link(name: str) -> BundleError:
    return BundleError(
        f"{name} is a symbolic link, and those are never followed",
        next_step="have the file itself put there, and see who made the link",
    )


def _is_coming(name: str, names: set[str], wants: Callable[[str], bool]) -> bool:
    """Tell whether a name is that of a wanted file that is being written, and not yet there."""
    for ending in UNFINISHED:
        if name.lower().endswith(ending):
            whole = name[: -len(ending)]
            return whole not in names and wants(whole)
    return False
