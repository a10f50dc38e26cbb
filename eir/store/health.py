"""Meets a broken store before it is mapped.

LMDB opens a truncated file without an error and kills the process by SIGBUS at the first touch
of a missing page. So the file is read here, never through a map: its size against what both meta
pages say, and the fields of the meta pages that must be sane. Garbage inside the other pages is
met by the checks of blocks, entries and rows, by `verify`, or kills the process, which its
supervisor handles.
"""

import contextlib
import os
import struct
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Self, TypeAlias

from eir.errors import StoreError
from eir.store.layout import seal_file

DATA = "data.mdb"
DAMAGED = (
    "restore a backup: eir store restore FILE; or move lists and lists.version under store.path"
    " away, and load every list in full"
)

# LMDB 0.9, mdb.c: page header (number, padding, flags, bounds), then MDB_meta: magic, version,
# address, map size, two MDB_db (free pages and main), last page, transaction.
_META = struct.Struct("=Q2xH4xIIQQ IHHQQQQQ IHHQQQQQ QQ")
_MAGIC = 0xBEEFC0DE
_DATA_VERSION = 1
_PAGE_IS_META = 0x08
_EMPTY_ROOT = 2**64 - 1
_MAX_DEPTH = 32  # LMDB's cursor stack
_EMPTY = "is truncated to nothing"
RESTING_NS = 2_000_000_000  # ours: the coarsest clock of a file system counts in two seconds
_DIRTY_OCTETS = 2 * 131_071 * 4096  # twice what LMDB keeps unwritten: MDB_IDL_UM_MAX pages

_Look: TypeAlias = tuple[int, int, int, int]  # last change, octets, inode, device


@dataclass(frozen=True, slots=True)
class Meta:
    """One of the two meta pages: what it says about the file.

    Attributes:
        page_octets: size of a page.
        last_page: number of the last page in use.
        transaction: the transaction that wrote it; the higher of the two pages counts.
    """

    page_octets: int
    last_page: int
    transaction: int

    @property
    def octets(self) -> int:
        """How long the file must be at least."""
        return (self.last_page + 1) * self.page_octets


@dataclass(frozen=True, slots=True)
class Signature:
    """Which file this is, and in which condition: another signature is worth another try."""

    device: int
    inode: int
    octets: int
    modified: int  # nanoseconds


