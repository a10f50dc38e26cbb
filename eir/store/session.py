"""The right to write: one process at a time, with a place for its temporary files."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from eir.files import scratch_in, shared_with_group
from eir.store import health, migrate
from eir.store.copies import SCRATCH
from eir.store.environment import open_writer, store_errors
from eir.store.layout import lists_directory
from eir.store.lock import exclusive
from eir.store.writer import ListWriter


@contextmanager
def writing(path: Path, *, history_days: int | None = None) -> Iterator[ListWriter]:
    """Open the lists under `store.path` for one change; they are created where there are none.

    What is not committed when the block ends never happened. A store of an older format is
    brought up to date first.

    Args:
        path: `store.path`.
        history_days: how far back questions may go afterwards; None: for ever.

    Raises:
        StoreBusyError: another process is writing.
        StoreError: the store is broken, or cannot be written.
    """
    directory = lists_directory(path)
    with alone(path) as scratch:
        health.refuse_lost(directory)
        migrate.bring_up_to_date(directory, scratch)
        with open_writer(directory) as environment:
            writer = ListWriter(environment, scratch, history_days)
            try:
                yield writer
            finally:
                writer.end()
                health.settle(directory)


@contextmanager
def alone(path: Path) -> Iterator[Path]:
    """Be the one who writes under `store.path`; gives a directory for temporary files.

    Raises:
        StoreBusyError: another process is writing.
        StoreError: the directory cannot be written.
    """
    with (
        shared_with_group(),
        exclusive(path),
        scratch_in(path / SCRATCH, again="try") as scratch,
        store_errors(),
    ):
        yield scratch
