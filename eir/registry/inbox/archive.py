"""What was fetched, by its hash: each file once, never overwritten, and if a sync is done with it.

archive/<first 16 of the SHA-256>/<name>    a file, whole
archive/<first 16 of the SHA-256>/.<name>   what is known of it, JSON; without this it is not there;
                                            it stays when the file goes, which never comes again
incoming/<hash of the name>.part            a file that comes, or came in part
incoming/<hash of the name>.json            which one that was, and since which start of the system

One process at a time uses it. What its entries are is read when it is opened.
"""

import hashlib
import json
import os
import shutil
from collections import defaultdict
from collections.abc import Iterable, Iterator
from collections.abc import Set as AbstractSet
from contextlib import AbstractContextManager, suppress
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, Self

import structlog

from eir.files import NEW, write_whole, written_for_group
from eir.registry.bundle import Delivered
from eir.registry.outcome import SourceError
from eir.registry.sources.source import RemoteFile

_PREFIX = 16  # hex digits of the hash that name a directory
_BOOT = Path("/proc/sys/kernel/random/boot_id")  # random(4)

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Archived(Delivered):
    """A file in the archive.

    Attributes:
        size: what the source said of it; None: nothing.
        changed: likewise; empty: nothing.
        settled: why a sync is done with it; empty: it is not.
        forgotten: only this is known still: the file is gone.
    """

    size: int | None
    changed: str
    settled: str = ""
    forgotten: bool = False


class Archive:
    """The files of one registry that were fetched."""

    def __init__(self, directory: Path) -> None:
        """Read what is there; `directory` is made when the first file comes.

        Raises:
            StoreError: it cannot be read.
        """
        self.directory = directory
        self._files = directory / "archive"
        self._incoming = directory / "incoming"
        with _in_order():
            self._entries = defaultdict[str, dict[str, Archived]](dict)  # by name and hash
            for file in _read(self._files):
                self._entries[file.name][file.sha256] = file

    def files(self) -> list[Archived]:
        """Give everything that is here, by the time it came."""
        here = (file for file in self._all() if not file.forgotten)
        return sorted(here, key=lambda file: (file.fetched, file.name))

    def open_files(self) -> list[Archived]:
        """Give what no sync is done with."""
        return [file for file in self.files() if not file.settled]

    def knows(self, remote: RemoteFile) -> bool:
        """Tell whether this very file was the last to come of its name.

        Of one without a date nobody can tell.
        """
        return bool(remote.changed) and any(
            (file.size, file.changed) == (remote.size, remote.changed)
            for file in self._named(remote.name)
            if not self._was_replaced(file)
        )

    def incoming(self, remote: RemoteFile, *, most: int) -> "Incoming":
        """Begin to take a file, or go on where it broke off if it is still the same.

        Args:
            remote: what the source says of it.
            most: octets that it may have.

        Raises:
            StoreError: there is no room, or no right to write.
        """
        with _in_order():
            return Incoming(self._incoming, remote, most=most)

    def put(self, incoming: "Incoming", fetched: datetime) -> Archived:
        """Keep a file that is whole.

        One that came before stays as it is, even forgotten, unless others of its name came since:
        then it is what the registry sent last, and open again.

        Args:
            incoming: the file.
            fetched: now, UTC.

        Returns:
            What is known of it; `fetched` is now only if a sync must look at it.

        Raises:
            SourceError: its hash begins as that of another file of this name.
            StoreError: there is no room, or no right to write.
        """
        remote = incoming.remote
        with _in_order():
            sha256 = incoming.finish()
            known = self._entries[remote.name].get(sha256)
            if known is not None and not self._was_replaced(known):
                file = replace(known, size=remote.size, changed=remote.changed)
                incoming.discard()
            else:
                path = self._files / sha256[:_PREFIX] / remote.name
                octets = incoming.octets
                file = Archived(
                    *(remote.name, path, sha256, octets, fetched), remote.size, remote.changed
                )
                self._refuse_collision(file)
                path.parent.mkdir(parents=True, exist_ok=True)
                incoming.move(path)
            self._note(file)
        return file

    def settle(self, file: Delivered, why: str) -> None:
        """Note that a sync is done with a file, and why: applied, refused, not needed."""
        with _in_order():
            self._note(replace(self._entries[file.name][file.sha256], settled=why))

    def forget(self, before: datetime, *, keep: AbstractSet[str]) -> int:
        """Remove what came before an instant, unless a sync is not done with it.

        That it was here stays known: where the source still has it, it would come again, too late.

        Args:
            before: UTC.
            keep: hashes of files that are needed still.

        Returns:
            How many files went.
        """
        old = [
            file
            for file in self.files()
            if file.fetched < before and file.settled and file.sha256 not in keep
        ]
        with _in_order():
            for file in old:
                self._note(replace(file, forgotten=True))
            for file in self._all():
                if file.forgotten:  # now, or in a process that was killed here
                    file.path.unlink(missing_ok=True)
            for left in self._incoming.glob("*"):
                if datetime.fromtimestamp(left.stat().st_mtime, UTC) < before:
                    left.unlink()
        return len(old)

    def forget_file(self, file: Delivered) -> None:
        """Remove a file, as if it had never come: the next sync fetches it again."""
        self._entries[file.name].pop(file.sha256, None)
        with _in_order():
            _facts_of(file.path).unlink(missing_ok=True)  # first: without it the file is not there
            file.path.unlink(missing_ok=True)
            with suppress(OSError):  # another file has the same octets
                file.path.parent.rmdir()

    def _all(self) -> Iterator[Archived]:
        return chain.from_iterable(named.values() for named in self._entries.values())

    def _named(self, name: str) -> Iterable[Archived]:
        return self._entries[name].values() if name in self._entries else ()

    def _was_replaced(self, file: Archived) -> bool:
        """Tell whether other content of this name came later."""
        return any(other.fetched > file.fetched for other in self._named(file.name))

    def _refuse_collision(self, file: Archived) -> None:
        others = (other for other in self._named(file.name) if other.sha256 != file.sha256)
        if any(other.path == file.path for other in others):
            raise SourceError(
                f"{file.name}: its hash begins as that of another file of this name",
                next_step=f"remove {file.path.parent} if that is no longer needed",
            )

    def _note(self, file: Archived) -> None:
        """Write what is known of a file beside it, whole or not at all."""
        facts = asdict(file)
        del facts["path"]
        text = json.dumps(facts | {"fetched": file.fetched.isoformat()}, indent=1)
        path = _facts_of(file.path)
        write_whole(path, f"{text}\n")
        self._entries[file.name][file.sha256] = file


