"""How far a load or a check has come, for who waits at a terminal."""

import os
import stat
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import BinaryIO


@contextmanager
def reading_progress(file: BinaryIO, name: str) -> Iterator[Callable[[int], None]]:
    """Draw a bar on standard error while `file` is read, where that is a terminal.

    It shows the rate and the time left; after the last octet, that what was read is written. What
    it gives is told how many octets have been read.
    """
    if not sys.stderr.isatty():
        yield lambda _: None
        return
    from rich import progress  # noqa: PLC0415 - slow to import, and rarely needed
    from rich.console import Console  # noqa: PLC0415

    columns = (
        progress.TextColumn("{task.description}"),
        progress.BarColumn(),
        progress.DownloadColumn(),
        progress.TransferSpeedColumn(),
        progress.TimeRemainingColumn(elapsed_when_finished=True),
    )
    total = _octets(file)
    with progress.Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(name, total=total)

        def read(octets: int) -> None:
            bar.update(task, completed=octets)
            if octets == total:
                bar.update(task, description=f"{name}: writing")

        yield read


@contextmanager
def checking_progress(name: str) -> Iterator[Callable[[int, int], None]]:
    """Draw a bar on standard error while a store is checked, where that is a terminal.

    What it gives is told how many entries were checked, and of how many.
    """
    if not sys.stderr.isatty():
        yield lambda _seen, _total: None
        return
    from rich.console import Console  # noqa: PLC0415 - slow to import, and rarely needed
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn  # noqa: PLC0415

    columns = (TextColumn("{task.description}"), BarColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(name, total=None)
        yield lambda seen, total: bar.update(task, completed=seen, total=total)


def _octets(file: BinaryIO) -> int | None:
    """How long the file is; a pipe does not say."""
    found = os.fstat(file.fileno())
    return found.st_size if stat.S_ISREG(found.st_mode) else None
