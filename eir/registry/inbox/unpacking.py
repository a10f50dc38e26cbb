"""Opens archives that may be hostile: zip files of plain files, without directories.

An archive is refused as a whole: nothing of it counts where one member is not as it should be.
Sizes, names and kinds are checked before anything is written, and once more while it is.
"""

import errno
import io
import re
import shutil
import stat
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from eir.errors import StoreError
from eir.registry.bundle import Delivered
from eir.registry.outcome import BundleError

_MOST_MEMBERS = 1_000  # ours: registries send six
_CHUNK_OCTETS = 1 << 20
_LOCAL_HEADER_OCTETS = 30  # APPNOTE.TXT 4.3.7: at least, without the name
_ENCRYPTED = 0x2041  # APPNOTE.TXT 4.4.4: bits 0, 6, 13
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)

# A file name, and nothing that any system takes for a path, a device, or a hidden file.
_PLAIN = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._ +=@-]{0,199}", re.ASCII)
# What zipfile and zlib raise for archives that are none.
_DAMAGED = (
    *(zipfile.BadZipFile, zlib.error, EOFError, OSError),
    *(RuntimeError, ValueError, OverflowError, LookupError),
)


@dataclass(frozen=True, slots=True)
class Member:
    """A file as it was unpacked."""

    name: str
    path: Path
    octets: int


class Archive:
    """A zip file whose table of contents is harmless."""

    def __init__(
        self, name: str, file: zipfile.ZipFile, members: Sequence[zipfile.ZipInfo]
    ) -> None:
        self._name = name
        self._file = file
        self._members = members

    @property
    def names(self) -> tuple[str, ...]:
        """The names of its members; each is a plain file name, and there are no two alike."""
        return tuple(member.filename for member in self._members)

    def unpack(self, into: Path) -> tuple[Member, ...]:
        """Write its members to files of their names, in an empty directory.

        Raises:
            BundleError: a member is damaged.
            StoreError: they cannot be written.
        """
        wanted = sum(member.file_size for member in self._members)
        free = shutil.disk_usage(into).free
        if wanted > free:
            raise StoreError(
                f"{self._name} unpacks to {wanted} octets, and {into} has room for {free}",
                next_step="make room there, then sync again",
            )
        return tuple(self._unpack(member, into / member.filename) for member in self._members)

    def _unpack(self, member: zipfile.ZipInfo, path: Path) -> Member:
        place = f"{self._name}: {member.filename}"
        with _writing(path) as target:
            octets = 0
            for chunk in self._chunks(member, place):
                octets += len(chunk)
                target.write(chunk)
        if octets < member.file_size:
            raise _damaged(place, "it is shorter than it says")
        return Member(member.filename, path, octets)

    def _chunks(self, member: zipfile.ZipInfo, place: str) -> Iterator[bytes]:
        """Give what a member holds, never more than it says; its checksum counts at the end."""
        try:
            with self._file.open(member) as source:
                while chunk := source.read(_CHUNK_OCTETS):
                    yield chunk
        except _DAMAGED as error:
            raise _damaged(place, _why(error)) from None


@contextmanager
def opened(file: Delivered, *, max_octets: int) -> Iterator[Archive]:
    """Open a zip file.

    Args:
        file: it.
        max_octets: what its members may be in all, unpacked.

    Raises:
        BundleError: it is damaged, or what no honest registry sends.
    """
    try:
        source = _Bounded(file.path)
    except OSError as error:
        raise BundleError(f"{file.name} cannot be read: {error.strerror}") from None
    with source:
        try:
            archive = zipfile.ZipFile(source)
        except _DAMAGED as error:
            raise _damaged(file.name, _why(error)) from None
        members = archive.infolist()
        _check_members(file.name, members, max_octets)
        _check_places(file.name, members, archive.start_dir)
        yield Archive(file.name, archive, members)


class _Bounded(io.FileIO):
    """A file of which zipfile reads no more at once than an honest table of contents takes."""

    def read(self, size: int | None = -1, /) -> bytes:
        """Read; ValueError where it is too much."""
        if size is not None and size > _CHUNK_OCTETS:
            raise ValueError("its table of contents is too large")
        return super().read(-1 if size is None else size)


def _check_members(name: str, members: Sequence[zipfile.ZipInfo], max_octets: int) -> None:
    if len(members) > _MOST_MEMBERS:
        raise _hostile(name, f"it has {len(members)} members")
    for member in members:
        if wrong := _wrong_with(member):
            raise _hostile(f"{name}: {_shown(member)}", wrong)
    known = set[str]()
    for member in members:
        if member.filename.casefold() in known:
            raise _hostile(f"{name}: {member.filename}", "it is there twice")
        known.add(member.filename.casefold())
    octets = sum(member.file_size for member in members)
    if octets > max_octets:
        raise BundleError(
            f"{name} would unpack to {octets} octets, and {max_octets} are allowed",
            next_step="where that is right, raise max_unpacked_octets in [registry.fetch]",
        )


def _wrong_with(member: zipfile.ZipInfo) -> str:
    """Say why a member is refused; empty: it is not."""
    if not _PLAIN.fullmatch(member.orig_filename):
        return "its name is no plain file name"
    if stat.S_IFMT(member.external_attr >> 16) not in (0, stat.S_IFREG):
        return "it is a link or something else that is no file"
    if member.flag_bits & _ENCRYPTED:
        return "it is encrypted"
    if member.compress_type not in _METHODS:
        return "it is neither stored nor deflated"
    if member.compress_type == zipfile.ZIP_STORED and member.compress_size != member.file_size:
        return "it is stored, and has two sizes"
    return ""


def _check_places(name: str, members: Sequence[zipfile.ZipInfo], end: int) -> None:
    """See that members do not overlap: a bomb says the same octets many times."""
    for member in sorted(members, key=lambda member: member.header_offset, reverse=True):
        header = _LOCAL_HEADER_OCTETS + len(member.orig_filename)
        if member.header_offset + header + member.compress_size > end:
            raise _hostile(f"{name}: {member.filename}", "it overlaps with what follows")
        end = member.header_offset


@contextmanager
def _writing(path: Path) -> Iterator[BinaryIO]:
    """Open a new file.

    Raises:
        StoreError: it cannot be written.
    """
    try:
        with path.open("xb") as target:
            yield target
    except OSError as error:
        if error.errno in _FULL:
            next_step = f"make room in {path.parent}, then sync again"
        else:
            next_step = f"see who may write to {path.parent}"
        raise StoreError(
            f"cannot unpack to {path}: {error.strerror}", next_step=next_step
        ) from None


def _shown(member: zipfile.ZipInfo) -> str:
    """Quote the name of a member for a message, whatever is in it."""
    name = member.orig_filename
    return ascii(name if len(name) <= 40 else f"{name[:40]}…")


def _why(error: Exception) -> str:
    return str(error).rstrip(".") or "it ends too early"


def _damaged(place: str, why: str) -> BundleError:
    return BundleError(
        f"{place} is damaged: {why}",
        next_step="fetch it again, or ask the registry to send it again",
    )


def _hostile(place: str, why: str) -> BundleError:
    return BundleError(
        f"{place} is refused: {why}", next_step="ask the registry who made this archive"
    )