class Incoming:
    """A file that comes: a sink for its octets, kept when the connection or the process ends."""

    def __init__(self, directory: Path, remote: RemoteFile, *, most: int) -> None:
        self.remote = remote
        self._most = most
        directory.mkdir(parents=True, exist_ok=True)
        path = directory / hashlib.sha256(remote.name.encode()).hexdigest()[:_PREFIX]
        self._part, self._facts = path.with_suffix(".part"), path.with_suffix(".json")
        text = json.dumps(asdict(remote) | {"boot": _BOOT.read_text(encoding="ascii").strip()})
        if not self._goes_on(text):
            self._part.unlink(missing_ok=True)
            write_whole(self._facts, text)
        self._file: BinaryIO = self._part.open("ab")

    def _goes_on(self, text: str) -> bool:
        """Tell whether the part that is there is of this file; without a date it never is.

        After a power cut it may have the right length and the wrong octets: it is not used then.
        """
        try:
            return bool(self.remote.changed) and self._facts.read_text(encoding="utf-8") == text
        except (FileNotFoundError, UnicodeDecodeError):
            return False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        with _in_order():
            self._file.close()

    @property
    def octets(self) -> int:
        """How many are there."""
        return self._file.tell()

    def begin(self, offset: int) -> None:
        """Learn where the octets begin that come now."""
        with _in_order():
            if offset > self.octets:
                raise SourceError(
                    f"{self.remote.name}: the source left out a part of it",
                    next_step="the next sync tries again",
                )
            self._file.truncate(offset)
            self._file.seek(offset)

    def write(self, octets: bytes) -> None:
        """Take the next octets; refuse more than there may be, however many still come."""
        if self.octets + len(octets) > self._most:
            raise SourceError(
                f"{self.remote.name}: it has more than {self._most} octets",
                next_step="if that is right, raise fetch.max_file_octets",
            )
        with _in_order():
            self._file.write(octets)

    def finish(self) -> str:
        """See the octets on the disk, and give their SHA-256, hex."""
        self._file.flush()
        os.fsync(self._file.fileno())
        with self._part.open("rb") as whole:
            return hashlib.file_digest(whole, "sha256").hexdigest()

    def move(self, path: Path) -> None:
        """Give the file its place."""
        self._part.rename(path)
        self._facts.unlink(missing_ok=True)

    def discard(self) -> None:
        """Throw away what came."""
        self._part.unlink(missing_ok=True)
        self._facts.unlink(missing_ok=True)


def free_octets(directory: Path) -> int:
    """Tell how much room the disk has where a directory is, or will be made."""
    while not directory.exists():
        directory = directory.parent
    return shutil.disk_usage(directory).free


def _read(directory: Path) -> Iterator[Archived]:
    """Read what is known of each file; what is no longer whole was never here."""
    for facts in directory.glob("*/.*"):
        try:
            file = _load(json.loads(facts.read_text(encoding="utf-8")), facts)
            is_whole = file.forgotten or file.path.stat().st_size == file.octets
        except (ValueError, TypeError, KeyError, FileNotFoundError):
            is_whole, file = False, None
        if is_whole and file is not None:
            yield file
        elif facts.suffix != NEW:
            _log.warning("archive_entry_damaged", file=str(facts))


def _load(said: dict[str, Any], facts: Path) -> Archived:
    path = facts.with_name(facts.name.removeprefix("."))
    fetched = datetime.fromisoformat(said.pop("fetched"))
    return Archived(path=path, fetched=fetched, **said)


def _facts_of(path: Path) -> Path:
    """Name what is known of a file; no file of a source has a name that begins with a dot."""
    return path.with_name(f".{path.name}")


def _in_order() -> AbstractContextManager[None]:
    return written_for_group(
        "the archive",
        next_step="make room under store.path, and run this as a user that may write there",
    )
