"""Directories, what is free there, and the lists."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from os.path import exists
from pathlib import Path

from eir.config import Config
from eir.doctor.finding import Finding
from eir.errors import StoreError
from eir.records.names import directory_of
from eir.store.catalog_file import state_of
from eir.store.layout import lists_directory

_WARN_FREE = 10.0  # percent; ours
_FAIL_FREE = 3.0
_DATA = "data.mdb"
_AS_SERVER = "run this as the server's user: sudo -u eir eir doctor"


@dataclass(frozen=True, slots=True)
class Room:
    """What a disk has, of octets or of files that it can hold; size 0: it sets no bound."""

    free: int
    size: int

    @property
    def percent(self) -> float:
        """Say how much of it is free."""
        return 100.0 * self.free / self.size if self.size else 100.0


def examine(config: Config, path: Path | None) -> Iterator[Finding]:
    """Look at the configuration, the store, and where files are written."""
    yield configuration(path)
    store = config.store.path
    for name, directory in places(config).items():
        yield _directory(name, directory)
    yield lists(store)


def places(config: Config) -> dict[str, Path]:
    """Name the directories that a server writes to."""
    found = {"store": config.store.path}
    records = directory_of(config)
    if records is not None:
        found["records"] = records
    if config.measurements.directory:
        found["measurements"] = Path(config.measurements.directory)
    return found


def configuration(path: Path | None) -> Finding:
    """Say which configuration it is; that it can be used is known by now."""
    if path is None:
        return Finding.warn(
            "files configuration",
            "there is none, and every default holds",
            "cp config/eir.example.toml /etc/eir/eir.toml, and edit it",
        )
    return Finding.ok("files configuration", str(path))


def room(check: str, directory: Path, octets: Room, files: Room) -> Finding:
    """Judge what is free."""
    text = f"{directory}: {octets.free / (1 << 30):,.1f} GiB free, {octets.percent:.0f} %"
    mend = f"make room: du -xh --max-depth=2 {directory} | sort -h | tail"
    if files.percent < octets.percent and files.percent < _WARN_FREE:
        text = f"{directory}: room for {files.free:,} more files, {files.percent:.0f} %"
        mend = f"remove files: du -x --inodes --max-depth=2 {directory} | sort -n | tail"
    percent = min(octets.percent, files.percent)
    if percent < _FAIL_FREE:
        return Finding.fail(check, text, mend)
    return Finding.warn(check, text, mend) if percent < _WARN_FREE else Finding.ok(check, text)


def lists(store: Path) -> Finding:
    """Say which lists serve."""
    check = "files lists"
    try:
        octets = (lists_directory(store) / _DATA).stat().st_size
        state = state_of(store)
    except FileNotFoundError:
        mend = "eir lists load FILE --list prohibited --mode full; or eir sync"
        return Finding.warn(check, f"nothing was loaded yet into {store}", mend)
    except OSError as error:
        return Finding.fail(check, f"{error.filename}: {error.strerror}", _AS_SERVER)
    except StoreError as error:
        return Finding.fail(check, str(error), error.next_step or "eir store restore FILE")
    return Finding.ok(check, f"version {state.version} of {state.loaded}, {octets:,} octets")


def _directory(name: str, directory: Path) -> Finding:
    """Look at a directory that is written to, or at the one that it will be made in."""
    check = f"files {name}"
    # Unlike Path.exists, it takes what may not be seen for what is not there.
    there = next(each for each in (directory, *directory.absolute().parents) if exists(each))  # noqa: PTH110
    if not there.is_dir():
        return Finding.fail(check, f"{there} is no directory", f"mv {there} {there}.old")
    found = os.statvfs(there)
    if found.f_flag & os.ST_RDONLY:
        mend = f"mount -o remount,rw $(stat -c %m {there}); in a unit: ReadWritePaths={there}"
        return Finding.fail(check, f"{there} can only be read, by anybody", mend)
    if not os.access(there, os.W_OK | os.X_OK):
        owner = there.stat()
        text = f"{there} belongs to {owner.st_uid}:{owner.st_gid}, and we may not write there"
        return Finding.fail(check, text, f"{_AS_SERVER}; or chown eir:eir {there}")
    return room(
        check,
        there,
        Room(found.f_bavail * found.f_frsize, found.f_blocks * found.f_frsize),
        Room(found.f_favail, found.f_files),
    )