class Watch:
    """Looks at an environment's files before each use of their map."""

    def __init__(self, directory: Path) -> None:
        """Start to watch.

        Raises:
            StoreError: there is no store, or it is broken.
        """
        self._data = directory / DATA
        self._name = str(self._data)
        self._rests: _Look | None = None  # how it looks while nobody writes
        try:
            self._descriptor = os.open(self._data, os.O_RDONLY | os.O_CLOEXEC)
        except OSError as error:
            raise _unreadable(error, self._data) from None
        self._identity = _identity(os.fstat(self._descriptor))
        self._seen = b""
        self._needed = 0
        self._modified = -1
        self.transactions = (0, 0)  # that wrote the two meta pages
        try:
            self.check()
        except StoreError:
            self.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Stop watching."""
        os.close(self._descriptor)

    @property
    def newest(self) -> int:
        """The newest transaction in the file."""
        return max(self.transactions)

    def check(self) -> bool:
        """Look at the files again: a few microseconds, and nothing is mapped.

        Every batch of requests does, so a file that rests is looked at from outside only. The time
        of its last change is the kernel's, so nobody writes, cuts or replaces the file and leaves
        it as it was; but two changes may have one time where they are close. So a file rests when
        its last change was `RESTING_NS` old before its contents were read.

        Returns:
            Whether a map of it may be worth nothing: another file has taken its place; or it was
            written to and no commit came of it, because a load is still at work, or because other
            contents were copied over it.

        Raises:
            StoreError: deleted, truncated, or the meta pages are garbled.
        """
        try:
            if self._rests and _look(os.stat(self._name)) == self._rests:  # noqa: PTH116 - faster
                return False
            began = time.time_ns()
            # In this order: a commit between the two makes the file longer, never shorter.
            metas = _read_metas(self._descriptor, self._data)
            now = os.stat(self._name)  # noqa: PTH116 - as above
        except OSError as error:
            raise _unreadable(error, self._data) from None
        self._rests = None
        if _identity(now) != self._identity:
            return True
        written = now.st_mtime_ns != self._modified
        if metas != self._seen:
            written = not self._learn(metas)
        self._modified = now.st_mtime_ns
        if now.st_size < self._needed:
            raise StoreError(
                f"{self._data} is truncated: {now.st_size} octets of {self._needed}",
                next_step=DAMAGED,
            )
        if now.st_ctime_ns < began - RESTING_NS:
            self._rests = _look(now)
        return written

    def _learn(self, metas: bytes) -> bool:
        """Take in what new meta pages say; tell whether a commit wrote them."""
        before = self.newest
        pages = _parse_both(metas)
        self._needed = max(page.octets for page in pages)
        self.transactions = (pages[0].transaction, pages[1].transaction)
        self._seen = metas
        return self.newest > before


def inspect(directory: Path) -> None:
    """Look at the files of an environment that is about to be opened.

    Raises:
        StoreError: there is no store, or it is broken.
    """
    Watch(directory).close()


def signature(directory: Path) -> Signature | None:
    """Tell files apart, and conditions of one file; None when there is none."""
    try:
        found = (directory / DATA).stat()
    except OSError:
        return None
    return Signature(found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns)


def seal(directory: Path, version: int) -> None:
    """Note beside a store that it has had this version.

    The version is already made and serves; where there is no room for the note, it goes without.
    """
    path = seal_file(directory.parent)
    fresh = path.with_suffix(".new")
    with contextlib.suppress(OSError):
        fresh.write_text(f"{version}\n", encoding="ascii")
        fresh.replace(path)


def refuse_lost(directory: Path) -> None:
    """Refuse to begin a new store where one was lost: what it held would be lost for good.

    Raises:
        StoreError: the files are gone or empty, and there were versions in them.
    """
    data = directory / DATA
    if not seal_file(directory.parent).exists():
        return
    if not data.exists():
        raise _nothing(data, "does not exist")
    if not data.stat().st_size:
        raise _nothing(data, _EMPTY)


def refuse_foreign_lock(directory: Path, transaction: int) -> None:
    """Refuse to build upon a transaction that is not the newest of the file.

    Raises:
        StoreError: the lock file is of other contents.
    """
    with Watch(directory) as watch:
        if transaction != watch.newest:
            raise foreign_lock()


def foreign_lock() -> StoreError:
    """Build the error of a lock file that names a transaction which the data do not have.

    It was made for what the file held before other contents were copied over it. LMDB makes it
    anew when no process has it open; one that reads closes it when it meets this.
    """
    return StoreError(
        "the list store was copied over while it was open: its lock file is of other contents",
        next_step="try again in a second; if it stays so, stop eir, and start it again",
    )


def reserve(directory: Path) -> None:
    """Make the file longer than the commit to come can say that it is; it takes no space.

    LMDB does not write pages that one transaction both took and gave back; where those are the
    last ones, the file would be short without being broken. A reader must not see it so, nor must
    a load that is killed right after its commit leave it so.
    """
    path = directory / DATA
    with contextlib.suppress(OSError):  # a limit on file sizes: `settle` does what is needed
        os.truncate(path, path.stat().st_size + _DIRTY_OCTETS)


def settle(directory: Path) -> None:
    """Make the file as long as its meta pages say, after a commit or the lack of one.

    No reader uses what lies beyond: the last page in use never moves towards the front.
    """
    path = directory / DATA
    with path.open("r+b") as file:
        needed = max(page.octets for page in _parse_both(_read_metas(file.fileno(), path)))
        if os.fstat(file.fileno()).st_size != needed:
            file.truncate(needed)


def _read_metas(descriptor: int, path: Path) -> bytes:
    """Read both meta pages; the second stands where the first says that a page ends."""
    first = os.pread(descriptor, _META.size, 0)
    if not first:
        raise _nothing(path, _EMPTY)
    if len(first) < _META.size:
        raise StoreError(f"{path} is truncated: it has no meta page", next_step=DAMAGED)
    page_octets = int(_META.unpack(first)[6])
    if page_octets not in (4096, 8192, 16384, 32768, 65536):
        raise _garbled()
    return first + os.pread(descriptor, _META.size, page_octets)


def _parse_both(metas: bytes) -> tuple[Meta, Meta]:
    """Read both meta pages."""
    if len(metas) != 2 * _META.size:
        raise StoreError(
            "the list store is truncated: it has one meta page",
            next_step=DAMAGED,
        )
    first, second = _parse(metas[: _META.size], 0), _parse(metas[_META.size :], 1)
    if first.page_octets != second.page_octets:
        raise _garbled()
    return first, second


def _parse(octets: bytes, number: int) -> Meta:
    """Read one meta page, and refuse what LMDB could not have written."""
    page, flags, magic, version, _, map_octets, *tables, last, transaction = _META.unpack(octets)
    page_octets = tables[0]
    if (page, flags, magic, version) != (number, _PAGE_IS_META, _MAGIC, _DATA_VERSION):
        raise _garbled()
    if last < 1 or (last + 1) * page_octets > map_octets:
        raise _garbled()
    for _, _, depth, _, _, _, entries, root in (tables[:8], tables[8:]):
        empty = root == _EMPTY_ROOT
        if depth > _MAX_DEPTH or empty != (entries == 0) or not (empty or 2 <= root <= last):
            raise _garbled()
    return Meta(page_octets, last, transaction)


def _look(found: os.stat_result) -> _Look:
    return found.st_ctime_ns, found.st_size, found.st_ino, found.st_dev


def _identity(found: os.stat_result) -> tuple[int, int]:
    return found.st_dev, found.st_ino


def _garbled() -> StoreError:
    return StoreError(
        "the list store is damaged: its meta pages are garbled",
        next_step=DAMAGED,
    )


def _nothing(data: Path, what: str) -> StoreError:
    """Build the error of a file without contents: never made, or lost."""
    seal_path = seal_file(data.parent.parent)
    if seal_path.exists():
        return StoreError(
            f"{data} {what}, and it had lists",
            next_step="restore a backup: eir store restore FILE; or, to begin anew, remove"
            f" {seal_path} and load every list in full",
        )
    return StoreError(
        f"{data} {what}",
        next_step="load a first list: eir lists load FILE --list prohibited --mode full",
    )


def _unreadable(error: OSError, path: Path) -> StoreError:
    if isinstance(error, FileNotFoundError):
        return _nothing(path, "does not exist")
    return StoreError(
        f"{path}: {error.strerror}", next_step="read it as the user that eir serves as"
    )
