"""Meets a broken store before it is mapped.

LMDB opens a truncated file without an error and kills the process by SIGBUS at the first touch
of a missing page. So the file is read here, never through a map: its size against what both meta
pages say, and the fields of the meta pages that must be sane. Garbage inside the other pages is
met by the check octets (`keys`), by `verify`, or kills the process, which its supervisor handles.
"""

import contextlib
import os
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from eir.errors import StoreError
from eir.store.layout import seal_file

DATA = "data.mdb"
DAMAGED = "restore the store from a copy, or move it away and load every list in full"

# LMDB 0.9, mdb.c: page header (number, padding, flags, bounds), then MDB_meta: magic, version,
# address, map size, two MDB_db (free pages and main), last page, transaction.
_META = struct.Struct("=Q2xH4xIIQQ IHHQQQQQ IHHQQQQQ QQ")
_MAGIC = 0xBEEFC0DE
_DATA_VERSION = 1
_PAGE_IS_META = 0x08
_EMPTY_ROOT = 2**64 - 1
_MAX_DEPTH = 32  # LMDB's cursor stack
_DIRTY_OCTETS = 2 * 131_071 * 4096  # twice what LMDB keeps unwritten: MDB_IDL_UM_MAX pages


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
        try:
            self._descriptor = os.open(self._data, os.O_RDONLY | os.O_CLOEXEC)
        except OSError as error:
            raise _unreadable(error, self._data) from None
        self._identity = _identity(os.fstat(self._descriptor))
        self._seen = b""
        self._needed = 0
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

    def check(self) -> None:
        """Look at the files again: a few microseconds, and nothing is mapped.

        Raises:
            StoreError: deleted, replaced, truncated, or the meta pages are garbled.
        """
        try:
            now = self._data.stat()
            metas = _read_metas(self._descriptor)
        except OSError as error:
            raise _unreadable(error, self._data) from None
        if _identity(now) != self._identity:
            raise StoreError(f"{self._data} was replaced")
        if metas != self._seen:
            self._needed = _needed_octets(metas)
            self._seen = metas
        if now.st_size < self._needed:
            raise StoreError(
                f"{self._data} is truncated: {now.st_size} octets of {self._needed}",
                next_step=DAMAGED,
            )


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
    """Note beside a store that it has had this version."""
    path = seal_file(directory.parent)
    fresh = path.with_suffix(".new")
    fresh.write_text(f"{version}\n", encoding="ascii")
    fresh.replace(path)


def refuse_lost(directory: Path) -> None:
    """Refuse to begin a new store where one was lost: what it held would be lost for good.

    Raises:
        StoreError: the files are gone or empty, and there were versions in them.
    """
    data = directory / DATA
    if not (data.exists() and data.stat().st_size) and seal_file(directory.parent).exists():
        raise StoreError(f"{data} is gone, and it had lists", next_step=_lost(directory))


def _lost(directory: Path) -> str:
    return (
        f"restore it from a copy; or, to begin anew, remove {seal_file(directory.parent)}"
        " and load every list in full"
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
        needed = _needed_octets(_read_metas(file.fileno()))
        if os.fstat(file.fileno()).st_size != needed:
            file.truncate(needed)


def _read_metas(descriptor: int) -> bytes:
    """Read both meta pages; the second stands where the first says that a page ends."""
    first = os.pread(descriptor, _META.size, 0)
    if len(first) < _META.size:
        raise StoreError("the list store is truncated: it has no meta page")
    page_octets = int(_META.unpack(first)[6])
    if page_octets not in (4096, 8192, 16384, 32768, 65536):
        raise _garbled()
    return first + os.pread(descriptor, _META.size, page_octets)


def _needed_octets(metas: bytes) -> int:
    """Check both meta pages, and tell how long the file must be."""
    if len(metas) != 2 * _META.size:
        raise StoreError("the list store is truncated: it has one meta page")
    first, second = _parse(metas[: _META.size], 0), _parse(metas[_META.size :], 1)
    if first.page_octets != second.page_octets:
        raise _garbled()
    return max(first.octets, second.octets)


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


def _identity(found: os.stat_result) -> tuple[int, int]:
    return found.st_dev, found.st_ino


def _garbled() -> StoreError:
    return StoreError(
        "the list store is damaged: its meta pages are garbled",
        next_step=DAMAGED,
    )


def _unreadable(error: OSError, path: Path) -> StoreError:
    if isinstance(error, FileNotFoundError):
        lost = seal_file(path.parent.parent).exists()
        first = "load a first list: eir lists load FILE --list prohibited --mode full"
        step = _lost(path.parent) if lost else first
        return StoreError(f"{path} does not exist", next_step=step)
    return StoreError(
        f"{path}: {error.strerror}", next_step="read it as the user that eir serves as"
    )
