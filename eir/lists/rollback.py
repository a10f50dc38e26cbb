"""Undo: what an earlier version had becomes the next one."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from eir.errors import HistoryError
from eir.store import health
from eir.store.feeds import rolled_back
from eir.store.journal import Action, Counts, Record, no_version
from eir.store.layout import lists_directory
from eir.store.session import writing
from eir.store.writer import ListWriter


@dataclass(frozen=True, slots=True)
class Undone:
    """What a rollback did.

    Attributes:
        version: that serves now.
        target: whose content it has.
        counts: of entries of all lists.
        changed: False when nothing differed, no registry moved, and no version was made.
    """

    version: int
    target: int
    counts: Counts
    changed: bool


def roll_back(
    path: Path, target: int, *, author: str, reason: str, history_days: int | None = None
) -> Undone:
    """Make the lists under `store.path` what version `target` had.

    Raises:
        HistoryError: there is no such version, or its history is gone.
        StoreBusyError: another process is loading.
        StoreError: there is no store, or it cannot be written.
    """
    health.inspect(lists_directory(path))  # where no store is, none shall come to be
    with writing(path, history_days=history_days) as writer:
        _refuse(writer, target)
        counts = writer.roll_back(target).counts(duplicates=0, bad=0)
        record = _record(target, author, reason, counts)
        records = [writer.record(version) for version in range(1, writer.version + 1)]
        moved = rolled_back(writer.registries, records, to=record)
        if not writer.changed and moved == writer.registries:
            return Undone(writer.version, target, counts, changed=False)
        registries = {name: state.dump() for name, state in moved.items()}
        record = writer.commit(replace(record, registries=registries))
    return Undone(record.version, target, counts, changed=True)


def _refuse(writer: ListWriter, target: int) -> None:
    oldest = writer.catalog.state.history_from
    if target == 0:
        raise HistoryError(
            "version 0 is before the first list",
            next_step="empty lists with eir lists load … --allow-empty",
        )
    if not 0 < target <= writer.version:
        raise no_version(target, newest=writer.version)
    if target < oldest:
        raise HistoryError(
            f"version {target} is too old to go back to: history starts at version {oldest}",
            next_step="load its lists in full",
        )


def _record(target: int, author: str, reason: str, counts: Counts) -> Record:
    return Record(
        version=0,
        at=datetime.now(UTC).isoformat(timespec="seconds"),
        author=author,
        counts=counts,
        action=Action.ROLLBACK,
        reason=reason,
        target=target,
    )
