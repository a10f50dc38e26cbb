"""Backups: the whole store as one file, taken while it serves, and the way back."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from eir.errors import StoreError, UsageError
from eir.store import copies, health, migrate
from eir.store.catalog_file import read_catalog, state_of
from eir.store.environment import open_tables, reading
from eir.store.layout import State, lists_directory
from eir.store.session import alone
from eir.store.verify import Progress, verify_apart

_NAME = "eir-lists-%Y%m%dT%H%M%SZ-v{version}.mdb"


@dataclass(frozen=True, slots=True)
class Backup:
    """A backup that was made.

    Attributes:
        file: where it is.
        version: of the lists in it.
        octets: its size.
    """

    file: Path
    version: int
    octets: int


def back_up(path: Path, target: Path, now: datetime) -> Backup:
    """Copy the lists under `store.path`, as one version has them, while they serve and change.

    Args:
        path: `store.path`.
        target: a file that is not there yet; or a directory, for one named by `now`, in UTC.
        now: the time.

    Raises:
        UsageError: there is such a file already.
        StoreError: the lists cannot be read, or the copy cannot be written; there is none then.
    """
    with reading(path) as environment:
        tables = open_tables(environment)
        with environment.begin() as transaction:
            version = read_catalog(transaction, tables).state.version
            file = _file(target, now.strftime(_NAME).format(version=version))
            copies.take(environment, transaction, file)
    return Backup(file, version, file.stat().st_size)


def _file(target: Path, name: str) -> Path:
    file = target / name if target.is_dir() else target
    if file.exists():
        raise UsageError(
            f"{file} is there already, and would be lost",
            next_step="name a file that is not there yet, or a directory",
        )
    return file


def restore(path: Path, file: Path, progress: Progress) -> State:
    """Let the lists under `store.path` be those of a backup, once it was checked from end to end.

    Args:
        path: `store.path`.
        file: the backup; it is left as it is.
        progress: told how far the check has come.

    Returns:
        What serves now.

    Raises:
        StoreBusyError: another process is writing.
        StoreError: the backup is damaged, of a newer format, or finds no room; the lists are as
            they were.
    """
    directory = lists_directory(path)
    with alone(path) as scratch:
        fresh = lists_directory(scratch)
        fresh.mkdir()
        copies.bring(file, fresh / health.DATA)
        try:
            migrate.bring_up_to_date(fresh, scratch)
            verify_apart(scratch, progress)
            state = state_of(scratch)
        except StoreError as error:
            raise StoreError(
                f"{file} was not restored: {error}",
                next_step="choose another backup; the lists are as they were",
            ) from error
        copies.put_in_place(fresh, directory)
        health.seal(directory, state.version)
    return state
