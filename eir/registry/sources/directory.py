"""`file:///…`: a directory that somebody else fills."""

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import unquote, urlsplit

from eir.config.registry import Registry
from eir.registry.outcome import SourceError
from eir.registry.sources.names import only_safe
from eir.registry.sources.network import CHUNK
from eir.registry.sources.source import RemoteFile, Sink, Source


@contextmanager
def opened(registry: Registry) -> Iterator[Source]:
    """Take files from a directory; it is looked at when it is asked."""
    path = Path(unquote(urlsplit(registry.source).path))
    yield _Directory(path, most=registry.fetch.max_files)


class _Directory:
    def __init__(self, path: Path, *, most: int) -> None:
        self._path = path
        self._most = most

    def listing(self) -> list[RemoteFile]:
        try:
            with os.scandir(self._path) as entries:
                return only_safe(_files(entries), most=self._most)
        except OSError as error:
            raise _unreadable(self._path, error) from None

    def look(self, name: str) -> RemoteFile | None:
        path = self._path / name
        try:
            status = path.lstat()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise _unreadable(path, error) from None
        return _told(name, status) if stat.S_ISREG(status.st_mode) else None

    def read(self, file: RemoteFile, offset: int, sink: Sink) -> None:
        path = self._path / file.name
        # A link or a pipe may have taken the file's place: neither is followed nor waited for.
        flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
        try:
            descriptor = os.open(path, flags)
            with os.fdopen(descriptor, "rb", buffering=0) as octets:
                status = os.fstat(descriptor)
                if not stat.S_ISREG(status.st_mode):
                    raise SourceError(f"{path}: it is no file", next_step="see what it is")
                start = offset if _told(file.name, status) == file else 0
                sink.begin(start)
                octets.seek(start)
                while chunk := octets.read(CHUNK):
                    sink.write(chunk)
        except OSError as error:
            raise _unreadable(path, error) from None


def _files(entries: Iterator[os.DirEntry[str]]) -> Iterator[RemoteFile]:
    for entry in entries:
        try:
            status = entry.stat(follow_symlinks=False)
        except FileNotFoundError:  # renamed or removed since
            continue
        if stat.S_ISREG(status.st_mode):
            yield _told(entry.name, status)
        elif stat.S_ISLNK(status.st_mode):
            yield RemoteFile(entry.name, None, "", is_link=True)


def _told(name: str, status: os.stat_result) -> RemoteFile:
    return RemoteFile(name, status.st_size, f"{status.st_mtime_ns}-{status.st_ino}")


def _unreadable(path: Path, error: OSError) -> SourceError:
    return SourceError(
        f"{path}: {error.strerror}", next_step="see that it is there and this user may read it"
    )
