"""How far a sync has come, for who waits at a terminal."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from eir.registry.sync import Watcher


@contextmanager
def syncing_progress() -> Iterator[Watcher]:
    """Draw bars on standard error while files are fetched and read, where that is a terminal."""
    if not sys.stderr.isatty():
        yield Watcher(
            fetching=lambda name, octets, total: None,  # noqa: ARG005 - shown to nobody
            reading=lambda _name, _octets: None,
        )
        return
    from rich import progress  # noqa: PLC0415 - slow to import, and rarely needed
    from rich.console import Console  # noqa: PLC0415

    columns = (
        progress.TextColumn("{task.description}"),
        progress.BarColumn(),
        progress.DownloadColumn(),
        progress.TransferSpeedColumn(),
    )
    with progress.Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        tasks: dict[str, progress.TaskID] = {}

        def show(what: str, octets: int, total: int | None) -> None:
            if what not in tasks:
                for done in tasks.values():
                    bar.update(done, visible=False)
                tasks[what] = bar.add_task(what, total=total)
            bar.update(tasks[what], completed=octets, total=total)

        yield Watcher(
            fetching=lambda name, octets, total: show(f"fetching {name}", octets, total),
            reading=lambda name, octets: show(f"reading {name}", octets, None),
        )
